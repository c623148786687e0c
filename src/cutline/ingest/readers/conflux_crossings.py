"""Coins that cross between Conflux's two spaces: one contract of the core space takes and gives, in one transaction.

A call from the core moves its value to the caller's mapped account in eSpace, which then pays whom it called; a withdrawal
moves it from the mapped account back to the core account (CIP-90). The event tells who gets it on the other side, so the hop is
certain: what went into the contract and what came out of it go by one id, that of the core's transaction or, on the way back,
the mapped account and its nonce. eSpace shows both as transactions that nobody signed: they tell the same, and count once.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from cutline.ingest.readers.draft import Draft, clean_addresses, context_of
from cutline.ingest.readers.ethereum_logs import word_amounts
from cutline.ingest.readers.ethereum_rows import chained, moments
from cutline.model.identifiers.chains import CONFLUX
from cutline.model.money import AMOUNT_OUT_OF_RANGE

ESPACE = "conflux-espace"
CONTRACT = "address:conflux/cfx:aaejuaaaaaaaaaaaaaaaaaaaaaaaaaaaa2sn102vjv"
BRIDGE, LIST = "bridge", "cross-space contract of Conflux"

CALL, CREATE, WITHDRAW = "Call", "Create", "Withdraw"
SIGNATURES = {
    CALL: "Call(bytes20,bytes20,uint256,uint256,bytes)",
    CREATE: "Create(bytes20,bytes20,uint256,uint256,bytes)",
    WITHDRAW: "Withdraw(bytes20,address,uint256,uint256)",
}
TOPICS = {
    "0x124d1efd3ac32fa6aadb7a06e066c113471e0411fb56a5079cedbc3cdf7796e4": CALL,
    "0xd4f6dc315981682d51417b7092f1a151bfc6ebc3f637532f97ac479b86c4076d": CREATE,
    "0x31328e08abcc622b23d8be96d45b371b10e42989dafc8ac56c85b33bb3584b92": WITHDRAW,
}

_NOBODY = "/0x" + 40 * "0"
_WORD = "[0-9a-fA-F]{64}"


def make_crossings(draft: Draft) -> dict[str, pl.DataFrame]:
    """Make transfers of the crossings among a draft's logs, and a tag of the contract; refuse events that hold less."""
    seen = _read(draft)
    amount, large = word_amounts(seen["value"])
    expected = seen.select(
        pl.when(pl.any_horizontal(pl.col("mapped", "other", "value", "nonce").is_null()))
        .then(pl.lit("sender, receiver, value and nonce of a crossing"))
        .when(large)
        .then(pl.lit(AMOUNT_OUT_OF_RANGE))
    ).to_series()
    draft.refuse_of(seen["row"], "data", seen["value"], expected)
    good = seen.with_columns(*_clean(draft, seen), amount=amount).filter(expected.is_null() & (pl.col("amount") > 0))
    return _lay(good.drop_nulls(["mapped_id", "other_id", "at"]))


def _read(draft: Draft) -> pl.DataFrame:
    """Take the contract's own events apart; what is not there is null."""
    rows = draft.rows.with_columns(at=moments(draft.rows["block_timestamp"]))
    contract = clean_addresses({"address": rows["address"]}, context_of(draft.file, CONFLUX))["address"][0]
    topics = pl.col("topics").fill_null("").str.extract_all(f"0x{_WORD}")
    known = rows.filter(contract == CONTRACT).with_columns(
        topics=topics, words=pl.col("data").fill_null("").str.strip_prefix("0x").str.extract_all(_WORD)
    )
    what = pl.col("topics").list.first().str.to_lowercase().replace_strict(TOPICS, default=None, return_dtype=pl.String)
    seen = known.with_columns(what=what).filter(pl.col("what").is_not_null())
    return seen.select(
        "row",
        "what",
        "at",
        hash=pl.col("transaction_hash").str.to_lowercase(),
        leg=pl.col("log_index"),
        mapped=_left(1),
        other=pl.when(pl.col("what") == WITHDRAW).then(_right(2)).otherwise(_left(2)),
        value=pl.col("words").list.get(0, null_on_oob=True),
        nonce=pl.col("words").list.get(1, null_on_oob=True).str.slice(48).str.to_integer(base=16, strict=False),
    )


