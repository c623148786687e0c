"""What an innocent look-alike does that a gang's tool does not: pays wages, keeps a till, lets homes. No list is needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.model.entities import Label
from cutline.model.index import NULL, EventTable, Index, distinct
from cutline.risk.custody import keeps_for_many
from cutline.risk.statements import last_crossing, tagged

DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Conduct:
    """One kind of ordinary conduct: what it is called, how much it lowers a score, and who shows it (boolean over entities)."""

    label: Label
    lowers: float
    shown: NDArray[np.bool_]


def observe(index: Index, subject: NDArray[np.bool_]) -> tuple[Conduct, ...]:
    """Look at what the subjects of findings do besides. Thresholds and weights are ours (D), to be calibrated.

    A code that many strangers pay is no sign of innocence by itself: points are run that way. A till is one that is used day
    after day, by card.
    """
    return (
        Conduct(Label("pays wages to several people", "向多人发放工资"), 0.7, _pays_wages(index, subject)),
        Conduct(Label("takes card payments at a till, day after day", "长期每日刷卡收款"), 0.65, _keeps_till(index, subject)),
        Conduct(Label("lets homes to several tenants", "向多名租客出租房屋"), 0.65, _lets_homes(index)),
        Conduct(Label("keeps the coins of many customers", "为众多客户托管代币"), 0.75, keeps_for_many(index)),
        Conduct(Label("a pool that swaps coins for everybody", "为众人兑换代币的资金池"), 0.75, tagged(index, "pool")),
        Conduct(Label("those whose journeys it paid came back", "其付费出行的人员均已返回"), 0.7, _brings_back(index)),
    )


def _pays_wages(index: Index, subject: NDArray[np.bool_], least: int = 5) -> NDArray[np.bool_]:
    table, rows = _rows(index, subject, "payer", "payroll")
    if table is None:
        return np.zeros(len(index), np.bool_)
    return _distinct(table.columns["payer"][rows], table.columns["payee"][rows].astype(np.int64), len(index)) >= least


def _keeps_till(index: Index, subject: NDArray[np.bool_], days: int = 10, payers: int = 15) -> NDArray[np.bool_]:
    table, rows = _rows(index, subject, "payee", "pos")
    if table is None:
        return np.zeros(len(index), np.bool_)
    payee = table.columns["payee"][rows]
    open_days = _distinct(payee, table.t_us[rows] // DAY_US, len(index))
    return (open_days >= days) & (_distinct(payee, table.columns["payer"][rows].astype(np.int64), len(index)) >= payers)


def _rows(index: Index, subject: NDArray[np.bool_], side: str, channel: str) -> tuple[EventTable | None, NDArray[np.int64]]:
    table = index.tables.get("transfers")
    if table is None or "channel" not in table.columns:
        return None, np.empty(0, np.int64)
    who = table.columns[side]
    wanted = (who >= 0) & (table.columns["channel"] == table.category("channel", channel))
    wanted[wanted] = subject[who[wanted]]
    return table, np.flatnonzero(wanted)


def _distinct(who: NDArray[np.int32], what: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    if not len(what):
        return np.zeros(size, np.int64)
    span = int(what.max()) - int(what.min()) + 1  # of days or codes: times the entities it fits
    pairs = distinct(who.astype(np.int64) * span + (what - what.min()))
    return np.bincount(pairs // span, minlength=size)


def _lets_homes(index: Index, tenants: int = 2) -> NDArray[np.bool_]:
    """Whoever has several tenants, under any of their tokens, and what is theirs."""
    out = np.zeros(len(index), np.bool_)
    ties = index.tables.get("ties")
    if ties is None or "relation" not in ties.columns:
        return out
    a, b = (end.astype(np.int64) for end in ends_of(ties, "tenant_of"))
    pairs = distinct(b * len(index) + a)
    out = np.bincount(pairs // max(1, len(index)), minlength=len(index)) >= tenants
    for relation in ("same_as", "same_as", "owns"):
        out = passed_along(ties, relation, out)
    return out


def _brings_back(index: Index, travellers: int = 3, part: float = 0.6) -> NDArray[np.bool_]:
    """Whoever paid the journeys of several people who left the country, most of whom have come back: a tour, a works outing."""
    out, moves = np.zeros(len(index), np.bool_), index.tables.get("movements")
    if moves is None or "direction" not in moves.columns or "payer" not in moves.columns:
        return out
    person, payer, size = moves.columns["person"], moves.columns["payer"], max(1, len(index))
    out_us, in_us = last_crossing(index, "out"), last_crossing(index, "in")
    paid = (payer >= 0) & (person >= 0)
    pairs = distinct(payer[paid].astype(np.int64) * size + person[paid])
    who, by = pairs % size, pairs // size
    left, back = out_us[who] > NULL, in_us[who] > out_us[who]
    went = np.bincount(by[left], minlength=len(index))
    return np.asarray((went >= travellers) & (np.bincount(by[left & back], minlength=len(index)) >= part * went))


def ends_of(ties: EventTable, relation: str) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Give both ends of every tie of one relation whose ends are known."""
    a, b = ties.columns["a"], ties.columns["b"]
    chosen = (ties.columns["relation"] == ties.category("relation", relation)) & (a >= 0) & (b >= 0)
    return a[chosen], b[chosen]


def passed_along(ties: EventTable, relation: str, marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark also what one tie of a relation connects with something marked, in either direction."""
    a, b = ends_of(ties, relation)
    out = marked.copy()
    out[b[marked[a]]] = True
    out[a[marked[b]]] = True
    return out
