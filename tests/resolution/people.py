"""A small country of people with tokens at several issuers, and what each issuer knows of them, with noise."""

from __future__ import annotations

import random
from dataclasses import dataclass

import polars as pl

ISSUERS = ("bank", "telecom", "wallets")


@dataclass(frozen=True, slots=True)
class Country:
    """What gather gives, and which pairs of tokens are one person's."""

    tokens: pl.DataFrame
    same: frozenset[tuple[str, str]]


def country(people: int = 300, seed: int = 3) -> Country:
    """People with one or two phones and devices; issuers know some; a third of accounts of elders hang on a child's number."""
    chance = random.Random(seed)
    rows, same = [], set()
    for k in range(people):
        phones = [f"phone:+86138{k:08d}", *([f"phone:+86139{k:08d}"] if chance.random() < 0.3 else [])]
        devices = [f"device:imei/{k:015d}"]
        elder = k % 5 == 0
        mine = []
        for issuer in ISSUERS:
            if chance.random() < 0.15:
                continue
            known = [p for p in phones if chance.random() < 0.85]
            used = [d for d in devices if chance.random() < 0.7]
            if elder and issuer == "bank":  # the child's number stands in the parent's file, and nothing else of the child
                known, used = [f"phone:+86138{(k + 1) % people:08d}"], [f"device:imei/9{k:014d}"]
            token = f"person:{issuer}/{chance.randrange(10**9):09d}"
            rows.append({"entity": token, "kind": "person", "issuer": issuer, "phones": known or None, "devices": used or None})
            mine.append((token, set(known) | set(used)))
        for i, (a, first) in enumerate(mine):
            same |= {tuple(sorted((a, b))) for b, second in mine[i + 1 :] if first & second}
    lists = pl.List(pl.String)
    schema = {"entity": pl.String, "kind": pl.String, "issuer": pl.String, "phones": lists, "devices": lists}
    frame = pl.DataFrame(rows, schema=schema).with_columns(accounts=pl.lit(None, lists))
    return Country(frame.sort("entity"), frozenset(same))
