"""The answers: who serves which ring, who only looks alike, where every stolen payment ended."""

import csv
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from cutline.simulate.chain_files import ASSETS, asset_of, in_units, transaction_hashes
from cutline.simulate.evm_files import evm_hashes
from cutline.simulate.following import Ending
from cutline.simulate.numbers import hex_strings, salt_of
from cutline.simulate.randomness import Ints, scramble
from cutline.simulate.settlement import Settled
from cutline.simulate.spelling import Spelling
from cutline.simulate.world import (
    ACCOUNT,
    BANKS,
    CHAIN_RAIL,
    DELIVERING_BANKS,
    EVM,
    EVM_RAIL,
    OPERATORS,
    PLATFORMS,
    WALLET,
    World,
)

Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]


class Naming:
    """Canonical ids of everything in the truth, one per name under which it occurs in the delivery."""

    def __init__(self, world: World, spelling: Spelling, settled: Settled) -> None:
        self.world, self.spelling, self.settled = world, spelling, settled
        self._tags = world.ledger["tag"][settled.row]
        self._events = {int(self._tags[e]): int(e) for e in np.flatnonzero(self._tags >= 0)}
        self._payments: dict[int, str] = {}
        self._reports: dict[int, str] = {}
        self._marks()

    def event_of(self, tag: int) -> int:
        """The settled event of a stolen payment, −1 if no source delivers it."""
        return self._events.get(tag, -1)

    def payment_id(self, event: int) -> str:
        """Transfer id or hash of an event, as the payer's holder gives it."""
        if event not in self._payments:
            rows = np.array([event])
            rail = self.world.ledger["rail"][self.settled.row[event]]
            if rail == EVM_RAIL:
                names = evm_hashes(self.world, self.world.ledger["tx"][self.settled.row[rows]])
            elif rail == CHAIN_RAIL:
                names = transaction_hashes(self.world, self.settled, rows)
            else:
                names = hex_strings(self.settled.id64[rows])
            self._payments[event] = str(names[0])
        return self._payments[event]

    def report_id(self, number: int) -> str:
        """The id of a report."""
        if number not in self._reports:
            self._reports[number] = self._report_id(number)
        return self._reports[number]

    def _report_id(self, number: int) -> str:
        return "RPT" + str(hex_strings(scramble(np.array([number]), salt_of(self.world.config.seed, "report")))[0])[:10].upper()

    def _marks(self) -> None:
        """What is mentioned at all, as a mask per kind."""
        world = self.world
        lines, calls, handles = world.lines, world.calls, world.handles
        inside = (calls["time"] >= 0) & (calls["time"] < world.end)
        a, b = calls["a"][inside], calls["b"][inside]
        self.called = np.zeros(len(lines), bool)
        known = lines["operator"]
        seen = (known[np.maximum(a, 0)] >= 0) & (a >= 0) | (known[np.maximum(b, 0)] >= 0) & (b >= 0)
        self.called[a[(a >= 0) & seen]] = True
        self.called[b[(b >= 0) & seen]] = True
        self.moved = np.zeros(len(world.nodes), bool)
        self.moved[self.settled.payer] = True
        self.moved[self.settled.payee] = True
        self._spread_moves()
        self.spoke = np.zeros(len(handles), bool)
        for column in (world.messages["sender"], world.messages["recipient"], world.logins["handle"]):
            self.spoke[column[column >= 0]] = True
        self.spoke[[advert["handle"] for advert in world.adverts if advert["handle"] >= 0]] = True
        self.in_calls = np.zeros(len(world.devices), bool)
        served = lines["device"][self.called & (known >= 0)]
        self.in_calls[served[served >= 0]] = True
        self.on_platform = np.zeros((len(PLATFORMS), len(world.devices)), bool)
        self.on_platform[handles["platform"], handles["device"]] = handles["device"] >= 0
        self.travelled = np.zeros(len(world.persons), bool)
        self.travelled[world.crossings["person"]] = True
        self._issuers()

    def _spread_moves(self) -> None:
        """An EVM address has moved if any of its coins has, or a piece."""
        nodes = self.world.nodes
        rows = np.flatnonzero(nodes["kind"] == EVM)
        self.moved[self.world.pieces["seller"]] = True
        self.moved[self.world.pieces["buyer"]] = True
        number = nodes["number"][rows]
        moved = np.zeros(int(number.max(initial=-1)) + 1, bool)
        moved[number[self.moved[rows]]] = True
        self.moved[rows] = moved[number]

    def _issuers(self) -> None:
        world, n = self.world, len(self.world.persons)
        self.issuers: dict[str, Bools] = {}
        operator, holder, agent = world.lines["operator"], world.lines["person"], world.lines["agent"]
        for number, name in enumerate(OPERATORS):
            mask = np.zeros(n, bool)
            mask[holder[(operator == number) & (holder >= 0)]] = True
            mask[-2 - agent[(operator == number) & (agent <= -2)]] = True
            self.issuers[f"telecom-{name}"] = mask
        kind, inst, person = world.nodes["kind"], world.nodes["inst"], world.nodes["person"]
        for number in range(DELIVERING_BANKS):
            mask = np.zeros(n, bool)
            mask[person[(kind == ACCOUNT) & (inst == number) & (person >= 0)]] = True
            self.issuers[f"bank-{BANKS[number].lower()}"] = mask
        mask = np.zeros(n, bool)
        mask[person[(kind == WALLET) & (world.nodes["tier"] != 4) & (person >= 0)]] = True
        self.issuers["ecny-centre"] = mask
        mask = np.zeros(n, bool)
        user = world.orders["user"][(world.orders["time"] >= 0) & (world.orders["time"] < world.end)]
        mask[user[user >= 0]] = True
        self.issuers["exchange-coinbay"] = mask
        national = np.zeros(n, bool)
        national[: world.config.people] = True
        national[world.crossings["person"]] = True
        national[world.tickets["person"]] = True
        payer = world.tickets["payer_person"]
        national[payer[payer >= 0]] = True
        self.issuers["national"] = national
        self._spelled = {name: self.spelling.people(name) for name in self.issuers}

    def entities(self, kind: str, row: int) -> list[str]:
        """Every id under which one thing occurs; empty if it occurs nowhere."""
        if kind == "person":
            return [
                f"person:{'id' if name == 'national' else name}/{self._spelled[name][row]}"
                for name, mask in self.issuers.items()
                if mask[row]
            ]
        if kind == "device":
            return self._devices(row)
        if kind == "phone":
            return [f"phone:+{self.world.lines['number'][row]}"]
        if kind == "handle":
            return [f"handle:{PLATFORMS[self.world.handles['platform'][row]]}/{self.spelling.handles[row]}"]
        if kind == "website":
            parts = urlsplit(self.world.sites[row]["url"])
            return [f"website:{parts.netloc}{parts.path.rstrip('/')}"]
        if kind == "organisation":
            return [f"organisation:police-province/{self.spelling.firms('police-province')[row]}"]
        return self.spelling.node_ids(np.array([row]))

    def _devices(self, row: int) -> list[str]:
        names = []
        if self.in_calls[row] or (self.world.devices["shown"][row] and self.on_platform[:, row].any()):
            names.append(f"device:imei/{self.world.devices['imei'][row]}")
        if not self.world.devices["shown"][row]:
            for number, platform in enumerate(PLATFORMS):
                if self.on_platform[number, row]:
                    source = f"platform-{platform}"
                    names.append(f"device:{source}/{self.spelling.device(source)[row]}")
        return names

    def used(self, kind: str, row: int) -> bool:
        """Whether it took part in anything that a delivered row tells."""
        if kind == "phone":
            return bool(self.called[row])
        if kind == "handle":
            return bool(self.spoke[row])
        if kind == "person":
            return bool(self.flows(row))
        if kind in ("device", "website", "organisation"):
            return True
        return bool(self.moved[row])

    def flows(self, person: int) -> set[str]:
        """The flows in which a person shows: information, money, people."""
        world = self.world
        found = set()
        if self.called[world.lines["person"] == person].any() or self.spoke[world.handles["person"] == person].any():
            found.add("information")
        if self.moved[world.nodes["person"] == person].any():
            found.add("money")
        if self.travelled[person]:
            found.add("people")
        return found


