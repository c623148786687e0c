"""Rows of the exports of EVM chains: what moved from whom to whom, column by column.

The same transfer told by token_transfers and by logs has one event id (hash and log index) and says the same: it counts once. A
token that `tokens.csv` calls ERC-721 moves as one piece in token_transfers; in logs the event's topics tell. A failed
transaction moves nothing; native transactions of no value give no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from cutline.ingest.readers.draft import Draft, clean_addresses, context_of, pick
from cutline.ingest.readers.ethereum_logs import SWAPS, decode, word_amounts
from cutline.ingest.readers.tokens import FROZEN, POOL, RELEASED, freezes, whole_units
from cutline.ingest.times import FIRST_YEAR, LAST_YEAR, parse_times
from cutline.model.identifiers.columns import clean_column
from cutline.model.money import AMOUNT_OUT_OF_RANGE

COLUMNS = tuple(
    "token_address address from_address to_address value transaction_hash hash log_index block_number block_timestamp "
    "receipt_status receipt_contract_address topics data number timestamp symbol".split()
)
TIME_EXPECTED = "block_timestamp, or its block in blocks.csv beside the file"

SAID = ("payer", "payee", "asset", "amount", "occurred_at")
"""What makes a transfer of an export the same again."""

BLOCKS = {"number": pl.Int64(), "at": pl.Datetime("us", "UTC")}
"""When blocks were made."""

FAILED = {"transaction_hash": pl.String(), "path": pl.String()}
"""Calls that failed: a transaction, and the way to the call from the outermost one."""

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the folder says of a file's rows: the chain, when each block was made, and which tokens are single pieces.

    `failed`: the calls that failed, of traces whose export does not mark what these called. What is not told is empty.
    """

    chain: str
    blocks: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=BLOCKS))
    pieces: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.String))
    failed: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FAILED))


def integers(values: pl.Series) -> pl.Series:
    """Read whole numbers; null where a text is none."""
    return values.str.strip_chars().cast(pl.Int64, strict=False)


def moments(values: pl.Series) -> pl.Series:
    """Read seconds since 1970, or times as BigQuery and others write them; null where a text is neither."""
    seconds = integers(values)
    told = parse_times(values.str.replace(r"\s*UTC$", "Z"), "UTC").values
    counted = (seconds.clip(-(1 << 40), 1 << 40) * 1_000_000).cast(pl.Datetime("us", "UTC"))
    times = pick(seconds.is_not_null(), counted, told)
    return pick(times.dt.year().is_between(FIRST_YEAR, LAST_YEAR), times)


def make_token_transfers(draft: Draft, around: Surroundings) -> Tables:
    """Make transfers of token_transfers: one a row."""
    rows = draft.rows
    draft.need("token_address", "from_address", "to_address", "value", "transaction_hash", "log_index")
    ids = addresses(draft, around, "token_address", "from_address", "to_address")
    piece = rows["token_address"].str.to_lowercase().is_in(around.pieces.implode()).fill_null(value=False)
    amount, refused = whole_units(pick(piece, pl.repeat("1", rows.height, eager=True), rows["value"]))
    draft.refuse("value", rows["value"], refused)
    asset = _asset(ids["token_address"], around.chain)
    transfers = rows.select("row", _event_id(), _transaction(), _leg()).with_columns(
        date_rows(draft, around),
        payer=ids["from_address"],
        payee=ids["to_address"],
        asset=pick(piece, asset + "/" + rows["value"], asset),
        amount=amount,
    )
    draft.refuse_where("log_index", transfers["leg"].is_null(), "the log's index in its block")
    draft.rows = transfers.select("row", *SAID, native="event_id")
    return {"transfers": chained(transfers)}


def make_transactions(draft: Draft, around: Surroundings) -> Tables:
    """Make transfers of the chain's own coin: one for each transaction that succeeded and carries value."""
    rows = draft.rows
    draft.need("hash", "from_address", "value")
    rows = rows.with_columns(to_address=pl.coalesce("to_address", "receipt_contract_address"))
    draft.rows = rows
    ids = addresses(draft, around, "from_address", "to_address")
    amount, refused = whole_units(rows["value"])
    draft.refuse("value", rows["value"], refused)
    failed = (rows["receipt_status"].str.strip_chars().is_in(["0", "0x0", "false", "0.0"])).fill_null(value=False)
    moves = ~failed & (amount > 0).fill_null(value=False)
    draft.refuse_where("to_address", moves & rows["to_address"].is_null(), "a recipient, or the contract that was created")
    transfers = rows.select("row", event_id=_lower("hash"), transaction_id=_lower("hash")).with_columns(
        date_rows(draft, around),
        payer=ids["from_address"],
        payee=ids["to_address"],
        asset=pl.lit(f"{around.chain}/native"),
        amount=amount,
    )
    draft.rows = transfers.select("row", *SAID, native="event_id").with_columns(failed=failed)
    return {"transfers": chained(transfers.filter(moves))}


