"""The demo as a whole process: stages, seconds, and the most memory that all its processes held together.

python -m benchmarks.speed.demo [--people 10000] [--days 30] [--seed 7]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.sheet import publish

SAMPLE_S = 0.25  # looking at every process of the machine more often would slow what is measured


def main() -> None:
    """Run the demo, watch its memory from outside, print its stages."""
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--people", type=int, default=10_000)
    said.add_argument("--days", type=int, default=30)
    said.add_argument("--seed", type=int, default=7)
    asked = said.parse_args()
    with tempfile.TemporaryDirectory(prefix="cutline-bench-") as aside:
        size = ["--people", str(asked.people), "--days", str(asked.days), "--seed", str(asked.seed)]
        words = [sys.executable, "-m", "cutline", "--workspace", str(Path(aside) / "w"), "demo", "--json", *size]
        begun = time.perf_counter()
        process = psutil.Popen(words, stdout=subprocess.PIPE, text=True)
        peak = watch(process)
        seconds = time.perf_counter() - begun
        told = json.loads(process.stdout.read() if process.stdout else "{}")
    rows = [(s["name"], float(s["seconds"]), float(s["peak_mb"])) for s in told["stages"]]
    rows.append(("whole process, all processes", seconds, peak))
    publish(
        "demo",
        f"demo, {asked.people:,} people × {asked.days} days",
        ("stage", "seconds", "peak MB"),
        rows,
        ingest=told["ingest"],
    )


def watch(process: psutil.Popen) -> float:
    """Give the largest sum of resident memory over the process and its children, in MiB."""
    peak = 0
    while process.poll() is None:
        try:
            family = [process, *process.children(recursive=True)]
            peak = max(peak, sum(p.memory_info().rss for p in family))
        except psutil.Error:
            continue
        time.sleep(SAMPLE_S)
    return peak / 1_048_576


if __name__ == "__main__":
    main()
