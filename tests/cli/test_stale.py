"""What the last run computed is told as such once records came in since."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from cutline.errors import UsageError
from cutline.model.evidence import Member, Ring, to_plain
from cutline.store.lake import Lake
from cutline.workspace import shelf
from tests.cli.desks import MULE, Desk, reported, transfers

LISTINGS = (["findings"], ["alerts"], ["alerts", "--warnings"], ["rings"], ["subjects"], ["explain", MULE], ["trace", "ring-1"])


def shelved(folder: Path) -> Desk:
    """A desk whose last run found nobody worth a word: only what listings read is there."""
    desk = reported(folder)
    ranked = pl.DataFrame({"entity": [MULE], "score": [0.0], "alerted": [0]})
    with Lake.open(folder / "case") as lake:
        empty = pl.DataFrame(schema={"subject": pl.String, "body": pl.String})
        lake.save_views({"run": pl.DataFrame({"body": [json.dumps({"state": shelf.release()})]}), "subjects": ranked})
        lake.save_views(dict.fromkeys(("findings", "alerts", "reasons", "traces"), empty))
        ring = Ring("ring-1", (Member(MULE, "mule", 1.0, 1.0, "it took the money in", "收款"),), 0.9, None, None)
        body = json.dumps(to_plain(ring), ensure_ascii=False)
        lake.save_views({"rings": pl.DataFrame({"ring_id": ["ring-1"], "body": [body]})})
    return desk


def test_whoever_asks_after_an_ingest_is_told_that_the_run_is_older(tmp_path: Path) -> None:
    desk = shelved(tmp_path)
    assert [desk.ask(*words, "--json")["stale"] for words in LISTINGS] == [False] * len(LISTINGS)
    desk.deliver("BOC", "11:00:00+08:00", {"t.csv": transfers(("T7", "10:40:00", "BOC/1", "BOC/777", "5.00"))})
    assert [desk.ask(*words, "--json")["stale"] for words in LISTINGS] == [True] * len(LISTINGS)
    assert not desk.ask("trace", "RPT1", "--json")["stale"], "where money went is told from the records as they are"
    with pytest.raises(UsageError, match="unknown to the last run, and records came in since"):
        desk.ask("explain", "account:CN/BOC/777")


def test_what_another_version_computed_is_told_as_such(tmp_path: Path) -> None:
    desk = shelved(tmp_path)
    with Lake.open(tmp_path / "case") as lake:
        lake.save_views({"run": pl.DataFrame({"body": [json.dumps({"state": "0.0.9|1|"})]})})
    answers = [desk.ask(*words, "--json") for words in LISTINGS]
    assert [(one["stale"], one["stale_by"]) for one in answers] == [(True, ["version"])] * len(LISTINGS)


def test_a_judgement_in_force_since_the_run_makes_answers_older(tmp_path: Path) -> None:
    desk = shelved(tmp_path)
    said = ("--legal-basis", "Criminal Law, art. 266", "--reason", "verdict read")
    made = desk.ask("judgements", "record", "fraud", MULE, *said, "--json")
    assert not desk.ask("rings", "--json")["stale"], "one officer alone decides nothing"
    desk.ask("judgements", "approve", made["judgement_id"], "--reason", "read it too", actor="wang")
    answers = [desk.ask(*words, "--json") for words in LISTINGS]
    assert [(one["stale"], one["stale_by"]) for one in answers] == [(True, ["judgements"])] * len(LISTINGS)
    assert not desk.ask("trace", "RPT1", "--json")["stale"]


def test_an_id_that_no_catalogue_has_is_no_answer_of_none(tmp_path: Path) -> None:
    desk = shelved(tmp_path)
    assert desk.ask("findings", "--typology", "cycle", "--json")["total"] == 0
    with pytest.raises(UsageError, match="no typology 'nope'; known: "):
        desk.ask("findings", "--typology", "nope")


def test_a_name_that_is_empty_or_no_id_is_told_as_it_was_typed(tmp_path: Path) -> None:
    desk = shelved(tmp_path)
    for verb in ("trace", "exposure", "returns"):
        with pytest.raises(UsageError, match="an empty name, expected an id"):
            desk.ask(verb, " ")
    with pytest.raises(UsageError, match=r"^RPT1 has no transfer in this lake; expected an account"):
        desk.ask("exposure", "RPT1")


def test_a_run_that_knew_no_stakes_does_not_say_that_nothing_lies_there(tmp_path: Path) -> None:
    desk = shelved(tmp_path)
    assert desk.ask("explain", MULE, "--json")["left_en"] == "not computed: another version computed this"
    with Lake.open(tmp_path / "case") as lake:
        lake.save_views({"stakes": pl.DataFrame(schema={"subject": pl.String, "body": pl.String})})
    assert desk.ask("explain", MULE, "--json")["left_en"] == "no traced money lies here"
