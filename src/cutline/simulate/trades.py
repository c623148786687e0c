"""Honest trades that look like a ring's: call centres, couriers, stalls, treasuries, group purchases, helpers, new accounts."""

import numpy as np

from cutline.simulate import neighbours
from cutline.simulate.economy import PURPOSE, Market, pay
from cutline.simulate.people import (
    CENTRE,
    STUDENT,
    SUBSIDIARY,
    TREASURY,
    WORKER,
    adults,
    cells_of,
    company_accounts,
    new_devices,
    new_handles,
    scaled,
)
from cutline.simulate.randomness import DAY, MARKET, OFFICE, WORKDAYS, Ints, heavy, pick, rounded
from cutline.simulate.world import MOBILE, RECEIPT_RAIL, WEB, World


def all_trades(world: World, market: Market) -> None:
    """Lets every honest trade work through the whole time."""
    call_centres(world)
    couriers(world)
    stalls(world, market)
    campus(world)
    treasuries(world)
    neighbours.group_purchases(world, market)
    neighbours.elderly_helpers(world, market)
    neighbours.remote_help(world, market)
    neighbours.house_purchases(world)
    neighbours.refunds(world, market)
    neighbours.new_holders(world)


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
        seats,
        operator=pick(rng, seats, np.array(config.operator_shares)),
        org=firm,
        cell=cell,
        kind=0,
        activated=-rng.integers(5 * DAY, 900 * DAY, seats),
        device=gateways[np.arange(seats) % len(gateways)],
        region=world.orgs["region"][firm],
    )
    _seats_call(world, lines, cell, rng)
    world.look_alike("phone", lines, "call_center")
    world.look_alike("device", gateways, "call_center")


def _seats_call(world: World, lines: Ints, cell: Ints, rng: np.random.Generator) -> None:
    """Calls out on working days, some returned calls, and notices of the operator; some seats use a leased gateway."""
    config, seats = world.config, len(lines)
    n = int(seats * config.days * config.centre_calls_per_day * 0.78)
    seat = rng.integers(0, seats, n)
    callee = world.persons["line"][rng.integers(0, config.people, n)]
    missed = rng.random(n) < 0.35
    length = np.where(missed, 0, np.exp(3.5 + 0.9 * rng.standard_normal(n))).astype(np.int64)
    time = world.moments(rng, n, OFFICE, WORKDAYS)
    trunk = np.where(seat % 4 == 0, 2 + seat % 2, 0)
    world.calls.add(n, a=lines[seat], b=callee, time=time, duration=length, cell=cell[seat], release=missed, trunk=trunk)
    back = rng.random(n) < 0.05
    k = int(back.sum())
    later = time[back] + rng.integers(300, 7200, k)
    world.calls.add(k, a=callee[back], b=lines[seat[back]], time=later, duration=rng.integers(20, 400, k), cell=-1)
    k = seats * config.days // 3
    notice = -1 - rng.integers(0, 3, k)
    world.calls.add(k, a=notice, b=lines[rng.integers(0, seats, k)], time=world.moments(rng, k, OFFICE), sms=1)


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
        n,
        a=world.persons["line"][who],
        b=world.persons["line"][rng.integers(0, config.people, n)],
        time=world.moments(rng, n, MARKET),
        duration=duration,
        cell=cells_of(world, region, rng),
        release=missed,
    )
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
    pay(
        world,
        market.stalls[seller],
        market.wholesale[seller % len(market.wholesale)],
        time,
        heavy(rng, len(seller), 520, 0.5),
        channel=MOBILE,
        purpose=PURPOSE["货款"],
    )
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
    world.logins.add(
        int(ok.sum()),
        handle=handle[ok],
        time=world.moments(rng, n, OFFICE)[ok],
        device=world.persons["device"][students[who[ok]]],
        ip=ips[students[who[ok]] % len(ips)],
    )
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
