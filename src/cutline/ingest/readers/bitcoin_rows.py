"""A transaction's inputs and outputs as transfers through the transaction itself, exact to the smallest unit.

Whoever an input's coins belonged to pays the transaction, the transaction pays whom its outputs name: m + n transfers and not
m × n, and how a policy divides the money follows from the order of inputs and outputs alone. What the outputs leave over is the
fee, a transfer to the block's `fees`; new coins come from the block's `reward`. An output without an address is its own holder.
"""

from __future__ import annotations

import polars as pl

from cutline.ingest.readers.bitcoin_shapes import BLOCK, COINS, IN, OUT, TRANSACTION
from cutline.ingest.readers.draft import Draft, context_of, pick
from cutline.ingest.readers.tokens import whole_units
from cutline.ingest.times import FIRST_YEAR, LAST_YEAR
from cutline.model.identifiers.columns import clean_column
from cutline.model.identifiers.transactions import FEES, REWARD

CONFIRMED = "a transaction of a block: the block's hash and time"
SPENT = "what each input spends, with its value (bitcoin-etl: enriched; Bitcoin Core: blocks at verbosity 3, transactions at 2)"
OUTPUT = "the output that is spent, by its transaction's hash and its number"
BALANCED = "inputs that pay for all outputs and the fee"

_HASH = "^[0-9a-f]{64}$"
_COINS = r"^[0-9]+(?:\.[0-9]{1,8})?$"
_PLACES = 8
_LARGEST_PLACE = 999_999


def lay_rows(draft: Draft, parts: pl.DataFrame, chain: str) -> pl.DataFrame:
    """Check a draft's transactions with their inputs and outputs (`parts`), and give their transfers."""
    rows = draft.rows.with_columns(pl.col("hash", "block").str.to_lowercase())
    draft.rows = rows.with_columns(node=pl.format(f"transaction:{chain}/{{}}", "hash"))
    rows, moves = draft.rows, draft.rows["what"] == TRANSACTION
    when = _check(draft, moves)
    parts = _clean(draft, parts.join(rows.select("row", "hash", "node", "unit"), on="row", maintain_order="left"), chain)
    sums = parts.group_by("row").agg(*(pl.col("amount").filter(pl.col("side") == s).sum().alias(s) for s in (IN, OUT)))
    sums = rows.select("row", "minted").join(sums, on="row", how="left", maintain_order="left").with_columns(
        pl.col(IN, OUT).fill_null(0), minted=pl.col("minted") == "1"
    )  # fmt: skip
    over = sums.select(over=pl.when("minted").then(None).otherwise(pl.col(IN) - pl.col(OUT)))["over"]
    draft.refuse_where("outputs", moves & (over < 0), BALANCED)
    stated = _amounts(rows["fee"], rows["unit"])[0]
    draft.refuse_where("fee", moves & over.is_not_null() & stated.is_not_null() & (stated != over), BALANCED)
    ends = rows.select("row", "hash", "block", "node", amount=pick(sums["minted"], sums[OUT], over), minted=sums["minted"])
    transfers = pl.concat([_sides(parts), _ends(ends.filter(moves), chain)]).sort("row", "event_id")
    transfers = transfers.filter(pl.col("amount") > 0).join(
        rows.select("row", transaction_id="hash", occurred_at=when), on="row", maintain_order="left"
    )
    draft.rows = draft.rows.with_columns(time=when.dt.truncate("1s"))
    _remember(draft, transfers)
    return transfers.with_columns(asset=pl.lit(f"{chain}/native"), rail=pl.lit("chain"), precision=pl.lit("exact"))


def _check(draft: Draft, moves: pl.Series) -> pl.Series:
    """Refuse what is no transaction of a block; give the time of each, its place in the block as microseconds."""
    rows = draft.rows
    draft.refuse_where("record", ~moves & (rows["what"] != BLOCK), "a transaction with its inputs and outputs")
    draft.refuse_where("hash", ~rows["hash"].str.contains(_HASH).fill_null(value=False), "a hash of 64 hex digits")
    block = rows["block"].str.contains(_HASH).fill_null(value=False)
    seconds = rows["time"].cast(pl.Int64, strict=False)
    told = _written_times(draft, moves & seconds.is_null())
    moment = pick(seconds.is_not_null(), (seconds.clip(-(1 << 40), 1 << 40) * 1_000_000).cast(pl.Datetime("us", "UTC")), told)
    good = block & moment.dt.year().is_between(FIRST_YEAR, LAST_YEAR).fill_null(value=False)
    draft.refuse_where("block", moves & ~good, CONFIRMED)
    place = rows["place"].cast(pl.Int64, strict=False).fill_null(0).clip(0, _LARGEST_PLACE)
    return pick(good, moment) + place.cast(pl.Duration("us"))


