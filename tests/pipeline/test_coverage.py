"""Two banks: what is unknown while one of them delivers nothing, and what was known when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cutline.pipeline.indexing import read_index
from cutline.pipeline.intake import take_in
from cutline.pipeline.reading import IntakeOptions
from cutline.store.lake import Lake
from cutline.store.standing import Standing
from cutline.typologies.catalogue import Catalogue, load_catalogue, needed_columns
from cutline.typologies.detection import detect, outcomes

TYPOLOGY = """id: quiet
title: {en: t, zh: t}
flow: money
subject: account
on: transfers.in
when:
  - count(transfers.in, 24h) >= 1
  - count(transfers.out, 24h) == 0
reason: {en: r, zh: r}
basis: b
source: ours
traps: [t]
tests: {}
"""
HEAD = "transfer_id,time,payer_institution,payer_account,payee_institution,payee_account,amount,currency\n"
DAYS = "covers_from: 2026-03-01\ncovers_to: 2026-03-10\n"
RECEIVED = {"ICBK": datetime(2026, 3, 11, tzinfo=UTC), "ABOC": datetime(2026, 3, 20, tzinfo=UTC)}
WORDS = {1: "hit", 2: "clear", 3: "not assessable"}


def deliver(lake: Lake, folder: Path, bank: str, rows: list[str]) -> None:
    (folder / bank).mkdir()
    (folder / bank / "transfers.csv").write_text(HEAD + "".join(f"{bank}-{k},{row},100,CNY\n" for k, row in enumerate(rows)))
    page = f"source: {bank}\ndepartment: finance\nreceived_at: {RECEIVED[bank].isoformat()}\n{DAYS}"
    (folder / bank / "delivery.yaml").write_text(page)
    assert not take_in(lake, [folder / bank], IntakeOptions()).refused


ICBK = [
    "2026-03-05T10:00:00+08:00,ICBK,1,ICBK,2",
    "2026-03-05T12:00:00+08:00,ICBK,1,ABOC,7",
    "2026-03-05T13:00:00+08:00,ICBK,3,ABOC,8",
]
ABOC = ["2026-03-05T12:00:30+08:00,ICBK,1,ABOC,7", "2026-03-05T12:30:00+08:00,ABOC,8,ABOC,9"]


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with Lake.open(tmp_path / "workspace") as opened:
        yield opened


@pytest.fixture
def quiet(tmp_path: Path) -> Catalogue:
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / "quiet.yaml").write_text(TYPOLOGY)
    return load_catalogue(tmp_path / "catalogue")


def judged(lake: Lake | Standing, catalogue: Catalogue) -> dict[str, str]:
    index = read_index(lake, [needed_columns(catalogue)])
    return {s.removeprefix("account:CN/"): WORDS[o] for _, s, _, o in outcomes(index, catalogue)}


def test_an_account_is_assessable_only_where_its_own_bank_delivers(lake: Lake, quiet: Catalogue, tmp_path: Path) -> None:
    deliver(lake, tmp_path, "ICBK", ICBK)
    assert judged(lake, quiet) == {"ICBK/2": "hit", "ABOC/7": "not assessable", "ABOC/8": "not assessable"}
    missing = detect(read_index(lake, [needed_columns(quiet)]), quiet).not_assessable["quiet"].missing
    assert "transfers.out: no delivery of the institution that holds it" in missing
    deliver(lake, tmp_path, "ABOC", ABOC)
    assert judged(lake, quiet) == {"ICBK/2": "hit", "ABOC/7": "hit", "ABOC/8": "clear", "ABOC/9": "hit"}


def test_a_run_at_an_earlier_moment_sees_what_had_been_received_by_then(lake: Lake, quiet: Catalogue, tmp_path: Path) -> None:
    deliver(lake, tmp_path, "ICBK", ICBK)
    before = judged(lake, quiet)
    deliver(lake, tmp_path, "ABOC", ABOC)
    assert judged(lake.standing(RECEIVED["ICBK"]), quiet) == before
    assert judged(lake.standing(RECEIVED["ABOC"]), quiet) == judged(lake, quiet)
    assert judged(lake.standing(datetime(2026, 3, 1, tzinfo=UTC)), quiet) == {}


def test_where_the_visible_sighting_came_later_the_earlier_one_speaks(lake: Lake, quiet: Catalogue, tmp_path: Path) -> None:
    deliver(lake, tmp_path, "ABOC", ABOC)
    deliver(lake, tmp_path, "ICBK", ICBK)
    at_first = judged(lake.standing(RECEIVED["ICBK"]), quiet)
    assert at_first == {"ICBK/2": "hit", "ABOC/7": "not assessable", "ABOC/8": "not assessable"}


def test_a_finding_says_when_it_could_first_be_known(lake: Lake, quiet: Catalogue, tmp_path: Path) -> None:
    deliver(lake, tmp_path, "ABOC", ABOC)
    deliver(lake, tmp_path, "ICBK", ICBK)
    found = detect(read_index(lake, [needed_columns(quiet)]), quiet).findings
    known = {f.subject.removeprefix("account:CN/"): f.known_at for f in found}
    assert known == {"ICBK/2": RECEIVED["ICBK"], "ABOC/7": RECEIVED["ABOC"], "ABOC/9": RECEIVED["ABOC"]}
