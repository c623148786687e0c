"""Everyday talk: calls along family, work and friendship, service messages, chats, log-ins."""

import numpy as np

from cutline.simulate.people import CHILD
from cutline.simulate.randomness import OFFICE, WAKING, Ints, pick
from cutline.simulate.world import SERVICE_CODES, World

FRIENDS = 9


class Circle:
    """Whom each person knows: household, colleagues and a fixed handful of friends."""

    def __init__(self, world: World) -> None:
        rng, persons, n = world.chance.of("friends"), world.persons, world.config.people
        self._household = persons["household"][:n]
        self._first = np.searchsorted(self._household, self._household)
        self._size = np.bincount(self._household)[self._household]
        employer = persons["employer"][:n]
        self._by_employer = np.argsort(employer, kind="stable")
        ordered = employer[self._by_employer]
        self._work_first = np.searchsorted(ordered, employer)
        self._work_size = np.where(employer >= 0, np.bincount(employer + 1)[employer + 1], 0)
        # Friends live near in index space for two in three, anywhere for the rest: clusters with long ties.
        near = (np.arange(n)[:, None] + rng.integers(1, 400, (n, FRIENDS))) % n
        far = rng.integers(0, n, (n, FRIENDS))
        self._friends = np.where(rng.random((n, FRIENDS)) < 0.66, near, far)

    def acquaintance(self, people: Ints, rng: np.random.Generator) -> Ints:
        """Someone each person knows."""
        n = len(people)
        friend = self._friends[people, np.minimum(rng.geometric(0.3, n) - 1, FRIENDS - 1)]
        draw = rng.random(n)
        family = self._first[people] + (rng.random(n) * self._size[people]).astype(np.int64)
        size = self._work_size[people]
        spot = self._work_first[people] + (rng.random(n) * np.minimum(size, 30)).astype(np.int64)
        colleague = self._by_employer[np.minimum(spot, len(self._by_employer) - 1)]
        chosen = np.where((draw < 0.34) & (self._size[people] > 1), family, friend)
        chosen = np.where((draw > 0.76) & (size > 1), colleague, chosen)
        return np.where(chosen == people, friend, chosen)


def sociability(world: World) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """How talkative each person is: a few talk a great deal."""
    rng = world.chance.of("sociability")
    weight = np.exp(0.7 * rng.standard_normal(world.config.people))
    weight[world.persons["status"][: world.config.people] == CHILD] *= 0.25
    return weight


def ordinary_calls(world: World, circle: Circle) -> None:
    """Calls between people who know each other, and some between strangers."""
    config, rng = world.config, world.chance.of("calls")
    n = int(config.people * config.days * config.calls_per_day)
    weight = sociability(world)
    a = pick(rng, n, weight)
    b = circle.acquaintance(a, rng)
    strange = rng.random(n) < 0.09
    b = np.where(strange, pick(rng, n, weight), b)
    keep = a != b
    a, b, n = a[keep], b[keep], int(keep.sum())
    mean, sigma = config.call_lengths
    duration = np.minimum(np.exp(mean + sigma * rng.standard_normal(n)), 7200).astype(np.int64)
    missed = rng.random(n) < 0.17
    lines, second = world.persons["line"], world.persons["line2"]
    by_second = (second[a] >= 0) & (rng.random(n) < 0.3)
    at_work = rng.random(n) < 0.4
    cell = np.where(at_work, world.persons["work"][a], world.persons["home"][a])
    world.calls.add(
        n,
        a=np.where(by_second, second[a], lines[a]),
        b=lines[b],
        time=world.moments(rng, n, WAKING),
        duration=np.where(missed, 0, duration),
        cell=cell,
        release=np.where(missed, 1 + rng.integers(0, 2, n), 0),
    )


def service_messages(world: World) -> None:
    """Codes and notices that services send by SMS."""
    config, rng = world.config, world.chance.of("service sms")
    n = int(config.people * config.days * config.service_sms_per_day)
    b = pick(rng, n, sociability(world) ** 0.5)
    operator = world.lines["operator"][world.persons["line"][b]]
    general = pick(rng, n, np.array([0, 0, 0, 1, 1, 1, 1, 1, 2, 3, 2, 0.5]))
    code = np.where(rng.random(n) < 0.2, operator, general)
    world.calls.add(n, a=-1 - code, b=world.persons["line"][b], time=world.moments(rng, n, WAKING), sms=1)
    few = n // 25
    a, c = pick(rng, few, sociability(world)), pick(rng, few, np.array([3.0, 2, 1] + [0.2] * (len(SERVICE_CODES) - 3)))
    code = np.where(c < 3, world.lines["operator"][world.persons["line"][a]], c)
    ask = rng.random(few) < 0.5
    seconds = rng.integers(20, 400, few)
    world.calls.add(
        few,
        a=world.persons["line"][a],
        b=-1 - code,
        time=world.moments(rng, few, OFFICE),
        sms=~ask,
        duration=np.where(ask, seconds, 0),
        cell=world.persons["home"][a],
    )


def chats(world: World, circle: Circle) -> None:
    """Messages between friends and in groups; content is kept for a sample."""
    config, rng = world.config, world.chance.of("chats")
    n = int(config.people * config.days * config.messages_per_day)
    a = pick(rng, n, sociability(world))
    b = circle.acquaintance(a, rng)
    handle = world.persons["handle"]
    keep = (handle[a] >= 0) & (handle[b] >= 0) & (a != b)
    a, b, n = a[keep], b[keep], int(keep.sum())
    groups = max(4, config.people // 25)
    in_group = rng.random(n) < 0.22
    recipient = np.where(in_group, -2 - (world.persons["household"][a] * 7 + rng.integers(0, 3, n)) % groups, handle[b])
    kind = pick(rng, n, np.array([0.9, 0.06, 0.01, 0.03]))
    kind = np.where(in_group & (kind == 2), 0, kind)
    duration = np.where(kind == 1, rng.integers(1, 60, n), np.where(kind == 2, rng.integers(20, 2400, n), 0))
    said = np.where(rng.random(n) < config.quoted_pretexts, rng.integers(60, 76, n), rng.integers(0, 60, n))
    text = np.where((kind == 0) & (rng.random(n) < 0.12), said, -1)
    world.messages.add(
        n,
        platform=0,
        time=world.moments(rng, n, WAKING),
        sender=handle[a],
        recipient=recipient,
        kind=kind,
        duration=duration,
        text=text,
    )


def ordinary_logins(world: World) -> None:
    """Fresh log-ins from home, on one's own device."""
    config, rng = world.config, world.chance.of("logins")
    n = int(config.people * config.days * config.logins_per_day)
    handle = rng.integers(0, len(world.handles), n)
    time = world.moments(rng, n, WAKING)
    seen = time >= world.handles["created"][handle]
    handle, time, n = handle[seen], time[seen], int(seen.sum())
    away = rng.random(n) < 0.15
    ip = np.where(away, rng.integers(0, len(world.ips), n), world.handles["ip"][handle])
    ip = np.where(world.ips["country"][ip] == 0, ip, world.handles["ip"][handle])
    check = pick(rng, n, np.array([0.85, 0.145, 0.005]))
    world.logins.add(n, handle=handle, time=time, device=world.handles["device"][handle], ip=ip, check=check)
