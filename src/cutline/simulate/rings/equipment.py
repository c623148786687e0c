"""What a ring works with: SIM boxes and cards, handles from farms, rented accounts, wallets, addresses."""

import numpy as np

from cutline.simulate.crypto import DEPOSIT, DESK, Exchange
from cutline.simulate.economy import pay
from cutline.simulate.people import (
    AGENT,
    YEAR,
    cells_of,
    foreign_cells,
    new_accounts,
    new_devices,
    new_handles,
    new_lines,
    new_wallets,
)
from cutline.simulate.randomness import DAY, Ints
from cutline.simulate.rings.gang import Ring
from cutline.simulate.world import ECNY_RAIL, World


def equip(world: World, ring: Ring, exchange: Exchange) -> None:
    """Gives the ring everything it will use, opened at different times before and during the story."""
    rng = world.chance.of(f"equipment {ring.name}")
    ring.ips = world.ips.add(
        3 + ring.size // 8, value=rng.integers(0x67000000, 0x677FFFFF, 3 + ring.size // 8), country=ring.country
    )
    _sim_boxes(world, ring, rng)
    _caller_lines(world, ring, rng)
    _handles(world, ring, rng)
    _accounts(world, ring, rng)
    _wallets(world, ring, rng)
    _addresses(world, ring, exchange, rng)


def holder_role(ring: Ring, person: int) -> str:
    """The role under which a member's tools stand in the truth."""
    return next((role for role, p in ring.members if p == person), "mule")


