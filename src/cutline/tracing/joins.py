"""Where value changes rails: yuan paid to a desk and USDT received from it are two halves of one exchange.

A buy order joins a transfer from the user's account (amount × price) with a transfer to the user's address (amount less a
fee), both near the order's time; a sell order the reverse. What the one half carries goes on in the other, and the other way
round: the desk gets what it paid for, nothing is counted twice, nothing is lost. A join by id is certain; any other says how
many pairs of transfers could have been meant. Floats choose between candidates; no amount is ever taken from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutline.tracing.candidates import Candidates, Queries, Searched, choose, match_equal, seek
from cutline.tracing.ledger import LARGEST_AXIS, Ledgers
from cutline.tracing.magnitudes import floats
from cutline.tracing.splits import Splits

ORDER_COLUMNS = ("account", "address", "holder", "side", "asset", "amount", "currency")


@dataclass(frozen=True, slots=True)
class JoinConfig:
    """How near two halves must be (ours, to be calibrated): time around the order, error, fee.

    Halves that no order tells of are joined only at a known desk, at its usual price, and with few rivals.
    """

    window_s: int = 6 * 3600
    tolerance: float = 0.002
    fee: float = 0.02
    unordered_window_s: int = 3600
    unordered_tolerance: float = 0.01
    unordered_rivals: int = 3


@dataclass(frozen=True, slots=True)
class DeskOrders:
    """What the index cannot hold of `orders`, row by row: the price of one whole unit (NaN unknown), and transfers known by id.

    `decimals`: asset → decimal places; an order whose assets are not there is matched without its price. `fiat_row`,
    `coin_row`: row of `transfers`, −1 unknown.
    """

    price: NDArray[np.float64]
    decimals: Mapping[str, int] = field(default_factory=dict)
    fiat_row: NDArray[np.int64] | None = None
    coin_row: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class Joins:
    """By row: `partner`, the other half (−1 none), and `competing`, how many pairs could have been meant (0 certain).

    A partner below −1 names the row's place among the `splits`: what is exchanged in several pieces. `searched`: how far the
    searches with a budget got.
    """

    partner: NDArray[np.int32]
    competing: NDArray[np.int16]
    splits: Splits = field(default_factory=Splits.none)
    searched: tuple[Searched, ...] = ()

    @classmethod
    def none(cls, rows: int) -> Joins:
        """No transfer changes rails."""
        return cls(np.full(rows, -1, np.int32), np.zeros(rows, np.int16))


def join_orders(ledgers: Ledgers, orders: DeskOrders, config: JoinConfig | None = None) -> Joins:
    """Find the two halves of every desk order, then of exchanges at known desks that no order tells of.

    Every transfer is half of at most one exchange; the nearest in amount and time win, ties go to the earlier order. Where an
    order lacks the user's account or address, that half is sought at the desks of its holder, known from its other orders.
    """
    config = config or JoinConfig()
    book = _book(ledgers, orders)
    pairs = _ordered(ledgers, book, config, None, _Pairs.none())
    desks = _desks(ledgers, book, pairs)
    if len(desks.book):
        pairs = _ordered(ledgers, book, config, desks, pairs)
        pairs = _unordered(ledgers, config, desks, pairs)
    joins = Joins.none(len(ledgers.amount))
    joins.partner[pairs.fiat], joins.partner[pairs.coin] = pairs.coin, pairs.fiat
    joins.competing[pairs.fiat] = joins.competing[pairs.coin] = np.minimum(pairs.competing, np.iinfo(np.int16).max)
    return joins


class _Orders(NamedTuple):
    """Orders in codes of the ledgers; `paid` is amount × price in the currency's unit, NaN unknown; rows −1 unknown."""

    t_us: NDArray[np.int64]
    buy: NDArray[np.bool_]
    holder: NDArray[np.int32]
    account: NDArray[np.int64]
    address: NDArray[np.int64]
    currency: NDArray[np.int32]
    asset: NDArray[np.int32]
    amount: NDArray[np.int64]
    paid: NDArray[np.float64]
    fiat_row: NDArray[np.int64]
    coin_row: NDArray[np.int64]


