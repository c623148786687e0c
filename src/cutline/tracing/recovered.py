"""From traces to the sheet of a return: which balances are there, whose money lies in them, who has a claim on the rest.

Each asset has a sheet of its own and is returned in kind: no price enters. A balance counts whole where its holder is a
suspect; of anybody else's only what a trace shows to be stolen, so that an innocent holder pays nobody's loss. What came over
an exchange that several transfers fit is a guess: it is told apart, shares in nothing, and makes no claim elsewhere smaller.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from cutline.model.evidence import Ending, Terminal, Trace
from cutline.tracing.doubts import CERTAIN, doubts_of
from cutline.tracing.holders import Request
from cutline.tracing.restitution import Claim, Sheet, share_out

LIES_THERE = (Ending.RESIDUAL, Ending.FROZEN)
"""Endings that are a balance which a court can give back; what an exchange or a mixer took is theirs to answer for."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account holds of one asset; `whole`: all of it is shared out, not only what is shown to be stolen."""

    entity: str
    asset: str
    amount_minor: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What FIFO shows of one report's loss to lie in one balance: in the asset, and in the currency of the loss.

    `rivals`: how many transfers fitted the most doubtful exchange joined by likeness on the way (0: none was joined so).
    `sure`: in [0, 1], the share of it that is the stolen money, where all that fitted were equally likely to be meant.
    """

    report_id: str
    entity: str
    asset: str
    amount_minor: int
    loss_minor: int
    currency: str
    rivals: int = 0
    sure: float = 1.0

    @property
    def guessed(self) -> bool:
        """Say whether another transfer could as well have been the one, so that this shows nothing yet."""
        return self.rivals > 1


@dataclass(frozen=True, slots=True)
class Return:
    """One asset's balances, what lies in them of whom, what is only guessed to, and the sheet that shares them out."""

    asset: str
    balances: tuple[Balance, ...]
    shown: tuple[Shown, ...]
    guessed: tuple[Shown, ...]
    sheet: Sheet


def share_balances(
    balances: Sequence[Balance], traces: Sequence[Trace], concerned: Collection[str], recovered: dict[str, int]
) -> tuple[Return, ...]:
    """Share out balances among reports: one return for each asset, in the order of the assets.

    `traces` are those of all reports under FIFO. Whoever has money in a balance has a claim, and so have the `concerned`
    reports, whose money was mixed with it. What is returned in kind of another asset than was lost is claimed there alone.
    `recovered`: by asset what was recovered, where it is not what the records say; it has a sheet though no balance is known.
    """
    chosen = {(b.entity, b.asset): b for b in balances}
    found = [part for trace in traces for part in _parts(trace, chosen)]
    shown = [part for part in found if not part.guessed]
    lost: dict[tuple[str, str], int] = {}
    for trace in traces:
        lost[trace.seed, trace.currency] = lost.get((trace.seed, trace.currency), 0) + trace.stolen_minor
    for s in shown:
        if s.asset != s.currency:
            lost[s.report_id, s.currency] -= s.loss_minor
    returns = []
    for asset in sorted({*recovered, *(b.asset for b in balances)}):
        mine = tuple(b for b in balances if b.asset == asset)
        lying = sorted((s for s in found if s.asset == asset), key=lambda s: (s.report_id, s.entity))
        here, guessed = tuple(s for s in lying if not s.guessed), tuple(s for s in lying if s.guessed)
        there = recovered.get(asset, sum(b.amount_minor if b.whole else _traced(b, here) for b in mine))
        named = {*(name for name in concerned if (name, asset) in lost), *(s.report_id for s in guessed)}
        returns.append(Return(asset, mine, here, guessed, share_out(there, _claims(asset, here, lost, named))))
    return tuple(returns)


def _parts(trace: Trace, chosen: Collection[tuple[str, str]]) -> list[Shown]:
    """Say what of a loss lies in the chosen balances: what is shown, and apart from it what is only guessed."""
    there = [t for t in trace.terminals if lies_there(t) and (t.entity, t.asset) in chosen]
    doubts = doubts_of(trace) if there else {}
    parts = []
    for t in there:
        doubt = doubts.get((t.entity, t.asset, t.how), CERTAIN)
        guess = min(doubt.guessed_minor, t.loss_minor)
        amount = -(-t.amount_minor * guess // t.loss_minor) if guess else 0  # in doubt, less is shown
        if t.amount_minor > amount:
            rest = (t.amount_minor - amount, t.loss_minor - guess, trace.currency)
            parts.append(Shown(trace.seed, t.entity, t.asset, *rest, rivals=min(doubt.rivals, 1)))
        if amount:
            sure = min(1.0, max(0.0, 1 - (1 - doubt.sure) * t.loss_minor / guess))
            parts.append(Shown(trace.seed, t.entity, t.asset, amount, guess, trace.currency, doubt.rivals, sure))
    return parts


def stopped_in(one: Return, traces: Sequence[Trace], asked: Mapping[str, Sequence[Request]]) -> int:
    """Say how much of what lies there nobody can move: frozen in the records, or held on a request that is in force now.

    `asked`: the requests about each entity. What only lies there can be gone before a court decides.
    """
    frozen = {(t.entity, t.asset) for trace in traces for t in trace.terminals if t.how is Ending.FROZEN}
    stopped = 0
    for balance in one.balances:
        there = balance.amount_minor if balance.whole else _traced(balance, one.shown)
        held = [there] if (balance.entity, balance.asset) in frozen else []
        held += [
            there if r.stopped_minor is None else r.stopped_minor for r in asked.get(balance.entity, ()) if r.holds(one.asset)
        ]
        stopped += min(there, max(held, default=0))
    return stopped


def lies_there(terminal: Terminal) -> bool:
    """Say whether an ending is a balance that can be given back."""
    return terminal.how in LIES_THERE and terminal.amount_minor > 0


def _traced(balance: Balance, shown: Sequence[Shown]) -> int:
    return sum(s.amount_minor for s in shown if s.entity == balance.entity)


def _claims(asset: str, shown: Sequence[Shown], lost: dict[tuple[str, str], int], named: Collection[str]) -> list[Claim]:
    """Whoever lost this asset claims the loss; whoever lost another claims of this one what is shown to be theirs.

    `named` have a line though nothing is shown: their money was mixed with it, or is guessed to lie there.
    """
    own: dict[str, int] = {}
    other: dict[str, int] = {}
    for s in shown:
        part, amount = (own, s.loss_minor) if s.currency == asset else (other, s.amount_minor)
        part[s.report_id] = part.get(s.report_id, 0) + amount
    names = sorted({*own, *other, *named})
    return [
        Claim(name, lost.get((name, asset), 0) + other.get(name, 0), own.get(name, 0) + other.get(name, 0)) for name in names
    ]
