"""How many decimals tokens have, as delivered lists and rows say: a token on which two disagree is told in its raw units."""

from __future__ import annotations

import polars as pl

from cutline.model.assets import TOKEN_DECIMALS, ToldDecimals
from cutline.store.lake import Lake

KINDS = ("ethereum_tokens", "trongrid")
"""What tells decimals: lists of tokens, and rows that name their token's."""


def told_decimals(lake: Lake) -> dict[str, ToldDecimals]:
    """Give what the lists in the lake say, each with deliverer, day and version. Cost: the facts of those lists alone."""
    batches = lake.batches().filter(pl.col("kind").is_in(KINDS))["batch"].to_list()
    facts = lake.rows_about("facts", "attribute", [TOKEN_DECIMALS], ["value"], batches)
    said = facts.sort("occurred_at", "deliverer", "value").select(
        "deliverer", "occurred_at", parts=pl.col("value").str.split(" ")
    )
    told: dict[str, ToldDecimals] = {}
    doubtful: set[str] = set()
    for deliverer, received_at, (asset, places, version) in said.iter_rows():
        if asset in told and told[asset].decimals != int(places):
            doubtful.add(asset)
        told[asset] = ToldDecimals(int(places), f"list {version} of {deliverer}, {received_at:%Y-%m-%d}")
    return {asset: one for asset, one in told.items() if asset not in doubtful}
