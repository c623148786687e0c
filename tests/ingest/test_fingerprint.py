from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from cutline.ingest.fingerprint import hash_rows, hash_text, to_hex

FRAME = pl.DataFrame(
    {
        "text": ["x", None, "诈骗 and a text longer than eight bytes"],
        "number": [1, None, -5],
        "share": [0.5, None, -0.25],
        "flag": [True, None, False],
        "money": pl.Series([Decimal(5), None, Decimal(10**37)], dtype=pl.Decimal(38, 0)),
        "at": pl.Series(
            [datetime(2026, 3, 1, tzinfo=UTC), None, datetime(1999, 1, 1, tzinfo=UTC)], dtype=pl.Datetime("us", "UTC")
        ),
    }
)


def test_hashes_are_the_same_everywhere_and_for_ever() -> None:
    assert to_hex(hash_rows(FRAME, FRAME.columns, 7)).to_list() == ["b7aae1015591d99f", "0a55622144a988a8", "10b92d852faf8389"]
    assert hash_text("cdr", 1) == 14181980317515399155


def test_order_of_columns_and_absent_columns_do_not_count_names_and_values_do() -> None:
    whole = hash_rows(FRAME, FRAME.columns, 7)
    assert hash_rows(FRAME, FRAME.columns[::-1], 7).equals(whole)
    assert hash_rows(FRAME.with_columns(extra=pl.lit(None, pl.String)), [*FRAME.columns, "extra"], 7).equals(whole)
    assert hash_rows(FRAME, FRAME.columns, 8)[0] != whole[0]
    for name in FRAME.columns:
        renamed = FRAME.rename({name: "other"})
        assert hash_rows(renamed, renamed.columns, 7)[0] != whole[0]
        turned = FRAME.with_columns(pl.col(name).reverse())
        assert hash_rows(turned, turned.columns, 7)[0] != whole[0]


def test_slices_hash_like_their_rows() -> None:
    whole = hash_rows(FRAME, FRAME.columns, 7)
    assert hash_rows(FRAME[1:], FRAME.columns, 7).equals(whole[1:])
    assert hash_rows(FRAME[:0], FRAME.columns, 7).len() == 0
    assert hash_rows(pl.concat([FRAME, FRAME], rechunk=False), FRAME.columns, 7)[3:].equals(whole)


@given(st.lists(st.text(max_size=40), unique=True, min_size=2, max_size=50))
def test_different_texts_have_different_hashes(texts: list[str]) -> None:
    frame = pl.DataFrame({"a": texts}, schema={"a": pl.String})
    assert hash_rows(frame, ["a"], 0).n_unique() == len(texts)


def test_many_similar_values_do_not_collide() -> None:
    frame = pl.DataFrame({"a": pl.int_range(0, 300_000, eager=True).cast(pl.String), "b": pl.int_range(0, 300_000, eager=True)})
    assert hash_rows(frame, ["a"], 0).n_unique() == 300_000
    assert hash_rows(frame, ["b"], 0).n_unique() == 300_000
    low = hash_rows(frame, ["b"], 0) % 1024
    assert low.value_counts()["count"].max() < 400
