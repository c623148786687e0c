"""Moving a threshold gives what writing another number into the file would give."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cutline.graph.index import Index
from cutline.typologies.catalogue import Catalogue, load_catalogue, read_typology
from cutline.typologies.detection import outcomes
from cutline.typologies.sweep import HIT
from cutline.typologies.thresholds import move_thresholds, thresholds_of
from tests.worlds import at, world

TEXT = """
id: busy
title: {en: Busy, zh: 忙}
flow: money
subject: account
when:
  - sum(transfers.out.value, 6h) between 80 % * sum(transfers.in.value, 2d) .. 120 % * sum(transfers.in.value, 2d)
  - any:
      - count(transfers.in, 12h) >= 4
      - distinct(transfers.out.payee, 1d) == 2
      - first_gap(transfers.in, 5d) > 36h
  - sum(transfers.in.value, 1d) >= 1,500.50 CNY
  - count(transfers.out[channel = 'payroll'], 48h) == 0
unless: ["count(transfers.in, 3d) > 9"]
reason: {en: busy, zh: 忙}
basis: none
source: ours
traps: [busy people]
tests: {}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "busy.yaml"
    path.write_text(text, "utf-8")
    return path


def hits(index: Index, path: Path) -> tuple[int, set[str]]:
    found = [(subject, t) for _, subject, t, o in outcomes(index, Catalogue((read_typology(path),))) if o == HIT]
    return len(found), {subject for subject, _ in found}


def test_thresholds_are_named_as_they_are_written(tmp_path):
    found = thresholds_of(read_typology(written(tmp_path, TEXT)))
    assert [t.written for t in found] == ["80 %", "120 %", "4", "2", "36h", "1,500.50 CNY"]
    assert [t.number for t in found] == [1, 2, 3, 4, 5, 6]
    assert found[0].shown(0.4) == "40 %"
    assert found[2].values == (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)
    assert found[4].shown(found[4].values[0]) == "18h"
    assert found[5].shown(75_025.0) == "750.25 CNY"
    assert found[5].condition == "sum(transfers.in.value, 1d) >= 1,500.50 CNY"


def test_every_shipped_typology_has_thresholds_that_stand_where_they_say():
    for typology in load_catalogue():
        lines = typology.path.read_text("utf-8").splitlines()
        for threshold in thresholds_of(typology):
            assert lines[threshold.place.line - 1][threshold.place.column - 1 :].startswith(threshold.written)
            assert threshold.shown(threshold.value).replace(",", "") == threshold.written.replace(",", "")
            assert threshold.value in threshold.values


moves = st.lists(
    st.tuples(
        st.integers(0, 8 * 24),
        st.integers(0, 3),
        st.integers(0, 3),
        st.integers(1, 40),
        st.sampled_from(["mobile", "payroll", None, "mobile"]),
    ).filter(lambda m: m[1] != m[2]),
    min_size=5,
    max_size=40,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves, st.integers(0, 5), st.data())
def test_moving_is_the_same_as_writing_another_number(tmp_path, drawn, chosen, data):
    rows = [
        {
            "occurred_at": at(hours=hour, minutes=k),
            "payer": f"account:CN/ICBK/{a}",
            "payee": f"account:CN/ICBK/{b}",
            "amount": 10_000 * amount,
            "asset": "CNY",
            "rail": "bank",
            "channel": channel,
        }
        for k, (hour, a, b, amount, channel) in enumerate(drawn)
    ]
    index = world(transfers=rows)
    typology = read_typology(written(tmp_path, TEXT))
    threshold = thresholds_of(typology)[chosen]
    curve = {point.value: point for point in move_thresholds(index, typology, [threshold])}
    value = data.draw(st.sampled_from(threshold.values))
    there = curve[value]
    lines = TEXT.splitlines()
    before = lines[threshold.place.line - 1]
    start = threshold.place.column - 1
    lines[threshold.place.line - 1] = before[:start] + threshold.shown(value) + before[start + len(threshold.written) :]
    expected = hits(index, written(tmp_path, "\n".join(lines)))
    assert (there.events, {index.entity(code) for code in there.subjects.tolist()}) == expected


def test_a_protected_attribute_is_refused_in_a_private_edit(tmp_path):
    from cutline.errors import TypologyMeaningError

    when, unless = TEXT.index("when:"), TEXT.index("unless:")
    text = TEXT[:when] + "when: count(reports.about[region = 'north'], 1d) >= 1\n" + TEXT[unless:]
    with pytest.raises(TypologyMeaningError, match="'region' is a protected attribute"):
        read_typology(written(tmp_path, text.replace("subject: account", "subject: person")))
