"""Honest people whose month resembles a ring's: group buyers, helpers of the elderly, house buyers, new accounts."""

import numpy as np

from cutline.simulate.economy import PURPOSE, Market, pay
from cutline.simulate.people import adults, new_accounts, new_lines, new_wallets, scaled
from cutline.simulate.randomness import DAY, MARKET, OFFICE, WORKDAYS, heavy, rounded
from cutline.simulate.world import ECNY_RAIL, MOBILE, WEB, World


def group_purchases(world: World, market: Market) -> None:
    """A neighbour collects small sums from many in a day and pays one supplier the next."""
    config, rng = world.config, world.chance.of("group purchases")
    people = adults(world, scaled(world, config.group_buyers, 2), rng)
    buyers = adults(world, config.people, rng)
    rounds = np.repeat(people, max(1, config.days // 8))
    size = rng.integers(12, 45, len(rounds))
    start = rng.integers(0, config.days, len(rounds)) * DAY + rng.integers(9 * 3600, 20 * 3600, len(rounds))
    owner = np.repeat(np.arange(len(rounds)), size)
    price = heavy(rng, len(rounds), 66, 0.5)[owner]
    main = world.persons["main"]
    pay(
        world,
        main[buyers[rng.integers(0, len(buyers), len(owner))]],
        main[rounds[owner]],
        start[owner] + rng.integers(0, 8 * 3600, len(owner)),
        price,
        channel=MOBILE,
        purpose=PURPOSE["团购"],
    )
    total = np.bincount(owner, weights=price).astype(np.int64) * 96 // 100
    pay(
        world,
        main[rounds],
        market.wholesale[rng.integers(0, len(market.wholesale), len(rounds))],
        start + rng.integers(9 * 3600, 26 * 3600, len(rounds)),
        total,
        channel=MOBILE,
        purpose=PURPOSE["货款"],
    )
    world.look_alike("account", main[people], "group_purchase")
    world.look_alike("person", people, "group_purchase")


def elderly_helpers(world: World, market: Market) -> None:
    """A volunteer opens and loads wallets for a dozen neighbours at one terminal within an hour or two."""
    config, rng = world.config, world.chance.of("elderly helpers")
    helpers = adults(world, scaled(world, config.elderly_helpers), rng)
    size = rng.integers(8, 15, len(helpers))
    owner = np.repeat(np.arange(len(helpers)), size)
    holders = rng.integers(0, config.people, len(owner))
    start = rng.integers(1, max(2, config.days - 1), len(helpers)) * DAY + rng.integers(9 * 3600, 16 * 3600, len(helpers))
    when = start[owner] + rng.integers(0, 5400, len(owner))
    wallets = new_wallets(world, holders, rng, tier=4, opened=when - rng.integers(60, 900, len(owner)))
    amount = rng.integers(2, 20, len(owner)) * 5_000
    pay(world, world.persons["main"][helpers[owner]], wallets, when, amount, rail=ECNY_RAIL, terminal=helpers[owner])
    if len(market.wallets):
        n = len(wallets) * 4
        which = rng.integers(0, len(wallets), n)
        spend = when[which] + rng.integers(3600, 12 * DAY, n)
        pay(
            world,
            wallets[which],
            market.wallets[rng.integers(0, len(market.wallets), n)],
            spend,
            heavy(rng, n, 15, 0.6),
            rail=ECNY_RAIL,
        )
    world.look_alike("ecny_wallet", wallets, "helper_of_elderly")
    world.look_alike("person", helpers, "helper_of_elderly")


def remote_help(world: World, market: Market) -> None:
    """IT support takes over a screen while a bill is paid."""
    config, rng = world.config, world.chance.of("remote help")
    people = adults(world, scaled(world, config.remote_helped, 2), rng)
    n = len(people)
    time = world.moments(rng, n, OFFICE, WORKDAYS)
    shops = market.shop_accounts[rng.integers(0, len(market.shop_accounts), n)]
    pay(
        world,
        world.persons["main"][people],
        shops,
        time,
        heavy(rng, n, 420, 0.9),
        channel=MOBILE,
        remote=1,
        device=world.persons["device"][people],
        ip=world.persons["ip"][people],
        check=1,
        purpose=PURPOSE["服务费"],
    )
    desk = new_lines(world, adults(world, max(1, n // 40), rng), rng)
    world.calls.add(
        n, a=desk[np.arange(n) % len(desk)], b=world.persons["line"][people], time=np.maximum(0, time - 900), duration=1500
    )
    world.look_alike("person", people, "it_support")
    world.look_alike("account", world.persons["main"][people], "it_support")
    world.look_alike("phone", desk, "it_support")


def house_purchases(world: World) -> None:
    """The agent calls, and most of the balance goes to a payee never paid before."""
    config, rng = world.config, world.chance.of("houses")
    people = adults(world, 2 * scaled(world, config.house_buyers, 2), rng)
    half = len(people) // 2
    buyers, sellers = people[:half], people[half : 2 * half]
    time = world.moments(rng, half, OFFICE)
    amount = rounded(rng, heavy(rng, half, 380_000, 0.6), 1.0)
    main, line = world.persons["main"], world.persons["line"]
    pay(world, main[buyers], main[sellers], time, amount, channel=WEB, check=1, purpose=PURPOSE["购房款"])
    agents = new_lines(world, adults(world, max(1, half // 10), rng), rng)
    world.calls.add(
        half,
        a=agents[np.arange(half) % len(agents)],
        b=line[buyers],
        time=np.maximum(0, time - 2400),
        duration=rng.integers(120, 1800, half),
    )
    world.look_alike("account", np.concatenate([main[buyers], main[sellers]]), "house_purchase")
    world.look_alike("person", people, "house_purchase")
    world.look_alike("phone", np.concatenate([line[buyers], agents]), "house_purchase")


def refunds(world: World, market: Market) -> None:
    """A purchase, and some days later a genuine refund, at times a little more with the postage."""
    config, rng = world.config, world.chance.of("refunds")
    people = adults(world, scaled(world, config.refunded, 2), rng)
    n = len(people)
    shops = market.shop_accounts[rng.integers(0, len(market.shop_accounts), n)]
    time, amount = world.moments(rng, n, MARKET), heavy(rng, n, 210, 0.8)
    main = world.persons["main"]
    pay(world, main[people], shops, time, amount, channel=MOBILE, purpose=PURPOSE["购物"])
    pay(
        world,
        shops,
        main[people],
        time + rng.integers(DAY, 6 * DAY, n),
        amount + rng.integers(0, 2, n) * 1_200,
        channel=WEB,
        purpose=PURPOSE["退款"],
    )
    world.look_alike("account", main[people], "refund")


def new_holders(world: World) -> None:
    """People who opened an account this month and move their savings or pay their move with it."""
    config, rng = world.config, world.chance.of("new holders")
    people = adults(world, scaled(world, config.new_accounts, 2), rng)
    n = len(people)
    opened = rng.integers(-10 * DAY, max(1, (config.days - 4) * DAY), n)
    accounts = new_accounts(world, people, rng, opened=opened, cls=1 + (rng.random(n) < 0.5))
    time = np.maximum(0, opened) + rng.integers(3600, 2 * DAY, n)
    amount = rounded(rng, heavy(rng, n, 7_000, 1.0), 0.8)
    main = world.persons["main"]
    pay(world, main[people], accounts, time, amount, channel=MOBILE)
    others = adults(world, config.people, rng)
    for _ in range(4):
        late = time + rng.integers(600, 3 * DAY, n)
        part = np.maximum(100, amount * rng.integers(5, 24, n) // 100)
        pay(world, accounts, main[others[rng.integers(0, len(others), n)]], late, part, channel=MOBILE)
        friend = main[others[rng.integers(0, len(others), n)]]
        pay(world, friend, accounts, late - rng.integers(60, 3600, n), np.maximum(100, part * 8 // 10), channel=MOBILE)
    world.look_alike("account", accounts, "new_account_holder")
    world.look_alike("person", people, "new_account_holder")
