"""From a configuration to a folder of deliveries with their truth."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cutline.simulate import bank_files, chain_files, evm_files, platform_files, police_files, telecom_files
from cutline.simulate.call_writer import call_writer
from cutline.simulate.config import ProvinceConfig
from cutline.simulate.delivery import Delivery, Dirt
from cutline.simulate.following import Ending, Following
from cutline.simulate.province import build
from cutline.simulate.randomness import Ints
from cutline.simulate.settlement import Settled, print_balances, settle_ledger
from cutline.simulate.spelling import Spelling
from cutline.simulate.truth import Naming, write_truth
from cutline.simulate.world import BANKS, DELIVERING_BANKS, OPERATORS, PLATFORMS, World

BASIS = "Anti-Telecom and Online Fraud Law, art. {}"


@dataclass(frozen=True, slots=True)
class SimulationSummary:
    """What a simulation wrote: distinct events by native kind, rows by institution, people, rings, counts of the truth."""

    directory: Path
    people: int
    persons: int
    rings: int
    ring_members: int
    one_flow_members: int
    events: dict[str, int]
    rows: dict[str, int]
    truth: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


def simulate(
    directory: Path, config: ProvinceConfig, progress: Callable[[str, float], None] | None = None
) -> SimulationSummary:
    """Writes a synthetic province under a directory; the same configuration gives the same bytes.

    The directory is created; files of an earlier run in it are overwritten, others are left alone. `progress` is told each
    stage with the share of the whole that lies behind it, from 0 to 1.
    """
    begun = time.perf_counter()
    tell = progress or (lambda _stage, _share: None)
    directory.mkdir(parents=True, exist_ok=True)
    with call_writer(config) as aside:
        world = build(config, tell)
        if aside is not None:
            aside.begin(directory, world)
        tell("ledger", 0.52)
        settled = settle_ledger(world)
        naming = Naming(world, Spelling(world), settled)
        endings, tags = _follow(world, settled, naming)
        tell("files", 0.6)
        dirt = Dirt()
        deliveries = _write_all(directory, naming, dirt, calls=aside is None)
        if aside is not None:
            aside.finish(deliveries, dirt)
    tell("truth", 0.97)
    counts = write_truth(directory, naming, endings, tags)
    dirt.write(directory / "truth" / "dirt.json")
    members = sorted({row for kind, row, *_ in world.subjects if kind == "person"})
    tell("done", 1.0)
    return SimulationSummary(
        directory,
        config.people,
        len(world.persons),
        len(world.ring_rows),
        len(members),
        sum(len(naming.flows(m)) == 1 for m in members),
        _events(world, settled),
        {delivery.source: delivery.rows for delivery in deliveries},
        counts,
        time.perf_counter() - begun,
    )


def _follow(world: World, settled: Settled, naming: Naming) -> tuple[list[Ending], Ints]:
    """Where stolen payments ended; only payments that some source delivers can be followed."""
    tags = np.array([t["tag"] for t in world.stolen if naming.event_of(t["tag"]) >= 0], dtype=np.int64)
    events = np.array([naming.event_of(int(t)) for t in tags], dtype=np.int64)
    endings, touched = Following(world, settled).follow(events)
    print_balances(world, settled, touched)
    return endings, tags


def _write_all(root: Path, naming: Naming, dirt: Dirt, *, calls: bool) -> list[Delivery]:
    world, spelling, settled = naming.world, naming.spelling, naming.settled
    deliveries: list[Delivery] = []
    jobs: list[Callable[[], None]] = []

    def open_(source: str, department: str, article: int, **more: str) -> Delivery:
        delivery = Delivery(root, source, department, dirt, world)
        received = spelling.moment(world.end + 7 * 3600).isoformat()
        fields = {
            "zone": "Asia/Shanghai",
            "received_at": received,
            "legal_basis": BASIS.format(article),
            "purpose": "prevention of telecom fraud",
            "covers_from": spelling.moment(0).isoformat(),
            "covers_to": spelling.moment(world.end - 1).isoformat(),
        }
        delivery.describe(**{**fields, **more})
        deliveries.append(delivery)
        return delivery

    for number in range(len(OPERATORS)):
        place = open_(telecom_files.operator_of(number), "telecom", 12)
        if calls:
            telecom_files.deliver_calls(world, spelling, number, place, jobs.append)
        telecom_files.deliver_telecom(world, spelling, number, place, jobs.append)
        _identities(world, spelling, naming, place, jobs.append)
    for number in range(DELIVERING_BANKS):
        place = open_(f"bank-{BANKS[number].lower()}", "finance", 18)
        bank_files.deliver_bank(world, spelling, settled, number, place, jobs.append)
        _identities(world, spelling, naming, place, jobs.append)
    bank_files.deliver_receipts(world, spelling, settled, open_("pay-union", "finance", 18), jobs.append)
    bank_files.deliver_wallets(world, spelling, settled, open_("ecny-centre", "finance", 18), jobs.append)
    exchange = open_("exchange-coinbay", "finance", 18, zone="UTC")
    jobs.append(lambda: chain_files.deliver_orders(world, spelling, exchange))
    jobs.append(lambda: chain_files.deliver_prices(world, spelling, exchange))
    chain_files.deliver_chain(
        world, spelling, settled, open_("chain-tron", "finance", 18, chain="tron", zone="UTC"), jobs.append
    )
    evm_files.deliver_evm(
        world, spelling, settled, open_("chain-ethereum", "finance", 18, chain="ethereum", zone="UTC"), jobs.append
    )
    for number, name in enumerate(PLATFORMS):
        zone = "Asia/Bangkok" if number == platform_files.ABROAD else "Asia/Shanghai"
        platform_files.deliver_platform(
            world, spelling, number, open_(f"platform-{name}", "internet", 22, zone=zone), jobs.append
        )
    registry = open_("registry-sites", "internet", 24)
    jobs.append(lambda: platform_files.deliver_sites(world, spelling, registry))
    police = open_("police-province", "public_security", 26, person_tokens="national")
    police_files.deliver_police(world, spelling, settled, naming, police, jobs.append)
    _run(jobs, spelling)
    return deliveries


def _identities(
    world: World, spelling: Spelling, naming: Naming, place: Delivery, submit: Callable[[Callable[[], None]], None]
) -> None:
    people = np.flatnonzero(naming.issuers[place.source])
    submit(lambda: police_files.identity_file(world, spelling, people, place))


def _run(jobs: list[Callable[[], None]], spelling: Spelling) -> None:
    """Writes files on two threads: Polars and the compressors let each other work. Bytes do not depend on the order."""
    spelling.warm()
    with ThreadPoolExecutor(2) as pool:
        for job in [pool.submit(job) for job in jobs]:
            job.result()


def _events(world: World, settled: Settled) -> dict[str, int]:
    def inside(times: Ints) -> int:
        return int(((times >= 0) & (times < world.end)).sum())

    rails = np.bincount(world.ledger["rail"][settled.row], minlength=5)
    return {
        "cdr": len(world.calls),
        "messages": inside(world.messages["time"]),
        "platform_logins": inside(world.logins["time"]),
        "bank_transfers": int(rails[0]),
        "payment_receipts": int(rails[1]),
        "ecny_transfers": int(rails[2]),
        "trc20": int(rails[3]),
        "evm": int(rails[4]),
        "otc_orders": inside(world.orders["time"]),
        "border_crossings": inside(world.crossings["time"]),
        "tickets": len(world.tickets),
        "reports": len(world.reports),
        "adverts": len(world.adverts),
        "sites": len(world.sites),
    }
