"""What the lake says of requests to holders: rows about them, deliveries that answer them, how an exchange knows a customer."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import polars as pl

from cutline.model.requests import AnswerFile, Prepared, Statement
from cutline.store.lake import Lake
from cutline.tracing.drafting import Customer
from cutline.tracing.holders import Asked, meet

SAID = ("holder", "kind", "about", "acknowledged_at", "executed_at", "amount", "currency", "refusal", "reference")
SERVICES = ("exchange", "custodial", "bridge")
"""Tags of addresses that somebody runs for many."""

REFERENCES = 3
"""So many references of one kind are told."""

BESIDE = ("deliverer", "known_at", "batch")


def told_statements(lake: Lake) -> list[Statement]:
    """Give what deliveries said of requests, by whom and when."""
    told = lake.events("requests", ["event_id", *BESIDE, *SAID]).select(["event_id", "occurred_at", *BESIDE, *SAID])
    departments = dict(lake.batches().select("batch", "department").iter_rows())
    return [
        Statement(
            request_id=row["event_id"],
            holder=str(row["holder"]),
            kind=str(row["kind"]),
            about=str(row["about"]),
            sent_at=row["occurred_at"],
            acknowledged_at=row["acknowledged_at"],
            executed_at=row["executed_at"],
            amount_minor=None if row["amount"] is None else int(row["amount"]),
            asset=str(row["currency"] or ""),
            refusal=row["refusal"] or "",
            reference=row["reference"] or "",
            deliverer=str(row["deliverer"]),
            received_at=row["known_at"],
            department=departments.get(str(row["batch"]), ""),
            batch=str(row["batch"]),
        )
        for row in told.to_pylist()
        if row["about"]
    ]


def told_answers(lake: Lake) -> list[AnswerFile]:
    """Give the deliveries that say which request they answer."""
    batches = lake.batches().filter(pl.col("answers").fill_null("") != "")
    return [
        AnswerFile(b["answers"], b["batch"], b["deliverer"], b["file_name"], b["received_at"], int(b["accepted"] + b["merged"]))
        for b in batches.to_dicts()
    ]


def told_customers(lake: Lake, entities: Collection[str]) -> dict[str, Customer]:
    """Give what desk orders tell of the customers behind addresses and accounts, of those that any order names.

    References are memos, custodial references, the customer's own id there, and accounts: of each kind those of the latest
    orders. An address that serves several customers is a desk's: no reference of theirs says whose the money is.
    """
    known = ["holder", "deposit_memo", "custodial_ref", "user", "account"]
    sides = [
        lake.rows_about("orders", side, entities, known)
        .with_columns(entity=pl.col(side))
        .select("entity", "occurred_at", *known)
        for side in ("address", "account")
    ]
    orders = pl.concat(sides, how="vertical_relaxed").sort(
        "entity", "occurred_at", descending=[False, True], maintain_order=True
    )
    found: dict[str, Customer] = {}
    for (entity,), mine in orders.partition_by("entity", as_dict=True, maintain_order=True).items():
        named = (("memo ", "deposit_memo"), ("ref ", "custodial_ref"), ("", "user"), ("", "account"))
        one = mine["user"].drop_nulls().n_unique() <= 1
        references = tuple(f"{what}{text}" for what, column in named for text in _latest(mine[column])) if one else ()
        found[str(entity)] = Customer(str(mine["holder"].drop_nulls().unique().sort().first() or ""), references)
    return found


def _latest(told: pl.Series) -> list[str]:
    """Give the first few texts, each once."""
    return [text for text in told.drop_nulls().unique(maintain_order=True).to_list() if text][:REFERENCES]


def told_exchanges(lake: Lake, entities: Collection[str]) -> dict[str, Customer]:
    """Give whose the wallets are that lists call a service's own; a name is all that is known there."""
    return {entity: Customer(name, ()) for entity, name in told_names(lake, entities, SERVICES).items()}


def told_names(lake: Lake, entities: Collection[str], tags: Collection[str]) -> dict[str, str]:
    """Give the names by which lists call what bears one of the `tags`: the actor or label of a tag pack, or the tag's note."""
    told = lake.rows_about("tags", "entity", entities, ["tag", "note"]).filter(pl.col("tag").is_in(list(tags)))
    named = told.drop_nulls("note").sort("entity", "note").unique("entity", keep="first", maintain_order=True)
    return {entity: _name_in(note) for entity, note in named.select("entity", "note").iter_rows()}


def _name_in(note: str) -> str:
    try:
        said = json.loads(note)
    except ValueError:
        return note
    return str(said.get("actor") or said.get("label") or "") if isinstance(said, dict) else note


def asked_by(lake: Lake, prepared: Sequence[Prepared], moment: datetime) -> Asked:
    """Give all requests as they stood at a moment: of our own book, and of what had been delivered by then."""
    return meet(prepared, told_statements(lake), told_answers(lake), moment)


def asked_last(lake: Lake, prepared: Sequence[Prepared], least: datetime) -> Asked:
    """Give all requests as of the last line of our own book, or answer to it, or of `least` where that is later.

    No clock is asked, and what a row says of its own future moves none. What other offices asked is known, whenever it came.
    """
    statements, answers = told_statements(lake), told_answers(lake)
    ours = {one.request_id for one in prepared}
    heard = [one.received_at for one in statements if one.request_id in ours]
    heard += [one.received_at for one in answers if one.request_id in ours]
    moments = [least, *heard, *(vouched.at for one in prepared for vouched in one.vouched)]
    for one in prepared:
        moments += [m for m in (one.prepared_at, one.approved_at, one.sent_at, one.withdrawn_at) if m]
    return meet(prepared, statements, answers, max(moments), datetime.max.replace(tzinfo=UTC))
