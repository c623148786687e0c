"""What was really said: talks that somebody listened to, and when each number was last used."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import NULL, Index

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
    for end in ("source", "target"):
        column, latest = contacts.columns[end], np.full(len(index), NULL)
        rows = np.flatnonzero((column >= 0) & near[column] & (heard if end == "target" else True))
        latest[column[rows]] = contacts.t_us[rows]  # the rows stand by time: the last one stays
        last = np.maximum(last, latest)
        times += np.bincount(column[rows], minlength=len(index))
    return last, times
