"""Handsets and the cards in them: IMEI, IMSI, ICCID, and device tokens of platforms and banks."""

from __future__ import annotations

import re

from cutline.errors import IdentifierError
from cutline.model.identifiers.checksums import luhn
from cutline.model.identifiers.spelling import (
    Context,
    drop_separators,
    fold,
    is_digits,
    read_token,
    scope_of,
    show_scoped,
    split_scope,
    veil,
)

_IMSI = re.compile(r"[0-9]{14,15}")
_ICCID = re.compile(r"[0-9]{2}[0-9A-F]{16,20}")
_NAMED = re.compile(r"(imsi|iccid|imei)\s*[:/ ]\s*(.*)", re.IGNORECASE)


def clean_device(text: str, context: Context) -> str:
    """Give `imei/<15 digits>` where the Luhn digit holds, else the token of its source: `<source>/…`."""
    spelled, scope = split_scope(fold(text))
    named = _NAMED.fullmatch(spelled)
    digits = drop_separators(named[2] if named else spelled)
    if is_digits(digits) and len(digits) == 15:
        if luhn(digits):
            return f"imei/{digits}"
        spelled = digits
    if named and named[1].lower() == "imei":
        raise IdentifierError("device", text, "15 digits of which the last is the Luhn check digit (an IMEI)")
    return f"{scope or scope_of(context.deliverer)}/{read_token('device', spelled)}"


def clean_subscriber(text: str, _context: Context) -> str:
    """Give `imsi/…` or `iccid/…`, told apart by their length, or by the word before them."""
    spelled = fold(text)
    named = _NAMED.fullmatch(spelled)
    number = drop_separators(named[2] if named else spelled).upper()
    scheme = named[1].lower() if named else ""
    if scheme != "iccid" and _IMSI.fullmatch(number):
        return f"imsi/{number}"
    if len(number) == 20 and number.endswith("F") and is_digits(number[:19]):
        number = number[:19]
    if scheme != "imsi" and _ICCID.fullmatch(number):
        return f"iccid/{number}"
    raise IdentifierError("subscriber", text, "an IMSI of 14 or 15 digits, or an ICCID of 18 to 22")


def show_device(rest: str) -> str:
    """Write an IMEI in its groups (`35-693803-564380-9`), another token with its source."""
    scheme, _, value = rest.partition("/")
    return f"{value[:2]}-{value[2:8]}-{value[8:14]}-{value[14:]}" if scheme == "imei" else show_scoped(rest)


def show_subscriber(rest: str) -> str:
    """Write which number of the card it is, and the number."""
    scheme, _, value = rest.partition("/")
    return f"{scheme.upper()} {value}"


def mask_device(rest: str) -> str:
    """Show the maker's first three digits and the last two of an IMEI, two and two characters of a token."""
    scheme, _, value = rest.partition("/")
    return f"{scheme}/{veil(value, 3, 2) if scheme == 'imei' else veil(value, 2, 2)}"


def mask_subscriber(rest: str) -> str:
    """Show the country and operator (five digits) and the last two."""
    scheme, _, value = rest.partition("/")
    return f"{scheme}/{veil(value, 5, 2)}"
