"""How victims are drawn in: money that comes back with more, a brief face on a screen, adverts of assets that are none."""

import numpy as np

from cutline.simulate.economy import pay
from cutline.simulate.randomness import DAY
from cutline.simulate.rings.gang import Ring
from cutline.simulate.texts import GREEN_LURES, WORLD_LURES
from cutline.simulate.world import MOBILE, World

BAITED_STORIES = ("part_time", "investment", "customer_service")
FACED_STORIES = ("impersonation", "romance", "customer_service")
VIDEO = 2


def draw_in(world: World, rings: list[Ring]) -> None:
    """Adds to each ring's thefts what led to them."""
    for ring in rings:
        rng = world.chance.of(f"lures {ring.name}")
        first: dict[int, dict[str, int]] = {}
        for theft in world.stolen:
            if theft["ring"] == ring.name:
                first.setdefault(theft["person"], theft)
        for theft in first.values():
            if ring.story in BAITED_STORIES and rng.random() < world.config.baited:
                _bait(world, ring, theft, rng)
            if ring.story in FACED_STORIES and rng.random() < world.config.faced:
                _show_face(world, ring, theft, rng)
        if ring.story == "investment" or rng.random() < world.config.asset_lures:
            _advertise(world, ring, rng)


def _bait(world: World, ring: Ring, theft: dict[str, int], rng: np.random.Generator) -> None:
    """A small task is paid for, and comes back with a gain within hours; then follows what was meant from the beginning."""
    outlay = int(np.clip(18_000 * np.exp(0.6 * rng.standard_normal()), 6_000, 120_000)) // 100 * 100
    paid = theft["time"] - int(rng.integers(3 * 3600, 30 * 3600))
    back = paid + int(rng.integers(900, 2 * 3600))
    account = next((a for a in ring.layers[0] if world.nodes["opened"][a] < paid and a != theft["payer"]), -1)
    if account < 0 or paid < 0:
        return
    gain = int(outlay * rng.uniform(1.05, 1.4)) // 100 * 100
    ends = np.array([theft["payer"], account])
    pay(world, ends, ends[::-1], np.array([paid, back]), np.array([outlay, gain]), channel=MOBILE)


def _show_face(world: World, ring: Ring, theft: dict[str, int], rng: np.random.Generator) -> None:
    """A video call of a minute or two shortly before the payment; the victim's own check of identity fails in the haste."""
    handle, time = int(world.persons["handle"][theft["person"]]), theft["time"]
    usable = [h for h in ring.handles if world.handles["created"][h] < time - 2 * 3600]
    if handle < 0 or not usable:
        return
    when = max(0, time - int(rng.integers(300, 100 * 60)))
    sender = int(rng.choice(usable))
    platform = world.handles["platform"][sender]
    length = int(rng.integers(20, 160))
    world.messages.add(1, platform=platform, time=when, sender=sender, recipient=handle, kind=VIDEO, duration=length)
    if rng.random() < world.config.check_fails:
        device, ip = world.persons["device"][theft["person"]], world.persons["ip"][theft["person"]]
        world.logins.add(1, handle=handle, time=max(0, time - int(rng.integers(60, 3600))), device=device, ip=ip, check=2)


def _advertise(world: World, ring: Ring, rng: np.random.Generator) -> None:
    """Virtual land, games that pay, environmental coins: offered over and over from the ring's own handles."""
    kind, lures = (("virtual_land", WORLD_LURES), ("bond", GREEN_LURES))[int(rng.integers(0, 2))]
    mine = [h for h in ring.handles if int(world.handles["person"][h]) in ring.of("promoter", "recruiter")] or ring.handles[:2]
    begun = max(0, ring.start - 3 * DAY)
    for _ in range(int(rng.integers(2, 5 + ring.size // 6))):
        handle = int(rng.choice(mine))
        earliest = max(begun, int(world.handles["created"][handle]))
        title, text = lures[int(rng.integers(0, len(lures)))]
        world.listings.append(
            {
                "handle": handle,
                "time": int(rng.integers(earliest, max(earliest + 1, ring.end))),
                "kind": kind,
                "title": title,
                "text": text,
                "price": int(rng.integers(10, 300)) * 100,
            }
        )
