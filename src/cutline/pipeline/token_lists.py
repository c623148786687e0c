"""How many decimals tokens have, as the delivered lists say: a token on which two lists disagree is told in its raw units."""

from __future__ import annotations

import polars as pl

from cutline.model.assets import TOKEN_DECIMALS, ToldDecimals
from cutline.store.lake import Lake

KIND = "ethereum_tokens"


def told_decimals(lake: Lake) -> dict[str, ToldDecimals]:
    """Give what the lists in the lake say, each with deliverer, day and version. Cost: nothing where no list was delivered."""
    if KIND not in lake.batches()["kind"].to_list():
        return {}
    facts = pl.DataFrame(pl.from_arrow(lake.events("facts", ["attribute", "value", "deliverer", "known_at"])))
    said = facts.filter(pl.col("attribute").cast(pl.String) == TOKEN_DECIMALS).select(
        "deliverer", "known_at", parts=pl.col("value").cast(pl.String).str.split(" ")
    )
    told: dict[str, ToldDecimals] = {}
    doubtful: set[str] = set()
    for deliverer, known_at, (asset, places, version) in said.sort("known_at", "deliverer").iter_rows():
        if asset in told and told[asset].decimals != int(places):
            doubtful.add(asset)
        told[asset] = ToldDecimals(int(places), f"list {version} of {deliverer}, {known_at:%Y-%m-%d}")
    return {asset: one for asset, one in told.items() if asset not in doubtful}
