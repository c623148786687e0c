"""Who may be held against their will: signs that call for trained screening, and keep punishment away until it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cutline.graph.index import KIND_NAMES, NULL, Index
from cutline.model.entities import Label
from cutline.risk.association.people import same_person
from cutline.risk.statements import last_crossing, reported

MISSING = Label("reported missing", "家属报案失联")
SILENT = Label("left the country, did not return, and the phone fell silent", "出境未归且电话失联")

LURED = Label("left on a fare that another paid, lured by suspects", "被可疑对象诱骗并由他人付费出境")

SILENT_AFTER_US = 3 * 86_400_000_000
"""Delivered days after the departure that must be covered before a silence means anything (D)."""


def coercion_indicators(index: Index, lured: Sequence[int] = ()) -> Mapping[int, tuple[Label, ...]]:
    """Give the persons on whom some indicator stands, with what it is (person's code → indicators), under all their tokens.

    `lured` are those whom a finding shows to have left on another's fare after suspects had talked to them.
    A false alarm costs a conversation, so one indicator is enough. Sources: ILO indicators; UN Palermo Protocol, art. 3.
    """
    found: dict[int, tuple[Label, ...]] = {}
    who = same_person(index)
    missing, gone = reported(index, "missing", "person"), np.asarray(lured, np.int64)
    for label, codes in ((MISSING, missing), (SILENT, _silent_abroad(index)), (LURED, gone)):
        people = np.zeros(len(index), np.bool_)
        people[who[codes]] = True
        for code in np.flatnonzero(people[who]).tolist():
            found[code] = (*found.get(code, ()), label)
    return dict(sorted(found.items()))


def _silent_abroad(index: Index) -> NDArray[np.int64]:
    moves, contacts = index.tables.get("movements"), index.tables.get("contacts")
    if moves is None or contacts is None or "direction" not in moves.columns or not len(contacts):
        return np.empty(0, np.int64)
    left, came = last_crossing(index, "out"), last_crossing(index, "in")
    last_word = _latest(contacts.columns["source"], contacts.t_us, len(index))
    persons, phones = _phones(index)
    spoke = _latest(persons, last_word[phones], len(index))
    silent = (left > came) & (spoke > NULL) & (spoke <= left)
    return np.flatnonzero(silent & (left < contacts.t_us[-1] - SILENT_AFTER_US))


def _latest(who: NDArray[np.int32], t_us: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    out = np.full(size, NULL)
    known = who >= 0
    np.maximum.at(out, who[known], t_us[known])
    return out


def _phones(index: Index) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Who has which phone, in either direction of the tie."""
    ties = index.tables.get("ties")
    if ties is None or "relation" not in ties.columns:
        return np.empty(0, np.int32), np.empty(0, np.int32)
    relation = ties.columns["relation"]
    held = np.isin(relation, [ties.category("relation", name) for name in ("owns", "uses")])
    a, b = ties.columns["a"][held], ties.columns["b"][held]
    known = (a >= 0) & (b >= 0)
    a, b = a[known], b[known]
    person, phone = KIND_NAMES.index("person"), KIND_NAMES.index("phone")
    forth = (index.kinds[a] == person) & (index.kinds[b] == phone)
    back = (index.kinds[b] == person) & (index.kinds[a] == phone)
    return np.concatenate((a[forth], b[back])), np.concatenate((b[forth], a[back]))
