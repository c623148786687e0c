"""Phone cards that hold a wallet's key (BSIM): whose they are, and what happens when one is lost and issued anew."""

import numpy as np

from cutline.simulate.evm import Chain
from cutline.simulate.people import AGENT, scaled
from cutline.simulate.randomness import DAY, OFFICE, Ints, heavy
from cutline.simulate.world import World

CLOSED = 3


def hold_keys(world: World, people: Ints, addresses: Ints) -> Ints:
    """Moves the keys of some wallets onto the cards of their owners; returns the places of those people."""
    rng = world.chance.of("key cards")
    chosen = np.flatnonzero(rng.random(len(people)) < world.config.key_cards)
    world.lines.put("key", world.persons["line"][people[chosen]], addresses[chosen])
    world.look_alike("phone", world.persons["line"][people[chosen]], "key_card")
    return chosen


def reissue(world: World, line: Ints, time: Ints, agent: Ints | int) -> Ints:
    """A new card for each number; the old one is closed."""
    lines = world.lines
    same = ("country", "operator", "person", "org", "device", "cell", "kind", "region", "key")
    row = lines.add(len(line), activated=time, agent=agent, twin=line, **{name: lines[name][line] for name in same})
    lines.put("status", line, CLOSED)
    lines.put("until", line, time)
    return row


def use_new_cards(world: World) -> None:
    """What is said after a card was issued anew is said over the new one."""
    lines, calls = world.lines, world.calls
    new = np.flatnonzero(lines["twin"] >= 0)
    successor, since = np.full(len(lines), -1, np.int64), np.full(len(lines), world.end, np.int64)
    successor[lines["twin"][new]], since[lines["twin"][new]] = new, lines["activated"][new]
    for side in ("a", "b"):
        line = calls[side]
        rows = np.flatnonzero((successor[np.maximum(line, 0)] >= 0) & (line >= 0))
        rows = rows[calls["time"][rows] >= since[line[rows]]]
        calls.put(side, rows, successor[line[rows]])


def lost_cards(world: World, people: Ints) -> None:
    """People who lost their phone get the same number on a new card at a shop."""
    rng = world.chance.of("lost cards")
    who = rng.choice(people, min(len(people), scaled(world, world.config.lost_cards, 2)), replace=False)
    shops = np.flatnonzero(world.orgs["kind"] == AGENT)
    time = world.moments(rng, len(who), OFFICE)
    line = world.persons["line"][who]
    reissue(world, line, time, shops[rng.integers(0, len(shops), len(who))])
    world.look_alike("phone", line, "lost_card")


def lost_key_cards(world: World, chain: Chain, wallets: tuple[Ints, Ints, Ints]) -> None:
    """Owners whose key was on a lost card first bring what they have to the deposit address that they always use."""
    people, own, deposit = wallets
    rng = world.chance.of("lost key cards")
    rows = np.flatnonzero(world.lines["key"][world.persons["line"][people]] == own)
    rows = rng.choice(rows, min(len(rows), scaled(world, world.config.lost_key_cards)), replace=False)
    time = world.moments(rng, len(rows), OFFICE)
    shops = np.flatnonzero(world.orgs["kind"] == AGENT)
    reissue(world, world.persons["line"][people[rows]], time, shops[rng.integers(0, len(shops), len(rows))])
    amount = heavy(rng, len(rows), 900, 0.8) * 10_000
    chain.send(own[rows], deposit[rows], time - rng.integers(2 * DAY, 6 * DAY, len(rows)), amount // 3)
    chain.send(own[rows], deposit[rows], time + rng.integers(1800, DAY, len(rows)), amount)
