"""Everyday money: wages, rent, shopping, gifts, bills, cash, digital yuan, and trade between companies."""

import numpy as np

from cutline.simulate.people import EMPLOYER, KEEPER, VENUE, YEAR, cells_of, company_accounts, new_wallets
from cutline.simulate.randomness import DAY, MARKET, OFFICE, WAKING, WORKDAYS, Ints, heavy, pick, rounded, zipf_weights
from cutline.simulate.talk import Circle
from cutline.simulate.world import (
    ATM,
    BANK_RAIL,
    DELIVERING_BANKS,
    ECNY_RAIL,
    MOBILE,
    PAYROLL,
    POS,
    PURPOSES,
    RECEIPT_RAIL,
    REGIONS,
    TERMINAL,
    WEB,
    World,
)

PURPOSE = {name: number for number, name in enumerate(PURPOSES)}


class Market:
    """Shops and stalls by region, with their accounts, payment codes and wallets; and the cash machines."""

    def __init__(self, world: World) -> None:
        rng, n = world.chance.of("market"), world.config.people
        self.keepers = np.flatnonzero(world.persons["status"][:n] == KEEPER)
        shops = max(24, n // 60)
        regions = pick(rng, shops, zipf_weights(len(REGIONS), 0.6))
        orgs = world.orgs.add(shops, kind=VENUE, region=regions, cell=cells_of(world, regions, rng))
        accounts = company_accounts(world, orgs, rng)
        world.orgs.put("main", orgs, accounts)
        self.stalls = world.persons["main"][self.keepers]
        self.wallets = new_wallets(
            world, self.keepers, rng, tier=2, opened=-rng.integers(60 * DAY, 2 * YEAR, len(self.keepers))
        )
        nodes = np.concatenate([accounts, self.stalls])
        self.codes = world.codes.add(len(nodes), node=nodes)
        area = np.concatenate([regions, world.persons["region"][self.keepers]])
        order = rng.permutation(len(nodes))
        order = order[np.argsort(area[order], kind="stable")]
        self._nodes, self._codes = nodes[order], self.codes[order]
        self._first = np.searchsorted(area[order], np.arange(len(REGIONS)))
        self._size = np.bincount(area, minlength=len(REGIONS))
        machines = max(DELIVERING_BANKS * 2, n // 700)
        self.machines = world.nodes.add(
            machines, kind=TERMINAL, inst=np.arange(machines) % DELIVERING_BANKS, region=rng.integers(0, len(REGIONS), machines)
        )
        wholesale = world.orgs.add(max(4, n // 800), kind=EMPLOYER, region=rng.integers(0, len(REGIONS), max(4, n // 800)))
        self.wholesale = company_accounts(world, wholesale, rng)
        world.orgs.put("main", wholesale, self.wholesale)
        self.shop_accounts = accounts

    def shop(self, regions: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
        """A shop near each buyer (account, code); a few shops draw most of the buyers."""
        size = self._size[regions]
        anywhere = (size == 0) | (rng.random(len(regions)) < 0.08)
        spot = self._first[regions] + (size * rng.random(len(regions)) ** 2.2).astype(np.int64)
        spot = np.where(anywhere, rng.integers(0, len(self._nodes), len(regions)), spot)
        spot = np.minimum(spot, len(self._nodes) - 1)
        return self._nodes[spot], self._codes[spot]


def payers(world: World, rng: np.random.Generator, n: int) -> Ints:
    """People with an account of their own; some spend far more often than others."""
    grown = np.flatnonzero(world.persons["main"][: world.config.people] >= 0)
    taste = np.exp(0.6 * world.chance.of("taste").standard_normal(len(grown)))
    return grown[pick(rng, n, taste)]


def pay(world: World, payer: Ints, payee: Ints, time: Ints, amount: Ints, **given: object) -> Ints:
    """Enters payments into the ledger."""
    ok = (payer != payee) & (time >= 0) & (time < world.end)
    n = int(ok.sum())
    cut = {k: v[ok] if isinstance(v, np.ndarray) else v for k, v in given.items()}
    return world.ledger.add(n, payer=payer[ok], payee=payee[ok], time=time[ok], amount=amount[ok], **cut)


def shopping(world: World, market: Market) -> None:
    """Purchases by code and by card."""
    config, rng = world.config, world.chance.of("shopping")
    n = int(config.people * config.days * config.receipts_per_day)
    buyer = payers(world, rng, n)
    shop, code = market.shop(world.persons["region"][buyer], rng)
    wallet = world.persons["wallet"][buyer]
    by_wallet = (wallet >= 0) & (rng.random(n) < 0.2)
    pay(
        world,
        np.where(by_wallet, wallet, world.persons["main"][buyer]),
        shop,
        world.moments(rng, n, MARKET),
        heavy(rng, n, 24, 0.95),
        rail=RECEIPT_RAIL,
        code=code,
    )
    n = int(config.people * config.days * config.card_payments_per_day)
    buyer = payers(world, rng, n)
    shop, _ = market.shop(world.persons["region"][buyer], rng)
    time = world.moments(rng, n, MARKET)
    amount = rounded(rng, heavy(rng, n, 118, 1.0), 0.2)
    pay(world, world.persons["main"][buyer], shop, time, amount, channel=POS, purpose=PURPOSE["购物"])


def by_month(world: World, rng: np.random.Generator, payday: Ints) -> tuple[Ints, Ints]:
    """Which of the monthly duties fall into the delivery, and when: (index of the duty, time)."""
    from datetime import timedelta

    which, when = [], []
    for day in range(world.config.days):
        due = np.flatnonzero(payday == (world.config.start + timedelta(days=day)).day)
        which.append(due)
        when.append(day * DAY + rng.integers(8 * 3600, 19 * 3600, len(due)))
    return np.concatenate(which), np.concatenate(when)


def wages(world: World) -> None:
    """Monthly payroll: one employer, all its people, within minutes."""
    config, rng = world.config, world.chance.of("wages")
    workers = np.flatnonzero(world.persons["employer"][: config.people] >= 0)
    employer = world.persons["employer"][workers]
    payday = pick(rng, len(world.orgs), np.array([1, 1, 1, 1, 5, 1, 1, 2, 1, 9, 1, 1, 1, 1, 8, 1, 1, 1, 1, 5, 1, 1, 1, 1, 3]))
    start = rng.integers(8 * 3600, 16 * 3600, len(world.orgs))
    due, time = by_month(world, rng, payday[employer] + 1)
    time = time // DAY * DAY + start[employer[due]] + rng.integers(0, 600, len(due))
    amount = heavy(rng, len(workers), config.salary_median, config.salary_sigma)[due]
    pay(
        world,
        world.orgs["main"][employer[due]],
        world.persons["main"][workers[due]],
        time,
        amount,
        channel=PAYROLL,
        purpose=PURPOSE["工资"],
    )
    sizes = np.bincount(employer, minlength=len(world.orgs))
    large = np.argsort(-sizes, kind="stable")[: max(3, config.people // 400)]
    world.look_alike("account", world.orgs["main"][large], "payroll")


def rents(world: World) -> None:
    """Tenants pay landlords, who pass most of it on to their mortgage or savings within two days."""
    config, rng = world.config, world.chance.of("rents")
    grown = np.flatnonzero(world.persons["main"][: config.people] >= 0)
    _, head = np.unique(world.persons["household"][grown], return_index=True)
    heads = grown[head]
    tenants = heads[rng.random(len(heads)) < config.share_tenants]
    landlords = rng.choice(grown, max(2, config.people // 110), replace=False)
    owner = landlords[pick(rng, len(tenants), zipf_weights(len(landlords), 0.5))]
    tenants, owner = tenants[tenants != owner], owner[tenants != owner]
    day = np.where(rng.random(len(tenants)) < 0.5, 1 + owner % 28, rng.integers(1, 29, len(tenants)))
    due, time = by_month(world, rng, day)
    main = world.persons["main"]
    amount = rounded(rng, heavy(rng, len(tenants), config.rent_median, 0.5), 1.0)[due]
    pay(world, main[tenants[due]], main[owner[due]], time, amount, channel=MOBILE, purpose=PURPOSE["房租"])
    world.relations.add(
        len(tenants), person=tenants, relation=2, other=owner, since=-rng.integers(30 * DAY, 3 * YEAR, len(tenants))
    )
    bank = company_accounts(world, world.orgs.add(5, kind=EMPLOYER), rng)
    through = rng.random(len(due)) < 0.7
    delay = rng.integers(3600, 2 * DAY, len(due))
    pay(
        world,
        main[owner[due]][through],
        bank[rng.integers(0, 5, int(through.sum()))],
        (time + delay)[through],
        (amount * 9 // 10)[through],
        channel=MOBILE,
        purpose=PURPOSE["还款"],
    )
    world.look_alike("account", main[landlords], "landlord")
    world.look_alike("person", landlords, "landlord")


def gifts(world: World, circle: Circle) -> None:
    """Transfers between people who know each other, mostly small, some large."""
    config, rng = world.config, world.chance.of("gifts")
    n = int(config.people * config.days * config.gifts_per_day)
    a = payers(world, rng, n)
    b = circle.acquaintance(a, rng)
    main = world.persons["main"]
    ok = (main[b] >= 0) & (a != b)
    a, b, n = a[ok], b[ok], int(ok.sum())
    amount = rounded(rng, heavy(rng, n, 160, 1.5), 0.75)
    own = rng.random(n) < 0.3
    main2 = world.persons["main2"]
    payer = np.where((main2[a] >= 0) & (rng.random(n) < 0.35), main2[a], main[a])
    payee = np.where((main2[b] >= 0) & (rng.random(n) < 0.35), main2[b], main[b])
    device = np.where(own, world.persons["device"][a], -1)
    ip = np.where(own, world.persons["ip"][a], -1)
    check = np.where(amount > 500_000, 1 + (rng.random(n) < 0.02), 0)
    purpose = np.where(rng.random(n) < 0.3, PURPOSE["红包"], np.where(rng.random(n) < 0.5, PURPOSE["转账"], 0))
    pay(
        world,
        payer,
        payee,
        world.moments(rng, n, WAKING),
        amount,
        channel=np.where(rng.random(n) < 0.93, MOBILE, WEB),
        device=device,
        ip=ip,
        check=check,
        purpose=purpose,
    )


def bills_and_cash(world: World, market: Market) -> None:
    """Utilities once a month, and cash from the machine."""
    config, rng = world.config, world.chance.of("bills")
    grown = np.flatnonzero(world.persons["main"][: config.people] >= 0)
    utilities = company_accounts(world, world.orgs.add(6, kind=EMPLOYER), rng)
    due, time = by_month(world, rng, rng.integers(1, 29, len(grown)))
    pay(
        world,
        world.persons["main"][grown[due]],
        utilities[rng.integers(0, 6, len(due))],
        time,
        heavy(rng, len(due), 130, 0.6),
        channel=MOBILE,
        purpose=PURPOSE["水电费"],
    )
    n = int(config.people * config.days * config.withdrawals_per_day)
    who = payers(world, rng, n)
    machine = market.machines[rng.integers(0, len(market.machines), n)]
    amount = np.maximum(1, heavy(rng, n, 800, 0.8) // 10_000) * 10_000
    pay(world, world.persons["main"][who], machine, world.moments(rng, n, MARKET), amount, channel=ATM)


def digital_yuan(world: World, market: Market) -> None:
    """Wallets are loaded from the bank and spent at stalls; stalls redeem in the evening."""
    config, rng = world.config, world.chance.of("digital yuan")
    people = np.flatnonzero(world.persons["wallet"][: config.people] >= 0)
    if not len(people) or not len(market.wallets):
        return
    wallet, main = world.persons["wallet"], world.persons["main"]
    n = int(len(people) * config.days * config.ecny_per_day)
    who = people[rng.integers(0, len(people), n)]
    time = world.moments(rng, n, MARKET)
    pay(
        world,
        wallet[who],
        market.wallets[rng.integers(0, len(market.wallets), n)],
        time,
        heavy(rng, n, 21, 0.8),
        rail=ECNY_RAIL,
        purpose=PURPOSE["购物"],
    )
    load = max(1, n // 9)
    who = people[rng.integers(0, len(people), load)]
    pay(
        world,
        main[who],
        wallet[who],
        world.moments(rng, load, WAKING),
        rounded(rng, heavy(rng, load, 200, 0.6), 0.9),
        rail=ECNY_RAIL,
        purpose=PURPOSE["充值"],
    )
    redeem = max(1, n // 12)
    which = rng.integers(0, len(market.wallets), redeem)
    pay(
        world,
        market.wallets[which],
        market.stalls[which],
        world.moments(rng, redeem, OFFICE),
        heavy(rng, redeem, 240, 0.5),
        rail=ECNY_RAIL,
    )


def trade(world: World, market: Market) -> None:
    """Shops pay wholesalers, wholesalers and employers pay each other on working days."""
    config, rng = world.config, world.chance.of("trade")
    sellers = np.concatenate([market.shop_accounts, market.stalls])
    n = int(len(sellers) * config.days * 0.35)
    pay(
        world,
        sellers[rng.integers(0, len(sellers), n)],
        market.wholesale[pick(rng, n, zipf_weights(len(market.wholesale)))],
        world.moments(rng, n, OFFICE, WORKDAYS),
        rounded(rng, heavy(rng, n, 900, 0.9), 0.4),
        channel=WEB,
        purpose=PURPOSE["货款"],
    )
    firms = np.unique(world.orgs["main"][world.orgs["main"] >= 0])
    n = int(len(firms) * config.days * 0.8)
    pay(
        world,
        firms[pick(rng, n, zipf_weights(len(firms), 0.4))],
        firms[pick(rng, n, zipf_weights(len(firms), 0.4))],
        world.moments(rng, n, OFFICE, WORKDAYS),
        rounded(rng, heavy(rng, n, 18_000, 1.4), 0.5),
        channel=WEB,
        purpose=PURPOSE["货款"],
        rail=BANK_RAIL,
    )
