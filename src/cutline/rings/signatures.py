"""Signatures: what each role looks like, as `roles.yaml` says it, checked before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

import numpy as np
import yaml

from cutline.errors import SourceError
from cutline.model.entities import ENTITY_KINDS, ROLES, Label
from cutline.rings.measures import MEASURES

SHARES = frozenset({"ring_payer_share", "ring_payee_share", "mutual", "kept"})
"""Measures from 0 to 1, told as percentages."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One line of evidence: what must hold, how much it says, and in what words. `bounds`: measure → (least, most)."""

    role: str
    finding: str
    kinds: tuple[str, ...]
    bounds: Mapping[str, tuple[float, float]]
    weight: float
    words: Label

    def told(self, measured: Mapping[str, float]) -> tuple[str, str]:
        """Say what holds, with the numbers of one member, in both languages."""
        shown = {name: f"{value:.0%}" if name in SHARES else f"{value:,.0f}" for name, value in measured.items()}
        return self.words.en.format(**shown), self.words.zh.format(**shown)


@dataclass(frozen=True, slots=True)
class Doubling:
    """Where one hand does two things, as in a small gang: who does `role` is of `other`.

    `already`: only those for whose other role something speaks already. `bounds`: measure → (least, most).
    """

    role: str
    other: str
    kinds: tuple[str, ...]
    bounds: Mapping[str, tuple[float, float]]
    already: bool


@cache
def read_signatures() -> tuple[Signature, ...]:
    """Read the shipped signatures."""
    return parse_signatures(files("cutline.rings").joinpath("roles.yaml").read_text(encoding="utf-8"), "roles.yaml")


@cache
def read_owners() -> Mapping[str, str]:
    """Read which role the owner of a card has, where it is not the card's own: role of the card → role of the owner."""
    content = yaml.safe_load(files("cutline.rings").joinpath("roles.yaml").read_text(encoding="utf-8"))
    owners: dict[str, str] = content.get("owners", {})
    if unknown := {*owners, *owners.values()} - set(ROLES):
        raise SourceError("roles.yaml, owners", f"the role {sorted(unknown)[0]!r}", f"one of {', '.join(ROLES)}")
    return owners


@cache
def read_doublings() -> tuple[Doubling, ...]:
    """Read which roles one hand may have together."""
    return parse_doublings(files("cutline.rings").joinpath("roles.yaml").read_text(encoding="utf-8"), "roles.yaml")


def parse_doublings(text: str, name: str) -> tuple[Doubling, ...]:
    """Read from YAML which roles one hand may have together. SourceError names the line that asks for something unknown."""
    out = []
    for k, line in enumerate(yaml.safe_load(text).get("one_hand", ())):
        unknown = [
            *sorted(line.keys() - {"role", "is", "kinds", "measures", "already"}),
            *(role for role in (line.get("role"), line.get("is")) if role not in ROLES),
            *_unknown(line),
        ]
        if unknown:
            raise SourceError(
                f"{name}, one_hand, line {k + 1}", f"{unknown[0]!r}", "a known role, field, kind of entity or measure"
            )
        out.append(Doubling(line["role"], line["is"], tuple(line.get("kinds", ())), _bounds(line), bool(line.get("already"))))
    return tuple(out)


def _unknown(line: Mapping[str, Any]) -> list[str]:
    """Name the kinds, measures and bounds of a line that there are not."""
    return [
        *(kind for kind in line.get("kinds", ()) if kind not in ENTITY_KINDS),
        *(name for name in line.get("measures", {}) if name not in MEASURES),
        *(word for bound in line.get("measures", {}).values() for word in bound if word not in ("least", "most")),
    ]


def _bounds(line: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    return {n: (float(b.get("least", -np.inf)), float(b.get("most", np.inf))) for n, b in line.get("measures", {}).items()}


def parse_signatures(text: str, name: str) -> tuple[Signature, ...]:
    """Read signatures from YAML. SourceError names the role and line that asks for something unknown."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SourceError(name, str(error), "YAML") from error
    if not isinstance(content, dict) or not isinstance(content.get("roles"), dict):
        raise SourceError(name, "no list of roles", "a mapping `roles:`")
    return tuple(
        _signature(f"{name}, {role}, line {k + 1}", role, line)
        for role, lines in content["roles"].items()
        for k, line in enumerate(lines)
    )


def _signature(where: str, role: str, line: Mapping[str, Any]) -> Signature:
    unknown = [
        *([role] if role not in ROLES else []),
        *sorted(line.keys() - {"finding", "kinds", "measures", "weight", "en", "zh"}),
        *_unknown(line),
    ]
    if unknown:
        raise SourceError(where, f"{unknown[0]!r}", "a known role, field, kind of entity or measure")
    weight = line.get("weight")
    if not isinstance(weight, int | float) or not 0 < weight < 1:
        raise SourceError(where, f"weight {weight!r}", "a number between 0 and 1")
    words = Label(str(line.get("en", "")), str(line.get("zh", "")))
    if not all(words) or (named := {n for text in words for _, n, _, _ in Formatter().parse(text) if n} - set(MEASURES)):
        raise SourceError(where, f"{sorted(named)[0]!r}" if all(words) else "no words", "en and zh, which name measures alone")
    return Signature(role, line.get("finding", ""), tuple(line.get("kinds", ())), _bounds(line), float(weight), words)
