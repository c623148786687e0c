"""What officers decide about entities: records that only grow, each with who, when, on what basis and why."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cutline.model.entities import Label

MACHINE = "machine: "
"""How the proposer is called where a program proposed: an officer who decides on it is the second pair of eyes."""


class Verdict(StrEnum):
    """What is decided: of two entities whether they are one, of one what a closed case found, or that a judgement is lifted."""

    SAME = "same"
    DIFFERENT = "different"
    FRAUD = "fraud"
    INNOCENT = "innocent"
    REVERSED = "reversed"


LABELS: dict[Verdict, Label] = {
    Verdict.SAME: Label("one and the same", "认定为同一主体"),
    Verdict.DIFFERENT: Label("not the same", "认定为不同主体"),
    Verdict.FRAUD: Label("fraud, decided", "已认定涉诈"),
    Verdict.INNOCENT: Label("innocent, decided", "已认定无关"),
    Verdict.REVERSED: Label("an earlier judgement lifted", "撤销此前认定"),
}

SUBJECTS = {Verdict.SAME: 2, Verdict.DIFFERENT: 2, Verdict.FRAUD: 1, Verdict.INNOCENT: 1, Verdict.REVERSED: 0}
"""How many entities each verdict is about; a reversal is about a judgement."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One judgement as it stands: proposed by one, in force once another has approved it, until a later one reverses it.

    `decided_at` is when the case was decided, `recorded_at` when it was written here (UTC). `reverses` and `reversed_by` are
    ids of judgements. `detail` is what the proposal rested on, as plain values.
    """

    judgement_id: str
    verdict: Verdict
    subjects: tuple[str, ...]
    decided_at: datetime
    recorded_at: datetime
    proposer: str
    approver: str
    legal_basis: str
    reason: str
    reverses: str = ""
    reversed_by: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)

    @property
    def in_force(self) -> bool:
        """Whether it has been approved and not been reversed."""
        return bool(self.approver) and not self.reversed_by

    @property
    def status(self) -> str:
        """Where it stands, in one word: proposed, in force, reversed."""
        return "reversed" if self.reversed_by else "in force" if self.approver else "proposed"


@dataclass(frozen=True, slots=True)
class Resolution:
    """Which entities are one by judgement: `leader` gives for each of them the id under which analysis knows it."""

    leader: Mapping[str, str] = field(default_factory=dict)
    version: str = ""

    def of(self, entity: str) -> str:
        """Give the id under which an entity is known: its own where no judgement says otherwise."""
        return self.leader.get(entity, entity)


def resolve_same(judgements: Iterable[Judgement]) -> Resolution:
    """Join what judgements in force say is the same; of several ids a national one leads, else the first in order.

    The version hashes the pairs: equal versions join equally. Without any pair it is empty.
    """
    pairs = sorted({j.subjects for j in judgements if j.verdict is Verdict.SAME and j.in_force})
    leader: dict[str, str] = {}

    def find(entity: str) -> str:
        while leader.setdefault(entity, entity) != entity:
            entity = leader[entity]
        return entity

    for a, b in pairs:
        first, second = sorted((find(a), find(b)), key=lambda e: (not e.startswith("person:id/"), e))
        leader[second] = first
    said = "\n".join("\t".join(pair) for pair in pairs)
    version = hashlib.sha256(said.encode()).hexdigest()[:12] if pairs else ""
    return Resolution({entity: find(entity) for entity in sorted(leader)}, version)


@dataclass(frozen=True, slots=True)
class Weight:
    """What one attribute adds to a proposal (above 0) or takes from it, in bits: +1 makes the odds twice as good."""

    attribute: str
    bits: float
    text_en: str
    text_zh: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two tokens that a program takes for one. It joins nothing: an officer judges. `probability` is what the model says."""

    proposal_id: str
    subjects: tuple[str, str]
    probability: float
    weights: tuple[Weight, ...]


def proposal_id(first: str, second: str) -> str:
    """Give the id of the proposal that two tokens are one, which stays the same from run to run."""
    return hashlib.sha256(f"same\0{first}\0{second}".encode()).hexdigest()[:12]


def closed_cases(judgements: Iterable[Judgement]) -> list[Judgement]:
    """Give the judgements in force that say of somebody what a closed case found."""
    return [j for j in judgements if j.in_force and j.verdict in (Verdict.FRAUD, Verdict.INNOCENT)]


def version_of_closed(judgements: Iterable[Judgement]) -> str:
    """Hash the closed cases that stand: a run with another version has something else to learn from. Empty without any."""
    ids = sorted(j.judgement_id for j in closed_cases(judgements))
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()[:12] if ids else ""
