"""Who may be held against their will: signs that call for trained screening, and keep punishment away until it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cutline.graph.index import KIND_NAMES, Index
from cutline.model.entities import Label
from cutline.rings.captivity import (
    Away,
    adverts_saying,
    confined,
    endless_days,
    family_pays,
    fell_silent,
    phone_in_a_box,
    recruited_by,
)
from cutline.risk.association.people import same_person
from cutline.risk.association.registers import STEPS, register_pairs
from cutline.risk.statements import reported

Bools = NDArray[np.bool_]

MISSING = Label("reported missing", "家属报案失联")
SILENT = Label("left the country, did not return, and the phone fell silent", "出境未归且电话失联")
LURED = Label("lured away by suspects", "被可疑对象诱骗离开")
DOCUMENTS = Label(
    "left after talking with a recruiter who takes care of the passport: documents may be kept",
    "与代管证件的招工者联系后出境未归，证件可能被扣",
)
DEBT = Label(
    "left after talking with a recruiter who hands out cash before any work: it becomes a debt",
    "与未上岗先给钱的招工者联系后出境未归，可能被债务控制",
)
CONFINED = Label(
    "left and did not return; an account of theirs is worked with many others behind one address abroad",
    "出境未归，其账号与大量账号在境外同一地址集中使用",
)
TAKEN_PHONE = Label(
    "left and did not return; their number calls from a device from which many numbers call",
    "出境未归，其号码在多号共用的设备上被使用",
)
ENDLESS = Label(
    "left and did not return; writes and calls fourteen hours and more a day, hardly a day free",
    "出境未归，每日通联时段超过十四小时且几乎无休",
)
RANSOM = Label(
    "left and did not return; called the family, which then paid suspects", "出境未归，与家属联系后家属随即向可疑账户付款"
)

KEEPS_DOCUMENTS, ADVANCES = "documents_held", "cash_on_arrival"
TOLD = {
    "papers_taken": Label("a report tells that the passport was taken", "报案称护照证件被收走"),
    "cannot_leave": Label("a report tells that they cannot leave", "报案称被限制人身自由"),
    "violence_told": Label("a report tells of violence or threats", "报案称遭殴打或威胁"),
    "release_money": Label("a report tells of money asked for their release", "报案称须交钱才放人"),
}
"""What a report's words tell of the person it is about, by lexicon (ILO: retained documents, restricted movement, violence,
debt bondage)."""

SCREENING_WORDS = {
    **dict.fromkeys((KEEPS_DOCUMENTS, ADVANCES), ("posts", "title", "text")),
    **dict.fromkeys(TOLD, ("reports", "narrative")),
}
"""Lexicons that coercion is screened by, and where: the table, then its columns."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the rows.

    lured      persons whom a finding shows to have been lured away (codes)
    confined   accounts that a finding shows to be worked behind one address abroad (codes)
    suspects   who has findings of their own (boolean over the entities; empty: not known)
    said       which rows say the words of each of `SCREENING_WORDS`: its name → boolean over its table
    """

    lured: Sequence[int] = ()
    confined: Sequence[int] = ()
    suspects: Bools = field(default_factory=lambda: np.empty(0, np.bool_))
    said: Mapping[str, Bools] = field(default_factory=dict)


NOTHING_MORE = Known()
"""Nothing is known but the rows."""


def coercion_indicators(index: Index, known: Known = NOTHING_MORE) -> Mapping[int, tuple[Label, ...]]:
    """Give the persons on whom some indicator stands, with what it is (person's code → indicators), under all their tokens.

    Tokens are one person's by judgement, or by the number that one register calls theirs and another links to their account.
    A false alarm costs a conversation, so one indicator is enough. Sources: ILO indicators; UN Palermo Protocol, art. 3.
    """
    found: dict[int, tuple[Label, ...]] = {}
    who, person = same_person(index), index.kinds == KIND_NAMES.index("person")
    signs = _signs(index, known)
    if not any(marked.any() for _, marked in signs):
        return {}
    pairs = _one_number(index, who)
    for label, marked in signs:
        people = np.zeros(len(index), np.bool_)
        people[who[marked & person]] = True
        for _ in range(STEPS):
            people[pairs[1][people[pairs[0]]]] = True
        for code in np.flatnonzero(people[who] & person).tolist():
            found[code] = (*found.get(code, ()), label)
    return dict(sorted(found.items()))


def _signs(index: Index, known: Known) -> list[tuple[Label, Bools]]:
    """Mark whom each indicator stands on, under some token of theirs."""
    signs = [
        (MISSING, _at(index, reported(index, "missing", "person"))),
        (LURED, _at(index, known.lured)),
        *((label, _told_of(index, known.said.get(lexicon))) for lexicon, label in TOLD.items()),
    ]
    away = Away.of(index)
    if away is None:
        return signs
    suspects = known.suspects if len(known.suspects) else _at(index, ())
    return [
        *signs,
        (SILENT, fell_silent(away)),
        (DOCUMENTS, recruited_by(away, adverts_saying(index, known.said, KEEPS_DOCUMENTS))),
        (DEBT, recruited_by(away, adverts_saying(index, known.said, ADVANCES))),
        (CONFINED, confined(away, _at(index, known.confined))),
        (TAKEN_PHONE, phone_in_a_box(away)),
        (ENDLESS, endless_days(away)),
        (RANSOM, family_pays(away, suspects)),
    ]


def _told_of(index: Index, rows: Bools | None) -> Bools:
    """Mark the persons whom some reports are about."""
    reports = index.tables.get("reports")
    if rows is None or reports is None:
        return _at(index, ())
    person = reports.columns["person"][rows]
    return _at(index, person[person >= 0])


def _at(index: Index, codes: Sequence[int] | NDArray[np.integer]) -> Bools:
    out = np.zeros(len(index), np.bool_)
    out[np.asarray(codes, np.int64)] = True
    return out


def _one_number(index: Index, who: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair the people whom registers call by different tokens, and one number calls the same; both ways."""
    ties = index.tables.get("ties")
    if ties is None or "relation" not in ties.columns:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    one, other, _ = register_pairs(index, ties, who)
    return one, other
