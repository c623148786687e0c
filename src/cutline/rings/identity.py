"""A ring keeps its name from run to run as long as enough of it stays together."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence, Set

from cutline.model.evidence import Ring

LEAST_COMMON = 2


def name_rings(found: Sequence[Sequence[str]], previous: Sequence[Ring], overlap: float) -> list[str]:
    """Name each community of entity ids: the id of the earlier ring it continues, or a hash of its founding members.

    The pair with most members in common goes first; each earlier ring is continued at most once, so that of two parts of a
    split ring the larger keeps the name, and a merger keeps the larger ring's.
    """
    before = {ring.ring_id: {member.entity for member in ring.members} for ring in previous}
    rings_of: dict[str, list[str]] = defaultdict(list)
    for ring_id in sorted(before):
        for entity in sorted(before[ring_id]):
            rings_of[entity].append(ring_id)
    common: dict[tuple[int, str], int] = defaultdict(int)
    for k, members in enumerate(found):
        for entity in members:
            for ring_id in rings_of.get(entity, ()):
                common[k, ring_id] += 1
    names: dict[int, str] = {}
    taken: set[str] = set()
    for (k, ring_id), count in sorted(common.items(), key=lambda item: (-item[1], item[0][1], min(found[item[0][0]]))):
        enough = count >= LEAST_COMMON and count >= overlap * min(len(found[k]), len(before[ring_id]))
        if enough and k not in names and ring_id not in taken:
            names[k] = ring_id
            taken.add(ring_id)
    return [names.get(k) or _founding_name(members, before.keys()) for k, members in enumerate(found)]


def _founding_name(members: Sequence[str], used: Set[str]) -> str:
    text = "\n".join(sorted(members))
    while (name := "ring-" + hashlib.sha256(text.encode()).hexdigest()[:12]) in used:
        text += "\n"
    return name
