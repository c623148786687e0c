"""Accounts: institutions, numbers, IBANs, cards, wallets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutline.errors import IdentifierError
from cutline.model.identifiers import Context, clean, clean_account, clean_institution, display, is_bank_card
from tests.model.spellings import HERE, cards, ibans


@given(st.sampled_from(["ICBK", "icbk", "ICBKCNBJ", "ICBKCNBJXXX", "ICBKCNBJ110", "CN/ICBK", " ICBK "]), cards)
def test_all_spellings_of_a_bank_are_one_institution(bank: str, card: str) -> None:
    grouped = " ".join(card[k : k + 4] for k in range(0, 16, 4))
    entity = f"account:CN/ICBK/{card}"
    assert (
        clean_account(bank, card, HERE)
        == clean_account(bank, grouped, HERE)
        == clean("account", f"{bank}/{grouped}", HERE)
        == entity
    )
    assert is_bank_card(entity)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DEUTDEFF", "DE/DEUT"),
        ("POFICHBEXXX", "CH/POFI"),
        ("102100099996", "CN/102100099996"),
        ("RU/044525593", "RU/044525593"),
        ("MINSHENG", "CN/MINSHENG"),
        ("ALIPAY", "CN/ALIPAY"),
        ("WE-BANK", "CN/WE-BANK"),
    ],
)
def test_the_country_comes_from_the_bic_else_a_bare_code_is_chinese(text: str, code: str) -> None:
    assert clean_institution(text, HERE) == code


@pytest.mark.parametrize("text", ["", "I", "??", "QQ/ICBK", "工商银行"])
def test_what_is_no_institution_is_refused(text: str) -> None:
    with pytest.raises(IdentifierError):
        clean_institution(text, HERE)


@given(ibans, st.sampled_from(["ICBK", "", "nonsense ?"]))
def test_an_iban_needs_no_institution(iban: str, bank: str) -> None:
    spelled = " ".join(iban[k : k + 4] for k in range(0, len(iban), 4)).lower()
    assert clean_account(bank, spelled, HERE) == clean("account", iban, HERE) == f"account:IBAN/{iban}"


@given(ibans, st.integers(1, 9))
def test_an_iban_with_a_wrong_digit_is_refused(iban: str, step: int) -> None:
    wrong = iban[:-1] + str((int(iban[-1]) + step) % 10)
    with pytest.raises(IdentifierError, match="mod 97"):
        clean("account", wrong, HERE)


def test_numbers_that_are_no_cards_are_accounts_all_the_same() -> None:
    entity = clean_account("ICBK", "1234567890123456", HERE)
    assert entity == "account:CN/ICBK/1234567890123456"
    assert not is_bank_card(entity)
    assert clean_account("ICBK", "ATM-0012", HERE) == "account:CN/ICBK/ATM-0012"


@pytest.mark.parametrize("number", ["", "a/b", "x" * 65, "账号"])
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(IdentifierError):
        clean_account("ICBK", number, HERE)


def test_a_bare_number_names_no_account() -> None:
    with pytest.raises(IdentifierError, match="institution/account"):
        clean("account", "6222021234567890", HERE)


def test_display_groups_digits() -> None:
    assert display("account:CN/ICBK/6222021234567890") == "CN/ICBK/6222 0212 3456 7890"
    assert display("account:IBAN/CH9300762011623852957") == "CH93 0076 2011 6238 5295 7"
    assert display("ecny_wallet:0021123456789012") == "0021 1234 5678 9012"


def test_the_context_completes_a_bare_code() -> None:
    assert clean_institution("BKCH", Context("x", country="HK")) == "HK/BKCH"
