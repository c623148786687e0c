from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cutline.ingest.blocks import read_head
from cutline.ingest.readers.public_reports import PublicReports
from tests.ingest.delivered import DELIVERY, Result, deliver, read_all

READER = PublicReports()
TRON = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"


def report(**said: Any) -> dict[str, Any]:
    return {
        "report_id": "R1",
        "kind": "loss",
        "received_at": "2026-03-02T08:00:00+08:00",
        "reporter": "p1",
        "region": "Fujian",
        "narrative": "they called",
        "contacts": [
            {"type": "phone", "value": "+86 138 0013 8000", "at": "2026-03-01T08:00:00+08:00"},
            {"type": "handle", "value": "Chat/abc"},
            {"type": "url", "value": "https://pay.example/login"},
            {"type": "account", "value": "ICBKCNBJ/6222 0212"},
            {"type": "address", "value": TRON},
        ],
        "payments": [
            {"time": "2026-03-01T09:00:00+08:00", "amount": "100.50", "currency": "CNY", "from": "CCB/1", "to": "ABOC/2"}
            | {"reference": "T1"},
            {"amount": 2, "currency": "USDT", "to": TRON, "reference": "ab"},
        ],
        "remote_access": True,
        "loss": 114.5,
    } | said  # fmt: skip


def read(folder: Path, *reports: Any, delivery: str = DELIVERY) -> Result:
    text = "\n".join(r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in reports)
    file = deliver(folder, "reports.jsonl", text, delivery)
    assert READER.recognises(read_head(file.path))
    return read_all(READER, file)


def test_a_report_keeps_its_payments_as_told_with_cleaned_ids(tmp_path: Path) -> None:
    row = read(tmp_path, report()).tables["reports"].row(0, named=True)
    assert (row["event_id"], row["kind"], row["reporter"], row["person"]) == ("R1", "loss", "person:desk/p1", None)
    assert (row["loss"], row["currency"], row["remote_access"]) == (11_450, "CNY", True)
    assert row["occurred_at"] == datetime(2026, 3, 2, tzinfo=UTC)
    bank, chain = json.loads(row["payments"])
    assert bank == {
        "time": "2026-03-01T01:00:00+00:00",
        "amount_minor": 10_050,
        "currency": "CNY",
        "from": "account:CN/CCB/1",
        "to": "account:CN/ABOC/2",
        "reference": "T1",
    }
    assert (chain["currency"], chain["amount_minor"], chain["to"]) == (f"tron/{TRON}", 2_000_000, f"address:tron/{TRON}")


def test_the_reporter_mentions_whoever_is_named_or_paid(tmp_path: Path) -> None:
    ties = read(tmp_path, report()).tables["ties"]
    assert set(ties["a"]) == {"person:desk/p1"}
    assert set(ties["relation"]) == {"mentions"}
    assert set(ties["b"]) == {
        "phone:+8613800138000",
        "handle:chat/abc",
        "website:pay.example/login",
        "account:CN/ICBK/62220212",
        f"address:tron/{TRON}",
        "account:CN/ABOC/2",
    }
    phone = ties.filter(ties["b"] == "phone:+8613800138000").row(0, named=True)
    assert phone["valid_from"] == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("reporter", ["anonymous", "", None, "匿名"])
def test_an_anonymous_report_speaks_for_itself(tmp_path: Path, reporter: str | None) -> None:
    national = DELIVERY + "person_tokens: national\n"
    result = read(tmp_path, report(reporter=reporter), delivery=national)
    assert result.tables["reports"]["reporter"].to_list() == ["person:desk/report-R1"]
    assert set(result.tables["ties"]["a"]) == {"person:desk/report-R1"}