def make_logs(draft: Draft, around: Surroundings) -> Tables:
    """Make transfers, freezes and pools of the events that move, freeze or swap; other logs give no row."""
    rows = draft.rows
    draft.need("address", "transaction_hash", "log_index", "topics")
    events = decode(rows.select("row", "topics", "data", contract="address"))
    wrong = rows["row"].is_in(events.filter("wrong")["row"].implode())
    draft.refuse_where("data", wrong, "the arguments of the event that its first topic names")
    when = date_rows(draft, around)
    named = rows.select("row", _event_id(), _transaction(), _leg()).with_columns(when)
    draft.refuse_where("log_index", named["leg"].is_null(), "the log's index in its block")
    told = _name(draft, events.filter(~pl.col("wrong")).join(named, on="row", how="left", maintain_order="left"), around)
    told = told.with_columns(
        event_id=pl.when(pl.col("place") > 0).then(pl.format("{}/{}", "event_id", "place")).otherwise("event_id")
    )
    held = pl.col("what").is_in([FROZEN, RELEASED])
    swapped = pl.col("what").is_in(SWAPS)
    transfers = told.filter(~held & ~swapped)
    first = transfers.filter(pl.len().over("row") == 1).select("row", *SAID)
    rest = pl.when(pl.col("amount").is_null()).then(
        pl.concat_str("address", "topics", "data", separator=" ", ignore_nulls=True)
    )
    content = rows.select("row", _event_id().alias("native"), "address", "topics", "data")
    content = content.join(first, on="row", how="left", maintain_order="left")
    draft.rows = content.select("row", "native", *SAID, rest=rest)
    tags = pl.concat([freezes(told.with_columns(entity="payer")), _pools(told.filter(swapped))], how="diagonal_relaxed")
    return {"transfers": chained(transfers), "tags": tags.sort("row")}


def _pools(swaps: pl.DataFrame) -> pl.DataFrame:
    """Give a tag for each contract that swaps, by the first swap of this block of rows that tells of it."""
    first = swaps.sort("occurred_at", "event_id").unique("payer", keep="first", maintain_order=True)
    return first.select("row", "event_id", "occurred_at", entity="payer", tag=pl.lit(POOL), list=pl.lit("swaps by topic"))


def _name(draft: Draft, events: pl.DataFrame, around: Surroundings) -> pl.DataFrame:
    """Give decoded events their ids, assets and amounts; refuse their rows where an address or an amount is none."""
    context = context_of(draft.file, around.chain)
    ids = {}
    spelled = {name: events[name] for name in ("payer", "payee", "contract")}
    for name, (cleaned, refused) in clean_addresses(spelled, context).items():
        ids[name] = cleaned
        missing = pick(events[name].is_null(), pl.repeat("an address of twenty bytes", events.height, eager=True), refused)
        draft.refuse_of(events["row"], name, events[name], missing)
    amount, large = word_amounts(events["amount"])
    frozen = events["what"].is_in([FROZEN, RELEASED])
    too_large = pl.repeat(AMOUNT_OUT_OF_RANGE, events.height, dtype=pl.String, eager=True)
    draft.refuse_of(events["row"], "data", events["amount"], pick(large & ~frozen, too_large))
    contract = _asset(ids["contract"], around.chain)
    piece = events["token"].is_not_null()
    items, _ = clean_column("item", pick(piece, contract + "/0x" + events["token"]), context)
    return events.with_columns(
        payer=ids["payer"], payee=ids["payee"], amount=amount, asset=pick(piece, items.str.strip_prefix("item:"), contract)
    )


def addresses(draft: Draft, around: Surroundings, *names: str) -> dict[str, pl.Series]:
    """Clean columns of addresses; refuse the rows where one is none."""
    ids = {}
    spelled = {name: draft.rows[name] for name in names}
    for name, (cleaned, refused) in clean_addresses(spelled, context_of(draft.file, around.chain)).items():
        draft.refuse(name, spelled[name], refused)
        ids[name] = cleaned
    return ids


def date_rows(draft: Draft, around: Surroundings) -> pl.Series:
    """Give each row its own time or its block's; refuse those that nobody dates."""
    rows = draft.rows
    block = rows.select(number=integers(rows["block_number"])).join(
        around.blocks, on="number", how="left", maintain_order="left"
    )
    own = moments(rows["block_timestamp"])
    times = pick(own.is_not_null(), own, block["at"])
    said = rows.select(pl.coalesce("block_timestamp", "block_number")).to_series()
    draft.refuse(
        "block_number", said, pick(times.is_null(), pl.repeat(TIME_EXPECTED, rows.height, dtype=pl.String, eager=True))
    )
    return times.alias("occurred_at")


def _asset(contract: pl.Series, chain: str) -> pl.Series:
    return contract.str.replace("^address:[^/]+/", f"{chain}/")


def chained(transfers: pl.DataFrame) -> pl.DataFrame:
    """Say of transfers what is so on every chain."""
    return transfers.with_columns(rail=pl.lit("chain"), precision=pl.lit("exact"))


def _lower(name: str) -> pl.Expr:
    return pl.col(name).str.strip_chars().str.to_lowercase()


def _event_id() -> pl.Expr:
    return pl.concat_str(_lower("transaction_hash"), pl.lit("/"), pl.col("log_index").str.strip_chars()).alias("event_id")


def _transaction() -> pl.Expr:
    return _lower("transaction_hash").alias("transaction_id")


def _leg() -> pl.Expr:
    return pl.col("log_index").str.strip_chars().cast(pl.Int64, strict=False).cast(pl.Float64).alias("leg")
