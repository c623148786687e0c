"""Who is in a ring: sizes, roles, members with ordinary lives and members from elsewhere, and the calendar of its story."""

from dataclasses import dataclass, field

import numpy as np

from cutline.simulate.people import WORKER, outsiders
from cutline.simulate.randomness import DAY, Ints
from cutline.simulate.world import HOT_COUNTRIES, World

# The order in which a growing ring takes on people; past the end it repeats `MORE`.
FIRST = (
    "organiser",
    "caller",
    "mule",
    "mule",
    "recruiter",
    "sim_box_keeper",
    "caller",
    "card_dealer",
    "mule",
    "launderer",
    "card_farmer",
    "caller",
    "technician",
    "promoter",
    "smuggler",
    "otc_merchant",
)
MORE = (
    "caller",
    "mule",
    "card_farmer",
    "caller",
    "mule",
    "mule",
    "caller",
    "launderer",
    "card_farmer",
    "caller",
    "recruiter",
    "promoter",
)
STORIES = ("impersonation", "investment", "part_time", "loan", "romance", "customer_service")
PACES = ("steady", "steady", "slow", "resting", "steady")
# Roles that are often filled by people who show in one flow only.
DISTANT = {
    "organiser": 1.0,
    "technician": 0.8,
    "launderer": 0.6,
    "mule": 0.3,
    "card_farmer": 0.5,
    "sim_box_keeper": 0.4,
    "caller": 0.4,
    "recruiter": 0.2,
    "promoter": 0.4,
    "smuggler": 0.3,
}


