"""Looking back: a run as of a moment is the run that was possible then, byte for byte, and stands beside today's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from cutline.errors import UsageError, WorkspaceError
from cutline.model.judgements import Verdict
from cutline.settings import Settings
from cutline.store.judgements import Decision
from cutline.workspace import Access, Workspace
from tests.cli.desks import MULE, reported, transfers
from tests.workspace.staggered import stagger

THEN = datetime(2026, 3, 6, tzinfo=UTC)
VIEWS = ("findings", "reasons", "rings", "members", "alerts", "traces", "subjects")


@pytest.fixture(scope="module")
def turns(small_case: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The small demo's province in two turns; one bank tells nothing before the end."""
    return stagger(small_case / "province", tmp_path_factory.mktemp("turns"), date(2026, 3, 6), late="bank-bkch")


@pytest.fixture(scope="module")
def case(turns: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace that holds both turns, with today's run."""
    with Workspace.open(Settings(tmp_path_factory.mktemp("whole") / "w", None, "tester")) as opened:
        opened.ingest(turns)
        opened.run()
        yield opened


def test_it_is_the_run_of_a_lake_that_holds_only_what_was_delivered_by_then(
    case: Workspace, turns: tuple[Path, Path], tmp_path: Path
) -> None:
    before = {name: case.lake.view(name) for name in VIEWS}
    past = case.as_of(THEN)
    found = past.run().found
    with Workspace.open(Settings(tmp_path / "w", None, "tester")) as alone:
        alone.ingest(turns[:1])
        assert alone.run().found == found
        assert found["findings"] > 0
        for name in VIEWS:
            assert past.lake.view(name).equals(alone.lake.view(name)), name
    for name in VIEWS:
        assert case.lake.view(name).equals(before[name]), f"today's {name} were touched"
    assert not before["findings"].equals(past.lake.view("findings")), "nothing came later, so nothing is shown"
    assert past.run().unchanged
    assert not case.run().as_of


def test_answers_say_as_of_when(case: Workspace) -> None:
    case.as_of(THEN).run()
    past, nobody = case.as_of(THEN), Access()
    then = [past.findings("", "", 9, nobody), past.alerts(False, 9, nobody), past.rings("", 9, nobody)]
    assert {answer["as_of"] for answer in then} == {THEN.isoformat()}
    assert {answer["stale"] for answer in then} == {False}
    assert case.alerts(False, 9, nobody)["as_of"] is None
    assert then[0]["total"] < case.findings("", "", 9, nobody)["total"]


def test_judgements_count_from_when_they_were_in_force(case: Workspace) -> None:
    people = case.lake.view("subjects")["entity"].cast(pl.String)
    pair = tuple(people.filter(people.str.starts_with("person:")).sort().to_list()[:2])
    made = case.book.record("li", Decision(Verdict.SAME, pair, "art. 1", "seen both contracts"))
    case.book.approve("wang", made.judgement_id, "read it too")
    try:
        assert case.resolution.version
        assert not case.as_of(THEN).resolution.version, "in March nobody had judged"
    finally:
        lifted = case.book.record("li", Decision(Verdict.REVERSED, (), "art. 1", "a mistake", reverses=made.judgement_id))
        case.book.approve("wang", lifted.judgement_id, "yes")


def test_before_the_first_delivery_nothing_was_known(case: Workspace) -> None:
    with pytest.raises(UsageError, match="the first delivery was received at 2026-03-05 22:00 UTC; expected a later moment"):
        case.as_of(datetime(2026, 3, 5, tzinfo=UTC))
    with pytest.raises(WorkspaceError, match=r"nothing computed yet as of 2026-03-07.* run --as-of 2026-03-07"):
        case.as_of(datetime(2026, 3, 7, tzinfo=UTC)).alerts(False, 9, Access())


def test_the_commands_look_back(tmp_path: Path) -> None:
    desk = reported(tmp_path)
    desk.deliver("BOC", "11:00:00+08:00", {"t.csv": transfers(("T7", "10:40:00", "BOC/1", "BOC/777", "5.00"))})
    now = desk.ask("run", "--json")
    at = ("--as-of", "2026-03-10T10:45:00+08:00")
    then = desk.ask("run", *at, "--json")
    assert (then["as_of"], now["as_of"], then["watched"]) == ("2026-03-10T02:45:00+00:00", None, None)
    assert then["found"]["entities"] < now["found"]["entities"]
    assert "as of 2026-03-10 02:45 UTC" in desk.ask("explain", MULE, *at)
    assert "as of" not in desk.ask("explain", MULE)
    assert desk.ask("subjects", *at, "--json")["as_of"] == then["as_of"]
    assert "as of 2026-03-10 02:45 UTC" in desk.ask("alerts", *at)
    pages = tmp_path / "then.html", tmp_path / "now.html"
    desk.ask("run", *at, "--report", str(pages[0]))
    desk.ask("run", "--report", str(pages[1]))
    then_page, now_page = (page.read_text("utf-8") for page in pages)
    assert "As of 2026-03-10 02:45 UTC: only what was known" in then_page
    assert "As of" not in now_page
    assert "模拟数据" not in now_page, "no demo made this workspace"
    with pytest.raises(UsageError, match="expected a time such as"):
        desk.ask("alerts", "--as-of", "yesterday")
