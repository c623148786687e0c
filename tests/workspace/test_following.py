"""What an officer may name to a trace, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from cutline.errors import UsageError
from cutline.graph.index import Index
from cutline.model.evidence import Ending, Member, Ring, to_plain
from cutline.pipeline.indexing import read_index
from cutline.pipeline.trail import follow_reports, lay_trail, needed_columns
from cutline.store.lake import Lake
from cutline.workspace.amounts import ORIGINS
from tests.cli.desks import CLEAR, DAY, MULE, NEXT, VICTIM, Desk, reported, transfers
from tests.workspace.test_trails import TRON_DESK, TRON_THIEF, trc20

AGAIN = {
    "report_id": "RPT2",
    "kind": "loss",
    "received_at": DAY + "10:40:00+08:00",
    "payments": [{"time": DAY + "10:00:00+08:00", "amount": "50000.00", "currency": "CNY", "reference": "T1"}],
}
ASKED = ("--authority", "PSB", "--reason", "called", "--at", DAY + "11:00:00+08:00", "--json")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return reported(tmp_path)


def test_a_payment_that_another_report_told_first_is_followed_and_says_so(desk: Desk) -> None:
    desk.deliver("police", "10:45:00+08:00", {"reports.jsonl": json.dumps(AGAIN) + "\n"})
    told = desk.ask("trace", "RPT2", *CLEAR, "--json")
    assert [(t["stolen_minor"], t["terminals"][0]["entity"]) for t in told["traces"]] == [(50_000_00, MULE)]
    assert (told["also_told_in"], told["unresolved"]) == (["RPT1"], [])
    assert "also told in report RPT1" in desk.ask("trace", "RPT2")
    assert desk.ask("requests", "prepare", "RPT2", *ASKED)["prepared"]
    assert desk.ask("trace", "RPT1", "--json")["also_told_in"] == []
    first, again = (desk.ask("returns", name, "--json") for name in ("RPT1", "RPT2"))
    assert (again["returns"], again["also_told_in"]) == (first["returns"], ["RPT1"]), "shared out under the first report"
    assert first["returns"][0]["lines"][0]["report_id"] == "RPT1"
    assert "also told in report RPT1" in desk.ask("returns", "RPT2")


def later(desk: Desk) -> None:
    rows = transfers(("T5", "11:50:00", "ICBK/62220002", "CCB/62270003", "45000.00"))
    desk.deliver("ICBK", "12:00:00+08:00", {"t.csv": rows}, department="finance")


@pytest.mark.slow
def test_an_account_of_the_past_needs_no_run_of_that_moment(desk: Desk) -> None:
    desk.ask("run", "--json")
    (name,) = [t["entity"] for t in desk.ask("trace", "RPT1", "--json")["traces"][0]["terminals"]]
    later(desk)
    (one,) = desk.ask("trace", name, "--at", DAY + "11:00:00+08:00", "--json")["traces"]
    assert (one["stolen_minor"], one["terminals"][0]["entity"]) == (50_000_00, name)


def test_a_ring_took_in_what_was_paid_to_it_not_every_loss_of_which_a_cent_came(desk: Desk) -> None:
    later(desk)
    with Lake.open(desk.folder / "case") as lake:
        traces = [{"seed": t.seed, "body": json.dumps(to_plain(t))} for t in follow_reports(lay_trail(lake, _index(lake)))]
        rings = [
            {"ring_id": ring.ring_id, "body": json.dumps(to_plain(ring))}
            for ring in (_ring("ring-1", MULE), _ring("ring-2", NEXT))
        ]
        lake.save_views({"rings": pl.DataFrame(rings), "traces": pl.DataFrame(traces)})
    (one,) = desk.ask("trace", "ring-1", "--json")["traces"]
    assert one["stolen_minor"] == 50_000_00
    with pytest.raises(UsageError, match="no reported payment went to ring ring-2"):
        desk.ask("trace", "ring-2")


def _index(lake: Lake) -> Index:
    return read_index(lake, [needed_columns()], coverage=False)


def _ring(name: str, member: str) -> Ring:
    return Ring(name, (Member(member, "mule", 1.0, 1.0, "it took the money in", "收款"),), 0.9, None, None)


def test_what_an_account_holds_is_asked_about_and_a_victim_is_named_one(desk: Desk) -> None:
    shown = desk.ask("trace", MULE)
    assert "held there, asked about 在账（所询）" in shown
    assert "stolen 被骗" not in shown
    assert "paid, asked about" in desk.ask("trace", "T2")
    assert "stolen 被骗" in desk.ask("trace", "RPT1")
    later(desk)
    rows = transfers(("T9", "12:10:00", "BOC/1", "CCB/62270001", "70.00"))
    desk.deliver("CCB", "12:20:00+08:00", {"t.csv": rows}, department="finance")
    assert "reporting victim, not a suspect" in desk.ask("trace", VICTIM)
    asked = (
        "requests",
        "prepare",
        VICTIM,
        "--authority",
        "PSB",
        "--reason",
        "called",
        "--at",
        DAY + "12:30:00+08:00",
        "--json",
    )
    with pytest.raises(UsageError, match="reporting victim"):
        desk.ask(*asked)
    assert [one["kind"] for one in desk.ask(*asked, "--kind", "query")["prepared"]] == ["query"]


def test_a_name_is_found_in_other_capitals_and_the_malformed_is_not_taken_for_empty(desk: Desk) -> None:
    told = desk.ask("trace", "rpt1", *CLEAR, "--json")
    assert [t["seed"] for t in told["traces"]] == ["RPT1"]
    assert desk.ask("trace", "t1", "--json")["traces"][0]["stolen_minor"] == 50_000_00
    with pytest.raises(UsageError, match="malformed"):
        desk.ask("trace", "address:tron/TYuWHBHtTqNHPXWFRDiLfgeUHurCxGzKpX")
    with pytest.raises(UsageError, match="not in these records"):
        desk.ask("trace", "account:CN/ICBK/404")
    assert ORIGINS[Ending.EXCHANGE].en == "came out of an exchange"


def test_a_hash_is_found_in_capitals(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    moved = trc20("ab", 0, TRON_DESK, TRON_THIEF, 5_000_000)
    desk.deliver("node", "15:00:00+08:00", {"trc20.jsonl": moved + "\n"}, chain="tron")
    for spelled in ("ab" * 32, "AB" * 32):
        assert desk.ask("trace", spelled, "--json")["traces"][0]["stolen_minor"] == 5_000_000


def test_a_hash_is_found_without_its_0x(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    token, payer, payee = ("0x" + pair * 20 for pair in ("11", "22", "33"))
    head = "token_address,from_address,to_address,value,transaction_hash,log_index,block_number,block_timestamp\n"
    moved = f"{token},{payer},{payee},5000000,0x{'ab' * 32},0,1,1772348400\n"
    desk.deliver("node", "15:00:00+08:00", {"token_transfers.csv": head + moved}, chain="ethereum")
    for spelled in ("0x" + "ab" * 32, "ab" * 32, "AB" * 32):
        told = desk.ask("trace", spelled, "--json")["traces"]
        assert [one["stolen_minor"] for one in told] == [5_000_000], spelled
