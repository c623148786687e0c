"""The loop with the holders as officers live it: a bank is asked, it answers, money ran on, the next bank stops it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cutline.errors import UsageError
from cutline.model.evidence import Action, Alert, Proposal, to_plain
from cutline.rings.proposals import OWNED_BY_SCREENED
from cutline.store.lake import Lake
from tests.cli.desks import CLEAR, DAY, MULE, NEXT, Desk, reported, transfers

AUTHORITY = ("--authority", "Putian Public Security Bureau", "--reason", "the victim called at 10:30")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return reported(tmp_path)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk on which nothing is changed."""
    return reported(tmp_path_factory.mktemp("still"))


def prepared(desk: Desk, at: str) -> Any:
    return desk.ask("requests", "prepare", "RPT1", *AUTHORITY, "--at", DAY + at, "--json")


def send(desk: Desk, names: list[str], at: str, approved: str) -> Path:
    """Another officer approves, and the files are written."""
    desk.ask("requests", "approve", *names, "--reason", "read the file", "--at", DAY + approved, actor="wang")
    out = desk.folder / f"out-{at[:5].replace(':', '')}.csv"
    desk.ask("requests", "export", *names, "--out", str(out), "--at", DAY + at, *CLEAR, "--json")
    return out


def test_a_bank_is_asked_answers_money_ran_on_and_the_next_bank_stops_it(desk: Desk) -> None:
    first = desk.trace()
    assert [(s["entity"], s["asked"]) for s in first["stops"]] == [(MULE, None)]
    assert first["next_to_ask"]["entity"] == MULE
    drafted = prepared(desk, "10:33:00+08:00")
    assert {(r["kind"], r["asked"], r["standing"]) for r in drafted["prepared"]} == {
        ("stop", "¥50,000.00", "prepared"),
        ("query", "¥50,000.00", "prepared"),
    }
    assert all("~" in r["about"] for r in drafted["prepared"])
    assert prepared(desk, "10:34:00+08:00")["prepared"] == [], "preparing twice asks once"
    assert desk.trace()["next_to_ask"]["entity"] == MULE, "what waits for its officer asks nobody"
    ids = {r["kind"]: r["request_id"] for r in drafted["prepared"]}
    sent = send(desk, list(ids.values()), "10:36:00+08:00", "10:35:00+08:00")
    waiting = desk.trace()
    assert waiting["next_to_ask"] is None
    assert {r["standing"] for r in waiting["stops"][0]["asked"]["requests"]} == {"sent"}

    rows = sent.read_text().splitlines()
    stop = next(row for row in rows if row.startswith(ids["stop"])).split(",")
    stop[5], stop[6], stop[7] = DAY + "10:40:00+08:00", DAY + "10:45:00+08:00", "5000.00"
    said = ",".join(stop)
    ran = transfers(("T3", "10:20:00", "ICBK/62220002", "CCB/62270003", "45000.00"))
    heard = rows[0] + "\n" + said.replace(DAY + "10:45:00+08:00", "") + "\n"
    desk.deliver("ICBK", "10:41:00+08:00", {"requests.csv": heard}, department="finance")
    (acknowledged,) = desk.ask("requests", "list", "--standing", "acknowledged", "--at", DAY + "10:42:00+08:00", "--json")[
        "requests"
    ]
    assert (acknowledged["request_id"], acknowledged["minutes_left"]) == (ids["stop"], 24)
    desk.deliver("ICBK", "10:46:00+08:00", {"requests.csv": rows[0] + "\n" + said + "\n"}, department="finance")
    answer = {"transfers.csv": ran}
    desk.deliver("ICBK", "10:50:00+08:00", answer, department="finance", answers=ids["query"])

    resumed = desk.trace()
    where = {s["entity"]: s for s in resumed["stops"]}
    assert {entity: s["amount_minor"] for entity, s in where.items()} == {MULE: 5_000_00, NEXT: 45_000_00}
    assert where[MULE]["stopped_minor"] == 5_000_00
    chief = where[MULE]["asked"]
    assert (chief["standing"], chief["stopped"], chief["ran_on"]) == ("executed", "¥5,000.00", "¥45,000.00")
    query = next(r for r in chief["requests"] if r["kind"] == "query")
    assert (query["standing"], query["answers"][0]["from"]) == ("answered", "ICBK")
    assert resumed["next_to_ask"] == {"institution": "CN/CCB", "entity": NEXT, "order": 1}
    assert (resumed["reach"]["stopped_minor"], resumed["reach"]["stoppable_minor"]) == (5_000_00, 45_000_00)
    table = " ".join(desk.ask("trace", "RPT1").split())
    assert "¥5,000.00 stopped, ¥45,000.00 had run on" in table
    assert "answered by ICBK" in table

    second = prepared(desk, "10:52:00+08:00")
    assert {(r["kind"], r["asked"]) for r in second["prepared"]} == {("stop", "¥45,000.00"), ("query", "¥45,000.00")}
    assert {r["request_id"] for r in second["already"]} == set(ids.values())
    name = next(r["request_id"] for r in second["prepared"] if r["kind"] == "stop")
    sent = send(desk, [name], "10:54:00+08:00", "10:53:00+08:00")
    head, row = sent.read_text().splitlines()
    cells = row.split(",")
    cells[6] = DAY + "11:00:00+08:00"
    desk.deliver("CCB", "11:01:00+08:00", {"requests.csv": f"{head}\n{','.join(cells)}\n"}, department="finance")
    last = desk.trace()
    assert sum(s["stopped_minor"] for s in last["stops"]) == 50_000_00, "all of it is held"
    assert last["next_to_ask"] is None
    stands = desk.ask("requests", "list", "--at", DAY + "11:30:00+08:00", "--json")
    assert stands["by_standing"] == {"prepared": 1, "executed": 2, "answered": 1}
    later = desk.ask("requests", "list", "--at", "2026-03-13T11:30:00+08:00", "--json")
    assert later["by_standing"]["lapsed"] == 2, "48 hours of a stop-payment are over"


