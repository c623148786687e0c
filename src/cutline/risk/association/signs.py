"""Signs: rows that say something about a subject, counted by subject and written down as findings with their citations."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutline.model.entities import INTERMEDIATE
from cutline.model.evidence import Citation, Finding
from cutline.model.index import KIND_NAMES, NULL, Index, distinct, stretches
from cutline.model.kernels import kernel
from cutline.model.moments import to_moment
from cutline.risk.association.labels import ASSOCIATIONS

CITED = 12
"""Rows of each table that a finding cites: a reader checks a handful."""

VERSION = "1"
EVENTS = ("contacts", "transfers", "sessions", "movements")


@dataclass(frozen=True, slots=True)
class Signs:
    """Rows of one table, each about a `subject` and in company of an `other`; `weight` is what a row counts (money, 1)."""

    table: str
    row: NDArray[np.int64]
    subject: NDArray[np.int64]
    other: NDArray[np.int64]
    weight: NDArray[np.float64]

    def take(self, chosen: NDArray[np.bool_]) -> Signs:
        """Give some of the rows."""
        return Signs(self.table, *(getattr(self, name)[chosen] for name in ("row", "subject", "other", "weight")))

    def turned(self) -> Signs:
        """Give the same rows, about the others in company of the subjects."""
        return Signs(self.table, self.row, self.other, self.subject, self.weight)

    def others(self, size: int) -> NDArray[np.int64]:
        """Count the distinct others of every subject."""
        if not len(self.row):
            return np.zeros(size, np.int64)
        pairs = distinct(self.subject * (int(self.other.max()) + 1) + self.other)
        return np.bincount(pairs // (int(self.other.max()) + 1), minlength=size)

    def total(self, size: int) -> NDArray[np.float64]:
        """Add up the weights of every subject."""
        return np.bincount(self.subject, self.weight, minlength=size).astype(np.float64)


def signs(table: str, row: NDArray[np.int64], subject: NDArray[np.int32], other: NDArray[np.int32]) -> Signs:
    """Make signs of equal weight from rows whose ends are known."""
    known = (subject >= 0) & (other >= 0)
    return Signs(
        table, row[known], subject[known].astype(np.int64), other[known].astype(np.int64), np.ones(int(known.sum()))
    )  # fmt: skip


def rows_of(end: NDArray[np.int32], counted: NDArray[np.bool_], marked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Give the rows that count and have somebody marked at one end, ascending; a row whose end is unknown must not count."""
    return np.asarray(_rows_of(end, counted, marked))


@kernel
def _rows_of(end: Any, counted: Any, marked: Any) -> Any:
    """One pass, where masks over all rows took one each."""
    rows = np.empty(len(end), np.int64)
    found = 0
    for row in range(len(end)):
        if counted[row] and marked[end[row]]:
            rows[found] = row
            found += 1
    return rows[:found].copy()


def for_every_token(found: Signs, tokens: NDArray[np.bool_], who: NDArray[np.int64]) -> Signs:
    """Let what is said of one token of a person speak for every one of the chosen `tokens` that is the same person."""
    codes = np.flatnonzero(tokens)
    order = np.argsort(who[found.subject], kind="stable")
    keys = who[found.subject][order]
    low = np.searchsorted(keys, who[codes], "left")
    count = np.searchsorted(keys, who[codes], "right") - low
    at = order[stretches(low, count)]
    return Signs(found.table, found.row[at], np.repeat(codes, count), found.other[at], found.weight[at])


Words = Callable[[int], tuple[str, str]]
"""Subject's code → the reason in English and in Chinese."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """What an association is called, and how its reasons read."""

    typology: str
    words: Words
    value: Mapping[int, int] | None = None


def write_findings(index: Index, pattern: Pattern, parts: tuple[Signs, ...], strength: NDArray[np.float64]) -> list[Finding]:
    """Write one finding for every subject whose `strength` (over all entities) is above 0, citing the rows that speak of it.

    What value only passes, such as a transaction of Bitcoin, is nobody's and no subject.
    """
    strength = np.where(index.kinds == KIND_NAMES.index(INTERMEDIATE), 0.0, strength)
    chosen = np.flatnonzero(strength > 0)
    rows: dict[int, dict[str, NDArray[np.int64]]] = {int(code): {} for code in chosen}
    for part in parts:
        mine = part.take(strength[part.subject] > 0)
        if not len(mine.row):
            continue
        order = np.lexsort((mine.row, mine.subject))
        codes, begin = np.unique(mine.subject[order], return_index=True)
        for code, group in zip(codes.tolist(), np.split(mine.row[order], begin[1:]), strict=True):
            rows[code][part.table] = distinct(np.append(rows[code].get(part.table, group[:0]), group))
    if pattern.typology not in ASSOCIATIONS:
        raise KeyError(f"the association {pattern.typology!r} has no label in risk.association.labels")
    spoken = {code: rows[code] for code in sorted(rows) if rows[code]}
    spans, known = _spans(index, spoken), _known(index, spoken)
    return [
        _finding(index, pattern, (code, float(strength[code])), groups, (*spans[code], known[code]))
        for code, groups in spoken.items()
    ]


Groups = Mapping[int, Mapping[str, NDArray[np.int64]]]
"""Subject's code → the rows of each table that speak of it."""


