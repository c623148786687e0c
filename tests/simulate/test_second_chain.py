"""Stolen money that is swapped on the EVM chain ends where a plain queue over its logs says."""

import csv
import dataclasses
import io
from collections import defaultdict
from fractions import Fraction

import pytest

from cutline.simulate import ProvinceConfig, simulate
from tests.simulate.conftest import Province
from tests.simulate.test_following import Event, bank_events, desk_links, endings_agree, hot_wallets, other_events

TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
DEPOSIT = "0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c"
SWAPS = (
    "0xd78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822",
    "0xc42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67",
)
DOLLARS = "0xdac17f958d2ee523a2206206994597c13d831ec7"
RICH = dataclasses.replace(
    ProvinceConfig(people=4_000, days=10, seed=3, rings=1),
    evm_share=(0.9, 0.95),
    exits=(("usdt", 0.9), ("cash", 0.1)),
    taken_over=1.0,
    bridged=0.5,
    washed=0.5,
)


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Province:
    root = tmp_path_factory.mktemp("second-chain")
    return Province(root, simulate(root, RICH))


def exported(province: Province, stem: str) -> list[dict[str, str]]:
    """Sound rows of one of the chain's exports, each once."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for name, text in province.texts.items():
        if name.startswith(f"chain-ethereum/{stem}"):
            for row in csv.DictReader(io.StringIO(text)):
                if all(row[k] for k in row if k != "to_address"):
                    found.setdefault(tuple(row.values()), row)
    return list(found.values())


def last_twenty(topic: str) -> str:
    return "0x" + topic[-40:]


def evm_events(province: Province) -> tuple[list[Event], dict[str, str]]:
    """Movements between (address, token), and by swap the payment in → the payment out of whoever began it."""
    stamp = {row["number"]: int(row["timestamp"]) for row in exported(province, "blocks")}
    sender = {row["hash"]: row["from_address"] for row in exported(province, "transactions")}
    events, swapped = [], set()
    for row in exported(province, "logs"):
        topics = row["topics"].split(",")
        if topics[0] in SWAPS:
            swapped.add(row["transaction_hash"])
        if topics[0] == TRANSFER and len(topics) == 3:
            payer, payee = map(last_twenty, topics[1:])
        elif topics[0] == DEPOSIT:
            payer, payee = row["address"], last_twenty(topics[1])
        else:
            continue
        name = f"{row['transaction_hash']}/{row['log_index']}"
        token, amount = row["address"], int(row["data"], 16)
        events.append(Event(stamp[row["block_number"]], name, f"{payer} {token}", f"{payee} {token}", amount))
    paid, got = {}, {}
    for event in events:
        tx = event.id.split("/")[0]
        if tx in swapped:
            if event.payer.startswith(sender[tx]):
                event.id = f"{tx}/"  # newer pools pay before they are paid; a queue needs what was paid first
                paid[tx] = event.id
            if event.payee.startswith(sender[tx]):
                got[tx] = event.id
    return events, {paid[tx]: got[tx] for tx in paid.keys() & got.keys()}


def crossings(province: Province, events: list[Event]) -> dict[str, str]:
    """Deposit into the bridge on one chain → payout on the other, by its fee and the next quarter of an hour."""
    gates = {
        row["entity"].rsplit("/", 1)[-1] for row in province.truth("look_alikes.csv") if row["why"] in ("bridge", "bridge_exit")
    }
    gates |= {f"{gate.lower()} {DOLLARS}" for gate in gates}
    paid = defaultdict(list)
    for event in events:
        if event.payer in gates:
            paid[event.amount, DOLLARS in event.payee].append(event)
    links = {}
    for event in events:
        if event.payee in gates:
            left = event.amount - round(event.amount * RICH.bridge_fee) - 1_000_000
            near = [e for e in paid[left, DOLLARS not in event.payee] if 0 <= e.time - event.time <= 1000]
            if near:
                links[event.id] = near[0].id
    return links


def test_a_plain_queue_finds_the_endings_behind_swaps(province: Province) -> None:
    events, swaps = evm_events(province)
    at_desks = [dataclasses.replace(e, payee=e.payee.split()[0]) for e in events if e.payee.endswith(DOLLARS)]
    banked = bank_events(province)
    known = banked + other_events(province)
    links = desk_links(province, known) | desk_links(province, banked + at_desks, lower=True)
    hot = hot_wallets(province)
    hot |= {f"{wallet.lower()} {token}" for wallet in hot for token in {e.payee.split()[1] for e in events}}
    every = known + events
    deposits = {e.payer for e in every if e.payee in hot} - hot
    ends = {e.payee for e in every if e.channel == "atm"} | (deposits & {e.payee for e in every}) | hot
    across = crossings(province, every)
    assert across
    assert endings_agree(province, every, links | swaps | across, ends) >= Fraction(999, 1000)


def test_stolen_money_lies_in_other_coins_too(province: Province) -> None:
    value: dict[str, float] = defaultdict(float)
    for row in province.truth("stolen.csv"):
        value[row["ended_asset"]] += float(row["ended_value"])
    assert len([asset for asset in value if asset.startswith("ethereum/")]) >= 2
    assert sum(v for asset, v in value.items() if asset.startswith("ethereum/")) > 0.1 * sum(value.values())


def test_pools_and_routers_end_nothing(province: Province) -> None:
    tools = {row["entity"] for row in province.truth("look_alikes.csv") if row["why"] == "defi_contract"}
    assert tools
    assert not tools & {row["ended_at"] for row in province.truth("stolen.csv")}


def test_each_transaction_stands_in_a_delivered_block(province: Province) -> None:
    blocks = {row["number"] for row in exported(province, "blocks")}
    hashes = {row["hash"] for row in exported(province, "transactions")}
    logs = exported(province, "logs")
    assert {row["block_number"] for row in logs} <= blocks
    assert {row["transaction_hash"] for row in logs} <= hashes
    assert len({(row["block_number"], row["log_index"]) for row in logs}) == len(logs)
