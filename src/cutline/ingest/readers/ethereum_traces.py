"""Traces of EVM chains as ethereum-etl writes them: what calls inside a transaction moved of the chain's own coin.

A call with value, a creation, a destroyed contract and a block's reward move coins; a delegated, static or `callcode` call does
not, nor does anything that failed or was called by what failed. The outermost call says what transactions.csv says, under the
same event id: told in both, it counts once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from cutline.ingest.readers.draft import Draft, pick
from cutline.ingest.readers.ethereum_rows import FAILED, SAID, Surroundings, addresses, chained, date_rows
from cutline.ingest.readers.tokens import ZERO, whole_units

COLUMNS = tuple(
    "block_number block_timestamp transaction_hash from_address to_address value trace_type call_type reward_type "
    "trace_address error status".split()
)
SHAPE = frozenset({"from_address", "to_address", "value", "trace_type", "trace_address"})

CALL, CREATE, MINTED = "call", "create", ("reward", "genesis")
MOVING = (CALL, CREATE, "suicide", "selfdestruct", "daofork", *MINTED)
_MOVING_CALLS = ("call", "")


def failures(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Collect the calls that failed, from an export that does not itself mark what they called in turn (FAILED)."""
    found = [pl.DataFrame(schema=FAILED)]
    for frame in frames:
        wrong = frame.filter(pl.col("error").fill_null("").str.strip_chars() != "")
        found.append(wrong.select(_hash(), path=_path()))
    return pl.concat(found).drop_nulls().unique(maintain_order=True)


def make_traces(draft: Draft, around: Surroundings) -> Mapping[str, pl.DataFrame]:
    """Make transfers of the chain's own coin: one for each trace that moved some."""
    rows = draft.rows.with_columns(
        _hash(), path=_path(), kind=pl.col("trace_type").fill_null("").str.strip_chars().str.to_lowercase()
    )
    minted = rows["kind"].is_in(MINTED)
    draft.rows = rows.with_columns(pick(~minted, rows["from_address"], _all(ZERO, rows)).alias("from_address"))
    draft.refuse_where("trace_type", rows["kind"] == "", "what the trace is: call, create, suicide, reward …")
    amount, refused = whole_units(rows["value"].fill_null("0"))
    draft.refuse("value", rows["value"], refused)
    failed = _failed(rows, around.failed)
    moves = ~failed & (amount > 0).fill_null(value=False) & rows.select(_moving()).to_series()
    ids = addresses(draft, around, "from_address", "to_address")
    draft.refuse_where("from_address", moves & ids["from_address"].is_null(), "who paid")
    draft.refuse_where("to_address", moves & ids["to_address"].is_null(), "who was paid")
    draft.refuse_where("transaction_hash", moves & ~minted & rows["transaction_hash"].is_null(), "the transaction's hash")
    named = rows.select("row", _event_id().alias("event_id"), transaction_id="transaction_hash").with_columns(
        date_rows(draft, around),
        payer=ids["from_address"],
        payee=ids["to_address"],
        asset=pl.lit(f"{around.chain}/native"),
        amount=amount,
    )
    # What moved nothing says nothing of the transaction: a row of transactions.csv may say less or more of it.
    still = pl.concat_str(pl.lit("still/"), pl.coalesce("transaction_id", pl.col("row").cast(pl.String)), "event_id")
    draft.rows = named.select("row", *SAID, native=pl.when(moves).then("event_id").otherwise(still), failed=pl.lit(value=False))
    return {"transfers": chained(named.filter(moves))}


def _hash() -> pl.Expr:
    told = pl.col("transaction_hash").str.strip_chars().str.to_lowercase()
    return pl.when(told != "").then(told).alias("transaction_hash")


def _path() -> pl.Expr:
    """The way from the outermost call, `0,2,1`; empty for the outermost itself."""
    return pl.col("trace_address").fill_null("").str.strip_chars("[] ").str.replace_all(r"[\s_]+", "")


def _moving() -> pl.Expr:
    call = pl.col("call_type").fill_null("").str.strip_chars().str.to_lowercase()
    return pl.col("kind").is_in(MOVING) & ((pl.col("kind") != CALL) | call.is_in(_MOVING_CALLS))


def _event_id() -> pl.Expr:
    """The outermost call as in transactions.csv, an inner one by the way to it, a reward by its block and to whom it went."""
    steps = pl.col("path").str.split(",").list.eval(pl.element().str.zfill(4)).list.join(".")
    inner = pl.format("{}/trace/{}", "transaction_hash", steps)
    block = pl.col("block_number").fill_null("").str.strip_chars()
    paid = pl.col("to_address").fill_null("").str.strip_chars().str.to_lowercase()
    coins = pl.concat_str("kind", block, pl.col("reward_type").fill_null(""), paid, separator="/")
    outermost = (pl.col("path") == "") & pl.col("kind").is_in([CALL, CREATE])
    named = pl.when(pl.col("transaction_hash").is_null()).then(coins)
    return named.when(outermost).then("transaction_hash").otherwise(inner)


def _failed(rows: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    """Which traces failed: as their status says, else because they or whoever called them failed."""
    stated = rows["status"].str.strip_chars().is_in(["0", "0x0", "false", "False", "0.0"]).fill_null(value=False)
    doubtful = rows.filter(rows["transaction_hash"].is_in(known["transaction_hash"].implode()).fill_null(value=False))
    found = [pl.Series("row", [], pl.Int64)]
    steps = pl.col("path").str.split(",")
    deepest = 0 if doubtful.is_empty() else int(doubtful.select(steps.list.len().max()).item())
    for depth in range(deepest + 1):
        above = doubtful.filter(steps.list.len() >= depth).with_columns(path=steps.list.head(depth).list.join(","))
        found.append(above.join(known, on=["transaction_hash", "path"], how="semi")["row"])
    wrong = rows["error"].fill_null("").str.strip_chars() != ""
    within = rows["row"].is_in(pl.concat(found).implode()) | wrong
    return pick(rows["status"].fill_null("").str.strip_chars() != "", stated, within)


def _all(text: str, frame: pl.DataFrame) -> pl.Series:
    return pl.repeat(text, frame.height, dtype=pl.String, eager=True)