def _spans(index: Index, spoken: Groups) -> dict[int, tuple[int, int]]:
    """Say of every subject when its rows begin and end; (0, 0) where none of them tells."""
    begun, out = _begun(index), {}
    for code, groups in spoken.items():
        times = np.concatenate([index.tables[table].t_us[group] for table, group in groups.items()])
        times = np.maximum(times[times != NULL], begun)
        out[code] = (int(times.min()), int(times.max())) if len(times) else (0, 0)
    return out


def _known(index: Index, spoken: Groups) -> dict[int, int]:
    """Say of every subject since when all its rows are known; asked once for each table."""
    latest = dict.fromkeys(spoken, NULL)
    for table in sorted({table for groups in spoken.values() for table in groups}):
        codes = [code for code, groups in spoken.items() if table in groups]
        parts = [spoken[code][table] for code in codes]
        begin = np.cumsum([0, *map(len, parts[:-1])])
        last = np.maximum.reduceat(index.known(table, np.concatenate(parts)), begin)
        latest |= {code: max(latest[code], int(moment)) for code, moment in zip(codes, last, strict=True)}
    return latest


def _finding(
    index: Index,
    pattern: Pattern,
    told: tuple[int, float],
    rows: Mapping[str, NDArray[np.int64]],
    times: tuple[int, int, int],
) -> Finding:
    """Write down one finding: of whom and how strongly (`told`), on which rows, from when to when, and known since."""
    (code, strength), (first, last, known), subject = told, times, index.entity(told[0])
    cited: list[Citation] = []
    for table, group in sorted(rows.items()):
        cited += index.rest_on(table, distinct(np.concatenate((group[:1], group[-CITED + 1 :]))))
    name = f"{pattern.typology}\0{VERSION}\0{subject}\0{first}"
    english, chinese = pattern.words(code)
    return Finding(
        finding_id=f"finding:{hashlib.sha256(name.encode()).hexdigest()[:20]}",
        typology=pattern.typology,
        typology_version=VERSION,
        subject=subject,
        first_at=to_moment(first),
        last_at=to_moment(last),
        hits=sum(len(group) for group in rows.values()),
        strength=round(min(1.0, strength), 6),
        reason_en=english,
        reason_zh=chinese,
        citations=tuple(sorted(set(cited))),
        value_minor=(pattern.value or {}).get(code),
        known_at=to_moment(known),
    )


def _begun(index: Index) -> int:
    """When the delivered events begin: a tie of long ago speaks from then on."""
    starts = [int(t.t_us[0]) for name, t in index.tables.items() if name in EVENTS and len(t) and t.t_us[0] != NULL]
    return min(starts, default=0)


def told_once(found: Sequence[Finding]) -> list[Finding]:
    """Keep of what several rounds say of one subject from one moment on the strongest: told again it is no further evidence."""
    best: dict[tuple[str, str, datetime], Finding] = {}
    for one in found:
        key = (one.typology, one.subject, one.first_at)
        known = best.get(key)
        if known is None or (one.strength, one.hits) > (known.strength, known.hits):
            best[key] = one
    return list(best.values())


def names_apart(given: Sequence[Finding], found: Sequence[Finding]) -> None:
    """Make sure that no finding bears the name of another, given or found: an alert would cite the wrong one.

    RuntimeError, a fault of this program, where one does.
    """
    taken = {one.finding_id for one in given}
    for one in found:
        if one.finding_id in taken:
            raise RuntimeError(f"two findings are named {one.finding_id}, one of {one.typology}; expected a name for each")
        taken.add(one.finding_id)
