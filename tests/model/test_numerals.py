"""Numbers of things in English."""

import pytest

from cutline.model.numerals import counted


@pytest.mark.parametrize(
    ("number", "words"), [(1, "1 payer"), (0, "0 payers"), (1200, "1,200 payers"), (1.0, "1 payer"), (2.5, "2.50 payers")]
)
def test_one_is_one_and_all_else_is_many(number: float, words: str) -> None:
    assert counted(number, "payer", "payers") == words
