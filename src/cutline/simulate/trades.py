"""Honest trades that look like a ring's: call centres, couriers, stalls, treasuries, group purchases, helpers, new accounts."""

import numpy as np

from cutline.simulate.economy import PURPOSE, Market, pay
from cutline.simulate.people import (
    CENTRE, STUDENT, SUBSIDIARY, TREASURY, WORKER, cells_of, company_accounts, new_accounts, new_devices, new_handles,
    new_lines, new_wallets,
)  # fmt: skip
from cutline.simulate.randomness import DAY, MARKET, OFFICE, WORKDAYS, Ints, heavy, pick, rounded
from cutline.simulate.world import ECNY_RAIL, MOBILE, RECEIPT_RAIL, WEB, World


def scaled(world: World, per_ten_thousand: float, least: int = 1) -> int:
    """A count for this province from a rate per 10,000 people."""
    return max(least, round(per_ten_thousand * world.config.people / 10_000))


def adults(world: World, count: int, rng: np.random.Generator) -> Ints:
    """Different people with an account of their own."""
    grown = np.flatnonzero(world.persons["main"][: world.config.people] >= 0)
    return rng.choice(grown, min(count, len(grown)), replace=False)


def all_trades(world: World, market: Market) -> None:
    """Lets every honest trade work through the whole time."""
    call_centres(world)
    couriers(world)
    stalls(world, market)
    campus(world)
    treasuries(world)
    group_purchases(world, market)
    elderly_helpers(world, market)
    remote_help(world, market)
    house_purchases(world)
    refunds(world, market)
    new_holders(world)


