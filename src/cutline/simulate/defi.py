"""Lawful life on an EVM chain: people who buy dollars at a desk, swap coins every few days, wrap ether, and deposit again."""

import numpy as np

from cutline.simulate.crypto import DEPOSIT, Exchange, Parties
from cutline.simulate.evm import COINS, ETH, USDT, WBTC, WETH, Trade
from cutline.simulate.people import scaled
from cutline.simulate.randomness import DAY, WAKING, Ints, heavy
from cutline.simulate.world import World

# What is swapped for what, and how often of a hundred times.
HABITS = ((USDT, WETH, 38), (WETH, USDT, 32), (USDT, WBTC, 12), (WBTC, USDT, 10), (WETH, WBTC, 8))


def lawful_swaps(world: World, exchange: Exchange, people: Ints) -> tuple[Ints, Ints, Ints]:
    """Lets some people who serve no ring use the chain through the whole time: who, their addresses, where they deposit."""
    rng, chain = world.chance.of("lawful swaps"), exchange.chain
    users = rng.choice(people, min(len(people), scaled(world, world.config.swappers, 4)), replace=False)
    own, deposit = chain.addresses(len(users), users), chain.addresses(len(users), users, DEPOSIT)
    _buy(world, exchange, users, own, rng)
    _swap(world, exchange, own, rng)
    _cash_in(world, exchange, own, deposit, rng)
    _strangers(world, exchange, rng)
    world.look_alike("address", own, "swapper")
    world.look_alike("address", deposit, "exchange_deposit")
    world.look_alike("person", users, "swapper")
    return users, own, deposit


def _buy(world: World, exchange: Exchange, users: Ints, own: Ints, rng: np.random.Generator) -> None:
    """Dollars for yuan at a merchant's desk, or withdrawn from the exchange."""
    n = max(4, len(users) * world.config.days // 10)
    who, m = rng.integers(0, len(users), n), rng.integers(0, len(exchange.merchants), n)
    main = world.persons["main"][users[who]]
    time = np.minimum(world.moments(rng, n, WAKING), world.end - 7200)
    keep = main != exchange.merchant_accounts[m]
    who, m, main, time = who[keep], m[keep], main[keep], time[keep]
    parties = Parties(users[who], main, own[who], exchange.evm_desks[m], exchange.merchant_accounts[m])
    _, order, usdt, release = exchange.order(rng, parties, time, heavy(rng, len(who), 2_400, 1.1) + 1_000)
    exchange.chain.send(parties.desk, parties.address, release, usdt, order=order)
    hot = exchange.evm_hot[who % len(exchange.evm_hot)]
    amount = heavy(rng, len(who), 500, 1.2) * 10_000
    exchange.chain.send(hot, own[who], world.moments(rng, len(who), WAKING), amount)
    desk = exchange.evm_desks[m]
    exchange.chain.send(hot, desk, np.maximum(0, release - rng.integers(3600, DAY, len(who))), usdt * 11 // 10 + 1)


def _swap(world: World, exchange: Exchange, own: Ints, rng: np.random.Generator) -> None:
    """Swaps in both directions; some begin with ether that is wrapped first."""
    chain, n = exchange.chain, max(20, len(own) * world.config.days * 2 // 3)
    who, time = rng.integers(0, len(own), n), world.moments(rng, n, WAKING)
    dollars = heavy(rng, n, 320, 1.2) * 10_000
    habit = rng.choice(len(HABITS), n, p=np.array([share for *_, share in HABITS]) / 100)
    for number, (coin_in, coin_out, _) in enumerate(HABITS):
        rows = np.flatnonzero(habit == number)
        amount = chain.worth(USDT, coin_in, time[rows], dollars[rows])
        chain.swap(rng, Trade(own[who[rows]], time[rows], amount, coin_in, coin_out))
    rows = np.flatnonzero((habit == 1) & (rng.random(n) < 0.3))
    ether = chain.worth(USDT, ETH, time[rows], dollars[rows])
    chain.wrap(own[who[rows]], time[rows] - rng.integers(60, 900, len(rows)), ether)


def _cash_in(world: World, exchange: Exchange, own: Ints, deposit: Ints, rng: np.random.Generator) -> None:
    """Deposits of dollars or ether's token at the exchange, swept within hours."""
    chain, n = exchange.chain, max(8, len(own) * world.config.days // 12)
    who, time = rng.integers(0, len(own), n), world.moments(rng, n, WAKING)
    dollars = heavy(rng, n, 400, 1.1) * 10_000
    swept = time + rng.integers(600, DAY // 3, n)
    hot = exchange.evm_hot[who % len(exchange.evm_hot)]
    for coin in (USDT, WETH):
        rows = np.flatnonzero((np.arange(n) % 3 == 0) == (coin == WETH))
        amount = chain.worth(USDT, coin, time[rows], dollars[rows])
        chain.send(own[who[rows]], deposit[who[rows]], time[rows], amount, coin)
        chain.send(deposit[who[rows]], hot[rows], swept[rows], amount, coin)


def _strangers(world: World, exchange: Exchange, rng: np.random.Generator) -> None:
    """Addresses of nobody in the province, in every coin; now and then a transaction fails and moves nothing."""
    chain, config = exchange.chain, world.config
    rest = chain.addresses(max(30, config.people // 60))
    n = max(60, int(config.people * config.days * 0.006))
    a, b = rng.integers(0, len(rest), n), (len(rest) * rng.random(n) ** 2).astype(np.int64)
    time = world.moments(rng, n, np.ones(24), np.ones(7))
    coin = rng.choice(len(COINS), n, p=[0.5, 0.15, 0.05, 0.3])
    dollars = heavy(rng, n, 280, 1.7) * 10_000
    for number in range(len(COINS)):
        rows = np.flatnonzero(coin == number)
        chain.send(rest[a[rows]], rest[b[rows]], time[rows], chain.worth(USDT, number, time[rows], dollars[rows]), number)
    rows = rng.integers(0, n, max(2, n // 60))
    chain.open(rest[a[rows]], rest[b[rows]], time[rows], failed=1)
