"""Files keep to the contract of the sources' formats, apart from what was planted."""

import csv
import io
import json
from collections import Counter
from datetime import datetime

import pytest
from lxml import etree

from tests.simulate.conftest import Province

STARS = {
    "cdr": "record_id type a_number b_number start duration_s",
    "sim_cards": "msisdn iccid holder activated_at status",
    "device_pairings": "imei imsi first_seen last_seen",
    "cells": "cell region",
    "transfers": "transfer_id time payer_institution payer_account payee_institution payee_account amount currency",
    "receipts": "receipt_id time payer code_id merchant_account merchant_institution amount currency",
    "wallets": "wallet tier opened_at",
    "ecny": "transfer_id time payer_wallet payee_wallet amount",
    "otc_orders": "order_id time side asset amount price currency",
    "logins": "platform account time device",
    "messages": "message_id platform time sender recipient",
    "listings": "listing_id platform time seller kind title",
    "sites": "url first_seen",
    "border_crossings": "person time port direction country",
    "tickets": "ticket_id person bought_at departs_at origin destination",
    "persons": "person",
    "relations": "person relation other",
    "tags": "entity tag list from",
    "prices": "asset time currency price",
    "logs-": "log_index transaction_hash block_number address topics",
    "transactions": "hash block_number from_address value",
    "blocks": "number timestamp",
}
TIMES = {"start", "time", "activated_at", "first_seen", "last_seen", "opened_at", "bought_at", "departs_at", "created_at"}
NUMBERS = {"duration_s", "amount", "price"}


def sound(row: list[str], header: list[str], stars: list[str]) -> bool:
    if len(row) != len(header):
        return False
    values = dict(zip(header, row, strict=True))
    if not all(values[star] for star in stars):
        return False
    try:
        for star in stars:
            if star in TIMES:
                datetime.fromisoformat(values[star])
            elif star in NUMBERS and float(values[star]) < 0:
                return False
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("kind", STARS)
def test_stars_are_filled_and_dirt_is_counted(province: Province, kind: str) -> None:
    stars = STARS[kind].split()
    files = [(n, t) for n, t in province.texts.items() if n.split("/")[1].startswith(kind) and ".csv" in n]
    assert files
    for name, text in files:
        header, *rows = list(csv.reader(io.StringIO(text)))
        assert set(stars) <= set(header), name
        bad = [row for row in rows if not sound(row, header, stars)]
        good = Counter(tuple(row) for row in rows if sound(row, header, stars))
        planted = province.dirt.get(name, {})
        assert len(bad) == planted.get("bad", 0), name
        assert sum(n - 1 for n in good.values()) == planted.get("duplicates", 0), name


def test_dirt_is_planted_in_several_ways(province: Province) -> None:
    planted: Counter[str] = Counter()
    for counts in province.dirt.values():
        planted.update(counts)
    assert min(planted[name] for name in ("bad", "duplicates", "second_sightings", "late")) > 0


def test_json_lines_keep_their_shape(province: Province) -> None:
    for name, text in province.texts.items():
        if name.endswith(".jsonl"):
            broken = 0
            for line in text.splitlines():
                try:
                    json.loads(line)
                except json.JSONDecodeError:
                    broken += 1
            assert broken == province.dirt.get(name, {}).get("bad", 0), name


def test_messages_of_iso_20022_are_well_formed(province: Province) -> None:
    documents = [text for name, text in province.texts.items() if name.endswith(".xml")]
    assert documents
    for text in documents:
        root = etree.fromstring(text.encode())
        amounts = root.findall(".//{*}CdtTrfTxInf/{*}IntrBkSttlmAmt")
        assert len(amounts) == int(root.findtext(".//{*}NbOfTxs") or 0)
        assert len({node.text for node in root.findall(".//{*}UETR")}) == len(amounts)


def test_encodings_compressions_and_zones_differ(province: Province) -> None:
    raw = {str(p.relative_to(province.root)): p.read_bytes() for p in province.root.rglob("*.csv")}
    assert any(name.endswith(".gz") for name in province.texts)
    assert any(name.endswith(".zst") for name in province.texts)
    with pytest.raises(UnicodeDecodeError):
        raw["platform-hubin/listings.csv"].decode("utf-8")
    offsets = {
        row["time"][19:]
        for stem in ("logins", "otc_orders")
        for row in province.rows(stem)
        if row["time"] and row["time"][:4] == "2026"
    }
    assert offsets >= {"+08:00", "+07:00", "Z"}


def test_second_sightings_describe_the_same_event(province: Province) -> None:
    sightings: dict[tuple[str, ...], list[tuple[str, datetime]]] = {}
    for row in province.rows("transfers"):
        try:
            when = datetime.fromisoformat(row["time"])
        except (TypeError, ValueError):
            continue
        key = tuple(
            (row[k] or "")[:4] if k.endswith("institution") else row[k]
            for k in ("payer_institution", "payer_account", "payee_institution", "payee_account", "amount")
        )
        sightings.setdefault(key, []).append((row["file"].split("/")[0], when))
    pairs = [seen for seen in sightings.values() if len(seen) == 2 and seen[0][0] != seen[1][0]]
    assert len(pairs) > 100
    close = [abs((a[1] - b[1]).total_seconds()) <= 60 for a, b in pairs]
    assert sum(close) > 0.99 * len(close)


def test_balances_are_given_by_the_holder_alone(province: Province) -> None:
    for row in province.rows("transfers", "bank-icbk"):
        if row["payer_balance_after"] and row["payer_institution"]:
            assert row["payer_institution"].startswith("ICBK")
        if row["payee_balance_after"] and row["payee_institution"]:
            assert row["payee_institution"].startswith("ICBK")


def test_deliveries_say_who_sends_them(province: Province) -> None:
    for folder in province.root.iterdir():
        if folder.name != "truth":
            text = (folder / "delivery.yaml").read_text()
            assert f"source: {folder.name}\n" in text
            for field in ("department", "zone", "received_at", "legal_basis", "purpose", "covers_from"):
                assert f"\n{field}: " in text
    assert 'person_tokens: "national"' in (province.root / "police-province" / "delivery.yaml").read_text()
