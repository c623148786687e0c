"""What rows of one event agree in, whoever tells it: who, whom and how much. A hash of it says which rows can meet at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cutline.ingest.sightings import merge_contacts, merge_transfers
from cutline.model.schemas import polars_schema
from cutline.model.tables import TABLES

Keys = NDArray[np.uint64]


WITNESSED_TWICE = ("call", "sms")
"""Other media have one witness, their platform."""

SERVED = "mt"
"""What a switch writes for the called party; beside what it writes for the caller it is a witness of its own."""

Side = tuple[str, str]
"""A table, and the side of it that speaks as a witness of its own: `SERVED`, or "" for all else."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How the rows of one table merge: what must be equal, what decides, and how far apart rows of one event can stand.

    `reach` is wider than any tolerance, a date-only booking included, so that whole events stand in the frame that is judged.
    """

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    reach: timedelta
    merge: Callable[[pl.DataFrame], NDArray[np.int64]]


RULES = (
    Rule(
        "transfers",
        ("payer", "payee", "amount", "asset"),
        ("deliverer", "event_id", "occurred_at", "precision", "payer", "payee", "amount", "asset", "rail", "transaction_id"),
        timedelta(days=2),
        merge_transfers,
    ),
    Rule(
        "contacts",
        ("source", "target", "medium"),
        ("deliverer", "event_id", "occurred_at", "source", "target", "medium", "duration_s", "direction"),
        timedelta(minutes=1),
        merge_contacts,
    ),
)


def with_key(frame: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """Add `agreed`, the hash of what rows of one event have in common; equal in every process of one installation."""
    schema = polars_schema(TABLES[rule.table])
    columns = [pl.col(n).cast(schema[n]) if n in frame.columns else pl.lit(None, schema[n]).alias(n) for n in rule.key]
    return frame.with_columns(agreed=pl.struct(columns).hash())


def side_of(frame: pl.DataFrame) -> pl.Series:
    """Say by row which side of its deliverer speaks: `SERVED`, or "" for the caller's and wherever no side is told."""
    if "direction" not in frame.columns:
        return pl.repeat("", frame.height, dtype=pl.String, eager=True)
    return frame.select(pl.when(pl.col("direction") == SERVED).then(pl.lit(SERVED)).otherwise(pl.lit(""))).to_series()


def agreed_keys(tables: Mapping[str, pl.DataFrame]) -> dict[Side, Keys]:
    """Give the distinct keys of each side that can merge: 8 bytes a key, which a reader hands over with its batch."""
    keys = {}
    for rule in RULES:
        frame = tables.get(rule.table)
        if frame is not None and frame.height:
            meeting = frame.filter(pl.col("medium").is_in(WITNESSED_TWICE)) if rule.table == "contacts" else frame
            named = with_key(meeting, rule).select("agreed", side=side_of(meeting))
            for (side,), part in named.partition_by("side", as_dict=True).items():
                keys[rule.table, str(side)] = part["agreed"].unique().to_numpy()
    return keys
