"""What was really said: talks that somebody listened to, and when each number was last used."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import NULL, Index
from cutline.model.kernels import kernel

LISTENED_S = 30
"""Seconds from which a call was a talk (D)."""


def listened(index: Index) -> NDArray[np.bool_]:
    """Say which contacts were a talk of two people (boolean over the rows): no text, no unanswered call."""
    table = index.tables["contacts"]
    heard = np.ones(len(table), np.bool_)
    if "medium" in table.columns:
        heard = table.columns["medium"] != table.category("medium", "sms")
        if "duration_s" in table.columns:
            heard &= (table.columns["medium"] != table.category("medium", "call")) | (table.columns["duration_s"] >= LISTENED_S)
    return np.asarray(heard)


def last_use(index: Index, near: NDArray[np.bool_], heard: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Say when each of some phones and handles was last used, and how often: it called or wrote, or a call to it was taken.

    Microseconds and counts over all entities; NULL and 0 for others. `heard` are the contacts that count for who was reached.
    """
    contacts, last, times = index.tables["contacts"], np.full(len(index), NULL), np.zeros(len(index), np.int64)
    _note_use(contacts.t_us, (contacts.columns["source"], contacts.columns["target"]), near, heard, (last, times))
    return last, times


@kernel
def _note_use(t_us: Any, ends: Any, near: Any, heard: Any, out: Any) -> None:
    """Write down when each was last at one end of a contact that counts, and how often; the rows stand by time."""
    (source, target), (last, times) = ends, out
    for row in range(len(t_us)):
        one, other = source[row], target[row]
        if one >= 0 and near[one]:
            times[one] += 1
            last[one] = t_us[row]
        if other >= 0 and near[other] and heard[row]:
            times[other] += 1
            last[other] = t_us[row]
