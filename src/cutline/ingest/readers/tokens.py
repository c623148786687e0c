"""What is said of tokens, whatever the chain: transfers, burns of frozen funds, who is frozen when, and their decimals."""

from __future__ import annotations

import polars as pl

from cutline.ingest.chunk import SourceFile
from cutline.ingest.delivery import received_at
from cutline.model.assets import MOST_DECIMALS, TOKEN_DECIMALS
from cutline.model.money import AMOUNT_OUT_OF_RANGE

ZERO = "0x" + 40 * "0"
MINOR = pl.Decimal(38, 0)
LARGEST_DIGITS = 38

POOL = "pool"
"""The tag of a contract that exchanges one token for another."""

FROZEN, RELEASED, DESTROYED = "AddedBlackList", "RemovedBlackList", "DestroyedBlackFunds"


def whole_units(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Give integers of smallest units, and what was expected where a text is no such integer or more than 38 digits long."""
    digits = text.str.strip_chars().str.strip_chars_start("0")
    digits = digits.to_frame("d").select(pl.when(pl.col("d") == "").then(pl.lit("0")).otherwise("d")).to_series()
    plain = text.str.contains(r"^\s*[0-9]+\s*$").fill_null(value=False)
    long = plain & (digits.str.len_bytes() > LARGEST_DIGITS)
    frame = pl.DataFrame({"digits": digits, "plain": plain, "long": long})
    told = frame.select(
        amount=pl.when(pl.col("plain") & ~pl.col("long")).then("digits").cast(MINOR),
        expected=pl.when("long")
        .then(pl.lit(AMOUNT_OUT_OF_RANGE))
        .when(~pl.col("plain"))
        .then(pl.lit("an integer in the smallest unit")),
    )
    return told["amount"], told["expected"]


VERSION = 12
"""Letters of a file's hash that name the version of what it says of tokens."""


def places_of(text: pl.Series) -> pl.Series:
    """Read how many decimals tokens have; null where a text says nothing, or what cannot be."""
    places = text.str.strip_chars().cast(pl.Int64, strict=False)
    return places.set(~places.is_between(0, MOST_DECIMALS).fill_null(value=False), None)


def decimals(tokens: pl.DataFrame, file: SourceFile) -> pl.DataFrame:
    """Give facts of contracts (row, contract, asset, places), `token_decimals`; none where the places are not told."""
    return tokens.drop_nulls(["asset", "places"]).select(
        "row",
        entity="contract",
        attribute=pl.lit(TOKEN_DECIMALS),
        occurred_at=pl.lit(received_at(file)),
        event_id=pl.format("{}/decimals", "asset"),
        value=pl.format("{} {} {}", "asset", "places", pl.lit(file.sha256[:VERSION])),
    )


def freezes(events: pl.DataFrame) -> pl.DataFrame:
    """Give tags `frozen` from blacklist events (row, event_id, what, entity, asset, occurred_at).

    A freeze ends at the same holder's next release among these events; a release whose freeze is not among them says that the
    holder was frozen until then.
    """
    order = ["asset", "entity", "occurred_at", "event_id"]
    held = events.filter(pl.col("what").is_in([FROZEN, RELEASED])).sort(order)
    following = held.with_columns(
        next_what=pl.col("what").shift(-1).over("asset", "entity"),
        next_at=pl.col("occurred_at").shift(-1).over("asset", "entity"),
        before=pl.col("what").shift(1).over("asset", "entity"),
    )
    froze = pl.col("what") == FROZEN
    return (
        following.filter(froze | (pl.col("before") != FROZEN).fill_null(value=True))
        .select(
            "row",
            "event_id",
            "entity",
            "occurred_at",
            tag=pl.lit("frozen"),
            list=pl.format("blacklist of {}", "asset"),
            valid_from=pl.when(froze).then("occurred_at"),
            valid_to=pl.when(~froze).then("occurred_at").when(pl.col("next_what") == RELEASED).then("next_at"),
        )
        .sort("row")
    )