def _left(place: int) -> pl.Expr:
    """Twenty bytes that stand first in their word, as `bytes20` do."""
    word = pl.col("topics").list.get(place, null_on_oob=True).str.slice(2)
    return pl.when(word.str.ends_with("0" * 24)).then(pl.concat_str(pl.lit("0x"), word.str.head(40)))


def _right(place: int) -> pl.Expr:
    word = pl.col("topics").list.get(place, null_on_oob=True).str.slice(2)
    return pl.when(word.str.starts_with("0" * 24)).then(pl.concat_str(pl.lit("0x"), word.str.slice(24)))


def _clean(draft: Draft, seen: pl.DataFrame) -> list[pl.Series]:
    """Give the ids of the mapped account and of who is at the other end, in eSpace or, of a withdrawal, in the core space."""
    in_core = seen["what"] == WITHDRAW
    spelled = {"mapped": seen["mapped"], "other": seen["other"].set(in_core, None)}
    ids = clean_addresses(spelled, context_of(draft.file, ESPACE))
    core, refused = clean_addresses({"core": seen["other"].set(~in_core, None)}, context_of(draft.file, CONFLUX))["core"]
    draft.refuse_of(seen["row"], "topics", seen["other"], refused)
    other = core.zip_with(in_core, ids["other"][0])
    return [ids["mapped"][0].alias("mapped_id"), other.alias("other_id")]


def _lay(good: pl.DataFrame) -> dict[str, pl.DataFrame]:
    own = pl.concat_str("mapped", pl.lit("/"), pl.col("nonce").cast(pl.String))
    told = pl.concat_str("hash", pl.lit("/"), "leg")
    back, x = pl.col("what") == WITHDRAW, pl.lit(CONTRACT)
    transfers = good.select(
        "row",
        "amount",
        event_id=told,
        transaction_id=pl.when(back).then(own).otherwise("hash"),
        leg=pl.col("leg").cast(pl.Float64, strict=False),
        payer=x,
        payee=pl.when(back).then("other_id").otherwise("mapped_id"),
        asset=pl.when(back).then(pl.lit(f"{CONFLUX}/native")).otherwise(pl.lit(f"{ESPACE}/native")),
        occurred_at="at",
    )
    first = good.sort("at", "hash", "leg").head(1)
    tag = first.select("row", event_id=told, occurred_at="at", entity=x, tag=pl.lit(BRIDGE), list=pl.lit(LIST))
    return {"transfers": chained(transfers), "tags": tag}


PHANTOM_COLUMNS = ("gas_price", "nonce", "input")
"""What tells eSpace's transactions of a crossing from others, which cost something, and which crossing they are."""


def name_phantoms(rows: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Tell eSpace's transactions of a crossing as the core's events do: the zero address there is the contract.

    What comes in names the core's transaction in its input; what goes back is known by account and nonce. Where no input
    stands, what came in is left to the core's event.
    """
    blank = pl.col("gas_price", "nonce", "input").fill_null("").str.strip_chars()
    said = rows.select("row", blank, account=pl.col("from_address").str.to_lowercase())
    told = tables["transfers"].join(said, on="row", how="left", maintain_order="left")
    free = pl.col("gas_price").is_in(["0", "0x0"])
    into, back = (free & pl.col(side).str.ends_with(_NOBODY) for side in ("payer", "payee"))
    words = pl.col("input").str.to_lowercase().str.strip_prefix("0x")
    caller = pl.when(words.str.contains("^[0-9a-f]{128}$")).then(pl.concat_str(pl.lit("0x"), words.str.head(64)))
    place = words.str.slice(112).str.to_integer(base=16, strict=False).cast(pl.String)
    # So ends the id of what its teller gives no index: it joins the event of the same transaction that says the same.
    unnumbered = pl.concat_str(caller, pl.lit("/"), place, pl.lit("-"), pl.col("event_id").str.strip_prefix("0x").str.head(8))
    returned = pl.concat_str("account", pl.lit("/"), "nonce")
    named = told.with_columns(
        event_id=pl.when(into).then(unnumbered).otherwise("event_id"),
        transaction_id=pl.when(into).then(caller).when(back).then(returned).otherwise("transaction_id"),
        payer=pl.when(into).then(pl.lit(CONTRACT)).otherwise("payer"),
        payee=pl.when(back).then(pl.lit(CONTRACT)).otherwise("payee"),
    )  # fmt: skip
    return {**tables, "transfers": named.drop_nulls("event_id").drop(*PHANTOM_COLUMNS, "account")}
