"""Journeys: holidays and business abroad, inland tickets, tour groups, lawful work overseas, and phones that roam."""

import numpy as np

from cutline.simulate.economy import pay
from cutline.simulate.people import CHILD, OVERSEAS, TOUR, adults, company_accounts, foreign_cells, scaled
from cutline.simulate.randomness import DAY, WAKING, Ints, heavy, pick
from cutline.simulate.world import COUNTRIES, HOT_COUNTRIES, PLACES, REGIONS, WEB, World

PLACE_COUNTRY = np.array([COUNTRIES.index(place.split("/", 1)[0]) for place in PLACES])
HOLIDAYS = np.array([0, 3, 1, 2, 14, 9, 12, 8, 7, 9, 25, 4, 6], dtype=np.float64)
AIR, LAND = 0, 1


def place_in(countries: Ints, rng: np.random.Generator) -> Ints:
    """A town of each country."""
    first = np.searchsorted(np.sort(PLACE_COUNTRY), countries)
    order = np.argsort(PLACE_COUNTRY, kind="stable")
    size = np.bincount(PLACE_COUNTRY, minlength=len(COUNTRIES))[countries]
    return order[first + (rng.random(len(countries)) * size).astype(np.int64)]


def go_abroad(
    world: World, people: Ints, country: Ints, out: Ints, back: Ints, rng: np.random.Generator, **given: Ints | int
) -> None:
    """Books and makes a journey: a crossing out, and one back in if it falls into the time."""
    n = len(people)
    means = np.where(np.isin(country, HOT_COUNTRIES) & (rng.random(n) < 0.5), LAND, AIR)
    port = np.where(means == LAND, 3 + rng.integers(0, 2, n), rng.integers(0, 3, n))
    values: dict[str, Ints | int] = {"port": port, "country": country, "means": means, "reference": rng.integers(100, 999, n)}
    values.update(given)
    world.crossings.add(n, person=people, time=out, out=1, **values)
    home = back < world.end
    values = {k: v[home] if isinstance(v, np.ndarray) else v for k, v in values.items()}
    world.crossings.add(int(home.sum()), person=people[home], time=back[home], out=0, **values)
    world.persons.put("away_from", people, out)
    world.persons.put("away_to", people, np.minimum(back, world.end))
    world.persons.put("away_country", people, country)


