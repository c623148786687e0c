"""Who runs the places where money ends, by name, and how they know the customer: what orders and lists tell, never a guess."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl

from cutline.model.evidence import Ending, Hop, Trace
from cutline.store.lake import Lake
from cutline.tracing import StopLine

RUN = ("exchange", "bridge", "custodial", "mixer")
"""Tags that say of an address that somebody runs it for others."""

SERVICES = (Ending.EXCHANGE, Ending.CUSTODIAL, Ending.BRIDGE, Ending.MIXER)
REFERENCES_SHOWN = 3
"""So many references of one kind; a desk has thousands, and none of them is the customer's."""


@dataclass(frozen=True, slots=True)
class KnownAs:
    """How an institution knows whoever uses an address: its name, and references, each with what it is.

    `references`: (what, text): memo, reference, user, account; those of the latest orders first.
    """

    name: str
    references: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Institutions:
    """By address: what orders tell of its customer, and the name that a list gives to whoever runs it."""

    customers: Mapping[str, KnownAs]
    listed: Mapping[str, str]

    def named(self, line: StopLine) -> str:
        """Name who runs the place of an ending: as its own orders call it, else as a list does; empty where nobody does."""
        customer = self.customers.get(line.entity)
        listed = (self.listed.get(one, "") for one in (line.entity, line.institution))
        return (customer.name if customer else "") or next((name for name in listed if name), "")

    def references(self, line: StopLine, hops: Collection[Hop]) -> tuple[tuple[str, str], ...]:
        """Give what the institution knows the customer by: of the place itself, else of the one customer who paid into it."""
        if line.entity in self.customers:
            return self.customers[line.entity].references
        name = self.named(line)
        payers = dict.fromkeys(h.payer for h in hops if h.payee == line.entity and h.payer in self.customers)
        same = [self.customers[p] for p in payers if name and self.customers[p].name == name]
        return same[0].references if len(same) == 1 else ()


def look_up(lake: Lake, traces: Collection[Trace]) -> Institutions:
    """Read what orders and lists tell of the services where some traces end, and of whoever paid into them."""
    ends = {(t.entity, t.institution) for trace in traces for t in trace.terminals if t.how in SERVICES}
    places = {entity for entity, _ in ends}
    payers = {hop.payer for trace in traces for hop in trace.hops if hop.payee in places}
    run = sorted(places | {institution for _, institution in ends})
    return Institutions(_customers(lake, sorted(places | payers)) if places else {}, _listed(lake, run) if run else {})


def _customers(lake: Lake, entities: Collection[str]) -> dict[str, KnownAs]:
    columns = ["holder", "user", "account", "deposit_memo", "custodial_ref"]
    rows = lake.rows_about("orders", "address", entities, columns).sort("occurred_at", descending=True, maintain_order=True)
    if rows.is_empty():
        return {}
    found = {}
    for (entity,), mine in rows.partition_by("address", as_dict=True, maintain_order=True).items():
        named = (("memo", "deposit_memo"), ("ref", "custodial_ref"), ("user", "user"), ("account", "account"))
        told = {what: mine[column].drop_nulls().unique(maintain_order=True).to_list() for what, column in named}
        one = len(told["user"]) <= 1  # a desk's address serves many: no reference of theirs says whose this money is
        references = tuple((what, text) for what, all_ in told.items() for text in all_[:REFERENCES_SHOWN]) if one else ()
        found[str(entity)] = KnownAs(plain_name(str(mine["holder"].drop_nulls().unique().sort().first() or "")), references)
    return found


def _listed(lake: Lake, entities: Collection[str]) -> dict[str, str]:
    tags = lake.rows_about("tags", "entity", entities, ["tag", "note"]).filter(pl.col("tag").is_in(RUN))
    named = tags.drop_nulls("note").sort("entity", "note").unique("entity", keep="first", maintain_order=True)
    return {entity: name for entity, note in named.select("entity", "note").iter_rows() if (name := _name_in(note))}


def _name_in(note: str) -> str:
    """Give the actor or label of a tag pack's note, else the note."""
    try:
        said = json.loads(note)
    except ValueError:
        return note
    return str(said.get("actor") or said.get("label") or "") if isinstance(said, dict) else note


def plain_name(institution: str) -> str:
    """Write an institution's id as people call it: `organisation:coinbay/coinbay` is coinbay."""
    name = institution.removeprefix("organisation:")
    issuer, _, own = name.partition("/")
    return own if own and own == issuer else name