def test_nobody_approves_alone_and_nothing_leaves_unapproved(desk: Desk) -> None:
    names = [r["request_id"] for r in prepared(desk, "10:33:00+08:00")["prepared"]]
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
    name = next(r["request_id"] for r in prepared(desk, "10:33:00+08:00")["prepared"] if r["kind"] == "stop")
    sent = send(desk, [name], "10:36:00+08:00", "10:35:00+08:00")
    again = desk.folder / "again.csv"
    desk.ask("requests", "export", name, "--out", str(again), *CLEAR)
    assert again.read_text() == sent.read_text(), "handed out twice, sent once"
    letter = sent.with_suffix(".md").read_text()
    for told in (MULE, "Putian Public Security Bureau", "紧急止付", "art. 20", "¥50,000.00", "wang", name, "T1 (CCB, batch"):
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
        desk.deliver("ICBK", f"1{turn}:51:00+08:00", {"requests.csv": bank}, department="finance")
        at = f"1{turn}:52:00+08:00"
        if turn == 2:
            with pytest.raises(UsageError, match="2 times at most"):
                desk.ask("requests", "renew", name, "--reason", "still needed", "--at", DAY + at)
            asked = ("requests", "prepare", "RPT1", *AUTHORITY, "--kind", "stop", "--at", "2026-03-14T10:00:00+08:00", "--json")
            anew = desk.ask(*asked)
            assert anew["prepared"] == [], "asked for anew it would be stopped a fourth time"
            assert "a freeze can be asked for" in anew["left_out"][0]["why"]
            break
        (longer,) = desk.ask("requests", "renew", name, "--reason", "still needed", "--at", DAY + at, "--json")["requests"]
        if turn == 0:
            with pytest.raises(UsageError, match="renewed already"):
                desk.ask("requests", "renew", name, "--reason", "still needed", "--at", DAY + at)
        name = longer["request_id"]
        sent = send(desk, [name], f"1{turn}:54:00+08:00", f"1{turn}:53:00+08:00")


def test_an_answer_to_a_request_that_nobody_knows_is_kept_and_told(desk: Desk) -> None:
    ran = transfers(("T9", "10:20:00", "ICBK/62220002", "CCB/62270003", "1.00"))
    desk.deliver("ICBK", "10:50:00+08:00", {"transfers.csv": ran}, department="finance", answers="R0000")
    (stray,) = desk.ask("requests", "list", "--json")["unasked"]
    assert (stray["request_id"], stray["from"], stray["doubt"]) == ("R0000", "ICBK", "nobody_asked")
    assert "R0000: not counted" in desk.ask("requests", "list")
    assert NEXT in {s["entity"] for s in desk.trace()["stops"]}, "its rows count all the same"


def said_of(sent: Path, name: str, **said: str) -> str:
    """Write the holder's row about a request as whoever answers it would, from the file that was handed out."""
    head, *rows = sent.read_text().splitlines()
    cells = dict(zip(head.split(","), next(row for row in rows if row.startswith(name)).split(","), strict=True))
    return f"{head}\n{','.join({**cells, **said}.values())}\n"


