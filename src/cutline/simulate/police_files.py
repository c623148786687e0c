"""What the police deliver: identities, journeys, relations, lists, reports of victims and families, requests to holders."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from cutline.simulate.chain_files import ASSETS, in_units
from cutline.simulate.delivery import Delivery
from cutline.simulate.numbers import hex_strings, salt_of
from cutline.simulate.randomness import DAY, Ints, scramble
from cutline.simulate.settlement import Settled
from cutline.simulate.spelling import Spelling, gather
from cutline.simulate.texts import COMPLAINTS, MISSING_NARRATIVES, NARRATIVES
from cutline.simulate.truth import Naming
from cutline.simulate.world import BANKS, COUNTRIES, PLACES, PLATFORMS, PORTS, REGIONS, World

Submit = Callable[[Callable[[], None]], None]
HARMLESS = {
    "payroll": "payroll",
    "landlord": "landlord",
    "call_center": "call_center",
    "courier": "courier",
    "campus": "campus",
    "tour_operator": "tour_operator",
    "verified_employer": "verified_employer",
    "market_stall": "merchant",
    "lawful_desk": "merchant",
    "treasury": "merchant",
    "group_purchase": "merchant",
}


def deliver_police(
    world: World, spelling: Spelling, settled: Settled, naming: Naming, delivery: Delivery, submit: Submit
) -> None:
    """Queues the files of the province's police."""
    submit(lambda: _persons(world, spelling, delivery))
    submit(lambda: _crossings(world, spelling, delivery))
    submit(lambda: _tickets(world, spelling, delivery))
    submit(lambda: _relations(world, spelling, delivery))
    submit(lambda: _tags(world, spelling, naming, delivery))
    submit(lambda: _reports(world, spelling, settled, naming, delivery))
    submit(lambda: _requests(world, spelling, delivery))


def identity_file(world: World, spelling: Spelling, people: Ints, delivery: Delivery) -> None:
    """An issuer's own tokens beside the national ones, for those of its customers where law allows it."""
    known = np.unique(people)
    known = known[world.persons["known"][known] == 1]
    frame = pl.DataFrame(
        {
            "person": gather(spelling.people(delivery.source), known),
            "issuer": pl.Series([delivery.source] * len(known), dtype=pl.String),
            "id_token": gather(spelling.people("national"), known),
            "born_year": world.persons["born"][known],
            "region": gather(spelling.regions, world.persons["region"][known]),
        }
    ).sort("person")
    delivery.table("persons.csv.gz", frame, ("person",))


def _persons(world: World, spelling: Spelling, delivery: Delivery) -> None:
    people = np.arange(world.config.people)
    frame = pl.DataFrame(
        {
            "person": gather(spelling.people("national"), people),
            "issuer": delivery.source,
            "id_token": gather(spelling.people("national"), people),
            "born_year": world.persons["born"][people],
            "region": gather(spelling.regions, world.persons["region"][people]),
        }
    ).sort("person")
    delivery.table("persons.csv.zst", frame, ("person",))


def _crossings(world: World, spelling: Spelling, delivery: Delivery) -> None:
    table = world.crossings
    rows = np.flatnonzero((table["time"] >= 0) & (table["time"] < world.end))
    rows = rows[np.argsort(table["time"][rows], kind="stable")]
    means = table["means"][rows]
    prefix = gather(pl.Series(["MF", "BUS"]), means)
    frame = pl.DataFrame(
        {
            "person": gather(spelling.people("national"), table["person"][rows]),
            "time": spelling.times(table["time"][rows]),
            "port": gather(pl.Series(PORTS), table["port"][rows]),
            "direction": gather(pl.Series(["in", "out"]), table["out"][rows]),
            "country": gather(pl.Series(COUNTRIES), table["country"][rows]),
            "conveyance": gather(pl.Series(["air", "road"]), means),
            "reference": prefix + pl.Series(table["reference"][rows]).cast(pl.String),
        }
    )
    delivery.table("border_crossings.csv", frame, ("person", "time", "port", "direction", "country"))


