"""Stolen money as company: the holders through which reported losses passed, on one rail and from one to another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.model.evidence import Finding
from cutline.model.index import Index, stretches
from cutline.model.money import BASE_CURRENCY, format_minor
from cutline.model.numerals import counted as counted_in
from cutline.risk.association.money import Incomes, MoneyConfig
from cutline.risk.association.signs import Pattern, Signs, signs, write_findings

Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]

BESIDE_US = 2 * 3_600_000_000
"""How long before coins were given another payment for them may lie (D)."""

ALIKE = 0.03
"""How far two payments at one desk may differ in worth and both be meant by the same coins (D): its rate and fees move."""


@dataclass(frozen=True, slots=True)
class StolenFlow:
    """How reported losses moved, first in first out.

    Of report number `report`, row `row` of `transfers` carried `amount` of its asset, which is `loss` in the smallest unit of
    the loss; `depth` 1 is the victim's own payment. `paid` is the row on other rails that the row was given for, as coins are
    for yuan; −1 where there is none, or more than one could be meant.
    """

    report: Rows
    row: Rows
    amount: Rows
    loss: Rows
    depth: Rows
    paid: Rows


def stolen_money(index: Index, incomes: Incomes, flow: StolenFlow, barred: Bools, config: MoneyConfig) -> list[Finding]:
    """Find the holders through which reported losses passed, as a real part of what they live on.

    A hop counts only if its payer is the victim or such a holder itself: behind a shop, a desk or an exchange stolen money is
    mixed with everybody's, and says nothing of those it goes to. What a desk gives for such a holder's own payment is the
    holder's, if nobody else paid as much for it.
    """
    table, size = index.tables["transfers"], len(index)
    payer, payee = table.columns["payer"][flow.row], table.columns["payee"][flow.row]
    told = np.bincount(flow.report[flow.depth == 1], flow.loss[flow.depth == 1], minlength=int(flow.report.max(initial=0)) + 1)
    passing, exchanged = np.zeros(size, np.bool_), _Exchanged(index, incomes, flow)
    while True:
        counted = (flow.depth == 1) | passing[payer] | exchanged.of(passing)
        counted &= ~incomes.cash[payee] & ~barred[payee] & incomes.known[flow.row]
        found = Signs("transfers", flow.row[counted], payee[counted].astype(np.int64), flow.report[counted],
                      flow.loss[counted].astype(np.float64))  # fmt: skip
        reports = found.others(size)
        carried = flow.amount[counted] / np.maximum(1.0, incomes.amount[found.row]) * incomes.value[found.row]
        share = np.bincount(found.subject, carried, minlength=size) / np.maximum(1.0, incomes.received)
        share = np.round(np.minimum(1.0, share), 9).astype(np.float64)
        largest = np.zeros(size)
        np.maximum.at(largest, found.subject, found.weight / np.maximum(1.0, told[found.other]))
        several = (reports >= config.reports) & (share >= config.tainted)
        one = (reports >= 1) & (share >= config.one_report) & (largest >= config.part)
        carriers = signs("transfers", found.row, payee[counted], payer[counted]).others(size)
        now = (several | one) & (~incomes.public(carriers, config) | (share >= config.public))
        if (now <= passing).all():
            break
        passing |= now
    strength = np.where(passing, np.minimum(1.0, 0.45 + 0.1 * np.minimum(reports, 4) + 0.3 * share), 0.0)
    worth = np.bincount(found.subject, carried * incomes.priced[found.row], minlength=size)
    bought = exchanged.payments(counted & ~passing[payer] & (flow.depth > 1), payee)
    times = bought.total(size)

    def words(code: int) -> tuple[str, str]:
        n, part, given = int(reports[code]), f"{100 * share[code]:.0f}", times[code] > 0
        came = f"losses from {counted_in(n, 'report', 'reports')} came here, first in first out, {part} % of its income"
        en = f"{_told(worth[code], 'en')} {came}{', in exchange for what a suspect paid' if given else ''}."
        zh = f"按先进先出，{n}份报案中的损失有{_told(worth[code], 'zh')}流入此处，占其全部收入的{part}%"
        return en, f"{zh}{'，其中有以可疑账户付款兑换所得' if given else ''}。"

    value = {int(code): round(worth[code]) for code in np.flatnonzero(passing) if worth[code] >= 1}
    return write_findings(index, Pattern("stolen-money", words, value), (found, bought), strength)


class _Exchanged:
    """The hops that were given for a payment on other rails, and whose other payments they might have been given for."""

    def __init__(self, index: Index, incomes: Incomes, flow: StolenFlow) -> None:
        table = index.tables["transfers"]
        payer, payee, t_us = table.columns["payer"], table.columns["payee"], table.t_us
        given = (flow.paid >= 0) & (t_us[flow.paid] <= t_us[flow.row])
        self.hop, self.size = np.flatnonzero(given), len(flow.row)
        self.paid = flow.paid[self.hop]
        self.payer = payer[self.paid]
        self.rival, other = _beside(payee, t_us, incomes, (flow.row[self.hop], self.paid))
        self.stranger = payer[other]

    def of(self, passing: Bools) -> Bools:
        """Say of every hop whether it was given for what some holders paid, and for nobody else's payment."""
        out = np.zeros(self.size, np.bool_)
        doubtful = np.zeros(len(self.hop), np.bool_)
        doubtful[self.rival[~passing[self.stranger]]] = True
        out[self.hop] = passing[self.payer] & ~doubtful
        return out

    def payments(self, hops: Bools, payee: NDArray[np.int32]) -> Signs:
        """Give the payments for which some hops were given, each about whom the hop went to."""
        chosen = hops[self.hop]
        return signs("transfers", self.paid[chosen], payee[self.hop[chosen]], self.payer[chosen])


def _beside(payee: NDArray[np.int32], t_us: Rows, incomes: Incomes, exchanges: tuple[Rows, Rows]) -> tuple[Rows, Rows]:
    """Give for exchanges (what was given, what was paid for it) the other payments of like worth to the same desk before.

    Pairs of an exchange's place and a row. Cost: a sort of what the desks of these exchanges got.
    """
    given, paid = exchanges
    desks = np.zeros(int(payee.max(initial=-1)) + 2, np.bool_)
    desks[payee[paid]] = True
    desks[-1] = False  # nobody's
    rows = np.flatnonzero(desks[payee] & incomes.known)
    rows = rows[np.lexsort((t_us[rows], payee[rows]))]
    low, high = np.zeros(len(paid), np.int64), np.zeros(len(paid), np.int64)
    for desk in np.flatnonzero(desks).tolist():
        first, last = np.searchsorted(payee[rows], [desk, desk + 1])
        mine, when = payee[paid] == desk, t_us[rows[first:last]]
        low[mine] = first + np.searchsorted(when, t_us[given[mine]] - BESIDE_US)
        high[mine] = first + np.searchsorted(when, t_us[given[mine]], "right")
    at, other = np.repeat(np.arange(len(paid)), high - low), rows[stretches(low, high - low)]
    worth, same = incomes.value[other], incomes.value[paid[at]]
    near = (np.abs(worth - same) <= ALIKE * same) & (other != paid[at])
    return at[near], other[near]


def _told(worth: float, language: str) -> str:
    """Say what reported losses came to in the base currency; coins without a price have no amount in words."""
    if worth < 1:
        return "Part of" if language == "en" else "一部分"
    money = format_minor(round(worth), BASE_CURRENCY, language)
    return f"{money} of" if language == "en" else money
