"""Money as company: what lives on a gang's accounts, what stands between them, what a gang's yuan bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.model.evidence import Finding
from cutline.model.index import KIND_NAMES, NULL, EventTable, Index, distinct
from cutline.model.money import BASE_CURRENCY
from cutline.model.numerals import counted
from cutline.risk.association.signs import Pattern, rows_of, signs, write_findings

Bools = NDArray[np.bool_]
BACK_US = 2 * 3_600_000_000
"""How long a bridge takes to give on another chain what it got (D); a swap gives it in the same moment."""

SAME_WORTH = 0.95
"""What comes back at least, of what was given: fees and the spread are taken off (D)."""


@dataclass(frozen=True, slots=True)
class MoneyConfig:
    """When company in money speaks (D). Shares are of an entity's whole delivered income, so that a till is not a mule.

    tainted     least share of income that is stolen, with at least `reports` losses behind it;
    one_report  the same where one report alone speaks, and then at least `part` of that loss must have come by
    strangers   payers without part in the loss from whom on a holder deals with the public, if they are more than twice the
                others; then `public` of its income must be stolen: a lawful desk sells to whoever comes
    lived       payees of an account up to which it counts that one paid it `times`: whoever lives on it has friends, too
    whole       least share of income from such payers of a holder that only stood between, which `passed` it on `within_us`
    living      least share of income from marked payers, of whom there are two, or who paid `times`
    """

    tainted: float = 0.2
    reports: int = 2
    one_report: float = 0.5
    part: float = 0.1
    strangers: int = 10
    public: float = 0.8
    living: float = 0.6
    lived: int = 5
    whole: float = 0.9
    passed: float = 0.8
    within_us: int = 48 * 3_600_000_000
    payers: int = 2
    times: int = 3


class Incomes:
    """What every entity received, in the base currency; `cash` tells the terminals. Used for shares only.

    What somebody swapped or bridged is no income: the same worth came back from whom it was given to, in another asset, and
    nobody got anything. Where no price is known, an asset's middle transfer weighs as much as the middle one of what is
    priced: amounts of two assets cannot be added, and one whose unit is small would count for all.
    """

    def __init__(self, index: Index) -> None:
        table = index.tables["transfers"]
        value = table.columns["value"] if "value" in table.columns else table.columns["amount"]
        self.amount = np.maximum(0, table.columns["amount"]).astype(np.float64)
        self.value = value.astype(np.float64)
        unpriced = np.flatnonzero(value == NULL)
        if len(unpriced):
            priced = self.value[(value != NULL) & (value > 0)]
            usual = float(np.median(priced)) if len(priced) else 1.0
            self.value[unpriced] = usual * _against_the_middle(table, self.amount, unpriced)
        base = table.columns["asset"] == table.category("asset", BASE_CURRENCY) if "asset" in table.columns else value != NULL
        self.priced = base if value is table.columns["amount"] else value != NULL
        payer, payee = table.columns["payer"], table.columns["payee"]
        self.known = (payer >= 0) & (payee >= 0) & (payer != payee)
        self.known[_given_back(index, value)] = False
        self.cash = np.zeros(len(index), np.bool_)
        if "channel" in table.columns:
            atm = self.known & (table.columns["channel"] == table.category("channel", "atm"))
            self.cash[payee[atm]] = True
        pairs = distinct(payee[self.known].astype(np.int64) * len(index) + payer[self.known])
        self.payee, self.payer = np.divmod(pairs, max(1, len(index)))  # who was ever paid by whom
        self.payers = np.bincount(self.payee, minlength=len(index))
        self.received = np.bincount(payee[self.known], self.value[self.known], minlength=len(index))
        self.desk = self._sells_coins(index)
        self._ends = payer, payee

    def paid_by(self, marked: Bools) -> NDArray[np.int64]:
        """Give the rows by which some holders paid others, ascending."""
        return rows_of(self._ends[0], self.known, marked)

    def paid_to(self, marked: Bools) -> NDArray[np.int64]:
        """Give the rows by which others paid some holders, ascending."""
        return rows_of(self._ends[1], self.known, marked)

    def _sells_coins(self, index: Index) -> Bools:
        """Mark the holders most of whose payers order coins: what desks sell for."""
        orders, ordering = index.tables.get("orders"), np.zeros(len(index), np.bool_)
        if orders is not None and "account" in orders.columns:
            account = orders.columns["account"]
            ordering[account[account >= 0]] = True
        customers = np.bincount(self.payee[ordering[self.payer]], minlength=len(index))
        return (customers > 0) & (2 * customers > self.payers)

    def public(self, suspects: NDArray[np.int64], config: MoneyConfig) -> Bools:
        """Say who deals with the public, given how many suspects paid each: strangers are most of all payers by far.

        A desk that sells coins to `strangers` is one that sells to whoever comes, even if a gang comes as well: a gang's own
        desk sells to the gang alone.
        """
        strangers = self.payers - suspects
        return np.asarray((strangers >= config.strangers) & ((strangers > 2 * suspects) | self.desk))


def _given_back(index: Index, value: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the rows by which addresses exchanged one asset for another of the same worth, soon after: swaps and bridges."""
    table, on_chain = index.tables["transfers"], is_kind(index, "address")
    payer, payee = table.columns["payer"], table.columns["payee"]
    if "asset" not in table.columns or not on_chain.any():
        return np.empty(0, np.int64)
    rows = np.flatnonzero((payer >= 0) & (payee >= 0) & (payer != payee) & (value > 0))
    rows = rows[on_chain[payer[rows]] & on_chain[payee[rows]]]
    low, high = np.minimum(payer[rows], payee[rows]), np.maximum(payer[rows], payee[rows])
    rows = rows[np.lexsort((rows, table.t_us[rows], high, low))]
    one, two = rows[:-1], rows[1:]
    back = (payer[one] == payee[two]) & (payee[one] == payer[two])
    back &= (table.columns["asset"][one] != table.columns["asset"][two]) & (table.t_us[two] - table.t_us[one] <= BACK_US)
    less, more = np.minimum(value[one], value[two]), np.maximum(value[one], value[two])
    back &= less >= SAME_WORTH * more
    return distinct(np.concatenate((one[back], two[back])))


