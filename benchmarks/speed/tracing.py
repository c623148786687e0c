"""Following money: laying the ledgers, tracing 1,000 victims under every policy, and the same work as a query.

    python -m benchmarks.speed.tracing [--transfers 5000000] [--victims 1000] [--seed 7]

Yardsticks: Polars sorting the same columns by time, and a recursive query of DuckDB that follows the same lots under FIFO over
ledgers laid beforehand, and must find the same amounts. Times are CPU seconds, of all threads of whoever has several.
Synthetic transfers: activity follows a power law, amounts a lognormal.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import fields
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.sheet import publish
from cutline.model.index import KIND_NAMES, NULL, Coverage, EventTable, Index
from cutline.pipeline.ledger_files import open_ledgers, save_ledgers
from cutline.tracing import Landmarks, Ledgers, Policy, Stolen, TraceConfig, build_ledgers, mark
from cutline.tracing.rails import Rails
from cutline.tracing.search import Found, search

DAYS_US = 90 * 86_400_000_000
CONFIG = TraceConfig()
QUERIED_UP_TO = 20_000_000
"""Beyond, the query's own copy of the ledgers would not fit beside them."""

QUERY = """
with recursive lots(victim, row, lo, hi, depth) as (
    select s.victim, s.row, 0::bigint, t.amount, 1 from seeds s join transfers t on t.row = s.row
  union all
    select l.victim, o.row, greatest(i.in_from + l.lo, o.out_from) - o.out_from,
           least(i.in_from + l.hi, o.out_from + o.amount) - o.out_from, l.depth + 1
    from lots l join transfers i on i.row = l.row join transfers o on o.payer = i.payee
     and o.out_from < i.in_from + l.hi and o.out_from + o.amount > i.in_from + l.lo
    where l.depth < 1000
) select victim, count(*), sum(hi - lo) from lots group by victim order by victim
"""


def main() -> None:
    """Lay, trace, compare, print."""
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--transfers", type=int, default=5_000_000)
    said.add_argument("--victims", type=int, default=1_000)
    said.add_argument("--seed", type=int, default=7)
    said.add_argument("--answer", nargs=2, metavar=("FOLDER", "ROW"), help="Trace one transfer of laid ledgers, and end.")
    asked = said.parse_args()
    if asked.answer:
        _answer(Path(asked.answer[0]), int(asked.answer[1]))
    else:
        _measure(asked.transfers, asked.victims, asked.seed)


