"""What must not matter does not: names, their order, protected attributes, and the order in which deliveries were loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cutline.model.evidence import to_plain
from cutline.pipeline.analysis import Analysis, analyse
from cutline.pipeline.intake import take_in
from cutline.pipeline.reading import IntakeOptions
from cutline.pipeline.stages import Stages
from cutline.store.lake import Lake
from tests.pipeline.changed_lakes import ChangedLake, other_name, with_other_names, with_protected_attributes_dealt_anew

Rename = Callable[[str], str]
DIGITS = 9
"""Sums of floats may differ in their last bits where their terms come in another order."""


@pytest.fixture(scope="module")
def lake(small_case: Path) -> Iterator[Lake]:
    with Lake.open(small_case) as opened:
        yield opened


@pytest.fixture(scope="module")
def seen(lake: Lake) -> Analysis:
    return analyse(lake, Stages())


def told(analysis: Analysis, name: Rename = str) -> dict[str, Any]:
    """Everything that an analysis says, without the hashed ids that rest on names."""
    score = analysis.ranking.score.round(DIGITS).tolist()
    return {
        "findings": {
            (f.typology, name(f.subject), f.first_at): (
                f.last_at,
                f.hits,
                round(f.strength, DIGITS),
                f.value_minor,
                f.citations,
            )
            for f in analysis.detection.findings
        },
        "reasons": {(f.typology, name(f.subject), f.first_at): (f.reason_en, f.reason_zh) for f in analysis.detection.findings},
        "scores": {name(e): s for e, s in zip(analysis.index.entities.to_pylist(), score, strict=True) if s},
        "rings": {
            frozenset((name(m.entity), m.role, round(m.belongs, DIGITS)) for m in ring.members): (ring.first_at, ring.last_at)
            for ring in analysis.rings
        },
        "alerts": {
            (alert.kind, frozenset(name(s) for s in alert.subjects)): (
                round(alert.rank, DIGITS),
                alert.value_minor,
                alert.raised_at,
                frozenset((name(p.entity), p.action) for p in alert.proposals),
                (alert.grade, alert.advice_en, alert.stoppable_minor, alert.time_left),
            )
            for alert in analysis.alerts
        },
        "stakes": {
            (name(s.entity), s.asset, s.how, s.since): (s.amount_minor, s.value_minor, s.able, s.issuer, s.gone, s.own, s.like)
            for s in analysis.stakes
        },
        "traces": {t.seed: sorted((name(e.entity), e.amount_minor, e.how) for e in t.terminals) for t in analysis.traces},
    }


def test_the_world_has_something_to_see(seen: Analysis):
    assert len(seen.detection.findings) > 50
    assert seen.rings
    assert seen.alerts
    assert seen.stakes


def test_other_names_in_another_order_change_nothing_but_names(lake: Lake, seen: Analysis):
    other = analyse(with_other_names(lake), Stages())  # type: ignore[arg-type]
    assert not set(other.index.entities.to_pylist()[:100]) & set(seen.index.entities.to_pylist()[:100])
    assert told(other) == told(seen, other_name)


@pytest.mark.parametrize("seed", [1, 2])
def test_protected_attributes_of_others_change_nothing(lake: Lake, seen: Analysis, seed: int):
    changed = with_protected_attributes_dealt_anew(lake, seed)
    assert not changed.events("facts", ["value"]).column("value").equals(lake.events("facts", ["value"]).column("value"))
    other = analyse(changed, Stages())  # type: ignore[arg-type]
    assert told(other) == told(seen)
    assert [to_plain(a) for a in other.alerts] == [to_plain(a) for a in seen.alerts]
    assert other.ranking.score.tolist() == seen.ranking.score.tolist()


@pytest.mark.slow
def test_the_order_of_deliveries_changes_nothing(small_case: Path, seen: Analysis, tmp_path: Path):
    folders = sorted(p for p in (small_case / "province").iterdir() if p.is_dir() and p.name != "truth")
    with Lake.open(tmp_path / "w") as lake:
        for folder in reversed(folders):
            take_in(lake, [folder], IntakeOptions())
        other = analyse(lake, Stages())
    assert [to_plain(f) for f in other.detection.findings] == [to_plain(f) for f in seen.detection.findings]
    assert [to_plain(r) for r in other.rings] == [to_plain(r) for r in seen.rings]
    assert [to_plain(a) for a in other.alerts] == [to_plain(a) for a in seen.alerts]
    assert [to_plain(t) for t in other.traces] == [to_plain(t) for t in seen.traces]
    assert other.ranking.score.tolist() == seen.ranking.score.tolist()


def test_a_changed_lake_hides_nothing_else(lake: Lake):
    same = ChangedLake(lake, lambda _table, _column, values: values)
    assert same.events("ties", ["a", "relation"]).equals(lake.events("ties", ["a", "relation"]))
