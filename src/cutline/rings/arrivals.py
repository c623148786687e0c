"""Whose tools appear where a community's people went: travellers whom no row ties to the accounts that they then work.

They leave their own phone and account behind; days after they cross, new ones log in from there. Where several gangs went to
one country about the same time, the time of day and the numbers decide (`timetable`), or nothing does, and they stay apart.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import KIND_NAMES, EventTable, Index, distinct
from cutline.rings.timetable import Timetable, in_step

LEAST = 3
"""Travellers, and tools that appear abroad, from which a community counts as gone to a country or at work there (D)."""

DAY_US = 86_400_000_000
AFTER_US = 4 * DAY_US
"""How soon after an arrival a tool appears that was made for whoever arrived (D)."""

FOLLOWED = 0.75
"""Share of a community's departures that new tools must follow (D)."""

LEAD = 0.25
"""How much more of the departures the best must follow than the next, for the country not to be common to several (D)."""

TOGETHER_US = DAY_US // 24
"""Departures this close are of one party on one journey, which tells no more of when than one of them does (D)."""

CLEAR = 3.0
"""Logarithm of odds from which the times decide where shares do not: twenty to one (D)."""

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
        travellers = {c: t for c, t in left.items() if len(t) >= LEAST and len(came.get(c, ())) < LEAST}
        workers = {c: t for c, t in came.items() if len(t) >= LEAST and c not in travellers}
        for one, other in _belong(travellers, workers, left).items():
            into[one] = other
    return np.where(label >= 0, into[label], -1)


def _belong(travellers: dict[int, Ints], workers: dict[int, Ints], left: dict[int, Ints]) -> dict[int, int]:
    """Say of communities of travellers, and of those at work in one country, which belongs to which, where that is clear."""
    followed = {one: _followed(t, workers) for one, t in travellers.items()}
    out = {one: best[0] for one, (best, clear) in followed.items() if clear}
    if any(best and not clear for best, clear in followed.values()):
        names, parties = list(workers), list(travellers)
        at, lead = in_step(_timetable(travellers, workers, left))
        for k, one in enumerate(parties):
            told = _journeys(travellers[one]) >= LEAST and lead[k] >= CLEAR and at[k] >= 0
            if one not in out and told and names[at[k]] in followed[one][0]:
                out[one] = names[at[k]]
    return out


def _journeys(left: Ints) -> int:
    """Count the departures that stand apart in time."""
    return 1 + int((np.diff(np.sort(left)) > TOGETHER_US).sum())


def _timetable(travellers: dict[int, Ints], workers: dict[int, Ints], left: dict[int, Ints]) -> Timetable:
    nobody = np.empty(0, np.int64)
    sides = list(travellers.values()), list(workers.values()), [left.get(c, nobody) for c in workers]
    first = min(int(t.min()) for side in sides for t in side if len(t))
    last = max(int(t.max()) for side in sides for t in side if len(t))
    parties, tools, own = ([(t - first) / DAY_US for t in side] for side in sides)
    return Timetable(parties, tools, own, (last + AFTER_US - first) / DAY_US)


def _to(country: int, *moved: tuple[Ints, Ints, Ints]) -> list[tuple[Ints, Ints]]:
    return [(who[where == country], when[where == country]) for who, where, when in moved]


def _followed(left: Ints, workers: dict[int, Ints]) -> tuple[list[int], bool]:
    """Give the communities whose tools follow enough of the departures, the best first, and whether it clearly leads."""
    shares = {}
    for community, began in workers.items():
        ordered = np.sort(began)
        following = np.searchsorted(ordered, left, "right")
        after = ordered[np.minimum(following, len(ordered) - 1)] - left
        shares[community] = float(np.mean((after > 0) & (after <= AFTER_US)))
    ranked = sorted(shares, key=lambda c: (-shares[c], c))
    enough = [c for c in ranked if shares[c] >= FOLLOWED]
    clear = bool(enough) and (len(ranked) == 1 or shares[ranked[0]] - shares[ranked[1]] >= LEAD)
    return enough, clear


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
