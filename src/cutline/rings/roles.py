"""What each member does in its ring, from signatures that stand in `roles.yaml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cutline.errors import SourceError
from cutline.graph.index import KIND_NAMES
from cutline.model.entities import ENTITY_KINDS, ROLES
from cutline.rings.candidates import PRIVATE, RARE
from cutline.rings.config import RingConfig
from cutline.rings.measures import MEASURES, measure
from cutline.risk import LINKS, Ranking

ADOPTED = 0.9
"""What is left of a role's evidence when the owner adopts it from a tool, or a tool from its owner."""


OWNED = 0.9
"""What is left of it where the owner of a card has another role than the card."""


TOKENS = 8
"""Members of one hand among which evidence is passed, each to so many next to it (D)."""

_DESK = next(k for k, link in enumerate(LINKS) if link.name == "desk")
_IDENTITY = np.array([link.identity for link in LINKS])


@dataclass(frozen=True, slots=True)
class Signature:
    """One line of evidence: what must hold, and how much it says. `bounds`: measure → (least, most)."""

    role: str
    finding: str
    kinds: tuple[str, ...]
    bounds: Mapping[str, tuple[float, float]]
    weight: float


@dataclass(frozen=True, slots=True)
class Roles:
    """For every code the most likely role (position in ROLES, −1 unsure) and its confidence in [0, 1]."""

    role: NDArray[np.int64]
    confidence: NDArray[np.float64]

    def of(self, code: int) -> tuple[str, float]:
        """Give the role's name, empty where unsure, and its confidence."""
        return (tuple(ROLES)[self.role[code]] if self.role[code] >= 0 else ""), float(self.confidence[code])


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
        *sorted(line.keys() - {"finding", "kinds", "measures", "weight"}),
        *(kind for kind in line.get("kinds", ()) if kind not in ENTITY_KINDS),
        *(name for name in line.get("measures", {}) if name not in MEASURES),
        *(word for bound in line.get("measures", {}).values() for word in bound if word not in ("least", "most")),
    ]
    if unknown:
        raise SourceError(where, f"{unknown[0]!r}", "a known role, field, kind of entity or measure")
    weight = line.get("weight")
    if not isinstance(weight, int | float) or not 0 < weight < 1:
        raise SourceError(where, f"weight {weight!r}", "a number between 0 and 1")
    bounds = {n: (float(b.get("least", -np.inf)), float(b.get("most", np.inf))) for n, b in line.get("measures", {}).items()}
    return Signature(role, line.get("finding", ""), tuple(line.get("kinds", ())), bounds, float(weight))


def assign_roles(ranking: Ranking, ring_of: NDArray[np.int64], config: RingConfig) -> Roles:
    """Say what each member does: its own signature first, else that of the person or tool it belongs to.

    A role is named from `config.role` on, and only if it leads the next by `config.role_lead`.
    """
    member = np.flatnonzero(ring_of >= 0)
    own = _evidence(ranking, ring_of, read_signatures())
    pairs = _of_one_hand(ranking, ring_of)
    kept = _as_owners(own, ranking.index.kinds[member])
    person = ranking.index.kinds[member] == KIND_NAMES.index("person")
    both = 1.0 - (1.0 - own) * (1.0 - _adopt(pairs, kept, person))
    told = np.where(person[:, None], both, kept)
    both = np.maximum(both, _adopt(pairs, told, person))
    down = _adopt(pairs, both, ~person)
    certain = (own.max(axis=1, initial=0.0) >= config.role) & ~person  # a person is what all their tools say together
    table = np.where(certain[:, None], own, np.maximum(both, down))
    ranked = np.sort(table, axis=1)
    sure = (ranked[:, -1] >= config.role) & (ranked[:, -1] - ranked[:, -2] >= config.role_lead)
    role, confidence = np.full(len(ring_of), -1), np.zeros(len(ring_of))
    role[member] = np.where(sure, table.argmax(axis=1), -1)
    confidence[member] = np.where(sure, np.round(ranked[:, -1], 6), 0.0)
    return Roles(role, confidence)


