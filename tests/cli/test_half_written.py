"""What was killed while it was written is never read as if it were whole, and stands in nobody's way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cutline.errors import WorkspaceError
from tests.cli.desks import HEAD, Desk


def simulate(folder: Path) -> Desk:
    desk = Desk(folder)
    desk.ask("simulate", str(folder / "province"), "--people", "100", "--days", "3", "--json")
    return desk


@pytest.mark.slow
def test_a_simulation_that_was_killed_is_written_anew(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])  # a process that was ours, and is no more
    dead.wait()
    left, running = (tmp_path / f"province.half-written-{number}" for number in (dead.pid, os.getppid()))
    for folder in (left, running):
        (folder / "bank-icbk").mkdir(parents=True)
        (folder / "bank-icbk" / "bank_transfers.csv").write_text("torn")
    desk = simulate(tmp_path)
    assert not left.exists(), "nobody writes there any more"
    assert running.exists(), "somebody else may still be writing"
    assert (tmp_path / "province" / "truth").is_dir()
    with pytest.raises(WorkspaceError, match="not empty"):
        desk.ask("simulate", str(tmp_path / "province"), "--people", "100", "--days", "3")


def test_a_refused_amount_and_a_refused_price_say_field_and_what_was_expected(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    home = tmp_path / "ICBK"
    home.mkdir()
    (home / "delivery.yaml").write_text("source: ICBK\ndepartment: finance\nreceived_at: 2026-03-10T10:00:00+08:00\n")
    (home / "t.csv").write_text(f"{HEAD}\nT1,2026-03-10T09:00:00+08:00,ICBK,1,CCB,2,{'9' * 40},CNY,,\n")
    (home / "listings.csv").write_text(
        "listing_id,platform,time,seller,kind,title,price,currency\n"
        "L1,hubin,2026-03-10T09:00:00+08:00,u1,ticket,a ticket,¥12;5,CNY\n"
    )
    read = desk.ask("ingest", str(home), "--json")
    assert (read["rejected"], read["refused"]) == (2, [])
    told = {r["field"]: r for r in desk.ask("rejects", "--json")["rejects"]}
    assert told["amount"]["expected"] == "amount_out_of_range"
    assert told["amount"]["expected_in_words"] == "an amount of at most 38 digits in the smallest unit of its asset"
    assert "a plain decimal such as 1234.50" in told["price"]["expected_in_words"]
    assert "amount_out_of_range" not in desk.ask("rejects")
    assert json.dumps(told).count("¥12;5") == 0, "what stood there is shown in the clear alone"
