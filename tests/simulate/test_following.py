"""The endings can be found from the delivered rows alone, by a plain queue of lots in time order."""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from tests.simulate.conftest import Province

HUNDRED, MILLION = 100, 1_000_000
Found = dict[str, dict[str, Fraction]]


@dataclass
class Event:
    time: float
    id: str
    payer: str
    payee: str
    amount: int
    channel: str = ""
    source: str = ""


def minor(text: str, scale: int) -> int:
    return int(Decimal(text) * scale)


def bank_events(province: Province) -> list[Event]:
    """Accepted rows of all banks; two banks' reports of one payment become one event, as the payer's bank tells it."""
    seen: dict[tuple[str, str], Event] = {}
    for row in province.rows("transfers"):
        try:
            time, amount = datetime.fromisoformat(row["time"]).timestamp(), minor(row["amount"], HUNDRED)
            ends = [f"{row[f'{side}_institution'][:4]}/{row[f'{side}_account']}" for side in ("payer", "payee")]
        except (TypeError, ValueError, ArithmeticError):
            continue
        if all(
            row[name]
            for name in ("transfer_id", "payer_institution", "payer_account", "payee_institution", "payee_account", "currency")
        ):
            source = row["file"].split("/")[0]
            seen.setdefault(
                (source, row["transfer_id"]), Event(time, row["transfer_id"], ends[0], ends[1], amount, row["channel"], source)
            )
    for name, text in province.texts.items():
        if name.endswith(".xml"):
            seen.update({(name, event.id): event for event in pacs_events(text)})
    first: list[Event] = []
    known: dict[tuple[str, str, int], list[Event]] = defaultdict(list)
    own_first = sorted(seen.values(), key=lambda e: (e.source != f"bank-{e.payer[:4].lower()}", e.time, e.id))
    for event in own_first:
        twins = known[event.payer, event.payee, event.amount]
        twin = next((t for t in twins if t.source != event.source and abs(t.time - event.time) <= 120), None)
        if twin is None:
            first.append(event)
            twins.append(event)
        else:
            twins.remove(twin)
    return first


def pacs_events(text: str) -> list[Event]:
    from lxml import etree

    found = []
    for node in etree.fromstring(text.encode()).findall(".//{*}CdtTrfTxInf"):
        banks = [n.text[:4] for n in node.findall(".//{*}BICFI")]
        accounts = [n.text for n in node.findall(".//{*}Othr/{*}Id")]
        time = datetime.fromisoformat(node.findtext("{*}AccptncDtTm")).timestamp()
        ends = [f"{bank}/{account}" for bank, account in zip(banks, accounts, strict=True)]
        found.append(
            Event(
                time,
                node.findtext(".//{*}TxId"),
                ends[0],
                ends[1],
                minor(node.findtext("{*}IntrBkSttlmAmt"), HUNDRED),
                "web",
                "bank-pcbc",
            )
        )
    return found


def other_events(province: Province) -> list[Event]:
    found: dict[str, Event] = {}
    tables = (("receipts", "receipt_id", "payer", ""), ("ecny", "transfer_id", "payer_wallet", "payee_wallet"))
    for stem, key, payer, payee in tables:
        for row in province.rows(stem):
            try:
                time, amount = datetime.fromisoformat(row["time"]).timestamp(), minor(row["amount"], HUNDRED)
                target = row[payee] if payee else f"{row['merchant_institution']}/{row['merchant_account']}"
            except (TypeError, ValueError, ArithmeticError):
                continue
            if (
                row[key]
                and row[payer]
                and target
                and "None" not in target
                and not target.startswith("/")
                and not target.endswith("/")
            ):
                found.setdefault(row[key], Event(time, row[key], row[payer], target, amount))
    for name in province.texts:
        if "trc20" in name:
            for row in province.json_lines(name):
                found.setdefault(
                    row["transaction_id"],
                    Event(row["block_timestamp"] / 1000, row["transaction_id"], row["from"], row["to"], int(row["value"])),
                )
    return list(found.values())


def desk_links(province: Province, events: list[Event], lower: bool = False) -> dict[str, str]:
    """Payment to a desk → delivery of the same order: by account, address, amounts and nearness in time."""
    paid, delivered = defaultdict(list), defaultdict(list)
    for event in events:
        paid[event.payer].append(event)
        delivered[event.payee, event.amount].append(event)
    links: dict[str, str] = {}
    for row in province.rows("otc_orders"):
        try:
            time = datetime.fromisoformat(row["time"]).timestamp()
            usdt, value = minor(row["amount"], MILLION), Decimal(row["amount"]) * Decimal(row["price"])
        except (TypeError, ValueError, ArithmeticError):
            continue
        if row["side"] != "buy":
            continue
        near = [
            e
            for e in paid[f"{row['institution']}/{row['account']}"]
            if 0 <= time - e.time <= 300 and abs(Decimal(e.amount) / 100 - value) <= Decimal("0.02")
        ]
        address = row["address"].lower() if lower else row["address"]
        out = [e for e in delivered[address, usdt] if 0 <= e.time - time <= 1000]
        if near and out:
            links[near[0].id] = out[0].id
    return links


