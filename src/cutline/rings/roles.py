"""What each member does in its ring, from signatures that stand in `roles.yaml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cutline.graph.index import KIND_NAMES
from cutline.model.entities import ENTITY_KINDS, ROLES
from cutline.model.index import distinct
from cutline.rings.candidates import PRIVATE, RARE
from cutline.rings.config import RingConfig
from cutline.rings.measures import measure
from cutline.rings.signatures import Doubling, Signature, read_doublings, read_owners, read_signatures
from cutline.risk import LINKS, Ranking

ADOPTED = 0.95
"""What is left of a role's evidence when the owner adopts it from a tool, or a tool from its owner."""


OWNED = 0.5
"""What is left of it where the owner of a card has another role than the card."""


STEPS = 4
"""Ties of one hand along which evidence is passed: from an account over a token and a number to a handle (D)."""

LINES_TOLD = 3
"""Signatures that are told of a role, the strongest."""

SHARED = 3
"""Customers who bought through one account from which on it is nobody's own (D)."""

Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]

_DESK = next(k for k, link in enumerate(LINKS) if link.name == "desk")
_USER = next(k for k, link in enumerate(LINKS) if link.name == "desk_user")
_IDENTITY = np.array([link.identity for link in LINKS])


@dataclass(frozen=True, slots=True)
class Roles:
    """For every code the most likely role (position in ROLES, −1 unsure), its confidence in [0, 1], and what it rests on.

    `because` has for members with a role words in English and Chinese.
    """

    role: NDArray[np.int64]
    confidence: NDArray[np.float64]
    because: Mapping[int, tuple[str, str]]

    def of(self, code: int) -> tuple[str, float]:
        """Give the role's name, empty where unsure, and its confidence."""
        return (tuple(ROLES)[self.role[code]] if self.role[code] >= 0 else ""), float(self.confidence[code])


def assign_roles(ranking: Ranking, ring_of: NDArray[np.int64], config: RingConfig) -> Roles:
    """Say what each member does: its own signature first, else that of the person or tool it belongs to.

    A role is named from `config.role` on, and only if it leads the next by `config.role_lead`.
    """
    member = np.flatnonzero(ring_of >= 0)
    seen = _read(ranking, ring_of)
    said, hands = _evidence(seen), _hands(ranking, ring_of)
    person = seen.kinds == KIND_NAMES.index("person")
    own, told = seen.double(said), seen.double(_pass_on(said, seen.kinds, hands))
    certain = (own.max(axis=1, initial=0.0) >= config.role) & ~person  # a person is what all their tools say together
    table = np.where(certain[:, None], own, told)
    ranked = np.sort(table, axis=1)
    sure = (ranked[:, -1] >= config.role) & (ranked[:, -1] - ranked[:, -2] >= config.role_lead)
    role, confidence = np.full(len(ring_of), -1), np.zeros(len(ring_of))
    role[member] = np.where(sure, table.argmax(axis=1), -1)
    confidence[member] = np.where(sure, np.round(ranked[:, -1], 6), 0.0)
    words = _tell(seen, own, role[member], hands)
    return Roles(role, confidence, {int(member[at]): told for at, told in words.items()})


