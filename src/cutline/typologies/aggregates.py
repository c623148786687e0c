"""The aggregates of the language: what each takes, gives and means. Data, not code."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cutline.typologies.vocabulary import Kind, Sort


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate: what its argument may be (none: rows are enough) and what it gives (None: what its argument is).

    `alone`: it may stand without an argument too. `moment`: it looks at a moment, not through a window.
    """

    takes: tuple[Sort, ...]
    gives: Kind | None
    meaning: str
    alone: bool = False
    moment: bool = False


_QUANTITY = (Sort.NUMBER, Sort.MONEY, Sort.DURATION)
_CODE = (Sort.ENTITY, Sort.CATEGORY)
_NUMBER, _DURATION = Kind(Sort.NUMBER), Kind(Sort.DURATION)

AGGREGATES: dict[str, Aggregate] = {
    "count": Aggregate((), _NUMBER, "rows in the window"),
    "distinct": Aggregate(_CODE, _NUMBER, "different entities or words in the window"),
    "sum": Aggregate(_QUANTITY, None, "exact sum"),
    "mean": Aggregate(_QUANTITY, None, "mean"),
    "std": Aggregate(_QUANTITY, None, "population standard deviation"),
    "min": Aggregate(_QUANTITY, None, "smallest"),
    "max": Aggregate(_QUANTITY, None, "largest"),
    "median": Aggregate(_QUANTITY, None, "value that half of the rows do not exceed"),
    "p90": Aggregate(_QUANTITY, None, "value that nine tenths of the rows do not exceed; any from p1 to p99"),
    "first": Aggregate(_QUANTITY, None, "value of the first row"),
    "last": Aggregate(_QUANTITY, None, "value of the latest row"),
    "repeats": Aggregate(_CODE, _NUMBER, "earlier rows with the same entity or word as the present one"),
    "entropy": Aggregate(_CODE, _NUMBER, "spread over entities or words, in bits"),
    "top_share": Aggregate(_CODE, _NUMBER, "share of the most frequent entity or word"),
    "first_gap": Aggregate((), _DURATION, "time since the first row"),
    "last_gap": Aggregate((), _DURATION, "time since the latest row before the present one"),
    "longest_gap": Aggregate((), _DURATION, "longest pause between rows"),
    "unevenness": Aggregate((), _NUMBER, "how uneven the pauses are: deviation ÷ mean"),
    "dormancy": Aggregate((), _DURATION, "longest time without rows in the window, its edges included"),
    "burst": Aggregate((), _NUMBER, "rows in the window ÷ rows in a window of that length on average in all history before"),
    "active": Aggregate(
        _CODE, _NUMBER, "ties that hold now, or different entities they lead to; without a window", alone=True, moment=True
    ),
    "share": Aggregate((), _NUMBER, "share of rows that pass the filter"),
    "consecutive": Aggregate((Sort.ENTITY,), _NUMBER, "numbers in unbroken sequence with the present row's"),
    "together": Aggregate(_CODE, _NUMBER, "occasions (a place on a day) with the most frequent company, `within` a time"),
    "fan_in": Aggregate((), _NUMBER, "different payers of the row's payee"),
    "fan_out": Aggregate((), _NUMBER, "different payees of the row's payer"),
    "gather_scatter": Aggregate((), _NUMBER, "payers of the row's payer or payees after them, whichever are fewer"),
    "scatter_gather": Aggregate((), _NUMBER, "middlemen through whom one source's money reached the row's payee"),
    "cycle": Aggregate((), _NUMBER, "rows of the longest cycle that the row closes, 0: none"),
    "chain": Aggregate(
        (), _NUMBER, "rows of the longest chain that ends in the row, each `within` a time after the one before"
    ),
    "peel": Aggregate(
        (), _NUMBER, "holders in a row who sent on at least what `keeping` says and a part of the rest elsewhere"
    ),
}
"""`share` is written count ÷ count of all rows of the stream; `distinct … by` looks at everybody who shares a value."""

_PERCENTILE = re.compile(r"p([1-9][0-9]?)")


def percentile_of(name: str) -> float | None:
    """Give the rank that a percentile names: 0.9 for `p90`, 0.5 for `median`; None for any other aggregate."""
    found = _PERCENTILE.fullmatch(name)
    return 0.5 if name == "median" else int(found[1]) / 100 if found else None


def aggregate_of(name: str) -> Aggregate | None:
    """Give an aggregate by its name; None where there is none."""
    return AGGREGATES["p90"] if percentile_of(name) and name != "median" else AGGREGATES.get(name)
