"""Who runs the places where money ends, by name, and how they know the customer: what orders and lists tell, never a guess."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from cutline.model.evidence import Ending, Hop, Trace
from cutline.pipeline.answered import told_customers, told_names
from cutline.pipeline.trail import Trail
from cutline.store.lake import Lake
from cutline.tracing import StopLine

RUN = ("exchange", "bridge", "custodial", "mixer")
"""Tags that say of an address that somebody runs it for others."""

CALLED = re.compile("[A-Z][A-Za-z &.-]*")
"""How names of institutions look, where a token has digits in it."""

LEAST_CUSTOMERS, MOSTLY, ASKED = 3, 0.9, 500
"""So many deposit addresses, and this share of them, must be named by one desk's orders (ours); so many are looked at."""

SERVICES = (Ending.EXCHANGE, Ending.CUSTODIAL, Ending.BRIDGE, Ending.MIXER)


@dataclass(frozen=True, slots=True)
class KnownAs:
    """How an institution knows whoever uses an address: its name, and references, each with what it is.

    `references`: (what, text): memo, reference, user, account; those of the latest orders first.
    """

    name: str
    references: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Institutions:
    """By address: what orders tell of its customer, and the name that a list gives to whoever runs it.

    `inferred`: by hot wallet, at whose desk its other customers' orders were made; a lead, never a name to write to.
    """

    customers: Mapping[str, KnownAs]
    listed: Mapping[str, str]
    inferred: Mapping[str, str]

    def named(self, line: StopLine) -> str:
        """Name who runs the place of an ending: as a list calls it, else as its own orders do; empty where nobody does."""
        listed = (self.listed.get(one, "") for one in (line.entity, line.institution))
        customer = self.customers.get(line.entity)
        return next((name for name in listed if name), "") or (customer.name if customer else "")

    def likely(self, line: StopLine) -> str:
        """Say who probably runs the place of an ending, by the orders of others who pay in there; empty where nothing tells."""
        return self.inferred.get(line.institution, "")

    def references(self, line: StopLine, hops: Collection[Hop]) -> tuple[tuple[str, str], ...]:
        """Give what the institution knows the customer by: of the place itself, else of the one customer who paid into it.

        What another institution's orders tell of the same address is not how this one knows it.
        """
        name = self.named(line).casefold()
        payers = dict.fromkeys(h.payer for h in hops if h.payee == line.entity)
        known = [
            self.customers[e] for e in ((line.entity,) if line.entity in self.customers else payers) if e in self.customers
        ]
        same = [one for one in known if name and one.name.casefold() == name]
        return same[0].references if len(same) == 1 else ()


def look_up(lake: Lake, traces: Collection[Trace], trail: Trail) -> Institutions:
    """Read what orders and lists tell of the services where some traces end, and of whoever paid into them."""
    ends = {(t.entity, t.institution) for trace in traces for t in trace.terminals if t.how in SERVICES}
    places = {entity for entity, _ in ends}
    payers = {hop.payer for trace in traces for hop in trace.hops if hop.payee in places}
    run = sorted(places | {institution for _, institution in ends})
    if not run:
        return Institutions({}, {}, {})
    customers, listed = _customers(lake, sorted(places | payers)), _listed(lake, run)
    unnamed = sorted({institution for _, institution in ends} - listed.keys())
    return Institutions(customers, listed, {one: name for one in unnamed if (name := _by_customers(lake, trail, one))})


def _by_customers(lake: Lake, trail: Trail, wallet: str) -> str:
    """Name at whose desk (nearly) all orders to the deposit addresses behind a hot wallet were made; empty where few were."""
    ledgers, marks = trail.ledgers, trail.landmarks
    behind = np.flatnonzero(marks.service == ledgers.index.code(wallet))[:ASKED]
    deposits = sorted({ledgers.index.entity(int(code)) for code in ledgers.entity[behind]})
    if len(deposits) < LEAST_CUSTOMERS:
        return ""
    orders = lake.rows_about("orders", "address", deposits, ["holder"]).drop_nulls("holder").unique(["address", "holder"])
    told = orders["holder"].value_counts().sort("count", "holder", descending=[True, False])
    if told.is_empty() or told["count"][0] < max(LEAST_CUSTOMERS, MOSTLY * len(orders)):
        return ""
    return plain_name(str(told["holder"][0]))


def _customers(lake: Lake, entities: Collection[str]) -> dict[str, KnownAs]:
    told = told_customers(lake, entities)
    return {e: KnownAs(plain_name(one.holder), tuple(_reference(text) for text in one.references)) for e, one in told.items()}


def _reference(text: str) -> tuple[str, str]:
    """Say what a reference is; an id stands alone, so that it can be masked."""
    what = {"person": "user", "account": "account"}.get(text.partition(":")[0])
    if what:
        return what, text
    named, _, rest = text.partition(" ")
    return named, rest


def _listed(lake: Lake, entities: Collection[str]) -> dict[str, str]:
    return {entity: name for entity, name in told_names(lake, entities, RUN).items() if name}


def plain_name(institution: str) -> str:
    """Write an institution's id as people call it: `organisation:coinbay/coinbay` is coinbay, `organisation:centre/ABOC` ABOC.

    A token stays with whose token it is: `police/3f9a`.
    """
    name = institution.removeprefix("organisation:")
    issuer, _, own = name.partition("/")
    if name == institution or not own:
        return name
    return own if own == issuer or CALLED.fullmatch(own) else name
