"""Patterns, company and numbers in sequence as measures: what they mean at a row, what stays unknown, and errors that point."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutline.errors import TypologyError
from cutline.graph import patterns
from cutline.graph.index import Index
from cutline.model.evidence import Finding
from cutline.typologies.catalogue import Catalogue, needed_columns, read_typology
from cutline.typologies.detection import detect, outcomes
from tests.worlds import at, world

HIT, CLEAR, NOT_ASSESSABLE = 1, 2, 3


def catalogue(folder: Path, when: str, subject: str = "account", on: str = "transfers.out") -> Catalogue:
    file = folder / "tried.yaml"
    file.write_text(
        f'id: tried\ntitle: {{en: T, zh: 试}}\nflow: money\nsubject: {subject}\non: {on}\nwhen: "{when}"\n'
        "reason: {en: T, zh: 试}\nbasis: none\nsource: ours\ntraps: [none]\ntests: {}\n",
        encoding="utf-8",
    )
    return Catalogue((read_typology(file),))


def account(name: str) -> str:
    return f"account:CN/A/{name}"


def pays(payer: str, payee: str, hours: float, amount: int, **more: Any) -> dict[str, Any]:
    common = {"payer": account(payer), "payee": account(payee), "occurred_at": at(hours=hours), "amount": amount}
    return {**common, "asset": "CNY", "rail": "bank", **more}


def said(index: Index, tried: Catalogue) -> dict[tuple[str, float], int]:
    start = at().timestamp()
    told = outcomes(index, tried)
    return {(s.rsplit("/", 1)[-1], (t / 1e6 - start) / 3600): o for _, s, t, o in told}


def findings(index: Index, tried: Catalogue) -> Sequence[Finding]:
    return detect(index, tried).findings


ROUND = [
    pays("a", "b", 1, 1000),
    pays("b", "c", 2, 950),
    pays("c", "a", 3, 940),
    pays("b", "x", 2.5, 30),
    pays("x", "a", 9, 10),
]


def test_a_cycle_is_closed_at_its_last_row_and_cites_all_of_it(tmp_path: Path) -> None:
    tried = catalogue(tmp_path, "cycle(transfers.out, 48h, keeping 90 %) >= 3")
    told = said(world(transfers=ROUND), tried)
    assert {key for key, outcome in told.items() if outcome == HIT} == {("c", 3)}
    (finding,) = findings(world(transfers=ROUND), tried)
    assert len(finding.citations) == 3
    assert not finding.truncated
    assert said(world(transfers=ROUND), catalogue(tmp_path, "cycle(transfers.out, 90min) >= 3"))["c", 3] == CLEAR


def test_a_filter_decides_which_rows_everybody_has_in_the_graph(tmp_path: Path) -> None:
    told = said(world(transfers=ROUND), catalogue(tmp_path, "cycle(transfers.out[value >= 945 CNY], 48h) >= 2"))
    assert HIT not in told.values()


def test_chains_hold_for_a_short_time_and_peels_leave_a_part_with_others(tmp_path: Path) -> None:
    line = [
        pays("a", "b", 1, 1000),
        pays("b", "c", 2, 900),
        pays("b", "p", 2.1, 90),
        pays("c", "d", 3, 800),
        pays("c", "q", 2.9, 90),
    ]
    told = said(world(transfers=line), catalogue(tmp_path, "chain(transfers.out, 3d, within 2h, keeping 80 %) >= 3"))
    assert {key for key, outcome in told.items() if outcome == HIT} == {("c", 3)}
    told = said(world(transfers=line), catalogue(tmp_path, "chain(transfers.out, 3d, within 30min, keeping 80 %) >= 2"))
    assert HIT not in told.values()
    told = said(world(transfers=line), catalogue(tmp_path, "peel(transfers.out, 3d, within 2h, keeping 70 %) >= 2"))
    assert {key for key, outcome in told.items() if outcome == HIT} == {("c", 3)}


def test_what_was_scattered_is_gathered_again(tmp_path: Path) -> None:
    rows = [pays("s", f"m{k}", 1, 500) for k in range(4)] + [pays(f"m{k}", "t", 2 + k, 490) for k in range(4)]
    tried = catalogue(tmp_path, "scatter_gather(transfers.in, 24h, within 6h, keeping 90 %) >= 4", on="transfers.in")
    index = world(transfers=rows)
    assert {key for key, outcome in said(index, tried).items() if outcome == HIT} == {("t", 5)}
    (finding,) = findings(index, tried)
    assert len(finding.citations) == 8


def test_fans_are_those_of_the_other_side_too(tmp_path: Path) -> None:
    rows = [pays(f"p{k}", "hub", k, 10) for k in range(5)] + [pays("hub", "z", 6, 40)]
    index = world(transfers=rows)
    told = said(index, catalogue(tmp_path, "fan_in(transfers.out, 24h) >= 4"))
    assert {key for key, outcome in told.items() if outcome == HIT} == {("p3", 3), ("p4", 4)}
    told = said(index, catalogue(tmp_path, "gather_scatter(transfers.out, 24h) >= 1"))
    assert {key for key, outcome in told.items() if outcome == HIT} == {("hub", 6)}
    assert said(index, catalogue(tmp_path, "fan_out(transfers.out, 24h) >= 2"))["hub", 6] == CLEAR


def test_what_may_belong_leaves_a_pattern_open(tmp_path: Path) -> None:
    tried = catalogue(tmp_path, "cycle(transfers.out[channel = 'mobile'], 48h) >= 3")
    rows = [{**row, "channel": "mobile"} for row in ROUND[:3]]
    assert said(world(transfers=rows), tried)["c", 3] == HIT
    unknown = [rows[0], {**rows[1], "channel": None}, rows[2]]
    told = said(world(transfers=unknown), tried)
    assert told["c", 3] == NOT_ASSESSABLE
    assert told["b", 2] == NOT_ASSESSABLE
    assert said(world((at(hours=0.5), at(60)), transfers=ROUND[2:3]), tried)["c", 3] == NOT_ASSESSABLE


def test_a_search_that_its_budget_ends_is_open_and_the_finding_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = [*(pays(f"x{k}", "b", 0.5, 5) for k in range(60)), pays("a", "b", 1, 1000), pays("b", "a", 2, 990)]
    index, tried = world(transfers=busy), catalogue(tmp_path, "cycle(transfers.out, 48h) >= 2")
    whole = findings(index, tried)
    assert [f.truncated for f in whole] == [False]
    monkeypatch.setattr("cutline.typologies.patterns.BUDGET", 3)
    assert said(index, tried)["b", 2] == HIT
    assert [f.truncated for f in findings(index, tried)] == [True]
    monkeypatch.setattr("cutline.typologies.patterns.BUDGET", 1)
    assert said(index, tried)["b", 2] == NOT_ASSESSABLE
    assert "patterns: searches that their budget ended" in detect(index, tried).not_assessable["tried"].missing
    assert patterns.BUDGET > 1000


CARDS = [
    pays(who, "cash", 24 * day + minute / 60, 3000, channel="atm", terminal=f"T{day}")
    for day in range(4)
    for who, minute in (("one", 600), ("two", 604 + day))
]


def test_company_is_counted_by_occasion_and_cited(tmp_path: Path) -> None:
    tried = catalogue(tmp_path, "together(transfers.out.terminal[channel = 'atm'], 30d, within 10min) >= 4")
    told = said(world(transfers=CARDS), tried)
    assert {who for (who, _), outcome in told.items() if outcome == HIT} == {"two"}
    (finding,) = findings(world(transfers=CARDS), tried)
    assert len(finding.citations) == 8
    later = catalogue(tmp_path, "together(transfers.out.terminal[channel = 'atm'], 30d, within 5min) >= 4")
    assert HIT not in said(world(transfers=CARDS), later).values()


def test_numbers_in_sequence_are_counted_through_the_present_one(tmp_path: Path) -> None:
    def card(number: int, hours: float, relation: str = "owns") -> dict[str, Any]:
        return {"a": "person:id/p", "b": f"phone:+86138000000{number:02}", "relation": relation, "occurred_at": at(hours=hours)}

    tried = catalogue(tmp_path, "consecutive(ties.out.b[relation = 'owns'], 24h) >= 4", "person", "ties.out")
    ties = [card(10, 1), card(12, 2), card(13, 3), card(90, 4), card(11, 5), card(14, 40), card(11, 6, "uses")]
    told = said(world(ties=ties), tried)
    assert {key for key, outcome in told.items() if outcome == HIT} == {("p", 5)}


def test_the_index_holds_both_ends_and_amounts_only_where_they_matter(tmp_path: Path) -> None:
    plain = needed_columns(catalogue(tmp_path, "cycle(transfers.out, 48h) >= 3"))["transfers"]
    assert set(plain) == {"payer", "payee"}
    keeping = needed_columns(catalogue(tmp_path, "cycle(transfers.out, 48h, keeping 90 %) >= 3"))["transfers"]
    assert set(keeping) == {"payer", "payee", "amount", "asset"}


@pytest.mark.parametrize(
    ("when", "column", "expected"),
    [
        ("chain(transfers.out, 48h) >= 3", 1, "within 6h"),
        ("peel(transfers.out, 48h, within 6h) >= 3", 1, "keeping 80 %"),
        ("count(transfers.out, 48h, within 6h) >= 3", 1, "count without 'within'"),
        ("fan_in(transfers.out, 48h, keeping 80 %) >= 3", 1, "fan_in without 'keeping'"),
        ("cycle(transfers.out, 48h, keeping 180 %) >= 3", 35, "at most 100 %"),
        ("chain(transfers.out, 48h, within 72h) >= 3", 1, "a shorter time"),
        ("cycle(transfers.out, 48h before 1h) >= 3", 1, "a stream of the subject itself"),
        ("cycle(transfers.out.payee, 48h) >= 3", 1, "rows, no column"),
        ("cycle(orders, 48h) >= 3", 1, "contacts, ties, transfers"),
        ("scatter_gather(ties.out, 48h, keeping 80 %) >= 3", 1, "transfers, which have amounts"),
        ("together(transfers.out.terminal, 30d) >= 3", 1, "within 6h"),
        ("consecutive(transfers.out.terminal, 30d) >= 3", 1, "payee"),
        ("cycle(transfers.out, 48h) >= 2h", 1, "the same unit"),
    ],
)
def test_faults_point_at_the_place_and_say_what_was_expected(tmp_path: Path, when: str, column: int, expected: str) -> None:
    with pytest.raises(TypologyError) as caught:
        catalogue(tmp_path, when)
    assert f"tried.yaml:6:{7 + column}" in str(caught.value)
    assert expected in str(caught.value)


def test_measures_do_not_depend_on_which_anchors_ask(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    rows = [pays(f"n{a}", f"n{b}", h, 100 + int(m)) for h, (a, b, m) in enumerate(rng.integers(0, 9, (200, 3)))]
    alone = said(world(transfers=rows), catalogue(tmp_path, "cycle(transfers.out, 48h) >= 4"))
    guarded = said(
        world(transfers=rows),
        catalogue(tmp_path, "sum(transfers.out.value, 1h) >= 1.07 CNY and cycle(transfers.out, 48h) >= 4"),
    )
    assert {k for k, o in guarded.items() if o == HIT} <= {k for k, o in alone.items() if o == HIT}
    assert HIT in guarded.values()
