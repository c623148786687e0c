"""Accounts of somebody's own life: who is held in a compound logs in there too, and is no tool of those who hold them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutline.model.evidence import Finding
from cutline.model.index import KIND_NAMES, Index
from cutline.model.kernels import kernel
from cutline.risk.conduct import ends_of

Bools = NDArray[np.bool_]

OF_A_PLACE = ("compound",)
"""Findings that tell where an account is used, and not what it does there."""

CALLERS = 3
"""Different people who rang a number and were talked to, from whom on it is somebody's everyday one (D)."""

ANSWERED = 0.2
"""Least share of all talk on a number that others began (D): nobody rings a number that a gang works."""

LISTENED_S = 30
"""Seconds from which a call was a talk (D)."""


def accusing(index: Index, findings: Sequence[Finding], everyday: Bools | None = None) -> list[Finding]:
    """Leave out what is said of a place only, of accounts on the number on which their owner is rung by family and friends.

    A gang registers its accounts with numbers that nobody calls. Warnings are left out as well: they accuse nobody.
    `everyday`: what `everyday_numbers` gives, where it was asked before.
    """
    told = [finding for finding in findings if not finding.warning]
    own = of_the_held(index, told, everyday)
    return [one for one in told if one.typology not in OF_A_PLACE or not own[index.code(one.subject)]]


def of_the_held(index: Index, findings: Sequence[Finding], everyday: Bools | None = None) -> Bools:
    """Say which internet accounts with such findings are on an everyday number (boolean over all entities)."""
    wanted = np.zeros(len(index), np.bool_)
    wanted[[code for one in findings if one.typology in OF_A_PLACE and (code := index.code(one.subject)) >= 0]] = True
    if not wanted.any():
        return wanted
    return wanted & accounts_on(index, everyday_numbers(index) if everyday is None else everyday)


def accounts_on(index: Index, numbers: Bools) -> Bools:
    """Say which internet accounts are registered with some numbers (boolean over all entities)."""
    out, ties = np.zeros(len(index), np.bool_), index.tables.get("ties")
    if ties is None or "relation" not in ties.columns:
        return out
    account, number = ends_of(ties, "registered_with")
    mine = index.kinds[account] == KIND_NAMES.index("handle")
    out[account[mine][numbers[number[mine]]]] = True
    return out


def everyday_numbers(index: Index) -> Bools:
    """Say on which numbers several people ring somebody who answers, as a real part of all talk there (over all entities)."""
    contacts, size = index.tables.get("contacts"), len(index)
    if contacts is None or not {"medium", "duration_s"} <= contacts.columns.keys():
        return np.zeros(size, np.bool_)
    columns, call = contacts.columns, contacts.category("medium", "call")
    lines = (columns["source"], columns["target"], columns["medium"], columns["duration_s"])
    began, answered, callers = _talk(lines, call, LISTENED_S, size)
    everyday = (callers[:, CALLERS - 1] >= 0) & (answered >= ANSWERED * (began + answered))
    return np.asarray(everyday & (index.kinds == KIND_NAMES.index("phone")))


@kernel
def _talk(lines: Any, call: int, least_s: int, size: int) -> Any:
    """Count for everybody the talks they began and those they answered, and note their first different callers."""
    source, target, medium, duration_s = lines
    began, answered = np.zeros(size, np.int64), np.zeros(size, np.int64)
    callers = np.full((size, 3), -1, np.int32)
    for row in range(len(source)):
        a, b = source[row], target[row]
        if a < 0 or b < 0 or medium[row] != call or duration_s[row] < least_s:
            continue
        began[a] += 1
        answered[b] += 1
        for k in range(3):
            if callers[b, k] == a:
                break
            if callers[b, k] < 0:
                callers[b, k] = a
                break
    return began, answered, callers
