"""Patterns in a graph of transfers, against a sort of the same table: what each costs, in sorts.

    python -m benchmarks.speed.patterns [--edges 1000000] [--hours 24] [--seed 5]

Every row is an anchor, as if a typology asked at each transfer, which none does. The peer is Polars sorting the same four
columns by time on one thread, in the same run: a yardstick that grows with the machine. Edges are random, with hubs (activity
falls as a power of the rank) and neighbourhoods in which two payments in five stay. Times are CPU seconds of this one thread.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

os.environ["POLARS_MAX_THREADS"] = "1"  # read when Polars is first imported

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.sheet import publish
from cutline.graph.patterns import Ends, Found, Graph, Search, lay_out
from cutline.graph.patterns_fan import fan_in, fan_out, gather_scatter
from cutline.graph.patterns_path import chain, cycle, cycles, peel
from cutline.graph.patterns_scatter import scatter_gather

T = TypeVar("T")
Look = Callable[[Graph, NDArray[np.int64], Search], Found]

HOUR_US = 3_600_000_000
DAYS = 16


def main() -> None:
    """Make edges, sort them, run every pattern at every row, print seconds and sorts."""
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--edges", type=int, default=1_000_000)
    said.add_argument("--hours", type=float, default=24)
    said.add_argument("--seed", type=int, default=5)
    asked = said.parse_args()
    edges, window = random_edges(asked.edges, asked.seed), int(asked.hours * HOUR_US)
    warm = laid_out(random_edges(2_000, 1))
    for _, look, search in shapes(window):
        look(warm, np.arange(2_000), search)
    shuffled = edges.sample(fraction=1.0, shuffle=True, seed=asked.seed)
    sort, _ = spent(lambda: shuffled.sort("t_us"))
    rows: list[tuple[Any, ...]] = [("polars sort", sort, 1.0, asked.edges / sort / 1e6, "")]
    seconds, graph = spent(lambda: laid_out(edges))
    rows.append(("lay out", seconds, seconds / sort, asked.edges / seconds / 1e6, ""))
    for name, look, search in shapes(window):
        seconds, found = spent(partial(look, graph, np.arange(asked.edges), search))
        rows.append((name, seconds, seconds / sort, asked.edges / seconds / 1e6, f"{found.truncated.mean():.3%}"))
    whole = sum(row[1] for row in rows[1:])
    rows.append(("all", whole, whole / sort, asked.edges / whole / 1e6, ""))
    publish(
        f"patterns-{asked.edges // 1000}k",
        f"Patterns at every one of {asked.edges:,} rows, {asked.hours:g} h windows",
        ("pattern", "CPU seconds", "table sorts", "M rows/s", "ended by the budget"),
        rows,
        load=os.getloadavg()[0],
    )


def shapes(window_us: int) -> list[tuple[str, Look, Search]]:
    """Give the patterns with what each is told."""
    plain, near = Search(window_us), Search(window_us, window_us // 3, 0.8)
    return [
        ("fan-in", fan_in, plain),
        ("fan-out", fan_out, plain),
        ("gather-scatter", gather_scatter, plain),
        ("scatter-gather", scatter_gather, plain),
        ("cycles", cycles, plain),
        ("cycle, keeping 80 %", cycle, near),
        ("chain, keeping 80 %", chain, near),
        ("peel, keeping 80 %", peel, near),
    ]


def random_edges(count: int, seed: int) -> pl.DataFrame:
    """Make transfers of 16 days between `count / 8` accounts, in time order."""
    rng = np.random.default_rng(seed)
    nodes = max(100, count // 8)
    source = rng.permutation(nodes)[_ranks(nodes, count, rng)]
    target = rng.permutation(nodes)[_ranks(nodes, count, rng)]
    near = rng.random(count) < 0.4
    target[near] = (source[near] + rng.integers(1, 30, int(near.sum()))) % nodes
    target = np.where(target == source, (target + 1) % nodes, target)
    t_us = np.sort(rng.integers(0, DAYS * 24 * HOUR_US, count))
    amount = np.round(np.exp(rng.normal(11, 1.5, count))).astype(np.int64)
    return pl.DataFrame({"t_us": t_us, "payer": source.astype(np.int32), "payee": target.astype(np.int32), "amount": amount})


def _ranks(nodes: int, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return np.minimum((nodes * rng.random(count) ** 2.5).astype(np.int64), nodes - 1)


def laid_out(edges: pl.DataFrame) -> Graph:
    """Lay edges out as the kernels want them."""
    t_us, payer, payee, amount = (edges[name].to_numpy() for name in ("t_us", "payer", "payee", "amount"))
    return lay_out(Ends(t_us, payer, payee), amount)


def spent(work: Callable[[], T]) -> tuple[float, T]:
    """Do some work and give its CPU seconds with what it gave."""
    begun = time.process_time()
    done = work()
    return time.process_time() - begun, done


if __name__ == "__main__":
    main()