@dataclass
class Ring:
    """One ring: its calendar, its people by role, and what they use."""

    name: str
    story: str
    pace: str
    size: int
    country: int
    start: int
    end: int
    members: list[tuple[str, int]] = field(default_factory=list)  # (role, person)
    coerced: set[int] = field(default_factory=set)
    away: set[int] = field(default_factory=set)  # members who work abroad
    sims: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    keeper_of: dict[str, int] = field(default_factory=dict)
    caller_lines: list[int] = field(default_factory=list)
    handles: list[int] = field(default_factory=list)
    ips: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    layers: tuple[list[int], list[int], list[int]] = field(default_factory=lambda: ([], [], []))
    wallets: list[int] = field(default_factory=list)
    runners: list[tuple[int, int]] = field(default_factory=list)  # (account, code)
    collecting: list[int] = field(default_factory=list)
    hops: list[int] = field(default_factory=list)
    deposits: list[int] = field(default_factory=list)
    cold: list[int] = field(default_factory=list)
    evm_collecting: list[int] = field(default_factory=list)
    evm_hops: list[int] = field(default_factory=list)
    evm_deposits: list[int] = field(default_factory=list)
    evm_cold: list[int] = field(default_factory=list)
    evm_desk: int = -1
    terminal: int = 0  # machine at which the wallets are loaded
    desk: tuple[int, int] = (-1, -1)  # (account of the merchant, address of the desk)
    trunk: int = 1
    idle_from: int = 0
    idle_to: int = 0

    def of(self, *roles: str) -> list[int]:
        """The persons who hold one of these roles."""
        return [person for role, person in self.members if role in roles]

    def awake(self, times: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether the ring works at each of these times: inside its story, outside its rest."""
        return (times >= self.start) & (times < self.end) & ((times < self.idle_from) | (times >= self.idle_to))


def ring_sizes(world: World) -> list[int]:
    """Sizes of the rings: heavy-tailed between the smallest and the largest, inside the budget of the province."""
    config, rng = world.config, world.chance.of("ring sizes")
    budget = int(config.people * config.ring_share)
    low, high = config.ring_smallest, config.ring_largest
    if config.rings is not None:
        room = max(low, budget // max(1, config.rings))
        return [int(np.clip(room * rng.uniform(0.5, 1.0), low, high)) for _ in range(config.rings)]
    sizes: list[int] = []
    if budget >= 3 * high:  # a large province has one of each extreme
        sizes = [high, low]
    while budget - sum(sizes) >= 2 * low:
        draw = low + rng.pareto(1.1) * 5
        sizes.append(int(min(draw, high, max(low, (budget - sum(sizes)) * 0.6))))
    return sizes or [low]


def roles_of(size: int) -> list[str]:
    """The roles in a ring of this size."""
    return list(FIRST[:size]) + [MORE[k % len(MORE)] for k in range(max(0, size - len(FIRST)))]


def found_rings(world: World) -> list[Ring]:
    """Draws the rings and their people. Nobody who only resembles a ring is taken into one."""
    rng = world.chance.of("rings")
    sizes = ring_sizes(world)
    free = _free_people(world, rng)
    horizon = world.end
    rings = []
    for number, size in enumerate(sizes):
        pace = PACES[number % len(PACES)]
        start = int(horizon * rng.uniform(0.12, 0.38)) // 3600 * 3600
        ring = Ring(
            name=f"ring-{number + 1:03d}",
            story=STORIES[int(rng.integers(0, len(STORIES)))],
            pace=pace,
            size=size,
            country=int(rng.choice(HOT_COUNTRIES)),
            start=start,
            end=int(horizon * rng.uniform(0.86, 1.0)),
        )
        ring.terminal = 2_000_000_000 + 2 * number
        if pace == "resting":
            ring.idle_from = start + (ring.end - start) // 3
            ring.idle_to = start + 2 * (ring.end - start) // 3
        for role in roles_of(size):
            ring.members.append((role, _member(world, role, ring, free, rng)))
        _coerce(world, ring, rng)
        rings.append(ring)
        world.ring_rows.append(
            {"ring": ring.name, "story": f"{ring.story}, {pace}", "from": ring.start - 6 * DAY, "to": ring.end}
        )
    return rings


def _free_people(world: World, rng: np.random.Generator) -> list[int]:
    persons, n = world.persons, world.config.people
    taken = np.zeros(len(persons), bool)
    for kind, rows, _ in world.look_alikes:
        if kind == "person":
            taken[rows] = True
        elif kind == "account":
            taken[np.maximum(world.nodes["person"][rows], 0)] = True
        elif kind == "phone":
            taken[np.maximum(world.lines["person"][rows], 0)] = True
        elif kind in ("handle",):
            taken[np.maximum(world.handles["person"][rows], 0)] = True
    fit = np.flatnonzero(~taken[:n] & (persons["main"][:n] >= 0) & (persons["away_to"][:n] == 0) & (persons["born"][:n] > 1965))
    workers = fit[(persons["status"][fit] == WORKER) | (rng.random(len(fit)) < 0.5)]
    return [int(p) for p in rng.permutation(workers)]


def _member(world: World, role: str, ring: Ring, free: list[int], rng: np.random.Generator) -> int:
    first_caller = role == "caller" and not ring.of("caller")  # every ring has a recruit from the province
    share = world.config.outsider_share
    behind = sum(p >= world.config.people for _, p in ring.members) < 0.9 * share * len(ring.members)
    distant = not first_caller and role in DISTANT and (behind or rng.random() < DISTANT[role] * share / 0.34)
    if distant or not free:
        abroad = role in ("organiser", "caller", "technician")
        return int(outsiders(world, 1, rng, country=ring.country if abroad else 0)[0])
    return free.pop()


def _coerce(world: World, ring: Ring, rng: np.random.Generator) -> None:
    """Recruits from the province travel; some find themselves held there. A ring with recruits holds at least one."""
    locals_ = [p for p in ring.of("caller", "promoter", "technician") if p < world.config.people]
    ring.away.update(locals_)
    ring.away.update(p for p in ring.of("organiser", "caller", "technician") if p >= world.config.people)
    held = [p for p in locals_ if rng.random() < world.config.coerced_share]
    ring.coerced.update(held or locals_[:1])


def outside(world: World, rings: list[Ring]) -> Ints:
    """People of the province with an account who serve no ring and stay at home: who can become a victim, or lives on."""
    n = world.config.people
    mask = (world.persons["main"][:n] >= 0) & (world.persons["away_to"][:n] == 0)
    mask[np.array([p for ring in rings for _, p in ring.members if p < n], dtype=np.int64)] = False
    return np.flatnonzero(mask)