def _as_owners(evidence: NDArray[np.float64], kinds: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Turn what is said of numbers and cards into what it says of the people who own them."""
    out, names = evidence.copy(), tuple(ROLES)
    card = np.isin(kinds, [KIND_NAMES.index(kind) for kind in ("phone", "subscriber")])
    for role, owners in read_owners().items():
        one, other = names.index(role), names.index(owners)
        out[card, other] = np.maximum(out[card, other], OWNED * evidence[card, one])
        out[card, one] = 0.0
    return out


def _evidence(ranking: Ranking, ring_of: NDArray[np.int64], signatures: Sequence[Signature]) -> NDArray[np.float64]:
    """What the signatures say of each member (rows, by code) for each role (columns of ROLES)."""
    member = np.flatnonzero(ring_of >= 0)
    kinds = ranking.index.kinds[member]
    measured = measure(ranking, ring_of)
    found = _subjects_by_typology(ranking, member)
    doubt = np.ones((len(member), len(ROLES)))
    for signature in signatures:
        holds = np.ones(len(member), np.bool_)
        if signature.finding:
            holds &= found.get(signature.finding, np.zeros_like(holds))
        if signature.kinds:
            holds &= np.isin(kinds, [KIND_NAMES.index(kind) for kind in signature.kinds])
        for name, (least, most) in signature.bounds.items():
            holds &= (measured[name] >= least) & (measured[name] <= most)
        doubt[holds, tuple(ROLES).index(signature.role)] *= 1.0 - signature.weight
    return 1.0 - doubt


def _subjects_by_typology(ranking: Ranking, member: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    found: dict[str, NDArray[np.bool_]] = {}
    for position, code in enumerate(member.tolist()):
        for weighed in ranking.evidence.accusing.get(code, ()):
            found.setdefault(weighed.finding.typology, np.zeros(len(member), np.bool_))[position] = True
    return found


def _of_one_hand(ranking: Ranking, ring_of: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of members of one ring that are one person's, as positions among the members.

    They are tied directly, or through numbers and accounts that are no members: an operator's token with a bank's. An address
    for which one account alone bought, and more than once, is its owner's.
    """
    member, links = np.flatnonzero(ring_of >= 0), ranking.links
    links = links.take(_IDENTITY[links.kind] | ((links.kind == _DESK) & (links.degree_b == 1) & (links.rows > 1)))
    inside = (ring_of[links.a] >= 0) & (ring_of[links.a] == ring_of[links.b])
    direct = np.searchsorted(member, links.a[inside]), np.searchsorted(member, links.b[inside])
    own = np.isin(ranking.index.kinds, [KIND_NAMES.index(kind) for kind in PRIVATE])
    between = links.take(own[links.a] & own[links.b] & ~((ring_of[links.a] >= 0) & (ring_of[links.b] >= 0)))
    between = between.take(between.rarity() >= RARE)
    size = len(ring_of)
    graph = coo_matrix((np.ones(len(between), np.int8), (between.a, between.b)), shape=(size, size))
    hand = connected_components(graph, directed=False)[1][member].astype(np.int64) * size + ring_of[member]
    order = np.argsort(hand, kind="stable")
    pairs = []
    for step in range(1, TOKENS):  # the members of a hand stand side by side
        near = hand[order[step:]] == hand[order[:-step]]
        pairs.append((order[:-step][near], order[step:][near]))
    return np.concatenate((direct[0], *(p[0] for p in pairs))), np.concatenate((direct[1], *(p[1] for p in pairs)))


def _adopt(
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]], evidence: NDArray[np.float64], to: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Pass evidence along ownership inside a ring, to the members in `to`, from the strongest tie only."""
    out = np.zeros_like(evidence)
    for giver, taker in (pairs, pairs[::-1]):
        chosen = to[taker]
        np.maximum.at(out, taker[chosen], ADOPTED * evidence[giver[chosen]])
    return out
