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

from cutline.errors import SourceError
from cutline.graph.index import KIND_NAMES
from cutline.model.entities import ENTITY_KINDS, ROLES
from cutline.model.index import distinct
from cutline.rings.candidates import PRIVATE, RARE
from cutline.rings.config import RingConfig
from cutline.rings.measures import MEASURES, measure
from cutline.risk import LINKS, Ranking

ADOPTED = 0.95
"""What is left of a role's evidence when the owner adopts it from a tool, or a tool from its owner."""


OWNED = 0.5
"""What is left of it where the owner of a card has another role than the card."""


STEPS = 4
"""Ties of one hand along which evidence is passed: from an account over a token and a number to a handle (D)."""

SHARED = 3
"""Customers who bought through one account from which on it is nobody's own (D)."""

Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]

_DESK = next(k for k, link in enumerate(LINKS) if link.name == "desk")
_USER = next(k for k, link in enumerate(LINKS) if link.name == "desk_user")
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
    person = ranking.index.kinds[member] == KIND_NAMES.index("person")
    told = _pass_on(own, ranking.index.kinds[member], _hands(ranking, ring_of))
    certain = (own.max(axis=1, initial=0.0) >= config.role) & ~person  # a person is what all their tools say together
    table = np.where(certain[:, None], own, told)
    ranked = np.sort(table, axis=1)
    sure = (ranked[:, -1] >= config.role) & (ranked[:, -1] - ranked[:, -2] >= config.role_lead)
    role, confidence = np.full(len(ring_of), -1), np.zeros(len(ring_of))
    role[member] = np.where(sure, table.argmax(axis=1), -1)
    confidence[member] = np.where(sure, np.round(ranked[:, -1], 6), 0.0)
    return Roles(role, confidence)


def _pass_on(own: NDArray[np.float64], kinds: NDArray[np.uint8], hands: Pairs) -> NDArray[np.float64]:
    """Pass evidence along what is one person's: a person is all that their tools say, and each of these what the person is.

    Between members may lie numbers and accounts that are none: `hands` has positions of members first, then of those. What
    somebody else works, such as the cards in a box, tells of its owner and of nobody who is only registered with it.
    """
    person, count = kinds == KIND_NAMES.index("person"), len(own)
    size = max([count, *(int(end.max()) + 1 for end in hands if len(end))])
    kept, worked = _as_owners(own, kinds)
    first, told = np.zeros((size, own.shape[1])), np.zeros((size, own.shape[1]))
    first[:count] = kept
    _adopt(hands, first, told)
    told = np.vstack((np.where(person[:, None], 1.0 - (1.0 - own) * (1.0 - told[:count]), own), 0.0 * told[count:]))
    closed = np.zeros(size, np.bool_)
    closed[:count] = worked
    free = ~(closed[hands[0]] | closed[hands[1]])
    for _ in range(STEPS):
        _adopt((hands[0][free], hands[1][free]), told.copy(), told)
    out = told[:count]
    out[np.ix_(~person, np.isin(tuple(ROLES), list(read_owners().values())))] = 0.0  # whoever works these is another
    return out


def _as_owners(evidence: NDArray[np.float64], kinds: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Turn what is said of numbers and cards into what it says of the people who own them; and say which others work."""
    out, names = evidence.copy(), tuple(ROLES)
    card, worked = np.isin(kinds, [KIND_NAMES.index(kind) for kind in ("phone", "subscriber")]), np.zeros(len(kinds), np.bool_)
    for role, owners in read_owners().items():
        one, other = names.index(role), names.index(owners)
        out[card, other] = np.maximum(out[card, other], OWNED * evidence[card, one])
        out[card, one] = 0.0
        worked |= card & (evidence[:, one] > 0)
    return out, worked


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


def _hands(ranking: Ranking, ring_of: NDArray[np.int64]) -> Pairs:
    """Pairs of things that are one person's: members by position, then whatever private things lie between them.

    An operator's token and a bank's are one person's through the number of an account, though neither may be a member. An
    address for which one account alone bought, and more than once, is its owner's; one for which a single customer of a desk
    bought is this customer's, and an account through which several bought is no one's of them.
    """
    links = ranking.links
    shared = (links.kind == _USER) & (links.degree_b >= SHARED)
    links = links.take((_IDENTITY[links.kind] & ~shared) | ((links.kind == _DESK) & (links.degree_b == 1) & (links.rows > 1)))
    member = ring_of >= 0
    own = member | np.isin(ranking.index.kinds, [KIND_NAMES.index(kind) for kind in PRIVATE])
    inside = member[links.a] & (ring_of[links.a] == ring_of[links.b])
    between = ~(member[links.a] & member[links.b]) & own[links.a] & own[links.b] & (links.rarity() >= RARE)
    near = member.copy()
    near[links.b[between & member[links.a]]] = True
    near[links.a[between & member[links.b]]] = True
    links = links.take(inside | (between & near[links.a] & near[links.b]))
    position = np.cumsum(member) - 1
    other = near & ~member
    position[other] = int(member.sum()) + np.arange(int(other.sum()))
    user, address = _customers(ranking, member)
    return np.concatenate((position[links.a], position[user])), np.concatenate((position[links.b], position[address]))


def _customers(ranking: Ranking, member: NDArray[np.bool_]) -> Pairs:
    """Give the members who ordered at desks, with the addresses to which nobody else did."""
    orders = ranking.index.tables.get("orders")
    if orders is None or not len(orders):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    user, address = orders.columns["user"], orders.columns["address"]
    at = np.flatnonzero((user >= 0) & (address >= 0))
    pairs = distinct(address[at].astype(np.int64) * len(member) + user[at])
    to, who = pairs // len(member), pairs % len(member)
    alone = (np.bincount(to, minlength=len(member))[to] == 1) & member[who] & member[to]
    return who[alone], to[alone]


def _adopt(pairs: Pairs, evidence: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Raise what is said of one end of each pair to what is said of the other, a little less; from the strongest tie only."""
    for giver, taker in (pairs, pairs[::-1]):
        np.maximum.at(out, taker, ADOPTED * evidence[giver])
