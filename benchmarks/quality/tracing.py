"""Real laundering clusters in ordinary traffic: what of them a trace finds, under every policy.

    python -m benchmarks.quality.tracing --scene DIR --out TRACE.csv [--policy drifting]
    python -m benchmarks.quality.tracing [--background 1000000] [--seed 1]

The first reads one scene, never its truth, and writes the transfers that a trace touched. The second makes a scene of every
cluster of the reference data with its own tool, traces it under every policy, and lets the tool score the traces.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.scene import CENTS, Scene, read_scene
from benchmarks.sheet import publish
from cutline.tracing import Landmarks, Policy, TraceConfig, mark
from cutline.tracing.drift import search_drifting
from cutline.tracing.search import Found, search

DRIFTING = "drifting"
WAYS = (DRIFTING, *(policy.value for policy in Policy))
FIGURES = ("coverage", "terminals_by_value", "terminals_by_address", "precision", "nodes")
CONFIG = TraceConfig(floor_ppm=10)
REFERENCE = Path(os.environ.get("CUTLINE_REFERENCE_DATA", Path(__file__).parents[3] / "shared" / "data"))


def main() -> None:
    """Trace one scene, or make, trace and score them all."""
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--scene", type=Path)
    said.add_argument("--out", type=Path)
    said.add_argument("--policy", choices=WAYS, default=DRIFTING, help="whose touched transfers are written")
    said.add_argument("--background", type=int, default=1_000_000)
    said.add_argument("--seed", type=int, default=1)
    asked = said.parse_args()
    if (asked.scene is None) != (asked.out is None):
        said.error("--scene and --out belong together")
    if asked.scene:
        trace_scene(asked.scene, asked.out, asked.policy)
    else:
        judge_clusters(asked.background, asked.seed)


def trace_scene(folder: Path, out: Path, chosen: str) -> None:
    """Trace under every policy, print what each touched, write what the chosen one touched."""
    scene = read_scene(folder)
    marks, rows = mark(scene.ledgers, lists_alone=True), []
    for way in WAYS:
        begun = time.perf_counter()
        found = follow(scene, marks, way)
        seconds = time.perf_counter() - begun
        ends = np.concatenate([scene.ledgers.payer[found.rows], scene.ledgers.payee[found.rows]])
        rows.append((way, len(found.rows), len(np.unique(ends)), seconds, "yes" if found.truncated else "no"))
        if way == chosen:
            write(scene, found, out)
    columns = ("policy", "transfers", "addresses", "seconds", "cut short")
    publish("tracing_scene", f"What a trace touches in {folder.name}; {out} holds {chosen}", columns, rows)


def follow(scene: Scene, marks: Landmarks, way: str) -> Found:
    """Trace all seeds of a scene together."""
    if way == DRIFTING:
        return search_drifting(scene.ledgers, marks, scene.seeds, CONFIG)[0]
    return search(scene.ledgers, marks, scene.seeds, Policy(way), CONFIG)


def write(scene: Scene, found: Found, out: Path) -> None:
    """Write transfer and stolen amount, in the money's main unit."""
    told = zip(scene.ids[found.rows], found.amounts.tolist(), strict=True)
    with out.open("w", encoding="utf-8", newline="") as handle:
        lines = csv.writer(handle)
        lines.writerow(["transfer_id", "tainted_amount"])
        lines.writerows((name, f"{amount // CENTS}.{amount % CENTS:02d}") for name, amount in told if name)


def judge_clusters(background: int, seed: int) -> None:
    """Make a scene of each cluster, score every policy, print each and the means."""
    tool = REFERENCE.parent / "tools" / "launder_scene.py"
    clusters = sorted((REFERENCE / "launder_evm41").glob("cluster-*"))
    if not clusters or not tool.exists():
        sys.exit(f"no clusters below {REFERENCE} or no {tool}; set CUTLINE_REFERENCE_DATA to the folder of the reference data")
    scored: dict[str, list[list[float]]] = {way: [] for way in WAYS}
    rows: list[list[Any]] = []
    with tempfile.TemporaryDirectory(prefix="cutline-bench-") as aside:
        for cluster in clusters:
            home, out = Path(aside) / cluster.name, Path(aside) / "trace.csv"
            _run(tool, "make", cluster, home, "--background", background, "--seed", seed)
            scene = read_scene(home)
            marks = mark(scene.ledgers, lists_alone=True)
            for way in WAYS:
                write(scene, follow(scene, marks, way), out)
                told = json.loads(_run(tool, "score", home, out))
                scored[way].append([told[name] for name in FIGURES])
                rows.append([cluster.name, way, *scored[way][-1]])
    rows += [["mean", way, *np.mean(figures, axis=0).tolist()] for way, figures in scored.items()]
    title = f"Laundering clusters among {background:,} ordinary transfers"
    publish("tracing_quality", title, ("cluster", "policy", *FIGURES), rows)


def _run(tool: Path, *words: object) -> str:
    done = subprocess.run([sys.executable, tool, *map(str, words)], check=True, capture_output=True, text=True)
    return done.stdout


if __name__ == "__main__":
    main()
