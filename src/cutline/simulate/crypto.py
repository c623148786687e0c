"""Lawful digital money: exchanges with hot wallets and deposit addresses, desks that buy and sell USDT, and their customers."""

from dataclasses import dataclass

import numpy as np

from cutline.simulate.bridges import Bridge
from cutline.simulate.economy import PURPOSE, pay
from cutline.simulate.evm import Chain
from cutline.simulate.people import adults, new_accounts, scaled
from cutline.simulate.randomness import DAY, WAKING, Ints, heavy
from cutline.simulate.world import ADDRESS, CHAIN_RAIL, MOBILE, World

HOT, DEPOSIT, DESK, BRIDGE = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Parties:
    """Who meets at a desk, row by row: the user with account and address, the desk's address and its merchant's account."""

    user: Ints
    account: Ints
    address: Ints
    desk: Ints
    merchant: Ints


class Exchange:
    """Hot wallets, customers with deposit addresses and wallets of their own, and lawful merchants who trade against yuan."""

    def __init__(self, world: World) -> None:
        self.world, rng = world, world.chance.of("exchange")
        config = world.config
        self.chain = Chain(world)
        self.bridge = Bridge(world, self.chain, BRIDGE)
        self.hot = world.nodes.add(4, kind=ADDRESS, hub=HOT, exact=0)
        self.evm_hot = self.chain.addresses(2, hub=HOT)
        self.users = adults(world, scaled(world, config.crypto_users, 4), rng)
        n = len(self.users)
        self.own = self.addresses(n, self.users)
        self.deposit = self.addresses(n, self.users, DEPOSIT)
        self.merchants = adults(world, max(3, scaled(world, config.crypto_users) // 25), rng)
        self.merchant_accounts = new_accounts(world, self.merchants, rng, cls=1)
        self.desks = self.addresses(len(self.merchants), self.merchants, DESK)
        self.evm_desks = self.chain.addresses(len(self.merchants), self.merchants, DESK)
        world.look_alike("address", np.concatenate([self.hot, self.evm_hot]), "exchange")
        world.look_alike("address", self.deposit, "exchange_deposit")
        world.look_alike("address", np.concatenate([self.desks, self.evm_desks]), "lawful_desk")
        world.look_alike("account", self.merchant_accounts, "lawful_desk")
        world.look_alike("person", self.merchants, "lawful_desk")

    def addresses(self, count: int, people: Ints | int = -1, hub: int = 0) -> Ints:
        """New Tron addresses."""
        return self.world.nodes.add(count, kind=ADDRESS, person=people, hub=hub, exact=1)

    def buy(self, rng: np.random.Generator, parties: Parties, time: Ints, fen: Ints) -> tuple[Ints, Ints, Ints]:
        """Yuan to the merchant, an order, USDT to the user. Returns rows of payment and delivery, and when it was delivered."""
        out, order, usdt, release = self.order(rng, parties, time, fen)
        sent = pay(self.world, parties.desk, parties.address, release, usdt, rail=CHAIN_RAIL, order=order)
        return out, sent, release

    def order(self, rng: np.random.Generator, parties: Parties, time: Ints, fen: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """Yuan to the merchant and an order: the row of the payment, the order, the USDT that are due, and when they come."""
        world, n = self.world, len(time)
        price = np.rint(10_000 * (world.config.usdt_price + 0.04 * rng.standard_normal(n))).astype(np.int64)
        usdt = fen * 10_000 * 10_000 // price  # fen → millionths of a dollar: 1e-2 / (price · 1e-4) · 1e6
        order_time = time + rng.integers(20, 240, n)
        release = order_time + rng.integers(60, 900, n)
        order = world.orders.add(
            n,
            time=order_time,
            side=0,
            amount=usdt,
            price=price,
            user=parties.user,
            account=parties.account,
            address=parties.address,
        )
        out = pay(world, parties.account, parties.merchant, time, fen, channel=MOBILE, order=order)
        return out, order, usdt, release

    def sweep(self, rng: np.random.Generator, deposit: Ints, time: Ints, usdt: Ints) -> None:
        """Moves what reached a deposit address into a hot wallet within hours."""
        hot = self.hot[deposit % len(self.hot)]
        pay(self.world, deposit, hot, time + rng.integers(600, DAY // 3, len(time)), usdt, rail=CHAIN_RAIL)


def lawful_trading(world: World, exchange: Exchange) -> None:
    """What customers do in a month: buy, hold, send, deposit, withdraw, sell."""
    config, rng = world.config, world.chance.of("lawful trading")
    users = exchange.users
    main = world.persons["main"]
    n = max(4, len(users) * config.days // 12)
    who, m = rng.integers(0, len(users), n), rng.integers(0, len(exchange.merchants), n)
    to_deposit = rng.random(n) < 0.5
    address = np.where(to_deposit, exchange.deposit[who], exchange.own[who])
    time = np.minimum(world.moments(rng, n, WAKING), world.end - 7200)
    fen = heavy(rng, n, 2_600, 1.2) + 1_000
    keep = main[users[who]] != exchange.merchant_accounts[m]
    who, m, address, time, fen, to_deposit = (x[keep] for x in (who, m, address, time, fen, to_deposit))
    parties = Parties(users[who], main[users[who]], address, exchange.desks[m], exchange.merchant_accounts[m])
    _, sent, release = exchange.buy(rng, parties, time, fen)
    exchange.sweep(rng, address[to_deposit], release[to_deposit], world.ledger["amount"][sent][to_deposit])
    _wanderings(world, exchange, rng)


def _wanderings(world: World, exchange: Exchange, rng: np.random.Generator) -> None:
    """Transfers between wallets of their own, deposits, withdrawals, and sales."""
    config, users = world.config, exchange.users
    n = len(users) * config.days // 6
    a, b = rng.integers(0, len(users), n), rng.integers(0, len(users), n)
    amount = heavy(rng, n, 240, 1.3) * 10_000
    time = world.moments(rng, n, WAKING)
    pay(world, exchange.own[a], exchange.own[b], time, amount, rail=CHAIN_RAIL)
    pay(world, exchange.own[a], exchange.deposit[a], time + 90, amount // 2 + 1, rail=CHAIN_RAIL)
    exchange.sweep(rng, exchange.deposit[a], time + 90, amount // 2 + 1)
    pay(world, exchange.hot[a % len(exchange.hot)], exchange.own[b], time + 4000, amount // 3 + 1, rail=CHAIN_RAIL)
    _sales(world, exchange, a[: n // 4], time[: n // 4], rng)
    _rest_of_the_world(world, exchange, rng)


def _sales(world: World, exchange: Exchange, who: Ints, when: Ints, rng: np.random.Generator) -> None:
    """Customers sell USDT to a desk and are paid in yuan."""
    n = len(who)
    merchant = rng.integers(0, len(exchange.merchants), n)
    seller, own = exchange.users[who], exchange.own[who]
    account = world.persons["main"][seller]
    fen = heavy(rng, n, 1_900, 1.1) + 1_000
    price = np.full(n, int(world.config.usdt_price * 10_000))
    usdt = fen * 100_000_000 // price
    order = world.orders.add(n, time=when, side=1, amount=usdt, price=price, user=seller, account=account, address=own)
    pay(world, own, exchange.desks[merchant], when + 60, usdt, rail=CHAIN_RAIL, order=order)
    payer, purpose = exchange.merchant_accounts[merchant], PURPOSE["转账"]
    pay(world, payer, account, when + 400, fen, channel=MOBILE, purpose=purpose, order=order)


def _rest_of_the_world(world: World, exchange: Exchange, rng: np.random.Generator) -> None:
    """Addresses of nobody in the province, and the desks' stock from the exchange."""
    config = world.config
    rest = exchange.addresses(max(40, config.people // 30))
    n = max(60, int(config.people * config.days * 0.012))
    a, b = rng.integers(0, len(rest), n), (len(rest) * rng.random(n) ** 2).astype(np.int64)
    always = world.moments(rng, n, np.ones(24), np.ones(7))
    pay(world, rest[a], rest[b], always, heavy(rng, n, 300, 1.8) * 10_000, rail=CHAIN_RAIL)
    stock = rng.integers(0, len(exchange.desks), max(2, config.days * len(exchange.desks) // 5))
    n, hot = len(stock), exchange.hot[stock % len(exchange.hot)]
    pay(world, hot, exchange.desks[stock], world.moments(rng, n, WAKING), heavy(rng, n, 20_000, 0.5) * 10_000, rail=CHAIN_RAIL)
