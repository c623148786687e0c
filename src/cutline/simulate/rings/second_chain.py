"""A ring's money on a second chain: dollars from a desk, swaps and back, hops, an exchange or a cold address."""

from collections.abc import Callable

import numpy as np

from cutline.simulate import collectors
from cutline.simulate.crypto import Exchange, Parties
from cutline.simulate.evm import USDT, WBTC, WETH, Trade
from cutline.simulate.randomness import DAY, chunks
from cutline.simulate.rings.equipment import holder_role
from cutline.simulate.rings.gang import Ring
from cutline.simulate.world import World

EVM_DEPTH = 20
STOPS = 5  # after so many stops money ends
Later = Callable[[int, int, int, int], None]


def _one(*values: int) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], ...]:
    return tuple(np.array([value], dtype=np.int64) for value in values)


class SecondChain:
    """Moves what a ring has bought on the EVM chain; draws from a stream of its own."""

    def __init__(self, world: World, ring: Ring, exchange: Exchange, later: Later) -> None:
        self._world, self._ring, self._exchange, self._later = world, ring, exchange, later
        self._rng = world.chance.of(f"second chain {ring.name}")
        self._share = float(self._rng.uniform(*world.config.evm_share)) if ring.evm_collecting else 0.0
        self._role = holder_role(ring, (ring.of("launderer") or ring.of("organiser"))[0])

    def chosen(self) -> bool:
        """Whether this purchase is to be delivered here."""
        return self._share > 0 and bool(self._rng.random() < self._share)

    def buy(self, time: int, node: int, fen: int) -> None:
        """Yuan from an account of the ring to its desk, dollars to a collecting address."""
        address = int(self._rng.choice(self._ring.evm_collecting))
        person = int(self._world.nodes["person"][node])
        parties = Parties(*_one(person, node, address, self._ring.evm_desk, self._ring.desk[0]))
        _, order, usdt, release = self._exchange.order(self._rng, parties, *_one(time, fen))
        self._exchange.chain.send(parties.desk, parties.address, release, usdt, order=order)
        self._later(int(release[0]), address, int(usdt[0]), EVM_DEPTH)

    def crosses(self, time: int, node: int, usdt: int) -> bool:
        """Whether dollars on Tron take the bridge to this chain; then they go on here."""
        if not self._share or self._rng.random() >= self._world.config.bridged:
            return False
        address = self._next(-1)
        payer, payee, when, paid = _one(node, address, time, usdt)
        arrived, at = self._exchange.bridge.cross(self._rng, payer, payee, when, paid)
        if arrived[0] > 0:
            self._later(int(at[0]), address, int(arrived[0]), EVM_DEPTH + 1)
        return bool(arrived[0] > 0)

    def move_on(self, time: int, node: int, amount: int, depth: int) -> None:
        """At each stop the coin may be swapped, the address changed, or the way ended."""
        config, rng, coin = self._world.config, self._rng, int(self._world.nodes["coin"][node])
        stop = depth - EVM_DEPTH
        if coin == WETH and stop < STOPS and rng.random() < config.washed and self._wash(time, node, amount, depth):
            return
        if stop < STOPS - 1 and rng.random() < config.evm_swapped * (0.5 if coin != USDT else 1.0):
            self._swap(time, node, amount, depth)
        elif stop < STOPS and rng.random() < config.evm_hopped:
            for part in chunks(amount, 1 + int(rng.random() < 0.3), rng):
                self._send(time, node, self._next(node - coin), part, depth + 1)
                time += int(rng.integers(1, 20)) * 12
        else:
            self._end(time, node, amount)

    def _swap(self, time: int, node: int, amount: int, depth: int) -> None:
        coin = int(self._world.nodes["coin"][node])
        other = int(self._rng.choice([WETH, WETH, WBTC])) if coin == USDT else USDT
        trader, when, paid = _one(node - coin, time, amount)
        trade = Trade(trader, when, paid, coin, other)
        got = int(self._exchange.chain.swap(self._rng, trade)[0])
        if got > 0:
            self._later(time + 12, node - coin + other, got, depth + 1)

    def _send(self, time: int, node: int, address: int, amount: int, depth: int) -> None:
        coin = int(self._world.nodes["coin"][node])
        payer, payee, when, paid = _one(node - coin, address, time, amount)
        if len(self._exchange.chain.send(payer, payee, when, paid, coin)) and depth:
            self._later(time, address + coin, amount, depth)

    def _wash(self, time: int, node: int, amount: int, depth: int) -> bool:
        """The ring sells a piece to itself and buys it back, twice or three times over, always for all that it has."""
        buyer, seller = node - WETH, self._next(node - WETH)
        item = collectors.new_pieces(self._world, 1)
        for _ in range(int(self._rng.choice([3, 4, 5]))):
            a, b, when, price = _one(seller, buyer, time, amount)
            if time >= self._world.end - DAY // 4:
                break
            self._exchange.chain.sell_piece(a, b, item, when, price)
            amount -= amount // 40
            buyer, seller = seller, buyer
            time += int(self._rng.integers(1200, 5 * 3600))
        if self._ring.handles and time < self._world.end:
            fen = amount // 10**6 * 2_200
            collectors.offer(self._world, int(self._rng.choice(self._ring.handles)), int(item[0]), time - 3600, fen)
        self._later(time, buyer + WETH, amount, depth + 2)
        return True

    def _end(self, time: int, node: int, amount: int) -> None:
        if self._rng.random() >= self._world.config.to_exchange:
            self._send(time, node, self._ring.evm_cold[0], amount, 0)
            return
        deposit = int(self._rng.choice(self._ring.evm_deposits))
        coin = int(self._world.nodes["coin"][node])
        self._send(time, node, deposit, amount, 0)
        hot = int(self._exchange.evm_hot[deposit % len(self._exchange.evm_hot)])
        self._send(time + int(self._rng.integers(600, DAY // 3)), deposit + coin, hot, amount, 0)

    def _next(self, now: int) -> int:
        """A passing address of the ring: one it has already, or a new one."""
        ring = self._ring
        if len(ring.evm_hops) > 2 + ring.size // 2:
            other = [a for a in ring.evm_hops if a != now]
            return int(self._rng.choice(other))
        address = int(self._exchange.chain.addresses(1)[0])
        self._world.subject("address", address, ring.name, self._role)
        ring.evm_hops.append(address)
        return address
