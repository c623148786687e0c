"""Reading a delivery into the lake, against the plainest thing that could be done with its tables: Polars, CSV to Parquet.

    python -m benchmarks.speed.intake [--people 20000] [--days 30] [--seed 7]

The peer recognises nothing, cleans nothing, merges nothing and keeps no original: the ratio says what all that costs.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import polars as pl

from benchmarks.sheet import publish
from cutline.pipeline.intake import take_in
from cutline.pipeline.reading import IntakeOptions
from cutline.simulate import ProvinceConfig, simulate
from cutline.store.lake import Lake


def main() -> None:
    """Make a province, read its tables with both, print seconds and the ratio."""
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--people", type=int, default=20_000)
    said.add_argument("--days", type=int, default=30)
    said.add_argument("--seed", type=int, default=7)
    asked = said.parse_args()
    with tempfile.TemporaryDirectory(prefix="cutline-bench-") as aside:
        home = Path(aside)
        province = home / "province"
        simulate(province, ProvinceConfig(people=asked.people, days=asked.days, seed=asked.seed))
        tables = sorted(p for p in province.rglob("*.csv*") if "truth" not in p.parts)
        warm = home / "warm"
        with Lake.open(warm) as lake:  # kernels are compiled once per machine, not once per delivery
            take_in(lake, tables[:12], IntakeOptions())
        ours, rows = _ours(home / "lake", tables)
        plain = _plain(home / "plain", tables)
    print_rows = [
        ("cutline ingest", rows, ours, rows / ours / 1e3, 1.0),
        ("polars read_csv → write_parquet", rows, plain, rows / plain / 1e3, ours / plain),
    ]
    publish(
        "intake",
        "Reading a delivery (simulated)",
        ("what", "rows", "seconds", "k rows/s", "cutline takes × as long"),
        print_rows,
    )


def _ours(folder: Path, tables: list[Path]) -> tuple[float, int]:
    begun = time.perf_counter()
    with Lake.open(folder) as lake:
        report = take_in(lake, tables, IntakeOptions())
    return time.perf_counter() - begun, report.counts["read"]


def _plain(folder: Path, tables: list[Path]) -> float:
    folder.mkdir()
    begun = time.perf_counter()
    for k, path in enumerate(tables):
        frame = pl.read_csv(path, infer_schema=False, encoding="utf8-lossy", truncate_ragged_lines=True)
        frame.write_parquet(folder / f"{k}.parquet", compression="zstd", compression_level=1)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
