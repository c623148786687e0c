"""Follow stolen money forward from where it was stolen, under one policy, to where it lies.

A search ends at cash, exchanges, mixers, custodians; what has not moved on at the last delivered event is residual; what lies
beyond the budget is said to. Budgets count steps, never seconds, so that a slow machine finds the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.errors import UsageError
from cutline.tracing import balances, contacts, lots
from cutline.tracing.landmarks import Landmarks
from cutline.tracing.ledger import Ledgers
from cutline.tracing.paths import Paths, lay
from cutline.tracing.policies import LOTS, Policy

RULES = {
    Policy.TAINTED_FIRST: balances.FIRST,
    Policy.HAIRCUT: balances.PRO_RATA,
    Policy.TIHO: balances.LARGEST,
}


@dataclass(frozen=True, slots=True)
class TraceConfig:
    """How far a search goes.

    `max_steps` counts lots (FIFO) or outflows and arrivals (other policies). `max_hops`: real cases lie within 19.
    `floor_ppm`: policies of balances leave shares of the loss below this many millionths where they are (as `budget`); FIFO and
    LIFO are exact and follow every unit. `beside`: the policies whose amounts stand at every hop beside the search's own and
    FIFO; one that is left out stands as 0.
    """

    max_steps: int = 500_000
    max_hops: int = 1_000
    floor_ppm: int = 100
    beside: tuple[Policy, ...] = (Policy.TAINTED_FIRST, Policy.HAIRCUT)


@dataclass(frozen=True, slots=True)
class Stolen:
    """Stolen money in one transfer: `amount_minor` of it in its asset, from `start_minor` on where the front is not stolen."""

    row: int
    amount_minor: int
    start_minor: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, as arrays of equal length.

    Transfers: `rows` (ascending rank), `amounts` in the asset, `losses` in the loss's unit, `depths` (the payment is 1).
    Endings: `end_rows` (the transfer that brought it), `end_codes` (`landmarks.ENDINGS`), `end_amounts`, `end_losses`.
    """

    rows: NDArray[np.int64]
    amounts: NDArray[np.int64]
    losses: NDArray[np.int64]
    depths: NDArray[np.int64]
    end_rows: NDArray[np.int64]
    end_codes: NDArray[np.int64]
    end_amounts: NDArray[np.int64]
    end_losses: NDArray[np.int64]
    truncated: bool


def search(
    ledgers: Ledgers,
    landmarks: Landmarks,
    seeds: Sequence[Stolen],
    policy: Policy,
    config: TraceConfig,
    drift: NDArray[np.int64] | None = None,
) -> Found:
    """Follow all seeds together under one policy.

    `drift`: by book, what a policy of balances adds to the stolen balance when stolen money first arrives (see `drift`).
    Raises `UsageError` where a seed is no transfer of the ledgers, or stole more than the transfer moved.
    """
    for seed in seeds:
        check(ledgers, seed)
    paths = lay(ledgers, landmarks)
    if policy in LOTS:
        return _follow_lots(ledgers, paths, seeds, policy, config)
    movements = np.array([(s.row, s.amount_minor, s.amount_minor, 1) for s in seeds], np.int64).reshape(-1, 4)
    if policy is Policy.POISON:
        whole, ends, cut = contacts.follow_contacts(paths, movements, config.max_steps, config.max_hops)
        whole = whole[np.sort(np.unique(whole[:, contacts.ROW], return_index=True)[1])]
        return _found(ledgers, whole, ends, cut)
    floor = int(movements[:, balances.LOSS].sum()) * config.floor_ppm // 1_000_000
    state = balances.new_state(ledgers.books, len(seeds), config.max_steps, drift)
    measure = balances.LOSS if drift is None else balances.AMOUNT
    limits = balances.Limits(RULES[policy], config.max_steps, config.max_hops, floor, measure)
    balances.follow_balances(paths, state, movements, limits)
    moved, ends = state.moved[: state.n[balances.MOVED]], state.ends[: state.n[balances.ENDED]]
    return _found(ledgers, moved, ends, bool(state.n[balances.CUT]))


def _follow_lots(ledgers: Ledgers, paths: Paths, seeds: Sequence[Stolen], policy: Policy, config: TraceConfig) -> Found:
    at = 0
    pieces = np.zeros((len(seeds), 6), np.int64)
    for k, seed in enumerate(seeds):
        end = seed.start_minor + seed.amount_minor
        pieces[k] = (seed.row, seed.start_minor, end, at, at + seed.amount_minor, 1)
        at += seed.amount_minor
    moved, ends, cut = lots.follow_lots(paths, pieces, policy is Policy.LIFO, config.max_steps, config.max_hops)
    amounts, losses = moved[:, lots.TO] - moved[:, lots.FROM], moved[:, lots.LOSS_TO] - moved[:, lots.LOSS_FROM]
    return _found(ledgers, np.column_stack([moved[:, lots.ROW], amounts, losses, moved[:, lots.DEPTH]]), ends, cut)


def check(ledgers: Ledgers, seed: Stolen) -> None:
    """Refuse a seed that is no transfer of the ledgers, or holds more than the transfer moved."""
    if not 0 <= seed.row < len(ledgers.payer) or ledgers.payer[seed.row] < 0:
        raise UsageError(
            f"seed {seed.row} is no transfer of the ledgers; expected a row of `transfers` with amount and parties"
        )
    moved = int(ledgers.amount[seed.row])
    if seed.start_minor < 0 or seed.amount_minor < 0 or seed.start_minor + seed.amount_minor > moved:
        raise UsageError(f"seed {seed.row} is {seed.amount_minor} from {seed.start_minor}; the transfer moved {moved}")


def _found(ledgers: Ledgers, moved: NDArray[np.int64], ends: NDArray[np.int64], cut: bool) -> Found:
    """Add up by transfer, in time order."""
    ranks, where = np.unique(ledgers.rank[moved[:, 0]], return_inverse=True)
    rows, amounts, losses = (np.zeros(len(ranks), np.int64) for _ in range(3))
    depths = np.full(len(ranks), np.iinfo(np.int64).max)
    rows[where] = moved[:, 0]
    np.add.at(amounts, where, moved[:, 1])
    np.add.at(losses, where, moved[:, 2])
    np.minimum.at(depths, where, moved[:, 3])
    return Found(rows, amounts, losses, depths, ends[:, 0], ends[:, 1], ends[:, 2], ends[:, 3], cut)
