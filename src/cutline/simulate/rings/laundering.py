"""Laundering: stolen money runs through layers of accounts and leaves as cash, digital yuan, run-points or USDT."""

import heapq
from typing import NamedTuple

import numpy as np

from cutline.simulate.crypto import Exchange
from cutline.simulate.economy import PURPOSE, Market, pay
from cutline.simulate.randomness import DAY, chunks
from cutline.simulate.rings.equipment import holder_role, hop_address
from cutline.simulate.rings.gang import Ring
from cutline.simulate.rings.second_chain import EVM_DEPTH, SecondChain
from cutline.simulate.world import ATM, BANK_RAIL, CHAIN_RAIL, ECNY_RAIL, MOBILE, RECEIPT_RAIL, World

Job = tuple[int, int, int, int, int]  # time, sequence, node, amount, depth
BANK_DEPTH, CHAIN_DEPTH = 3, 10
JUST_UNDER = (4_510_000, 4_990_000)  # fen (S): below 50,000 yuan, from which banks report


class Move(NamedTuple):
    """One movement of value, as the ledger wants it."""

    payer: int
    payee: int
    time: int
    amount: int
    rail: int
    channel: int = 0
    order: int = -1
    code: int = -1
    terminal: int = -1


class Laundering:
    """Moves one ring's money, always forward in time; what has no time left stays where it is."""

    def __init__(self, world: World, ring: Ring, market: Market, exchange: Exchange) -> None:
        self.world, self.ring, self.market, self.exchange = world, ring, market, exchange
        self.rng = world.chance.of(f"laundering {ring.name}")
        self._tricks = world.chance.of(f"tricks {ring.name}")
        self.frozen: dict[int, int] = {}
        self.sums: dict[str, int] = {}
        self._jobs: list[Job] = []
        self._sequence = 0
        self._moves: list[tuple[int, ...]] = []
        self._role = holder_role(ring, (ring.of("launderer") or ring.of("organiser"))[0])
        exits = world.config.exits
        weights = np.array([w for _, w in exits]) * self.rng.dirichlet(np.full(len(exits), 3.0)) * len(exits)
        if not ring.wallets:
            weights[[name == "ecny" for name, _ in exits]] = 0.0
        if not ring.runners:
            weights[[name == "run_points" for name, _ in exits]] = 0.0
        self._weights = weights / weights.sum()
        self.second_chain = SecondChain(world, ring, exchange, self.later)

    def take(self, time: int, account: int, amount: int, layer: int = 1) -> None:
        """Money has reached an account of a layer, the first for what victims pay."""
        self.later(time, account, amount, layer)

    def run(self) -> None:
        """Plays everything out in order of time and enters it into the ledger."""
        while self._jobs:
            time, _, node, amount, depth = heapq.heappop(self._jobs)
            if time >= self.world.end - 4 * 3600 or self.frozen.get(node, time + 1) <= time:
                continue
            self._move_on(time, node, amount, depth)
        if self._moves:
            names = (
                "payer",
                "payee",
                "time",
                "amount",
                "rail",
                "channel",
                "order",
                "code",
                "terminal",
                "purpose",
                "device",
                "ip",
            )
            columns = dict(zip(names, np.array(self._moves, dtype=np.int64).T, strict=True))
            pay(self.world, columns.pop("payer"), columns.pop("payee"), columns.pop("time"), columns.pop("amount"), **columns)

    def freeze(self, account: int, time: int) -> None:
        """Police freeze an account: nothing leaves it any more."""
        self.frozen[account] = min(time, self.frozen.get(account, time))

    def later(self, time: int, node: int, amount: int, depth: int) -> None:
        """Money that lies at a node moves on after a while."""
        config = self.world.config
        slow = 14.0 if self.ring.pace == "slow" else 1.0
        wait = config.forward_median_s * slow * float(np.exp(config.forward_sigma * self.rng.standard_normal()))
        self._sequence += 1
        heapq.heappush(self._jobs, (time + int(min(max(wait, 45), 9 * DAY)), self._sequence, node, amount, depth))

    def _enter(self, move: Move) -> None:
        """One row of the ledger. Some transfers of the ring's accounts carry the handset and address of the compound."""
        bank = move.rail == BANK_RAIL and move.channel == MOBILE
        purpose = int(self.rng.choice([0, 0, PURPOSE["转账"], PURPOSE["货款"], PURPOSE["还款"]])) if bank else 0
        away = bank and self.rng.random() < 0.25
        device = int(self.world.handles["device"][self.ring.handles[0]]) if away else -1
        self._moves.append((*move, purpose, device, int(self.ring.ips[0]) if away else -1))

    def _move_on(self, time: int, node: int, amount: int, depth: int) -> None:
        if depth >= EVM_DEPTH:
            self.second_chain.move_on(time, node, amount, depth)
            return
        if depth >= CHAIN_DEPTH:
            self._chain_hop(time, node, amount, depth)
            return
        low, high = self.world.config.commission
        amount = int(amount * (1.0 - self.rng.uniform(low, high)))
        if depth == 1 and amount > 900_000 and self.rng.random() < 0.25:  # a small test before the large sum
            self._pass_on(time - 30, node, 1_000 + int(self.rng.integers(0, 9)) * 1_000, depth)
            amount -= 10_000
        if depth >= BANK_DEPTH or (depth == 2 and self.rng.random() < 0.3):
            for part in chunks(amount, 1 + int(self.rng.random() < 0.35), self.rng):
                self._exit(time + int(self.rng.integers(0, 900)), node, part, depth)
            return
        parts = chunks(amount, int(self.rng.integers(1, 4)), self.rng)
        gap = 40
        if amount > 4 * JUST_UNDER[0] and self._tricks.random() < self.world.config.structured:
            parts, gap = _slices(amount, self._tricks), int(self._tricks.integers(300, 2400))
        for k, part in enumerate(parts):
            self._pass_on(time + gap * k, node, part, depth)

    def _pass_on(self, time: int, node: int, amount: int, depth: int) -> None:
        layer = [a for a in self.ring.layers[min(depth, 2)] if a != node and self.frozen.get(a, time + 1) > time]
        layer = [a for a in layer if self.world.nodes["opened"][a] < time]
        if not layer or amount <= 0:
            return
        payee = int(self.rng.choice(layer))
        self._enter(Move(node, payee, time, amount, BANK_RAIL, MOBILE))
        self.later(time, payee, amount, depth + 1)

    def _exit(self, time: int, node: int, amount: int, depth: int) -> None:
        if self.frozen.get(node, time + 1) <= time or amount < 2_000:
            return
        exits = self.world.config.exits
        way = exits[int(self.rng.choice(len(exits), p=self._weights))][0]
        if depth > BANK_DEPTH and way in ("ecny", "run_points"):
            way = "usdt"
        self.sums[way] = self.sums.get(way, 0) + amount
        if way == "usdt":
            self._buy_usdt(time, node, amount)
        elif way == "cash":
            self._withdraw(time, node, amount)
        elif way == "ecny":
            self._through_wallets(time, node, amount)
        elif way == "run_points":
            self._through_codes(time, node, amount)

    def _buy_usdt(self, time: int, node: int, amount: int) -> None:
        if self.second_chain.chosen():
            self.second_chain.buy(time, node, amount)
            return
        merchant, desk = self.ring.desk
        world, config = self.world, self.world.config
        price = round(10_000 * (config.usdt_price + 0.04 * float(self.rng.standard_normal())))
        usdt = amount * 100_000_000 // price
        address = int(self.rng.choice(self.ring.collecting))
        ordered = time + int(self.rng.integers(20, 240))
        person = int(world.nodes["person"][node])
        order = int(
            world.orders.add(1, time=ordered, side=0, amount=usdt, price=price, user=person, account=node, address=address)[0]
        )
        self._enter(Move(node, merchant, time, amount, BANK_RAIL, MOBILE, order))
        release = ordered + int(self.rng.integers(60, 900))
        self._enter(Move(desk, address, release, usdt, CHAIN_RAIL, order=order))
        self.later(release, address, usdt, CHAIN_DEPTH)

    def _chain_hop(self, time: int, node: int, usdt: int, depth: int) -> None:
        """One to three fresh addresses, at times a split, then an exchange's deposit address or the organiser's cold one."""
        if self.second_chain.crosses(time, node, usdt):
            return
        hops = depth - CHAIN_DEPTH
        if hops < 3 and self.rng.random() < self.world.config.hop_chances[hops]:
            for part in chunks(usdt, 1 + int(self.rng.random() < 0.3), self.rng):
                address = hop_address(self.world, self.ring, self.exchange, self._role, self.rng)
                if address == node:
                    continue
                when = time + int(self.rng.integers(0, 60)) * 3
                self._enter(Move(node, address, when, part, CHAIN_RAIL))
                self.later(when, address, part, depth + 1)
            return
        if self.rng.random() < self.world.config.to_exchange:
            deposit = int(self.rng.choice(self.ring.deposits))
            self._enter(Move(node, deposit, time, usdt, CHAIN_RAIL))
            swept = time + int(self.rng.integers(600, DAY // 3))
            if swept < self.world.end:
                self._enter(Move(deposit, int(self.exchange.hot[deposit % len(self.exchange.hot)]), swept, usdt, CHAIN_RAIL))
        else:
            self._enter(Move(node, self.ring.cold[0], time, usdt, CHAIN_RAIL))

    def _withdraw(self, time: int, node: int, amount: int) -> None:
        """Cash at one machine, note by note within the limits of the day; a team of two draws side by side."""
        machine = int(self.rng.choice(self.market.machines))
        pair = [
            a for a in self.ring.layers[2][:2] if self.frozen.get(a, time + 1) > time and self.world.nodes["opened"][a] < time
        ]
        if len(pair) == 2 and amount > 400_000 and self._tricks.random() < self.world.config.car_team:
            drawn = time + int(self._tricks.integers(900, 3600))
            for account in pair:
                if account != node:
                    self._enter(Move(node, account, time, amount // 2, BANK_RAIL, MOBILE))
                self._draw(drawn, account, machine, amount // 2)
                drawn += int(self._tricks.integers(60, 400))
            return
        self._draw(time, node, machine, amount)

    def _draw(self, time: int, node: int, machine: int, amount: int) -> None:
        left = min(amount, 6_000_000) // 10_000 * 10_000
        while left > 0 and time < self.world.end:
            part = min(left, int(self.rng.integers(20, 50)) * 10_000)
            self._enter(Move(node, machine, time, part, BANK_RAIL, ATM))
            left -= part
            time += int(self.rng.integers(70, 200))

    def _through_wallets(self, time: int, node: int, amount: int) -> None:
        """Loads of at most 2,000 yuan into the cluster at one machine, redeemed elsewhere soon after."""
        open_ = [w for w in self.ring.wallets if self.world.nodes["opened"][w] < time]
        total = 0
        for wallet in open_[: max(0, amount // 150_000) + 1]:
            part = min(amount - total, int(self.rng.integers(150, 200)) * 1_000)
            if part < 5_000:
                break
            self._enter(Move(node, wallet, time, part, ECNY_RAIL, terminal=self.ring.terminal + wallet % 2))
            total += part
            back = int(self.rng.choice(self.ring.layers[2]))
            redeemed = time + int(self.rng.integers(400, 5400))
            time += int(self.rng.integers(30, 120))
            if back != node and redeemed < self.world.end - DAY // 2:
                self._enter(Move(wallet, back, redeemed, part, ECNY_RAIL))
                self.later(redeemed, back, part, BANK_DEPTH + 1)
        if amount - total > 50_000:
            self._buy_usdt(time, node, amount - total)

    def _through_codes(self, time: int, node: int, amount: int) -> None:
        """Small payments by code to runners, who pass them on and keep a commission."""
        account, code = self.ring.runners[int(self.rng.integers(0, len(self.ring.runners)))]
        if account == node:
            return
        passed = 0
        for part in chunks(amount, min(12, 1 + amount // 120_000), self.rng):
            self._enter(Move(node, account, time, part, RECEIPT_RAIL, code=code))
            time += int(self.rng.integers(40, 400))
            passed += part
        self.later(time, account, passed, BANK_DEPTH + 1)


def _slices(amount: int, rng: np.random.Generator) -> list[int]:
    """A large sum in parts that each stay just under the sum from which banks report."""
    parts = []
    while amount > JUST_UNDER[1]:
        parts.append(int(rng.integers(*JUST_UNDER)))
        amount -= parts[-1]
    return [*parts, amount] if amount > 0 else parts
