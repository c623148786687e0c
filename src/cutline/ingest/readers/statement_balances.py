"""What a statement of account (camt.053) says that the account held: booked, before its first entry and after its last.

They become facts of the account, `opening_booked` and `closing_booked`, worth `amount currency` in the smallest unit (below 0:
overdrawn), valid from the moment that they speak of: the start of the day of the first entry, the end of the closing day.
"""

from __future__ import annotations

import polars as pl

from cutline.ingest.times import parse_times
from cutline.model.money import parse_minor_column

DAY = 10
"""Letters of a date."""


def statement_balances(raw: pl.DataFrame, transfers: pl.DataFrame, own: pl.Series, good: pl.Series, zone: str) -> pl.DataFrame:
    """Give the facts, each with the first good row of its statement; a statement in several batches closes in each of them.

    `own`: the account reported on; `good`: rows that are no rejects.
    """
    day = pl.coalesce("booked_on", "booked_at").str.slice(0, DAY)
    told = raw.with_columns(own=own, day=day, begins=pl.col("entry") == pl.col("first_entry"), good=good)
    told = told.with_columns(event_id=transfers["event_id"]).filter(pl.col("own").is_not_null())
    statements = (
        told.group_by("statement", "own", maintain_order=True)
        .agg(
            pl.col("row", "event_id").filter("good").first(),
            pl.col("day").min().alias("from"),
            pl.col("begins").any(),
            pl.max_horizontal(pl.col("closing_on").first().str.slice(0, DAY), pl.col("day").max()).alias("to"),
            pl.col("opening", "opening_side", "closing", "closing_side", "balance_currency").first(),
        )
        .drop_nulls("row")
    )
    opening = _facts(statements.filter("begins"), "opening", "from", zone)
    closing = _facts(statements, "closing", "to", zone)
    return pl.concat([opening, closing.with_columns(pl.col("valid_from", "occurred_at") + pl.duration(days=1))])


def _facts(statements: pl.DataFrame, which: str, day: str, zone: str) -> pl.DataFrame:
    currency = statements["balance_currency"].str.to_uppercase()
    amount, _ = parse_minor_column(statements[which], currency)
    moment = parse_times(statements[day], zone).values
    signed = pl.when(pl.col("side") == "DBIT").then(-pl.col("amount")).otherwise("amount")
    told = statements.select("row", "event_id", entity="own", side=f"{which}_side").with_columns(
        amount=amount, currency=currency, valid_from=moment, occurred_at=moment
    )
    return told.drop_nulls(["amount", "valid_from", "side"]).select(
        "row",
        "entity",
        "valid_from",
        "occurred_at",
        event_id=pl.format("{}/{}", "event_id", pl.lit(which)),
        attribute=pl.lit(f"{which}_booked"),
        value=pl.format("{} {}", signed.cast(pl.String), "currency"),
    )
