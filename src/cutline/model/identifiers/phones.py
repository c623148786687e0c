"""Phone numbers: E.164 where they have one, else a service code of the operator that delivers it."""

from __future__ import annotations

import re

import phonenumbers

from cutline.errors import IdentifierError
from cutline.model.identifiers.spelling import (
    Context,
    drop_separators,
    fold,
    in_groups,
    is_digits,
    scope_of,
    show_scoped,
    split_scope,
    veil,
)

EXPECTED = "a number in E.164, national or 86-prefixed spelling, or a service code of 3 to 20 digits"
CALLING_CODES = tuple(sorted(map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE)))
"""The assigned calling codes; none begins another."""

CHINESE_MOBILE = r"(?:1[3-9][0-9]{9}|14[0-9]{11})"
"""Eleven digits; thirteen for the cards of machines (14x)."""

_FOREIGN = re.compile(rf"\+(?:{'|'.join(CALLING_CODES)})[1-9][0-9]*")
_MOBILE = re.compile(CHINESE_MOBILE)
_LANDLINE = re.compile(r"(?:10|2[0-9]|[3-9][0-9]{2})[2-9][0-9]{6,7}")
_NATIONAL_SERVICE = re.compile(r"[48]00[0-9]{7}")
_SERVICE_CODE = re.compile(r"1[0-2][0-9]{1,18}|9[56][0-9]{3,18}|[0-9]{3,6}")
_WIRED_SERVICE_CODE = re.compile(r"86(1[02][0-9]{3}|9[56][0-9]{3})")
_TRUNK_ZERO = re.compile(r"\(0\)")
_URI = re.compile(r"(?:tel|sms|whatsapp)\s*:\s*", re.IGNORECASE)


def clean_phone(text: str, context: Context) -> str:
    """Give the canonical rest of a phone's id: `+8613800138000`, or `<source>/10086` for a service code.

    Foreign numbers are taken by their calling code and length alone: callers forge them, and a forged one is evidence.
    """
    spelled, scope = split_scope(fold(text))
    number = drop_separators(_TRUNK_ZERO.sub("", _URI.sub("", spelled, count=1)))
    if number.startswith("00") and is_digits(number) and len(number) > 9:
        number = "+" + number[2:]
    if number.startswith("+"):
        international = _international(text, number)
        return international if international.startswith("+") else f"{scope or scope_of(context.deliverer)}/{international}"
    if not is_digits(number):
        raise IdentifierError("phone", text, EXPECTED)
    national = _chinese(number) if context.country == "CN" else _national(number, context.country)
    if national:
        return national
    if not 3 <= len(number) <= 20:
        raise IdentifierError("phone", text, EXPECTED)
    wired = _WIRED_SERVICE_CODE.fullmatch(number) if context.country == "CN" else None
    return f"{scope or scope_of(context.deliverer)}/{wired[1] if wired else number}"


def _chinese(number: str) -> str | None:
    """A number as dialled within China, with or without 86; None for what has no national number."""
    for digits in (number, number.removeprefix("86")):
        if _MOBILE.fullmatch(digits) or _NATIONAL_SERVICE.fullmatch(digits):
            return "+86" + digits
        if _MOBILE.fullmatch(digits[1:]) and digits.startswith("0"):  # exchanges write mobiles of other places so
            return "+86" + digits[1:]
    if number.startswith("0") and _LANDLINE.fullmatch(number[1:]):
        return "+86" + number[1:]
    if number.startswith("86") and _LANDLINE.fullmatch(number[2:].removeprefix("0")):
        return "+86" + number[2:].removeprefix("0")
    return None


def _national(number: str, country: str) -> str | None:
    """A number as dialled within another country; None where the country has no such number."""
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def _international(text: str, number: str) -> str:
    """A number after `+`: in E.164, or a bare service code where 86 was put before one."""
    if not is_digits(number[1:]):
        raise IdentifierError("phone", text, EXPECTED)
    if number.startswith("+86"):
        national = number[3:].removeprefix("0")
        if _MOBILE.fullmatch(national) or _LANDLINE.fullmatch(national) or _NATIONAL_SERVICE.fullmatch(national):
            return "+86" + national
        if _SERVICE_CODE.fullmatch(national):
            return national
        raise IdentifierError("phone", text, "a Chinese number of 10 or 11 digits after +86, or a service code")
    if not 8 <= len(number) <= 16:
        raise IdentifierError("phone", text, "7 to 15 digits after + (E.164)")
    if _FOREIGN.fullmatch(number):
        return number
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        raise IdentifierError("phone", text, "a number that begins with an assigned country calling code (E.164)") from None
    if not phonenumbers.is_valid_number(parsed):
        return number
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def show_phone(rest: str) -> str:
    """Write a number as people read it: `+86 138 0013 8000`."""
    if not rest.startswith("+"):
        return show_scoped(rest)
    if _MOBILE.fullmatch(rest[3:]) and rest.startswith("+86"):
        return f"+86 {rest[3:6]} {in_groups(rest[6:])}"
    shown = str(phonenumbers.format_number(phonenumbers.parse(rest, None), phonenumbers.PhoneNumberFormat.INTERNATIONAL))
    return shown if drop_separators(shown) == rest else rest


def mask_phone(rest: str) -> str:
    """Show a mobile's first three and last four digits (`+86138****8000`), three and three of others; short codes stay."""
    if rest.startswith("+86"):
        return "+86" + veil(rest[3:], 3, 4 if len(rest) > 13 else 3)
    if rest.startswith("+"):
        return veil(rest, 3, 3)
    scope, _, code = rest.partition("/")
    return f"{scope}/{code if len(code) <= 6 else veil(code, 3, 2)}"
