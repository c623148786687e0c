"""Balances on request: whose stated balances the delivered rows do not explain, by how much, and when rows are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from cutline.errors import UsageError
from cutline.graph.index import Index
from cutline.model.assets import decimals_of, display_asset
from cutline.model.judgements import Resolution
from cutline.model.moments import to_moment
from cutline.model.money import format_minor
from cutline.model.numerals import counted
from cutline.pipeline.indexing import read_index
from cutline.pipeline.ledger_files import open_trail
from cutline.pipeline.trail import needed_columns
from cutline.store.lake import Lake
from cutline.tracing import Ledgers, build_ledgers
from cutline.tracing.gaps import Gap, Reconciled, Statements, reconcile
from cutline.workspace.masking import Show, show_plain

STATED = ("opening_booked", "closing_booked")
"""Facts that statements of account tell: `amount currency` at a moment."""

LONGEST = 20
"""An amount of fewer letters, with its sign and currency, fits a kernel's integer; no account holds more than that."""


@dataclass(frozen=True, slots=True)
class GapWish:
    """Whose balances (empty: everybody's), and how many accounts to show."""

    entity: str = ""
    limit: int = 20


def find_gaps(lake: Lake, wish: GapWish, show: Show) -> dict[str, Any]:
    """Compare stated balances with rows, the largest gap first; each asset of an account by itself, exact to the unit."""
    index = read_index(lake, [needed_columns()], coverage=False)
    ledgers = build_ledgers(index)
    books = _wanted(index, ledgers, wish, show)
    found = reconcile(ledgers, _statements(lake, ledgers))
    by_book: dict[int, list[Gap]] = {}
    for gap in found.gaps:
        if gap.book in books:
            by_book.setdefault(gap.book, []).append(gap)
    order = sorted(by_book, key=lambda book: (-_size(ledgers, book, by_book[book]), book))
    stating = [book for book in books if found.stated[book]]
    answer = {
        "entity": wish.entity,
        "as_of": to_moment(int(ledgers.t_us[-1])).isoformat() if len(ledgers.t_us) else None,
        "with_balances": len(stating),
        "without_balances": len(books) - len(stating),
        "gaps": [_told(ledgers, found, book, by_book[book]) for book in order[: wish.limit]],
        "shown": min(len(order), wish.limit),
        "total": len(order),
    }
    return dict(show_plain(answer, show))


def count_gaps(lake: Lake, resolution: Resolution) -> str:
    """Say of how many accounts rows are missing, as the ledgers of the last run tell, and what to do."""
    trail = open_trail(lake, resolution)
    if trail is None:
        return "not counted since records or judgements changed: cutline run, or at once: cutline gaps"
    gap = trail.ledgers.gap
    some = int(np.count_nonzero(gap if gap.ndim == 1 else gap.any(axis=1)))
    if not some:
        return "none by the balances that holders state"
    return f"{counted(some, 'account', 'accounts')} by the balances that holders state; which, and when: cutline gaps"


def _statements(lake: Lake, ledgers: Ledgers) -> Statements:
    """Give what statements of account said was held, of accounts that have transfers."""
    facts = pl.DataFrame(pl.from_arrow(lake.events("facts", ["entity", "attribute", "value", "valid_from"])))
    told = facts.filter(pl.col("attribute").cast(pl.String).is_in(STATED)).drop_nulls("valid_from")
    told = told.select(pl.col("entity", "attribute").cast(pl.String), "value", "valid_from").unique(maintain_order=True)
    told = told.filter(pl.col("value").str.len_chars() < LONGEST)
    asset = told["value"].str.split(" ").list.last()
    codes = {name: ledgers.assets.index(name) for name in asset.unique().to_list() if name in ledgers.assets}
    entity = np.array([ledgers.index.code(name) for name in told["entity"]], np.int32)
    book = ledgers.find(entity, np.array([codes.get(name, -1) for name in asset], np.int32))
    known = book >= 0
    balance = np.array([int(text.split(" ")[0]) for text in told["value"]], np.int64)
    t_us = told["valid_from"].dt.epoch("us").to_numpy()
    return Statements(book[known].astype(np.int64), t_us[known], balance[known])


def _wanted(index: Index, ledgers: Ledgers, wish: GapWish, show: Show) -> range:
    if not wish.entity:
        return range(ledgers.books)
    code = index.code(wish.entity)
    books = ledgers.books_of(code) if code >= 0 else range(0)
    if not books:
        raise UsageError(
            f"{show_plain(wish.entity, show)} has no transfer in this lake; expected an account, wallet or address with some"
        )
    return books


def _size(ledgers: Ledgers, book: int, gaps: Sequence[Gap]) -> float:
    """How much is missing either way, in whole units: for ranking alone."""
    places = decimals_of(ledgers.assets[ledgers.asset[book]]) or 0
    return float(np.sum([abs(gap.amount_minor) for gap in gaps], dtype=np.float64)) / 10.0**places


def _told(ledgers: Ledgers, found: Reconciled, book: int, gaps: Sequence[Gap]) -> dict[str, Any]:
    asset = ledgers.assets[ledgers.asset[book]]
    net = sum(gap.amount_minor for gap in gaps)
    return {
        "entity": ledgers.index.entity(int(ledgers.entity[book])),
        "asset": asset,
        "asset_name": display_asset(asset),
        "balances": int(found.stated[book]),
        "missing": format_minor(net, asset),
        "missing_minor": net,
        "places": [
            {
                "after": to_moment(int(ledgers.t_us[gap.after_row])).isoformat(),
                "until": to_moment(int(ledgers.t_us[gap.before_row])).isoformat(),
                "direction": "in" if gap.amount_minor > 0 else "out",
                "missing": format_minor(abs(gap.amount_minor), asset),
                "missing_minor": abs(gap.amount_minor),
                "confirmed": gap.confirmed,
            }
            for gap in gaps
        ],
    }
