"""What stolen money bought: items that moved to whoever paid, in the transaction of the payment or at a listing's price.

The value goes on with the seller; the item lies with the buyer, or where it was moved since, and is told beside the trail: what
it is, what was paid, by whom and to whom. It is no second value: the sums of a trace do not feel it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from cutline.model.assets import is_piece
from cutline.model.evidence import Citation, Hop
from cutline.tracing.ledger import Ledgers

NEAR = timedelta(days=1)
"""A payment off the chain, and the item that is handed over for it, lie no further apart (ours)."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An item that somebody listed for sale: for how much of which asset, when, and by whom."""

    item: str
    price_minor: int
    asset: str
    at: datetime
    seller: str


@dataclass(frozen=True, slots=True)
class Bought:
    """An item that stolen money paid for.

    `paid_minor` of `asset` is what the payment moved, `loss_minor` the stolen part of it in the currency of the loss. `seller`
    is whoever gave the item, an address, or the one who listed it. `competing`: 0 where one transaction held both, else how
    many listings the payment could have been for. `holder` has the item at the end of the records.
    """

    item: str
    buyer: str
    seller: str
    paid_minor: int
    asset: str
    loss_minor: int
    at: datetime
    holder: str
    competing: int
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class _Handed:
    """One move of one item."""

    row: int
    item: str
    giver: str
    taker: str
    at: int


def find_items(ledgers: Ledgers, hops: Sequence[Hop], offers: Sequence[Offer] = ()) -> tuple[Bought, ...]:
    """Find what the hops of a trace paid for. Cost: one pass over the transfers of single items."""
    handed = _handed(ledgers)
    if not handed:
        return ()
    latest = {move.item: move for move in handed}
    by_buyer: dict[tuple[str, int], list[_Handed]] = {}
    for move in handed:
        by_buyer.setdefault((move.taker, move.at), []).append(move)
    found = [
        _bought(hop, move, latest, ledgers)
        for hop in hops
        for move in by_buyer.get((hop.payer, _us(hop.occurred_at)), ())
        if _same_transaction(ledgers, hop, move)
    ]
    by_item: dict[str, list[_Handed]] = {}
    for move in handed:
        by_item.setdefault(move.item, []).append(move)
    known = {bought.citations[0] for bought in found}
    found += [
        bought
        for hop in hops
        if hop.citation not in known and not is_piece(hop.asset)
        for bought in _by_offer(ledgers, hop, offers, by_item, latest)
    ]
    return tuple(sorted(_once(found), key=lambda b: (b.at, b.item, b.buyer)))


def _handed(ledgers: Ledgers) -> list[_Handed]:
    """Give all moves of single items in time order."""
    pieces = np.array([is_piece(asset) for asset in ledgers.assets] or [False])
    if not pieces.any():
        return []
    rows = np.flatnonzero(ledgers.payer >= 0)
    rows = rows[pieces[ledgers.asset[ledgers.payer[rows]]]]
    rows = rows[np.argsort(ledgers.rank[rows], kind="stable")]
    return [_move(ledgers, row) for row in rows.tolist()]


def _move(ledgers: Ledgers, row: int) -> _Handed:
    giver, taker = (ledgers.index.entity(int(ledgers.entity[side[row]])) for side in (ledgers.payer, ledgers.payee))
    return _Handed(row, f"item:{ledgers.assets[ledgers.asset[ledgers.payer[row]]]}", giver, taker, int(ledgers.t_us[row]))


def _same_transaction(ledgers: Ledgers, hop: Hop, move: _Handed) -> bool:
    """Event ids of chains begin with the hash of their transaction."""
    return _transaction(hop.citation) in {_transaction(c) for c in _cite(ledgers, move)}


def _transaction(citation: Citation) -> str:
    return citation.event_id.partition("/")[0].partition("-")[0]


def _cite(ledgers: Ledgers, move: _Handed) -> list[Citation]:
    rows: NDArray[np.int64] = np.array([move.row], np.int64)
    return ledgers.index.cite("transfers", rows)


def _bought(hop: Hop, move: _Handed, latest: Mapping[str, _Handed], ledgers: Ledgers, competing: int = 0) -> Bought:
    return Bought(
        item=move.item,
        buyer=hop.payer if competing == 0 else move.taker,
        seller=move.giver,
        paid_minor=hop.transferred_minor,
        asset=hop.asset,
        loss_minor=hop.loss_minor,
        at=hop.occurred_at,
        holder=latest[move.item].taker,
        competing=competing,
        citations=(hop.citation, *_cite(ledgers, move)),
    )


def _by_offer(
    ledgers: Ledgers,
    hop: Hop,
    offers: Sequence[Offer],
    by_item: Mapping[str, Sequence[_Handed]],
    latest: Mapping[str, _Handed],
) -> list[Bought]:
    """Find the item that was listed at just what a payment moved, and handed over soon after or before it."""
    fits = [o for o in offers if (o.price_minor, o.asset) == (hop.transferred_minor, hop.asset) and o.at <= hop.occurred_at]
    moves = [
        move
        for offer in {o.item: o for o in fits}.values()
        for move in by_item.get(offer.item, ())
        if abs(move.at - _us(hop.occurred_at)) <= NEAR // timedelta(microseconds=1)
    ]
    nearest = min(moves, key=lambda m: (abs(m.at - _us(hop.occurred_at)), m.row), default=None)
    return [] if nearest is None else [_bought(hop, nearest, latest, ledgers, len(moves))]


def _once(found: Sequence[Bought]) -> list[Bought]:
    """Keep of a purchase that several payments of one transaction made (seller, royalty, fee) the largest payment."""
    kept: dict[tuple[str, str, datetime], Bought] = {}
    for bought in found:
        key = (bought.item, bought.buyer, bought.at)
        if key not in kept or kept[key].paid_minor < bought.paid_minor:
            kept[key] = bought
    return list(kept.values())


def _us(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)
