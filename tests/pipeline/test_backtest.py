"""A backtest over real deliveries: nothing is seen before it was received, and every curve is a sweep of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cutline.cli.app import app
from cutline.errors import CutlineError, SourceError, UsageError
from cutline.pipeline.backtest import Backtest, backtest, movable
from cutline.pipeline.intake import take_in
from cutline.pipeline.reading import IntakeOptions
from cutline.pipeline.stages import silent
from cutline.store.lake import Lake
from cutline.typologies.catalogue import read_typology

HEADER = "transfer_id,time,payer_institution,payer_account,payee_institution,payee_account,amount,currency"
TYPOLOGY = """
id: gathers
title: {en: Gathers from strangers and pays nobody, zh: 归集}
flow: money
subject: account
on: transfers.in
when:
  - distinct(transfers.in.payer, 2d) >= 3
  - count(transfers.out, 5d) == 0
hold: 48h
reason: {en: gathers, zh: 归集}
basis: none
source: ours
traps: [collections]
tests: {}
"""


def deliver(folder: Path, received: str, rows: list[str]) -> Path:
    folder.mkdir(parents=True)
    said = "source: ICBK\ndepartment: finance\nzone: Asia/Shanghai\ncovers_from: 2026-02-01T00:00:00+08:00\n"
    (folder / "delivery.yaml").write_text(f"{said}received_at: {received}\n")
    (folder / "transfers.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    return folder


def paid(number: str, moment: str, payer: int, payee: int) -> str:
    return f"{number},{moment}:00+08:00,ICBK,{6222021000 + payer},ICBK,{6222021000 + payee},100.00,CNY"


@pytest.fixture
def deliveries(tmp_path: Path) -> list[Path]:
    """Account 9 gathers on the second; 8 too, but its third payer is told of on the sixth; 7 seemed to, and had paid out."""
    prompt = [paid(f"a{k}", f"2026-03-02T1{k}:00", k, 9) for k in range(3)]
    known = [paid(f"b{k}", f"2026-03-02T1{k}:00", k, 8) for k in range(2)]
    seeming = [paid(f"c{k}", f"2026-03-02T1{k}:30", k, 7) for k in range(3)]
    return [
        deliver(tmp_path / "first", "2026-03-03T07:00:00+08:00", [*prompt, *known, *seeming]),
        deliver(tmp_path / "late", "2026-03-06T07:00:00+08:00", [paid("b2", "2026-03-02T12:00", 2, 8)]),
        deliver(tmp_path / "later", "2026-03-10T07:00:00+08:00", [paid("c3", "2026-03-02T09:00", 7, 1)]),
    ]


def written(folder: Path, text: str = TYPOLOGY) -> Path:
    path = folder / "gathers.yaml"
    path.write_text(text, "utf-8")
    return path


def look_back(folder: Path, deliveries: list[Path], by: str = "day") -> Backtest:
    typology = read_typology(written(folder))
    with Lake.open(folder / f"w{len(deliveries)}") as lake:
        take_in(lake, deliveries, IntakeOptions())
        return backtest(lake, typology, by, movable(typology, ""), silent)


def test_a_finding_is_seen_when_its_last_needed_row_was_received(tmp_path, deliveries):
    found = look_back(tmp_path, deliveries)
    seen = {(p.begins.day, p.began, p.seen, p.withdrawn) for p in found.periods if p.began or p.seen or p.withdrawn}
    assert seen == {(2, 2, 0, 0), (3, 0, 1, 1), (6, 0, 1, 0)}
    assert {e.subject[-1] for e in found.episodes} == {"8", "9"}
    assert {subject[-1] for subject in found.withdrawn} == {"7"}
    assert [(p.began, p.seen) for p in look_back(tmp_path, deliveries, "week").periods] == [(2, 2)]


def test_what_comes_later_changes_nothing_that_was_seen_before(tmp_path, deliveries):
    alone = look_back(tmp_path, deliveries[:1])
    assert {e.subject[-1] for e in alone.episodes} == {"7", "9"}
    whole = look_back(tmp_path, deliveries)
    early = {e.subject for e in whole.episodes if e.seen_us == alone.episodes[0].seen_us}
    assert early | whole.withdrawn == alone.subjects


def test_the_curve_passes_through_what_was_found(tmp_path, deliveries):
    found = look_back(tmp_path, deliveries)
    (curve,) = found.curves
    assert [(p.shown, {s[-1] for s in p.subjects}) for p in curve.points] == [
        ("2", {"8", "9"}),
        ("3", {"8", "9"}),
        ("4", set()),
        ("5", set()),
        ("6", set()),
    ]


def test_the_command_judges_draws_and_names_nobody(tmp_path, deliveries):
    truth = tmp_path / "truth"
    truth.mkdir()
    (truth / "subjects.csv").write_text("entity,kind,ring,role,active\naccount:CN/ICBK/6222021009,account,r,mule,1\n")
    (truth / "look_alikes.csv").write_text("entity,kind,why\naccount:CN/ICBK/6222021008,account,collection\n")
    (truth / "stolen.csv").write_text("victim\n")
    with Lake.open(tmp_path / "w") as lake:
        take_in(lake, deliveries, IntakeOptions())
    words = ["--workspace", str(tmp_path / "w"), "typologies", "backtest", str(written(tmp_path))]
    page = tmp_path / "page.html"
    result = CliRunner().invoke(app, [*words, "--truth", str(truth), "--json", "--out", str(page)], catch_exceptions=False)
    told = json.loads(result.stdout)
    assert (told["quality"]["precision"], told["quality"]["recall"]) == (0.5, 1.0)
    assert told["quality"]["look_alikes"] == [{"like": "collection", "found": 1}]
    assert [p["precision"] for p in told["curves"][0]["points"][:3]] == [0.5, 0.5, None]
    assert told["delay_h"]["median"] == 55.0
    assert told["simulated"]
    assert told["overlap"] is None
    assert "6222021" not in result.stdout + page.read_text("utf-8")
    assert "<script" not in page.read_text("utf-8")
    shown = CliRunner().invoke(app, [*words, "--move", "1", "--by", "week"], catch_exceptions=False).stdout
    assert "3 ←" in shown


def test_wrong_wishes_are_named(tmp_path, deliveries):
    with Lake.open(tmp_path / "w") as lake:
        take_in(lake, deliveries[:1], IntakeOptions())
    words = ["--workspace", str(tmp_path / "w"), "typologies", "backtest", str(written(tmp_path))]

    def fault(*more: str) -> CutlineError:
        error = CliRunner().invoke(app, [*words, *more]).exception
        assert isinstance(error, CutlineError)
        return error

    assert "expected one of: day, week" in str(fault("--by", "hour"))
    assert "expected a threshold of gathers: 1 (3)" in str(fault("--move", "7"))
    assert isinstance(fault("--truth", str(tmp_path)), SourceError)
    with Lake.open(tmp_path / "empty") as lake, pytest.raises(UsageError, match="the lake is empty"):
        backtest(lake, read_typology(written(tmp_path)), "day", (), silent)
