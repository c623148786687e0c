"""The people of the province: households, work, phones, devices, accounts, wallets and platform accounts."""

import numpy as np

from cutline.simulate.randomness import DAY, Ints, pick, zipf_weights
from cutline.simulate.world import ACCOUNT, COUNTRIES, REGIONS, WALLET, World

WORKER, CHILD, STUDENT, ELDERLY, KEEPER, OUTSIDER = range(6)
EMPLOYER, TREASURY, SUBSIDIARY, CENTRE, TOUR, OVERSEAS, AGENT, SUPPLIER, VENUE = range(9)
YEAR = 365 * DAY


def settle(world: World) -> None:
    """Fills the province with cells, households, employers and what each person holds."""
    _cells(world)
    _households(world)
    _employers(world)
    _phones(world)
    _bank_accounts(world)
    _wallets(world)
    _handles(world)


def _cells(world: World) -> None:
    count = max(2 * len(REGIONS), world.config.people // 220)
    world.cells.add(count, region=np.arange(count) % len(REGIONS))
    for country in range(1, len(COUNTRIES)):
        world.cells.add(6, region=-1, country=country)


def cells_of(world: World, regions: Ints, rng: np.random.Generator) -> Ints:
    """A cell of each region, drawn at random."""
    home = int((world.cells["country"] == 0).sum())
    return regions + len(REGIONS) * rng.integers(0, home // len(REGIONS), len(regions))


def foreign_cells(world: World, countries: Ints, rng: np.random.Generator) -> Ints:
    """A cell in each of the foreign countries."""
    home = int((world.cells["country"] == 0).sum())
    return home + 6 * (countries - 1) + rng.integers(0, 6, len(countries))


def _households(world: World) -> None:
    config, rng = world.config, world.chance.of("households")
    n = config.people
    sizes = 1 + rng.poisson(config.household_mean - 1, n)
    household = np.repeat(np.arange(n), sizes)[:n]
    houses = int(household[-1]) + 1
    regions = pick(rng, houses, zipf_weights(len(REGIONS), 0.6))
    cells = cells_of(world, regions, rng)
    addresses = world.ips.add(max(8, houses // 18), value=rng.integers(0x70000000, 0x7FFFFFFF, max(8, houses // 18)), region=0)
    homes_ip = addresses[rng.integers(0, len(addresses), houses)]
    draw = rng.random(n)
    edges = np.cumsum([config.share_children, config.share_students, config.share_elderly, config.share_self_employed])
    status = np.array([CHILD, STUDENT, ELDERLY, KEEPER, WORKER])[np.searchsorted(edges, draw, side="right")]
    born = np.select(
        [status == CHILD, status == STUDENT, status == ELDERLY],
        [rng.integers(2009, 2015, n), rng.integers(2003, 2008, n), rng.integers(1938, 1966, n)],
        rng.integers(1967, 2004, n),
    )
    world.persons.add(
        n,
        region=regions[household],
        born=born,
        status=status,
        household=household,
        home=cells[household],
        work=cells[household],
        ip=homes_ip[household],
        known=rng.random(n) < 0.7,
    )


def _employers(world: World) -> None:
    rng, n = world.chance.of("employers"), world.config.people
    count = max(6, n // 90)
    regions = pick(rng, count, zipf_weights(len(REGIONS), 0.6))
    orgs = world.orgs.add(count, kind=EMPLOYER, region=regions, cell=cells_of(world, regions, rng))
    world.orgs.add(max(4, n // 900), kind=AGENT, region=rng.integers(0, len(REGIONS), max(4, n // 900)))
    workers = np.flatnonzero(world.persons["status"] == WORKER)
    where = orgs[pick(rng, len(workers), zipf_weights(count, 0.7))]
    world.persons.put("employer", workers, where)
    world.persons.put("work", workers, world.orgs["cell"][where])


def _phones(world: World) -> None:
    config, rng = world.config, world.chance.of("phones")
    n = config.people
    everyone = np.arange(n)
    devices = new_devices(world, n, rng)
    world.persons.put("device", everyone, devices)
    lines = new_lines(world, everyone, rng)
    world.persons.put("line", everyone, lines)
    second = everyone[rng.random(n) < config.second_line]
    world.persons.put("line2", second, new_lines(world, second, rng))


def new_devices(world: World, count: int, rng: np.random.Generator) -> Ints:
    """Handsets; some platforms are told the IMEI, others see a token of their own."""
    return world.devices.add(count, shown=rng.random(count) < 0.35)


def new_lines(world: World, people: Ints, rng: np.random.Generator, **given: object) -> Ints:
    """Phone lines held by people, on their own handset and home cell unless said otherwise."""
    persons, n = world.persons, len(people)
    values: dict[str, object] = {
        "operator": pick(rng, n, np.array(world.config.operator_shares)),
        "person": people,
        "activated": -rng.integers(20 * DAY, 12 * YEAR, n),
        "device": persons["device"][people],
        "cell": persons["home"][people],
        "region": persons["region"][people],
    }
    values.update(given)
    return world.lines.add(n, **values)


def new_accounts(world: World, people: Ints, rng: np.random.Generator, **given: object) -> Ints:
    """Bank accounts held by people, with their phone linked."""
    persons, n = world.persons, len(people)
    values: dict[str, object] = {
        "kind": ACCOUNT,
        "inst": pick(rng, n, np.array(world.config.bank_shares)),
        "person": people,
        "opened": -rng.integers(25 * DAY, 14 * YEAR, n),
        "cls": 1 + pick(rng, n, np.array([0.7, 0.24, 0.06])),
        "line": persons["line"][people],
        "region": persons["region"][people],
        "exact": rng.random(n) < world.config.dry_accounts,
    }
    values.update(given)
    return world.nodes.add(n, **values)


def company_accounts(world: World, orgs: Ints, rng: np.random.Generator, **given: object) -> Ints:
    """Bank accounts of organisations."""
    values: dict[str, object] = {
        "kind": ACCOUNT,
        "inst": pick(rng, len(orgs), np.array(world.config.bank_shares)),
        "org": orgs,
        "opened": -rng.integers(40 * DAY, 18 * YEAR, len(orgs)),
        "cls": 0,
        "region": world.orgs["region"][orgs],
        "exact": rng.random(len(orgs)) < 0.5,
    }
    values.update(given)
    return world.nodes.add(len(orgs), **values)


def _bank_accounts(world: World) -> None:
    config, rng = world.config, world.chance.of("accounts")
    employers = np.flatnonzero(world.orgs["kind"] == EMPLOYER)
    mains = company_accounts(world, employers, rng)
    world.orgs.put("main", employers, mains)
    grown = np.flatnonzero(world.persons["status"] != CHILD)
    employer = world.persons["employer"][grown]
    # A salary account stands at the employer's bank for most: it keeps payroll inside one bank, as in life.
    at_work = world.nodes["inst"][world.orgs["main"][np.maximum(employer, 0)]]
    own = pick(rng, len(grown), np.array(config.bank_shares))
    inst = np.where((employer >= 0) & (rng.random(len(grown)) < 0.7), at_work, own)
    accounts = new_accounts(world, grown, rng, inst=inst, cls=1)
    world.persons.put("main", grown, accounts)
    more = grown[rng.random(len(grown)) < config.second_account]
    world.persons.put("main2", more, new_accounts(world, more, rng))


def _wallets(world: World) -> None:
    rng = world.chance.of("wallets")
    people = np.flatnonzero((world.persons["status"] != CHILD) & (rng.random(world.config.people) < world.config.ecny_share))
    world.persons.put("wallet", people, new_wallets(world, people, rng, opened=-rng.integers(10 * DAY, 3 * YEAR, len(people))))


def new_wallets(world: World, people: Ints, rng: np.random.Generator, **given: object) -> Ints:
    """e-CNY wallets of people; most are of the tiers that need little identification."""
    values: dict[str, object] = {
        "kind": WALLET,
        "inst": rng.integers(0, 5, len(people)),
        "person": people,
        "line": world.persons["line"][people],
        "tier": 1 + pick(rng, len(people), np.array([0.04, 0.36, 0.25, 0.35])),
        "cls": 0,
        "exact": 1,
    }
    values.update(given)
    return world.nodes.add(len(people), **values)


def _handles(world: World) -> None:
    rng = world.chance.of("handles")
    persons, n = world.persons, world.config.people
    shared = rng.random(int(persons["household"][-1]) + 1) < 0.06  # one tablet for the whole family
    first = np.searchsorted(persons["household"], persons["household"])  # first person of each household
    device = np.where(shared[persons["household"]], persons["device"][first], persons["device"])
    for platform, share in enumerate((0.92, 0.5, 0.28)):
        people = np.flatnonzero(rng.random(n) < share)
        rows = new_handles(world, people, platform, rng, device=device[people])
        if platform == 0:
            persons.put("handle", people, rows)
    family = np.flatnonzero((np.bincount(first, minlength=n)[first] >= 4) & shared[persons["household"]])
    mask = np.isin(world.handles["person"], family)
    world.look_alike("handle", np.flatnonzero(mask), "family_device")
    world.look_alike("device", np.unique(device[family]), "family_device")


def new_handles(world: World, people: Ints, platform: int, rng: np.random.Generator, **given: object) -> Ints:
    """Platform accounts of people."""
    persons, n = world.persons, len(people)
    values: dict[str, object] = {
        "platform": platform,
        "person": people,
        "created": -rng.integers(15 * DAY, 8 * YEAR, n),
        "line": persons["line"][people],
        "device": persons["device"][people],
        "ip": persons["ip"][people],
        "nick": rng.integers(0, 400, n),
    }
    values.update(given)
    return world.handles.add(n, **values)


def outsiders(world: World, count: int, rng: np.random.Generator, country: int = 0) -> Ints:
    """People who live elsewhere and enter the province's records through one door only."""
    regions = rng.integers(0, len(REGIONS), count)
    ip = world.ips.add(count, value=rng.integers(0x3A000000, 0x3CFFFFFF, count), country=country)
    devices = new_devices(world, count, rng)
    homes = foreign_cells(world, np.full(count, country), rng) if country else cells_of(world, regions, rng)
    return world.persons.add(
        count,
        region=regions,
        born=rng.integers(1975, 2005, count),
        status=OUTSIDER,
        home=homes,
        work=homes,
        device=devices,
        ip=ip,
        known=0,
    )


def scaled(world: World, per_ten_thousand: float, least: int = 1) -> int:
    """A count for this province from a rate per 10,000 people."""
    return max(least, round(per_ten_thousand * world.config.people / 10_000))


def adults(world: World, count: int, rng: np.random.Generator) -> Ints:
    """Different people with an account of their own."""
    grown = np.flatnonzero(world.persons["main"][: world.config.people] >= 0)
    return rng.choice(grown, min(count, len(grown)), replace=False)
