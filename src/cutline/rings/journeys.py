"""Whose travellers a payer of fares sent off: who buys tickets for several gangs has people of each, called by its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import distinct
from cutline.rings.company import company_pairs
from cutline.rings.talk import private
from cutline.risk import Ranking

LEAST = 3
"""Travellers whom one gang talked to, and another gang others of the same payer's, for the two not to be one party (D)."""

PART = 0.2
"""Share of the travellers with company that the smaller of the two must have (D)."""

STEPS = 3
"""Ties from a traveller's token to his internet account: his operator's token, his number, the account (D)."""

Ints = NDArray[np.int64]


def join_parted(label: Ints, ranking: Ranking, join: Callable[[Ints], Ints]) -> Ints:
    """Join communities by `join`, where several gangs talked to one payer's travellers each one's by themselves.

    `label` gives the community of every entity, −1 for none. The others are joined first without the travellers, so that two
    recruiters of one gang are not taken for two gangs. Who paid for several gangs' people tells nothing of either; he stands
    with those for most of whom he paid.
    """
    parties = _parties(label, ranking)
    if not parties:
        return join(label)
    whose = np.full(len(label), -1)
    for payer, people in parties.values():
        whose[people], whose[payer] = people, payer
    whose = private(whose, ranking, STEPS)
    gangs = private(join(np.where(np.isin(label, list(parties)), -1, label)), ranking)
    talked_to = _talked_to(whose, gangs, ranking)
    parted, following = label.copy(), int(label.max()) + 1
    served: list[tuple[NDArray[np.bool_], int]] = []
    for community, (payer, people) in parties.items():
        first, *others = _by_gang(people, talked_to[people])
        here = label == community
        for part in others:
            parted[here & np.isin(whose, part)] = following
            following += 1
        if others:
            served.append((here & (whose == payer), int(first[0])))
    for things, _ in served:
        parted[things] = -1
    out = join(parted)
    for things, traveller in served:
        out[things] = out[traveller]
    return out


def _by_gang(people: Ints, gang: Ints) -> list[Ints]:
    """Divide a party by whose company each keeps, the largest part first; where there is one gang alone, it is not divided."""
    count = np.bincount(gang[gang >= 0], minlength=1)
    parts = np.flatnonzero((count >= LEAST) & (count >= PART * count.sum()))
    ordered = parts[np.argsort(-count[parts], kind="stable")]
    return [people[gang == part] for part in ordered.tolist()] if len(parts) > 1 else [people]


def _parties(label: Ints, ranking: Ranking) -> dict[int, tuple[int, Ints]]:
    """Communities in which one payer paid the fares of many: the payer, and who travelled."""
    fares = ranking.links.of("fare")
    fares = fares.take((label[fares.a] >= 0) & (label[fares.a] == label[fares.b]))
    out: dict[int, tuple[int, Ints]] = {}
    for payer in distinct(fares.a).tolist():  # payers of suspects' fares, not events
        people = np.sort(fares.b[fares.a == payer]).astype(np.int64)
        community = int(label[payer])
        if len(people) >= 2 * LEAST and (community not in out or len(people) > len(out[community][1])):
            out[community] = payer, people
    return out


def _talked_to(whose: Ints, gangs: Ints, ranking: Ranking) -> Ints:
    """Give for every traveller (by code) the gang whose people talked to him, −1 where none did or several."""
    known = np.where(whose >= 0, whose, gangs)
    a, b = company_pairs(known, ranking)
    least, most = np.full(len(gangs), np.iinfo(np.int64).max), np.full(len(gangs), -1)
    for one, other in ((a, b), (b, a)):
        met = (whose[one] >= 0) & (whose[other] < 0) & (gangs[other] >= 0)
        np.minimum.at(least, whose[one[met]], gangs[other[met]])
        np.maximum.at(most, whose[one[met]], gangs[other[met]])
    return np.where(least == most, most, -1)
