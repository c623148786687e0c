"""Addresses of the other coins that sanction lists and tag packs name."""

from __future__ import annotations

import re

import base58

from cutline.errors import IdentifierError
from cutline.model.identifiers.checksums import (
    BECH32_LETTERS,
    base32check_decode,
    base32check_encode,
    base58check_decode,
    base58check_encode,
    monero_check,
    segwit_decode,
)

_BASE58 = "[1-9A-HJ-NP-Za-km-z]"
_RIPPLE = re.compile(rf"r{_BASE58}{{24,34}}")
_MONERO = re.compile(rf"[48]{_BASE58}{{94}}(?:{_BASE58}{{11}})?")
_SOLANA = re.compile(rf"{_BASE58}{{43,44}}")
_CASH = re.compile(r"(?:bitcoincash:)?([qp][02-9ac-hj-np-z]{41})")

_VERSIONS: dict[str, tuple[re.Pattern[str], frozenset[bytes]]] = {
    "litecoin": (re.compile(rf"[LM]{_BASE58}{{25,33}}"), frozenset({b"\x30", b"\x32"})),
    "dash": (re.compile(rf"[X7]{_BASE58}{{33}}"), frozenset({b"\x4c", b"\x10"})),
    "zcash": (re.compile(rf"t[13]{_BASE58}{{33}}"), frozenset({b"\x1c\xb8", b"\x1c\xbd"})),
    "dogecoin": (re.compile(rf"[DA9]{_BASE58}{{33}}"), frozenset({b"\x1e", b"\x16"})),
    "verge": (re.compile(rf"D{_BASE58}{{33}}"), frozenset({b"\x1e"})),
    "bitcoin-gold": (re.compile(rf"[GA]{_BASE58}{{33}}"), frozenset({b"\x26", b"\x17"})),
    "bitcoin-sv": (re.compile(rf"[13]{_BASE58}{{25,34}}"), frozenset({b"\x00", b"\x05"})),
}
"""Shape and version bytes of base58check addresses by chain. A `D…` of no said chain is Dogecoin's (Verge shares the shape)."""

_BY_FIRST = {"L": "litecoin", "M": "litecoin", "X": "dash", "t": "zcash", "D": "dogecoin", "G": "bitcoin-gold"}


def clean_coin(chain: str, text: str) -> str | None:
    """Give `<chain>/…` of a text that has the shape of the chain's addresses, else None; a wrong checksum is refused."""
    match chain:
        case "monero":
            return _monero(text)
        case "ripple":
            return _ripple(text)
        case "bitcoin-cash":
            return _cash(text)
        case "litecoin" if text.lower().startswith("ltc1"):
            return _segwit(text)
        case "litecoin" if text.startswith("3"):
            return _litecoin_script(text)
    return _base58check(chain, text) if chain in _VERSIONS else None


def coin_by_shape(text: str) -> str | None:
    """Give `<chain>/…` of a text whose shape alone names its coin, else None; a wrong checksum is refused."""
    chain = _BY_FIRST.get(text[:1])
    if text.lower().startswith("ltc1"):
        return _segwit(text)
    if text.lower().startswith("bitcoincash:"):
        return _cash(text)
    return (_base58check(chain, text) if chain else None) or _monero(text) or _ripple(text)


def _refuse(text: str, coin: str) -> IdentifierError:
    return IdentifierError("address", text, f"a {coin} address whose checksum holds")


def _base58check(chain: str, text: str) -> str | None:
    shape, versions = _VERSIONS[chain]
    if not shape.fullmatch(text):
        return None
    body = base58check_decode(text)
    if body is None or body[:-20] not in versions:
        raise _refuse(text, chain)
    return f"{chain}/{text}"


def _litecoin_script(text: str) -> str:
    """Litecoin script addresses had Bitcoin's version byte before they had their own: `3…` and `M…` are one."""
    body = base58check_decode(text)
    if body is None or body[:-20] != b"\x05":
        raise _refuse(text, "litecoin")
    return "litecoin/" + base58check_encode(b"\x32" + body[1:])


def _segwit(text: str) -> str:
    lower = text.lower()
    if text not in (lower, text.upper()) or not segwit_decode(lower, "ltc"):
        raise _refuse(text, "litecoin")
    return f"litecoin/{lower}"


def _cash(text: str) -> str | None:
    """CashAddr without its prefix; the older `1…` and `3…` are the same keys."""
    if re.fullmatch(rf"[13]{_BASE58}{{25,34}}", text):
        body = base58check_decode(text)
        if body is None or body[:-20] not in (b"\x00", b"\x05"):
            raise _refuse(text, "bitcoin-cash")
        kind = b"\x00" if body[0] == 0 else b"\x08"
        return "bitcoin-cash/" + base32check_encode("bitcoincash", kind + body[1:], BECH32_LETTERS)
    lower = text.lower()
    parts = _CASH.fullmatch(lower)
    if parts is None:
        return None
    if text not in (lower, text.upper()) or base32check_decode("bitcoincash", parts[1], BECH32_LETTERS) is None:
        raise _refuse(text, "bitcoin-cash")
    return f"bitcoin-cash/{parts[1]}"


def _ripple(text: str) -> str | None:
    if not _RIPPLE.fullmatch(text):
        return None
    body = base58check_decode(text, base58.RIPPLE_ALPHABET)
    if body is None or body[:-20] != b"\x00":
        raise _refuse(text, "ripple")
    return f"ripple/{text}"


def _monero(text: str) -> str | None:
    if not _MONERO.fullmatch(text):
        return None
    if not monero_check(text):
        raise _refuse(text, "monero")
    return f"monero/{text}"


def solana_key(text: str) -> str | None:
    """Give `solana/…` of a text that decodes to a key of 32 bytes. It proves nothing, for Solana has no checksum."""
    if not _SOLANA.fullmatch(text) or len(base58.b58decode(text)) != 32:
        return None
    return f"solana/{text}"
