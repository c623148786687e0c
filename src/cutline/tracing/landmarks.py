"""Where a path may end, and where it changes rails: marks on books and transfers that a search obeys.

Cash ends at the terminal's account. A tagged exchange, mixer or custodian ends a path on arrival: behind its counter money is
no longer a person's. An exchange's deposit address ends it too, and is the better answer, because it names the customer: an
address that passes (nearly) all it pays out on to an exchange's hot wallet. A frozen account ends nothing before it was
frozen; what still lies in it is frozen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.graph.index import KIND_NAMES, NULL, Index
from cutline.model.evidence import Ending
from cutline.tracing.joins import Joins
from cutline.tracing.ledger import Ledgers
from cutline.tracing.magnitudes import floats, integers
from cutline.tracing.rails import JOINED, Rails

ENDINGS = (Ending.RESIDUAL, *(e for e in Ending if e is not Ending.RESIDUAL))
"""What the codes in kernels mean. As a mark 0 says that a path goes on; as an ending, that the money lies there."""

FOLLOW = RESIDUAL = 0
CASH, EXCHANGE, BUDGET, BRIDGE, BURNED = map(
    ENDINGS.index, (Ending.CASH, Ending.EXCHANGE, Ending.BUDGET, Ending.BRIDGE, Ending.BURNED)
)

POOL, BRIDGES = "pool", "bridge"

TAGS = {
    "exchange": Ending.EXCHANGE,
    "mixer": Ending.MIXER,
    BRIDGES: Ending.BRIDGE,
    POOL: Ending.CUSTODIAL,
    "custodial": Ending.CUSTODIAL,
}
"""Tags that end a path. A bridge without a matched payout is an ending; a pool without a matched swap keeps what it took."""

NOBODY = (
    "address:evm/0x0000000000000000000000000000000000000000",
    "address:evm/0x000000000000000000000000000000000000dEaD",
    "address:tron/T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb",
)
"""Addresses without a key: what goes there is destroyed, and what tokens issue from there is new, not what was destroyed."""

FORWARDED_OF_OUT = 0.95
FORWARDED_OF_IN = 0.5
"""A deposit address pays 95 % to a hot wallet, and by its last sweep has passed on half of what it got (ours: sweeps lag)."""


@dataclass(frozen=True, slots=True)
class Landmarks:
    """By book: `ends` (code of ENDINGS), `frozen`, `service` (who runs a deposit address, −1).

    By row: `row_ends`, a code too, with the bit JOINED where the row is part of an exchange: `rails` says of which.
    """

    ends: NDArray[np.uint8]
    frozen: NDArray[np.bool_]
    service: NDArray[np.int32]
    row_ends: NDArray[np.uint8]
    rails: Rails


def mark(
    ledgers: Ledgers,
    joins: Joins | None = None,
    frozen: Iterable[str] = (),
    lists_alone: bool = False,
    bridges: NDArray[np.int32] | None = None,
    pools: NDArray[np.int32] | None = None,
) -> Landmarks:
    """Mark where paths end: by the index's `tags`, by channel, by behaviour, and by the ids of accounts whose status is frozen.

    Tags count whatever their dates: an exchange's wallet was one before somebody listed it. Where no list names an exchange,
    it is known by its customers' deposit addresses, unless `lists_alone`: among launderers a collecting address looks alike.
    `bridges`, `pools`: codes of entities that are such, whether a list names them or not.
    """
    index = ledgers.index
    by_entity = np.zeros(len(index), np.uint8)
    if not lists_alone:
        from cutline.risk.custody import keeps_for_many  # a question about marked ledgers does not wait for it

        by_entity[keeps_for_many(index)] = EXCHANGE
    by_entity[[code for code in map(index.code, NOBODY) if code >= 0]] = BURNED
    for known, code in ((pools, ENDINGS.index(TAGS[POOL])), (bridges, BRIDGE)):
        if known is not None:
            by_entity[known] = code
    for tag, ending in TAGS.items():
        by_entity[tagged(index, tag)] = ENDINGS.index(ending)
    still = np.zeros(len(index), np.bool_)
    still[tagged(index, "frozen", in_force=True)] = True
    still[[code for code in map(index.code, frozen) if code >= 0]] = True
    ends = by_entity[ledgers.entity]
    service = _services(ledgers, ends == EXCHANGE)
    ends[(service >= 0) & (ends == FOLLOW)] = EXCHANGE
    table = index.tables["transfers"]
    atm = (table.columns["channel"] == table.category("channel", "atm")) & (ledgers.payee >= 0)
    ends[_terminals(ledgers, atm) & (ends == FOLLOW)] = CASH
    row_ends = np.where(atm, CASH, FOLLOW).astype(np.uint8)
    rails = Rails.of(joins or Joins.none(len(ledgers.amount)))
    row_ends[rails.rows] |= JOINED
    return Landmarks(ends, still[ledgers.entity], service, row_ends, rails)


def tagged(index: Index, tag: str, in_force: bool = False) -> NDArray[np.int32]:
    """Give the codes of all entities that carry a tag; `in_force`: that is not over when the last transfer happens."""
    tags = index.tables.get("tags")
    if tags is None:
        return np.empty(0, np.int32)
    entity = tags.columns["entity"]
    mine = (tags.columns["tag"] == tags.category("tag", tag)) & (entity >= 0)
    if in_force and "valid_to" in tags.columns:
        until, now = tags.columns["valid_to"], index.tables["transfers"].t_us.max(initial=NULL)
        mine &= (until == NULL) | (until > now)
    return np.unique(entity[mine])


def _terminals(ledgers: Ledgers, atm: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Find cash terminals: at least half of what reaches them says so; bank messages of the same machine name no channel."""
    withdrawn = np.bincount(ledgers.payee[atm], minlength=ledgers.books)
    came = np.bincount(ledgers.payee[ledgers.payee >= 0], minlength=ledgers.books)
    return (withdrawn > 0) & (2 * withdrawn >= came)


