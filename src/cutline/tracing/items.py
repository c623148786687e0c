"""What stolen money bought: items that moved to whoever paid, in the transaction of the payment or at a listing's price.

The value goes on with the seller; the item lies with the buyer, or where it was moved since, and is told beside the trail: what
it is, what was paid, by whom and to whom. It is no second value: the sums of a trace do not feel it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from cutline.model.assets import is_piece
from cutline.model.evidence import Citation, Hop
from cutline.model.moments import to_us
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
    """Find what the hops of a trace paid for. Cost: one pass over who held single items."""
    rows = _rows(ledgers)
    handed = _handed(ledgers, rows, hops, offers)
    if not handed:
        return ()
    latest = _holders(ledgers, rows, {move.item for move in handed})
    by_buyer: dict[tuple[str, int], list[_Handed]] = {}
    for move in handed:
        by_buyer.setdefault((move.taker, move.at), []).append(move)
    found = [
        _bought(hop, move, latest, ledgers)
        for hop in hops
        for move in by_buyer.get((hop.payer, to_us(hop.occurred_at)), ())
        if _same_transaction(ledgers, hop, move)
    ]
    by_item: dict[str, list[_Handed]] = {}
    for move in handed:
        by_item.setdefault(move.item, []).append(move)
    known = {bought.citations[0] for bought in found}
    at_price: dict[tuple[int, str], list[Offer]] = {}
    for offer in offers:
        at_price.setdefault((offer.price_minor, offer.asset), []).append(offer)
    offered = [
        bought
        for hop in hops
        if hop.citation not in known and not is_piece(hop.asset)
        for bought in _by_offer(ledgers, hop, at_price.get((hop.transferred_minor, hop.asset), ()), by_item, latest)
    ]
    # One hand-over is one purchase: of several payments of one transaction the largest, off the chain the last one before it.
    kept = {b.citations[1]: b for b in sorted(offered, key=lambda b: (b.at, b.citations[0]))}
    kept |= {b.citations[1]: b for b in sorted(found, key=lambda b: (b.paid_minor, b.citations[0]))}
    return tuple(sorted(kept.values(), key=lambda b: (b.at, b.item, b.buyer)))


def _rows(ledgers: Ledgers) -> NDArray[np.int64]:
    """Give all moves of single items in time order."""
    pieces = np.array([is_piece(asset) for asset in ledgers.assets] or [False])
    if not pieces.any():
        return np.empty(0, np.int64)
    books = np.flatnonzero(pieces[ledgers.asset]).tolist()
    held = [ledgers.rows_out_of(book) for book in books]
    rows = np.concatenate([np.empty(0, np.int64), *held])
    return np.asarray(rows[np.argsort(ledgers.rank[rows], kind="stable")], np.int64)


def _handed(ledgers: Ledgers, rows: NDArray[np.int64], hops: Sequence[Hop], offers: Sequence[Offer]) -> list[_Handed]:
    """Give the moves at the moments of hops, and those of items that were offered for just what a hop moved."""
    paid = {(hop.transferred_minor, hop.asset) for hop in hops}
    wanted = {o.item.removeprefix("item:") for o in offers if (o.price_minor, o.asset) in paid}
    codes = [code for code, asset in enumerate(ledgers.assets) if asset in wanted]
    at_once = np.isin(ledgers.t_us[rows], np.array([to_us(hop.occurred_at) for hop in hops], np.int64))
    chosen = rows[at_once | np.isin(ledgers.asset[ledgers.payer[rows]], codes)]
    return [_move(ledgers, row) for row in chosen.tolist()]


def _holders(ledgers: Ledgers, rows: NDArray[np.int64], items: Collection[str]) -> dict[str, str]:
    """Say who has each item after its last move."""
    codes = {code: f"item:{asset}" for code, asset in enumerate(ledgers.assets) if f"item:{asset}" in items}
    asset = ledgers.asset[ledgers.payer[rows]]
    mine = np.flatnonzero(np.isin(asset, list(codes)))
    last = dict(zip(asset[mine].tolist(), rows[mine].tolist(), strict=True))
    return {item: ledgers.index.entity(int(ledgers.entity[ledgers.payee[last[code]]])) for code, item in codes.items()}


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


def _bought(hop: Hop, move: _Handed, latest: Mapping[str, str], ledgers: Ledgers, competing: int = 0) -> Bought:
    return Bought(
        item=move.item,
        buyer=hop.payer if competing == 0 else move.taker,
        seller=move.giver,
        paid_minor=hop.transferred_minor,
        asset=hop.asset,
        loss_minor=hop.carried_loss_minor,
        at=hop.occurred_at,
        holder=latest[move.item],
        competing=competing,
        citations=(hop.citation, *_cite(ledgers, move)),
    )


def _by_offer(
    ledgers: Ledgers,
    hop: Hop,
    offers: Sequence[Offer],
    by_item: Mapping[str, Sequence[_Handed]],
    latest: Mapping[str, str],
) -> list[Bought]:
    """Find the item that was listed at just what a payment moved (`offers`), and handed over soon after or before it."""
    fits = [offer for offer in offers if offer.at <= hop.occurred_at]
    moves = [
        move
        for offer in {o.item: o for o in fits}.values()
        for move in by_item.get(offer.item, ())
        if abs(move.at - to_us(hop.occurred_at)) <= NEAR // timedelta(microseconds=1)
    ]
    nearest = min(moves, key=lambda m: (abs(m.at - to_us(hop.occurred_at)), m.row), default=None)
    return [] if nearest is None else [_bought(hop, nearest, latest, ledgers, len(moves))]
