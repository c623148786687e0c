"""A trace taken apart into ways: which part of the loss went through which hands, and how it ended there.

A trace tells of each transfer how much of the loss it carried, and of each place how much ended there. Ways put that in order,
so that a drawing conserves: every unit of the loss is on exactly one way, and a cut through all ways is the loss. Where an
account mixed several arrivals, the first to come is taken to be the first to go on; what each transfer and each ending carries
is not touched by that.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import prod

from cutline.model.evidence import Ending, Hop, Terminal, Trace

Book = tuple[str, str]
"""An account in one asset."""


@dataclass(frozen=True, slots=True)
class Way:
    """A part of the loss: whose hands it went through, the payer of the stolen payment first, and how it ended with the last.

    `amount_minor` in the smallest unit of the loss's currency; `asset`: what it ended as. `joined`: some step was an exchange
    joined by likeness. `sure`: how likely it is this way where all that fitted an exchange were equally likely: one over their
    number, for each exchange it crossed. `doubtful`: the place among the trace's hops of what came out of the exchange joined
    by likeness that the most fitted; −1 where none was joined so.
    """

    hands: tuple[str, ...]
    how: Ending
    amount_minor: int
    joined: bool
    asset: str
    sure: float
    doubtful: int


def ways_of(trace: Trace) -> list[Way]:
    """Take a trace apart under its own policy; the sum over all ways is what was stolen.

    Nothing under poison, which says who could have been touched and carries no amounts.
    """
    if trace.policy == "poison" or not trace.hops:
        return []
    flow = _Flow(trace.hops, trace.terminals)
    ways: dict[Way, int] = defaultdict(int)
    begun = _sources(trace, flow)
    for hop, amount in begun.items():
        flow.take(hop, amount)
    for hop, amount in begun.items():
        left = amount
        while left > 0:
            way = flow.walk(hop, left)
            ways[replace(way, amount_minor=0)] += way.amount_minor
            left -= way.amount_minor
    return [replace(way, amount_minor=amount) for way, amount in ways.items()]


def _sources(trace: Trace, flow: _Flow) -> dict[int, int]:
    """Give the stolen payments, and how much began with each: what their payers paid of the loss beyond what came to them.

    Money that went around and came back to a victim who paid again is not stolen twice.
    """
    first = min(h.depth for h in trace.hops)
    begun = [k for k, h in enumerate(trace.hops) if h.depth == first and flow.left[k] > 0]
    beyond: dict[Book, int] = defaultdict(int)
    for k, hop in enumerate(trace.hops):
        beyond[hop.payer, hop.asset] += flow.left[k]
        beyond[hop.payee, hop.asset] -= flow.left[k]
    for terminal in trace.terminals:
        beyond[terminal.entity, terminal.asset] += terminal.loss_minor
    open_minor = trace.stolen_minor
    given = dict.fromkeys(begun, 0)
    for sure in (True, False):
        for k in begun:
            book = (trace.hops[k].payer, trace.hops[k].asset)
            most = min(flow.left[k] - given[k], open_minor, beyond[book] if sure else open_minor)
            if most > 0:
                given[k] += most
                beyond[book] -= most
                open_minor -= most
    return {k: amount for k, amount in given.items() if amount}


class _Flow:
    """What of the loss is not on a way yet: by hop and by ending. Hops stand in time order."""

    def __init__(self, hops: Sequence[Hop], terminals: Sequence[Terminal]) -> None:
        self.hops = hops
        self.left = [h.carried_loss_minor for h in hops]
        self._out: dict[Book, list[int]] = defaultdict(list)
        for k, hop in enumerate(hops):
            if self.left[k] > 0:
                self._out[hop.payer, hop.asset].append(k)
        self._ends: dict[Book, list[tuple[Ending, int]]] = defaultdict(list)
        for terminal in terminals:
            if terminal.loss_minor > 0:
                self._ends[terminal.entity, terminal.asset].append((terminal.how, terminal.loss_minor))
        self._far_side = _far_sides(hops)

    def walk(self, start: int, amount: int) -> Way:
        """Follow at most `amount`, taken off its payment already, to one ending, and take it off what it passed."""
        steps, hands, crossed, came_out = [start], [self.hops[start].payer, self.hops[start].payee], False, list[int]()
        while True:
            at = steps[-1]
            over = None if crossed else self._across(at, steps)
            crossed = over is not None
            after = self._onward(at, steps) if over is None else over
            if after is None:
                break
            steps.append(after)
            if crossed:
                came_out.append(after)
            if crossed and self.hops[after].payee == self.hops[at].payer:
                del hands[-2:]  # a swap: the pool that it was made with is no hand that the money went through
            hands.append(self.hops[after].payee)
        how, amount = self._end(at, min([amount, *(self.left[k] for k in steps[1:])]))
        for k in steps[1:]:
            self.take(k, amount)
        joined, asset = any(self.hops[k].competing for k in steps), self.hops[at].asset
        return Way(_without_stops(hands), how, amount, joined, asset, *self._doubt(came_out))

    def _doubt(self, came_out: Sequence[int]) -> tuple[float, int]:
        """Say how sure a way is, by what came out of its exchanges, and which of these is the most doubtful."""
        worst = max(came_out, key=lambda k: self.hops[k].competing, default=-1)
        sure = 1 / prod(max(1, self.hops[k].competing) for k in came_out)
        return sure, worst if worst >= 0 and self.hops[worst].competing else -1

    def _across(self, at: int, steps: list[int]) -> int | None:
        """Give the transfer that a hop was exchanged for; else another of the same exchange."""
        near = (*self.hops[at].onward, *self._far_side.get(at, ()))
        return next((k for k in near if self.left[k] > 0 and k not in steps), None)

    def _onward(self, at: int, steps: list[int]) -> int | None:
        """Give the first transfer by which the payee paid on after a hop; one before it only where nothing else is left."""
        book = (self.hops[at].payee, self.hops[at].asset)
        out = self._out.get(book, [])
        later = next((k for k in out[bisect_right(out, at) :] if k not in steps), None)
        if later is not None or self._ends.get(book):
            return later
        return next((k for k in out if k not in steps), None)

    def _end(self, at: int, amount: int) -> tuple[Ending, int]:
        """Take an amount off the ending at a hop's payee; what no ending accounts for is told as not followed."""
        ends = self._ends.get((self.hops[at].payee, self.hops[at].asset))
        if not ends:
            return Ending.BUDGET, amount
        how, left = ends[0]
        amount = min(amount, left)
        if amount == left:
            ends.pop(0)
        else:
            ends[0] = (how, left - amount)
        return how, amount

    def take(self, k: int, amount: int) -> None:
        """Put an amount that a hop carried on a way."""
        self.left[k] -= amount
        if not self.left[k]:
            out = self._out[self.hops[k].payer, self.hops[k].asset]
            del out[bisect_left(out, k)]


def _far_sides(hops: Sequence[Hop]) -> dict[int, tuple[int, ...]]:
    """Give for each hop that was exchanged in pieces with others all hops on the other side of that exchange."""
    sides: dict[int, tuple[int, ...]] = {}
    for k, hop in enumerate(hops):
        if k in sides or len(hop.onward) < 2:
            continue
        near, far, open_ = {k}, set[int](), [k]
        while open_:
            found = set(hops[open_.pop()].onward) - far
            far |= found
            more = {back for there in found for back in hops[there].onward} - near
            near |= more
            open_ += sorted(more)
        sides |= dict.fromkeys(near, tuple(sorted(far))) | dict.fromkeys(far, tuple(sorted(near)))
    return sides


def _without_stops(hands: Sequence[str]) -> tuple[str, ...]:
    """Name an account once where it paid itself, or changed one asset for another."""
    return (hands[0], *(b for a, b in pairwise(hands) if a != b))
