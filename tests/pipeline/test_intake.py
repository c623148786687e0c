"""Intake over real files: every row accounted for, whatever the order, and nothing half done."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from cutline.errors import SourceError
from cutline.pipeline import reading
from cutline.pipeline.intake import COUNTS, take_in
from cutline.pipeline.reading import IntakeOptions
from cutline.store.lake import Lake

HEADER = "transfer_id,time,payer_institution,payer_account,payee_institution,payee_account,amount,currency,payer_balance_after"


def bank(folder: Path, name: str, rows: list[str]) -> Path:
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    said = "department: finance\nzone: Asia/Shanghai\nreceived_at: 2026-04-01T00:00:00+08:00\n"
    (place / "delivery.yaml").write_text(f"source: {name}\n{said}")
    (place / "transfers.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    return place


def paid(number: str, second: int, amount: str = "100.00", balance: str = "") -> str:
    moment = f"2026-03-01T08:{second // 60:02d}:{second % 60:02d}+08:00"
    return f"{number},{moment},ICBK,6222021001,ABOC,6228480002,{amount},CNY,{balance}"


def take(workspace: Path, *paths: Path):
    with Lake.open(workspace) as lake:
        report = take_in(lake, paths, IntakeOptions())
        events = lake.events("transfers", ["event_id", "deliverer", "amount", "payer_balance_after"])
        return report, pl.DataFrame(pl.from_arrow(events)).cast({"deliverer": pl.String})


def adds_up(counts: dict[str, int]) -> bool:
    return counts["read"] == sum(counts[name] for name in COUNTS[1:])


def test_two_banks_tell_of_one_payment(tmp_path):
    payer = bank(tmp_path, "icbk", [paid("a1", 0, balance="50.00"), paid("a2", 600)])
    payee = bank(tmp_path, "aboc", [paid("b1", 90), paid("b2", 800)])
    report, events = take(tmp_path / "w", payer, payee)
    assert report.counts == {"read": 4, "accepted": 3, "merged": 1, "duplicates": 0, "rejected": 0}
    assert events["event_id"].to_list() == ["a1", "a2", "b2"]


def test_a_workspace_beside_the_deliveries_is_no_delivery(tmp_path):
    bank(tmp_path, "icbk", [paid("a1", 0), paid("a2", 600)])
    take(tmp_path / "workspace", tmp_path)
    report, events = take(tmp_path / "workspace", tmp_path)
    assert report.counts == {"read": 2, "accepted": 0, "merged": 0, "duplicates": 2, "rejected": 0}
    assert not report.refused
    assert set(events["deliverer"]) == {"icbk"}
    with pytest.raises(SourceError, match="a workspace, which keeps what was delivered"):
        take(tmp_path / "workspace", tmp_path / "workspace")


def test_what_one_bank_alone_knows_is_kept(tmp_path):
    early = bank(tmp_path, "aboc", [paid("b1", 0)])
    late = bank(tmp_path, "icbk", [paid("a1", 30, balance="50.00")])
    _, events = take(tmp_path / "w", early, late)
    assert events.select("event_id", "payer_balance_after").rows() == [("b1", 5000)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_the_order_of_loading_changes_nothing(tmp_path, order):
    folders = [
        bank(tmp_path, "icbk", [paid("a1", 0, balance="9.00"), paid("a2", 300)]),
        bank(tmp_path, "aboc", [paid("b1", 60), paid("b2", 310)]),
        bank(tmp_path, "clearing", [paid("c1", 58), paid("c2", 299)]),
    ]
    _, together = take(tmp_path / "together", *folders)
    for k in order:
        report, apart = take(tmp_path / "apart", folders[k])
        assert adds_up(report.counts)
    assert apart.equals(together)


def test_a_later_sighting_may_part_what_had_merged(tmp_path):
    first = [bank(tmp_path, "icbk", [paid("a1", 0)]), bank(tmp_path, "aboc", [paid("b1", 100)])]
    take(tmp_path / "w", *first)
    nearer = bank(tmp_path, "icbk2", [paid("x", 0, amount="7.00")])
    (tmp_path / "icbk" / "more.csv").write_text(f"{HEADER}\n{paid('a2', 99)}\n")
    _, apart = take(tmp_path / "w", nearer, tmp_path / "icbk" / "more.csv")
    _, together = take(tmp_path / "t", *first, nearer)
    assert apart["event_id"].to_list() == together["event_id"].to_list() == ["a1", "x", "a2"]


def test_the_same_files_again_change_nothing(tmp_path):
    folders = [bank(tmp_path, "icbk", [paid("a1", 0), "bad row"]), bank(tmp_path, "aboc", [paid("b1", 60)])]
    first, before = take(tmp_path / "w", *folders)
    again, after = take(tmp_path / "w", *folders)
    assert first.counts["rejected"] == again.counts["rejected"] == 1
    assert again.counts["accepted"] == again.counts["merged"] == 0
    assert adds_up(again.counts)
    assert before.equals(after)


def test_rows_that_repeat_and_rows_that_contradict(tmp_path):
    once = bank(tmp_path, "icbk", [paid("a1", 0), paid("a1", 0), paid("a1", 0, amount="1.00"), paid("a2", 5)])
    report, events = take(tmp_path / "w", once)
    assert report.counts == {"read": 4, "accepted": 2, "merged": 0, "duplicates": 1, "rejected": 1}
    assert events["event_id"].to_list() == ["a1", "a2"]
    with Lake.open(tmp_path / "w") as lake:
        (reject,) = lake.rejects().to_dicts()
    assert reject["row"] == 3
    assert "same id" in reject["expected"]


def test_one_bad_file_stops_no_other(tmp_path):
    good = bank(tmp_path, "icbk", [paid("a1", 0)])
    (good / "letter.bin").write_bytes(b"\x00\x01\x02" * 99)
    (good / "unknown.csv").write_text("colour,shape\nred,round\n")
    report, events = take(tmp_path / "w", good)
    assert sorted(r["file"] for r in report.refused) == ["letter.bin", "unknown.csv"]
    assert all(r["message"] for r in report.refused)
    assert events.height == 1


def test_truth_is_never_read(tmp_path):
    folder = bank(tmp_path, "icbk", [paid("a1", 0)])
    (folder / "truth").mkdir()
    (folder / "truth" / "subjects.csv").write_text("entity,kind\nperson:id/1,person\n")
    report, _ = take(tmp_path / "w", folder)
    assert [f["file"] for f in report.files] == ["transfers.csv"]
    assert not report.refused


ISO = "urn:iso:std:iso:20022:tech:xsd"
BIC = "<FinInstnId><BICFI>{}</BICFI></FinInstnId>"
PACS = f"""<Document xmlns="{ISO}:pacs.008.001.10"><FIToFICstmrCdtTrf><GrpHdr/>{{}}</FIToFICstmrCdtTrf></Document>"""
CREDIT = f"""<CdtTrfTxInf><PmtId><EndToEndId>E{{0}}</EndToEndId><TxId>T{{0}}</TxId></PmtId>
<IntrBkSttlmAmt Ccy="CNY">9.00</IntrBkSttlmAmt><AccptncDtTm>2026-03-01T08:00:00+08:00</AccptncDtTm>
<DbtrAcct><Id><Othr><Id>111</Id></Othr></Id></DbtrAcct><DbtrAgt>{BIC.format("ICBKCNBJ")}</DbtrAgt>
<CdtrAgt>{BIC.format("ABOCCNBJ")}</CdtrAgt><CdtrAcct><Id><Othr><Id>222</Id></Othr></Id></CdtrAcct></CdtTrfTxInf>"""
CAMT = f"""<Document xmlns="{ISO}:camt.053.001.08"><BkToCstmrStmt><GrpHdr/><Stmt><Acct><Id><Othr><Id>111</Id></Othr></Id>
<Svcr>{BIC.format("ICBKCNBJ")}</Svcr></Acct>{{}}</Stmt></BkToCstmrStmt></Document>"""
ENTRY = f"""<Ntry><Amt Ccy="CNY">9.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-03-01</Dt></BookgDt><AcctSvcrRef>R{{0}}</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>E{{0}}</EndToEndId></Refs>
<RltdPties><CdtrAcct><Id><Othr><Id>222</Id></Othr></Id></CdtrAcct></RltdPties>
<RltdAgts><CdtrAgt>{BIC.format("ABOCCNBJ")}</CdtrAgt></RltdAgts></TxDtls></NtryDtls></Ntry>"""


def test_a_bank_that_sends_a_payment_and_books_it_tells_of_one(tmp_path):
    folder = bank(tmp_path, "icbk", [paid("a1", 0)])
    (folder / "sent.xml").write_text(PACS.format(CREDIT.format(1) + CREDIT.format(2)))
    (folder / "booked.xml").write_text(CAMT.format(ENTRY.format(1) + ENTRY.format(2)))
    report, events = take(tmp_path / "w", folder)
    assert sorted(f["kind"] for f in report.files) == ["bank_transfers", "camt.053", "pacs.008"]
    assert report.counts == {"read": 5, "accepted": 3, "merged": 2, "duplicates": 0, "rejected": 0}
    assert events["event_id"].to_list().count("T1") == 1


@pytest.mark.slow
@pytest.mark.parametrize("delay_s", [0.8, 1.6, 2.4, 3.2, 4.5, 6.0])
def test_a_kill_leaves_the_lake_as_it_was_and_a_re_run_finishes(tmp_path, delay_s):
    folder = bank(tmp_path, "icbk", [paid(f"a{k}", k % 3600, amount=f"{k}.00") for k in range(1, 40_000)])
    first = bank(tmp_path, "aboc", [paid("b1", 0)])
    workspace = tmp_path / "w"
    _, before = take(workspace, first)
    words = [sys.executable, "-m", "cutline", "--workspace", str(workspace), "ingest", str(folder)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    time.sleep(delay_s)
    done = process.poll() is not None
    if not done:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    with Lake.open(workspace) as lake:
        left = pl.DataFrame(pl.from_arrow(lake.events("transfers", ["event_id"])))
        assert all(check.good for check in lake.doctor())
    assert left.height in (before.height, 39_999)  # b1 and a100 are one payment
    report, _ = take(workspace, folder)
    assert adds_up(report.counts)
    whole, _ = take(tmp_path / "clean", first, folder)
    assert whole.counts["read"] == 40_000
    _, here = take(workspace, folder)
    _, there = take(tmp_path / "clean", folder)
    assert here.equals(there)


def test_a_header_alone_is_a_delivery_of_nothing(tmp_path):
    report, events = take(tmp_path / "w", bank(tmp_path, "icbk", []))
    assert report.counts == dict.fromkeys(COUNTS, 0)
    assert events.height == 0
    report, events = take(tmp_path / "w", bank(tmp_path, "aboc", [paid("b1", 0)]))
    assert events.height == 1


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path, monkeypatch):
    place = bank(tmp_path, "icbk", [paid("a1", 0)])
    recognised = reading.recognise

    def written_to(file, *how):
        with file.path.open("a") as out:
            out.write(paid("a2", 60) + "\n")
        return recognised(file, *how)

    monkeypatch.setattr(reading, "recognise", written_to)
    report, events = take(tmp_path / "w", place)
    assert "changed while being read" in report.refused[0]["message"]
    assert events.height == 0


def test_a_report_with_a_bad_part_counts_once_and_what_was_left_out_is_told(tmp_path):
    folder = tmp_path / "police"
    folder.mkdir()
    said = '"kind": "loss", "received_at": "2026-03-02T08:00:00+08:00", "reporter": "p1"'
    good = f'{{"report_id": "R1", {said}, "contacts": [{{"type": "phone", "value": "abc"}}, {{"type": "fax", "value": "1"}}]}}'
    bad = f'{{"report_id": "", {said}}}'
    (folder / "reports.jsonl").write_text(f"{good}\n{bad}\n")
    with Lake.open(tmp_path / "w") as lake:
        report = take_in(lake, [folder], IntakeOptions())
        told = lake.rejects()
    assert report.counts == {"read": 2, "accepted": 1, "merged": 0, "duplicates": 0, "rejected": 1}
    kept = told.filter(pl.col("expected").str.ends_with("; the rest of the row is kept"))
    assert told.height == 3
    assert sorted(kept.select("row", "field").rows()) == [(1, "contacts.phone"), (1, "contacts.type")]


def test_a_purged_delivery_does_not_come_back(tmp_path):
    folder = bank(tmp_path, "icbk", [paid("a1", 0)])
    page = folder / "delivery.yaml"
    page.write_text(page.read_text() + "delete_by: 2026-05-01\n")
    with Lake.open(tmp_path / "w") as lake:
        assert take_in(lake, [folder], IntakeOptions()).counts["accepted"] == 1
        assert lake.purge(date(2026, 6, 1)).batches == 1
        again = take_in(lake, [folder], IntakeOptions())
        assert (again.files, lake.count_events("transfers")) == ([], 0)
        assert "was deleted on 2026-06-01" in again.refused[0]["message"]
        (folder / "transfers.csv").write_text("\n".join([HEADER, paid("a9", 9)]) + "\n")
        assert take_in(lake, [folder], IntakeOptions()).counts["accepted"] == 1, "another file of the same bank is welcome"
    with Lake.open(tmp_path / "w") as lake:
        assert lake.purged_on(["0" * 16]) == [None]


@pytest.mark.parametrize("layout", ["folders of one delivery", "deliveries of one source"])
def test_the_same_export_of_two_chains_is_two_files(tmp_path, layout):
    said = "source: exchange\nreceived_at: 2026-04-01T00:00:00+08:00\n"
    sides = "0x" + "aa" * 20, "0x" + "bb" * 20
    row = f"0x{'cd' * 32},0,7,{sides[0]},{sides[1]},1000,1,1700000000"
    text = f"hash,nonce,block_number,from_address,to_address,value,receipt_status,block_timestamp\n{row}\n"
    for chain in ("ethereum", "bsc"):
        (tmp_path / "in" / chain).mkdir(parents=True)
        (tmp_path / "in" / chain / "transactions.csv").write_text(text)
        if layout == "deliveries of one source":
            (tmp_path / "in" / chain / "delivery.yaml").write_text(said)
    (tmp_path / "in" / "delivery.yaml").write_text(said)
    with Lake.open(tmp_path / "w") as lake:
        report = take_in(lake, [tmp_path / "in"], IntakeOptions())
        assert report.counts == {"read": 2, "accepted": 2, "merged": 0, "duplicates": 0, "rejected": 0}
        assets = lake.events("transfers", ["asset"]).column("asset").to_pylist()
        assert sorted(assets) == ["bsc/native", "ethereum/native"]
        again = take_in(lake, [tmp_path / "in"], IntakeOptions())
        assert again.counts["duplicates"] == again.counts["read"] == 2
        assert all(check.good for check in lake.doctor())


def test_a_house_that_hands_over_rows_and_events_of_the_chain_tells_of_one_transfer(tmp_path):
    usdt, zero, digest = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb", "ab" * 32
    common = {"transaction_id": digest, "block_timestamp": 1_772_323_200_000}
    said = {"from": usdt, "to": zero, "value": "5"}
    row = {**common, **said, "token_info": {"address": usdt}, "type": "Transfer"}
    event = {**common, "event_name": "Transfer", "event_index": 3, "contract_address": usdt, "result": said}
    folder = tmp_path / "node"
    folder.mkdir()
    (folder / "rows.json").write_text(json.dumps({"data": [row, {**row, "to": usdt, "value": "6"}]}))
    (folder / "page.json").write_text(json.dumps({"data": [{**row, "to": usdt, "value": "6"}]}))
    (folder / "events.json").write_text(json.dumps({"data": [event]}))
    report, events = take(tmp_path / "w", folder)
    assert report.counts == {"read": 4, "accepted": 2, "merged": 1, "duplicates": 1, "rejected": 0}
    assert sorted(events["amount"].cast(int)) == [5, 6]


CDR_HEADER = "record_id,type,a_number,b_number,start,duration_s,imsi,imei,first_cell,direction"
CALLER_SAYS = "460001111111111,490154203237518,north"
CALLED_SAYS = "460002222222222,356938035643809,south"


def operator(folder: Path, name: str, rows: list[str]) -> Path:
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    said = "department: telecom\nzone: Asia/Shanghai\nreceived_at: 2026-04-01T00:00:00+08:00\n"
    (place / "delivery.yaml").write_text(f"source: {name}\n{said}")
    (place / "cdr.csv").write_text("\n".join([CDR_HEADER, *rows]) + "\n")
    return place


def called(number: str, second: int, direction: str, said: str, kind: str = "call") -> str:
    start = f"2026-03-01T08:00:{second:02d}+08:00"
    return f"{number},{kind},13800000001,13800000002,{start},{60 if kind == 'call' else 0},{said},{direction}"


def contacts(workspace: Path, *paths: Path) -> pl.DataFrame:
    columns = ["event_id", "source_first_cell", "target_first_cell", "source_subscriber", "target_device", "direction"]
    with Lake.open(workspace) as lake:
        for path in paths:
            take_in(lake, [path], IntakeOptions())
        return pl.DataFrame(pl.from_arrow(lake.events("contacts", columns))).select(pl.col(columns).cast(pl.String))


def test_a_call_within_one_network_is_one_event_that_tells_both_ends(tmp_path):
    rows = [called("o1", 10, "mo", CALLER_SAYS), called("t1", 11, "mt", CALLED_SAYS)]
    event = contacts(tmp_path / "w", operator(tmp_path, "tel", rows)).rows(named=True)
    assert len(event) == 1
    assert event[0]["event_id"] == "o1"
    assert event[0]["direction"] == "mo"
    assert (event[0]["source_first_cell"], event[0]["target_first_cell"]) == ("cell:tel/north", "cell:tel/south")
    assert event[0]["source_subscriber"] == "subscriber:imsi/460001111111111"
    assert event[0]["target_device"] == "device:imei/356938035643809"


def test_the_ends_meet_whichever_file_comes_first(tmp_path):
    caller = operator(tmp_path / "1", "tel", [called("o1", 10, "mo", CALLER_SAYS)])
    other = operator(tmp_path / "2", "tel", [called("t1", 11, "mt", CALLED_SAYS)])
    assert contacts(tmp_path / "w", caller, other).equals(contacts(tmp_path / "v", other, caller))
    assert contacts(tmp_path / "w").height == 1


@pytest.mark.parametrize("direction", ["mo", "mt", ""])
def test_what_one_side_says_twice_happened_twice(tmp_path, direction):
    rows = [called("a", 10, direction, CALLER_SAYS, "sms"), called("b", 11, direction, CALLER_SAYS, "sms")]
    assert contacts(tmp_path / "w", operator(tmp_path, "tel", rows)).height == 2


def test_a_third_telling_by_another_operator_is_the_same_call(tmp_path):
    mine = [called("o1", 10, "mo", CALLER_SAYS), called("t1", 11, "mt", CALLED_SAYS)]
    theirs = [called("x1", 12, "mt", CALLED_SAYS)]
    assert contacts(tmp_path / "w", operator(tmp_path, "tel", mine), operator(tmp_path, "mobile", theirs)).height == 1