def openings(events: list[Event]) -> dict[str, int]:
    balance: dict[str, int] = defaultdict(int)
    lowest: dict[str, int] = defaultdict(int)
    for event in events:
        balance[event.payer] -= event.amount
        lowest[event.payer] = min(lowest[event.payer], balance[event.payer])
        balance[event.payee] += event.amount
    return {node: -low for node, low in lowest.items() if low < 0}


class Lot(NamedTuple):
    """Part of what an account holds: an amount, and the stolen payments it comes from, each with its value per unit.

    There may be several: a bait that a gang pays back to a victim is other victims' money, and is stolen again.
    """

    amount: Fraction
    claims: tuple[tuple[str, Fraction], ...] = ()


def take(queue: deque[Lot], amount: Fraction) -> list[Lot]:
    """The oldest lots up to an amount."""
    moved = []
    while amount:
        lot = queue.popleft()
        part = min(amount, lot.amount)
        moved.append(lot._replace(amount=part))
        amount -= part
        if part < lot.amount:
            queue.appendleft(lot._replace(amount=lot.amount - part))
    return moved


def queue_of_lots(
    events: list[Event], links: dict[str, str], stolen: set[str], ends: set[str], touched: set[str] | None = None
) -> Found:
    """Follows every lot first in, first out; notes whom stolen money touched."""
    nothing = Fraction(0)
    held: dict[str, deque[Lot]] = defaultdict(deque)
    for node, amount in openings(events).items():
        held[node].append(Lot(Fraction(amount)))
    found: Found = defaultdict(lambda: defaultdict(Fraction))
    carried: dict[str, list[Lot]] = {}
    back = {chain: bank for bank, chain in links.items()}
    for event in events:
        moved = take(held[event.payer], Fraction(event.amount))
        if event.id in stolen:
            moved = [lot._replace(claims=(*lot.claims, (event.id, Fraction(1)))) for lot in moved]
        if event.id in back:
            origin = carried[back[event.id]]
            scale = event.amount / sum((lot.amount for lot in origin), nothing)
            moved = [Lot(lot.amount * scale, tuple((name, rate / scale) for name, rate in lot.claims)) for lot in origin]
        if event.id in links:
            carried[event.id] = moved
            moved = [Lot(Fraction(event.amount))]
        elif event.payee in ends:
            settle(found, event.payee, moved)
            moved = [Lot(Fraction(event.amount))]
        held[event.payee].extend(moved)
        if touched is not None and any(lot.claims for lot in moved):
            touched.add(event.payee)
    for node, lots in held.items():
        settle(found, node, lots)
    return found


def settle(found: Found, node: str, lots: Iterable[Lot]) -> None:
    for lot in lots:
        for payment, rate in lot.claims:
            found[payment][node] += lot.amount * rate


def endings_agree(province: Province, events: list[Event], links: dict[str, str], ends: set[str]) -> Fraction:
    """The share of the truth's endings that the plain queue finds at the same place in the same asset."""
    truth = province.truth("stolen.csv")
    events.sort(key=lambda e: (e.time, e.id))
    paid = {row["payment"] for row in truth}
    found = queue_of_lots(events, links, {e.id for e in events if e.id.split("/")[0] in paid}, ends)
    by_payment = {name.split("/")[0]: places for name, places in found.items()}
    total = located = Fraction(0)
    for row in truth:
        value, entity = Fraction(Decimal(row["ended_value"])), row["ended_at"]
        scale = HUNDRED if row["currency"] == "CNY" else MILLION
        node = entity.split("/", 1)[1] if entity.startswith("account:") else entity.rsplit("/", 1)[-1].split(":")[-1]
        node = f"{node.lower()} {row['ended_asset'].rsplit('/', 1)[-1].lower()}" if "evm/" in entity else node
        total += value
        located += min(value, by_payment[row["payment"]][node] / scale)
    return located / total


def openings_printed(province: Province, events: list[Event]) -> dict[str, int]:
    """What each account opened with, by the first balance that its own bank prints beside an event."""
    printed: dict[str, tuple[str, int]] = {}
    for row in province.rows("transfers"):
        for side in ("payer", "payee"):
            if row[f"{side}_balance_after"] and row["transfer_id"] and row[f"{side}_institution"]:
                account = f"{row[f'{side}_institution'][:4]}/{row[f'{side}_account']}"
                printed[f"{row['transfer_id']} {side}"] = (account, minor(row[f"{side}_balance_after"], HUNDRED))
    running: dict[str, int] = defaultdict(int)
    found: dict[str, int] = {}
    for event in events:
        running[event.payer] -= event.amount
        running[event.payee] += event.amount
        for side, account in (("payer", event.payer), ("payee", event.payee)):
            told = printed.get(f"{event.id} {side}")
            if told and told[0] == account:
                found.setdefault(account, told[1] - running[account])
    return found


def hot_wallets(province: Province) -> set[str]:
    return {row["entity"].rsplit("/", 1)[-1] for row in province.rows("tags") if row["tag"] == "exchange"}


def test_a_plain_queue_finds_the_same_endings(province: Province) -> None:
    events = bank_events(province) + other_events(province)
    hot = hot_wallets(province)
    deposits = {e.payer for e in events if e.payee in hot} - hot
    ends = {e.payee for e in events if e.channel == "atm"} | (deposits & {e.payee for e in events}) | hot
    assert endings_agree(province, events, desk_links(province, events), ends) >= Fraction(999, 1000)
