"""SIM cards as operators told of them: one card at a time, with its own status, and what came before and after it.

A number outlives its cards. A lost card is replaced for the same holder; a number that was given back goes to somebody else.
What an operator says in one row (status, holder, key) is of that row's card alone, whoever carries the number today.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from cutline.model.moments import to_moment
from cutline.store.lake import Lake

CLOSED = "closed"
TIES = ("event_id", "a", "b", "relation", "valid_from", "valid_to")
FACTS = ("event_id", "entity", "attribute", "value", "valid_from")
BEGINNING = to_moment(0)


@dataclass(frozen=True, slots=True)
class Key:
    """The key of a wallet on a card, since and until when."""

    address: str
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """Another card took over the number: at a moment, for the same holder (replaced) or another (recycled)."""

    card: str
    at: datetime | None
    replaced: bool
    same_key: bool

    @property
    def word(self) -> str:
        """`replaced` or `recycled`."""
        return "replaced" if self.replaced else "recycled"


@dataclass(frozen=True, slots=True)
class Card:
    """A SIM card with a number: from the activation until its closing, as its operator last told (None: not told).

    `status_since` is when the status took effect, `holder` who had this very card. `ended_by` and `began_after` are the next
    and the earlier card with this number.
    """

    card: str
    number: str
    operator: str
    holder: str
    kind: str
    status: str
    status_since: datetime | None
    since: datetime | None
    until: datetime | None
    keys: tuple[Key, ...]
    ended_by: Change | None = None
    began_after: Change | None = None

    @property
    def live(self) -> bool:
        """Whether it still carries its number: it was not closed, and no later card carries it."""
        return self.until is None and self.status != CLOSED and self.ended_by is None


def find_cards(lake: Lake, entity: str) -> list[Card]:
    """Find all cards behind a number, a card or the address whose key they hold, the latest first; those of the past too."""
    named = _ties(lake, "a" if entity.startswith("subscriber:") else "b", [entity])
    named = named.filter(pl.col("relation").is_in(["carries", "keys_for"]))
    if not named.height:
        return []
    numbers = _ties(lake, "a", named["a"]).filter(pl.col("relation") == "carries")["b"].unique().sort().to_list()
    of_numbers = _ties(lake, "b", numbers)
    carriers = of_numbers.filter(pl.col("relation") == "carries")["a"]
    ties = pl.concat([of_numbers, _ties(lake, "a", carriers)]).unique(maintain_order=True)
    facts = lake.rows_about("facts", "entity", numbers, FACTS)
    cards = _in_line([card for number in numbers for card in _cards_of(number, ties, facts)])
    mine = [c for c in cards if entity in (c.card, c.number, *(key.address for key in c.keys))]
    return sorted(mine, key=lambda c: (c.live, c.since or BEGINNING, c.card), reverse=True)


def _ties(lake: Lake, side: str, entities: Iterable[str]) -> pl.DataFrame:
    return lake.rows_about("ties", side, sorted(set(entities)), TIES).select("occurred_at", "deliverer", *TIES)


def _cards_of(number: str, ties: pl.DataFrame, facts: pl.DataFrame) -> Iterable[Card]:
    carried = ties.filter((pl.col("relation") == "carries") & (pl.col("b") == number))
    said = {_row_of(f): f for f in facts.filter(pl.col("entity") == number).iter_rows(named=True)}
    owned = ties.filter((pl.col("relation") == "owns") & (pl.col("b") == number))
    owners = {_row_of(t)[:2]: t["a"] for t in owned.iter_rows(named=True)}
    for (card,), rows in carried.sort("a").partition_by("a", as_dict=True, maintain_order=True).items():
        told = [(row, said.get((*_row_of(row)[:2], "status"))) for row in rows.iter_rows(named=True)]
        last, status = max(told, key=_newest)
        where = _row_of(last)[:2]
        kind = said.get((*where, "kind"))
        yield Card(
            card=str(card),
            number=number,
            operator=last["deliverer"],
            holder=owners.get(where, ""),
            kind=kind["value"] if kind else "",
            status=status["value"] if status else "",
            status_since=status["valid_from"] if status else None,
            since=min((m for m in rows["valid_from"] if m is not None), default=None),
            until=last["valid_to"],
            keys=_keys(str(card), ties),
        )


def _newest(told: tuple[dict[str, Any], dict[str, Any] | None]) -> tuple[bool, datetime, str]:
    """Order what was said of one card: that it is closed is final, whenever an older delivery says that it was active."""
    row, status = told
    closed = status is not None and status["value"] == CLOSED
    return closed, (status["valid_from"] if status else None) or BEGINNING, row["event_id"]


def _keys(card: str, ties: pl.DataFrame) -> tuple[Key, ...]:
    """Give the keys on a card; what was told again later is told once, with the end that was told last."""
    mine = ties.filter((pl.col("relation") == "keys_for") & (pl.col("a") == card))
    found: dict[str, Key] = {}
    for row in mine.sort("valid_to", "valid_from", nulls_last=False, maintain_order=True).iter_rows(named=True):
        known = found.get(row["b"])
        since = min((m for m in (row["valid_from"], known.since if known else None) if m), default=None)
        found[row["b"]] = Key(row["b"], since, row["valid_to"])
    return tuple(found[address] for address in sorted(found))


def _in_line(cards: Sequence[Card]) -> list[Card]:
    """Say of each card which one carried its number before and after it."""
    told = []
    for card in cards:
        line = sorted((c for c in cards if c.number == card.number), key=lambda c: (c.since or BEGINNING, c.card))
        at = line.index(card)
        before, after = line[at - 1] if at else None, line[at + 1] if at + 1 < len(line) else None
        ended_by = _change(after, card, after.since if after else None)
        told.append(replace(card, began_after=_change(before, card, card.since), ended_by=ended_by))
    return told


def _change(other: Card | None, card: Card, at: datetime | None) -> Change | None:
    if other is None:
        return None
    same_key = bool({key.address for key in other.keys} & {key.address for key in card.keys})
    return Change(other.card, at, bool(card.holder) and other.holder == card.holder, same_key)


def _row_of(told: dict[str, Any]) -> tuple[str, str, str]:
    """Name the source row that said something, and what it said: all that one row says has one number (`number/attribute`)."""
    number, _, what = told["event_id"].rpartition("/")
    return told["deliverer"], number, what
