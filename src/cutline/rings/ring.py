"""Rings: communities of risky entities, each member with its role and why it belongs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from cutline.graph.index import Index
from cutline.model.evidence import Finding, Member, Ring
from cutline.rings.arrivals import join_arrived
from cutline.rings.boxes import part_boxes
from cutline.rings.candidates import Candidates, choose, hands_of, same_hand, weigh_links
from cutline.rings.carried import NOTHING, Carried, join_carried
from cutline.rings.communities import Web, communities, let_go
from cutline.rings.company import join_company
from cutline.rings.config import RingConfig
from cutline.rings.dealings import Dealings, read_dealings
from cutline.rings.identity import name_rings
from cutline.rings.journeys import join_parted
from cutline.rings.measures import needed_columns as measured_columns
from cutline.rings.membership import belonging, explain
from cutline.rings.roles import Roles, assign_roles
from cutline.rings.sources import join_fed
from cutline.rings.talk import join_spoken
from cutline.rings.testimony import part_reports
from cutline.rings.victims import have_victims, join_reached
from cutline.risk import Links, Ranking
from cutline.risk import needed_columns as risk_columns


def needed_columns() -> dict[str, tuple[str, ...]]:
    """Which columns of which tables rings and alerts read; none of them is a protected attribute."""
    merged: dict[str, dict[str, None]] = {}
    for part in (
        risk_columns(),
        measured_columns(),
        {
            "reports": ("kind", "person", "narrative"),
            "posts": ("title", "text"),
            "sessions": ("handle", "place"),
            "movements": ("person", "direction", "kind", "to_place", "payer"),
        },
    ):
        for table, names in part.items():
            merged.setdefault(table, {}).update(dict.fromkeys(names))
    return {table: tuple(names) for table, names in merged.items()}


def find_rings(
    index: Index,
    ranking: Ranking,
    findings: Sequence[Finding],
    config: RingConfig | None = None,
    previous: Sequence[Ring] = (),
    carried: Carried = NOTHING,
) -> tuple[Ring, ...]:
    """Find the gangs: communities in which at least two people's tools have findings of their own.

    Rings stand by falling score, then by id. `previous` are the rings of the run before: one that goes on keeps its id.
    `carried` are the transfers that carried reported losses, from what these were paid from.
    Deterministic: one thread, a fixed seed, and an order of entities that their names cannot change.
    """
    config = config or RingConfig()
    chosen = choose(ranking, config)
    links, weight = part_boxes(*part_reports(*weigh_links(ranking, chosen), index), ranking)
    label = _communities(ranking, chosen, (links, weight, carried), config)
    groups = _large_enough(label, ranking, chosen, config)
    if not groups:
        return ()
    ring_of = np.full(len(index), -1)
    for k, group in enumerate(groups):
        ring_of[group] = k
    roles = assign_roles(ranking, ring_of, config)
    belongs = belonging(links, weight, ring_of)
    ids = name_rings([[index.entity(int(code)) for code in group] for group in groups], previous, config.overlap)
    spans = _spans(findings, index, ring_of)
    because = explain(ranking, links, ring_of)
    rings = []
    for k, group in enumerate(groups):
        members = tuple(_member(index, int(code), roles, float(belongs[code]), because[int(code)]) for code in group)
        best = np.sort(ranking.score[group])[-3:]
        rings.append(Ring(ids[k], members, float(np.round(best.mean(), 9)), *spans.get(k, (None, None))))
    return tuple(sorted(rings, key=lambda ring: (-ring.score, ring.ring_id)))


def _member(index: Index, code: int, roles: Roles, belongs: float, because: tuple[str, str]) -> Member:
    role, confidence = roles.of(code)
    doing = roles.because.get(code, ("", ""))
    en, zh = "; ".join(filter(None, (doing[0], because[0]))), "；".join(filter(None, (doing[1], because[1])))
    return Member(index.entity(code), role, confidence, belongs, en, zh)


def _communities(
    ranking: Ranking, chosen: Candidates, weighted: tuple[Links, NDArray[np.float64], Carried], config: RingConfig
) -> NDArray[np.int64]:
    links, weight, carried = weighted
    label = np.full(len(chosen.node), -1)
    codes = np.flatnonzero(chosen.node)
    if not len(codes):
        return label
    a, b = np.searchsorted(codes, links.a), np.searchsorted(codes, links.b)
    hands = same_hand(len(codes), a, b, links)
    one, other = np.minimum(hands[a], hands[b]), np.maximum(hands[a], hands[b])
    apart = one != other
    count = int(hands.max()) + 1
    pairs, group = np.unique(one[apart] * count + other[apart], return_inverse=True)
    together = np.bincount(group, weight[apart], minlength=len(pairs)).astype(np.float64)
    web = Web(_colours(ranking, codes, hands), pairs // count, pairs % count, together)
    divided = communities(web, config.resolution, config.join, config.random_seed)
    label[codes] = let_go(divided, web, config.hold)[hands]

    dealings = read_dealings(label >= 0, ranking, carried)

    def join(part: NDArray[np.int64]) -> NDArray[np.int64]:
        return _join(part, ranking, (links, weight, carried, dealings), config)

    return join_parted(label, ranking, join)


def _join(
    label: NDArray[np.int64],
    ranking: Ranking,
    read: tuple[Links, NDArray[np.float64], Carried, Dealings],
    config: RingConfig,
) -> NDArray[np.int64]:
    """Join communities that are one gang: by money, by victims, by where their people went, by whose company they keep."""
    links, weight, carried, dealings = read
    whole = ranking.links
    near = whole.take((label[whole.a] >= 0) | (label[whole.b] >= 0))
    label = join_carried(label, carried)  # whose losses arrive is surer than who pays most
    label = join_fed(label, near, config.fed, have_victims(label, dealings, int(label.max()) + 1))
    label = join_reached(join_spoken(label, ranking), dealings)
    label = join_arrived(join_carried(label, carried), ranking.index)
    return join_company(label, ranking, (links, weight), dealings)


def _colours(ranking: Ranking, codes: NDArray[np.int64], hands: NDArray[np.int64]) -> NDArray[np.uint64]:
    """What a hand is, whatever its parts are called: their kinds and scores."""
    parts = np.round(ranking.score[codes] * 1e9).astype(np.int64) + (ranking.index.kinds[codes].astype(np.int64) << 40)
    out = np.zeros(int(hands.max()) + 1, np.int64)
    np.add.at(out, hands, parts)
    return out.astype(np.uint64)


def _large_enough(
    label: NDArray[np.int64], ranking: Ranking, chosen: Candidates, config: RingConfig
) -> list[NDArray[np.int64]]:
    """A ring has several hands with findings of their own; one person with a suspect phone and account is a lone subject."""
    members = np.flatnonzero(chosen.member & (label >= 0))
    order = members[np.argsort(label[members], kind="stable")]
    groups = np.split(order, np.flatnonzero(np.diff(label[order])) + 1) if len(order) else []
    hand_of = np.full(len(label), -1)
    for k, hand in enumerate(hands_of(ranking.links, members.tolist())):
        hand_of[list(hand)] = k
    return [group for group in groups if _is_ring(group, hand_of, len(group), config)]


def _is_ring(seeds: NDArray[np.int64], hand_of: NDArray[np.int64], members: int, config: RingConfig) -> bool:
    hands = len(np.unique(hand_of[seeds]))
    return members >= config.least_members and (hands >= config.least_hands or len(seeds) >= config.least_seeds)


def _spans(findings: Sequence[Finding], index: Index, ring_of: NDArray[np.int64]) -> dict[int, tuple[datetime, datetime]]:
    spans: dict[int, tuple[datetime, datetime]] = {}
    for finding in findings:
        code = index.code(finding.subject)
        if finding.warning or code < 0 or ring_of[code] < 0:
            continue
        ring = int(ring_of[code])
        first, last = spans.get(ring, (finding.first_at, finding.last_at))
        spans[ring] = (min(first, finding.first_at), max(last, finding.last_at))
    return spans
