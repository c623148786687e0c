"""Whose records were delivered: an institution's entities are covered only where that institution delivers.

A bank hands over the payments of its own customers, so that the accounts of other banks stand in them only as counterparties:
what else happened on those is unknown. Nobody declares whose records a delivery holds, so its rows tell. (Nearly) every row of
a bank's own delivery touches the same institution; a delivery in which none is always present is a centre's, which hands over
the ledgers of many, and covers every institution in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from cutline.store.records import Part, part_dictionary, read_part

ALWAYS_PRESENT = 0.95
"""Share of its rows that touch a deliverer's own institution: sources spell some institutions in ways that nobody can match."""

READERS = 2
"""Parts that are looked through at once."""

HOUSED = {
    "transfers": ("account:", "address:", "ecny_wallet:"),
    "contacts": ("phone:", "handle:"),
    "sessions": ("handle:",),
}
"""Tables in which an entity's id tells whose it is, and the kinds there; other kinds are covered as their table is."""

_ENDS = {"transfers": ("payer", "payee"), "contacts": ("source",), "sessions": ("handle",)}

_LEDGERS = {"account:": "bank", "address:": "chain", "ecny_wallet:": "ecny"}
"""The rail whose deliveries are a kind's ledger: a payment code names an account without telling what else it did."""

_WORD = "^(.*)$"
_HOUSE = r"^(account:.*/|(?:address|handle):[^/]*/|[a-z_]+:)"

Tally = dict[tuple[str, str], int]
"""(house of one end, house of the other or nothing) → rows."""


@dataclass(slots=True)
class Delivered:
    """What one deliverer's rows of one kind of ledger show."""

    batches: set[str] = field(default_factory=set)
    rows: Tally = field(default_factory=dict)


def houses_covered(folder: Path, table: str, parts: Iterable[Part]) -> dict[str, set[str]]:
    """Give the beginnings of ids that a table's deliveries cover, each with the batches that cover it.

    Every kind of `HOUSED` is named at least by its own beginning, with no batch where its houses tell it better. O(rows).
    """
    found: dict[tuple[str, str], Delivered] = {}
    known = list(parts)
    with ThreadPoolExecutor(READERS) as pool:
        tallies = list(pool.map(lambda part: _tally(folder, part), known))
    for part, tally in zip(known, tallies, strict=True):
        for ledger, rows in tally.items():
            delivered = found.setdefault((part.deliverer, ledger), Delivered())
            delivered.batches.add(part.batch)
            for pair, count in rows.items():
                delivered.rows[pair] = delivered.rows.get(pair, 0) + count
    covered: dict[str, set[str]] = {kind: set() for kind in HOUSED[table]}
    for (deliverer, ledger), delivered in found.items():
        every = {house for pair in delivered.rows for house in pair if house}
        for house in own_houses(deliverer, delivered.rows) if ledger == "account:" else every:
            covered.setdefault(house, set()).update(delivered.batches)
    return covered


def own_houses(deliverer: str, rows: Mapping[tuple[str, str], int]) -> set[str]:
    """Tell whose records a deliverer hands over: one house where the rows show it, else all that occur in them.

    Where several houses touch (nearly) every row, the one that the deliverer is named after, or that has rows with itself.
    """
    touched: dict[str, int] = {}
    for pair, count in rows.items():
        for house in {*pair} - {""}:
            touched[house] = touched.get(house, 0) + count
    total = sum(rows.values())
    named = {h for h in touched if _names(deliverer, h) and 2 * touched[h] > total}
    present = {h for h in touched if touched[h] >= ALWAYS_PRESENT * total}
    if len(named) == 1 or len(present) < 2:
        return named or present or set(touched)
    return {h for h in present if (h, h) in rows} or present


def _names(deliverer: str, house: str) -> bool:
    code = house.rstrip("/").rpartition("/")[2].rpartition(":")[2]
    return bool(code) and code.casefold() in re.split(r"[^a-z0-9]+", deliverer.casefold())


def _tally(folder: Path, part: Part) -> dict[str, Tally]:
    """Count the rows of each kind of ledger by the houses at their ends; outside ledgers it is enough that a house occurs."""
    ends = _ENDS[part.table]
    if part.table != "transfers":
        values = part_dictionary(folder, part, ends[0])
        houses = _matches(values, _HOUSE).unique().sort().to_list()
        return {house: {(house, ""): 1} for house in houses if house.startswith(HOUSED[part.table])}
    read = read_part(folder, part, [*ends, "rail"])
    payer, payee = (_coded(read.column(name), _HOUSE) for name in ends)
    rails = _coded(read.column("rail"), _WORD)
    sides = _Sides(payer[0], payer[1], payee[0], payee[1])
    return {kind: sides.tally(rails[0] == rails[1].index(rail), kind) for kind, rail in _LEDGERS.items() if rail in rails[1]}


@dataclass(frozen=True, slots=True)
class _Sides:
    """The houses at both ends of rows: each row's by number, and their names."""

    payer: NDArray[np.int32]
    payers: list[str]
    payee: NDArray[np.int32]
    payees: list[str]

    def tally(self, rows: NDArray[np.bool_], kind: str) -> Tally:
        """Count some rows by the houses of one kind at their ends."""
        pairs = np.bincount(self.payer[rows].astype(np.int64) * len(self.payees) + self.payee[rows])
        out: Tally = {}
        for pair in np.flatnonzero(pairs).tolist():
            ends = (self.payers[pair // len(self.payees)], self.payees[pair % len(self.payees)])
            mine = [house for house in ends if house.startswith(kind)]
            if mine:
                key = (mine[0], mine[1] if len(mine) > 1 else "")
                out[key] = out.get(key, 0) + int(pairs[pair])
        return out


def _coded(column: pa.ChunkedArray, pattern: str) -> tuple[NDArray[np.int32], list[str]]:
    """Give each row's match by number, and the matches: text is touched once for each distinct value, not for each row."""
    whole = column.unify_dictionaries().combine_chunks()
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    matches = _matches(whole.dictionary, pattern)
    distinct = matches.unique().sort()
    numbers = distinct.search_sorted(matches).to_numpy().astype(np.int32)
    return numbers[whole.indices.to_numpy()], distinct.to_list()


def _matches(values: pa.Array, pattern: str) -> pl.Series:
    return pl.Series(pl.from_arrow(values)).cast(pl.String).str.extract(pattern).fill_null("")