class _Pairs(NamedTuple):
    """Exchanges found: yuan half, coin half, pairs that could have been meant, order (−1: none tells of it)."""

    fiat: NDArray[np.int64]
    coin: NDArray[np.int64]
    competing: NDArray[np.int64]
    order: NDArray[np.int64]

    @classmethod
    def none(cls) -> _Pairs:
        return cls(*(np.empty(0, np.int64) for _ in range(4)))

    def plus(self, *columns: NDArray[np.int64]) -> _Pairs:
        return _Pairs(*(np.concatenate(pair) for pair in zip(self, columns, strict=True)))

    def taken(self, rows: int) -> NDArray[np.bool_]:
        marks = np.zeros(rows, np.bool_)
        marks[self.fiat] = marks[self.coin] = True
        return marks


class _Desks(NamedTuple):
    """Books that desks use, ascending by holder; `coin` says which half they hold."""

    holder: NDArray[np.int32]
    book: NDArray[np.int64]
    coin: NDArray[np.bool_]
    price: dict[tuple[int, int], float]


def _book(ledgers: Ledgers, orders: DeskOrders) -> _Orders:
    table = ledgers.index.tables["orders"]
    columns, names = table.columns, table.categories

    def codes(column: str) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        known = [ledgers.assets.index(a) if a in ledgers.assets else -1 for a in names.get(column, ())]
        places = [float(orders.decimals.get(a, np.nan)) for a in names.get(column, ())]
        return np.array([*known, -1], np.int32)[columns[column]], np.array([*places, np.nan])[columns[column]]

    (asset, asset_places), (currency, currency_places) = codes("asset"), codes("currency")
    amount = columns["amount"]
    paid = amount * orders.price * 10.0 ** (currency_places - asset_places)
    unknown = np.full(len(amount), -1, np.int64)
    return _Orders(
        table.t_us,
        columns["side"] == table.category("side", "buy"),
        columns["holder"],
        ledgers.find(columns["account"], currency),
        ledgers.find(columns["address"], asset),
        currency,
        asset,
        amount,
        paid,
        unknown if orders.fiat_row is None else orders.fiat_row,
        unknown if orders.coin_row is None else orders.coin_row,
    )


def _ordered(ledgers: Ledgers, book: _Orders, config: JoinConfig, desks: _Desks | None, pairs: _Pairs) -> _Pairs:
    """Pair the halves of orders that are not paired yet; `desks` stand in for users' books that are unknown."""
    open_ = (book.amount > 0) & (book.currency >= 0) & (book.asset >= 0)
    open_[pairs.order[pairs.order >= 0]] = False
    taken = pairs.taken(len(ledgers.amount))
    fiat = _half(ledgers, book, config, desks, (open_, taken), coin=False)
    coin = _half(ledgers, book, config, desks, (open_, taken), coin=True)
    count = np.bincount(fiat.asker, minlength=len(open_)) * np.bincount(coin.asker, minlength=len(open_))
    both = count > 0
    chosen = [choose(f.only(both[f.asker]), len(open_)) for f in (fiat, coin)]
    done = np.flatnonzero((chosen[0] >= 0) & (chosen[1] >= 0))
    sure = (book.fiat_row[done] >= 0) & (book.coin_row[done] >= 0)
    return pairs.plus(chosen[0][done], chosen[1][done], np.where(sure, 0, count[done]), done)


def _half(
    ledgers: Ledgers,
    book: _Orders,
    config: JoinConfig,
    desks: _Desks | None,
    state: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    coin: bool,
) -> Candidates:
    """Find the candidates of one half. A user pays up to a fee more than agreed, and receives up to a fee less."""
    open_, taken = state
    given, users = (book.coin_row, book.address) if coin else (book.fiat_row, book.account)
    pays = book.buy != coin
    want = book.amount.astype(np.float64) if coin else book.paid
    less, more = np.where(pays, config.tolerance, config.fee), np.where(pays, config.fee, config.tolerance)
    low = np.clip(np.nan_to_num(np.floor(want * (1 - less)), nan=1.0), 1.0, LARGEST_AXIS)
    high = np.clip(np.nan_to_num(np.ceil(want * (1 + more)), nan=LARGEST_AXIS), 1.0, LARGEST_AXIS)
    asker = np.flatnonzero(open_ & (given < 0) & (users >= 0))
    where, outgoing = users[asker], pays[asker]
    if desks is not None:
        lost = np.flatnonzero(open_ & (given < 0) & (users < 0))
        mine = np.flatnonzero(desks.coin == coin)
        line, k = match_equal(book.holder[lost], desks.holder[mine])
        k = mine[k]
        held = ledgers.asset[desks.book[k]] == (book.asset if coin else book.currency)[lost[line]]
        asker, where = np.concatenate([asker, lost[line][held]]), np.concatenate([where, desks.book[k][held]])
        outgoing = np.concatenate([outgoing, ~pays[lost[line][held]]])
    window = config.window_s * 1_000_000
    q = Queries(asker, where, outgoing, low[asker], high[asker], want[asker], book.t_us[asker], window, window)
    found = seek(ledgers, q, taken, floats(ledgers.moved))
    fixed = np.flatnonzero(open_ & (given >= 0))
    fixed = fixed[~taken[given[fixed]]]
    return Candidates(
        np.concatenate([found.asker, fixed]),
        np.concatenate([found.row, given[fixed]]),
        np.concatenate([found.cost, np.full(len(fixed), -1.0)]),
    )