def _against_the_middle(table: EventTable, amount: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give each row's amount as a multiple of the median of its asset among these rows."""
    asset = table.columns["asset"][rows].astype(np.int64) if "asset" in table.columns else np.zeros(len(rows), np.int64)
    order = np.lexsort((amount[rows], asset))
    begin = np.flatnonzero(np.diff(asset[order], prepend=NULL))
    size = np.diff(begin, append=len(order))
    middle = amount[rows][order[begin + size // 2]]
    out = np.empty(len(rows))
    out[order] = amount[rows][order] / np.maximum(1.0, np.repeat(middle, size))
    return out


def crossroads(index: Index, incomes: Incomes, marked: Bools, config: MoneyConfig) -> Bools:
    """Say which addresses take from many strangers and pay many: an exchange's, a bridge's, a pool's, whatever lists say.

    Stolen money that passes there is mixed with everybody's: it says nothing of those whom such an address pays, or who pay it.
    """
    sides = ((incomes.payee, incomes.payer), (incomes.payer, incomes.payee))
    size, out = len(index), marked & is_kind(index, "address")
    for mine, other in sides:
        here = np.flatnonzero(out[mine])
        whose, known = mine[here], marked[other[here]]
        suspects, strangers = (np.bincount(whose[chosen], minlength=size) for chosen in (known, ~known))
        out &= (strangers >= config.strangers) & (strangers > 2 * suspects)
    return out


def living_on(index: Index, incomes: Incomes, marked: Bools, barred: Bools, config: MoneyConfig) -> list[Finding]:
    """Find the holders most of whose income comes from marked holders: cold addresses, suppliers, further layers."""
    table, size = index.tables["transfers"], len(index)
    payer, payee = table.columns["payer"], table.columns["payee"]
    rows = incomes.paid_by(marked)
    rows = rows[~marked[payee[rows]] & ~incomes.cash[payee[rows]] & ~barred[payee[rows]]]
    found = signs("transfers", rows, payee[rows], payer[rows])
    got, payers = np.bincount(found.subject, incomes.value[found.row], minlength=size), found.others(size)
    times = found.total(size)
    share = np.round(got / np.maximum(1.0, incomes.received), 9)
    public = incomes.public(payers, config)
    again = (times >= config.times) & (is_kind(index, "address") | (_payees(index, incomes, got > 0) <= config.lived))
    living = (share >= config.living) & ((payers >= config.payers) | again) & ~public
    strength = np.where(living, np.minimum(1.0, 0.3 + 0.05 * np.minimum(times, 6) + 0.2 * share), 0.0)

    def words(code: int) -> tuple[str, str]:
        n, part, payments = int(payers[code]), 100 * share[code], counted(times[code], "payment", "payments")
        return (
            f"{part:.0f} % of its income came from holders of suspicious money: {n} of them, in {payments}.",
            f"其收入的{part:.0f}%来自{n}个可疑资金账户，共{times[code]:.0f}笔。",
        )

    return write_findings(index, Pattern("income-from-suspects", words), (found,), strength)


def _payees(index: Index, incomes: Incomes, near: Bools) -> NDArray[np.int64]:
    """Count whom some holders paid."""
    table, size = index.tables["transfers"], len(index)
    rows = incomes.paid_by(near)
    return signs("transfers", rows, table.columns["payer"][rows], table.columns["payee"][rows]).others(size)


def transit(index: Index, incomes: Incomes, marked: Bools, barred: Bools, config: MoneyConfig) -> list[Finding]:
    """Find the holders that stood between: all they ever got was suspects' money, and it went on at once.

    A fresh address, used once, has neither several payers nor a history. Only what suspects pay who live on such money
    themselves counts: behind a desk or an exchange everybody's money is mixed. An address may also keep what it got, or wait:
    nobody lives on an account at a chain as on one at a bank, so how fast it passes on tells nothing more.
    """
    table, size = index.tables["transfers"], len(index)
    payer, payee, value = table.columns["payer"], table.columns["payee"], incomes.value
    rows = incomes.paid_by(marked)
    got = np.bincount(payee[rows], value[rows], minlength=size)
    share = got / np.maximum(1.0, incomes.received)
    theirs = marked & ((share >= config.living) | ordered(index))
    rows = rows[theirs[payer[rows]] & ~marked[payee[rows]] & ~incomes.cash[payee[rows]] & ~barred[payee[rows]]]
    rows = rows[np.round(share[payee[rows]], 9) >= config.whole]
    found = signs("transfers", rows, payee[rows], payer[rows])
    found = found.take(~incomes.public(found.others(size), config)[found.subject])
    since, until = np.full(size, np.iinfo(np.int64).max), np.full(size, np.iinfo(np.int64).min)
    np.minimum.at(since, found.subject, table.t_us[found.row])
    np.maximum.at(until, found.subject, table.t_us[found.row] + config.within_us)
    out = incomes.paid_by(until > np.iinfo(np.int64).min)
    soon = out[(table.t_us[out] >= since[payer[out]]) & (table.t_us[out] <= until[payer[out]])]
    left = np.round(np.bincount(payer[soon], value[soon], minlength=size) / np.maximum(1.0, incomes.received), 9)
    stood = (found.total(size) > 0) & ((left >= config.passed) | is_kind(index, "address"))
    strength = np.where(stood, 0.5, 0.0)

    def words(code: int) -> tuple[str, str]:
        return (
            f"{100 * share[code]:.0f} % of all it ever got was suspects' money; {100 * left[code]:.0f} % went on soon.",
            f"其收入的{100 * share[code]:.0f}%来自可疑资金，其中{100 * left[code]:.0f}%很快转出。",
        )

    return write_findings(index, Pattern("transit-of-suspects", words), (found,), strength)


def between(index: Index, incomes: Incomes, state: tuple[Bools, Bools, Bools], config: MoneyConfig) -> list[Finding]:
    """Find the holders that stood between suspects: all they got came from some, and all they gave went to others.

    `state`: the suspects; who is no subject; and whom victims paid themselves. Whoever pays those may be a victim whom nobody
    heard yet, with coins from a suspect desk; a layer behind them is paid by the gang alone.
    """
    (marked, barred, faced), table, size = state, index.tables["transfers"], len(index)
    payer, payee, value = table.columns["payer"], table.columns["payee"], incomes.value
    came = incomes.paid_by(marked)
    got = np.bincount(payee[came], value[came], minlength=size)
    stood = (got > 0) & ~marked & ~barred & ~incomes.cash & ~ordered(index)
    stood &= np.round(got / np.maximum(1.0, incomes.received), 9) >= config.whole
    rows = incomes.paid_by(stood)
    left = rows[marked[payee[rows]] & ~faced[payee[rows]]]
    sent, gave = (np.bincount(payer[some], value[some], minlength=size) for some in (rows, left))
    stood &= (gave > 0) & (np.round(gave / np.maximum(1.0, sent), 9) >= config.whole)
    came, left = came[stood[payee[came]]], left[stood[payer[left]]]
    into, out = signs("transfers", came, payee[came], payer[came]), signs("transfers", left, payer[left], payee[left])
    before, after = into.others(size), out.others(size)
    strength = np.where(stood, 0.5, 0.0)

    def words(code: int) -> tuple[str, str]:
        return (
            f"All it got came from suspects ({before[code]}), and all it gave went to suspects ({after[code]}).",
            f"全部收入来自可疑对象({before[code]}个)，全部支出流向可疑对象({after[code]}个)。",
        )

    return write_findings(index, Pattern("between-suspects", words), (into, out), strength)


def ordered(index: Index) -> Bools:
    """Addresses to which desk orders deliver."""
    out, orders = np.zeros(len(index), np.bool_), index.tables.get("orders")
    if orders is not None and "address" in orders.columns:
        address = orders.columns["address"]
        out[address[address >= 0]] = True
    return out


def bought_coins(index: Index, marked: Bools, barred: Bools) -> list[Finding]:
    """Find the addresses to which coins went that marked accounts bought, and hardly anybody else did."""
    orders = index.tables.get("orders")
    if orders is None or not {"account", "address"} <= orders.columns.keys():
        return []
    size, rows = len(index), np.arange(len(orders))
    every = signs("orders", rows, orders.columns["address"], orders.columns["account"])
    found = every.take(marked[every.other] & ~barred[every.subject] & ~marked[every.subject])
    count, all_ = found.total(size), every.total(size)
    strength = np.where((count > 0) & (count >= 0.5 * all_), np.minimum(1.0, 0.45 + 0.1 * count), 0.0)

    def words(code: int) -> tuple[str, str]:
        n = int(count[code])
        return (
            f"{n} of the {all_[code]:.0f} desk orders that delivered coins to this address are of suspicious accounts.",
            f"可疑账户的{n}笔场外订单将币划至该地址，共{all_[code]:.0f}笔。",
        )

    return write_findings(index, Pattern("coins-of-suspects", words), (found,), strength)


def is_kind(index: Index, *kinds: str) -> Bools:
    """Say which entities are of some kinds."""
    return np.isin(index.kinds, [KIND_NAMES.index(kind) for kind in kinds])
