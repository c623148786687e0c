"""Feeding as company: who passes on to suspects what strangers paid, who delivers to them alone, who tried their accounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.model.evidence import Finding
from cutline.model.index import NULL, Index
from cutline.model.numerals import counted
from cutline.risk.association.money import Incomes, is_kind, ordered
from cutline.risk.association.signs import Pattern, Signs, for_every_token, signs, write_findings
from cutline.risk.conduct import ends_of

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class FeederConfig:
    """When passing on and trying speak (D).

    fresh_us   age up to which an account counts as opened for this, at its first payment to a suspect
    theirs     least share of all that left which went to suspects, or in cash beside them
    passed     least share of what others paid in that left again
    others     most payees beside suspects and terminals: whoever lives on an account buys bread
    times      payments to suspects, or payers; one payment of one payer may be a victim's
    desk       payments to `customers` suspects from which an address delivers to them alone: not if more others ordered coins
               there than suspects, however little each of them
    trial      most that is paid to try an account, in the base currency's smallest unit, and
    trial_part most of its later income that this makes up
    tried      share of the accounts tried by one payer that must be suspect: a platform proves everybody's with a cent
    """

    fresh_us: int = 180 * DAY_US
    theirs: float = 0.8
    passed: float = 0.5
    others: int = 2
    times: int = 2
    desk: int = 5
    customers: int = 3
    trial: int = 100_00
    trial_part: float = 0.02
    tried: float = 0.5


CONFIG = FeederConfig()


@dataclass(frozen=True, slots=True)
class _Purses:
    """What the feeders have to do with suspects and with others, over all entities (shares of value, numbers of others)."""

    share: Floats
    passed: Floats
    others: NDArray[np.int64]
    payers: NDArray[np.int64]
    buyers: NDArray[np.int64]


def passing_on(
    index: Index, incomes: Incomes, hand: NDArray[np.int64], marked: Bools, barred: Bools, config: FeederConfig = CONFIG
) -> list[Finding]:
    """Find the young accounts that pass on to suspects what strangers paid, and the addresses that deliver to suspects alone.

    A victim pays suspects, too, but out of an account that lives: wages come in, shops are paid. Money moved in from an
    account of one's own does not count: victims are told to open a "safe account".
    """
    size, table = len(index), index.tables["transfers"]
    payer, payee = table.columns["payer"], table.columns["payee"]
    feeding = incomes.paid_to(marked)
    feeding = feeding[~marked[payer[feeding]] & ~barred[payer[feeding]]]
    feeding = feeding[is_kind(index, "account", "ecny_wallet", "address")[payer[feeding]]]
    found = signs("transfers", feeding, payer[feeding], payee[feeding])
    times, payees = found.total(size), found.others(size)
    purses = _purses(index, incomes, hand, marked, times > 0)
    on_chain = is_kind(index, "address")
    feeds = ~on_chain & (_age(index, found) <= config.fresh_us) & (purses.passed >= config.passed)
    feeds &= (purses.others <= config.others) & (purses.payers >= 1) & (np.maximum(times, purses.payers) >= config.times)
    delivers = on_chain & (times >= config.desk) & (payees >= config.customers)
    delivers &= purses.buyers <= payees
    strength = np.minimum(1.0, 0.45 + 0.05 * np.minimum(times, 4) + 0.2 * purses.share)
    strength = np.where((feeds | delivers) & (purses.share >= config.theirs), strength, 0.0)

    def words(code: int) -> tuple[str, str]:
        part, n, payers = 100 * purses.share[code], counted(times[code], "payment", "payments"), int(purses.payers[code])
        return (
            f"{part:.0f} % of all it paid went to holders of suspicious money or in cash, in {n}; {payers} had paid it.",
            f"其支出的{part:.0f}%转给可疑资金账户或取现，共{times[code]:.0f}笔；此前有{payers}人向其付款。",
        )

    return write_findings(index, Pattern("passes-to-suspects", words), (found,), strength)


def _purses(index: Index, incomes: Incomes, hand: NDArray[np.int64], marked: Bools, near: Bools) -> _Purses:
    """Measure the purses of some entities (`near`); own accounts are no others. Cash counts up to what suspects got."""
    size, value, table = len(index), incomes.value, index.tables["transfers"]
    payer, payee = table.columns["payer"], table.columns["payee"]
    out = incomes.paid_by(near)
    to = payee[out]
    left, theirs, cash = (
        np.bincount(payer[out], value[out] * part, minlength=size) for part in (np.ones(len(out)), marked[to], incomes.cash[to])
    )
    other = out[~marked[to] & ~incomes.cash[to] & (hand[to] != hand[payer[out]])]
    sold = other[ordered(index)[payee[other]]]
    came = incomes.paid_to(near)
    came = came[hand[payer[came]] != hand[payee[came]]]
    got = np.bincount(payee[came], value[came], minlength=size)
    return _Purses(
        np.round((theirs + np.minimum(cash, theirs)) / np.maximum(1.0, left), 9),
        np.round(left / np.maximum(1.0, got), 9) * (got > 0),
        signs("transfers", other, payer[other], payee[other]).others(size),
        signs("transfers", came, payee[came], payer[came]).others(size),
        signs("transfers", sold, payer[sold], payee[sold]).others(size),
    )


def tried(
    index: Index, incomes: Incomes, who: NDArray[np.int64], marked: Bools, barred: Bools, config: FeederConfig = CONFIG
) -> list[Finding]:
    """Find the people who tried a young suspect account with a small payment before anything else came in: whose it is.

    Of a mule that opens an account for a gang, this is what ties the new account to the everyday one, where the number that
    the new one is registered with is another's.
    """
    size, owner = len(index), _owner(index)
    every = _trials(index, incomes, config)
    found = every.take(marked[every.other] & ~barred[every.subject] & ~marked[every.subject])
    found = found.take((found.others(size) >= config.tried * every.others(size))[found.subject])
    found = found.take((owner[found.subject] >= 0) & (owner[found.other] >= 0))
    person, holder = owner[found.subject], owner[found.other]
    found = Signs(found.table, found.row, person, found.other, found.weight).take(who[person] != who[holder])
    accounts = np.zeros(size, np.int64)
    np.maximum.at(accounts, who[found.subject], found.others(size)[found.subject])
    tokens = is_kind(index, "person") & (accounts[who] > 0) & ~barred

    def words(code: int) -> tuple[str, str]:
        n = int(accounts[who[code]])
        new = counted(n, "new suspect account", "new suspect accounts")
        return (
            f"The first money that {new} ever got was a small payment from an account of theirs: one tries what is one's own.",
            f"{n}个新开可疑账户的首笔入账是其名下账户的小额试付。",
        )

    spoken = for_every_token(found, tokens, who)
    return write_findings(index, Pattern("tried-suspect-account", words), (spoken,), np.where(tokens, 0.5, 0.0))


def _trials(index: Index, incomes: Incomes, config: FeederConfig) -> Signs:
    """Give the small first payments into young accounts: the payer as subject, the account as other."""
    table, value, size = index.tables["transfers"], incomes.value, len(index)
    payer, payee, money = table.columns["payer"], table.columns["payee"], is_kind(index, "account", "ecny_wallet")
    rows = np.flatnonzero(incomes.known)
    first = np.full(size, len(table), np.int64)
    np.minimum.at(first, payee[rows], rows)
    row = first[money & (first < len(table))]
    row = row[(value[row] > 0) & (value[row] <= np.minimum(config.trial, config.trial_part * incomes.received[payee[row]]))]
    row = row[money[payer[row]]]
    turned = signs("transfers", row, payee[row], payer[row])
    young = _age(index, turned) <= config.fresh_us
    return signs("transfers", row, payer[row], payee[row]).take(young[turned.subject])


def _owner(index: Index) -> NDArray[np.int64]:
    """Give for every thing the person who owns it, −1 where nobody is known to."""
    owner, ties = np.full(len(index), -1, np.int64), index.tables.get("ties")
    if ties is not None and "relation" in ties.columns:
        a, b = ends_of(ties, "owns")
        mine = is_kind(index, "person")[a]
        owner[b[mine]] = a[mine]  # the rows stand by time: the last holder counts
    return owner


def _age(index: Index, found: Signs) -> NDArray[np.int64]:
    """How old each subject was at its first row (microseconds over all entities); beyond all where nobody told."""
    size, facts, never = len(index), index.tables.get("facts"), np.iinfo(np.int64).max
    first, opened = np.full(size, never), np.full(size, NULL)
    np.minimum.at(first, found.subject, index.tables["transfers"].t_us[found.row])
    if facts is not None and "valid_from" in facts.columns:
        rows = np.flatnonzero(facts.columns["attribute"] == facts.category("attribute", "opened_at"))
        rows = rows[(facts.columns["entity"][rows] >= 0) & (facts.columns["valid_from"][rows] > NULL)]
        opened[facts.columns["entity"][rows]] = facts.columns["valid_from"][rows]
    known = (opened > NULL) & (first < never)
    return np.where(known, first - np.where(known, opened, 0), never)