def _sim_boxes(world: World, ring: Ring, rng: np.random.Generator) -> None:
    keepers = ring.of("sim_box_keeper") or ring.of("caller")
    dealers = ring.of("card_dealer")
    holders = ring.of("card_farmer") + ring.of("card_dealer") or ring.of("mule")
    boxes = max(1, ring.size // world.config.members_per_box)
    devices = new_devices(world, boxes, rng)
    keeper_role = "sim_box_keeper" if ring.of("sim_box_keeper") else "caller"
    sims = []
    for box in devices:
        count = int(rng.integers(*world.config.lines_per_box))
        region = rng.integers(0, 14, 1)
        cell = cells_of(world, region, rng)
        bulk = int(rng.integers(-160 * DAY, max(-20 * DAY, ring.start - 6 * DAY)))
        activated = np.minimum(bulk + rng.integers(0, 2 * DAY, count), ring.start - DAY)
        own = np.array(holders)[rng.integers(0, len(holders), count)]
        shops = np.flatnonzero(world.orgs["kind"] == AGENT)
        agent = -2 - dealers[0] if dealers and rng.random() < 0.5 else int(rng.choice(shops))
        lines = new_lines(world, own, rng, activated=activated, device=box, cell=cell, agent=agent, region=region)
        world.subject("phone", lines, ring.name, keeper_role)
        world.pairings.add(
            count,
            device=box,
            line=lines,
            first=np.maximum(activated, ring.start - 2 * DAY),
            last=ring.end - rng.integers(0, DAY, count),
            cell=cell,
        )
        sims.append(lines)
    # A reserve that is never put into the box: in the truth, but not used.
    spare = new_lines(
        world, np.array(holders)[rng.integers(0, len(holders), 2)], rng, device=devices[0], activated=ring.start - 3 * DAY
    )
    world.subject("phone", spare, ring.name, keeper_role)
    world.subject("device", devices, ring.name, keeper_role)
    ring.sims = np.concatenate(sims)
    ring.keeper_of = {"sims": keepers[0]}


def _caller_lines(world: World, ring: Ring, rng: np.random.Generator) -> None:
    """Second and third line speak over leased gateways with foreign or pretended numbers, some over a card taken along."""
    for person in ring.of("caller"):
        if rng.random() < 0.55:
            pretended = rng.random() < 0.5
            line = world.lines.add(1, country=0 if pretended else ring.country, operator=-1, kind=2 if pretended else 0)
        else:
            line = new_lines(
                world,
                np.array([person]),
                rng,
                activated=ring.start - rng.integers(10, 300, 1) * DAY,
                cell=foreign_cells(world, np.array([ring.country]), rng),
            )
        ring.caller_lines.append(int(line[0]))
        world.subject("phone", line, ring.name, "caller")


def _handles(world: World, ring: Ring, rng: np.random.Generator) -> None:
    """Accounts made on few devices in few days, aged, then used from the compound."""
    workers = ring.of("caller", "promoter", "recruiter", "technician") or ring.of("organiser")
    farm = new_devices(world, max(1, ring.size // 12), rng)
    role_farm = "promoter" if ring.of("promoter") else "caller"
    made = int(rng.integers(6, 10)) * len(farm) * 2
    device = farm[np.arange(made) % len(farm)]
    day = int(rng.integers(-40, max(1, ring.start // DAY)))
    created = (day + np.arange(made) // (made // 2) * 3) * DAY + rng.integers(9 * 3600, 20 * 3600, made)
    created = np.minimum(created, ring.start + rng.integers(0, DAY, made))
    owner = np.array(workers)[np.arange(made) % len(workers)]
    line = np.resize(ring.sims, made)
    farmed = new_handles(world, owner, int(rng.integers(0, 2)), rng, device=device, line=line, created=created, ip=ring.ips[0])
    inside = created >= 0
    world.logins.add(int(inside.sum()), handle=farmed[inside], time=created[inside] + 30, device=device[inside], ip=ring.ips[0])
    world.subject("device", farm, ring.name, role_farm)
    desks = new_devices(world, max(1, len(workers)), rng)
    for k, person in enumerate(workers):
        count = int(rng.integers(1, 4))
        rows = new_handles(
            world,
            np.full(count, person),
            0,
            rng,
            device=desks[k % len(desks)],
            line=ring.sims[rng.integers(0, len(ring.sims), count)],
            created=-rng.integers(5 * DAY, 2 * YEAR, count),
            ip=ring.ips[rng.integers(0, len(ring.ips), count)],
        )
        ring.handles += [int(h) for h in rows]
        world.subject("handle", rows, ring.name, holder_role(ring, person))
        world.subject("device", desks[k % len(desks)], ring.name, holder_role(ring, person))
    for row, person in zip(farmed, owner, strict=True):
        world.subject("handle", row, ring.name, holder_role(ring, int(person)))
    ring.handles += [int(h) for h in farmed]


def _accounts(world: World, ring: Ring, rng: np.random.Generator) -> None:
    """Layers of accounts: mules first (at times their own salary account), rented cards and launderers behind."""
    first, second, third = ring.layers

    def rent(person: int, count: int) -> list[int]:
        opened = np.where(
            rng.random(count) < 0.5, -rng.integers(30 * DAY, 6 * YEAR, count), ring.start - rng.integers(DAY, 60 * DAY, count)
        )
        rows = new_accounts(world, np.full(count, person), rng, opened=opened, exact=1, inst=rng.integers(0, 5, count))
        world.subject("account", rows, ring.name, holder_role(ring, person))
        return [int(r) for r in rows]

    for person in ring.of("mule"):
        if person < world.config.people and rng.random() < 0.5:
            main = int(world.persons["main"][person])
            if world.nodes["inst"][main] < 5:
                world.subject("account", main, ring.name, "mule")
                first.append(main)
        first.extend(rent(person, int(rng.integers(2, 5))))
    for person in ring.of("card_farmer"):
        second.extend(rent(person, int(rng.integers(2, 6))))
    for person in ring.of("launderer"):
        second.extend(rent(person, int(rng.integers(2, 5))))
        third.extend(rent(person, int(rng.integers(3, 7))))
    for layer, need in ((second, 4), (third, 3)):
        while len(layer) < need:
            layer.extend(rent(int(rng.choice(ring.of("mule"))), 1))


def _wallets(world: World, ring: Ring, rng: np.random.Generator) -> None:
    """A dozen wallets with phone-only limits, opened at one machine in an hour or two."""
    if ring.size < 6:
        return
    holders = ring.of("card_farmer", "mule")
    count = int(rng.integers(10, 15))
    opened = ring.start - int(rng.integers(0, 4)) * DAY + np.sort(rng.integers(0, 6600, count))
    people = np.array(holders)[rng.integers(0, len(holders), count)]
    rows = new_wallets(world, people, rng, tier=4, opened=opened, line=ring.sims[rng.integers(0, len(ring.sims), count)])
    ring.wallets = [int(r) for r in rows]
    first = np.maximum(opened, 0) + rng.integers(30, 500, count)  # a first load proves that the wallet works
    account = min(ring.layers[1], key=lambda a: int(world.nodes["opened"][a]))
    coins = rng.integers(1, 40, count) * 100
    pay(world, np.full(count, account), rows, first, coins, rail=ECNY_RAIL, terminal=ring.terminal)
    for row, person in zip(rows, people, strict=True):
        world.subject("ecny_wallet", row, ring.name, holder_role(ring, int(person)))


def _addresses(world: World, ring: Ring, exchange: Exchange, rng: np.random.Generator) -> None:
    boss = ring.of("launderer") or ring.of("organiser")
    role = holder_role(ring, boss[0])
    ring.collecting = [int(a) for a in exchange.addresses(2 + ring.size // 12)]
    ring.deposits = [int(a) for a in exchange.addresses(1 + ring.size // 15, boss[0], DEPOSIT)]
    ring.cold = [int(exchange.addresses(1, ring.of("organiser")[0])[0])]
    world.subject("address", [*ring.collecting, *ring.deposits], ring.name, role)
    world.subject("address", ring.cold, ring.name, "organiser")
    merchants = ring.of("otc_merchant")
    if merchants:
        account = new_accounts(world, np.array(merchants[:1]), rng, cls=1, inst=rng.integers(0, 5, 1))
        desk = exchange.addresses(1, merchants[0], DESK)
        world.subject("account", account, ring.name, "otc_merchant")
        world.subject("address", desk, ring.name, "otc_merchant")
        ring.desk = (int(account[0]), int(desk[0]))
        ring.evm_desk = int(exchange.chain.addresses(1, merchants[0], DESK)[0])
        world.subject("address", ring.evm_desk, ring.name, "otc_merchant")
    else:
        m = int(rng.integers(0, len(exchange.merchants)))
        ring.desk = (int(exchange.merchant_accounts[m]), int(exchange.desks[m]))
        ring.evm_desk = int(exchange.evm_desks[m])
    if ring.size >= world.config.evm_smallest:
        _evm_addresses(world, ring, exchange, boss[0], role)


def _evm_addresses(world: World, ring: Ring, exchange: Exchange, boss: int, role: str) -> None:
    """What a ring needs on a second chain: where dollars arrive, a deposit at the exchange, a cold address."""
    chain = exchange.chain
    ring.evm_collecting = chain.addresses(2 + ring.size // 12).tolist()
    ring.evm_deposits = chain.addresses(1 + ring.size // 20, boss, DEPOSIT).tolist()
    ring.evm_cold = chain.addresses(1, ring.of("organiser")[0]).tolist()
    world.subject("address", [*ring.evm_collecting, *ring.evm_deposits], ring.name, role)
    world.subject("address", ring.evm_cold, ring.name, "organiser")


def hop_address(world: World, ring: Ring, exchange: Exchange, role: str, rng: np.random.Generator) -> int:
    """A passing address: new for a while, then one of those the ring already has, now and then a new one again."""
    if len(ring.hops) > 3 + ring.size and rng.random() < world.config.address_reuse:
        return int(rng.choice(ring.hops))
    row: Ints = exchange.addresses(1)
    world.subject("address", row, ring.name, role)
    ring.hops.append(int(row[0]))
    return int(row[0])
