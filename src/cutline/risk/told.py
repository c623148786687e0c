"""What findings of company say of neighbours already: the same rows, as links to these neighbours, say nothing more."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import KIND_NAMES, EventTable, Index, distinct
from cutline.risk.association.labels import ASSOCIATIONS
from cutline.risk.findings import Evidence
from cutline.risk.links import LINKS, Link


def told_links(index: Index, evidence: Evidence) -> NDArray[np.int64]:
    """Give the links that some row makes which an association of one end cites: what reaches that end through them.

    Such a finding says that the neighbour is a suspect. What a typology finds is said of whomever the rows tie to, and that
    one of these is a suspect is news.

    As numbers, ascending: (code of the other end · entities + code of the subject) · kinds of links + position in `LINKS`. A
    finding cites a handful of its rows; a link of many rows is told if one of them is. Cost: a look-up for each citation.
    """
    rows: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for code, group in evidence.accusing.items():
        for citation in {c for w in group if w.finding.typology in ASSOCIATIONS for c in w.finding.citations}:
            if (row := index.row_of(citation)) >= 0:
                rows[citation.table].append((row, code))
    keys = [np.empty(0, np.int64)]
    for position, link in enumerate(LINKS):
        table = index.tables.get(link.table)
        if table is not None and rows[link.table] and {link.a, link.b} <= table.columns.keys():
            row, subject = np.array(rows[link.table], np.int64).T
            other = _others(index, table, link, (row, subject))
            met = other >= 0
            keys.append((other[met] * len(index) + subject[met]) * len(LINKS) + position)
    return distinct(np.concatenate(keys))


def _others(
    index: Index, table: EventTable, link: Link, told: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> NDArray[np.int64]:
    """Give for each (row, subject) whom the row ties the subject to by this kind of link, −1 nobody."""
    row, subject = told
    a, b = (table.columns[end][row].astype(np.int64) for end in (link.a, link.b))
    other = np.where(b == subject, a, np.where(a == subject, b, -1))
    made = (a >= 0) & (b >= 0) & (a != b)
    if link.relation:
        made &= table.columns["relation"][row] == table.category("relation", link.relation)
        made &= (index.kinds[b] == KIND_NAMES.index("ip")) == link.to_ip
    return np.where(made, other, -1)