def test_a_missing_person_stands_in_person(tmp_path: Path) -> None:
    missing = report(kind="missing", person="p9", contacts=[], payments=[], loss=None, remote_access=None)
    result = read(tmp_path, missing, report(report_id="R2"), delivery=DELIVERY + "person_tokens: national\n")
    row = result.tables["reports"].row(0, named=True)
    assert (row["person"], row["loss"], row["currency"], row["payments"]) == ("person:id/p9", None, None, None)
    assert set(result.tables["ties"]["row"]) == {2}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"report_id": ""}, "report_id"),
        ({"kind": "rumour"}, "kind"),
        ({"received_at": None}, "received_at"),
        ({"received_at": "9999-12-31"}, "received_at"),
        ({"remote_access": "perhaps"}, "remote_access"),
    ],
)
def test_a_bad_report_is_a_reject_with_its_reason(tmp_path: Path, said: dict[str, Any], field: str) -> None:
    result = read(tmp_path, report(report_id="R0"), report(**said))
    assert result.rejects.select("row", "field").rows() == [(2, field)]
    assert result.tables["reports"].height == 1
    assert set(result.tables["ties"]["row"]) == {1}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"loss": "-5"}, "loss"),
        ({"loss": "12.345"}, "loss"),
        ({"loss": {"amount": 3}}, "loss"),
        ({"narrative": ["x"]}, "narrative"),
        ({"contacts": "13800138000"}, "contacts"),
        ({"contacts": [{"type": "fax", "value": "1"}]}, "contacts.type"),
        ({"contacts": [{"type": "phone"}]}, "contacts.value"),
        ({"contacts": [{"type": "phone", "value": "abc"}]}, "contacts.phone"),
        ({"contacts": [{"type": "address", "value": TRON[:-1] + "u"}]}, "contacts.address"),
        ({"contacts": [{"type": "url", "value": "https://pay.example", "at": "then"}]}, "contacts.at"),
        ({"payments": [{"amount": "1,000"}]}, "payments.amount"),
        ({"payments": [{"amount": "1", "currency": "DOUBLOON"}]}, "payments.currency"),
        ({"payments": [{"amount": "1", "to": "ICBK/"}]}, "payments.to"),
        ({"payments": [{"amount": "1", "time": "soon"}]}, "payments.time"),
        ({"payments": [{"amount": "1e5"}, "T1"]}, "payments"),
    ],
)
def test_a_bad_part_is_left_out_and_told_and_the_report_is_kept(tmp_path: Path, said: dict[str, Any], field: str) -> None:
    result = read(tmp_path, report(report_id="R0"), report(**said))
    assert result.rejects.height == 0
    assert result.partial.select("row", "field").rows()[0] == (2, field)
    assert result.tables["reports"]["event_id"].to_list() == ["R0", "R1"]
    assert json.loads(result.partial["original"][0])["report_id"] == "R1"


def test_what_stands_beside_a_bad_part_is_kept(tmp_path: Path) -> None:
    paid = {"time": "soon", "amount": "-5", "currency": "CNY", "from": "CCB/1", "to": "ICBK/", "reference": "T1"}
    contacts = [{"type": "phone", "value": "abc"}, {"type": "handle", "value": "chat/x", "at": "then"}]
    result = read(tmp_path, report(payments=[paid, 7, {"amount": 3, "to": "ABOC/2"}], contacts=contacts))
    told = json.loads(result.tables["reports"]["payments"][0])
    empty = {"time": None, "amount_minor": None, "to": None}
    assert told[0] == {"currency": "CNY", "from": "account:CN/CCB/1", "reference": "T1"} | empty
    assert told[1]["amount_minor"] == 300
    assert set(result.tables["ties"]["b"]) == {"handle:chat/x", "account:CN/ABOC/2"}
    assert sorted(result.partial["field"]) == sorted(
        ["contacts.phone", "contacts.at", "payments", "payments.time", "payments.to", "payments.amount"]
    )


def test_parts_of_a_refused_report_are_not_told_twice(tmp_path: Path) -> None:
    result = read(tmp_path, report(kind="rumour", contacts=[{"type": "fax", "value": "1"}]))
    assert (result.rejects["field"].to_list(), result.partial.height) == (["kind"], 0)


def test_bad_lines_and_local_times_are_counted(tmp_path: Path) -> None:
    local = report(report_id="R2", received_at="2026-03-02 08:00")
    result = read(tmp_path, report(), '{"report_id": NaN}', local, "[]")
    assert (result.read, result.rejects["row"].to_list(), result.zone_assumed) == (4, [2, 4], 1)


@pytest.mark.parametrize(
    ("loss", "expected"), [("12293.706293", (12_293_706_293, "tron/" + TRON)), ("90000", (9_000_000, "CNY"))]
)
def test_a_loss_without_currency_is_in_the_coins_that_make_it_up(tmp_path: Path, loss: str, expected: tuple[int, str]) -> None:
    paid = [{"amount": "12000.706293", "currency": "USDT", "to": TRON}, {"amount": 293, "currency": "USDT", "to": TRON}]
    result = read(tmp_path, report(payments=paid, loss=loss))
    row = result.tables["reports"].row(0, named=True)
    assert (row["loss"], row["currency"]) == expected
    assert result.partial.height == 0


def test_a_stated_symbol_is_the_coin_that_was_paid(tmp_path: Path) -> None:
    paid = [{"amount": 20, "currency": "USDT", "to": TRON}]
    row = read(tmp_path, report(payments=paid, loss="12.5", currency="usdt")).tables["reports"].row(0, named=True)
    assert (row["loss"], row["currency"]) == (12_500_000, "tron/" + TRON)
