"""The index of a lake, with the columns that are asked for: what a run and a question about money both begin with.

It stands apart from the analysis, so that a question does not wait for the engines of a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from cutline.graph.index import Coverage, Index, build_index
from cutline.store.lake import Lake
from cutline.store.standing import Standing

COMPUTED = (("transfers", "value"),)
"""Columns that no lake holds: they are computed when the index stands."""


def read_index(lake: Lake | Standing, wanted: Sequence[dict[str, tuple[str, ...]]], coverage: bool = True) -> Index:
    """Build the index with the columns that several rooms ask for, each read once.

    Without `coverage` nothing is said of what the deliveries cover: following money asks for none, and looking costs as long as
    the rest. Of `lake.standing(moment)` it holds what had been received by then: what a run at that moment would have seen.
    """
    merged: dict[str, dict[str, None]] = {}
    for part in wanted:
        for table, names in part.items():
            merged.setdefault(table, {}).update(
                dict.fromkeys(n for n in names if (table, n) not in COMPUTED and n != "occurred_at")
            )
    with ThreadPoolExecutor(1) as aside:
        covered = aside.submit(_coverage if coverage else _nothing, lake)
        return build_index(lake.events, {t: tuple(c) for t, c in merged.items()}, covered.result, lake.cite, lake.known)


def _nothing(_: Lake | Standing) -> dict[str, Coverage]:
    return {}


def _coverage(lake: Lake | Standing) -> dict[str, Coverage]:
    houses, arrivals = lake.coverage_of_houses(), lake.arrivals()
    return {t: Coverage(*span, houses.get(t, {}), arrivals.get(t, {})) for t, span in lake.coverage().items()}