def test_a_forged_answer_moves_nothing_until_an_officer_vouches_for_it(desk: Desk) -> None:
    ids = {r["kind"]: r["request_id"] for r in prepared(desk, "10:33:00+08:00")["prepared"]}
    early = "request_id,holder,kind,about,sent_at,executed_at\n" + f"{ids['stop']},ICBK,stop,{MULE},{DAY}10:33:30+08:00,"
    desk.deliver("ICBK", "10:34:00+08:00", {"requests.csv": f"{early}{DAY}10:33:40+08:00\n"}, department="finance")
    (unsent,) = desk.ask("requests", "show", ids["stop"], "--at", DAY + "10:34:30+08:00", "--json")["requests"]
    assert (unsent["standing"], unsent["sent_at"], unsent["unasked"][0]["doubt"]) == ("prepared", "", "not_sent")
    sent = send(desk, list(ids.values()), "10:36:00+08:00", "10:35:00+08:00")
    forged = {"requests.csv": said_of(sent, ids["stop"], executed_at=DAY + "10:40:00+08:00", amount="50000.00")}
    desk.deliver("friend", "10:41:00+08:00", forged, department="finance")
    ran = {"transfers.csv": transfers(("T9", "10:20:00", "ICBK/62220002", "CCB/62270003", "1.00"))}
    desk.deliver("friend", "10:42:00+08:00", ran, department="finance", answers=ids["query"])
    believed = desk.trace()
    where = {s["entity"]: s for s in believed["stops"]}
    assert where[MULE]["stopped_minor"] == 0
    assert {r["standing"] for r in where[MULE]["asked"]["requests"]} == {"sent"}
    table = desk.ask("requests", "list", "--at", DAY + "10:43:00+08:00")
    assert "friend says executed" in table
    assert "friend sends transfers.csv" in table
    assert "another holder was asked: CN/ICBK" in table
    assert "not counted" in desk.ask("trace", "RPT1")

    vouch = ("requests", "vouch", ids["stop"], "--reason", "the bank wrote that it answers through them")
    with pytest.raises(UsageError, match="has delivered nothing"):
        desk.ask(*vouch, "--from", "frend")
    desk.ask(*vouch, "--from", "friend", "--at", DAY + "10:44:00+08:00")
    told = desk.ask("requests", "show", ids["stop"], "--at", DAY + "10:45:00+08:00", "--json")["requests"][0]
    assert (told["standing"], told["vouched"][0]["from"]) == ("executed", "friend")
    assert {s["entity"]: s["stopped_minor"] for s in desk.trace()["stops"]}[MULE] > 0
    assert "vouched" not in desk.ask("requests", "list")


def test_tables_show_pseudonyms_and_the_audit_log_names_nobody(desk: Desk) -> None:
    told = desk.ask("requests", "prepare", "RPT1", *AUTHORITY)
    assert "account~" in told
    assert "62220002" not in told
    names = [r["request_id"] for r in desk.ask("requests", "list", "--json")["requests"]]
    assert "62220002" not in desk.ask("requests", "list") + desk.ask("requests", "show", names[0])
    assert MULE in desk.ask("requests", "show", names[0], *CLEAR)
    assert "62220002" not in (desk.folder / "case" / "audit" / "log.jsonl").read_text()
    assert (desk.folder / "case" / "requests" / "book.jsonl").stat().st_mode & 0o077 == 0


def test_whoever_may_be_coerced_is_not_frozen(desk: Desk) -> None:
    freeze = ("requests", "prepare", "RPT1", *AUTHORITY, "--kind", "freeze", "--kind", "stop", "--json")
    why = Proposal(MULE, Action.LIMIT, OWNED_BY_SCREENED.en, OWNED_BY_SCREENED.zh)
    alert = Alert("A1", "alert", "", (MULE,), 1.0, None, datetime(2026, 3, 10, tzinfo=UTC), (why,), ())
    with Lake.open(desk.folder / "case") as lake:
        lake.save_view("alerts", pl.DataFrame({"alert_id": ["A1"], "kind": ["alert"], "body": [json.dumps(to_plain(alert))]}))
    found = desk.ask(*freeze)
    assert [r["kind"] for r in found["prepared"]] == ["stop"]
    assert "screened for coercion first" in found["left_out"][0]["why"]


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
def test_what_makes_no_sense_says_what_would(still: Desk, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        still.ask("requests", *words)
