"""How a trace is told: where the money is, how much, who can stop it, in what order; whom and which places it touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from cutline.model.assets import display_asset
from cutline.model.entities import Label, kind_of
from cutline.model.evidence import Ending, Hop, Terminal, Trace, to_plain
from cutline.model.money import format_minor
from cutline.pipeline.answered import told_customers
from cutline.pipeline.pricing import Price, last_prices, worth
from cutline.pipeline.trail import Trail, told_offers
from cutline.store.lake import Lake
from cutline.tracing import StopLine, stop_list
from cutline.tracing.drafting import Customer
from cutline.tracing.holders import Request, held_loss, next_to_ask, stopped_of
from cutline.tracing.items import Bought, Offer, find_items
from cutline.tracing.stopping import issuer_of
from cutline.tracing.wallets import limits_of
from cutline.workspace.amounts import ENDINGS, ORIGINS, Place, by_asset, by_ending, by_gap, by_holder, by_place, by_reach
from cutline.workspace.backing import Behind, key_cards, look_behind
from cutline.workspace.requested import tell_asked

REFERENCES_SHOWN = 3
HOLDERS = ("account", "ecny_wallet", "address")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a trace is told with: who stands behind whom, how exchanges know customers, prices, listings, what was asked."""

    until: datetime
    behind: Mapping[str, Behind] = field(default_factory=dict)
    customers: Mapping[str, Customer] = field(default_factory=dict)
    prices: Mapping[str, Price] = field(default_factory=dict)
    offers: Sequence[Offer] = ()
    asked: Mapping[str, Sequence[Request]] = field(default_factory=dict)


def survey(lake: Lake, traces: Sequence[Trace], until: datetime, asked: Mapping[str, Sequence[Request]]) -> Surroundings:
    """Read what stands around some traces; only rows that name whom they touch, and the few prices, orders and listings."""
    touched = {e for t in traces for h in t.hops for e in (h.payer, h.payee)} | {x.entity for t in traces for x in t.terminals}
    holders = sorted(e for e in touched if kind_of(e) in HOLDERS)
    return Surroundings(
        until,
        look_behind(lake, holders, until),
        told_customers(lake, holders),
        last_prices(lake, until),
        told_offers(lake),
        asked,
    )


def tell_trace(one: Trace, around: Surroundings, trail: Trail, backward: bool) -> dict[str, Any]:
    """Tell one trace as JSON-ready values: where the money is, who can stop it in what order, and how it got there."""
    stops = () if backward else stop_list(one, around.until, around.until, key_cards(around.behind))
    following = next_to_ask(stops, around.asked)
    words = ORIGINS if backward else ENDINGS
    return {
        "seed": one.seed,
        "trace_id": one.trace_id,
        "policy": one.policy.replace("_", "-"),
        "direction": "backward" if backward else "forward",
        "stolen": format_minor(one.stolen_minor, one.currency),
        "stolen_minor": one.stolen_minor,
        "currency": one.currency,
        "as_of": around.until.isoformat(),
        "next_to_ask": {"institution": following.institution, "entity": following.entity} if following else None,
        "reach": by_reach(one, _held(stops, around), _out_of_reach(stops)),
        "stops": [_stop(k, s, one, around) for k, s in enumerate(stops, 1)],
        "terminals": [_terminal(t, one, around, words) for t in one.terminals],
        "endings": by_ending(one, words),
        "totals": by_asset(one, around.prices),
        "holders": by_holder(one),
        "places": by_place(one, around.behind),
        "items": [_item(x, one) for x in find_items(trail.ledgers, one.hops, around.offers)],
        "gaps": by_gap(one, trail.ledgers),
        "hops": [_hop(h) for h in one.hops],
        "hops_total": len(one.hops),
        "truncated": one.truncated,
    }


def _held(stops: Sequence[StopLine], around: Surroundings) -> int:
    """Say how much of the loss is held on request; what an issuer froze and a limited card holds too is held once."""
    held: dict[Place, int] = {}
    for s in stops:
        place = (s.lies_at, s.asset, s.how)
        held[place] = max(held.get(place, 0), held_loss(s, around.asked.get(s.entity, ())))
    return sum(held.values())


def _out_of_reach(stops: Sequence[StopLine]) -> set[Place]:
    """Give the places where no line of the stop list has a chance."""
    chances: dict[Place, float] = {}
    for s in stops:
        place = (s.lies_at, s.asset, s.how)
        chances[place] = max(chances.get(place, 0.0), s.chance)
    return {place for place, chance in chances.items() if not chance}


