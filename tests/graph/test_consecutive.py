"""Numbers in sequence, against the definition written plainly."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.graph.consecutive import Line, Serials, numbers_of, runs, serials_of

Row = tuple[int, int, int, int]


@settings(deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 20), st.integers(-1, 1), st.integers(0, 7)), min_size=1, max_size=40
    ),
    window=st.integers(1, 25),
)
def test_a_run_goes_on_as_long_as_the_neighbour_was_seen_in_the_window(rows: list[Row], window: int) -> None:
    rows = sorted(rows, key=lambda r: r[:2])
    subject, t, stem, serial = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    line = Line(np.searchsorted(subject, np.arange(4)).astype(np.int64), t)
    found = runs(line, Serials(stem, serial), np.arange(len(rows)), window).tolist()
    for i, (who, moment, same, number) in enumerate(rows):
        seen = {r[3] for r in rows[: i + 1] if r[0] == who and r[2] == same >= 0 and r[1] > moment - window}
        low = high = number
        while low - 1 in seen:
            low -= 1
        while high + 1 in seen:
            high += 1
        assert found[i] == high - low + 1


def test_serials_are_the_last_digits_behind_an_equal_stem() -> None:
    ids = ["phone:+8613800000009", "phone:+8613800000010", "handle:qq/a7", "handle:qq/a", "account:CN/ICBK/6222021234567890123"]
    plain, _ = serials_of(pa.array(ids))
    assert plain.stem[0] == plain.stem[1]
    assert plain.serial[1] - plain.serial[0] == 1
    assert plain.stem[2] not in (plain.stem[0], -1)
    assert plain.serial[2] == 7
    assert plain.stem[3] == -1
    assert plain.serial[4] == 222021234567890123


def test_bank_cards_are_compared_without_their_check_digit() -> None:
    def card(number: int) -> str:
        digits = [int(d) for d in str(number)][::-1]
        total = sum(digits[1::2]) + sum(d * 2 - 9 * (d > 4) for d in digits[0::2])
        return f"account:CN/ICBK/{number}{-total % 10}"

    ids = pa.array([card(622202123456780 + k) for k in range(5)])
    _, checked = numbers_of(np.array([0, 1, 2, 3, 4, -1], np.int32), ids)
    assert checked.stem[:5].tolist() == [checked.stem[0]] * 5
    assert np.diff(checked.serial[:5]).tolist() == [1, 1, 1, 1]
    assert checked.stem[5] == -1
    wrong = pa.array(["account:CN/ICBK/6222021234567801"] * (card(622202123456780)[-1] != "1"))
    assert serials_of(wrong)[1].stem.tolist() == [-1] * len(wrong)
