"""Chain addresses: each chain's shape and checksum, and one spelling for each key."""

from __future__ import annotations

import re

from cutline.errors import IdentifierError
from cutline.model.identifiers.chains import BITCOIN, CHAINS, CONFLUX, EVM, TRON, chain_name, family_of
from cutline.model.identifiers.checksums import (
    CONFLUX_LETTERS,
    base32check_decode,
    base32check_encode,
    base58check_decode,
    base58check_encode,
    eip55,
    segwit_decode,
)
from cutline.model.identifiers.coins import clean_coin, coin_by_shape, solana_key
from cutline.model.identifiers.spelling import Context, fold, veil

_HEX = re.compile(r"(?:0[xX])?([0-9a-fA-F]{40})")
_EVM = re.compile(r"0[xX]([0-9a-fA-F]{40})")
_TRON = re.compile(r"T[1-9A-HJ-NP-Za-km-z]{33}")
_TRON_HEX = re.compile(r"(?:0[xX])?41([0-9a-fA-F]{40})")
_LEGACY = re.compile(r"[13][1-9A-HJ-NP-Za-km-z]{25,34}")
_CONFLUX = re.compile(r"(cfx|cfxtest|net[0-9]+):((?:type\.[a-z]+:)?)([a-z0-9]{42})")
_CONFLUX_TYPES = {0x0: "builtin", 0x1: "user", 0x8: "contract"}
SPOKEN_FAMILIES = frozenset({EVM, *CHAINS})
"""What stands before the slash of an address that names its chain; an institution's code is never one of these."""

_GENERIC = re.compile(r"[0-9A-Za-z._:\-]{4,128}")


def clean_address(text: str, context: Context) -> str:
    """Give the canonical rest of an address's id: `evm/0x…` (EIP-55), `tron/T…`, `bitcoin/…`, `conflux/cfx:…`, `<chain>/…`.

    The chain of the context (or before a slash) decides where a shape alone does not: hex on Tron or Conflux, `1…` on Bitcoin
    Cash. On chains we know, a shape that proves itself wins over a chain that does not fit: published lists mix them. On a
    chain we do not know, all but `0x…` is taken as it stands, for coins share shapes.
    """
    said, slash, spelled = fold(text).rpartition("/")
    spelled = spelled.strip()
    chain = chain_name(said if slash else context.chain)
    family = EVM if said.lower() == EVM else family_of(chain)
    own = _on_chain(family, spelled)
    if own is not None:
        return own
    shaped = _by_shape(spelled) if chain in CHAINS or not chain or _EVM.fullmatch(spelled) else None
    shaped = shaped or (solana_key(spelled) if not chain else None)
    if shaped is not None:
        return shaped
    if not chain or family in (EVM, TRON, BITCOIN, CONFLUX):
        raise IdentifierError("address", text, f"an address of {chain or 'a known chain'}, whose checksum holds")
    if not _GENERIC.fullmatch(spelled):
        raise IdentifierError("address", text, f"an address of {chain}: 4 to 128 letters and digits")
    return f"{chain}/{spelled}"


def find_address(text: str) -> str | None:
    """Give the rest of the id of a text whose shape alone says that it is an address; a wrong checksum is refused."""
    return _by_shape(text)


def _on_chain(family: str, text: str) -> str | None:
    hexed = _HEX.fullmatch(text)
    if family == EVM and hexed:
        return _evm(hexed[1], text)
    if family == TRON and (_TRON_HEX.fullmatch(text) or hexed):
        return "tron/" + base58check_encode(b"\x41" + bytes.fromhex(text[-40:]))
    if family == CONFLUX and hexed:
        return _conflux_from_hex(hexed[1].lower(), text)
    return clean_coin(family, text)


def _by_shape(text: str) -> str | None:
    hexed = _EVM.fullmatch(text)
    if hexed:
        return _evm(hexed[1], text)
    if _TRON.fullmatch(text):
        return _tron(text)
    if _TRON_HEX.fullmatch(text):
        return "tron/" + base58check_encode(b"\x41" + bytes.fromhex(text[-40:]))
    lower = text.lower()
    if lower.startswith(("cfx:", "cfxtest:", "net")) and _CONFLUX.fullmatch(lower):
        return _conflux(text)
    if lower.startswith("bc1"):
        return _segwit(text)
    if _LEGACY.fullmatch(text) and not text.isdigit():
        return _legacy(text)
    return coin_by_shape(text)


def _evm(digits: str, text: str) -> str:
    canonical = eip55(digits.lower())
    if canonical[2:] != digits and digits not in (digits.lower(), digits.upper()):
        raise IdentifierError("address", text, "capitals that spell the EIP-55 checksum, or letters of one case")
    return f"{EVM}/{canonical}"


def _tron(text: str) -> str:
    body = base58check_decode(text)
    if body is None or len(body) != 21 or body[0] != 0x41:
        raise IdentifierError("address", text, "a Tron address whose base58check checksum holds")
    return f"{TRON}/{text}"


def _legacy(text: str) -> str:
    body = base58check_decode(text)
    if body is None or len(body) != 21 or body[0] not in (0, 5):
        raise IdentifierError("address", text, "a Bitcoin address whose base58check checksum holds")
    return f"{BITCOIN}/{text}"


def _segwit(text: str) -> str:
    lower = text.lower()
    if text not in (lower, text.upper()) or not segwit_decode(lower, "bc"):
        raise IdentifierError("address", text, "a Bitcoin segwit address whose bech32 or bech32m checksum holds")
    return f"{BITCOIN}/{lower}"


def _conflux(text: str) -> str:
    lower = text.lower()
    parts = _CONFLUX.fullmatch(lower)
    if parts is None or text not in (lower, text.upper()) or parts[1] != "cfx":
        raise IdentifierError("address", text, "a Conflux core address of the main network (cfx:), in letters of one case")
    body = base32check_decode("cfx", parts[3], CONFLUX_LETTERS)
    if body is None or len(body) != 21 or body[0] != 0:
        raise IdentifierError("address", text, "a Conflux address whose CIP-37 checksum holds")
    kind = "null" if not any(body) else _CONFLUX_TYPES.get(body[1] >> 4, "unknown")
    if parts[2] and parts[2] != f"type.{kind}:":
        raise IdentifierError("address", text, f"the address type {kind}, which its digits say")
    return f"{CONFLUX}/cfx:{parts[3]}"


def _conflux_from_hex(digits: str, text: str) -> str:
    if int(digits[0], 16) not in _CONFLUX_TYPES:
        raise IdentifierError("address", text, "a Conflux core address, which begins with 0x0, 0x1 or 0x8 (CIP-37)")
    return f"{CONFLUX}/cfx:" + base32check_encode("cfx", b"\x00" + bytes.fromhex(digits), CONFLUX_LETTERS)


def show_address(rest: str) -> str:
    """Write an address as its chain writes it; one whose shape does not name its chain keeps the chain before it."""
    family, _, address = rest.partition("/")
    return address if family in (EVM, TRON, BITCOIN, CONFLUX) else rest


def mask_address(rest: str) -> str:
    """Show the chain, the first six and the last four characters (first eight after `cfx:`)."""
    family, _, address = rest.partition("/")
    return f"{family}/{veil(address, 8 if family == CONFLUX else 6, 4)}"