def _tickets(world: World, spelling: Spelling, delivery: Delivery) -> None:
    table = world.tickets
    rows = np.flatnonzero(table["bought"] < world.end)
    rows = rows[np.argsort(table["bought"][rows], kind="stable")]
    payer = gather(spelling.places, table["payer"][rows])
    by_person = gather(spelling.people("national"), table["payer_person"][rows])
    frame = pl.DataFrame(
        {
            "ticket_id": hex_strings(scramble(rows, salt_of(world.config.seed, "ticket"))),
            "person": gather(spelling.people("national"), table["person"][rows]),
            "bought_at": spelling.stamps(table["bought"][rows]),
            "departs_at": spelling.stamps(table["departs"][rows]),
            "origin": gather(pl.Series(PLACES), table["origin"][rows]),
            "destination": gather(pl.Series(PLACES), table["destination"][rows]),
            "payer": payer.zip_with(payer.is_not_null(), by_person),
            "price": table["price"][rows] / 100,
            "currency": "CNY",
        }
    )
    delivery.table("tickets.csv", frame, ("ticket_id", "person", "bought_at", "departs_at", "origin", "destination"))


def _relations(world: World, spelling: Spelling, delivery: Delivery) -> None:
    """Families from the household register; work, tenancy as registered."""
    n, people = world.config.people, spelling.people("national")
    rng = world.chance.of("relations")
    household = world.persons["household"][:n]
    pair = np.flatnonzero(household[1:] == household[:-1])
    pair = pair[rng.random(len(pair)) < 0.8]
    workers = np.flatnonzero(world.persons["employer"][:n] >= 0)
    workers = workers[rng.random(len(workers)) < 0.5]
    table = world.relations
    firms = spelling.firms(delivery.source)
    other = gather(people, table["other"]).zip_with(pl.Series(table["org"] < 0), gather(firms, table["org"]))
    parts = [
        (gather(people, pair), "family", gather(people, pair + 1), rng.integers(-9000, -400, len(pair)) * DAY),
        (
            gather(people, workers),
            "employs",
            gather(firms, world.persons["employer"][workers]),
            rng.integers(-3000, -40, len(workers)) * DAY,
        ),
        (gather(people, table["person"]), "", other, table["since"]),
    ]
    names = gather(pl.Series(["family", "employs", "tenant", "member"]), table["relation"])
    frame = pl.concat(
        [
            pl.DataFrame(
                {
                    "person": a,
                    "relation": names if not r else pl.Series([r] * len(a), dtype=pl.String),
                    "other": b,
                    "from": spelling.stamps(s),
                }
            )
            for a, r, b, s in parts
        ]
    ).with_columns(pl.lit(None, pl.String).alias("to"))
    delivery.table("relations.csv.gz", frame.sort("person", "relation", "other"), ("person", "relation", "other"))


def _tags(world: World, spelling: Spelling, naming: Naming, delivery: Delivery) -> None:
    """Lists of the harmless, incomplete as lists are and wrong in places; hot spots; what is frozen."""
    rng, config = world.chance.of("tags"), world.config
    start = spelling.moment(-200 * DAY).isoformat()
    rows: list[tuple[str, str, str, str, str]] = []
    for kind, things, why in world.look_alikes:
        if why in ("exchange", "bridge"):
            rows += [(e, why, "chain-labels", start, "0.99") for k in things for e in naming.entities(kind, int(k))]
        elif why in HARMLESS:
            chosen = things[rng.random(len(things)) < config.tagged_look_alikes]
            rows += [
                (e, HARMLESS[why], "province-whitelist", start, "0.8") for k in chosen for e in naming.entities(kind, int(k))
            ]
    wrong = [s for s in world.subjects if s[0] in ("account", "phone", "address") and rng.random() < config.wrongly_tagged]
    for kind, row, *_ in wrong or world.subjects[:1]:
        tag = "call_center" if kind == "phone" else "merchant"
        rows += [(e, tag, "province-whitelist", start, "0.8") for e in naming.entities(kind, row)]
    hot = [place for place in PLACES if place[:2] in ("KH", "MM", "LA")]
    rows += [(f"place:{place}", "hot_spot", "exit-guidance", start, "1") for place in hot]
    rows += [(f"place:{c}", "hot_spot", "exit-guidance", start, "1") for c in ("KH", "MM", "LA")]
    for node, time in sorted(world.frozen.items()):
        if time < world.end:
            rows.append(
                (spelling.node_ids(np.array([node]))[0], "frozen", "police-freezes", spelling.moment(time).isoformat(), "1")
            )
    unique = sorted(set(rows))
    frame = pl.DataFrame(unique, schema=["entity", "tag", "list", "from", "confidence"], orient="row")
    frame = frame.with_columns(pl.lit(None, pl.String).alias("to"), pl.lit(None, pl.String).alias("note"))
    delivery.table(
        "tags.csv", frame.select("entity", "tag", "list", "from", "to", "confidence", "note"), ("entity", "tag", "list", "from")
    )


