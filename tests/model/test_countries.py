from __future__ import annotations

import pytest

from cutline.model.identifiers.countries import COUNTRIES, THREE_LETTERS
from cutline.model.identifiers.country_names import _by_name, find_country


def test_every_country_has_two_and_three_letters_and_names_of_its_own() -> None:
    by_name = _by_name()
    assert set(by_name.values()) == COUNTRIES
    assert sum(len(name) == 2 and name.isascii() and name.upper() in COUNTRIES for name in by_name) == len(COUNTRIES)
    assert {find_country(three) for three in THREE_LETTERS} == set(THREE_LETTERS.values())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("kh", "KH"),
        ("KHM", "KH"),
        ("Cambodia", "KH"),
        ("柬埔寨", "KH"),
        ("老挝", "LA"),
        ("Viet Nam", "VN"),
        ("the Philippines", "PH"),
        ("Türkiye", "TR"),
        ("TURKEY", "TR"),
        ("U.A.E.", "AE"),
        ("Saint Lucia", "LC"),
        ("Cote d’Ivoire", "CI"),
        ("Trinidad and Tobago", "TT"),
        ("刚果(金)", "CD"),
        ("Korea", None),
        ("Atlantis", None),
        ("亚特兰蒂斯", None),
        ("", None),
        ("--", None),
    ],
)
def test_names_as_people_write_them(text: str, code: str | None) -> None:
    assert find_country(text) == code