def write_truth(root: Path, naming: Naming, endings: list[Ending], tags: Ints) -> dict[str, int]:
    """Writes subjects, rings, look-alikes and stolen payments; returns counts."""
    folder = root / "truth"
    folder.mkdir(exist_ok=True)
    subjects = _subjects(naming)
    _write(folder / "subjects.csv", ("entity", "kind", "ring", "role", "coerced", "active"), subjects)
    guilty = {row[0] for row in subjects}
    alike = _look_alikes(naming, guilty)
    _write(folder / "look_alikes.csv", ("entity", "kind", "why"), alike)
    spelling, world = naming.spelling, naming.world
    rings = [
        (r["ring"], r["story"], spelling.moment(r["from"]).isoformat(), spelling.moment(r["to"]).isoformat())
        for r in world.ring_rows
    ]
    _write(folder / "rings.csv", ("ring", "story", "from", "to"), rings)
    stolen = _stolen(naming, endings, tags)
    _write(
        folder / "stolen.csv",
        (
            "report_id",
            "victim",
            "ring",
            "payment",
            "stolen_amount",
            "currency",
            "time",
            "ended_at",
            "ended_amount",
            "ended_asset",
            "ended_how",
            "ended_value",
        ),
        stolen,
    )
    return {"subjects": len(guilty), "look_alikes": len(alike), "stolen_payments": len(tags), "endings": len(stolen)}


