"""A table never breaks a word, whatever the width: where it would have to, rows are told one thing beneath another."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cutline.cli.layout import BETWEEN, WORD_MOST, widths
from cutline.cli.output import Output

ID = "person~FVT9-Z72R-0ZP4"
WHY = "Left on a fare that another paid and is not back; suspects talked to them nine times before."

words = st.text("abc 诈骗-", min_size=1, max_size=60)
tables = st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(words, min_size=n, max_size=n), min_size=1, max_size=4))


@given(tables, st.integers(10, 200))
def test_what_is_shared_out_fits_and_breaks_nothing(rows: list[list[str]], room: int) -> None:
    names = [f"c{k}" for k in range(len(rows[0]))]
    wide = widths(names, rows, room)
    if wide is None:
        return
    assert sum(wide) + BETWEEN * (len(wide) - 1) <= room
    assert wide[0] >= max(cell_len(row[0]) for row in rows)
    for at, width in enumerate(wide):
        for word in (word for row in rows for word in row[at].split() if word.isascii()):
            assert min(cell_len(word), WORD_MOST) <= width


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_ids_and_words_are_whole_at_every_width(columns: int, monkeypatch, capsys) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    Output(as_json=False).table(
        "Found [1]", ("who", "what", "sure", "why"), [(ID, "lured-away", 1.0, WHY), (ID, "mule", 0.5, "–")]
    )
    told = capsys.readouterr().out
    assert told.startswith("Found [1]")
    assert told.count(ID) == 2
    assert all(cell_len(line.rstrip()) <= columns for line in told.splitlines())
    assert {"lured-away", "1.000", "suspects"} <= set(re.findall(r"[\w.-]+", told))


def test_a_narrow_terminal_is_told_row_by_row(monkeypatch, capsys) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    Output(as_json=False).table("Found", ("who", "what", "sure", "why"), [(ID, "lured-away", 1.0, WHY)])
    first, who, facts, why, *_ = capsys.readouterr().out.splitlines()
    assert (first, who, facts.strip()) == ("Found", ID, "what lured-away · sure 1.000")
    assert why.startswith("  why: Left on a fare")