def _written_times(draft: Draft, where: pl.Series) -> pl.Series:
    """Read times that stand as text (as BigQuery writes them), in UTC."""
    written = pick(where, draft.rows["time"].str.replace(r"\s*UTC$", "Z").str.replace(r"^(\S+) ", "${1}T"))
    return written.str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", time_zone="UTC", strict=False)


def _clean(draft: Draft, parts: pl.DataFrame, chain: str) -> pl.DataFrame:
    """Give inputs and outputs their holders and amounts; refuse the transactions where one has none."""
    ids, refused = clean_column("address", parts["address"], context_of(draft.file, chain))
    draft.refuse_of(parts["row"], "address", parts["address"], refused)
    amount, wrong = _amounts(parts["value"], parts["unit"])
    spending = parts["side"] == IN
    draft.refuse_of(parts["row"], "inputs", parts["spent"], pick(spending & parts["value"].is_null(), _all(SPENT, parts)))
    draft.refuse_of(parts["row"], "value", parts["value"], wrong)
    source, n = (pick(spending, parts[a], parts[b]) for a, b in (("spent", "hash"), ("spent_place", "place")))
    named = parts.with_columns(source=source.str.to_lowercase(), n=n.cast(pl.Int64, strict=False), amount=amount)
    known = named.select(pl.col("source").str.contains(_HASH) & pl.col("n").is_between(0, 9_999_999)).to_series()
    nobody = ids.is_null() & ~known.fill_null(value=False)
    draft.refuse_of(parts["row"], "inputs", parts["spent"], pick(nobody, _all(OUTPUT, parts)))
    output = named.select(pl.format(f"transaction:{chain}/{{}}/{{}}", "source", "n")).to_series()
    return named.with_columns(holder=pick(ids.is_not_null(), ids, output))


def _amounts(text: pl.Series, unit: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Read values in the smallest unit, or in coins with at most eight decimals; null where none stands."""
    frame = pl.DataFrame({"text": text.str.strip_chars(), "coins": unit == COINS})
    point = pl.col("text").str.splitn(".", 2)
    digits = point.struct[0] + point.struct[1].fill_null("").str.pad_end(_PLACES, "0")
    coins = pl.when(pl.col("text").str.contains(_COINS)).then(digits).otherwise(pl.lit("?"))
    amount, expected = whole_units(frame.select(pl.when("coins").then(coins).otherwise("text")).to_series())
    return amount, pick(text.is_not_null(), expected)


def _all(words: str, frame: pl.DataFrame) -> pl.Series:
    return pl.repeat(words, frame.height, dtype=pl.String, eager=True)


def _sides(parts: pl.DataFrame) -> pl.DataFrame:
    spending = pl.col("side") == IN
    return parts.select(
        "row",
        event_id=pl.format("{}/{}/{}", "hash", "side", pl.col("place").str.zfill(6)),
        payer=pl.when(spending).then("holder").otherwise("node"),
        payee=pl.when(spending).then("node").otherwise("holder"),
        amount="amount",
        leg=pl.col("place").cast(pl.Float64, strict=False),
    )


def _ends(ends: pl.DataFrame, chain: str) -> pl.DataFrame:
    """What comes from nobody and goes to no output: new coins, and the fee."""
    minted = pl.col("minted")
    block = pl.format(f"transaction:{chain}/{{}}/{{}}", pl.when(minted).then(pl.lit(REWARD)).otherwise(pl.lit(FEES)), "block")
    return ends.select(
        "row",
        event_id=pl.format("{}/{}", "hash", pl.when(minted).then(pl.lit(f"{IN}/{REWARD}")).otherwise(pl.lit(f"{OUT}/{FEES}"))),
        payer=pl.when(minted).then(block).otherwise("node"),
        payee=pl.when(minted).then("node").otherwise(block),
        amount="amount",
        leg=pl.lit(None, pl.Float64),
    )


def _remember(draft: Draft, transfers: pl.DataFrame) -> None:
    """Say what makes a transaction the same again: its block and all that it moved, whoever's shape it stood in."""
    said = transfers.select("row", pl.concat_str("event_id", "payer", "payee", pl.col("amount").cast(pl.String), separator=" "))
    said = said.group_by("row", maintain_order=True).agg(moved=pl.col("event_id").str.join("\n"))
    rows = draft.rows.select("row", "block", "time", native="hash").join(said, on="row", how="left", maintain_order="left")
    draft.rows = rows
