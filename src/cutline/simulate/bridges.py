"""A bridge between the two chains: dollars go into its address on one and come out of its address on the other, less a fee."""

import numpy as np

from cutline.simulate.economy import pay
from cutline.simulate.evm import BLOCK_S, Chain
from cutline.simulate.randomness import WAKING, Ints, heavy
from cutline.simulate.world import ADDRESS, CHAIN_RAIL, World

TRON_BLOCK_S = 3


class Bridge:
    """The bridge's address on each chain, and how dollars cross."""

    def __init__(self, world: World, chain: Chain, hub: int) -> None:
        self._world, self._chain = world, chain
        self.tron = world.nodes.add(1, kind=ADDRESS, hub=hub, exact=0)
        self.evm = chain.addresses(1, hub=hub)
        world.look_alike("address", self.tron, "bridge")
        world.look_alike("address", self.evm, "bridge_exit")

    def cross(self, rng: np.random.Generator, payer: Ints, payee: Ints, time: Ints, usdt: Ints) -> tuple[Ints, Ints]:
        """From Tron to the EVM chain: what arrives and when; −1 for what would arrive too late and is not sent."""
        config, n = self._world.config, len(time)
        fee = np.rint(usdt * config.bridge_fee).astype(np.int64) + 10**6
        arrives = (time + rng.integers(90, 900, n)) // BLOCK_S * BLOCK_S
        ok = (time >= 0) & (arrives < self._world.end - 1) & (usdt > 3 * fee)
        rows = np.flatnonzero(ok)
        gate, exit_ = np.full(len(rows), self.tron[0]), np.full(len(rows), self.evm[0])
        tx, when = self._chain.open(exit_, payee[rows], arrives[rows])
        sent = time[rows] // TRON_BLOCK_S * TRON_BLOCK_S
        pay(self._world, payer[rows], gate, sent, usdt[rows], rail=CHAIN_RAIL, swap=2 * tx)
        self._chain.move((tx, 1, when), exit_, payee[rows], (usdt - fee)[rows], 2 * tx + 1)
        return np.where(ok, usdt - fee, -1), arrives

    def strangers(self, count: int) -> Ints:
        """Addresses on the EVM chain of nobody in the province."""
        return self._chain.addresses(count)

    def cross_back(self, rng: np.random.Generator, payer: Ints, payee: Ints, time: Ints, usdt: Ints) -> None:
        """From the EVM chain to Tron."""
        fee = np.rint(usdt * self._world.config.bridge_fee).astype(np.int64) + 10**6
        arrives = (time + rng.integers(90, 900, len(time))) // TRON_BLOCK_S * TRON_BLOCK_S
        rows = np.flatnonzero((time >= 0) & (arrives < self._world.end - 1) & (usdt > 3 * fee))
        gate, exit_ = np.full(len(rows), self.evm[0]), np.full(len(rows), self.tron[0])
        tx, when = self._chain.open(payer[rows], gate, time[rows])
        self._chain.move((tx, 1, when), payer[rows], gate, usdt[rows], 2 * tx)
        pay(self._world, exit_, payee[rows], arrives[rows], (usdt - fee)[rows], rail=CHAIN_RAIL, swap=2 * tx + 1)


def lawful_crossings(world: World, bridge: Bridge, tron: Ints, evm: Ints) -> None:
    """Customers carry their own dollars over to the cheaper chain, and back; so does the rest of the world."""
    config, rng = world.config, world.chance.of("lawful crossings")
    n = int(len(evm) * config.days * config.crossings_per_day)
    _carry(world, bridge, (tron, evm), n, rng)
    far = max(40, config.people // 30)
    strangers = world.nodes.add(far, kind=ADDRESS, exact=1), bridge.strangers(far)
    _carry(world, bridge, strangers, int(config.people * config.days * config.strangers_crossing), rng)


def _carry(world: World, bridge: Bridge, ends: tuple[Ints, Ints], n: int, rng: np.random.Generator) -> None:
    tron, evm = ends
    own, other = evm[rng.integers(0, len(evm), n)], tron[rng.integers(0, len(tron), n)]
    time, usdt = world.moments(rng, n, WAKING), heavy(rng, n, 420, 1.1) * 10_000
    out = rng.random(n) < 0.6
    bridge.cross(rng, other[out], own[out], time[out], usdt[out])
    bridge.cross_back(rng, own[~out], other[~out], time[~out], usdt[~out])