def _desks(ledgers: Ledgers, book: _Orders, pairs: _Pairs) -> _Desks:
    """Learn from exchanges which books are desks' (other side of two orders at least), and the usual price (a median)."""
    buy, holder = book.buy[pairs.order], book.holder[pairs.order]
    fiat = np.where(buy, ledgers.payee[pairs.fiat], ledgers.payer[pairs.fiat])
    coin = np.where(buy, ledgers.payer[pairs.coin], ledgers.payee[pairs.coin])
    both = np.concatenate([np.column_stack([holder, fiat, fiat * 0]), np.column_stack([holder, coin, coin * 0 + 1])])
    distinct, times = np.unique(both, axis=0, return_counts=True)
    usual = distinct[times >= 2]
    kinds = np.column_stack([ledgers.asset[coin], ledgers.asset[fiat]])
    price = ledgers.amount[pairs.fiat] / np.maximum(1, ledgers.amount[pairs.coin])
    prices = {
        (int(a), int(c)): float(np.median(price[(kinds[:, 0] == a) & (kinds[:, 1] == c)])) for a, c in np.unique(kinds, axis=0)
    }
    return _Desks(usual[:, 0].astype(np.int32), usual[:, 1].astype(np.int64), usual[:, 2] == 1, prices)


def _unordered(ledgers: Ledgers, config: JoinConfig, desks: _Desks, pairs: _Pairs) -> _Pairs:
    """Pair what came to a desk with what left it soon after at the usual price, where no order tells of either."""
    for (asset, currency), price in sorted(desks.price.items()):
        for coin in (False, True):
            held = ledgers.asset[desks.book]
            sources = np.flatnonzero((desks.coin == coin) & (held == (asset if coin else currency)))
            targets = np.flatnonzero((desks.coin != coin) & (held == (currency if coin else asset)))
            taken = pairs.taken(len(ledgers.amount))
            came, holder = _arrivals(ledgers, desks, sources, taken)
            line, k = match_equal(holder, desks.holder[targets])
            want = ledgers.amount[came[line]].astype(np.float64) * (price if coin else 1 / price)
            q = _nearby(config, line, desks.book[targets[k]], want, ledgers.t_us[came[line]])
            found = seek(ledgers, q, taken, floats(ledgers.moved))
            rivals = np.bincount(found.asker, minlength=len(came))
            few = rivals[found.asker] <= config.unordered_rivals
            left = choose(found.only(few), len(came))
            done = np.flatnonzero(left >= 0)
            fiat, coins = (left[done], came[done]) if coin else (came[done], left[done])
            pairs = pairs.plus(fiat, coins, rivals[done], np.full(len(done), -1))
    return pairs


def _arrivals(
    ledgers: Ledgers, desks: _Desks, sources: NDArray[np.int64], taken: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Give what came to desks and is not paired yet, with the desk's holder."""
    rows = [ledgers.rows_into(b) for b in desks.book[sources]]
    holder = np.repeat(desks.holder[sources], [len(r) for r in rows])
    row = np.concatenate([np.empty(0, np.int64), *rows])
    fresh = ~taken[row] & (ledgers.amount[row] > 0)
    return row[fresh], holder[fresh]


def _nearby(
    config: JoinConfig, asker: NDArray[np.int64], book: NDArray[np.int64], want: NDArray[np.float64], at: NDArray[np.int64]
) -> Queries:
    near, window = config.unordered_tolerance, config.unordered_window_s * 1_000_000
    low, high = np.floor(want * (1 - near)), np.ceil(want * (1 + near))
    return Queries(asker, book, np.ones(len(asker), np.bool_), low, high, want, at, window // 4, window)
