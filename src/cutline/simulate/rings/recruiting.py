"""Recruiting: adverts that promise too much, a journey on someone else's ticket, and families who hear nothing more."""

import numpy as np

from cutline.simulate.randomness import DAY, Ints
from cutline.simulate.rings.gang import Ring
from cutline.simulate.travel import buy_tickets, go_abroad
from cutline.simulate.world import World


def recruit(world: World, ring: Ring) -> None:
    """Adverts, talks, tickets on a shared payer, the crossing, and silence."""
    rng = world.chance.of(f"recruiting {ring.name}")
    _advertise(world, ring, rng)
    recruits = np.array(sorted(p for p in ring.away if p < world.config.people), dtype=np.int64)
    if len(recruits):
        _travel(world, ring, recruits, rng)
    fixers = [p for p in ring.of("smuggler", "recruiter") if p >= world.config.people]
    if fixers:  # they cross with the groups they bring
        out = rng.integers(DAY // 2, max(DAY, ring.start), len(fixers))
        country = np.full(len(fixers), ring.country)
        go_abroad(world, np.array(fixers), country, out, out + rng.integers(DAY, 4 * DAY, len(fixers)), rng)


def _advertise(world: World, ring: Ring, rng: np.random.Generator) -> None:
    authors = ring.of("recruiter") or ring.of("organiser")
    mine = [h for h in ring.handles if int(world.handles["person"][h]) in authors] or ring.handles[:1]
    for _ in range(int(rng.integers(2, 4 + ring.size // 5))):
        handle = int(rng.choice(mine))
        earliest = max(0, int(world.handles["created"][handle]))
        time = int(rng.integers(earliest, max(earliest + 1, ring.start + 2 * DAY)))
        world.adverts.append(
            {
                "form": "lure",
                "handle": handle,
                "time": time,
                "country": ring.country,
                "line": int(rng.choice(ring.sims)),
                "pay": int(rng.integers(18, 46)) * 1000,
            }
        )


def _travel(world: World, ring: Ring, recruits: Ints, rng: np.random.Generator) -> None:
    payer = (ring.of("smuggler") or ring.of("recruiter") or ring.of("organiser"))[0]
    groups = np.arange(len(recruits)) // 6
    leave = rng.integers(DAY // 2, max(DAY, ring.start - DAY // 4), int(groups[-1]) + 1)
    out = leave[groups] + rng.integers(0, 2400, len(recruits))
    country = np.full(len(recruits), ring.country)
    account = int(world.persons["main"][payer])
    by_account = account >= 0 and rng.random() < 0.6
    buy_tickets(
        world,
        recruits,
        country,
        out + 3 * 3600,
        rng,
        payer=account if by_account else -2 - payer,
    )
    go_abroad(world, recruits, country, out, out + 300 * DAY, rng, port=3 + groups % 2, means=1, reference=2000 + groups)
    if by_account:
        world.subject("account", account, ring.name, "smuggler" if ring.of("smuggler") else "recruiter")
    silent = (rng.random(len(recruits)) < world.config.silent_share) | np.isin(recruits, sorted(ring.coerced))
    taken = out + rng.integers(DAY // 2, 3 * DAY, len(recruits))
    world.persons.put("silent_from", recruits[silent], taken[silent])
    _approach(world, ring, recruits, out, rng)
    for person, since in zip(recruits, taken, strict=True):
        if int(person) in ring.coerced:
            _missing(world, int(person), int(since), rng)


def _approach(world: World, ring: Ring, recruits: Ints, out: Ints, rng: np.random.Generator) -> None:
    """The recruiter's calls and messages before the journey."""
    n = len(recruits)
    for _ in range(3):
        before = np.maximum(0, out - rng.integers(3600, 6 * DAY, n))
        world.calls.add(
            n, a=rng.choice(ring.sims, n), b=world.persons["line"][recruits], time=before, duration=rng.integers(60, 900, n)
        )
    handle = world.persons["handle"][recruits]
    rows = np.flatnonzero(handle >= 0)
    for _ in range(6):
        before = np.maximum(0, out[rows] - rng.integers(1800, 6 * DAY, len(rows)))
        sender = np.array(ring.handles)[rng.integers(0, len(ring.handles), len(rows))]
        world.messages.add(
            len(rows),
            platform=world.handles["platform"][sender],
            time=before,
            sender=sender,
            recipient=handle[rows],
            text=np.where(rng.random(len(rows)) < 0.4, 60 + rng.integers(0, 8, len(rows)), -1),
        )


def _missing(world: World, person: int, since: int, rng: np.random.Generator) -> None:
    """The family reports the traveller missing, if there is time left to notice."""
    household = world.persons["household"]
    kin = np.flatnonzero((household == household[person]) & (np.arange(len(household)) != person))
    when = since + int(rng.integers(DAY, 4 * DAY))
    when = min(when, world.end - 3600)
    world.reports.append(
        {"kind": "missing", "time": when, "person": person, "reporter": int(kin[0]) if len(kin) else -1, "since": since}
    )