def _reports(world: World, spelling: Spelling, settled: Settled, naming: Naming, delivery: Delivery) -> None:
    """Losses, missing persons and approaches without loss, as JSON lines."""
    rng, people = world.chance.of("report lines"), spelling.people("national")
    lines = []
    for number in sorted(range(len(world.reports)), key=lambda k: (world.reports[k]["time"], k)):
        report = world.reports[number]
        person = report["person"]
        line: dict[str, Any] = {
            "report_id": naming.report_id(number),
            "kind": report["kind"],
            "received_at": spelling.moment(report["time"]).isoformat(),
            "reporter": str(people[report.get("reporter", person)]) if report.get("reporter", person) >= 0 else "anonymous",
            "region": REGIONS[world.persons["region"][person]],
            "contacts": [],
            "payments": [],
        }
        if report["kind"] == "missing":
            line |= {"person": str(people[person]), "narrative": str(rng.choice(MISSING_NARRATIVES))}
        else:
            line |= _loss(world, spelling, settled, naming, report, rng)
        lines.append(json.dumps(line, ensure_ascii=False))
    delivery.lines("reports.jsonl", lines)


def _loss(
    world: World, spelling: Spelling, settled: Settled, naming: Naming, report: dict[str, Any], rng: np.random.Generator
) -> dict[str, Any]:
    payments: list[dict[str, Any]] = []
    lost: dict[int, int] = {}
    for tag in report["payments"]:
        event = naming.event_of(tag)
        if event < 0:
            continue
        amount, payer, payee = int(settled.amount[event]), settled.payer[event], settled.payee[event]
        ends = gather(spelling.places, np.array([payer, payee])).to_list()
        asset = world.stolen[tag].get("asset", 0)
        told = {
            "time": spelling.moment(int(settled.time[event])).isoformat(),
            "amount": in_units(amount, asset),
            "currency": ASSETS[asset],
            "from": ends[0],
            "to": ends[1],
        }
        if rng.random() < 0.9:
            told["reference"] = naming.payment_id(event)
        payments.append(told)
        lost[asset] = lost.get(asset, 0) + amount
    contacts = []
    for kind, row in report.get("contacts", ()):
        value = (
            str(spelling.phones[row])
            if kind == "phone"
            else f"{PLATFORMS[world.handles['platform'][row]]}/{spelling.handles[row]}"
        )
        contacts.append({"type": kind, "value": value})
    return {
        "narrative": str(rng.choice(NARRATIVES if report["kind"] == "loss" else COMPLAINTS)),
        "contacts": contacts,
        "payments": payments,
        "remote_access": bool(report.get("remote")),
        "loss": _stated(lost, world.config.usdt_price),
    }


def _stated(lost: dict[int, int], usdt_price: float) -> str:
    """Says a loss as victims do: in what they paid with; in yuan where that was several things."""
    if len(lost) == 1:
        ((asset, amount),) = lost.items()
        return in_units(amount, asset)
    return in_units(sum(m if asset == 0 else round(m / 10_000 * usdt_price) for asset, m in lost.items()), 0)


def _requests(world: World, spelling: Spelling, delivery: Delivery) -> None:
    """What the police asked of banks: the freezes of this story."""
    rows = []
    for number, (node, time) in enumerate(sorted(world.frozen.items())):
        if time >= world.end:
            continue
        sent = spelling.moment(max(0, time - 5400)).isoformat()
        bank = BANKS[world.nodes["inst"][node]]
        rows.append(
            (
                f"Q{number:05d}",
                f"bank-{bank.lower()}",
                "freeze",
                spelling.node_ids(np.array([node]))[0],
                sent,
                spelling.moment(max(0, time - 3600)).isoformat(),
                spelling.moment(time).isoformat(),
            )
        )
    if not rows:
        return
    schema = ["request_id", "holder", "kind", "about", "sent_at", "acknowledged_at", "executed_at"]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    delivery.table("requests.csv", frame, ("request_id", "holder", "kind", "about", "sent_at"))
