"""Follow stolen money forward from where it was stolen, under one policy, to where it lies.

A search ends at cash, exchanges, mixers, custodians; what has not moved on at the last delivered event is residual; what lies
beyond the budget is said to. Budgets count steps, never seconds, so that a slow machine finds the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutline.errors import UsageError
from cutline.tracing import balances, contacts, lots
from cutline.tracing.holdings import heap_starts, keep_held
from cutline.tracing.landmarks import FOLLOW, Landmarks
from cutline.tracing.ledger import Ledgers
from cutline.tracing.magnitudes import integers, pairs
from cutline.tracing.movements import AMOUNT, LOSS
from cutline.tracing.paths import Paths, lay, most_pieces
from cutline.tracing.policies import LOTS, Policy
from cutline.tracing.rails import ALONE, JOINED

RULES = {
    Policy.TAINTED_FIRST: balances.FIRST,
    Policy.HAIRCUT: balances.PRO_RATA,
    Policy.TIHO: balances.LARGEST,
}


@dataclass(frozen=True, slots=True)
class TraceConfig:
    """How far a search goes.

    `max_steps` counts lots (FIFO) or outflows and arrivals (other policies). `max_hops`: real cases lie within 19.
    `floor_ppm`: policies of balances leave shares of the loss below this many millionths of the largest seed where they are (as
    `budget`): a ring's trace is as fine as a victim's. FIFO and LIFO are exact and follow every unit.
    `beside`: the policies whose amounts stand at every hop beside the search's own and FIFO; one that is left out stands as 0.
    `bears_drift`: tainted-first as in `drift`, where value changed on the way.
    """

    max_steps: int = 500_000
    max_hops: int = 1_000
    floor_ppm: int = 100
    beside: tuple[Policy, ...] = (Policy.TAINTED_FIRST, Policy.HAIRCUT)
    bears_drift: bool = False


@dataclass(frozen=True, slots=True)
class Stolen:
    """Stolen money in one transfer: `amount_minor` of it in its asset, from `start_minor` on where the front is not stolen.

    `held_us`: it still lies with whom the transfer paid at this moment (microseconds), so that no policy lets it leave before;
    −1: it may leave as soon as it came.
    """

    row: int
    amount_minor: int
    start_minor: int = 0
    held_us: int = -1


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, as arrays of equal length.

    Transfers: `rows` (ascending rank), `amounts` in the asset, `losses` in the loss's unit, `depths` (the payment is 1).
    Endings: `end_rows` (the transfer that brought it), `end_codes` (`landmarks.ENDINGS`), `end_amounts`, `end_losses`.
    Amounts and losses are int64, or Python's integers where the ledgers hold pairs.
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
    paths = keep_held(ledgers, _received(lay(ledgers, landmarks), seeds), seeds, policy)
    if policy in LOTS:
        return _follow_lots(ledgers, paths, seeds, policy, config)
    if policy is Policy.POISON:
        rows = np.array([s.row for s in seeds], np.int64)
        reach = (config.max_steps, config.max_hops, most_pieces(paths))
        return _touched(ledgers, seeds, *contacts.follow_contacts(paths, rows, reach))
    movements = _fields(ledgers, [(s.row, s.amount_minor, s.amount_minor, 1) for s in seeds], 4)
    largest = max((s.amount_minor for s in seeds), default=0)
    least = min((s.amount_minor for s in seeds if s.held_us >= 0), default=largest)  # what is held is no crumb of a search
    floor = _fields(ledgers, [(min(least, largest * config.floor_ppm // 1_000_000),)], 1)[0]
    measure = LOSS if drift is None else AMOUNT
    limits = balances.Limits(RULES[policy], config.max_steps, config.max_hops, floor, measure, most_pieces(paths))
    drift = np.empty((0, *movements.shape[2:]), np.int64) if drift is None else drift
    return _found(ledgers, *balances.follow_balances(paths, movements, limits, drift))


def _received(paths: Paths, seeds: Sequence[Stolen]) -> Paths:
    """Let what a bridge, pool or exchange paid out lie with whoever got it: a seed is what came out, not what once went in.

    What is held has not been exchanged either.
    """
    rows = np.array([seed.row for seed in seeds], np.int64)
    held = np.array([seed.held_us >= 0 for seed in seeds], np.bool_)
    payouts = rows[(paths.row_ends[rows] >= JOINED) & (held | (paths.ends[paths.payer[rows]] != FOLLOW))]
    if not len(payouts):
        return paths
    partner = paths.partner.copy()
    partner[np.searchsorted(paths.joined, payouts)] = ALONE
    return paths._replace(partner=partner)


def _follow_lots(ledgers: Ledgers, paths: Paths, seeds: Sequence[Stolen], policy: Policy, config: TraceConfig) -> Found:
    at = 0
    pieces = []
    starts = heap_starts(ledgers, seeds) if policy is Policy.LIFO else [seed.start_minor for seed in seeds]
    for seed, start in zip(seeds, starts, strict=True):
        pieces.append((seed.row, start, start + seed.amount_minor, at, at + seed.amount_minor, 1))
        at += seed.amount_minor
    laid = _fields(ledgers, pieces, 6)
    scans = np.array([lots.SCANNED_PER_STEP * config.max_steps]) if policy is Policy.LIFO else None
    moved, ends, cut = lots.follow_lots(paths, laid, scans, (config.max_steps, config.max_hops, most_pieces(paths)))
    at_, to, loss_at, loss_to = (integers(moved[:, k]) for k in (lots.FROM, lots.TO, lots.LOSS_FROM, lots.LOSS_TO))
    return _summed(ledgers, (moved[:, lots.ROW], to - at_, loss_to - loss_at, moved[:, lots.DEPTH]), ends, cut)


def check(ledgers: Ledgers, seed: Stolen) -> None:
    """Refuse a seed that is no transfer of the ledgers, or holds more than the transfer moved."""
    if not 0 <= seed.row < len(ledgers.payer) or ledgers.payer[seed.row] < 0:
        raise UsageError(
            f"seed {seed.row} is no transfer of the ledgers; expected a row of `transfers` with amount and parties"
        )
    moved = ledgers.amount_of(seed.row)
    if seed.start_minor < 0 or seed.amount_minor < 0 or seed.start_minor + seed.amount_minor > moved:
        raise UsageError(f"seed {seed.row} is {seed.amount_minor} from {seed.start_minor}; the transfer moved {moved}")


def _found(ledgers: Ledgers, moved: NDArray[np.int64], ends: NDArray[np.int64], cut: bool) -> Found:
    return _summed(ledgers, (moved[:, 0], integers(moved[:, 1]), integers(moved[:, 2]), moved[:, 3]), ends, cut)


def _touched(ledgers: Ledgers, seeds: Sequence[Stolen], told: NDArray[np.int32], cut: bool) -> Found:
    """Give contacts as what was found: the first of each transfer, in time order; of a seed only what was stolen."""
    row, depth = told[:, contacts.ROW].astype(np.int64), told[:, contacts.DEPTH].astype(np.int64)
    amounts = integers(ledgers.moved[row])
    losses = np.array([s.amount_minor for s in seeds], amounts.dtype)[told[:, contacts.SOURCE]]
    amounts[depth == 1] = losses[depth == 1]
    rank = ledgers.rank[row]
    order = np.argsort(rank, kind="stable")
    first = order[np.diff(rank[order], prepend=-1) > 0]
    over = np.flatnonzero(told[:, contacts.CODE] != contacts.GOES_ON)
    ends = (row[over], told[over, contacts.CODE].astype(np.int64), amounts[over], losses[over])
    return Found(row[first], amounts[first], losses[first], depth[first], *ends, cut)


def _summed(ledgers: Ledgers, moved: tuple[NDArray[Any], ...], ends: NDArray[np.int64], cut: bool) -> Found:
    """Add up by transfer, in time order."""
    row, amount, loss, depth = _numbers(moved[0]), moved[1], moved[2], _numbers(moved[3])
    ranks, where = np.unique(ledgers.rank[row], return_inverse=True)
    rows, amounts, losses = (np.zeros(len(ranks), kind) for kind in (np.int64, amount.dtype, amount.dtype))
    depths = np.full(len(ranks), np.iinfo(np.int64).max)
    rows[where] = row
    np.add.at(amounts, where, amount)
    np.add.at(losses, where, loss)
    np.minimum.at(depths, where, depth)
    lie = (_numbers(ends[:, 0]), _numbers(ends[:, 1]), integers(ends[:, 2]), integers(ends[:, 3]))
    return Found(rows, amounts, losses, depths, *lie, cut)


def _fields(ledgers: Ledgers, rows: Sequence[tuple[int, ...]], width: int) -> NDArray[np.int64]:
    """Lay numbers and amounts in the width of the ledgers."""
    if ledgers.exact is None:
        return np.array(rows, np.int64).reshape(-1, width)
    return pairs([value for row in rows for value in row]).reshape(-1, width, 2)


def _numbers(fields: NDArray[np.int64]) -> NDArray[np.int64]:
    return fields if fields.ndim == 1 else fields[:, 0]
