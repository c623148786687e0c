"""Websites as company: pages of one build, of which several people who lost money name some."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.model.evidence import Finding
from cutline.model.index import KIND_NAMES, Index, distinct
from cutline.risk.association.signs import Pattern, Signs, write_findings

Bools = NDArray[np.bool_]

BUILDS = ("certificate", "app_id")
"""Facts that pages of one maker have in common."""

PAGES = 30
"""Pages of one build beyond which it is a host's or a shop system's, used by everybody (D)."""

NAMED = 0.2
"""Share of a build's pages that must be named by victims: one bad page at a host says nothing of its other customers (D)."""

VICTIMS = 2
"""Victims who must name pages of a build; one report never brands."""


def built_alike(index: Index, reporters: Bools, barred: Bools) -> list[Finding]:
    """Find the pages that share a certificate or an app's id with pages which several people who lost money name."""
    ties, facts, size = index.tables.get("ties"), index.tables.get("facts"), len(index)
    if ties is None or facts is None or "relation" not in ties.columns or "value" not in facts.texts:
        return []
    a, b = ties.columns["a"], ties.columns["b"]
    told = np.flatnonzero((ties.columns["relation"] == ties.category("relation", "mentions")) & (a >= 0) & (b >= 0))
    told = told[reporters[a[told]] & (index.kinds[b[told]] == KIND_NAMES.index("website"))]
    if not len(told):
        return []
    build, row, page = _builds(index)
    victims, named, pages = (np.zeros(int(build.max(initial=-1)) + 1, np.int64) for _ in range(3))
    np.add.at(pages, build, 1)
    of_told = np.isin(page, b[told])
    np.add.at(named, build[of_told], 1)
    for one in np.flatnonzero(named):  # the pages that victims name are few
        victims[one] = len(distinct(a[told][np.isin(b[told], page[build == one])].astype(np.int64)))
    bad = (victims >= VICTIMS) & (pages >= 2) & (pages <= PAGES) & (named >= NAMED * pages)
    mine = bad[build] & ~barred[page]
    best = np.zeros(size, np.int64)
    np.maximum.at(best, page[mine], victims[build[mine]])
    strength = np.where(best > 0, np.minimum(1.0, 0.4 + 0.05 * best), 0.0)

    def words(code: int) -> tuple[str, str]:
        return (
            f"Has the certificate or app id of pages that {best[code]} people who reported a loss name.",
            f"与被{best[code]}名报案受损者提及的网页使用同一证书或应用标识。",
        )

    found = Signs("facts", row[mine], page[mine], build[mine], np.ones(int(mine.sum())))
    return write_findings(index, Pattern("built-alike", words), (found,), strength)


def _builds(index: Index) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Number the builds of pages: for each distinct (build, page) the build's number, a row of `facts` and the page."""
    facts = index.tables["facts"]
    entity, attribute, value = (facts.columns[name] for name in ("entity", "attribute", "value"))
    names = [facts.category("attribute", name) for name in BUILDS]
    rows = np.flatnonzero(np.isin(attribute, names) & (value >= 0) & (entity >= 0))
    rows = rows[index.kinds[entity[rows]] == KIND_NAMES.index("website")]
    told = attribute[rows].astype(np.int64) * (len(facts.texts["value"]) + 1) + value[rows]
    _, build = np.unique(told, return_inverse=True)
    _, first = np.unique(build * len(index) + entity[rows], return_index=True)
    return build[first].astype(np.int64), rows[first], entity[rows][first].astype(np.int64)
