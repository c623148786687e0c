"""What banks, the payment network and the digital-yuan operators deliver: accounts, transfers, receipts, wallets."""

from collections.abc import Callable

import numpy as np
import polars as pl

from cutline.simulate.delivery import Delivery
from cutline.simulate.iso20022 import credit_transfers
from cutline.simulate.numbers import hex_strings, salt_of
from cutline.simulate.people import ELDERLY
from cutline.simulate.randomness import DAY, Ints, scramble
from cutline.simulate.settlement import Settled
from cutline.simulate.spelling import Spelling, gather
from cutline.simulate.world import (
    ACCOUNT,
    BANK_RAIL,
    BANKS,
    CHANNELS,
    DELIVERING_BANKS,
    ECNY_RAIL,
    PURPOSES,
    RECEIPT_RAIL,
    TERMINAL,
    WALLET,
    WEB,
    World,
)

ACCOUNT_STARS = ("institution", "account", "holder", "opened_at")
TRANSFER_STARS = (
    "transfer_id",
    "time",
    "payer_institution",
    "payer_account",
    "payee_institution",
    "payee_account",
    "amount",
    "currency",
)
RECEIPT_STARS = ("receipt_id", "time", "payer", "code_id", "merchant_account", "merchant_institution", "amount", "currency")
WALLET_STARS = ("wallet", "tier", "opened_at")
ECNY_STARS = ("transfer_id", "time", "payer_wallet", "payee_wallet", "amount")
XML_BANK, XML_DAYS = 3, 3  # one bank sends some interbank payments of its first days as pacs.008
Submit = Callable[[Callable[[], None]], None]


