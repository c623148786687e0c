"""Bank accounts by institution, IBANs, bank cards, and digital-yuan wallets."""

from __future__ import annotations

import re

from cutline.errors import IdentifierError
from cutline.model.identifiers.checksums import iban_check, luhn
from cutline.model.identifiers.countries import COUNTRIES, IBAN_LENGTHS, country_code
from cutline.model.identifiers.spelling import Context, drop_separators, fold, in_groups, is_digits, veil

IBAN = "IBAN"
_BIC = re.compile(r"([A-Z0-9]{4})([A-Z]{2})[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9_.\-]{0,33}[A-Z0-9]")
_NUMBER = re.compile(r"[0-9A-Za-z*#+:@_.,\-']{1,64}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_WALLET = re.compile(r"[0-9A-Za-z_.:\-]{1,64}")


def clean_institution(text: str, context: Context) -> str:
    """Give `CN/ICBK` for a bare code (`ICBK`), a BIC of 8 or 11 (`ICBKCNBJ`), or a code with its country (`CN/ICBK`).

    A clearing member number is a bare code too, with the country it stands in.
    """
    spelled = re.sub(r"\s+", "", fold(text)).upper()
    country, slash, code = spelled.rpartition("/")
    if slash and country_code(country) is None:
        raise IdentifierError("institution", text, "a bank code, a BIC, or country and code as in CN/ICBK")
    bic = _BIC.fullmatch(code)
    if bic and bic[2] in COUNTRIES and not is_digits(bic[1]):
        return f"{bic[2]}/{bic[1]}"
    if not _CODE.fullmatch(code):
        raise IdentifierError("institution", text, "a bank code, a BIC, or country and code as in CN/ICBK")
    return f"{country_code(country) if slash else context.country}/{code}"


def clean_number(text: str) -> str:
    """Give an account's number: digits without their groups, other numbers as the holder spells them; an IBAN as `IBAN/…`."""
    spelled = re.sub(r"\s+", "", fold(text)).lstrip("'")
    iban = find_iban(spelled)
    if iban:
        return f"{IBAN}/{iban}"
    digits = spelled.replace("-", "")
    number = digits if is_digits(digits) else spelled
    if not _NUMBER.fullmatch(number):
        raise IdentifierError("account", text, "an account or card number of 1 to 64 letters, digits or dashes")
    return number


def clean_account(institution: str, account: str, context: Context) -> str:
    """Give the id of an account from its institution and its number; an IBAN needs no institution.

    >>> clean_account("ICBKCNBJXXX", "6222 0212 3456 7890", Context("psb"))
    'account:CN/ICBK/6222021234567890'
    """
    number = clean_number(account)
    return (
        f"account:{number}" if number.startswith(IBAN + "/") else f"account:{clean_institution(institution, context)}/{number}"
    )


def clean_account_text(text: str, context: Context) -> str:
    """Give the rest of the id of an account that is written in one text: `institution/account`, or an IBAN."""
    institution, slash, number = fold(text).rpartition("/")
    if slash and institution.upper() != IBAN:
        return clean_account(institution, number, context).removeprefix("account:")
    cleaned = clean_number(number)
    if not cleaned.startswith(IBAN + "/"):
        raise IdentifierError("account", text, "institution/account, or an IBAN")
    return cleaned


def find_iban(text: str) -> str | None:
    """Give the IBAN a text is, or None where it has not the shape; a wrong checksum is refused."""
    iban = drop_separators(text).upper()
    if len(iban) < 15 or IBAN_LENGTHS.get(iban[:2]) != len(iban) or not _IBAN.fullmatch(iban):
        return None
    if not iban_check(iban):
        raise IdentifierError("account", text, "an IBAN whose check digits hold (mod 97 = 1)")
    return iban


def is_bank_card(entity: str) -> bool:
    """Say whether an account's number is a payment card's: 13 to 19 digits of which the last is the Luhn digit."""
    number = entity.rpartition("/")[2]
    return 13 <= len(number) <= 19 and is_digits(number) and luhn(number)


def clean_wallet(text: str, _context: Context) -> str:
    """Give the rest of a digital-yuan wallet's id: the operator's number, its digits without groups."""
    spelled = re.sub(r"\s+", "", fold(text)).lstrip("'")
    digits = spelled.replace("-", "")
    wallet = digits if is_digits(digits) else spelled
    if not _WALLET.fullmatch(wallet):
        raise IdentifierError("ecny_wallet", text, "a wallet id of 1 to 64 letters, digits or dashes")
    return wallet


def show_account(rest: str) -> str:
    """Write an account as on a card: `CN/ICBK 6222…` in groups of four; an IBAN in groups."""
    institution, _, number = rest.rpartition("/")
    if institution == IBAN:
        return in_groups(number)
    return f"{institution}/{in_groups(number) if is_digits(number) else number}"


def show_wallet(rest: str) -> str:
    """Write a wallet's number in groups of four digits."""
    return in_groups(rest) if is_digits(rest) else rest


def mask_account(rest: str) -> str:
    """Show institution, first four and last four of the number."""
    institution, _, number = rest.rpartition("/")
    return f"{institution}/{veil(number, 4, 4)}"


def mask_wallet(rest: str) -> str:
    """Show the first three and last three characters."""
    return veil(rest, 3, 3)
