"""`make demo`, as a newcomer types it: one JSON object, figures that add up, a page that stands alone."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, Path]:
    if shutil.which("make") is None:
        pytest.skip("make is not installed; apt-get install make")
    workspace = tmp_path_factory.mktemp("demo") / "workspace"
    words = ["make", "-s", "demo", "ARGS=--people 1500 --days 10 --seed 3 --json"]
    environment = {**os.environ, "CUTLINE_WORKSPACE": str(workspace)}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout), workspace


def test_the_object_has_its_four_parts(demo):
    told, _ = demo
    assert set(told) == {"events", "ingest", "stages", "quality"}
    assert all(set(stage) == {"name", "seconds", "peak_mb"} for stage in told["stages"])
    assert {"simulate", "ingest", "index", "detect", "rank", "rings", "trace", "alerts", "evaluate", "report"} <= {
        stage["name"] for stage in told["stages"]
    }
    assert set(told["quality"]) == {
        "subjects",
        "rings",
        "roles",
        "look_alikes",
        "traces",
        "actions",
        "endings",
        "stop_list",
        "warnings",
    }


def test_every_source_row_is_accounted_for(demo):
    counts = demo[0]["ingest"]
    assert counts["read"] == counts["accepted"] + counts["merged"] + counts["duplicates"] + counts["rejected"]
    assert counts["merged"] > 0
    assert counts["rejected"] > 0


def test_events_are_counted_by_table(demo):
    events = demo[0]["events"]
    assert events["contacts"] > 10_000
    assert events["transfers"] > 1_000


def test_nobody_coerced_is_restricted_and_money_is_found(demo):
    quality = demo[0]["quality"]
    assert quality["actions"]["restrictive_on_coerced"] == 0
    assert quality["traces"]["located"] > 0.9
    assert quality["look_alikes"]["clear"] > 0.9


def test_the_page_stands_alone(demo):
    page = (demo[1] / "report.html").read_text("utf-8")
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"(account|address|device|handle|person|phone|subscriber):[^\s<&]", page), "an id in the clear"
