"""Phone numbers, handsets and cards: the spellings of operators meet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutline.errors import IdentifierError
from cutline.model.identifiers import Context, clean, display
from tests.model.spellings import HERE, WIDE, digits, imeis, mobiles


def phone(text: str, country: str = "CN") -> str:
    return clean("phone", text, Context("cmcc", country=country))


@given(
    mobiles,
    st.sampled_from(["", "+86", "0086", "86", "+86 ", "(+86)", "tel:+86", "+86-"]),
    st.sampled_from(["", " ", "-", "\u3000", "\u200b", "‑"]),
)
def test_all_spellings_of_a_mobile_are_one_phone(mobile: str, prefix: str, gap: str) -> None:
    spelled = prefix + gap.join([mobile[:3], mobile[3:7], mobile[7:]])
    assert phone(spelled) == phone(spelled.translate(WIDE)) == f"phone:+86{mobile}"


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("010-82345678", "phone:+861082345678"),
        ("0755 8234567", "phone:+867558234567"),
        ("86 755 82345678", "phone:+8675582345678"),
        ("013800138000", "phone:+8613800138000"),
        ("86 013800138000", "phone:+8613800138000"),
        ("+86 (0)10 8234 5678", "phone:+861082345678"),
        ("4008001234", "phone:+864008001234"),
        ("+86 400 800 1234", "phone:+864008001234"),
        ("10086", "phone:cmcc/10086"),
        ("8610086", "phone:cmcc/10086"),
        ("+8610086", "phone:cmcc/10086"),
        ("95588", "phone:cmcc/95588"),
        ("10690000123456789012", "phone:cmcc/10690000123456789012"),
        ("13800138000.0", "phone:+8613800138000"),
        ("'13800138000", "phone:+8613800138000"),
        ("+855 12 345 678", "phone:+85512345678"),
        ("0085512345678", "phone:+85512345678"),
        ("+44 (0)20 7946 0018", "phone:+442079460018"),
        ("+44 020 7946 0018", "phone:+442079460018"),
        ("+39 06 6982", "phone:+39066982"),
        ("+1 650-253-0000", "phone:+16502530000"),
    ],
)
def test_known_spellings(text: str, entity: str) -> None:
    assert phone(text) == entity


def test_a_national_number_is_one_of_its_own_country() -> None:
    assert phone("012 345 678", "KH") == "phone:+85512345678"
    assert phone("13800138000", "KH") != "phone:+8613800138000"


@pytest.mark.parametrize(
    "text",
    ["", "abc", "12", "1" * 21, "+86138001380001", "+86823456789", "+123456", "+1234567890123456", "+9991234567", "1.3e10"],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(IdentifierError):
        phone(text)


def test_display_is_grouped() -> None:
    assert display("phone:+8613800138000") == "+86 138 0013 8000"
    assert display("phone:cmcc/10086") == "10086 ⟨cmcc⟩"
    assert display("device:imei/356938035643809") == "35-693803-564380-9"


@given(imeis)
def test_an_imei_needs_its_luhn_digit(imei: str) -> None:
    grouped = f"{imei[:2]}-{imei[2:8]}-{imei[8:14]}-{imei[14]}"
    assert clean("device", grouped, HERE) == clean("device", f"IMEI: {imei}", HERE) == f"device:imei/{imei}"
    wrong = imei[:-1] + str((int(imei[-1]) + 1) % 10)
    assert clean("device", wrong, HERE) == f"device:cmcc/{wrong}"
    with pytest.raises(IdentifierError):
        clean("device", f"imei/{wrong}", HERE)


def test_other_devices_are_tokens_of_their_source() -> None:
    assert clean("device", " a1b2-c3 ", HERE) == "device:cmcc/a1b2-c3"
    assert clean("device", "3569380356438091", HERE) == "device:cmcc/3569380356438091"


@given(digits(15, 15))
def test_a_card_is_named_by_its_imsi(imsi: str) -> None:
    assert clean("subscriber", f"{imsi[:3]} {imsi[3:5]} {imsi[5:]}", HERE) == f"subscriber:imsi/{imsi}"


def test_a_card_without_imsi_is_named_by_its_iccid() -> None:
    assert clean("subscriber", "8986 0012 3456 7890 123f", HERE) == "subscriber:iccid/8986001234567890123"
    assert clean("subscriber", "898600A2345678901234", HERE) == "subscriber:iccid/898600A2345678901234"
    for wrong in ("", "46000", "ICCID 460001234567890", "IMSI 89860012345678901234", "x" * 19):
        with pytest.raises(IdentifierError):
            clean("subscriber", wrong, HERE)