def _stop(order: int, s: StopLine, one: Trace, around: Surroundings) -> dict[str, Any]:
    asked = around.asked.get(s.entity, ())
    return {
        "order": order,
        "entity": s.entity,
        "institution": s.institution,
        "who": _who(s, around.behind),
        "how": str(s.how),
        "amount": format_minor(s.amount_minor, s.asset),
        "amount_minor": s.amount_minor,
        "loss": format_minor(s.loss_minor, one.currency),
        "loss_minor": s.loss_minor,
        "minutes": round(s.minutes),
        "ago": _ago(s.minutes),
        "chance": s.chance,
        "minutes_left": s.minutes_left,
        "left": _ago(s.minutes_left),
        "asked": tell_asked(asked),
        "stopped": format_minor(stopped_of(s, asked), s.asset),
        "stopped_minor": stopped_of(s, asked),
        "act": f"{s.act_en} {s.act_zh}",
        "act_en": s.act_en,
        "act_zh": s.act_zh,
        "basis": s.basis,
        "behind": _behind(around.behind.get(s.entity), around.until),
        "ask_for": _references(s, one, around.customers),
    }


def _who(s: StopLine, behind: Mapping[str, Behind]) -> str:
    """Name who can act: the wallet's operator where a record names one, the issuer of a token, else the institution."""
    kind, one = kind_of(s.entity), behind.get(s.entity)
    if s.how is Ending.BRIDGE:
        return "operator of the bridge"
    if kind == "ecny_wallet" and one is not None and one.operator:
        return one.operator
    if kind == "address" and s.institution == s.asset:
        issuer = issuer_of(s.asset)
        return f"{issuer}, issuer of {display_asset(s.asset)}" if issuer else "nobody"
    return s.institution


def _behind(one: Behind | None, at: datetime) -> dict[str, Any] | None:
    """Tell who stands behind, and how fast a wallet's tier lets money leave; regions are told together, by place."""
    if one is None:
        return None
    told = {f.name: getattr(one, f.name) for f in fields(one) if f.name != "region"}
    plain: dict[str, Any] = {n: v.isoformat() if isinstance(v, datetime) else v for n, v in told.items() if v}
    limits = limits_of(one.tier, one.operator, at) if one.tier else None
    return plain | ({"limits": to_plain(limits) | {"since": limits.since.isoformat()}} if limits else {})


def _references(s: StopLine, one: Trace, customers: Mapping[str, Customer]) -> list[str]:
    """Give the memos and references by which an exchange knows a customer: of the place itself, and of whoever paid into it."""
    if s.how is not Ending.EXCHANGE:
        return []
    near = [s.entity, *dict.fromkeys(h.payer for h in one.hops if h.payee == s.entity)]
    told = dict.fromkeys(r for e in near if e in customers for r in customers[e].references)
    return list(told)[:REFERENCES_SHOWN]


def _terminal(t: Terminal, one: Trace, around: Surroundings, words: Mapping[Ending, Label]) -> dict[str, Any]:
    value, told = worth(t.amount_minor, t.asset, around.prices), words[t.how]
    return {
        **to_plain(t),
        "amount": format_minor(t.amount_minor, t.asset),
        "loss": format_minor(t.loss_minor, one.currency),
        "worth_minor": value,
        "because_en": told.en,
        "because_zh": told.zh,
    }


def _item(x: Bought, one: Trace) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain(x)
    return plain | {"paid": format_minor(x.paid_minor, x.asset), "loss": format_minor(x.loss_minor, one.currency)}


def _ago(minutes: float) -> str:
    """Say how long money has lain as a person would: `16 min`, `3 h 24 min`, `12 d 5 h`."""
    whole = round(minutes)
    if whole < 60:
        return f"{whole} min"
    hours, rest = divmod(whole, 60)
    return f"{hours} h {rest} min" if hours < 24 else f"{hours // 24} d {hours % 24} h"


def _hop(hop: Hop) -> dict[str, Any]:
    return {
        **to_plain(hop),
        "carried": format_minor(hop.carried_minor, hop.asset),
        "transferred": format_minor(hop.transferred_minor, hop.asset),
        "tainted_first": format_minor(hop.tainted_first_minor, hop.asset),
        "fifo": format_minor(hop.fifo_minor, hop.asset),
        "haircut": format_minor(hop.haircut_minor, hop.asset),
    }
