"""Calling: a SIM box dials strangers, those who listen are handed to the second and third line, chats run beside."""

import numpy as np

from cutline.simulate.randomness import DAY, Ints, pick
from cutline.simulate.rings.gang import Ring
from cutline.simulate.world import World

# The compound works two shifts of its own clock (UTC+7), nine to nine, little at night.
SHIFT = np.array([1, 0.3, 0, 0, 0, 0, 0.2, 1, 3, 8, 9, 9, 6, 7, 9, 9, 9, 8, 6, 7, 8, 7, 4, 2])


def call_strangers(world: World, ring: Ring) -> None:
    """First-line calls of rotating SIMs, and what follows for those who listen."""
    config, rng = world.config, world.chance.of(f"calling {ring.name}")
    rate = config.cold_calls_per_line * {"slow": 0.4, "resting": 1.0}.get(ring.pace, 1.0)
    days = np.arange(max(0, ring.start // DAY - 1), max(ring.start // DAY + 1, ring.end // DAY))
    # A card works for a few days, then rests so that it does not stand out.
    first = rng.integers(0, max(1, len(days) - 3), len(ring.sims))
    span = rng.integers(3, 8, len(ring.sims))
    on = (np.arange(len(days))[None, :] >= first[:, None]) & (np.arange(len(days))[None, :] < (first + span)[:, None])
    sim, day = np.nonzero(on)
    load = rng.poisson(rate, len(sim))
    sim, day = np.repeat(ring.sims[sim], load), np.repeat(days[day], load)
    n = len(sim)
    time = day * DAY + pick(rng, n, SHIFT) * 3600 + rng.integers(0, 3600, n)
    ok = ring.awake(time) & (time < world.end) & (time >= world.lines["activated"][sim])
    sim, time, n = sim[ok], time[ok], int(ok.sum())
    callee = world.persons["line"][rng.integers(0, config.people, n)]
    missed = rng.random(n) < config.unanswered
    length = np.where(missed, 0, np.exp(3.1 + 0.8 * rng.standard_normal(n))).astype(np.int64)
    world.calls.add(n, a=sim, b=callee, time=time, duration=length, cell=world.lines["cell"][sim], release=missed)
    _hand_over(world, ring, callee[length > 45], (time + length)[length > 45], rng)
    _among_themselves(world, ring, rng)


def _hand_over(world: World, ring: Ring, callee: Ints, after: Ints, rng: np.random.Generator) -> None:
    """Some who listened are called by the second line within hours; fewer by the third, longer."""
    half = max(1, len(ring.caller_lines) // 2)
    second, third = np.array(ring.caller_lines[:half]), np.array(ring.caller_lines[half:] or ring.caller_lines)
    chosen = rng.random(len(callee)) < world.config.handed_to_second
    callee, after = callee[chosen], after[chosen]
    time = after + rng.integers(300, 5 * 3600, len(callee))
    speak(world, ring, (second[rng.integers(0, len(second), len(callee))], callee), time, (240, 1000), rng)
    further = rng.random(len(callee)) < world.config.handed_to_third
    time = time[further] + rng.integers(1800, DAY, int(further.sum()))
    speak(world, ring, (third[rng.integers(0, len(third), len(time))], callee[further]), time, (900, 4200), rng)


def speak(
    world: World, ring: Ring, pair: tuple[Ints, Ints], time: Ints, length: tuple[int, int], rng: np.random.Generator
) -> None:
    """Calls of the second or third line, over a leased gateway where the line is foreign or pretended."""
    ok = (time < world.end) & (time >= 0)
    n = int(ok.sum())
    line, callee, time = pair[0][ok], pair[1][ok], time[ok]
    leased = world.lines["operator"][line] < 0
    world.calls.add(
        n,
        a=line,
        b=callee,
        time=time,
        duration=rng.integers(*length, n),
        trunk=np.where(leased, ring.trunk, 0),
        roaming=np.where(leased, 0, ring.country),
        cell=np.where(leased, -1, world.lines["cell"][line]),
    )


def _among_themselves(world: World, ring: Ring, rng: np.random.Generator) -> None:
    """Cheap calls between the ring's own cards, so that the box looks busy in both directions."""
    n = len(ring.sims) * 2
    a, b = ring.sims[rng.integers(0, len(ring.sims), n)], ring.sims[rng.integers(0, len(ring.sims), n)]
    time = rng.integers(ring.start, max(ring.start + 1, ring.end), n)
    ok = (a != b) & ring.awake(time)
    world.calls.add(
        int(ok.sum()),
        a=a[ok],
        b=b[ok],
        time=time[ok],
        duration=rng.integers(5, 90, int(ok.sum())),
        cell=world.lines["cell"][a[ok]],
    )


def log_in(world: World, ring: Ring) -> None:
    """Log-ins from the compound on the rhythm of the shifts."""
    rng = world.chance.of(f"log-ins {ring.name}")
    handles = np.array(ring.handles)
    used = handles[rng.random(len(handles)) < 0.85]
    days = np.arange(max(0, ring.start // DAY - 2), max(ring.start // DAY + 1, ring.end // DAY))
    handle = np.repeat(used, len(days))
    day = np.tile(days, len(used))
    works = rng.random(len(handle)) < 0.62
    handle, day = handle[works], day[works]
    shift = (handle % 2) * 11 + 8
    time = day * DAY + (shift % 24) * 3600 + rng.integers(0, 5400, len(handle))
    ok = (time >= world.handles["created"][handle]) & ((time < ring.idle_from) | (time >= ring.idle_to))
    handle, time = handle[ok], time[ok]
    device = world.handles["device"][handle]
    ip = ring.ips[(handle + time // DAY) % len(ring.ips)]
    world.logins.add(len(handle), handle=handle, time=time, device=device, ip=ip, check=rng.random(len(handle)) < 0.2)


def chat(world: World, ring: Ring) -> None:
    """Messages to many strangers, few of whom answer."""
    rng = world.chance.of(f"chats {ring.name}")
    handles = np.array([h for h in ring.handles if world.handles["platform"][h] == 0] or ring.handles)
    n = len(handles) * max(1, (ring.end - ring.start) // DAY) * 4
    sender = handles[rng.integers(0, len(handles), n)]
    people = rng.integers(0, world.config.people, n)
    target = world.persons["handle"][people]
    time = rng.integers(ring.start // DAY, max(ring.start // DAY + 1, ring.end // DAY), n) * DAY
    time += pick(rng, n, SHIFT) * 3600 + rng.integers(0, 3600, n)
    ok = (target >= 0) & ring.awake(time) & (time >= world.handles["created"][sender])
    sender, target, time = sender[ok], target[ok], time[ok]
    n = len(sender)
    text = np.where(rng.random(n) < 0.12, 68 + rng.integers(0, 8, n), -1)
    platform = world.handles["platform"][sender]
    world.messages.add(n, platform=platform, time=time, sender=sender, recipient=target, text=text)
    back = rng.random(n) < 0.15
    k = int(back.sum())
    world.messages.add(
        k,
        platform=platform[back],
        time=np.minimum(time[back] + rng.integers(30, 7200, k), world.end - 1),
        sender=target[back],
        recipient=sender[back],
    )
