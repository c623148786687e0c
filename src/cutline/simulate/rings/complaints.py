"""Reports without a loss: people who hung up and told the police, some of them about honest callers and adverts."""

import numpy as np

from cutline.simulate.rings.gang import Ring
from cutline.simulate.world import World


def complain(world: World, rings: list[Ring]) -> None:
    """A few reports against each ring's numbers and handles, and as many against call centres and lawful adverts."""
    rng = world.chance.of("complaints")
    honest = [
        ("phone", int(row))
        for kind, rows, why in world.look_alikes
        if kind == "phone" and why in ("call_center", "courier")
        for row in rows
    ]
    for ring in rings:
        begun = max(ring.start, 3600)
        for _ in range(int(rng.integers(1, 3 + ring.size // 4))):
            time = int(rng.integers(begun, max(begun + 1, world.end - 600)))
            if rng.random() < 0.45 and honest:
                _report(world, time, honest[int(rng.integers(0, len(honest)))], "contact", rng)
            elif rng.random() < 0.7:
                _report(world, time, ("phone", int(rng.choice(ring.sims))), "contact", rng)
            else:
                advert = world.adverts[int(rng.integers(0, len(world.adverts)))]
                if advert["handle"] >= 0:
                    _report(world, time, ("handle", advert["handle"]), "advert", rng)


def _report(world: World, time: int, contact: tuple[str, int], kind: str, rng: np.random.Generator) -> None:
    person = int(rng.integers(0, world.config.people))
    world.reports.append({"kind": kind, "time": time, "person": person, "contacts": [contact], "payments": []})
