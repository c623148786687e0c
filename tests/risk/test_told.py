"""Rows count once: what an own association cites already is no word of a neighbour; other rows and other ties are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cutline.graph.index import Index
from cutline.risk import rank
from tests.risk.gangs import build, finding, merged, pay, tie
from tests.worlds import at

MULE, SUBJECT = "account:B/mule", "account:B/subject"


def paid(*more: dict[str, Any]) -> Index:
    """A mule pays the subject, who is paid by somebody else, too."""
    moves = [pay(MULE, SUBJECT, 900_00, at(2)), pay("account:B/o", SUBJECT, 900_00, at(3))]
    ties = [tie(SUBJECT, "phone:+86-1", "registered_with"), *more]
    return build(merged({"transfers": moves, "ties": ties}))


def heard(index: Index, *rows: int, of: str = "transfers") -> float:
    """What neighbours say of the subject beside its own finding, which cites these rows."""
    mule, own = finding(index, MULE), finding(index, SUBJECT, rows, of, strength=0.5, typology="income-from-suspects")
    return float(rank(index, [mule, own]).neighbours[index.code(SUBJECT)])


def test_a_neighbour_says_nothing_through_a_row_that_the_finding_cites():
    index = paid()
    assert heard(index, 0) == 0.0
    assert heard(index, 1) > 0.2
    assert heard(index) > 0.2


def test_what_a_typology_finds_does_not_say_that_a_neighbour_is_a_suspect():
    index = paid()
    own = finding(index, SUBJECT, (0,), strength=0.5, typology="run-points")
    assert rank(index, [finding(index, MULE), own]).neighbours[index.code(SUBJECT)] > 0.2


def test_the_row_is_told_to_its_own_subject_only():
    index = paid()
    mine = finding(index, SUBJECT, (0,), strength=0.5, typology="income-from-suspects")
    ranking = rank(index, [mine, finding(index, "phone:+86-1")])
    assert ranking.neighbours[index.code("phone:+86-1")] > 0


def test_another_tie_to_the_same_neighbour_still_speaks():
    index = paid(tie(MULE, SUBJECT, "same_as"))
    assert heard(index, 0) > 0.4


@pytest.mark.parametrize("relation", ["registered_with", "owns"])
def test_a_tie_is_told_where_it_is_of_that_kind(relation):
    index = paid(tie("person:id/p", SUBJECT, relation))
    position = [int(k) for k in np.flatnonzero(index.tables["ties"].columns["a"] == index.code("person:id/p"))]
    suspect = finding(index, "person:id/p")
    told, untold = (
        finding(index, SUBJECT, rows, "ties", strength=0.5, typology="registered-with-suspect") for rows in (position, ())
    )
    before, after = (rank(index, [suspect, own]).neighbours[index.code(SUBJECT)] for own in (untold, told))
    assert after < before
