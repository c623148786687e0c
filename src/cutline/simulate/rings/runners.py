"""Run-points: runners lend their payment codes, take many small receipts from gamblers, and pass them on less a commission."""

import numpy as np

from cutline.simulate.economy import PURPOSE, pay
from cutline.simulate.randomness import DAY, WAKING, Ints, heavy, pick
from cutline.simulate.rings.gang import Ring
from cutline.simulate.rings.laundering import Laundering
from cutline.simulate.world import MOBILE, RECEIPT_RAIL, World


def choose_runners(world: World, ring: Ring) -> None:
    """Mules whose payment codes the ring borrows."""
    if ring.size >= 7:
        accounts = ring.layers[0][: max(1, ring.size // 9)]
        codes = world.codes.add(len(accounts), node=np.array(accounts))
        ring.runners = list(zip(accounts, (int(c) for c in codes), strict=True))


def run_points(world: World, ring: Ring, laundering: Laundering) -> None:
    """Deposits, receipts from unrelated people, and refills towards the second layer."""
    rng = world.chance.of(f"run-points {ring.name}")
    gamblers = np.flatnonzero(world.persons["main"][: world.config.people] >= 0)
    for account, code in ring.runners:
        opened = max(ring.start, int(world.nodes["opened"][account]))
        days = np.arange(opened // DAY + 1, ring.end // DAY)
        days = days[ring.awake(days * DAY + DAY // 2)]
        if not len(days):
            continue
        n = len(days) * int(rng.integers(*world.config.gamblers_per_day))
        time = days[rng.integers(0, len(days), n)] * DAY + pick(rng, n, WAKING) * 3600 + rng.integers(0, 3600, n)
        amount = heavy(rng, n, 190, 0.7)
        payer = world.persons["main"][gamblers[rng.integers(0, len(gamblers), n)]]
        pay(world, payer, np.full(n, account), time, amount, rail=RECEIPT_RAIL, code=code)
        _pass_on(world, ring, laundering, account, (time, amount), rng)


def _pass_on(
    world: World, ring: Ring, laundering: Laundering, account: int, takings: tuple[Ints, Ints], rng: np.random.Generator
) -> None:
    """Every few hours what came in goes on, less two to four per cent; before that a deposit was made."""
    time, amount = takings
    cells, place = np.unique(time // (6 * 3600), return_inverse=True)
    total = (np.bincount(place, weights=amount) * (1 - rng.uniform(0.02, 0.04))).astype(np.int64)
    when = (cells + 1) * 6 * 3600 + rng.integers(60, 1800, len(cells))
    second = np.array(
        [a for a in ring.layers[1] if world.nodes["opened"][a] < ring.start and a != account] or ring.layers[1][:1]
    )
    target = second[rng.integers(0, len(second), len(cells))]
    pay(world, np.full(len(cells), account), target, when, total, channel=MOBILE)
    for at, to, sum_ in zip(when, target, total, strict=True):
        if at < world.end:
            laundering.take(int(at), int(to), int(sum_), 2)
    deposit = np.array([int(total.mean() * 1.5) + 100])
    first = np.array([max(0, int(time.min()) - int(rng.integers(1800, DAY)))])
    pay(world, np.array([account]), second[:1], first, deposit, channel=MOBILE, purpose=PURPOSE["保证金"])
