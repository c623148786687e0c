"""Logs of EVM contracts, decoded by their first topic: token transfers, wraps, swaps, freezes.

A topic is the keccak hash of an event's signature, so it names the event whatever the contract. Logs of other events are read
and give no row.
"""

from __future__ import annotations

import polars as pl

from cutline.ingest.readers.tokens import DESTROYED, FROZEN, RELEASED, ZERO

TRANSFER, SINGLE, BATCH, WRAP, UNWRAP = "Transfer", "TransferSingle", "TransferBatch", "Deposit", "Withdrawal"
SWAPS = ("Swap v2", "Swap v3", "Swap v3 with fees")
"""Pairs of Uniswap v2, pools of v3, pools of the fork of v3 that tells fees too; other forks write the same events."""

SIGNATURES = {
    TRANSFER: "Transfer(address,address,uint256)",
    SINGLE: "TransferSingle(address,address,address,uint256,uint256)",
    BATCH: "TransferBatch(address,address,address,uint256[],uint256[])",
    WRAP: "Deposit(address,uint256)",
    UNWRAP: "Withdrawal(address,uint256)",
    SWAPS[0]: "Swap(address,uint256,uint256,uint256,uint256,address)",
    SWAPS[1]: "Swap(address,address,int256,int256,uint160,uint128,int24)",
    SWAPS[2]: "Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)",
    FROZEN: "AddedBlackList(address)",
    RELEASED: "RemovedBlackList(address)",
    DESTROYED: "DestroyedBlackFunds(address,uint256)",
}
TOPICS = {
    "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef": TRANSFER,
    "0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62": SINGLE,
    "0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb": BATCH,
    "0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c": WRAP,
    "0x7fcf532c15f0a6db0bd6d0e038bea71d30d808c7d98cb3bf7268a95bf5081b65": UNWRAP,
    "0xd78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822": SWAPS[0],
    "0xc42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67": SWAPS[1],
    "0x19b47279256b2a23a1665c810c8d55a1758940ee09377d4f8d26497a3577dc83": SWAPS[2],
    "0x42e160154868087d6bfdc0ca23d96a1c1cfa32f1b72ba9ba27b69b98a0d819dc": FROZEN,
    "0xd7e9ec6e6ecd65492dce6bf513cd6867560d49544421d0783ddf06e76c24470c": RELEASED,
    "0x61e6e66b0d6339b2980aecc6ccc0039736791f0ccde9ed512e789a7fbdd698c6": DESTROYED,
}

_WORD = "[0-9a-fA-F]{64}"
_TOPIC = f"0x{_WORD}"
_ARGUMENTS = {TRANSFER: 3, SINGLE: 5, WRAP: 2, UNWRAP: 2, FROZEN: 1, RELEASED: 1, DESTROYED: 2} | dict(
    zip(SWAPS, (6, 7, 9), strict=True)
)
_LARGEST_BATCH = 4096
_LARGEST_WORD = f"{10**38 - 1:032x}"


def decode(logs: pl.DataFrame) -> pl.DataFrame:
    """Decode logs (row, contract, topics, data as text) of known events: what, payer, payee, hex amount, hex token, place.

    The arguments are the indexed topics followed by the words of data. A batch gives one row for each of its tokens, numbered
    by `place`. `wrong` marks a log whose topics or data do not hold its event's arguments. The holder of a blacklist event
    stands as payer; in a wrap the contract pays its token, in an unwrap it takes it back. A swap tells that its contract is a
    pool.
    """
    data = pl.col("data").fill_null("").str.strip_prefix("0x")
    seen = logs.with_columns(topics=pl.col("topics").fill_null("").str.extract_all(_TOPIC), words=data.str.extract_all(_WORD))
    seen = seen.with_columns(
        what=pl.col("topics").list.first().str.to_lowercase().replace_strict(TOPICS, default=None, return_dtype=pl.String)
    ).filter(pl.col("what").is_not_null())
    bare = pl.col("topics").list.slice(1).list.eval(pl.element().str.strip_prefix("0x"))
    seen = seen.with_columns(words=pl.concat_list(bare, "words"), indexed=pl.col("topics").list.len() - 1)
    batch = pl.col("what") == BATCH
    return pl.concat([_plain(seen.filter(~batch)), _batches(seen.filter(batch))]).sort("row", "place")


