"""The check digits and checksums that tell a mistyped identifier from a true one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import base58
from eth_hash.auto import keccak

BECH32_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
CONFLUX_LETTERS = "abcdefghjkmnprstuvwxyz0123456789"
_BECH32_STEPS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BASE32CHECK_STEPS = (0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470)
_BECH32_END = {0: 1}
_BECH32M_END = 0x2BC830A3
_MONERO_BYTES = {2: 1, 3: 2, 5: 3, 6: 4, 7: 5, 9: 6, 10: 7, 11: 8}


def luhn(digits: str) -> bool:
    """Say whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = ord(digit) - 48
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def iban_check(iban: str) -> bool:
    """Say whether an IBAN's check digits hold (ISO 13616: mod 97 of the rearranged number is 1)."""
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def eip55(digits: str) -> str:
    """Write forty lower-case hex digits with the capitals of EIP-55, and `0x` before them."""
    proof = keccak(digits.encode()).hex()
    return "0x" + "".join(d.upper() if p > "7" else d for d, p in zip(digits, proof[:40], strict=True))


def base58check_decode(text: str, alphabet: bytes = base58.BITCOIN_ALPHABET) -> bytes | None:
    """Give version and payload of a base58check text, or None where the checksum does not hold."""
    try:
        raw = bytes(base58.b58decode(text, alphabet=alphabet))
    except ValueError:
        return None
    body, check = raw[:-4], raw[-4:]
    return body if len(raw) > 4 and hashlib.sha256(hashlib.sha256(body).digest()).digest()[:4] == check else None


def base58check_encode(body: bytes) -> str:
    """Write version and payload with their checksum in base 58."""
    return str(base58.b58encode_check(body).decode())


def monero_check(text: str) -> bool:
    """Say whether a Monero address decodes (base 58 in blocks of eight bytes) and its Keccak checksum holds."""
    raw = bytearray()
    for start in range(0, len(text), 11):
        block = text[start : start + 11]
        size = _MONERO_BYTES.get(len(block))
        try:
            value = int.from_bytes(base58.b58decode(block), "big")
        except ValueError:
            return False
        if size is None or value >= 1 << (8 * size):
            return False
        raw += value.to_bytes(size, "big")
    return len(raw) > 4 and keccak(bytes(raw[:-4]))[:4] == bytes(raw[-4:])


def regroup(values: Sequence[int], from_bits: int, to_bits: int) -> list[int] | None:
    """Regroup a big-endian bit string; the padding must be shorter than a group read and zero, else None."""
    held, bits, out = 0, 0, []
    for value in values:
        held = (held << from_bits) | value
        bits += from_bits
        while bits >= to_bits:
            bits -= to_bits
            out.append((held >> bits) & ((1 << to_bits) - 1))
        held &= (1 << bits) - 1
    if to_bits < from_bits:
        if bits:
            out.append(held << (to_bits - bits))
    elif bits >= from_bits or held:
        return None
    return out


def segwit_decode(text: str, network: str) -> bool:
    """Say whether a lower-case segwit address is sound: BIP-173 bech32 for version 0, BIP-350 bech32m above."""
    head, _, tail = text.rpartition("1")
    values = [BECH32_LETTERS.find(letter) for letter in tail]
    if head != network or len(text) > 90 or len(tail) < 7 or min(values) < 0:
        return False
    spread = [ord(c) >> 5 for c in head] + [0] + [ord(c) & 31 for c in head]
    version, program = values[0], regroup(values[1:-6], 5, 8)
    if program is None or version > 16 or not 2 <= len(program) <= 40 or (version == 0 and len(program) not in (20, 32)):
        return False
    return _bech32_remainder(spread + values) == _BECH32_END.get(version, _BECH32M_END)


def base32check_decode(prefix: str, text: str, letters: str) -> bytes | None:
    """Give version byte and payload of a CashAddr or CIP-37 text, or None where its 40-bit checksum does not hold."""
    values = [letters.find(letter) for letter in text]
    if len(values) < 9 or min(values) < 0 or _base32check_remainder(prefix, values) != 0:
        return None
    payload = regroup(values[:-8], 5, 8)
    return bytes(payload) if payload is not None else None


def base32check_encode(prefix: str, payload: bytes, letters: str) -> str:
    """Write version byte and payload with their 40-bit checksum, without the prefix."""
    values = regroup(payload, 8, 5) or []
    check = _base32check_remainder(prefix, [*values, *[0] * 8])
    values += [(check >> (5 * (7 - place))) & 31 for place in range(8)]
    return "".join(letters[value] for value in values)


def _bech32_remainder(values: Sequence[int]) -> int:
    rest = 1
    for value in values:
        top = rest >> 25
        rest = (rest & 0x1FFFFFF) << 5 ^ value
        for bit, step in enumerate(_BECH32_STEPS):
            rest ^= step if top >> bit & 1 else 0
    return rest


def _base32check_remainder(prefix: str, values: Sequence[int]) -> int:
    rest = 1
    for value in (*(ord(c) & 31 for c in prefix), 0, *values):
        top = rest >> 35
        rest = (rest & 0x07FFFFFFFF) << 5 ^ value
        for bit, step in enumerate(_BASE32CHECK_STEPS):
            rest ^= step if top >> bit & 1 else 0
    return rest ^ 1
