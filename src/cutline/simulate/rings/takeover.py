"""Key cards in a ring: a mule's that holds the ring's key, and a stranger's that is issued anew and obeys the ring since."""

import numpy as np

from cutline.simulate.key_cards import reissue
from cutline.simulate.people import AGENT
from cutline.simulate.randomness import DAY, heavy
from cutline.simulate.rings.equipment import holder_role
from cutline.simulate.rings.gang import Ring
from cutline.simulate.rings.laundering import Laundering
from cutline.simulate.rings.second_chain import EVM_DEPTH
from cutline.simulate.world import World


def hold_key(world: World, ring: Ring) -> None:
    """The key of the ring's first address on the EVM chain lives on the card of a member from the province."""
    rng = world.chance.of(f"key card {ring.name}")
    locals_ = [p for p in ring.of("launderer", "mule") if p < world.config.people]
    if not ring.evm_collecting or not locals_ or rng.random() >= world.config.key_held:
        return
    person = int(rng.choice(locals_))
    line = world.persons["line"][person]
    world.lines.put("key", np.array([line]), ring.evm_collecting[0])
    world.subject("phone", line, ring.name, holder_role(ring, person))


def take_over_keys(world: World, ring: Ring, laundering: Laundering) -> None:
    """A stranger's number is put on a new card, and within hours the wallet pays all it has to the ring."""
    own = world.chance.of(f"takeover {ring.name}")
    if not ring.evm_collecting or own.random() >= world.config.taken_over:
        return
    lines, taken = world.lines, {theft["person"] for theft in world.stolen}
    keyed = [r for kind, rows, why in world.look_alikes if kind == "phone" and why == "key_card" for r in rows]
    fit = [int(r) for r in keyed if lines["until"][r] < 0 and int(lines["person"][r]) not in taken]
    if not fit:
        return
    line = int(own.choice(fit))
    time = int(own.integers(ring.start, max(ring.start + 1, ring.end - 2 * DAY)))
    shops = np.flatnonzero(world.orgs["kind"] == AGENT)
    reissue(world, np.array([line]), np.array([time]), int(own.choice(shops)))
    _empty(world, ring, laundering, (int(lines["person"][line]), int(lines["key"][line]), time), own)


def _empty(world: World, ring: Ring, laundering: Laundering, wallet: tuple[int, int, int], rng: np.random.Generator) -> None:
    person, address, reissued = wallet
    time = reissued + int(rng.integers(1200, 6 * 3600))
    amount = int(heavy(rng, 1, 3_200, 0.8)[0]) * 10_000
    payee = int(ring.evm_collecting[0])
    theft = {"tag": len(world.stolen), "ring": ring.name, "person": person, "amount": amount, "time": time, "payer": address}
    ends = (np.array([address]), np.array([payee]), np.array([time]), np.array([amount]))
    if not len(laundering.exchange.chain.send(*ends, tag=theft["tag"])):
        return
    world.stolen.append({**theft, "payee": payee, "report": -1, "asset": 2})
    laundering.later(time, payee, amount, EVM_DEPTH)
    if rng.random() < world.config.reported:
        world.stolen[-1]["report"] = len(world.reports)
        when = min(time + int(rng.integers(3600, 2 * DAY)), world.end - 600)
        report = {"kind": "loss", "time": when, "person": person, "contacts": [], "payments": [theft["tag"]], "remote": False}
        world.reports.append(report)
