"""Numbers as issuers give them out: cards with Luhn digits, IMEIs, phones, tokens, Tron addresses."""

import hashlib

import base58
import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
from eth_hash.auto import keccak

from cutline.simulate.randomness import Ints, scramble
from cutline.simulate.world import ACCOUNT, BANK_BINS, TERMINAL, WALLET, World

PHONE_PREFIXES = (
    (134, 135, 136, 137, 138, 139, 150, 151, 158, 159, 187, 188),
    (130, 131, 132, 155, 156, 186),
    (133, 153, 180, 189),
)
# A valid mobile number of each country, with its last six digits left open: CN KH MM LA TH VN JP KR SG MY HK AE US.
FOREIGN_NUMBERS = (
    86_145_00_000000,
    855_12_000000,
    95_9_421_000000,
    856_20_55_000000,
    66_812_000000,
    84_912_000000,
    81_9012_000000,
    82_1020_000000,
    65_81_000000,
    60_123_000000,
    852_51_000000,
    971_501_000000,
    1_213_2_000000,
)

WRAPPED_ETHER = "c02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"


def luhn_digit(body: Ints) -> Ints:
    """The check digit that makes body followed by it pass Luhn."""
    total = np.zeros(len(body), np.int64)
    rest, double = body.copy(), True
    while rest.any():
        digit = rest % 10
        if double:
            digit = np.where(digit > 4, 2 * digit - 9, 2 * digit)
        total += digit
        rest //= 10
        double = not double
    return (10 - total % 10) % 10


def with_luhn(body: Ints) -> Ints:
    """Body numbers with their Luhn digit appended."""
    return body * 10 + luhn_digit(body)


def distinct(rng: np.random.Generator, n: int, low: int, high: int) -> Ints:
    """Draws n different integers from [low, high) in random order."""
    found = np.empty(0, np.int64)
    while len(found) < n:
        more = rng.integers(low, high, n - len(found) + 16, dtype=np.int64)
        found = np.concatenate([found, more])
        _, first = np.unique(found, return_index=True)
        found = found[np.sort(first)]
    return found[:n]


def hex_strings(values: npt.NDArray[np.uint64]) -> pl.Series:
    """Sixteen hex digits for each value."""
    data = np.ascontiguousarray(values).astype(">u8").tobytes().hex().encode()
    offsets = np.arange(0, 16 * len(values) + 1, 16, dtype=np.int64)
    return pl.Series(pa.LargeStringArray.from_buffers(len(values), pa.py_buffer(offsets), pa.py_buffer(data))).cast(pl.String)


def tokens(count: int, salt: int) -> pl.Series:
    """Tokens of one issuer for the things numbered 0 … count − 1."""
    return hex_strings(scramble(np.arange(count, dtype=np.int64), salt))


def digits(values: Ints) -> pl.Series:
    """Integers as strings."""
    return pl.Series(values).cast(pl.String)


def tron_addresses(count: int, salt: bytes) -> list[str]:
    """Tron addresses: base58check of 0x41 and twenty bytes."""
    return [
        base58.b58encode_check(b"\x41" + hashlib.blake2b(k.to_bytes(8, "big"), digest_size=20, key=salt).digest()).decode()
        for k in range(count)
    ]


def evm_addresses(count: int, salt: bytes) -> list[str]:
    """EVM addresses with the capitals of EIP-55; the first is the well-known contract that wraps ether."""
    bare = [hashlib.blake2b(k.to_bytes(8, "big"), digest_size=20, key=salt).hexdigest() for k in range(count)]
    bare[:1] = [WRAPPED_ETHER][:count]
    return [capitals(address) for address in bare]


def capitals(address: str) -> str:
    """Forty hex digits as EIP-55 writes them: a letter is a capital where the keccak hash of all has a digit above seven."""
    proof: str = keccak(address.encode()).hex()
    return "0x" + "".join(c.upper() if p > "7" else c for c, p in zip(address, proof, strict=False))


def salt_of(seed: int, name: str) -> int:
    """A 64-bit salt for tokens and ids of one issuer."""
    return int.from_bytes(hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest(), "big")


def number_everything(world: World) -> None:
    """Gives out phone numbers, IMEIs, cards and wallet ids at random, so that no number tells when or why it was given."""
    rng = world.chance.of("numbers")
    _number_phones(world, rng)
    _number_twins(world)
    world.devices.put("imei", slice(None), with_luhn(_spread(rng, len(world.devices), (35, 86), 12)))
    nodes = world.nodes
    kind, inst = nodes["kind"], nodes["inst"]
    for bank, prefix in enumerate(BANK_BINS):
        rows = np.flatnonzero((kind == ACCOUNT) & (inst == bank))
        personal = nodes["org"][rows] < 0
        cards = prefix * 10**12 + distinct(rng, len(rows), 0, 10**12)
        company = (prefix % 1000) * 10**13 + distinct(rng, len(rows), 10**11, 10**13)
        nodes.put("number", rows, with_luhn(np.where(personal, cards, company)))
    rows = np.flatnonzero(kind == TERMINAL)
    nodes.put("number", rows, with_luhn(9_558_000_000_000 + distinct(rng, len(rows), 0, 10**9)))
    rows = np.flatnonzero(kind == WALLET)
    nodes.put("number", rows, distinct(rng, len(rows), 10**15, 9 * 10**15))


def _number_phones(world: World, rng: np.random.Generator) -> None:
    lines = world.lines
    operator, country, kind = lines["operator"], lines["country"], lines["kind"]
    for number, prefixes in enumerate(PHONE_PREFIXES):
        rows = np.flatnonzero((operator == number) & (lines["twin"] < 0))
        drawn = distinct(rng, len(rows), 0, len(prefixes) * 10**8)
        lines.put("number", rows, 86 * 10**11 + np.array(prefixes)[drawn // 10**8] * 10**8 + drawn % 10**8)
    rows = np.flatnonzero((operator < 0) & (country == 0))
    area = np.array([591, 592, 595, 10, 21, 755])[rng.integers(0, 6, len(rows))]
    local = distinct(rng, len(rows), 61_000_000, 88_999_999)
    area_first = np.where(area < 100, 86 * 100 + area, 86 * 1000 + area)
    lines.put("number", rows, np.where(kind[rows] == 2, area_first * 10**8 + local, 86 * 10**11 + 145 * 10**8 + local))
    rows = np.flatnonzero((operator < 0) & (country > 0))
    template = np.array(FOREIGN_NUMBERS)[country[rows]]
    lines.put("number", rows, template + distinct(rng, len(rows), 10_000, 899_999))


def _number_twins(world: World) -> None:
    """A card issued anew keeps the number."""
    twins = np.flatnonzero(world.lines["twin"] >= 0)
    world.lines.put("number", twins, world.lines["number"][world.lines["twin"][twins]])


def _spread(rng: np.random.Generator, n: int, first: tuple[int, ...], rest: int) -> Ints:
    drawn = distinct(rng, n, 0, len(first) * 10**rest)
    result: Ints = np.array(first)[drawn // 10**rest] * 10**rest + drawn % 10**rest
    return result
