"""Where stolen money ended, by first-in-first-out over the complete ledger.

Every account's inflows lie end to end on one axis, after the opening balance it needs; its outflows lie end to end on another;
the overlap of an inflow with an outflow is what flowed (Clayton's case). A purchase at a desk carries the lots of the payment
into the delivery of the same order, in proportion; so does a swap what it took into what it gave. Cash ends at the terminal, an
exchange at the deposit address; the rest stays where it lies.
"""

from dataclasses import dataclass

import numpy as np

from cutline.model.index import stretches
from cutline.simulate.crypto import DEPOSIT, HOT
from cutline.simulate.randomness import Ints
from cutline.simulate.settlement import Settled
from cutline.simulate.world import ADDRESS, EVM, TERMINAL, World

CASH, EXCHANGE, RESIDUAL, FROZEN = "cash", "exchange", "residual", "frozen"


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a part of one stolen payment: amount in the asset that lies there, value in fen."""

    payment: int
    node: int
    how: str
    amount: int
    value: int


@dataclass
class _Lots:
    """Parts of stolen payments inside events: [low, high) on the event's amount, [start, stop) on the payment's value."""

    payment: Ints
    event: Ints
    low: Ints
    high: Ints
    start: Ints
    stop: Ints

    def take(self, rows: Ints | np.ndarray[tuple[int], np.dtype[np.bool_]]) -> "_Lots":
        return _Lots(*(getattr(self, name)[rows] for name in ("payment", "event", "low", "high", "start", "stop")))


class Following:
    """First-in-first-out over a settled ledger."""

    def __init__(self, world: World, settled: Settled) -> None:
        self._world, self._settled = world, settled
        n, count = len(settled.row), len(world.nodes)
        self._into = self._axis(settled.payee, settled.amount, count) + settled.needed[settled.payee]
        self._out_order = np.argsort(settled.payer * max(n, 1) + np.arange(n), kind="stable")
        self._out_end = np.cumsum(settled.amount[self._out_order])
        total = np.bincount(settled.payer, weights=None, minlength=count)
        first = np.cumsum(total) - total
        ends = np.r_[0, self._out_end]
        self._out_base, self._out_stop = ends[first], ends[first + total]
        self._link = self._order_links()

    @staticmethod
    def _axis(node: Ints, amount: Ints, count: int) -> Ints:
        """Where each inflow begins on its account's axis."""
        n = len(node)
        order = np.argsort(node * max(n, 1) + np.arange(n), kind="stable")
        begin = np.cumsum(amount[order]) - amount[order]
        sizes = np.bincount(node, minlength=count)
        first = np.cumsum(sizes) - sizes
        used = sizes > 0
        begin -= np.repeat(begin[first[used]], sizes[used])
        result = np.empty(n, np.int64)
        result[order] = begin
        return result

    def _order_links(self) -> Ints:
        """For the first leg of each order, and for what each swap took, the event of its second leg, else −1."""
        order = self._world.ledger["order"][self._settled.row]
        rows = np.flatnonzero(order >= 0)
        by_order = rows[np.argsort(order[rows], kind="stable")]
        link = np.full(len(order), -1, np.int64)
        pair = np.flatnonzero(order[by_order[1:]] == order[by_order[:-1]])
        link[by_order[pair]] = by_order[pair + 1]
        swap = self._world.ledger["swap"][self._settled.row]
        rows = np.flatnonzero(swap >= 0)
        by_swap = rows[np.argsort(swap[rows], kind="stable")]
        took = np.flatnonzero((swap[by_swap[:-1]] % 2 == 0) & (swap[by_swap[1:]] == swap[by_swap[:-1]] + 1))
        link[by_swap[took]] = by_swap[took + 1]
        return link

    def follow(self, events: Ints) -> tuple[list[Ending], Ints]:
        """Endings of the payments at these events, and every node that stolen money touched."""
        amount = self._settled.amount[events]
        zero = np.zeros(len(events), np.int64)
        lots = _Lots(np.arange(len(events)), events, zero, amount.copy(), zero.copy(), amount.copy())
        endings: dict[tuple[int, int, str], list[int]] = {}
        touched = []
        while len(lots.event):
            lots = self._through_desks(lots)
            thin = lots.high <= lots.low  # a value below the smallest unit of the other asset goes no further
            self._end(endings, lots.take(thin), RESIDUAL)
            lots = lots.take(~thin)
            payee = self._settled.payee[lots.event]
            touched.append(np.unique(payee))
            kind, hub = self._world.nodes["kind"][payee], self._world.nodes["hub"][payee]
            cash, exchange = kind == TERMINAL, np.isin(hub, (HOT, DEPOSIT)) & np.isin(kind, (ADDRESS, EVM))
            self._end(endings, lots.take(cash), CASH)
            self._end(endings, lots.take(exchange), EXCHANGE)
            lots, rest = self._onward(lots.take(~cash & ~exchange))
            self._end(endings, rest, RESIDUAL)
        result = [Ending(p, node, how, a, v) for (p, node, how), (a, v) in sorted(endings.items()) if v > 0]
        return result, np.unique(np.concatenate(touched)) if touched else np.empty(0, np.int64)

    def _end(self, endings: dict[tuple[int, int, str], list[int]], lots: _Lots, how: str) -> None:
        payee = self._settled.payee[lots.event]
        for k in range(len(payee)):
            node = int(payee[k])
            name = FROZEN if how == RESIDUAL and node in self._world.frozen else how
            total = endings.setdefault((int(lots.payment[k]), node, name), [0, 0])
            total[0] += int(lots.high[k] - lots.low[k])
            total[1] += int(lots.stop[k] - lots.start[k])

    def _through_desks(self, lots: _Lots) -> _Lots:
        """Lots inside a payment to a desk continue inside the delivery of the same order."""
        target = self._link[lots.event]
        rows = np.flatnonzero(target >= 0)
        amount = self._settled.amount
        for k in rows:
            whole, delivered = int(amount[lots.event[k]]), int(amount[target[k]])
            lots.low[k] = int(lots.low[k]) * delivered // whole
            lots.high[k] = int(lots.high[k]) * delivered // whole
        lots.event[rows] = target[rows]
        return lots

    def _onward(self, lots: _Lots) -> tuple[_Lots, _Lots]:
        """Lots that left the account they reached, inside the events they left by; and lots that still lie there."""
        node = self._settled.payee[lots.event]
        low = self._into[lots.event] + lots.low + self._out_base[node]
        high = self._into[lots.event] + lots.high + self._out_base[node]
        stop = self._out_stop[node]
        out_high = np.minimum(high, stop)
        left = low < out_high
        first = np.searchsorted(self._out_end, low, side="right")
        last = np.searchsorted(self._out_end, np.maximum(out_high - 1, 0), side="right")
        counts = np.where(left, last - first + 1, 0)
        source = np.repeat(np.arange(len(node)), counts)
        place = stretches(first, counts)
        event = self._out_order[place]
        end = self._out_end[place]
        begin = end - self._settled.amount[event]
        a, b = np.maximum(low[source], begin), np.minimum(out_high[source], end)
        onward = self._part(lots, source, a - low[source], b - low[source])
        onward.event, onward.low, onward.high = event, a - begin, b - begin
        stay = np.flatnonzero(high > np.maximum(low, stop))
        rest = self._part(lots, stay, np.maximum(low, stop)[stay] - low[stay], (high - low)[stay])
        return onward, rest

    @staticmethod
    def _part(lots: _Lots, source: Ints, a: Ints, b: Ints) -> _Lots:
        """The part [a, b) of each source lot, its value split in exact proportion."""
        cut = lots.take(source)
        whole, value = cut.high - cut.low, cut.stop - cut.start
        same = whole == value
        start, stop = cut.start + np.where(same, a, 0), cut.start + np.where(same, b, 0)
        for k in np.flatnonzero(~same):
            start[k] = int(cut.start[k]) + int(a[k]) * int(value[k]) // int(whole[k])
            stop[k] = int(cut.start[k]) + int(b[k]) * int(value[k]) // int(whole[k])
        return _Lots(cut.payment, cut.event.copy(), cut.low + a, cut.low + b, start, stop)
