"""What the findings of one subject say together: evidence on the same rows counts once, the strongest first."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.model.evidence import Citation, Finding
from cutline.model.index import Index
from cutline.model.moments import to_us
from cutline.risk.config import RiskConfig
from cutline.risk.links import Spans
from cutline.risk.lived import accusing


@dataclass(frozen=True, slots=True)
class Weighed:
    """A finding and what it adds: `weight` in [0, 1], after what stronger findings on the same rows already said."""

    finding: Finding
    weight: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """All findings, weighed: by subject, and as arrays over the index.

    `own` and `warning` are float64 in [0, 1]; `spans` tells when the accusing findings begin and end.
    """

    accusing: Mapping[int, tuple[Weighed, ...]]
    warnings: Mapping[int, tuple[Weighed, ...]]
    own: NDArray[np.float64]
    warning: NDArray[np.float64]
    spans: Spans


def weigh(index: Index, findings: Sequence[Finding], config: RiskConfig) -> Evidence:
    """Weigh every finding against the others of its subject; findings on subjects that the index lacks are left out."""
    by_subject: tuple[dict[int, list[Finding]], dict[int, list[Finding]]] = (defaultdict(list), defaultdict(list))
    for finding in (*accusing(index, findings), *(one for one in findings if one.warning)):
        code = index.code(finding.subject)
        if code >= 0:
            by_subject[finding.warning][code].append(finding)
    against, warnings = ({code: _marginal(group, config) for code, group in sorted(side.items())} for side in by_subject)
    spans = Spans(np.full(len(index), np.iinfo(np.int64).max), np.full(len(index), np.iinfo(np.int64).min))
    for code, group in against.items():
        spans.first_us[code] = min(to_us(w.finding.first_at) for w in group)
        spans.last_us[code] = max(to_us(w.finding.last_at) for w in group)
    return Evidence(against, warnings, _together(len(index), against), _together(len(index), warnings), spans)


def own_of(findings: Sequence[Finding], config: RiskConfig) -> float:
    """Say what the accusing findings of one subject say together, in [0, 1]."""
    return _jointly(_marginal(findings, config))


def _marginal(findings: Sequence[Finding], config: RiskConfig) -> tuple[Weighed, ...]:
    if len(findings) == 1:  # most subjects: nothing that could have been said before
        return (Weighed(findings[0], config.finding * min(1.0, max(0.0, findings[0].strength))),)
    ordered = sorted(findings, key=_strongest_first)
    told: set[Citation] = set()
    episodes: dict[str, int] = defaultdict(int)
    weighed = []
    for finding in ordered:
        rows = set(finding.citations)
        new = 1.0 - len(rows & told) / len(rows) if rows else 1.0
        again = config.repeat ** episodes[finding.typology]
        weighed.append(Weighed(finding, config.finding * min(1.0, max(0.0, finding.strength)) * new * again))
        told |= rows
        episodes[finding.typology] += 1
    return tuple(weighed)


def _strongest_first(finding: Finding) -> tuple[object, ...]:
    return (-finding.strength, finding.typology, finding.first_at, finding.last_at, -finding.hits, finding.finding_id)


def _together(size: int, groups: Mapping[int, Sequence[Weighed]]) -> NDArray[np.float64]:
    out = np.zeros(size)
    for code, group in groups.items():
        out[code] = _jointly(group)
    return out


def _jointly(group: Sequence[Weighed]) -> float:
    return 1.0 - math.prod(1.0 - w.weight for w in group)


def shared_rows(evidence: Evidence, most: int = 64) -> dict[tuple[int, int], float]:
    """Say which two subjects rest on the same rows: (one, other) → the share of the first one's rows that the other cites.

    A row that more than `most` subjects cite is left out, which bounds the pairs.
    """
    cited_by: dict[Citation, list[int]] = defaultdict(list)
    sizes: dict[int, int] = {}
    for code, group in evidence.accusing.items():
        rows = {citation for w in group for citation in w.finding.citations}
        sizes[code] = len(rows)
        for citation in rows:
            cited_by[citation].append(code)
    common: dict[tuple[int, int], int] = defaultdict(int)
    for codes in cited_by.values():
        if 1 < len(codes) <= most:
            for one in codes:
                for other in codes:
                    if one != other:
                        common[one, other] += 1
    return {pair: count / sizes[pair[0]] for pair, count in common.items()}
