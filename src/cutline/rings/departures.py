"""Who is about to leave for a hot spot at their own expense: one of the two grounds without which nobody is kept from leaving.

Anti-Telecom and Online Fraud Law, art. 36: exit control needs a hot-spot destination and major suspicion, never one alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import Index
from cutline.risk.association.people import hands, same_person
from cutline.risk.statements import last_crossing, tagged

MISSED_US = 24 * 3_600_000_000
"""How long after its hour a booked journey may still begin (D)."""


def leaving_for_hot_spots(index: Index, now_us: int) -> NDArray[np.bool_]:
    """Say who holds a ticket to a place on a hot-spot list, has not left on it yet, and paid for it (boolean by entity).

    On another's ticket somebody may be lured or sent: that is a case for screening, not for this. Without a list of hot spots
    nobody is meant. A ticket counts for every token of the person.
    """
    out, moves = np.zeros(len(index), np.bool_), index.tables.get("movements")
    if moves is None or not {"kind", "person", "to_place", "payer"} <= moves.columns.keys():
        return out
    person, place, payer = (moves.columns[name] for name in ("person", "to_place", "payer"))
    ticket = (moves.columns["kind"] == moves.category("kind", "ticket")) & (person >= 0) & (place >= 0)
    ticket &= tagged(index, "hot_spot")[np.maximum(place, 0)] & (moves.t_us >= now_us - MISSED_US)
    rows = np.flatnonzero(ticket)
    if not len(rows):
        return out
    who = same_person(index)
    hand = hands(index, who)
    whose = who[person[rows]]
    own = (payer[rows] < 0) | (hand[np.maximum(payer[rows], 0)] == whose) | (who[np.maximum(payer[rows], 0)] == whose)
    rows, whose = rows[own], whose[own]
    gone = last_crossing(index, "out", who)
    out[whose[gone[whose] < moves.t_us[rows] - MISSED_US]] = True
    return np.asarray(out[who])