def _services(ledgers: Ledgers, exchange: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Find the hot wallet behind each deposit address; a tagged address that itself forwards is a deposit address, not hot."""
    service = np.full(ledgers.books, -1, np.int32)
    if not exchange.any():
        return service
    kept = np.flatnonzero((ledgers.payer >= 0) & (ledgers.payer != ledgers.payee))
    out = np.bincount(ledgers.payer[kept], floats(ledgers.moved[kept]), ledgers.books)
    address = ledgers.index.kinds[ledgers.entity] == KIND_NAMES.index("address")
    hot = exchange
    for _ in range(2):
        rows = kept[hot[ledgers.payee[kept]]]
        passed = np.bincount(ledgers.payer[rows], floats(ledgers.moved[rows]), ledgers.books)
        forwards = address & (passed > 0) & (passed >= FORWARDED_OF_OUT * out)
        last = rows[forwards[ledgers.payer[rows]]]
        last = last[np.argsort(ledgers.rank[last], kind="stable")]
        service[:] = -1
        service[ledgers.payer[last]] = ledgers.entity[ledgers.payee[last]]
        sweep = np.zeros(ledgers.books, np.int64)
        sweep[ledgers.payer[last]] = last
        books = np.flatnonzero(service >= 0)
        came = np.array([_came_before(ledgers, int(book), int(sweep[book])) for book in books], np.float64)
        service[books[passed[books] < FORWARDED_OF_IN * came]] = -1
        hot = exchange & (service < 0)
    return service


def _came_before(ledgers: Ledgers, book: int, row: int) -> int:
    """Give what a book had received, its opening balance included, when a transfer happened."""
    mine = ledgers.rows_into(book)
    k = int(np.searchsorted(ledgers.rank[mine], ledgers.rank[row]))
    if not k:
        return int(integers(ledgers.opening[book : book + 1])[0])
    return int(integers(ledgers.in_from[mine[k - 1 : k]])[0]) + ledgers.amount_of(int(mine[k - 1]))
