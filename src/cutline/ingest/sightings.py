"""One event, many sightings: which rows of several deliverers report the same payment, call or text message.

A row merges with at most one event, an event holds at most one sighting of each deliverer, and nothing depends on the order of
the rows. Pairs are taken nearest in time first, ties by (deliverer, event id), and two events join only if all their sightings
agree with one another (times need not, once an id has joined them). The event is told by its primary sighting: the most
precise, then the earliest, then that of the smallest deliverer.

Memory: about 100 bytes a row beside the frame (two hashes of the key, order, and the columns of the kernels in `matching`).
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cutline.ingest.matching import Rows, Tolerance, choose_primary, find_runs, mark_bound, match_runs

Positions = NDArray[np.int64]

TRANSFER_TOLERANCE = Tolerance(start_us=120_000_000, duration_s=0)
CALL_TOLERANCE = Tolerance(start_us=3_000_000, duration_s=3)
_ANY_TIME = Tolerance(start_us=1 << 61, duration_s=0)

NO_ID = "NOTPROVIDED"
VERDICTS = pl.Enum(["new", "duplicate", "conflicting"])
_UETR = "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"
_UNNUMBERED = "/[0-9]+-[0-9a-f]{8}$"
"""How the id of a token row ends whose teller numbers no legs: its place, and a hash of what it says."""
_PAYMENT = ("payer", "payee", "amount", "asset")
_CALL = ("source", "target", "medium")
_SEEDS = (0x5EED, 0xC0FFEE)


def merge_transfers(frame: pl.DataFrame) -> Positions:
    """Say which transfer rows are one payment: for each row the position of its event's primary, itself where it stands alone.

    Needs deliverer, event_id, occurred_at, precision, payer, payee, amount, asset, rail, transaction_id. A UETR or EndToEndId
    joins rows of equal amount, asset, payer and payee at any time; else ± 120 s, and a time known to the day agrees with any
    time of that day. Two ids of one kind (both UETR, or both not) that differ tell payments apart. Chain transfers never join
    by time: only equal event ids (hash and leg) of one transaction join, and where one teller does not number the legs, what
    the transaction moved.
    """
    rows = _rows(frame, frame["transaction_id"])
    day = (frame["precision"] == "day").fill_null(value=False).cast(pl.UInt8).to_numpy()
    ring = np.arange(frame.height, dtype=np.int64)
    chain = (frame["rail"] == "chain").fill_null(value=False).to_numpy()
    with_id = np.asarray(rows.id_kind > 0)
    _join(frame, (*_PAYMENT, "transaction_id"), with_id & ~chain, ring, rows, _ANY_TIME)
    _join(frame, (*_PAYMENT, "transaction_id", "event_id"), with_id & chain, ring, rows, _ANY_TIME)
    _join_unnumbered(frame, with_id & chain, ring, rows)
    mark_bound(ring, rows.bound)
    rows = rows._replace(day=np.array(day))
    _join(frame, _PAYMENT, ~chain, ring, rows, TRANSFER_TOLERANCE)
    return np.asarray(choose_primary(ring, rows))


def _join_unnumbered(frame: pl.DataFrame, where: NDArray[np.bool_], ring: Positions, rows: Rows) -> None:
    """Join legs of one transaction where a teller gives them no index; two indexes that differ tell legs apart."""
    numbered = ~frame["event_id"].str.contains(_UNNUMBERED).fill_null(value=False).to_numpy() | ~where
    if numbered.all():
        return
    legs = rows._replace(id_kind=numbered.astype(np.uint8), id_code=np.array(frame["event_id"].hash(_SEEDS[0]).to_numpy()))
    _join(frame, (*_PAYMENT, "transaction_id"), where, ring, legs, _ANY_TIME)


def merge_contacts(frame: pl.DataFrame) -> Positions:
    """Say which calls and text messages are one: equal A, B and medium, start ± 3 s, duration ± 3 s (where both know it).

    Needs deliverer, event_id, occurred_at, source, target, medium, duration_s. Other media have one witness, their platform.
    """
    rows = _rows(frame, None)
    ring = np.arange(frame.height, dtype=np.int64)
    duration = frame["duration_s"].cast(pl.Int64).fill_null(-1).to_numpy()
    rows = rows._replace(duration_s=np.array(duration))
    witnessed_twice = frame["medium"].is_in(["call", "sms"]).fill_null(value=False).to_numpy()
    _join(frame, _CALL, witnessed_twice, ring, rows, CALL_TOLERANCE)
    return np.asarray(choose_primary(ring, rows))


def fill(frame: pl.DataFrame, primary: Positions) -> pl.DataFrame:
    """Tell each event once: its primary row, with what that row leaves empty taken from the event's other sightings.

    The others are asked in the order most precise, earliest, smallest deliverer. Rows keep the primaries' order.
    """
    alone = primary == np.arange(frame.height)
    events = np.flatnonzero(alone)
    told = frame[events]
    others = np.flatnonzero(~alone)
    if others.size == 0:
        return told
    place = np.zeros(frame.height, np.int64)
    place[events] = np.arange(events.size)
    slots = place[primary[others]]
    day = frame["precision"] if "precision" in frame.columns else pl.repeat(None, frame.height, dtype=pl.String, eager=True)
    queue = (
        pl.DataFrame({"slot": slots, "other": others, "who": _deliverers(frame)[others]})
        .with_columns(frame["occurred_at"][others], (day[others] == "day").fill_null(value=False).alias("day"))
        .sort("slot", "day", "occurred_at", "who")
        .select("slot", "other")
    )
    turns = np.arange(queue.height)
    begins = np.append(True, np.diff(queue["slot"].to_numpy()) != 0)
    queue = queue.with_columns(turn=turns - np.maximum.accumulate(np.where(begins, turns, 0)))
    return _ask(frame, told, queue)


def _ask(frame: pl.DataFrame, told: pl.DataFrame, queue: pl.DataFrame) -> pl.DataFrame:
    for turn in range(int(queue["turn"].to_numpy().max()) + 1):
        asked = queue.filter(pl.col("turn") == turn)
        incomplete = [c for c in told.columns if told[c].null_count()]
        if not incomplete:
            break
        answers = frame.select(incomplete)[asked["other"]].with_columns(slot=asked["slot"])
        told = (
            told.with_row_index("slot")
            .with_columns(pl.col("slot").cast(pl.Int64))
            .join(answers, on="slot", how="left", suffix=":other", maintain_order="left")
            .with_columns(pl.coalesce(c, f"{c}:other") for c in incomplete)
            .select(told.columns)
        )
    return told


def duplicates(keys_new: pl.DataFrame, keys_known: pl.DataFrame | None) -> pl.Series:
    """Judge each new row (KEY_SCHEMA, in file order): new, duplicate (same key and content), or conflicting (same key only).

    A key counts as known from the lake (`keys_known`, one content a key) or else from its first row in the file. Only rows
    whose key stands more than once are looked at closely: one hash table over the keys decides for all others.
    """
    again = keys_new["key"].is_duplicated()
    if keys_known is not None and keys_known.height:
        again |= keys_new["key"].is_in(keys_known["key"].implode())
    places = again.arg_true()
    verdict = pl.repeat("new", keys_new.height, dtype=VERDICTS, eager=True).alias("verdict")
    return verdict.scatter(places, _verdicts(keys_new[places], keys_known)) if len(places) else verdict


def _verdicts(repeated: pl.DataFrame, keys_known: pl.DataFrame | None) -> pl.Series:
    seen = repeated.with_columns(first=pl.col("content").first().over("key"), place=pl.int_range(pl.len()).over("key"))
    if keys_known is None or keys_known.is_empty():
        held = seen.with_columns(held=pl.lit(None, pl.UInt64))
    else:
        known = keys_known.select("key", held="content").unique("key", keep="first", maintain_order=True)
        held = seen.join(known, on="key", how="left", maintain_order="left")
    same = pl.coalesce("held", "first") == pl.col("content")
    fresh = pl.col("held").is_null() & (pl.col("place") == 0)
    verdict = pl.when(fresh).then(pl.lit("new")).when(same).then(pl.lit("duplicate")).otherwise(pl.lit("conflicting"))
    return held.select(verdict.cast(VERDICTS).alias("verdict")).to_series()


def _rows(frame: pl.DataFrame, ids: pl.Series | None) -> Rows:
    size = frame.height
    kind, code = np.zeros(size, np.uint8), np.zeros(size, np.uint64)
    if ids is not None:
        usable = ids.is_not_null() & (ids != "") & (ids.str.to_uppercase() != NO_ID)
        usable = usable.fill_null(value=False)
        kind = (usable.cast(pl.UInt8) * (1 + ids.str.contains(_UETR).fill_null(value=False).cast(pl.UInt8))).to_numpy()
        code = ids.hash(_SEEDS[0]).to_numpy()
    # Copies of one layout: a kernel compiles once, not once for arrays that own their memory and once for borrowed ones.
    return Rows(
        start_us=np.array(frame["occurred_at"].dt.epoch("us").to_numpy()),
        deliverer=np.array(_deliverers(frame)),
        day=np.zeros(size, np.uint8),
        duration_s=np.full(size, -1, np.int64),
        id_kind=np.array(kind),
        id_code=np.array(code),
        bound=np.zeros(size, np.uint8),
    )


def _deliverers(frame: pl.DataFrame) -> NDArray[np.int32]:
    """Give each row its deliverer as the rank of its name."""
    names = frame["deliverer"].unique().sort()
    return frame["deliverer"].cast(pl.Enum(names)).to_physical().cast(pl.Int32).to_numpy()


def _join(
    frame: pl.DataFrame, key: tuple[str, ...], where: NDArray[np.bool_], ring: Positions, rows: Rows, tolerance: Tolerance
) -> None:
    chosen = np.flatnonzero(where)
    if chosen.size == 0 or rows.deliverer.min() == rows.deliverer.max():
        return
    first, second = (np.array(frame.select(key).hash_rows(seed=s).to_numpy()) for s in _SEEDS)
    sort = pl.DataFrame({"key": first[chosen], "start": rows.start_us[chosen]})
    order = chosen[sort.select(pl.arg_sort_by("key", "start")).to_series().to_numpy()]
    runs = find_runs(order, first, second, rows, tolerance)
    match_runs(runs, order, _ranks(frame, order, runs, rows), ring, rows, tolerance)


def _ranks(frame: pl.DataFrame, order: Positions, runs: Positions, rows: Rows) -> Positions:
    """Rank by (deliverer, event id) the rows of runs of three and more, the only ones where a tie can matter."""
    rank = np.zeros(frame.height, np.int64)
    crowded = runs[runs[:, 1] - runs[:, 0] > 2]
    if crowded.size == 0:
        return rank
    edges = np.zeros(order.size + 1, np.int64)
    np.add.at(edges, crowded[:, 0], 1)
    np.add.at(edges, crowded[:, 1], -1)
    members = order[np.cumsum(edges[:-1]) > 0]
    ties = pl.DataFrame({"who": rows.deliverer[members], "id": frame["event_id"][members], "start": rows.start_us[members]})
    rank[members[ties.select(pl.arg_sort_by("who", "id", "start")).to_series().to_numpy()]] = np.arange(members.size)
    return rank