def _plain(seen: pl.DataFrame) -> pl.DataFrame:
    what = pl.col("what")
    needed = what.replace_strict(_ARGUMENTS, default=0, return_dtype=pl.UInt32)
    piece = (what == TRANSFER) & (pl.col("indexed") == 3)
    moved, single, swap = what == TRANSFER, what == SINGLE, what.is_in(SWAPS)
    return seen.select(
        "row",
        "contract",
        "what",
        place=pl.lit(0, pl.Int64),
        payer=pl.when(moved)
        .then(_address(0))
        .when(single)
        .then(_address(1))
        .when((what == WRAP) | swap)
        .then("contract")
        .otherwise(_address(0)),
        payee=pl.when(moved)
        .then(_address(1))
        .when(single)
        .then(_address(2))
        .when(what == WRAP)
        .then(_address(0))
        .when((what == UNWRAP) | swap)
        .then("contract")
        .otherwise(pl.lit(ZERO)),
        amount=pl.when(piece)
        .then(pl.lit("1".zfill(64)))
        .when(moved)
        .then(_word(2))
        .when(single)
        .then(_word(4))
        .when(swap)
        .then(pl.lit("0".zfill(64)))
        .otherwise(_word(1)),
        token=pl.when(piece).then(_word(2)).when(single).then(_word(3)),
        wrong=pl.col("words").list.len() < needed,
    )


def _batches(seen: pl.DataFrame) -> pl.DataFrame:
    """Unfold two arrays of equal length; each is found by its offset in bytes and begins with its length."""
    body = pl.col("words").list.slice(3)
    offsets = [_small(body.list.get(k, null_on_oob=True)) // 32 for k in (0, 1)]
    sized = seen.with_columns(
        body=body,
        **{f"length{k}": _small(body.list.get(offsets[k], null_on_oob=True)) for k in (0, 1)},
        at0=offsets[0],
        at1=offsets[1],
    )
    lists = sized.with_columns(
        token=pl.col("body").list.slice(pl.col("at0") + 1, pl.col("length0")),
        amount=pl.col("body").list.slice(pl.col("at1") + 1, pl.col("length1")),
    )
    good = (
        (pl.col("length0") == pl.col("length1"))
        & (pl.col("length0") <= _LARGEST_BATCH)
        & (pl.col("token").list.len() == pl.col("length0"))
        & (pl.col("amount").list.len() == pl.col("length0"))
    ).fill_null(value=False)
    none = pl.lit([None], pl.List(pl.String))
    lists = lists.with_columns(wrong=~good).with_columns(
        token=pl.when("wrong").then(none).otherwise("token"), amount=pl.when("wrong").then(none).otherwise("amount")
    )
    unfolded = lists.with_columns(payer=_address(1), payee=_address(2)).explode("token", "amount")
    unfolded = unfolded.filter(pl.col("wrong") | pl.col("token").is_not_null())
    unfolded = unfolded.with_columns(place=pl.int_range(pl.len(), dtype=pl.Int64).over("row"))
    return unfolded.select("row", "contract", "what", "place", "payer", "payee", "amount", "token", "wrong")


def _word(place: int) -> pl.Expr:
    return pl.col("words").list.get(place, null_on_oob=True)


def _address(place: int) -> pl.Expr:
    """The address in a word: twelve bytes of nothing before twenty; null where there is more."""
    word = _word(place)
    return pl.when(word.str.starts_with("0" * 24)).then(pl.concat_str(pl.lit("0x"), word.str.slice(24)))


def _small(word: pl.Expr) -> pl.Expr:
    """A word as a number where it is small enough to count words with; null elsewhere."""
    return pl.when(word.str.starts_with("0" * 56)).then(word.str.slice(56).str.to_integer(base=16, strict=False))


def word_amounts(words: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Give 256-bit words as decimal(38,0), and which are too large for it."""
    lower = words.str.to_lowercase()
    frame = pl.DataFrame({"word": lower, "high": lower.str.slice(32, 16), "low": lower.str.slice(48, 16)})
    high, low = (pl.col(c).str.to_integer(base=16, dtype=pl.UInt64, strict=False).cast(pl.Int128) for c in ("high", "low"))
    small = pl.col("word").str.starts_with("0" * 32) & (pl.col("word").str.slice(32) <= _LARGEST_WORD)
    value = pl.when(small).then(high * pl.lit(1 << 64, pl.Int128) + low)
    told = frame.select(amount=value.cast(pl.Decimal(38, 0)), large=pl.col("word").is_not_null() & ~small)
    return told["amount"], told["large"]
