"""The loop with the holders as officers live it: a bank is asked, it answers, money ran on, the next bank stops it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cutline.cli.app import app
from cutline.errors import UsageError

MULE, NEXT = "account:CN/ICBK/62220002", "account:CN/CCB/62270003"
HEAD = (
    "transfer_id,time,payer_institution,payer_account,payee_institution,payee_account,amount,currency,"
    "payer_balance_after,payee_balance_after"
)
CLEAR = ("--unmask", "--reason", "to write to the bank")
AUTHORITY = ("--authority", "Putian Public Security Bureau", "--reason", "the victim called at 10:30")
DAY = "2026-03-10T"


class Desk:
    """One workspace and the officers who work on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def deliver(self, source: str, received: str, files: dict[str, str], **said: str) -> None:
        """Put files into a folder with its delivery.yaml, and read them."""
        home = self.folder / f"{source}-{received[11:16].replace(':', '')}"
        home.mkdir()
        page = {"source": source, "received_at": received, "covers_from": "2026-03-01", "covers_to": "2026-03-10"} | said
        (home / "delivery.yaml").write_text("".join(f"{k}: {v}\n" for k, v in page.items()))
        for name, text in files.items():
            (home / name).write_text(text)
        read = self.ask("ingest", str(home), "--json")
        assert read["refused"] == [], read
        assert read["rejected"] == 0, read

    def ask(self, *words: str, actor: str = "li") -> Any:
        """Give what a command prints: an object where --json is among the words."""
        told = CliRunner().invoke(
            app, ["--workspace", str(self.folder / "case"), *words], catch_exceptions=False, env={"CUTLINE_ACTOR": actor}
        )
        assert told.exit_code == 0, told.output
        return json.loads(told.stdout) if "--json" in words else told.stdout

    def trace(self) -> Any:
        (one,) = self.ask("trace", "RPT1", *CLEAR, "--json")["traces"]
        return one

    def prepared(self, at: str) -> Any:
        return self.ask("requests", "prepare", "RPT1", *AUTHORITY, "--at", DAY + at, "--json")

    def send(self, names: list[str], at: str, approved: str) -> Path:
        """Another officer approves, and the files are written."""
        self.ask("requests", "approve", *names, "--reason", "read the file", "--at", DAY + approved, actor="wang")
        out = self.folder / f"out-{at[:5].replace(':', '')}.csv"
        self.ask("requests", "export", *names, "--out", str(out), "--at", DAY + at, *CLEAR, "--json")
        return out


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A victim's bank has delivered what it knows: 50,000 yuan went to a mule at 10:00; the victim reported it."""
    desk = Desk(tmp_path)
    report = {
        "report_id": "RPT1",
        "kind": "loss",
        "received_at": DAY + "10:30:00+08:00",
        "reporter": "v1",
        "loss": "50000.00",
        "payments": [{"time": DAY + "10:00:00+08:00", "amount": "50000.00", "currency": "CNY", "reference": "T1"}],
    }
    paid = f"{HEAD}\nT0,{DAY}09:00:00+08:00,BOC,1,CCB,62270009,1.00,CNY,,\n"
    paid += f"T1,{DAY}10:00:00+08:00,CCB,62270001,ICBK,62220002,50000.00,CNY,100.00,\n"
    paid += f"T2,{DAY}10:25:00+08:00,BOC,1,CCB,62270009,1.00,CNY,,\n"
    desk.deliver("CCB", DAY + "10:31:00+08:00", {"transfers.csv": paid}, department="finance")
    desk.deliver("police", DAY + "10:32:00+08:00", {"reports.jsonl": json.dumps(report) + "\n"})
    return desk


