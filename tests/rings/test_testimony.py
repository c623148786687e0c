"""One person's reports of different things tie these things no more than two persons' reports do."""

import numpy as np
import pytest

from cutline.rings.testimony import part_reports
from cutline.risk import LINKS
from cutline.risk.links import gather_links
from tests.risk.gangs import Rows, build, tie
from tests.worlds import at

CALLER, MULE, RECRUITER = "phone:+86-caller", "account:CN/ICBK/mule", "handle:weiliao/recruiter"
MOTHER = "person:id/mother"


def told(reports: dict[int, list[str]], reporter: str = MOTHER) -> Rows:
    """Each day's report names some things, said of the day before."""
    rows: Rows = {"reports": [], "ties": []}
    for day, things in reports.items():
        rows["reports"].append({"occurred_at": at(day), "kind": "loss", "reporter": reporter})
        for thing in things:
            rows["ties"].append({**tie(reporter, thing, "mentions"), "occurred_at": at(day - 1), "valid_from": at(day - 1)})
    return rows


def held(rows: Rows) -> dict[tuple[str, str], float]:
    index = build(rows)
    links = gather_links(index)
    links, weight = part_reports(links, np.full(len(links), 0.6), index)
    assert {LINKS[kind].name for kind in links.kind.tolist()} <= {"mentions"}
    ends = zip(links.a.tolist(), links.b.tolist(), weight.tolist(), strict=True)
    return {tuple(sorted((index.entity(a), index.entity(b)))): round(w, 6) for a, b, w in ends}


def test_two_reports_of_one_person_tie_only_what_each_names():
    assert held(told({5: [CALLER, MULE], 9: [RECRUITER]})) == {(MULE, CALLER): 0.6}


@pytest.mark.parametrize("again", [[CALLER], [CALLER, RECRUITER]])
def test_what_both_reports_name_holds_both_together(again):
    ties = held(told({5: [CALLER, MULE], 9: again}))
    first, second = (MULE, CALLER) in ties, (RECRUITER, CALLER) in ties
    assert (first, second, (RECRUITER, MULE) in ties) == (True, RECRUITER in again, False)


def test_each_thing_holds_to_all_others_of_its_report_as_it_did_to_the_reporter():
    things = [CALLER, MULE, RECRUITER]
    ties = held(told({5: things, 9: []}))
    assert [round(sum(w for pair, w in ties.items() if thing in pair), 6) for thing in things] == [0.6] * 3


def test_who_reported_once_holds_together_all_that_was_named():
    ties = held(told({5: [CALLER, MULE]}))
    assert set(ties) == {tuple(sorted((MOTHER, thing))) for thing in (CALLER, MULE)}


def test_a_mention_after_the_last_report_belongs_to_the_last():
    rows = told({5: [CALLER], 9: [MULE]})
    rows["ties"].append({**tie(MOTHER, RECRUITER, "mentions"), "occurred_at": at(12), "valid_from": at(12)})
    assert held(rows) == {(MULE, RECRUITER): 0.6}


def test_without_reports_or_ties_nothing_changes():
    for name in ("reports", "ties"):
        rows = {key: part for key, part in told({5: [CALLER, MULE], 9: [RECRUITER]}).items() if key != name}
        index = build(rows)
        links = gather_links(index)
        assert len(part_reports(links, np.ones(len(links)), index)[0]) == len(links)