def _subjects(naming: Naming) -> list[tuple[str, ...]]:
    rows: dict[tuple[str, str], tuple[str, ...]] = {}
    for kind, row, ring, role, coerced in naming.world.subjects:
        active = "1" if naming.used(kind, row) else "0"
        for entity in naming.entities(kind, row):
            rows.setdefault((entity, ring), (entity, kind, ring, role, str(coerced) if kind == "person" else "", active))
    return [rows[key] for key in sorted(rows)]


def _look_alikes(naming: Naming, guilty: set[str]) -> list[tuple[str, ...]]:
    rows: dict[str, tuple[str, ...]] = {}
    for kind, things, why in naming.world.look_alikes:
        for row in things:
            if naming.used(kind, int(row)):
                for entity in naming.entities(kind, int(row)):
                    if entity not in guilty:
                        rows.setdefault(entity, (entity, kind, why))
    return [rows[key] for key in sorted(rows)]


def _stolen(naming: Naming, endings: list[Ending], tags: Ints) -> list[tuple[str, ...]]:
    world, settled, spelling = naming.world, naming.settled, naming.spelling
    people = spelling.people("national")
    rows = []
    for ending in endings:
        theft = world.stolen[int(tags[ending.payment])]
        money = theft.get("asset", 0)
        event = naming.event_of(int(tags[ending.payment]))
        asset = asset_of(world, ending.node)
        rows.append(
            (
                naming.report_id(theft["report"]) if theft["report"] >= 0 else "",
                f"person:id/{people[theft['person']]}",
                theft["ring"],
                naming.payment_id(event),
                in_units(theft["amount"], money),
                ASSETS[money],
                spelling.moment(int(settled.time[event])).isoformat(),
                spelling.node_ids(np.array([ending.node]))[0],
                in_units(ending.amount, asset),
                ASSETS[asset],
                ending.how,
                in_units(ending.value, money),
            )
        )
    return sorted(rows)


def _write(path: Path, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)