def test_a_bank_is_asked_answers_money_ran_on_and_the_next_bank_stops_it(desk: Desk) -> None:
    first = desk.trace()
    assert [(s["entity"], s["asked"]) for s in first["stops"]] == [(MULE, None)]
    assert first["next_to_ask"]["entity"] == MULE
    drafted = desk.prepared("10:33:00+08:00")
    assert {(r["kind"], r["asked"], r["standing"]) for r in drafted["prepared"]} == {
        ("stop", "¥50,000.00", "prepared"),
        ("query", "¥50,000.00", "prepared"),
    }
    assert all("~" in r["about"] for r in drafted["prepared"])
    assert desk.prepared("10:34:00+08:00")["prepared"] == [], "preparing twice asks once"
    assert desk.trace()["next_to_ask"]["entity"] == MULE, "what waits for its officer asks nobody"
    ids = {r["kind"]: r["request_id"] for r in drafted["prepared"]}
    sent = desk.send(list(ids.values()), "10:36:00+08:00", "10:35:00+08:00")
    waiting = desk.trace()
    assert waiting["next_to_ask"] is None
    assert {r["standing"] for r in waiting["stops"][0]["asked"]["requests"]} == {"sent"}

    rows = sent.read_text().splitlines()
    stop = next(row for row in rows if row.startswith(ids["stop"])).split(",")
    stop[5], stop[6], stop[7] = DAY + "10:40:00+08:00", DAY + "10:45:00+08:00", "5000.00"
    said = ",".join(stop)
    ran = f"{HEAD}\nT3,{DAY}10:20:00+08:00,ICBK,62220002,CCB,62270003,45000.00,CNY,5000.00,\n"
    heard = rows[0] + "\n" + said.replace(DAY + "10:45:00+08:00", "") + "\n"
    desk.deliver("ICBK", DAY + "10:41:00+08:00", {"requests.csv": heard}, department="finance")
    (acknowledged,) = desk.ask("requests", "list", "--standing", "acknowledged", "--at", DAY + "10:42:00+08:00", "--json")[
        "requests"
    ]
    assert (acknowledged["request_id"], acknowledged["minutes_left"]) == (ids["stop"], 24)
    desk.deliver("ICBK", DAY + "10:46:00+08:00", {"requests.csv": rows[0] + "\n" + said + "\n"}, department="finance")
    answer = {"transfers.csv": ran}
    desk.deliver("ICBK", DAY + "10:50:00+08:00", answer, department="finance", answers=ids["query"])

    resumed = desk.trace()
    where = {s["entity"]: s for s in resumed["stops"]}
    assert {entity: s["amount_minor"] for entity, s in where.items()} == {MULE: 5_000_00, NEXT: 45_000_00}
    assert where[MULE]["stopped_minor"] == 5_000_00
    chief = where[MULE]["asked"]
    assert (chief["standing"], chief["stopped"], chief["ran_on"]) == ("executed", "¥5,000.00", "¥45,000.00")
    query = next(r for r in chief["requests"] if r["kind"] == "query")
    assert (query["standing"], query["answers"][0]["from"]) == ("answered", "ICBK")
    assert resumed["next_to_ask"] == {"institution": "CN/CCB", "entity": NEXT}

    second = desk.prepared("10:52:00+08:00")
    assert {(r["kind"], r["asked"]) for r in second["prepared"]} == {("stop", "¥45,000.00"), ("query", "¥45,000.00")}
    assert {r["request_id"] for r in second["already"]} == set(ids.values())
    name = next(r["request_id"] for r in second["prepared"] if r["kind"] == "stop")
    sent = desk.send([name], "10:54:00+08:00", "10:53:00+08:00")
    head, row = sent.read_text().splitlines()
    cells = row.split(",")
    cells[6] = DAY + "11:00:00+08:00"
    desk.deliver("CCB", DAY + "11:01:00+08:00", {"requests.csv": f"{head}\n{','.join(cells)}\n"}, department="finance")
    last = desk.trace()
    assert sum(s["stopped_minor"] for s in last["stops"]) == 50_000_00, "all of it is held"
    assert last["next_to_ask"] is None
    stands = desk.ask("requests", "list", "--at", DAY + "11:30:00+08:00", "--json")
    assert stands["by_standing"] == {"prepared": 1, "executed": 2, "answered": 1}
    later = desk.ask("requests", "list", "--at", "2026-03-13T11:30:00+08:00", "--json")
    assert later["by_standing"]["lapsed"] == 2, "48 hours of a stop-payment are over"


def test_nobody_approves_alone_and_nothing_leaves_unapproved(desk: Desk) -> None:
    names = [r["request_id"] for r in desk.prepared("10:33:00+08:00")["prepared"]]
    with pytest.raises(UsageError, match="expected another officer"):
        desk.ask("requests", "approve", names[0], "--reason", "I am sure")
    out = str(desk.folder / "out.csv")
    with pytest.raises(UsageError, match="not approved"):
        desk.ask("requests", "export", names[0], "--out", out, *CLEAR)
    with pytest.raises(UsageError, match="say why"):
        desk.ask("requests", "export", names[0], "--out", out)
    assert not Path(out).exists()
    desk.ask("requests", "withdraw", names[0], "--reason", "the victim was mistaken")
    with pytest.raises(UsageError, match="withdrawn"):
        desk.ask("requests", "approve", names[0], "--reason", "read it", actor="wang")
    anew = desk.ask("requests", "prepare", "RPT1", *AUTHORITY, "--json")
    assert len(anew["prepared"]) == 1, "what was taken back may be asked anew"
    assert anew["prepared"][0]["request_id"] not in names
    assert all(check["ok"] for check in desk.ask("doctor", "--json")["checks"])