def _measure(transfers: int, chosen: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    mark(build_ledgers(synthetic(1_000, rng)))
    index = synthetic(transfers, rng)
    rows = [("Polars sort of the same columns", sort_s := _sort_s(index), "s")]
    begun = time.process_time()
    ledgers = build_ledgers(index)
    rows.append(("ledgers laid", lay_s := time.process_time() - begun, "s"))
    rows.append(("  in Polars sorts", lay_s / sort_s, "×"))
    marks = mark(ledgers)
    rows.append(("  memory", _bytes(ledgers) / transfers, "bytes a transfer"))
    rows.append(
        ("  memory, landmarks and all", (_bytes(ledgers) + _bytes(marks) + _bytes(marks.rails)) / transfers, "the same")
    )
    rows.append(("  most memory of the process", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, "GB"))
    victims = [Stolen(int(k), int(ledgers.amount[k])) for k in rng.choice(transfers // 2, chosen, replace=False)]
    for policy in Policy:
        rows += _traced(ledgers, marks, victims, policy)
    if transfers <= QUERIED_UP_TO:
        rows += _against_query(ledgers, marks, victims)
    rows += _cold(ledgers, marks, victims[0])
    publish("tracing", f"Tracing among {transfers:,} transfers (synthetic)", ("what", "figure", "unit"), rows)


def synthetic(rows: int, rng: np.random.Generator) -> Index:
    """Make an index of transfers in one asset among a tenth as many accounts, in time order."""
    accounts = max(10, rows // 10)
    payer, payee = ((accounts * rng.random(rows) ** 1.6).astype(np.int32) for _ in range(2))
    unknown, nothing = np.full(rows, NULL), np.full(rows, -1, np.int32)
    columns = {"payer": payer, "payee": (payee + (payer == payee)).astype(np.int32) % np.int32(accounts)}
    columns |= {"amount": np.exp(rng.normal(10.3, 1.7, rows)).astype(np.int64), "asset": np.zeros(rows, np.int32)}
    columns |= {"channel": nothing, "rail": nothing, "deliverer": nothing}
    columns |= {"payer_balance_after": unknown, "payee_balance_after": unknown}
    times = np.sort(rng.integers(0, DAYS_US, rows))
    table = EventTable("transfers", times, columns, {"asset": ("CNY",)}, Coverage(None, None))
    number = pl.int_range(accounts, eager=True).cast(pl.String).str.zfill(10)
    names = ("account:CN/ICBK/" + number).to_arrow().cast(pa.large_string())
    kinds = np.full(accounts, KIND_NAMES.index("account"), np.uint8)
    return Index(names, kinds, {"transfers": table}, lambda *_: [])


def _sort_s(index: Index) -> float:
    table = index.tables["transfers"]
    shuffled = np.random.default_rng(1).permutation(np.arange(len(table), dtype=np.int32))
    columns = {"t": table.t_us, **{c: table.columns[c] for c in ("payer", "payee", "amount", "asset")}}
    frame = pl.DataFrame({name: column[shuffled] for name, column in columns.items()})
    del shuffled
    begun = time.process_time()
    frame.sort("t")
    return time.process_time() - begun


def _bytes(held_by: Ledgers | Landmarks | Rails) -> int:
    held = (getattr(held_by, field.name) for field in fields(held_by))
    return sum(one.nbytes for one in held if isinstance(one, np.ndarray))


def _each(ledgers: Ledgers, marks: Landmarks, victims: list[Stolen], policy: Policy) -> tuple[NDArray[np.float64], list[Found]]:
    seconds, found = [], []
    search(ledgers, marks, victims[:1], policy, CONFIG)
    for victim in victims:
        begun = time.process_time()
        found.append(search(ledgers, marks, [victim], policy, CONFIG))
        seconds.append(time.process_time() - begun)
    return np.array(seconds), found


def _traced(ledgers: Ledgers, marks: Landmarks, victims: list[Stolen], policy: Policy) -> list[tuple[str, float, str]]:
    seconds, found = _each(ledgers, marks, victims, policy)
    moved = float(np.median([len(f.rows) for f in found]))
    cut = sum(f.truncated for f in found) / len(found)
    begun = time.process_time()
    search(ledgers, marks, victims, policy, CONFIG)
    together = time.process_time() - begun
    return [
        (f"{policy.value}: median", float(np.median(seconds)) * 1e3, f"ms; {moved:.0f} transfers, {cut:.0%} cut short"),
        (f"{policy.value}: p95", float(np.percentile(seconds, 95)) * 1e3, "ms"),
        (f"{policy.value}: {len(victims)} victims at once", together * 1e3, "ms"),
    ]


def _against_query(ledgers: Ledgers, marks: Landmarks, victims: list[Stolen]) -> list[tuple[str, float, str]]:
    seconds, found = _each(ledgers, marks, victims, Policy.FIFO)
    uncut = [k for k, f in enumerate(found) if not f.truncated][:50]
    with duckdb.connect() as db:
        columns = ("payer", "payee", "amount", "in_from", "out_from")
        laid = pa.table({"row": np.arange(len(ledgers.payer)), **{c: getattr(ledgers, c) for c in columns}})
        db.register("laid", laid)
        db.execute("create table transfers as select * from laid")
        one, many = _query_s(db, victims, found, uncut[:1]), _query_s(db, victims, found, uncut)
    ours = float(seconds[uncut].sum())
    return [
        ("recursive query, one victim", one, "s"),
        ("  in our traces", one / float(seconds[uncut[0]]), "×"),
        (f"recursive query, {len(uncut)} victims at once", many, "s"),
        ("  in our traces, one by one", many / ours, "×"),
    ]


def _query_s(db: duckdb.DuckDBPyConnection, victims: list[Stolen], found: list[Found], chosen: list[int]) -> float:
    db.register("seeds", pa.table({"victim": chosen, "row": [victims[k].row for k in chosen]}))
    begun = time.process_time()
    answer = db.execute(QUERY).fetchall()
    seconds = time.process_time() - begun
    ours = [int(found[k].amounts.sum()) for k in chosen]
    if [int(amount) for _, _, amount in answer] != ours:
        raise SystemExit("the query and the trace found different amounts; the comparison is void")
    return seconds


def _cold(ledgers: Ledgers, marks: Landmarks, victim: Stolen) -> list[tuple[str, float, str]]:
    """Answer from disk in a process of its own, by the clock, the interpreter's start included."""
    with tempfile.TemporaryDirectory(prefix="cutline-bench-") as aside:
        begun = time.process_time()
        save_ledgers(ledgers, marks, Path(aside))
        rows = [("ledgers written to disk", time.process_time() - begun, "s")]
        asked = [sys.executable, "-m", "benchmarks.speed.tracing", "--answer", aside, str(victim.row)]
        for how in ("nothing in memory", "again"):
            if how == "nothing in memory":
                _forget(Path(aside))
            begun = time.perf_counter()
            used = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
            rows.append(
                (f"first answer of a new process, {how}", time.perf_counter() - begun, f"s; processor {used.strip()} s")
            )
        return rows


def _answer(folder: Path, row: int) -> None:
    ledgers, marks = open_ledgers(folder, lambda *_: [])
    search(ledgers, marks, [Stolen(row, ledgers.amount_of(row))], Policy.TAINTED_FIRST, CONFIG)
    print(f"{time.process_time():.2f}")


def _forget(folder: Path) -> None:
    """Drop a folder's files from the system's cache."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    main()
