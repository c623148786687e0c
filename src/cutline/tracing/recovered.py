"""From traces to the sheet of a return: which balances are there, whose money lies in them, who has a claim on the rest.

Each asset has a sheet of its own and is returned in kind: no price enters. A balance counts whole where its holder is a
suspect; of anybody else's only what a trace shows to be stolen, so that an innocent holder pays nobody's loss.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cutline.model.evidence import Ending, Terminal, Trace
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
    """What FIFO shows of one report's loss to lie in one balance: in the asset, and in the currency of the loss."""

    report_id: str
    entity: str
    asset: str
    amount_minor: int
    loss_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Return:
    """One asset's balances, what lies in them of whom, and the sheet that shares them out."""

    asset: str
    balances: tuple[Balance, ...]
    shown: tuple[Shown, ...]
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
    shown = [
        Shown(trace.seed, t.entity, t.asset, t.amount_minor, t.loss_minor, trace.currency)
        for trace in traces
        for t in trace.terminals
        if lies_there(t) and (t.entity, t.asset) in chosen
    ]
    lost: dict[tuple[str, str], int] = {}
    for trace in traces:
        lost[trace.seed, trace.currency] = lost.get((trace.seed, trace.currency), 0) + trace.stolen_minor
    for s in shown:
        if s.asset != s.currency:
            lost[s.report_id, s.currency] -= s.loss_minor
    returns = []
    for asset in sorted({*recovered, *(b.asset for b in balances)}):
        mine = tuple(b for b in balances if b.asset == asset)
        here = tuple(sorted((s for s in shown if s.asset == asset), key=lambda s: (s.report_id, s.entity)))
        there = recovered.get(asset, sum(b.amount_minor if b.whole else _traced(b, here) for b in mine))
        returns.append(Return(asset, mine, here, share_out(there, _claims(asset, here, lost, concerned))))
    return tuple(returns)


def lies_there(terminal: Terminal) -> bool:
    """Say whether an ending is a balance that can be given back."""
    return terminal.how in LIES_THERE and terminal.amount_minor > 0


def _traced(balance: Balance, shown: Sequence[Shown]) -> int:
    return sum(s.amount_minor for s in shown if s.entity == balance.entity)


def _claims(asset: str, shown: Sequence[Shown], lost: dict[tuple[str, str], int], concerned: Collection[str]) -> list[Claim]:
    """Whoever lost this asset claims the loss; whoever lost another claims of this one what is shown to be theirs."""
    own: dict[str, int] = {}
    other: dict[str, int] = {}
    for s in shown:
        part, amount = (own, s.loss_minor) if s.currency == asset else (other, s.amount_minor)
        part[s.report_id] = part.get(s.report_id, 0) + amount
    names = sorted({*own, *other, *(report for report in concerned if (report, asset) in lost)})
    return [
        Claim(name, lost.get((name, asset), 0) + other.get(name, 0), own.get(name, 0) + other.get(name, 0)) for name in names
    ]
