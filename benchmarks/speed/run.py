"""`cutline run` with the whole catalogue on a large lake, as a whole process: stages, seconds, most memory of all processes.

python -m benchmarks.speed.run [--people 10000] [--copies 2.3] [--days 30] [--seed 7] [--workspace DIR]

The lake is a simulated province and copies of it under other names (2.3: one whole, and 0.3 of the days of another). The goal
is for 5 M transfers and 20 M contacts: --people 100000 --copies 2.3. --workspace: measure a lake that was made before.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.sheet import publish
from benchmarks.speed.copies import enlarge
from benchmarks.speed.demo import watch
from cutline.settings import Settings
from cutline.simulate import ProvinceConfig, simulate
from cutline.store.lake import Lake
from cutline.workspace import Workspace

GOAL = "goal for 5 M transfers and 20 M contacts on two cores: 600 s, 8192 MB"


def main() -> None:
    """Make the lake, run, print the stages."""
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--people", type=int, default=10_000)
    said.add_argument("--copies", type=float, default=2.3)
    said.add_argument("--days", type=int, default=30)
    said.add_argument("--seed", type=int, default=7)
    said.add_argument("--workspace", type=Path)
    asked = said.parse_args()
    with tempfile.TemporaryDirectory(prefix="cutline-bench-") as aside:
        folder = asked.workspace or _make(Path(aside), asked)
        with Lake.open(folder) as lake:
            events = {name: lake.count_events(name) for name in ("transfers", "contacts", "ties", "facts")}
        told, rows = _measure(folder)
    size = ", ".join(f"{count:,} {name}" for name, count in events.items())
    found = told["found"]
    publish("run", f"run: {size}; {GOAL}", ("stage", "seconds", "peak MB"), rows, events=events, found=found, simulated=True)


def _make(aside: Path, asked: argparse.Namespace) -> Path:
    province, folder = aside / "province", aside / "w"
    simulate(province, ProvinceConfig(people=asked.people, days=asked.days, seed=asked.seed))
    with Workspace.open(Settings(folder, None, "benchmark")) as case:
        case.ingest([province])
        enlarge(case.lake, asked.copies, aside)
    return folder


def _measure(folder: Path) -> tuple[dict[str, Any], list[tuple[str, float, float]]]:
    words = [sys.executable, "-m", "cutline", "--workspace", str(folder), "run", "--again", "--json"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    process = psutil.Popen(words, stdout=subprocess.PIPE, text=True)
    peak = watch(process)
    seconds = time.perf_counter() - begun
    told = json.loads(process.stdout.read() if process.stdout else "{}")
    process.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    rows = [(str(s["name"]), float(s["seconds"]), float(s["peak_mb"])) for s in told["stages"]]
    rows.append(("whole process, all processes", seconds, peak))
    rows.append(("processor seconds (a quiet machine takes half to all of them)", worked, peak))
    return told, rows


if __name__ == "__main__":
    main()