def buy_tickets(world: World, people: Ints, country: Ints, departs: Ints, rng: np.random.Generator, payer: Ints | int) -> None:
    """Tickets to a town of each country, bought days ahead. A payer is an account, or −2 − the number of a person."""
    n = len(people)
    paid_by = np.broadcast_to(np.asarray(payer, dtype=np.int64), (n,))
    price = heavy(rng, n, 1_900, 0.4)
    bought = departs - rng.integers(DAY // 4, 14 * DAY, n)
    world.tickets.add(
        n,
        person=people,
        bought=bought,
        departs=departs,
        origin=world.persons["region"][people],
        destination=place_in(country, rng),
        payer=np.where(paid_by >= 0, paid_by, -1),
        payer_person=np.where(paid_by <= -2, -2 - paid_by, -1),
        price=price,
    )


def ordinary_travel(world: World) -> None:
    """Holidays, business, visits; and inland trains."""
    config, rng = world.config, world.chance.of("travel")
    n = int(config.people * config.travellers_per_month * config.days / 30)
    movable = np.flatnonzero(world.persons["status"][: config.people] != CHILD)
    people = rng.choice(movable, min(n, len(movable)), replace=False)
    country = pick(rng, len(people), HOLIDAYS)
    out = world.moments(rng, len(people), WAKING)
    buy_tickets(world, people, country, out + 3600, rng, payer=world.persons["main"][people])
    go_abroad(world, people, country, out, out + rng.integers(DAY, 11 * DAY, len(people)), rng)
    n = int(config.people * config.tickets_per_month * config.days / 30)
    people = movable[rng.integers(0, len(movable), n)]
    departs = world.moments(rng, n, WAKING)
    own = rng.random(n) < 0.85
    world.tickets.add(
        n,
        person=people,
        bought=departs - rng.integers(3600, 12 * DAY, n),
        departs=departs,
        origin=world.persons["region"][people],
        destination=rng.integers(0, len(REGIONS), n),
        payer=np.where(own, world.persons["main"][people], -1),
        price=heavy(rng, n, 110, 0.7),
    )


def tour_groups(world: World) -> None:
    """One payer, many unrelated travellers, one flight; at times to a hot spot."""
    config, rng = world.config, world.chance.of("tours")
    size = scaled(world, config.tourists, 8)
    operators = world.orgs.add(max(1, size // 60), kind=TOUR, region=rng.integers(0, 6, max(1, size // 60)))
    accounts = company_accounts(world, operators, rng)
    people = adults(world, size, rng)
    group = np.arange(len(people)) // 18
    groups = int(group[-1]) + 1
    start = rng.integers(DAY, max(2, config.days - 3) * DAY, groups)
    country = rng.choice(np.array([1, 3, 4, 4, 5, 7, 8, 10]), groups)
    out = start[group] + rng.integers(0, 900, len(people))
    payer = accounts[group % len(accounts)]
    buy_tickets(world, people, country[group], out + 5400, rng, payer=payer)
    reference = 1000 + group
    go_abroad(
        world, people, country[group], out, out + (4 + group % 5) * DAY, rng, port=group % 3, means=AIR, reference=reference
    )
    fee = heavy(rng, len(people), 3_900, 0.3)
    pay(world, world.persons["main"][people], payer, out - rng.integers(DAY, 10 * DAY, len(people)), fee, channel=WEB)
    world.look_alike("account", accounts, "tour_operator")
    world.look_alike("person", people, "tour_group")


def overseas_employers(world: World) -> None:
    """Lawful contractors who advertise, pay the fare and send workers abroad for months, also to hot spots."""
    config, rng = world.config, world.chance.of("overseas employers")
    people = adults(world, scaled(world, config.overseas_workers, 4), rng)
    firms = world.orgs.add(max(1, len(people) // 15), kind=OVERSEAS, region=rng.integers(0, 6, max(1, len(people) // 15)))
    accounts = company_accounts(world, firms, rng)
    firm = np.arange(len(people)) % len(firms)
    country = rng.choice(np.array([1, 3, 5, 9, 12]), len(firms))[firm]
    out = rng.integers(DAY, max(2, config.days - 1) * DAY, len(firms))[firm] + rng.integers(0, 1800, len(people))
    buy_tickets(world, people, country, out + 5400, rng, payer=accounts[firm])
    go_abroad(world, people, country, out, out + 200 * DAY, rng, means=AIR, port=firm % 3)
    world.relations.add(len(people), person=people, relation=1, org=firms[firm], since=out - 5 * DAY)
    handles = world.persons["handle"][adults(world, len(firms), rng)]
    for k, firm_row in enumerate(firms):
        world.adverts.append(
            {
                "form": "lawful",
                "org": int(firm_row),
                "handle": int(handles[k]),
                "time": int(max(0, out[k % len(out)] - 6 * DAY)),
                "country": int(country[k % len(country)]),
                "pay": int(rng.integers(9, 16)) * 1000,
            }
        )
    world.look_alike("account", accounts, "verified_employer")
    world.look_alike("organisation", firms, "verified_employer")
    world.look_alike("person", people, "overseas_worker")
    world.look_alike("handle", handles[handles >= 0], "verified_employer")


def offshore_desks(world: World) -> None:
    """Service desks abroad that call customers at home over international trunks."""
    config, rng = world.config, world.chance.of("offshore desks")
    seats = scaled(world, 6, 4)
    # Half of the desks lawfully show their number at home; carriers and leased gateways bring the calls in.
    home = np.arange(seats) % 2 == 0
    abroad = rng.choice(np.array([7, 9, 10, 11]), seats)
    lines = world.lines.add(seats, country=np.where(home, 0, abroad), operator=-1, kind=np.where(home, 2, 0))
    n = int(seats * config.days * 22)
    seat = rng.integers(0, seats, n)
    missed = rng.random(n) < 0.3
    world.calls.add(
        n,
        a=lines[seat],
        b=world.persons["line"][rng.integers(0, config.people, n)],
        time=world.moments(rng, n, WAKING),
        duration=np.where(missed, 0, rng.integers(30, 500, n)),
        trunk=1 + seat % 3,
        cell=-1,
    )
    world.look_alike("phone", lines, "offshore_desk")


def roam(world: World) -> None:
    """Calls made while abroad carry the visited country and its cells; the silent make none."""
    rng = world.chance.of("roaming")
    persons, calls = world.persons, world.calls
    a = calls["a"]
    caller = np.where(a >= 0, world.lines["person"][np.maximum(a, 0)], -1)
    who, time = np.maximum(caller, 0), calls["time"]
    away = (caller >= 0) & (time > persons["away_from"][who]) & (time < persons["away_to"][who]) & (calls["roaming"] == 0)
    away &= calls["trunk"] == 0
    rows = np.flatnonzero(away)
    country = persons["away_country"][who[rows]].astype(np.int64)
    calls.put("roaming", rows, country)
    calls.put("cell", rows, foreign_cells(world, np.maximum(country, 1), rng))
    abroad = np.flatnonzero(persons["away_to"] > 0)
    world.look_alike("phone", persons["line"][abroad[:: max(1, len(abroad) // 400)]], "roamer")


def log_in_abroad(world: World) -> None:
    """Travellers log in from where they are; workers of one country share the few addresses of their dormitories."""
    rng, logins, persons = world.chance.of("log-ins abroad"), world.logins, world.persons
    each = 6
    pool = np.concatenate(
        [world.ips.add(each, value=rng.integers(0x67800000, 0x67FFFFFF, each), country=c) for c in range(1, len(COUNTRIES))]
    )
    person = world.handles["person"][logins["handle"]]
    who, time = np.maximum(person, 0), logins["time"]
    away = (
        (person >= 0) & (person < world.config.people) & (time > persons["away_from"][who]) & (time < persons["away_to"][who])
    )
    rows = np.flatnonzero(away)
    country = persons["away_country"][who[rows]].astype(np.int64)
    logins.put("ip", rows, pool[(np.maximum(country, 1) - 1) * each + who[rows] % each])
    world.logins.keep((person < 0) | (time < persons["silent_from"][who]))
    workers = [rows for kind, rows, why in world.look_alikes if kind == "person" and why == "overseas_worker"]
    handles = np.concatenate([persons["handle"][rows] for rows in workers]) if workers else np.empty(0, np.int64)
    world.look_alike("handle", handles[handles >= 0], "overseas_worker")


def fall_silent(world: World) -> None:
    """Those whose phones were taken say and pay nothing any more."""
    silent = world.persons["silent_from"]
    a = world.calls["a"]
    person = np.where(a >= 0, world.lines["person"][np.maximum(a, 0)], -1)
    world.calls.keep((person < 0) | (world.calls["time"] < silent[person]))
    sender = world.handles["person"][world.messages["sender"]]
    world.messages.keep((sender < 0) | (world.messages["time"] < silent[sender]))
    payer = world.nodes["person"][world.ledger["payer"]]
    world.ledger.keep((payer < 0) | (world.ledger["time"] < silent[payer]))
