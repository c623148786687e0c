"""What reports hold together: things named in one report, not all that one person ever reported."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.graph.index import Index
from cutline.model.index import distinct
from cutline.risk import LINKS, Links

_TOLD = next(k for k, link in enumerate(LINKS) if link.name == "mentions")

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def part_reports(links: Links, weight: Floats, index: Index) -> tuple[Links, Floats]:
    """Tie what each report names to each other, where somebody made several: who lost money and misses a son met two gangs.

    `links` and their `weight` stand in the same order. Such a reporter holds nothing together any more; of what he named, each
    holds as strongly to the others of the same report, all together, as it did to him. Others' mentions stay as they are.
    """
    reporter, report, thing = _named(index)
    told = (links.kind == _TOLD) & (np.isin(links.a, reporter) | np.isin(links.b, reporter))
    if not told.any():
        return links, weight
    size = max(1, len(index))
    far = np.where(np.isin(links.a[told], reporter), links.b[told], links.a[told]).astype(np.int64)
    near = links.a[told].astype(np.int64) + links.b[told] - far
    order = np.argsort(near * size + far)
    key, held = (near * size + far)[order], weight[told][order]
    place = np.searchsorted(key, reporter * size + thing)
    known = key[np.minimum(place, len(key) - 1)] == reporter * size + thing
    one, other, shared = _among(report[known], thing[known], held[place[known]])
    count = np.ones(len(one), np.int32)
    kind = np.full(len(one), _TOLD, np.uint8)
    pairs = Links(one.astype(np.int32), other.astype(np.int32), kind, count, count.astype(np.float32), count, count)
    return links.take(~told).with_more(pairs), np.concatenate((weight[~told], shared))


def _named(index: Index) -> tuple[Ints, Ints, Ints]:
    """Give reporter, report and thing named, each once, of those who reported several times; reports by their rows.

    A report names what was before it: a mention belongs to the reporter's first report from then on.
    """
    reports, ties, none = index.tables.get("reports"), index.tables.get("ties"), np.empty(0, np.int64)
    if reports is None or ties is None or not len(reports) or not len(ties):
        return none, none, none
    by, size = reports.columns["reporter"].astype(np.int64), max(1, len(index))
    times = np.bincount(by[by >= 0], minlength=size)
    rows = np.flatnonzero((by >= 0) & (times[by] > 1))
    rows = rows[np.lexsort((reports.t_us[rows], by[rows]))]
    a, b = ties.columns["a"].astype(np.int64), ties.columns["b"].astype(np.int64)
    told = np.flatnonzero((ties.columns["relation"] == ties.category("relation", "mentions")) & (a >= 0) & (b >= 0))
    told = told[times[a[told]] > 1]
    moment = np.unique(np.concatenate((reports.t_us[rows], ties.t_us[told])), return_inverse=True)[1]
    who = np.concatenate((by[rows], a[told])) * max(1, len(moment)) + moment
    next_one = np.searchsorted(who[: len(rows)], who[len(rows) :])
    report = np.minimum(next_one, np.searchsorted(by[rows], a[told], "right") - 1)
    named = distinct(report * size + b[told])
    return by[rows][named // size], named // size, named % size


def _among(report: Ints, thing: Ints, weight: Floats) -> tuple[Ints, Ints, Floats]:
    """Pair the things of each report (ascending), each giving its weight in equal parts to all others."""
    ones, others, shares = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0)]
    for rows in np.split(np.arange(len(report)), np.flatnonzero(np.diff(report)) + 1):  # reports, not events
        if len(rows) < 2:
            continue
        i, j = np.triu_indices(len(rows), 1)
        ones.append(thing[rows[i]])
        others.append(thing[rows[j]])
        shares.append((weight[rows[i]] + weight[rows[j]]) / (2 * (len(rows) - 1)))
    return np.concatenate(ones), np.concatenate(others), np.concatenate(shares)
