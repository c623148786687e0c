"""Each newer story is lived by the rings, and by honest people who look alike."""

import dataclasses
import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from cutline.simulate import ProvinceConfig, simulate
from tests.simulate.conftest import Province
from tests.simulate.test_following import (
    Event,
    bank_events,
    desk_links,
    hot_wallets,
    openings,
    openings_printed,
    other_events,
    queue_of_lots,
)
from tests.simulate.test_second_chain import TRANSFER, exported, last_twenty

EVERY = dataclasses.replace(
    ProvinceConfig(people=6_000, days=14, seed=12, rings=1, loss_median=120_000),
    baited=1.0, faced=1.0, check_fails=1.0, asset_lures=1.0, structured=1.0, car_team=1.0, key_held=1.0, taken_over=1.0,
    washed=0.4, evm_share=(0.8, 0.9),
)  # fmt: skip


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Province:
    root = tmp_path_factory.mktemp("stories")
    return Province(root, simulate(root, EVERY))


def ring_entities(province: Province, kind: str) -> set[str]:
    return {row["entity"].split("/", 1)[1] for row in province.truth("subjects.csv") if row["kind"] == kind}


def looking_alike(province: Province) -> Counter[str]:
    return Counter(row["why"] for row in province.truth("look_alikes.csv"))


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_a_bait_comes_back_with_more_before_the_first_loss(province: Province) -> None:
    stolen = {row["payment"] for row in province.truth("stolen.csv")}
    events = bank_events(province)
    lost = {e.payer: e.time for e in events if e.id in stolen}
    ring = ring_entities(province, "account")
    paid: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        paid[event.payer, event.payee].append(event)
    baits = [
        (out, back)
        for (payer, payee), outs in paid.items()
        if payer in lost and payee in ring
        for out in outs
        for back in paid.get((payee, payer), ())
        if out.time < back.time < lost[payer] and out.amount < back.amount <= 1.5 * out.amount
    ]
    assert baits
    assert looking_alike(province)["cash_back"] > len(baits)


def test_a_victim_whom_stolen_money_reaches_opens_with_what_is_needed(province: Province) -> None:
    events = sorted(bank_events(province) + other_events(province), key=lambda e: (e.time, e.id))
    touched: set[str] = set()
    stolen = {row["payment"] for row in province.truth("stolen.csv")}
    hot = hot_wallets(province)
    ends = {e.payee for e in events if e.channel == "atm"} | {e.payer for e in events if e.payee in hot} | hot
    queue_of_lots(events, desk_links(province, events), stolen, ends, touched)
    needed, printed = openings(events), openings_printed(province, events)
    victims = {e.payer for e in events if e.id in stolen}
    baited = touched & printed.keys() & victims  # a bait of stolen money went to another victim
    assert baited
    assert all(printed[node] == needed.get(node, 0) for node in baited)


def test_a_face_is_shown_for_a_minute_or_two_before_the_payment(province: Province) -> None:
    ring = ring_entities(province, "handle")
    shown = [row for row in province.rows("messages") if row["kind"] == "video_call" and row["sender"] in ring]
    assert any(int(row["duration_s"]) < 180 for row in shown)
    calls = [row for row in province.rows("messages") if row["kind"] == "video_call" and row["sender"] not in ring]
    assert len(calls) > 5 * len(shown)
    failed = {row["account"] for row in province.rows("logins") if row["identity_check"] == "failed"}
    assert failed & {row["recipient"] for row in shown}
    assert looking_alike(province)["video_call"]


def test_assets_that_are_none_are_offered_beside_honest_ones(province: Province) -> None:
    ring = ring_entities(province, "handle")
    lures = [row for row in province.rows("listings") if row["seller"] in ring]
    kinds = {row["kind"] for row in province.rows("listings")}
    assert {row["kind"] for row in lures} & {"virtual_land", "bond"}
    assert kinds >= {"virtual_land", "bond", "nft", "ticket", "item"}
    assert looking_alike(province)["honest_offer"]


def test_large_sums_go_in_parts_that_stay_under_the_limit(province: Province) -> None:
    ring, parts = ring_entities(province, "account"), defaultdict(list)
    for event in bank_events(province):
        if 4_500_000 <= event.amount < 5_000_000:
            parts[event.payer].append(event)
    many = {payer for payer, events in parts.items() if len(events) >= 3 and len({e.payee for e in events}) >= 2}
    assert many & ring
    assert many - ring


def test_teams_draw_cash_side_by_side_and_so_do_pilgrims(province: Province) -> None:
    ring, drawn = ring_entities(province, "account"), defaultdict(list)
    for event in bank_events(province):
        if event.channel == "atm":
            drawn[event.payee].append(event)
    pairs = set()
    for events in drawn.values():
        events.sort(key=lambda e: e.time)
        pairs |= {(a.payer, b.payer) for a, b in pairwise(events) if b.time - a.time < 900}
    together = {pair for pair in pairs if pair[0] != pair[1]}
    assert any(a in ring and b in ring for a, b in together)
    assert looking_alike(province)["pilgrim"]


def test_keys_live_on_cards_of_the_ring_and_far_more_often_of_others(province: Province) -> None:
    cards = [row for row in province.rows("sim_cards") if row["kind"] == "bsim"]
    addresses = {row["wallet_address"] for row in cards}
    held = addresses & ring_entities(province, "address")
    assert held
    assert len(addresses) >= 4 * len(held)
    assert all(re.fullmatch("0x[0-9a-fA-F]{40}", address) for address in addresses)


def test_a_stolen_wallet_pays_the_ring_soon_after_its_card_was_issued_anew(province: Province) -> None:
    ring = {address.lower() for address in ring_entities(province, "address")}
    anew: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in province.rows("sim_cards"):
        if row["status_at"] or row["wallet_address"]:
            anew[row["wallet_address"]].append(row)
    stamp = {row["number"]: int(row["timestamp"]) for row in exported(province, "blocks")}
    emptied = set()
    for row in exported(province, "logs"):
        topics = row["topics"].split(",")
        if topics[0] == TRANSFER and len(topics) == 3 and last_twenty(topics[2]) in ring:
            emptied.add((last_twenty(topics[1]), stamp[row["block_number"]]))
    found = 0
    for address, cards in anew.items():
        new = [row for row in cards if not row["status_at"]]
        old = [row for row in cards if row["status"] == "closed" and row["status_at"]]
        if address and new and old and new[0]["iccid"] != old[0]["iccid"]:
            since = moment(new[0]["activated_at"])
            found += any(a == address.lower() and 0 < t - since < timedelta(hours=7).total_seconds() for a, t in emptied)
    assert found
    assert {row["currency"][:8] for row in province.truth("stolen.csv")} == {"CNY", "ethereum"}


def test_pieces_go_in_circles_in_a_ring_and_mostly_straight_elsewhere(province: Province) -> None:
    ring = {address.lower() for address in ring_entities(province, "address")}
    taken: Counter[tuple[str, str]] = Counter()
    for row in exported(province, "logs"):
        topics = row["topics"].split(",")
        if topics[0] == TRANSFER and len(topics) == 4:
            taken[last_twenty(topics[2]), topics[3]] += 1
    circles = {who for (who, _), times in taken.items() if times > 1}
    assert circles & ring
    assert circles - ring  # own wallets, and who traded back
    straight = {who for (who, _), times in taken.items() if times == 1} - ring
    assert len(straight) > len(circles & ring)
    sold = [row for row in province.rows("listings") if row["kind"] == "nft"]
    assert all(re.fullmatch(r"ethereum/0x[0-9a-f]{40}/\d+", row["item"]) for row in sold if row["item"])