def test_what_was_sent_is_not_taken_back_and_a_stop_is_renewed_twice(desk: Desk) -> None:
    name = next(r["request_id"] for r in desk.prepared("10:33:00+08:00")["prepared"] if r["kind"] == "stop")
    sent = desk.send([name], "10:36:00+08:00", "10:35:00+08:00")
    again = desk.folder / "again.csv"
    desk.ask("requests", "export", name, "--out", str(again), *CLEAR)
    assert again.read_text() == sent.read_text(), "handed out twice, sent once"
    letter = sent.with_suffix(".md").read_text()
    for told in (MULE, "Putian Public Security Bureau", "紧急止付", "art. 20", "¥50,000.00", "wang", name):
        assert told in letter
    with pytest.raises(UsageError, match="its holder has it"):
        desk.ask("requests", "withdraw", name, "--reason", "a mistake")
    with pytest.raises(UsageError, match="expected a stop or freeze that was executed"):
        desk.ask("requests", "renew", name, "--reason", "still needed", "--at", DAY + "10:40:00+08:00")
    for turn in range(3):
        head, row = sent.read_text().splitlines()
        cells = row.split(",")
        cells[6] = DAY + f"1{turn}:50:00+08:00"
        bank = f"{head}\n{','.join(cells)}\n"
        desk.deliver("ICBK", DAY + f"1{turn}:51:00+08:00", {"requests.csv": bank}, department="finance")
        at = f"1{turn}:52:00+08:00"
        if turn == 2:
            with pytest.raises(UsageError, match="2 times at most"):
                desk.ask("requests", "renew", name, "--reason", "still needed", "--at", DAY + at)
            break
        (longer,) = desk.ask("requests", "renew", name, "--reason", "still needed", "--at", DAY + at, "--json")["requests"]
        with pytest.raises(UsageError, match="renewed already"):
            desk.ask("requests", "renew", name, "--reason", "still needed", "--at", DAY + at)
        name = longer["request_id"]
        sent = desk.send([name], f"1{turn}:54:00+08:00", f"1{turn}:53:00+08:00")


def test_an_answer_to_a_request_that_nobody_knows_is_kept_and_told(desk: Desk) -> None:
    ran = f"{HEAD}\nT9,{DAY}10:20:00+08:00,ICBK,62220002,CCB,62270003,1.00,CNY,,\n"
    desk.deliver("ICBK", DAY + "10:50:00+08:00", {"transfers.csv": ran}, department="finance", answers="R0000")
    (stray,) = desk.ask("requests", "list", "--json")["answers_to_unknown"]
    assert (stray["request_id"], stray["from"], stray["rows"]) == ("R0000", "ICBK", 1)
    assert "R0000" in desk.ask("requests", "list")
    assert NEXT in {s["entity"] for s in desk.trace()["stops"]}, "its rows count all the same"


def test_tables_show_pseudonyms_and_the_audit_log_names_nobody(desk: Desk) -> None:
    told = desk.ask("requests", "prepare", "RPT1", *AUTHORITY)
    assert "account~" in told
    assert "62220002" not in told
    names = [r["request_id"] for r in desk.ask("requests", "list", "--json")["requests"]]
    assert "62220002" not in desk.ask("requests", "list") + desk.ask("requests", "show", names[0])
    assert MULE in desk.ask("requests", "show", names[0], *CLEAR)
    assert "62220002" not in (desk.folder / "case" / "audit" / "log.jsonl").read_text()
    assert (desk.folder / "case" / "requests" / "book.jsonl").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("prepare", "RPT1", "--reason", "called"), "--authority"),
        (("prepare", "RPT1", "--authority", "PSB"), "--reason"),
        (("prepare", "RPT1", *AUTHORITY, "--kind", "arrest"), "query, stop, freeze, preserve"),
        (("prepare", "RPT1", *AUTHORITY, "--at", "spring"), "2026-03-01T10:00:00"),
        (("prepare", "RPT1", *AUTHORITY, "--at", "2999-01-01"), "still to come"),
        (("prepare", "RPT7", *AUTHORITY), "no report, ring, transfer"),
        (("approve", "R1", "--reason", "read it"), "requests list"),
        (("show", "R1"), "requests list"),
        (("list", "--standing", "lost"), "expected one of"),
        (("list", "--unmask"), "say why"),
        (("export", "R1", "--out", "x.txt", *CLEAR), "ends in .csv"),
    ],
)
def test_what_makes_no_sense_says_what_would(desk: Desk, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        desk.ask("requests", *words)