@dataclass(frozen=True, slots=True)
class _Seen:
    """The members by ascending code: their kinds, what was measured of each, and which signatures hold (rows) of whom.

    `doubled` says of whom (rows: doublings) the one role is taken for the other.
    """

    kinds: NDArray[np.uint8]
    measured: Mapping[str, NDArray[np.float64]]
    signatures: tuple[Signature, ...]
    holds: NDArray[np.bool_]
    doubled: NDArray[np.bool_]

    def double(self, evidence: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take one role for another where one hand does both."""
        out, names = evidence.copy(), tuple(ROLES)
        for doubling, fits in zip(read_doublings(), self.doubled, strict=True):
            one, other = names.index(doubling.role), names.index(doubling.other)
            at = fits & ((out[:, other] > 0) | (not doubling.already))
            out[at, other] = 1.0 - (1.0 - out[at, other]) * (1.0 - out[at, one])
            out[at, one] = 0.0
        return out

    def lines(self, at: int, role: str) -> list[tuple[str, str]]:
        """Say what speaks for a role of one member, the strongest first; what a card says of its owner too."""
        roles = {role, *(one for one, other in read_owners().items() if other == role)}
        both = zip(read_doublings(), self.doubled[:, at], strict=True)
        roles |= {doubling.role for doubling, fits in both if fits and doubling.other == role}
        mine = [s for s, holds in zip(self.signatures, self.holds[:, at], strict=True) if holds and s.role in roles]
        mine.sort(key=lambda s: -s.weight)
        numbers = {name: float(values[at]) for name, values in self.measured.items()}
        return [s.told(numbers) for s in mine[:LINES_TOLD]]


def _tell(seen: _Seen, own: NDArray[np.float64], role: NDArray[np.int64], hands: Pairs) -> dict[int, tuple[str, str]]:
    """Say for members with a role what it rests on: what holds of themselves, or of what is the same person's."""
    kept, size = _as_owners(own, seen.kinds)[0], max([len(own), *(int(end.max()) + 1 for end in hands if len(end))])
    graph = coo_matrix((np.ones(len(hands[0]), np.int8), hands), shape=(size, size))
    hand = connected_components(graph, directed=False)[1][: len(own)]
    told: dict[int, tuple[str, str]] = {}
    for one in distinct(role[role >= 0]).tolist():
        name, best = tuple(ROLES)[one], {}
        for at in np.lexsort((seen.kinds, kept[:, one])).tolist():
            if kept[at, one] > 0:
                best[int(hand[at])] = at
        for at in np.flatnonzero(role == one).tolist():
            giver = at if own[at, one] > 0 else best.get(int(hand[at]), at)
            lines = seen.lines(giver, name)
            kind = ENTITY_KINDS[KIND_NAMES[seen.kinds[giver]]]
            via = ("", "") if giver == at else (f"by the same person's {kind.en}: ", f"据同一人的{kind.zh}：")
            en, zh = via[0] + ", ".join(line[0] for line in lines), via[1] + "，".join(line[1] for line in lines)
            told[at] = f"{ROLES[name].en}: {en}", f"{ROLES[name].zh}：{zh}"
    return told


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


def _read(ranking: Ranking, ring_of: NDArray[np.int64]) -> _Seen:
    """Measure the members and say which signatures hold of whom."""
    member = np.flatnonzero(ring_of >= 0)
    kinds, measured = ranking.index.kinds[member], measure(ranking, ring_of)
    found, signatures = _subjects_by_typology(ranking, member), read_signatures()
    holds, doubled = _hold(signatures, kinds, measured), _hold(read_doublings(), kinds, measured)
    for k, signature in enumerate(signatures):
        if signature.finding:
            holds[k] &= found.get(signature.finding, np.zeros(len(member), np.bool_))
    return _Seen(kinds, measured, signatures, holds, doubled)


def _hold(
    lines: Sequence[Signature | Doubling], kinds: NDArray[np.uint8], measured: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.bool_]:
    """Say of which members (columns) the kind and the measures are what each line (rows) asks for."""
    holds = np.ones((len(lines), len(kinds)), np.bool_)
    for k, line in enumerate(lines):
        if line.kinds:
            holds[k] &= np.isin(kinds, [KIND_NAMES.index(kind) for kind in line.kinds])
        for name, (least, most) in line.bounds.items():
            holds[k] &= (measured[name] >= least) & (measured[name] <= most)
    return holds


def _evidence(seen: _Seen) -> NDArray[np.float64]:
    """What the signatures say of each member (rows, by code) for each role (columns of ROLES)."""
    doubt = np.ones((len(seen.kinds), len(ROLES)))
    for signature, holds in zip(seen.signatures, seen.holds, strict=True):
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
