"""The columnar face says what the scalar one says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.errors import IdentifierError
from cutline.model.identifiers import Context, clean, clean_account, clean_entity, clean_party, pseudonym
from cutline.model.identifiers.columns import (
    clean_account_columns,
    clean_column,
    clean_entity_column,
    clean_party_column,
    pseudonym_column,
)
from cutline.model.identifiers.keccak import keccak_many
from tests.model.spellings import SPELLINGS, garbage

CONTEXTS = st.builds(
    Context,
    st.sampled_from(["cmcc", "中国移动", "a/b"]),
    country=st.sampled_from(["CN", "KH"]),
    national_tokens=st.booleans(),
    chain=st.sampled_from(["", "ethereum", "tron", "conflux", "waves", "?!"]),
    platform=st.sampled_from(["", "wechat", "We Chat"]),
)
GOOD = st.one_of(*SPELLINGS.values())
TEXTS = st.lists(st.none() | GOOD | garbage | GOOD.map(lambda t: f" {t}\t"), max_size=12)


def one(scalar: Callable[[str], str], text: str | None) -> tuple[str | None, str | None]:
    if text is None or pl.Series([text]).str.strip_chars()[0] == "":
        return None, None
    try:
        return scalar(text), None
    except IdentifierError as error:
        return None, error.expected


def same(got: tuple[pl.Series, pl.Series], expected: list[tuple[str | None, str | None]]) -> None:
    assert list(zip(got[0].to_list(), got[1].to_list(), strict=True)) == expected
    assert got[0].dtype == got[1].dtype == pl.String()


@given(st.sampled_from(sorted(SPELLINGS)), TEXTS, CONTEXTS)
@settings(max_examples=400, deadline=None)
def test_a_column_is_cleaned_as_its_texts_are(kind: str, texts: list[str | None], context: Context) -> None:
    got = clean_column(kind, pl.Series("x", texts, dtype=pl.String), context)
    same(got, [one(lambda t: clean(kind, t, context), text) for text in texts])


@given(TEXTS, CONTEXTS)
@settings(max_examples=200, deadline=None)
def test_parties_and_entities_too(texts: list[str | None], context: Context) -> None:
    column = pl.Series("x", texts, dtype=pl.String)
    same(clean_party_column(column, context), [one(lambda t: clean_party(t, context), text) for text in texts])
    same(clean_entity_column(column, context), [one(lambda t: clean_entity(t, context), text) for text in texts])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ICBK", "ICBKCNBJ", "DEUTDEFF", "?", "工行", "", None]),
            st.sampled_from(["", None]) | SPELLINGS["account"].map(lambda t: t.rpartition("/")[2]) | garbage,
        ),
        max_size=10,
    ),
    CONTEXTS,
)
@settings(max_examples=200, deadline=None)
def test_accounts_too(pairs: list[tuple[str | None, str | None]], context: Context) -> None:
    banks = pl.Series([bank for bank, _ in pairs], dtype=pl.String)
    numbers = pl.Series([number for _, number in pairs], dtype=pl.String)

    def scalar(bank: str | None, number: str | None) -> tuple[str | None, str | None]:
        id_, expected = one(lambda t: clean_account(bank or "", t, context), number)
        return (None, None) if not bank and expected is not None and "bank code" in expected else (id_, expected)

    same(clean_account_columns(banks, numbers, context), [scalar(*pair) for pair in pairs])


def test_columns_of_nothing() -> None:
    for empty in (pl.Series([], dtype=pl.String), pl.Series([None, None], dtype=pl.String), pl.Series(["", " "])):
        for kind in SPELLINGS:
            ids, expected = clean_column(kind, empty, Context("x", platform="qq"))
            assert ids.null_count() == expected.null_count() == len(empty)
    assert pseudonym_column(pl.Series([None], dtype=pl.String), b"k" * 16).to_list() == [None]


def test_numbers_that_were_read_as_integers_are_spellings_too() -> None:
    assert clean_column("phone", pl.Series([13800138000, 10086]), Context("cmcc"))[0].to_list() == [
        "phone:+8613800138000",
        "phone:cmcc/10086",
    ]


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(IdentifierError):
        clean_column("spaceship", pl.Series(["1"]), Context("x"))


@given(st.lists(st.none() | garbage.map("phone:".__add__), max_size=10))
def test_pseudonyms_by_the_column_are_those_by_the_piece(ids: list[str | None]) -> None:
    key = b"0123456789abcdef"
    got = pseudonym_column(pl.Series(ids, dtype=pl.String), key).to_list()
    assert got == [None if entity is None else pseudonym(entity, key) for entity in ids]


@pytest.mark.parametrize("length", [0, 1, 40, 135])
def test_keccak_of_many_is_keccak_of_each(length: int) -> None:
    messages = np.random.default_rng(length).integers(0, 256, (2100 if length == 40 else 7, length), dtype=np.uint8)
    assert [bytes(d) for d in keccak_many(messages)] == [keccak(bytes(m)) for m in messages]


def test_keccak_refuses_what_it_cannot_hold() -> None:
    with pytest.raises(ValueError, match="136"):
        keccak_many(np.zeros((1, 136), np.uint8))