def call_centres(world: World) -> None:
    """Seats that call all day: short calls to distinct people, but they are called back and get service SMS."""
    config, rng = world.config, world.chance.of("call centres")
    seats = scaled(world, config.call_centre_seats, 3)
    firms = world.orgs.add(max(1, seats // 25), kind=CENTRE, region=rng.integers(0, 5, max(1, seats // 25)))
    firm = firms[np.arange(seats) % len(firms)]
    cell = cells_of(world, world.orgs["region"][firm].astype(np.int64), rng)
    # Several seats hang on one gateway, as a call centre's do.
    gateways = new_devices(world, max(1, seats // 6), rng)
    lines = world.lines.add(
        seats, operator=pick(rng, seats, np.array(config.operator_shares)), org=firm, cell=cell, kind=0,
        activated=-rng.integers(5 * DAY, 900 * DAY, seats), device=gateways[np.arange(seats) % len(gateways)],
        region=world.orgs["region"][firm],
    )  # fmt: skip
    n = int(seats * config.days * config.centre_calls_per_day * 0.78)
    seat = rng.integers(0, seats, n)
    callee = world.persons["line"][rng.integers(0, config.people, n)]
    missed = rng.random(n) < 0.35
    length = np.where(missed, 0, np.exp(3.5 + 0.9 * rng.standard_normal(n))).astype(np.int64)
    time = world.moments(rng, n, OFFICE, WORKDAYS)
    world.calls.add(n, a=lines[seat], b=callee, time=time, duration=length, cell=cell[seat], release=np.where(missed, 1, 0))
    back = rng.random(n) < 0.05
    k = int(back.sum())
    world.calls.add(k, a=callee[back], b=lines[seat[back]], time=time[back] + rng.integers(300, 7200, k),
                    duration=rng.integers(20, 400, k), cell=-1)  # fmt: skip
    k = seats * config.days // 3
    world.calls.add(
        k, a=-1 - rng.integers(0, 3, k), b=lines[rng.integers(0, seats, k)], time=world.moments(rng, k, OFFICE), sms=1
    )
    world.look_alike("phone", lines, "call_center")
    world.look_alike("device", gateways, "call_center")


def couriers(world: World) -> None:
    """Many short calls to strangers from many cells."""
    config, rng = world.config, world.chance.of("couriers")
    workers = np.flatnonzero(world.persons["status"][: config.people] == WORKER)
    people = rng.choice(workers, min(len(workers), scaled(world, config.couriers, 2)), replace=False)
    n = int(len(people) * config.days * config.courier_calls_per_day)
    who = people[rng.integers(0, len(people), n)]
    missed = rng.random(n) < 0.2
    duration = np.where(missed, 0, rng.gamma(2.0, 12.0, n).astype(np.int64))
    region = world.persons["region"][who].astype(np.int64)
    world.calls.add(
        n, a=world.persons["line"][who], b=world.persons["line"][rng.integers(0, config.people, n)], time=world.moments(rng, n, MARKET),
        duration=duration, cell=cells_of(world, region, rng), release=missed,
    )  # fmt: skip
    world.look_alike("phone", world.persons["line"][people], "courier")
    world.look_alike("person", people, "courier")


def stalls(world: World, market: Market) -> None:
    """Market stalls: many small receipts by code from strangers, the takings paid out every second evening."""
    config, rng = world.config, world.chance.of("stalls")
    count = min(len(market.stalls), scaled(world, 40, 2))
    if not count:
        return
    chosen = rng.choice(len(market.stalls), count, replace=False)
    n = int(count * config.days * config.stall_code_payments)
    which = chosen[rng.integers(0, count, n)]
    buyers = adults(world, config.people, rng)
    payer = world.persons["main"][buyers[rng.integers(0, len(buyers), n)]]
    code = market.codes[len(market.shop_accounts) + which]
    pay(world, payer, market.stalls[which], world.moments(rng, n, MARKET), heavy(rng, n, 17, 0.7), rail=RECEIPT_RAIL, code=code)
    evenings = np.arange(0, config.days, 2)
    seller = np.repeat(chosen, len(evenings))
    time = np.tile(evenings * DAY + 20 * 3600, count) + rng.integers(0, 7200, len(seller))
    pay(world, market.stalls[seller], market.wholesale[seller % len(market.wholesale)], time,
        heavy(rng, len(seller), 520, 0.5), channel=MOBILE, purpose=PURPOSE["货款"])  # fmt: skip
    world.look_alike("account", market.stalls[chosen], "market_stall")
    world.look_alike("person", market.keepers[chosen], "market_stall")
    world.look_alike("phone", world.persons["line"][market.keepers[chosen]], "market_stall")


def campus(world: World) -> None:
    """Students behind one address and shared terminals: many accounts on a device in a day."""
    config, rng = world.config, world.chance.of("campus")
    students = np.flatnonzero(world.persons["status"][: config.people] == STUDENT)
    if len(students) < 2:
        return
    ips = world.ips.add(max(1, len(students) // 300), value=rng.integers(0xCA700000, 0xCA7FFFFF, max(1, len(students) // 300)))
    terminals = new_devices(world, max(1, len(students) // 40), rng)
    opened = rng.integers(0, max(1, config.days - 1), len(students)) * DAY + rng.integers(9 * 3600, 18 * 3600, len(students))
    first_day = rng.random(len(students)) < 0.6
    opened = np.where(first_day, opened // DAY * DAY // (5 * DAY) * 5 * DAY + opened % DAY, opened)
    device = terminals[(np.arange(len(students)) + opened // DAY) % len(terminals)]
    rows = new_handles(world, students, 1, rng, device=device, ip=ips[students % len(ips)], created=opened)
    world.logins.add(
        len(rows), handle=rows, time=opened + rng.integers(1, 600, len(rows)), device=device, ip=ips[students % len(ips)]
    )
    n = len(students) * config.days // 4
    who = rng.integers(0, len(students), n)
    handle = world.persons["handle"][students[who]]
    ok = handle >= 0
    world.logins.add(int(ok.sum()), handle=handle[ok], time=world.moments(rng, n, OFFICE)[ok],
                     device=world.persons["device"][students[who[ok]]], ip=ips[students[who[ok]] % len(ips)])  # fmt: skip
    world.look_alike("handle", rows, "campus")
    world.look_alike("device", terminals, "campus")


def treasuries(world: World) -> None:
    """Groups of companies: subsidiaries collect from customers and are swept to the treasury every evening."""
    config, rng = world.config, world.chance.of("treasuries")
    groups = max(1, config.people // 3500)
    heads = company_accounts(world, world.orgs.add(groups, kind=TREASURY), rng)
    count = groups * 7
    subs = company_accounts(
        world, world.orgs.add(count, kind=SUBSIDIARY), rng, opened=-rng.integers(30 * DAY, 900 * DAY, count)
    )
    buyers = adults(world, config.people, rng)
    n = int(count * config.days * 5)
    sub = rng.integers(0, count, n)
    amount = rounded(rng, heavy(rng, n, 480, 1.0), 0.5)
    time = world.moments(rng, n, OFFICE)
    payer = world.persons["main"][buyers[rng.integers(0, len(buyers), n)]]
    pay(world, payer, subs[sub], time, amount, channel=WEB, purpose=PURPOSE["服务费"])
    # The sweep moves what came in until the evening, all but a small float.
    day = time // DAY + (time % DAY > 20 * 3600)
    total = np.bincount(sub * (config.days + 1) + day, weights=amount, minlength=count * (config.days + 1)).astype(np.int64)
    cell = np.flatnonzero(total)
    when = cell % (config.days + 1) * DAY + 20 * 3600 + rng.integers(60, 1800, len(cell))
    origin = cell // (config.days + 1)
    pay(world, subs[origin], heads[origin // 7], when, total[cell] * 97 // 100 + 1, channel=WEB, purpose=PURPOSE["资金归集"])
    world.look_alike("account", np.concatenate([subs, heads]), "treasury")


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
    pay(world, main[buyers[rng.integers(0, len(buyers), len(owner))]], main[rounds[owner]],
        start[owner] + rng.integers(0, 8 * 3600, len(owner)), price, channel=MOBILE, purpose=PURPOSE["团购"])  # fmt: skip
    total = np.bincount(owner, weights=price).astype(np.int64) * 96 // 100
    pay(world, main[rounds], market.wholesale[rng.integers(0, len(market.wholesale), len(rounds))],
        start + rng.integers(9 * 3600, 26 * 3600, len(rounds)), total, channel=MOBILE, purpose=PURPOSE["货款"])  # fmt: skip
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
    pay(world, world.persons["main"][people], shops, time, heavy(rng, n, 420, 0.9), channel=MOBILE, remote=1,
        device=world.persons["device"][people], ip=world.persons["ip"][people], check=1, purpose=PURPOSE["服务费"])  # fmt: skip
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
    pay(world, shops, main[people], time + rng.integers(DAY, 6 * DAY, n), amount + rng.integers(0, 2, n) * 1_200,
        channel=WEB, purpose=PURPOSE["退款"])  # fmt: skip
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
