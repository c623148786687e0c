"""What the three operators deliver: call records, cards, pairings of devices and cards, cells."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from cutline.simulate.delivery import Delivery
from cutline.simulate.numbers import hex_strings, salt_of
from cutline.simulate.people import AGENT
from cutline.simulate.randomness import DAY, scramble
from cutline.simulate.spelling import Spelling, gather
from cutline.simulate.world import COUNTRIES, OPERATORS, TRUNKS, World

CDR_STARS = ("record_id", "type", "a_number", "b_number", "start", "duration_s")
SIM_STARS = ("msisdn", "iccid", "holder", "activated_at", "status")
GZIPPED = 1  # the operator that gzips every third day; all else is zstd, which is five times quicker to write
USUAL_SPELLING = (0, 1, 2)  # each operator has its habit, and its slips
Submit = Callable[[Callable[[], None]], None]


def operator_of(number: int) -> str:
    """An operator's folder."""
    return f"telecom-{OPERATORS[number]}"


def deliver_telecom(world: World, spelling: Spelling, operator: int, delivery: Delivery, submit: Submit) -> None:
    """Queues one operator's files but for the call records."""
    submit(lambda: _cards(world, spelling, operator, delivery))
    submit(lambda: _pairings(world, spelling, operator, delivery))
    submit(lambda: _cells(world, spelling, delivery))