class Daily:
    """Rows of one file series, cut by the file they are delivered in: a few come a day or more late."""

    def __init__(self, world: World, name: str, time: Ints) -> None:
        rng, days = world.chance.of(f"late {name}"), world.config.days
        day = np.clip(time // DAY, 0, days - 1)
        self.late = (rng.random(len(time)) < world.config.late_rows) & (day < days - 3)
        day = day + np.where(self.late, rng.integers(1, 4, len(time)), 0)
        self.order = np.argsort(day * 2**32 + time, kind="stable")
        self._edges = np.searchsorted(day[self.order], world.config.file_days)

    def of(self, number: int) -> Ints:
        """Places of the rows of one file."""
        return self.order[self._edges[number] : self._edges[number + 1]]


def deliver_bank(world: World, spelling: Spelling, settled: Settled, bank: int, delivery: Delivery, submit: Submit) -> None:
    """Queues one bank's files: its accounts and every transfer that touches them."""
    submit(lambda: _accounts(world, spelling, bank, delivery))
    nodes, ledger = world.nodes, world.ledger
    inst = np.where(np.isin(nodes["kind"], (ACCOUNT, TERMINAL)), nodes["inst"], -1)
    banked = ledger["rail"][settled.row] == BANK_RAIL
    payer_at, payee_at = inst[settled.payer], inst[settled.payee]
    event = np.flatnonzero(banked & ((payer_at == bank) | (payee_at == bank)))
    second = (payer_at[event] != bank) & (payer_at[event] < DELIVERING_BANKS)
    in_xml = np.zeros(len(event), bool)
    if bank == XML_BANK:
        in_xml = (
            (payee_at[event] != bank) & (settled.time[event] < XML_DAYS * DAY) & (ledger["channel"][settled.row[event]] == WEB)
        )
        in_xml &= (ledger["tag"][settled.row[event]] < 0) & ~second
        in_messages = event[in_xml]
        submit(lambda: credit_transfers(world, spelling, settled, in_messages, delivery))
    event, second = event[~in_xml], second[~in_xml]
    skew = world.chance.of(f"clock {bank}").integers(0, world.config.second_sighting_skew_s + 1, len(event))
    time = settled.time[event] + np.where(second, skew, 0)
    daily = Daily(world, f"bank {bank}", time)
    for number in range(world.config.files):

        def write(number: int = number) -> None:
            part = daily.of(number)
            frame = _transfer_frame(world, spelling, settled, bank, (event[part], second[part], time[part]))
            suffix = ".csv.gz" if bank == 1 and number % 3 == 0 else ".csv.zst"
            encoding = "bom" if bank == 0 and number % 7 == 0 else "utf-8"
            delivery.table(
                f"transfers-{spelling.file_date(number)}{suffix}",
                frame,
                TRANSFER_STARS,
                encoding=encoding,
                second_sightings=int(second[part].sum()),
                late=int(daily.late[part].sum()),
            )

        submit(write)


def _transfer_frame(
    world: World, spelling: Spelling, settled: Settled, bank: int, chosen: tuple[Ints, Ints, Ints]
) -> pl.DataFrame:
    event, second, time = chosen
    row, ledger, n = settled.row[event], world.ledger, len(event)
    rng = world.chance.of(f"transfer spelling {bank} {int(time[0]) if n else 0}")
    payer, payee = settled.payer[event], settled.payee[event]
    inst = world.nodes["inst"]
    codes = pl.Series([*BANKS, *(code + "CNBJ" for code in BANKS)])
    long = np.where(rng.random(n) < 0.05, len(BANKS), 0) if bank != 2 else len(BANKS)
    own_id = second & (rng.random(n) < 0.7)
    id64 = np.where(own_id, scramble(row, salt_of(world.config.seed, f"second {bank}")), settled.id64[event])
    remote = ledger["remote"][row]
    remote = np.where((remote < 0) & (rng.random(n) < 0.3), 0, remote)
    return pl.DataFrame(
        {
            "transfer_id": hex_strings(id64),
            "time": spelling.times(time),
            "payer_institution": gather(codes, inst[payer] + long),
            "payer_account": gather(spelling.numbers, payer),
            "payee_institution": gather(codes, inst[payee] + long),
            "payee_account": gather(spelling.numbers, payee),
            "amount": settled.amount[event] / 100,
            "currency": "CNY",
            "channel": gather(pl.Series(CHANNELS), ledger["channel"][row]),
            "purpose": gather(pl.Series(PURPOSES), np.where(ledger["purpose"][row] == 0, -1, ledger["purpose"][row])),
            "payer_balance_after": _money(settled.payer_after[event], inst[payer] == bank),
            "payee_balance_after": _money(
                settled.payee_after[event], (inst[payee] == bank) & (world.nodes["kind"][payee] == ACCOUNT)
            ),
            "device": gather(spelling.device(f"bank-{BANKS[bank].lower()}"), np.where(second, -1, ledger["device"][row])),
            "ip": gather(spelling.ips, np.where(second, -1, ledger["ip"][row])),
            "remote_session": pl.Series(np.where(second, -1, remote)).replace(-1, None),
            "identity_check": gather(
                pl.Series(["", "passed", "failed"]), np.where((ledger["check"][row] > 0) & ~second, ledger["check"][row], -1)
            ),
        }
    )


def _money(minor: Ints, shown: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> pl.Series:
    value = pl.Series(minor / 100)
    return value.zip_with(pl.Series(shown), pl.Series([None], dtype=pl.Float64))


def _accounts(world: World, spelling: Spelling, bank: int, delivery: Delivery) -> None:
    nodes = world.nodes
    rows = np.flatnonzero((nodes["kind"] == ACCOUNT) & (nodes["inst"] == bank))
    rows = rows[np.argsort(nodes["number"][rows])]
    person = nodes["person"][rows]
    status = nodes["status"][rows].copy()
    status[np.isin(rows, np.array(sorted(world.frozen), dtype=np.int64))] = 2
    frame = pl.DataFrame(
        {
            "institution": BANKS[bank],
            "account": gather(spelling.numbers, rows),
            "holder": gather(spelling.people(delivery.source), person).zip_with(
                pl.Series(person >= 0), gather(spelling.firms(delivery.source), np.maximum(nodes["org"][rows], 0))
            ),
            "holder_kind": gather(pl.Series(["person", "organisation"]), (person < 0).astype(np.int8)),
            "opened_at": spelling.stamps(nodes["opened"][rows]),
            "class": gather(pl.Series(["", "I", "II", "III"]), np.where(nodes["cls"][rows] == 0, -1, nodes["cls"][rows])),
            "status": gather(pl.Series(["active", "limited", "frozen", "closed"]), status),
            "phone": spelling.linked(nodes["line"][rows], "phone"),
            "region": gather(spelling.regions, nodes["region"][rows]),
        }
    )
    delivery.table("accounts.csv", frame, ACCOUNT_STARS)


def deliver_receipts(world: World, spelling: Spelling, settled: Settled, delivery: Delivery, submit: Submit) -> None:
    """Queues the payment network's receipts by code."""
    event = np.flatnonzero(world.ledger["rail"][settled.row] == RECEIPT_RAIL)
    daily = Daily(world, "receipts", settled.time[event])
    for number in range(world.config.files):

        def write(number: int = number) -> None:
            part = event[daily.of(number)]
            payee = settled.payee[part]
            frame = pl.DataFrame(
                {
                    "receipt_id": hex_strings(settled.id64[part]),
                    "time": spelling.times(settled.time[part]),
                    "payer": gather(spelling.places, settled.payer[part]),
                    "code_id": "C"
                    + hex_strings(scramble(world.ledger["code"][settled.row[part]], salt_of(world.config.seed, "code"))),
                    "merchant_account": gather(spelling.numbers, payee),
                    "merchant_institution": gather(pl.Series(BANKS), world.nodes["inst"][payee]),
                    "amount": settled.amount[part] / 100,
                    "currency": "CNY",
                }
            )
            delivery.table(
                f"receipts-{spelling.file_date(number)}.csv.zst",
                frame,
                RECEIPT_STARS,
                late=int(daily.late[daily.of(number)].sum()),
            )

        submit(write)


def deliver_wallets(world: World, spelling: Spelling, settled: Settled, delivery: Delivery, submit: Submit) -> None:
    """Queues the digital-yuan operators' wallets and transfers."""
    submit(lambda: _wallets(world, spelling, delivery))
    event = np.flatnonzero(world.ledger["rail"][settled.row] == ECNY_RAIL)
    daily = Daily(world, "ecny", settled.time[event])
    for number in range(world.config.files):

        def write(number: int = number) -> None:
            part = event[daily.of(number)]
            row = settled.row[part]
            terminal = world.ledger["terminal"][row]
            frame = pl.DataFrame(
                {
                    "transfer_id": hex_strings(settled.id64[part]),
                    "time": spelling.times(settled.time[part]),
                    "payer_wallet": gather(spelling.places, settled.payer[part]),
                    "payee_wallet": gather(spelling.places, settled.payee[part]),
                    "amount": settled.amount[part] / 100,
                    "terminal": _terminals(world, terminal),
                    "purpose": gather(
                        pl.Series(PURPOSES), np.where(world.ledger["purpose"][row] == 0, -1, world.ledger["purpose"][row])
                    ),
                }
            )
            delivery.table(
                f"ecny-{spelling.file_date(number)}.csv.zst",
                frame,
                ECNY_STARS,
                late=int(daily.late[daily.of(number)].sum()),
            )

        submit(write)


def _terminals(world: World, terminal: Ints) -> pl.Series:
    names = "T" + hex_strings(scramble(np.maximum(terminal, 0), salt_of(world.config.seed, "terminal"))).str.slice(0, 10)
    return names.zip_with(pl.Series(terminal >= 0), pl.Series([None], dtype=pl.String))


def _wallets(world: World, spelling: Spelling, delivery: Delivery) -> None:
    nodes = world.nodes
    rows = np.flatnonzero(nodes["kind"] == WALLET)
    rows = rows[np.argsort(nodes["number"][rows])]
    frame = pl.DataFrame(
        {
            "wallet": gather(spelling.numbers, rows),
            "tier": gather(pl.Series(["", "I", "II", "III", "IV"]), nodes["tier"][rows]),
            "holder": gather(spelling.people(delivery.source), np.where(nodes["tier"][rows] == 4, -1, nodes["person"][rows])),
            "phone": spelling.linked(nodes["line"][rows], "phone"),
            "opened_at": spelling.stamps(nodes["opened"][rows]),
            "operator": gather(pl.Series(BANKS), nodes["inst"][rows]),
            "kind": gather(pl.Series(["soft", "hard", "sub"]), _wallet_kinds(world, rows)),
            "parent": gather(spelling.numbers, nodes["parent"][rows]),
        }
    )
    delivery.table("wallets.csv", frame, WALLET_STARS)


def _wallet_kinds(world: World, rows: Ints) -> Ints:
    """Apps mostly; cards for some of the elderly; sub-wallets under another wallet."""
    rng, person = world.chance.of("wallet kinds"), world.nodes["person"][rows]
    old = (person >= 0) & (world.persons["status"][np.maximum(person, 0)] == ELDERLY)
    hard = old & (rng.random(len(rows)) < world.config.hard_wallets)
    return np.where(world.nodes["parent"][rows] >= 0, 2, hard.astype(np.int64))
