"""How good a set of hits is against what is known of the subjects: a synthetic delivery's truth, or what people decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cutline.errors import SourceError
from cutline.evaluation.files import read_columns
from cutline.evaluation.judgement import UNUSED
from cutline.model.judgements import Judgement, Verdict


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of subjects: those that truly belong, and those that truly do not (None: everybody else does not).

    `groups` says of the former what they are (a role), of the latter what they only look like. `source` says who knows it.
    """

    positives: frozenset[str]
    negatives: frozenset[str] | None
    groups: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


def read_truth(folder: Path) -> Known:
    """Read who belongs to a gang, with roles and look-alikes, from the truth of a synthetic delivery. Raises SourceError."""
    _need(folder, "subjects.csv")
    rows = read_columns(folder / "subjects.csv", ("entity", "role"), ("active",))
    used = {entity: role for entity, role, active in rows.iter_rows() if active not in UNUSED}
    like = dict(read_columns(folder / "look_alikes.csv", ("entity", "why")).iter_rows())
    return Known(frozenset(used), None, {**like, **used}, "truth of a synthetic delivery")


def known_from(judgements: Iterable[Judgement]) -> Known | None:
    """Take what officers decided and what stands of it, each subject's latest verdict; None where nothing was decided."""
    standing = [j for j in judgements if j.in_force and j.verdict in (Verdict.FRAUD, Verdict.INNOCENT)]
    latest = {j.subjects[0]: j.verdict for j in sorted(standing, key=lambda j: (j.decided_at, j.recorded_at, j.judgement_id))}
    if not latest:
        return None
    fraud = frozenset(entity for entity, verdict in latest.items() if verdict is Verdict.FRAUD)
    return Known(fraud, frozenset(latest) - fraud, {}, "judgements of this workspace that are in force")


def read_victims(folder: Path) -> frozenset[str]:
    """Read the persons who truly lost money: whom a warning is meant for. Raises SourceError."""
    _need(folder, "stolen.csv")
    return frozenset(read_columns(folder / "stolen.csv", ("victim",))["victim"].to_list())


def judge_hits(found: Set[str], known: Known) -> dict[str, Any]:
    """Say how many of the found truly belong (precision) and how many of those that belong are found (recall).

    Only subjects of which something is known are counted; a share of nothing is None. Recall is that of one typology alone: no
    typology sees everything.
    """
    right = len(found & known.positives)
    counted = len(found) if known.negatives is None else len(found & (known.positives | known.negatives))
    return {
        "found": len(found),
        "counted": counted,
        "right": right,
        "positives": len(known.positives),
        "precision": right / counted if counted else None,
        "recall": right / len(known.positives) if known.positives else None,
    }


def group_hits(found: Set[str], known: Known) -> dict[str, list[dict[str, Any]]]:
    """Say which roles were found, each of how many, and which innocent look-alikes were taken for them."""
    every, here = _groups(known.positives, known), _groups(found & known.positives, known)
    roles = [{"role": role, "found": here[role], "of": every[role]} for role in sorted(here, key=lambda r: (-here[r], r))]
    innocent = known.groups.keys() - known.positives
    mistaken = _groups(found & innocent, known)
    return {"roles": roles, "look_alikes": [{"like": like, "found": mistaken[like]} for like in sorted(mistaken)]}


def _groups(entities: Iterable[str], known: Known) -> Counter[str]:
    return Counter(known.groups.get(entity, "") or "no role" for entity in entities)


def _need(folder: Path, name: str) -> None:
    if not (folder / name).is_file():
        raise SourceError(str(folder), f"no {name}", "the truth/ folder of a synthetic delivery")