def deliver_calls(world: World, spelling: Spelling, operator: int, delivery: Delivery, submit: Submit) -> None:
    """Queues one operator's call records, which need the world's calls, lines, devices and cells alone."""
    calls, lines = world.calls, world.lines
    a, b = calls["a"], calls["b"]
    at = np.where(a >= 0, lines["operator"][np.maximum(a, 0)], -1)
    to = np.where(b >= 0, lines["operator"][np.maximum(b, 0)], -1)
    rng = world.chance.of(f"interconnect {operator}")
    own = np.flatnonzero(at == operator)
    incoming = np.flatnonzero((to == operator) & (at < 0))
    both = np.flatnonzero((to == operator) & (at >= 0) & (at != operator))
    again = both[rng.random(len(both)) < world.config.interconnect_double]
    row = np.concatenate([own, incoming, again])
    side = np.repeat(np.array([0, 1, 2], np.int8), [len(own), len(incoming), len(again)])
    time = calls["time"][row] + np.where(side == 2, rng.integers(-2, 3, len(row)), 0)
    day = np.clip(calls["time"][row] // DAY, 0, world.config.days - 1)
    late = (rng.random(len(row)) < world.config.late_rows) & (day < world.config.days - 3)
    day = day + np.where(late, rng.integers(1, 4, len(row)), 0)
    order = np.argsort(day.astype(np.int64) * 2**32 + time, kind="stable")
    row, side, time, day, late = row[order], side[order], time[order], day[order], late[order]
    edges = np.searchsorted(day, world.config.file_days)
    for number in range(world.config.files):
        part = slice(int(edges[number]), int(edges[number + 1]))

        def write(part: slice = part, number: int = number) -> None:
            frame = _call_frame(world, spelling, operator, (row[part], side[part], time[part]))
            suffix = ".csv.gz" if operator == GZIPPED and number % 3 == 0 else ".csv.zst"
            name = f"cdr-{spelling.file_date(number)}{suffix}"
            delivery.table(name, frame, CDR_STARS, second_sightings=int((side[part] == 2).sum()), late=int(late[part].sum()))

        submit(write)


def _call_frame(world: World, spelling: Spelling, operator: int, chosen: tuple[Any, Any, Any]) -> pl.DataFrame:
    row, side, time = chosen
    calls, lines = world.calls, world.lines
    rng = world.chance.of(f"spelling {operator} {int(time[0]) // DAY if len(time) else 0}")
    a, b, mo, n = calls["a"][row], calls["b"][row], side == 0, len(row)
    served = np.where(mo, a, b)
    sms, roaming, trunk = calls["sms"][row], calls["roaming"][row], calls["trunk"][row]
    device = np.where(mo & (calls["device"][row] >= 0), calls["device"][row], lines["device"][served])
    cell = np.where(mo, calls["cell"][row], lines["cell"][served])
    cell = np.where(cell < 0, lines["cell"][served], cell)
    duration = calls["duration"][row] + np.where((side == 2) & (calls["duration"][row] > 3), rng.integers(-1, 3, n), 0)
    moved = np.where((duration > 600) & (rng.random(n) < 0.3), (cell // 14 + 1) * 14 + cell % 14, cell)
    moved = np.where(moved < len(world.cells), moved, cell)
    slip = rng.random(n) < 0.03
    spell = np.where(slip, rng.integers(0, 4, n), USUAL_SPELLING[operator])
    release = np.where(calls["release"][row] > 0, 16 + calls["release"][row], 16)
    return pl.DataFrame(
        {
            "record_id": hex_strings(scramble(row * 3 + side, salt_of(world.config.seed, "cdr"))),
            "type": gather(pl.Series(["call", "sms"]), sms),
            "a_number": spelling.phone(a, "a", spell),
            "b_number": spelling.phone(b, "b", np.where(slip, 0, USUAL_SPELLING[operator])),
            "start": spelling.times(time),
            "duration_s": np.where(sms == 1, 0, duration),
            "imsi": gather(spelling.imsi, served),
            "imei": gather(spelling.imei, device),
            "first_cell": gather(spelling.cells, cell),
            "last_cell": gather(spelling.cells, np.where(sms == 1, -1, moved)),
            "trunk": gather(pl.Series(TRUNKS), np.where(sms == 1, -1, trunk)),
            "direction": gather(pl.Series(["mo", "mt"]), (~mo).astype(np.int8)),
            "release_cause": np.where(sms == 1, 0, release),
            "roaming_country": gather(pl.Series(COUNTRIES), np.where(mo & (roaming > 0), roaming, -1)),
        }
    )


def _cards(world: World, spelling: Spelling, operator: int, delivery: Delivery) -> None:
    lines, rng = world.lines, world.chance.of(f"agents {operator}")
    rows = np.flatnonzero(lines["operator"] == operator)
    rows = rows[np.argsort(spelling.world.lines["number"][rows])]
    person, agent = lines["person"][rows], lines["agent"][rows]
    firms, people = spelling.firms(delivery.source), spelling.people(delivery.source)
    shops = np.flatnonzero(world.orgs["kind"] == AGENT)
    sold_by = np.where((agent == -1) & (rng.random(len(rows)) < 0.7), shops[rng.integers(0, len(shops), len(rows))], agent)
    # Village shops and pedlars sell cards in their own name.
    pedlars = rng.integers(0, world.config.people, max(3, world.config.people // 400))
    sold_by = np.where(
        (agent == -1) & (rng.random(len(rows)) < 0.2), -2 - pedlars[rng.integers(0, len(pedlars), len(rows))], sold_by
    )
    holder = gather(people, person).zip_with(pl.Series(person >= 0), gather(firms, lines["org"][rows]))
    seller = gather(firms, np.where(sold_by >= 0, sold_by, -1))
    seller = seller.zip_with(pl.Series(sold_by > -2), gather(people, np.where(sold_by <= -2, -2 - sold_by, -1)))
    frame = pl.DataFrame(
        {
            "msisdn": spelling.phone(rows, "msisdn", USUAL_SPELLING[operator]),
            "iccid": gather(spelling.iccid, rows),
            "imsi": gather(spelling.imsi, rows),
            "holder": holder,
            "holder_kind": gather(pl.Series(["person", "organisation"]), (person < 0).astype(np.int8)),
            "activated_at": spelling.stamps(lines["activated"][rows]),
            "agent": seller,
            "status": gather(pl.Series(["active", "limited", "suspended", "closed"]), lines["status"][rows]),
            "status_at": spelling.stamps(lines["until"][rows]).zip_with(
                pl.Series(lines["until"][rows] >= 0), pl.Series([None], dtype=pl.String)
            ),
            "kind": gather(pl.Series(["voice", "bsim"]), (lines["key"][rows] >= 0).astype(np.int8)),
            "wallet_address": gather(spelling.numbers, lines["key"][rows]),
            "region": gather(spelling.regions, lines["region"][rows]),
        }
    )
    delivery.table("sim_cards.csv.gz", frame, SIM_STARS)


def _pairings(world: World, spelling: Spelling, operator: int, delivery: Delivery) -> None:
    """Which handset carried which card: the ring's boxes, and a sample of everyone's phones."""
    pairings, lines = world.pairings, world.lines
    rows = np.flatnonzero(lines["operator"][pairings["line"]] == operator)
    rng = world.chance.of(f"pairings {operator}")
    sample = np.flatnonzero((lines["operator"] == operator) & (rng.random(len(lines)) < 0.25) & (lines["device"] >= 0))
    sample = np.setdiff1d(sample, pairings["line"][rows])
    line = np.concatenate([pairings["line"][rows], sample])
    first = np.concatenate(
        [pairings["first"][rows], np.maximum(lines["activated"][sample], rng.integers(-200 * DAY, 0, len(sample)))]
    )
    last = np.concatenate([pairings["last"][rows], np.full(len(sample), world.end - 1)])
    order = np.argsort(line, kind="stable")
    line, first, last = line[order], first[order], np.maximum(last, first)[order]
    frame = pl.DataFrame(
        {
            "imei": gather(spelling.imei, lines["device"][line]),
            "imsi": gather(spelling.imsi, line),
            "first_seen": spelling.stamps(first),
            "last_seen": spelling.stamps(last),
            "cell": gather(spelling.cells, lines["cell"][line]),
        }
    )
    delivery.table("device_pairings.csv", frame, ("imei", "imsi", "first_seen", "last_seen"))


def _cells(world: World, spelling: Spelling, delivery: Delivery) -> None:
    cells, rng = world.cells, world.chance.of("cell places")
    n = len(cells)
    home = cells["region"] >= 0
    frame = pl.DataFrame(
        {
            "cell": spelling.cells,
            "region": gather(spelling.regions, cells["region"]).fill_null("abroad"),
            "latitude": np.where(home, 24 + 3 * rng.random(n), 12 + 10 * rng.random(n)).round(2),
            "longitude": np.where(home, 117 + 3 * rng.random(n), 96 + 8 * rng.random(n)).round(2),
            "country": gather(pl.Series(COUNTRIES), cells["country"]),
        }
    )
    delivery.table("cells.csv", frame, ("cell", "region"))


def sources() -> list[str]:
    """The operators' folders."""
    return [f"telecom-{name}" for name in OPERATORS]
