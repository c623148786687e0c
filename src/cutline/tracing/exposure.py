"""Exposure by value: how much of what an account paid came to whoever stands on a list, directly and over more hands.

Every payment of the account is followed under FIFO until it reaches somebody on a list, a landmark (an exchange, cash), the
account itself again, or the last hop asked for; so each unit is counted once and all of them add up to what was paid.
Backward it is the same of what the account received.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from cutline.tracing.backward import reverse, turn
from cutline.tracing.landmarks import ENDINGS, Landmarks
from cutline.tracing.ledger import Ledgers
from cutline.tracing.policies import Policy
from cutline.tracing.search import Found, Stolen, TraceConfig, search

LISTED, ITSELF = 200, 201
"""Codes of endings beside those of landmarks."""


class Reached(StrEnum):
    """How a followed unit ends that ends at no landmark; `listed` is what exposure asks for."""

    LISTED = "listed"
    ITSELF = "itself"


@dataclass(frozen=True, slots=True)
class Exposed:
    """What reached one holder: the least number of hops, and how much, in the asset of the account that is asked about."""

    entity: str
    how: str
    hops: int
    direct_minor: int
    indirect_minor: int


def expose(
    ledgers: Ledgers, landmarks: Landmarks, book: int, listed: Iterable[str], hops: int, backward: bool = False
) -> tuple[Exposed, ...]:
    """Follow all that a book paid (backward: received) over at most `hops` transfers; the largest sum first.

    `listed` are the ids on lists. What is left after the last hop ends as `budget`.
    """
    ends = landmarks.ends.copy()
    known = (code for code in map(ledgers.index.code, listed) if code >= 0)
    ends[[b for code in known for b in ledgers.books_of(code)]] = LISTED
    ends[list(ledgers.books_of(int(ledgers.entity[book])))] = ITSELF
    marks = replace(landmarks, ends=ends)
    if backward:
        ledgers, marks, book = reverse(ledgers), turn(marks), ledgers.books - 1 - book
    rows = ledgers.rows_out_of(book).tolist()
    paid = [Stolen(row, moved) for row in rows if (moved := ledgers.amount_of(row))]
    if not paid:
        return ()
    return _added_up(ledgers, search(ledgers, marks, paid, Policy.FIFO, TraceConfig(max_hops=hops)))


def _added_up(ledgers: Ledgers, found: Found) -> tuple[Exposed, ...]:
    depth = dict(zip(found.rows.tolist(), found.depths.tolist(), strict=True))
    sums: dict[tuple[str, str], list[int]] = {}
    for row, code, loss in zip(found.end_rows.tolist(), found.end_codes.tolist(), found.end_losses.tolist(), strict=True):
        key = (ledgers.index.entity(int(ledgers.entity[ledgers.payee[row]])), _named(code))
        sofar = sums.setdefault(key, [depth[row], 0, 0])
        sofar[0] = min(sofar[0], depth[row])
        sofar[1 if depth[row] == 1 else 2] += int(loss)
    lines = [Exposed(entity, how, *told) for (entity, how), told in sums.items()]
    return tuple(sorted(lines, key=lambda x: (-x.direct_minor - x.indirect_minor, x.entity, x.how)))


def _named(code: int) -> str:
    own = {LISTED: Reached.LISTED, ITSELF: Reached.ITSELF}
    return str(own[code] if code in own else ENDINGS[code])
