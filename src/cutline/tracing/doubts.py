"""How sure the way to an ending is: exchanges that were joined by likeness on it, and how many others fitted these as well."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from cutline.model.evidence import Ending, Hop, Trace
from cutline.model.ways import Way, ways_of

LIKELY = 0.5
"""What lies at an ending whose way is no surer than this is no likelier stolen than not: it is asked about before anybody holds
it (D; see ADR 22)."""

Place = tuple[str, str, Ending]
"""Where some of the loss is: with whom, in which asset, and how it ended there."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """How sure it is that what lies at an ending is the stolen money.

    `sure`: in [0, 1], the share of it that is, where all that fitted an exchange were equally likely to be meant.
    `guessed_minor`: what came over exchanges that something else fitted too, in the loss's smallest unit. `rivals`: how many
    fitted the most doubtful exchange that was joined by likeness (1: nothing else did; 0: none was joined so), `paid` what went
    into it, and `got` what is taken to have come out.
    """

    sure: float
    guessed_minor: int
    rivals: int
    paid: Hop | None
    got: Hop | None

    @property
    def guessed(self) -> bool:
        """Whether what lies there is more likely somebody else's: the guess is settled before anybody holds it."""
        return self.sure <= LIKELY


CERTAIN = Doubt(1.0, 0, 0, None, None)


def doubts_of(trace: Trace) -> dict[Place, Doubt]:
    """Say of each ending how sure the way to it is; nothing under poison, or where the trace tells no hops."""
    ways: dict[Place, list[Way]] = defaultdict(list)
    for way in ways_of(trace):
        ways[way.hands[-1], way.asset, way.how].append(way)
    return {place: _doubt(trace, mine) for place, mine in ways.items()}


def doubts_before(trace: Trace) -> dict[Place, Doubt]:
    """Say of each origin of a trace that was read backward how sure the way from it is."""
    told = doubts_of(replace(trace, hops=tuple(_turned(hop) for hop in trace.hops)))
    return {place: _put_right(doubt) for place, doubt in told.items()}


def _turned(hop: Hop) -> Hop:
    return replace(hop, payer=hop.payee, payee=hop.payer)


def _put_right(doubt: Doubt) -> Doubt:
    """Name as paid what was paid in time: read backward, an exchange is entered by its payout."""
    if doubt.got is None:
        return doubt
    if doubt.paid is None:
        return replace(doubt, got=_turned(doubt.got))
    return replace(doubt, paid=_turned(doubt.got), got=_turned(doubt.paid))


def _doubt(trace: Trace, ways: list[Way]) -> Doubt:
    """Weigh the ways to one ending; of equally doubtful exchanges the one that most came over is named."""
    came: dict[int, int] = defaultdict(int)
    for way in ways:
        if way.doubtful >= 0:
            came[way.doubtful] += way.amount_minor
    if not came:
        return CERTAIN
    sure = sum(way.amount_minor * way.sure for way in ways) / sum(way.amount_minor for way in ways)
    guessed = sum(way.amount_minor for way in ways if way.sure < 1)
    worst = max(came, key=lambda k: (trace.hops[k].competing, came[k], -k))
    got = trace.hops[worst]
    paid = trace.hops[min(got.onward)] if got.onward else None
    return Doubt(sure, guessed, got.competing, paid, got)
