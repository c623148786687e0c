"""Whose tools appear where a community's people went: travellers whom no row ties to the accounts that they then work.

They leave their own phone and account behind; days after they cross, new ones log in from there. Where several gangs went to
one country about the same time this decides nothing, and they stay apart.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import KIND_NAMES, EventTable, Index, distinct

LEAST = 3
"""Travellers, and tools that appear abroad, from which a community counts as gone to a country or at work there (D)."""

AFTER_US = 4 * 86_400_000_000
"""How soon after an arrival a tool appears that was made for whoever arrived (D)."""

FOLLOWED = 0.75
"""Share of a community's departures that new tools must follow (D)."""

LEAD = 0.25
"""How much more of the departures the best must follow than the next, for the country not to be common to several (D)."""

Ints = NDArray[np.int64]


def join_arrived(label: Ints, index: Index) -> Ints:
    """Join a community of travellers to the one whose tools first appeared in the same country within days of each departure.

    `label` gives the community of every entity, −1 for none. One that has both travellers and tools there needs no other.
    """
    count = int(label.max()) + 1 if len(label) else 0
    gone, begun = _departures(label, index), _first_sessions(label, index)
    if not len(gone[0]) or not len(begun[0]):
        return label
    into = np.arange(count)
    for country in np.intersect1d(gone[1], begun[1]).tolist():
        left, came = (
            {c: when[label[who] == c] for c in distinct(label[who]).tolist()} for who, when in _to(country, gone, begun)
        )
        travellers = {c: t for c, t in left.items() if len(t) >= LEAST}
        workers = {c: t for c, t in came.items() if len(t) >= LEAST and c not in travellers}
        for one in (c for c in travellers if len(came.get(c, ())) < LEAST):
            best = _followed(travellers[one], workers)
            if best >= 0:
                into[one] = best
    return np.where(label >= 0, into[label], -1)


def _to(country: int, *moved: tuple[Ints, Ints, Ints]) -> list[tuple[Ints, Ints]]:
    return [(who[where == country], when[where == country]) for who, where, when in moved]


def _followed(left: Ints, workers: dict[int, Ints]) -> int:
    """Give the community whose tools follow clearly more of the departures than any other's; −1 if none."""
    shares = {}
    for community, began in workers.items():
        ordered = np.sort(began)
        following = np.searchsorted(ordered, left, "right")
        after = ordered[np.minimum(following, len(ordered) - 1)] - left
        shares[community] = float(np.mean((after > 0) & (after <= AFTER_US)))
    ranked = sorted(shares, key=lambda c: (-shares[c], c))
    if not ranked or shares[ranked[0]] < FOLLOWED:
        return -1
    clear = len(ranked) == 1 or shares[ranked[0]] - shares[ranked[1]] >= LEAD
    return ranked[0] if clear else -1


def _departures(label: Ints, index: Index) -> tuple[Ints, Ints, Ints]:
    """Members who crossed the border outwards: who, which country, when they first did."""
    moves = index.tables.get("movements")
    if moves is None or not {"person", "to_place", "direction"} <= moves.columns.keys():
        return _nothing()
    rows = np.flatnonzero(moves.columns["direction"] == moves.category("direction", "out"))
    return _first(label, index, moves, (rows, "person", "to_place"))


def _first_sessions(label: Ints, index: Index) -> tuple[Ints, Ints, Ints]:
    """Members that logged in: who, from which country, when first from there. Only those that never did so elsewhere."""
    sessions = index.tables.get("sessions")
    if sessions is None or not {"handle", "place"} <= sessions.columns.keys():
        return _nothing()
    who, where, when = _first(label, index, sessions, (np.arange(len(sessions)), "handle", "place"))
    once = np.bincount(who, minlength=len(label))[who] == 1
    return who[once], where[once], when[once]


def _first(label: Ints, index: Index, table: EventTable, chosen: tuple[Ints, str, str]) -> tuple[Ints, Ints, Ints]:
    rows, actor, place = chosen
    who, where = (table.columns[name][rows] for name in (actor, place))
    known = (who >= 0) & (where >= 0)
    known[known] = label[who[known]] >= 0
    rows, who, country = rows[known], who[known].astype(np.int64), _countries(index)[where[known]]
    if not len(rows):
        return _nothing()
    _, first = np.unique(who * len(label) + country, return_index=True)  # rows stand in the order of time
    return who[first], country[first], table.t_us[rows[first]]


def _countries(index: Index) -> Ints:
    """For every place the first place of the same country, by its id; −1 for all that is no place."""
    out = np.full(len(index), -1)
    seen: dict[str, int] = {}
    for code in np.flatnonzero(index.kinds == KIND_NAMES.index("place")).tolist():
        country = index.entity(code).removeprefix("place:").split("/", 1)[0]
        out[code] = seen.setdefault(country, code)
    return out


def _nothing() -> tuple[Ints, Ints, Ints]:
    empty = np.empty(0, np.int64)
    return empty, empty, empty
