"""Every verb as its user meets it: what it prints, what it exits with, what it never shows."""

from __future__ import annotations

import csv
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cutline.cli.app import app
from cutline.errors import CutlineError, UsageError, WorkspaceError
from cutline.model.judgements import Resolution
from cutline.pipeline.indexing import read_index
from cutline.pipeline.ledger_files import open_trail
from cutline.pipeline.trail import follow_reports, lay_trail, needed_columns
from cutline.store.lake import Lake

CLEAR = re.compile(r"\b(?:person|phone|subscriber|device|account|ecny_wallet|address|handle|organisation|ip):[\w+]")
LISTINGS = (
    ["findings"],
    ["alerts"],
    ["alerts", "--warnings"],
    ["rings"],
    ["subjects"],
    ["subjects", "--kind", "account"],
    ["rejects"],
)


def ask(case: Path, *words: str) -> str:
    result = CliRunner().invoke(app, ["--workspace", str(case), *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def fails(case: Path, *words: str) -> CutlineError:
    result = CliRunner().invoke(app, ["--workspace", str(case), *words])
    assert isinstance(result.exception, CutlineError), result.output
    return result.exception


@pytest.mark.parametrize("words", LISTINGS, ids=" ".join)
def test_lists_come_as_tables_and_as_one_json_object(small_case, words):
    assert ask(small_case, *words).strip()
    answer = json.loads(ask(small_case, *words, "--json"))
    assert answer["shown"] <= answer["total"]


@pytest.mark.parametrize("words", LISTINGS, ids=" ".join)
def test_nobody_is_shown_in_the_clear(small_case, words):
    assert not CLEAR.search(ask(small_case, *words, "--json"))
    assert not CLEAR.search(ask(small_case, *words))


def test_the_clear_needs_a_reason_and_leaves_an_entry(small_case):
    assert isinstance(fails(small_case, "subjects", "--unmask"), UsageError)
    assert isinstance(fails(small_case, "subjects", "--reason", "curious"), UsageError)
    before = (small_case / "audit" / "log.jsonl").read_text() if (small_case / "audit" / "log.jsonl").exists() else ""
    shown = ask(small_case, "subjects", "--unmask", "--reason", "case 2026-17, officer 4711", "--json")
    after = (small_case / "audit" / "log.jsonl").read_text()
    assert CLEAR.search(shown)
    assert after.startswith(before)
    assert "officer 4711" in after[len(before) :]


def test_the_entry_says_what_was_asked_for_and_names_nobody(small_case):
    clear = json.loads(ask(small_case, "subjects", "--unmask", "--reason", "case 17", "--json", "--kind", "account"))
    account = clear["subjects"][0]["entity"]
    ask(small_case, "explain", account, "--unmask", "--reason", "case 17")
    ask(small_case, "trace", account, "--unmask", "--reason", "case 17")
    lines = (small_case / "audit" / "log.jsonl").read_text().splitlines()[-3:]
    told = [json.loads(line)["detail"] for line in lines]
    assert [entry["command"] for entry in told] == ["subjects", "explain", "trace"]
    assert told[0]["kind"] == "account"
    assert told[1]["entity"] == told[2]["seed"]
    assert told[1]["entity"].startswith("account~")


def test_explain_says_why_with_rows_and_takes_a_pseudonym(small_case):
    finding = json.loads(ask(small_case, "findings", "--json", "--limit", "1"))["findings"][0]
    told = json.loads(ask(small_case, "explain", finding["subject"], "--json"))
    assert told["entity"] == finding["subject"]
    assert told["findings"]
    assert told["events"][0]["sources"][0]["file"]
    assert told["contributing"]
    assert not CLEAR.search(json.dumps(told))


def test_explain_cites_every_event_once_and_says_which_findings_rest_on_it(small_case):
    subjects = [f["subject"] for f in json.loads(ask(small_case, "findings", "--json", "--limit", "10000"))["findings"]]
    told = json.loads(ask(small_case, "explain", max(sorted(set(subjects)), key=subjects.count), "--json"))
    assert len(told["findings"]) > 1
    events = {(event["table"], event["event_id"]) for event in told["events"]}
    assert len(events) == len(told["events"]) == told["total"] == told["sure"]["events"]
    cited = {(n, event["n"]) for event in told["events"] for n in event["findings"]}
    assert cited == {(finding["n"], n) for finding in told["findings"] for n in finding["events"]}
    rows = [(s["batch"], s["row"], event["table"]) for event in told["events"] for s in event["sources"]]
    assert len(rows) == len(set(rows))
    assert {reason["finding"] for reason in told["contributing"]} <= {None, *(f["n"] for f in told["findings"])}
    rest = [len(event["findings"]) for event in told["events"]]
    assert rest == sorted(rest, reverse=True)


def test_explain_is_short_and_says_how_to_see_all(small_case):
    subjects = [f["subject"] for f in json.loads(ask(small_case, "findings", "--json", "--limit", "10000"))["findings"]]
    subject = max(sorted(set(subjects)), key=subjects.count)
    told = json.loads(ask(small_case, "explain", subject, "--json"))
    assert told["total"] > 8
    short = ask(small_case, "explain", subject)
    last = short.splitlines()[-1]
    assert "--limit" in last
    everything = ask(small_case, "explain", subject, "--limit", last.split("--limit ")[1].split(",")[0])
    assert "Not all is shown" not in everything
    assert len(everything.splitlines()) > len(short.splitlines())
    assert all(event["event_id"] in everything for event in told["events"])
    assert len(json.loads(ask(small_case, "explain", subject, "--json", "--limit", "2"))["events"]) == 2


def test_alerts_say_what_can_be_stopped_and_how_much_time_is_left(small_case):
    told = json.loads(ask(small_case, "alerts", "--json"))["alerts"]
    traced = [a for a in told if a["stoppable_minor"]]
    assert traced
    for alert in traced:
        assert alert["stoppable_minor"] <= alert["value_minor"]
        assert alert["left_en"]
        assert alert["left_zh"]
        left = alert["time_left"]
        known = left["own"] + left["like"] > 0
        assert ("not sure: nothing tells" in alert["left_en"]) is not known
        assert left["unsure_minor"] <= alert["stoppable_minor"]
    assert traced[0]["stoppable"] in ask(small_case, "alerts")
    page = json.loads(ask(small_case, "rings", traced[0]["ring_id"], "--json"))
    assert page["alert"]["time_left"] == traced[0]["time_left"]


def test_explain_in_the_clear_shows_rows_as_they_were_written(small_case):
    access = ("--unmask", "--reason", "reading the evidence")
    finding = json.loads(ask(small_case, "findings", "--json", "--limit", "1", *access))["findings"][0]
    told = json.loads(ask(small_case, "explain", finding["subject"], "--json", *access))
    originals = [json.loads(source["original"]) for event in told["events"] for source in event["sources"]]
    number = finding["subject"].rsplit("/", 1)[-1]
    assert any(number in json.dumps(original) for original in originals)


def test_explain_an_unknown_entity_is_honest(small_case):
    assert "not a proof of innocence" in str(fails(small_case, "explain", "phone:+8613900000000"))


def test_explain_tells_of_neighbours_where_nothing_else_raises_the_rank(small_case):
    found = {f["subject"] for f in json.loads(ask(small_case, "findings", "--json", "--limit", "10000"))["findings"]}
    ranked = json.loads(ask(small_case, "subjects", "--json", "--limit", "2000"))["subjects"]
    beside = [s for s in ranked if s["entity"] not in found and s["score"] > 0]
    assert beside
    told = json.loads(ask(small_case, "explain", beside[0]["entity"], "--json"))
    assert told["contributing"]
    for one in (beside[0], beside[-1]):
        shown = ask(small_case, "explain", one["entity"])
        assert "no finding of its own" in shown
        assert "nothing speaks against" not in shown


def test_trace_says_where_the_money_is(small_case):
    reports = [
        json.loads(line)
        for line in (small_case / "province").rglob("reports.jsonl").__next__().read_text().splitlines()
        if line.startswith("{")
    ]
    loss = next(r for r in reports if r["kind"] == "loss" and any(p.get("reference") for p in r["payments"]))
    told = json.loads(ask(small_case, "trace", loss["report_id"], "--json"))
    one = told["traces"][0]
    assert sum(t["loss_minor"] for t in one["terminals"]) == one["stolen_minor"]
    chances = [s["loss_minor"] * s["chance"] for s in one["stops"]]
    assert chances == sorted(chances, reverse=True)
    assert not CLEAR.search(json.dumps(told))
    assert "Who can stop it" in ask(small_case, "trace", loss["report_id"])
    drifting = json.loads(ask(small_case, "trace", loss["report_id"], "--drift", "--json"))["traces"][0]
    assert sum(t["loss_minor"] for t in drifting["terminals"]) == one["stolen_minor"]
    assert "expected tainted-first" in str(fails(small_case, "trace", loss["report_id"], "--drift", "--policy", "fifo"))


def test_ledgers_that_a_run_left_answer_as_those_laid_anew(small_case):
    with Lake.open(small_case) as lake:
        kept = open_trail(lake, Resolution())
        laid = lay_trail(lake, read_index(lake, [needed_columns()]))
        assert kept.resolved == laid.resolved
        assert follow_reports(kept) == follow_reports(laid)


def test_returns_are_a_sheet_that_adds_up_by_hand(small_case, tmp_path):
    ring = json.loads(ask(small_case, "rings", "--json"))["rings"][0]["ring_id"]
    told = json.loads(ask(small_case, "returns", ring, "--json", "--csv", str(tmp_path / "sheet.csv")))
    assert told["returns"]
    for one in told["returns"]:
        lines, rest, weights = one["lines"], one["rest_minor"], one["weights_minor"]
        assert sum(x["returned_minor"] for x in lines) + one["left_minor"] == one["recovered_minor"]
        assert sum(x["whole_minor"] + x["odd_minor"] for x in lines) == rest
        for x in lines:
            assert x["whole_minor"] * weights + x["remainder"] == rest * x["open_before_minor"]
            assert x["returned_minor"] == x["traced_minor"] + x["whole_minor"] + x["odd_minor"] <= x["lost_minor"]
    assert not CLEAR.search(json.dumps(told) + (tmp_path / "sheet.csv").read_text("utf-8-sig"))
    lying = ask(small_case, "returns", ring)
    assert "返还" in lying
    assert "lies there" in lying
    assert "追回" not in lying, "nobody said that anything was recovered"
    assert "追回" in ask(small_case, "returns", ring, "--recovered", "1000.01")
    sheet_of_court(small_case, ring, "1000.01", tmp_path / "cut.csv")
    sheet_of_court(small_case, ring, "987654321.09", tmp_path / "much.csv")
    assert "expected one of these" in str(fails(small_case, "returns", "no-such-thing"))
    assert "--recovered" in str(fails(small_case, "returns", ring, "--recovered", "much"))


def sheet_of_court(small_case, ring, recovered, path):
    """Check the written sheet as a court would: from its own columns, to the last unit of what was recovered."""
    ask(small_case, "returns", ring, "--recovered", recovered, "--csv", str(path))
    with path.open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.reader(file) if row[0] == "CNY"]
    lines = [[int(cell) for cell in row[3:]] for row in rows[:-2]]
    *_, left, total = [[int(cell) for cell in row[3:]] for row in rows]
    kept, shown = sum(line[5] for line in lines), sum(line[1] for line in lines)
    rest, weights = sum(line[7] + line[9] for line in lines), sum(line[6] for line in lines)
    for lost, mine, cut, over, odd, traced, weight, whole, remainder, unit, returned, still, *_ in lines:
        assert (cut, over, traced) == (*divmod(kept * mine, shown or 1), cut + odd)
        assert (whole, remainder, weight) == (*divmod(rest * weight, weights or 1), lost - traced)
        assert (returned, still) == (traced + whole + unit, lost - returned)
    assert sum(line[10] for line in lines) + left[10] == total[10] == int(Decimal(recovered) * 100)


def test_exposure_adds_up_and_names_the_list(small_case):
    tags = next((small_case / "province").rglob("tags.csv")).read_text("utf-8-sig").splitlines()
    hot = next(row.split(",")[0] for row in tags if ",exchange," in row and row.startswith("address:"))
    access = ("--unmask", "--reason", "reading a list")
    back = json.loads(ask(small_case, "exposure", hot, "--backward", "--hops", "1", "--json", *access))
    assert back["on_lists"][0]["list"]
    fed = next(one for one in back["exposures"] if one["others"])
    assert sum(x["direct_minor"] + x["indirect_minor"] for x in (fed["listed"], *fed["others"])) == fed["total_minor"]
    told = [json.loads(ask(small_case, "exposure", payer, "--json")) for payer in payers_of(small_case, hot)]
    exposed = next(one for told_one in told for one in told_one["exposures"] if one["by_tag"])
    assert exposed["by_tag"][0]["what"] == "exchange"
    assert all(y["version"] and y["since"] for x in exposed["holders"] for y in x["on_lists"])
    assert not CLEAR.search(json.dumps(told))
    assert "风险敞口" in ask(small_case, "exposure", hot, "--backward")
    assert "no transfer" in str(fails(small_case, "exposure", "phone:+8613800000000"))


def payers_of(case, entity):
    hops = json.loads(ask(case, "trace", entity, "--backward", "--json", "--unmask", "--reason", "test"))["traces"][0]["hops"]
    return sorted({hop["payer"] for hop in hops if hop["payee"] == entity})[:5]


def test_trace_of_nothing_says_what_it_expected(small_case):
    assert "no report, ring, transfer, account" in str(fails(small_case, "trace", "no-such-thing"))
    assert "expected one of" in str(fails(small_case, "trace", "no-such-thing", "--policy", "magic"))


@pytest.mark.parametrize("verb", ["trace", "returns", "exposure"])
def test_a_refusal_names_nobody_behind_a_pseudonym(small_case, verb):
    phone = json.loads(ask(small_case, "subjects", "--kind", "phone", "--limit", "1", "--json"))["subjects"][0]["entity"]
    told = str(fails(small_case, verb, phone))
    assert phone in told
    assert not CLEAR.search(told)


def test_money_is_followed_from_an_account_in_any_spelling(small_case):
    clear = ("--unmask", "--reason", "test", "--json")
    known = json.loads(ask(small_case, "subjects", "--kind", "account", "--limit", "50", *clear))["subjects"]
    account = next(s["entity"] for s in known if s["entity"].count("/") == 2)
    kind, institution, number = account.partition(":")[0], *account.partition(":")[2].rsplit("/", 1)
    spaced = f"{kind.upper()}:{institution.lower()}/{number[:4]} {number[4:]}"
    assert ask(small_case, "exposure", spaced, "--json") == ask(small_case, "exposure", account, "--json")


def test_an_id_with_a_tilde_is_no_pseudonym(small_case):
    assert "not a proof of innocence" in str(fails(small_case, "explain", "website:example.com/~someone"))


def test_evaluate_judges_and_answers_need_a_reason(small_case, tmp_path):
    truth = small_case / "province" / "truth"
    figures = json.loads(ask(small_case, "evaluate", str(truth), "--json"))
    judged = {"subjects", "rings", "roles", "look_alikes", "traces", "actions"}
    assert set(figures["quality"]) == {*judged, "endings", "stop_list", "warnings"}
    assert {"bank", "all"} <= {e["rail"] for e in figures["quality"]["endings"]}
    assert figures["quality"]["stop_list"]["by_truth"] >= 0.8
    told = ask(small_case, "evaluate", str(truth))
    for said in ("simulated", "stop list begins with the largest", "rail of the ending", "victims warned"):
        assert said in " ".join(told.split())
    assert "--unmask" in str(fails(small_case, "evaluate", "--answers", str(tmp_path / "a")))
    ask(small_case, "evaluate", "--answers", str(tmp_path / "a"), "--unmask", "--reason", "for the judge")
    assert {f.name for f in (tmp_path / "a").iterdir()} == {
        "subjects.csv",
        "rings.csv",
        "endings.csv",
        "actions.csv",
        "stops.csv",
        "warnings.csv",
    }
    assert isinstance(fails(small_case, "evaluate"), UsageError)


def test_a_second_run_computes_nothing(small_case):
    assert json.loads(ask(small_case, "run", "--json"))["unchanged"] is True
    again = json.loads(ask(small_case, "run", "--again", "--json"))
    assert again["unchanged"] is False
    assert {s["name"] for s in again["stages"]} >= {"index", "detect", "rank", "rings", "trace", "alerts"}


def test_rings_keep_their_identity_from_run_to_run(small_case):
    before = json.loads(ask(small_case, "rings", "--json"))["rings"]
    ask(small_case, "run", "--again")
    assert json.loads(ask(small_case, "rings", "--json"))["rings"] == before
    if before:
        members = json.loads(ask(small_case, "rings", before[0]["ring_id"], "--json"))
        assert len(members["members"]) == before[0]["members"]


def test_a_ring_shows_as_many_members_as_are_asked_for(small_case):
    ring = json.loads(ask(small_case, "rings", "--json"))["rings"][0]
    two = json.loads(ask(small_case, "rings", ring["ring_id"], "--limit", "2", "--json"))
    every = json.loads(ask(small_case, "rings", ring["ring_id"], "--json"))
    assert (two["shown"], two["total"]) == (2, ring["members"])
    assert two["members"] == every["members"][:2]
    assert f"(2 of {ring['members']})" in ask(small_case, "rings", ring["ring_id"], "--limit", "2")


def test_doctor_is_content_with_a_sound_workspace(small_case):
    told = json.loads(ask(small_case, "doctor", "--json"))
    assert told["ok"] is True
    assert {"clock", "audit log"} <= {c["name"] for c in told["checks"]}


def test_a_verb_on_no_workspace_says_how_to_get_one(tmp_path):
    error = fails(tmp_path / "nowhere", "alerts")
    assert isinstance(error, WorkspaceError)
    assert "cutline ingest" in str(error)
    assert not (tmp_path / "nowhere").exists()


def test_demo_does_not_touch_what_is_no_demo(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    assert "no demo" in str(fails(tmp_path, "demo"))
    assert (tmp_path / "letter.txt").read_text() == "mine"


def test_simulate_does_not_write_over_a_full_folder(tmp_path):
    (tmp_path / "x").write_text("mine")
    assert "not empty" in str(fails(tmp_path / "w", "simulate", str(tmp_path)))
