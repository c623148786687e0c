"""What is at stake where: the endings of all traces added up, with what can be stopped and how long it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cutline.model.evidence import Ending, Trace
from cutline.model.money import BASE_CURRENCY
from cutline.model.stakes import Stake
from cutline.pipeline.pricing import last_prices, worth
from cutline.pipeline.trail import Trail, last_moment
from cutline.store.lake import Lake
from cutline.tracing.dwell import Place, expect_to_go
from cutline.tracing.stopping import can_be_held, issuer_of


def lay_stakes(lake: Lake, trail: Trail, traces: Sequence[Trace], stolen: NDArray[np.int64]) -> tuple[Stake, ...]:
    """Add up what traces leave where, and say how much time is left to stop it, as of the last transfer.

    `stolen`: the rows of `transfers` that carried losses; how long they lay tells how long such money does.
    """
    stakes = [stake for stake in add_up(lake, trail, traces) if stake.amount_minor]
    places = [Place(stake.entity, stake.asset, stake.how, stake.since) for stake in stakes]
    expected = expect_to_go(trail.ledgers, trail.landmarks, stolen, places)
    return tuple(
        replace(stake, gone=dwell.gone, own=dwell.own, like=dwell.like) if stake.able else stake
        for stake, dwell in zip(stakes, expected, strict=True)
    )


def add_up(lake: Lake, trail: Trail, traces: Sequence[Trace]) -> list[Stake]:
    """Add up endings, in the asset's smallest unit and by worth in the base currency: for ranking, no evidence.

    A loss in another asset counts by its last price until the last transfer; without one its worth is unknown and adds nothing.
    """
    until = last_moment(trail)
    prices = last_prices(lake, until) if any(trace.currency != BASE_CURRENCY for trace in traces) else {}
    found: dict[tuple[str, str, Ending], Stake] = {}
    for trace in traces:
        for terminal in trace.terminals:
            value = worth(terminal.loss_minor, trace.currency, prices)
            key = (terminal.entity, terminal.asset, terminal.how)
            able, issuer = can_be_held(terminal), issuer_of(terminal.asset)
            before = found.get(key) or Stake(*key, 0, None, able, issuer, terminal.since)
            known = [part for part in (before.value_minor, value) if part is not None]
            found[key] = replace(
                before,
                amount_minor=before.amount_minor + terminal.amount_minor,
                value_minor=sum(known) if known else None,
                since=max(before.since, terminal.since),
            )
    return [found[key] for key in sorted(found)]
