"""How a trace is told: where the money is, how much, who can stop it, in what order; whom and which places it touched."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cutline.model.endings import STATES
from cutline.model.entities import INTERMEDIATE, Label, kind_of
from cutline.model.evidence import Citation, Ending, Hop, Terminal, Trace, to_plain
from cutline.model.money import format_minor
from cutline.model.tables import HOLDERS
from cutline.pipeline.pricing import Price, last_prices, worth
from cutline.pipeline.trail import Trail, told_offers
from cutline.store.lake import Lake
from cutline.tracing import Policy, StopLine, stop_list
from cutline.tracing.co_spending import SPENT_TOGETHER, SWEPT, suspect_keepers
from cutline.tracing.doubts import Doubt, Place, doubts_before, doubts_of
from cutline.tracing.holders import Request, about_line, held_loss, next_to_ask
from cutline.tracing.items import Bought, Offer, find_items
from cutline.workspace.amounts import (
    ENDINGS,
    ORIGINS,
    bounds_by_ending,
    by_asset,
    by_ending,
    by_gap,
    by_holder,
    by_place,
    by_reach,
)
from cutline.workspace.backing import Behind, key_cards, look_behind
from cutline.workspace.institutions import Institutions, look_up
from cutline.workspace.stops import CAME, DOUBTED, Beside, tell_stop, tell_way


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a trace is told with: who stands behind whom, who runs services by what name, prices, listings, what was asked."""

    now: datetime
    until: datetime
    behind: Mapping[str, Behind] = field(default_factory=dict)
    institutions: Institutions = field(default_factory=lambda: Institutions({}, {}, {}))
    prices: Mapping[str, Price] = field(default_factory=dict)
    offers: Sequence[Offer] = ()
    asked: Mapping[str, Sequence[Request]] = field(default_factory=dict)


def survey(
    lake: Lake,
    traces: Sequence[Trace],
    moments: tuple[datetime, datetime],
    asked: Mapping[str, Sequence[Request]],
    trail: Trail,
) -> Surroundings:
    """Read what stands around some traces; only rows that name whom they touch, and the few prices, orders and listings.

    `moments`: from which minutes are counted, and the last delivered transfer, until which money is known to lie still.
    """
    now, until = moments
    touched = {e for t in traces for h in t.hops for e in (h.payer, h.payee)} | {x.entity for t in traces for x in t.terminals}
    holders = sorted(e for e in touched if kind_of(e) in HOLDERS)
    return Surroundings(
        now,
        until,
        look_behind(lake, holders, now),
        look_up(lake, traces, trail),
        last_prices(lake, now),
        told_offers(lake),
        asked,
    )


def tell_trace(one: Trace, around: Surroundings, trail: Trail, backward: bool) -> dict[str, Any]:
    """Tell one trace as JSON-ready values: where the money is, who can stop it in what order, and how it got there.

    Poison's amounts bound each place by itself: nothing of them is added up, and what can be reached is not told.
    """
    stops = () if backward else stop_list(one, around.now, around.until, key_cards(around.behind))
    following = next_to_ask(stops, around.asked)
    words, bound = ORIGINS if backward else ENDINGS, one.policy == Policy.POISON.value
    leads = {hop.citation for hop in one.hops if not hop.carried_minor}
    doubts, way = (doubts_before(one), CAME) if backward else (doubts_of(one), DOUBTED)
    return {
        "seed": one.seed,
        "trace_id": one.trace_id,
        "policy": one.policy.replace("_", "-"),
        "direction": "backward" if backward else "forward",
        "stolen": format_minor(one.stolen_minor, one.currency),
        "stolen_minor": one.stolen_minor,
        "currency": one.currency,
        "as_of": around.now.isoformat(),
        "records_until": around.until.isoformat(),
        "next_to_ask": _named(following, stops) if following else None,
        "reach": None if bound else by_reach(one, _held(stops, around), _out_of_reach(stops)),
        "stops": [tell_stop(k, s, one, _beside(s, around)) for k, s in enumerate(stops, 1)],
        "terminals": [_terminal(t, one, around, words) | tell_way(_doubt(t, doubts), one, way) for t in one.terminals],
        "endings": bounds_by_ending(one, words) if bound else by_ending(one, doubts, words),
        "totals": [] if bound else by_asset(one, around.prices),
        "holders": by_holder(one, around.behind),
        "places": by_place(one, around.behind, bound),
        "items": [_item(x, one, leads) for x in find_items(trail.ledgers, one.hops, around.offers)],
        "gaps": by_gap(one, trail.ledgers),
        "hypotheses": _hypotheses(one, trail),
        "hops": [_hop(h) for h in one.hops],
        "hops_total": len(one.hops),
        "truncated": one.truncated,
        "searched": [searched._asdict() for searched in trail.searched],
    }


def _named(line: StopLine, stops: Sequence[StopLine]) -> dict[str, Any]:
    """Name the next line to ask about by its place in the stop list too: one entity may stand there with several assets."""
    return {"institution": line.institution, "entity": line.entity, "order": stops.index(line) + 1}


def _beside(line: StopLine, around: Surroundings) -> Beside:
    """Gather what is known beside one line of the stop list."""
    return Beside(around.now, around.behind.get(line.entity), around.institutions, about_line(line, around.asked))


def _held(stops: Sequence[StopLine], around: Surroundings) -> int:
    """Say how much of the loss is held on request; what an issuer froze and a limited card holds too is held once."""
    held: dict[Place, int] = {}
    for s in stops:
        place = (s.lies_at, s.asset, s.how)
        held[place] = max(held.get(place, 0), held_loss(s, about_line(s, around.asked)))
    return sum(held.values())


def _out_of_reach(stops: Sequence[StopLine]) -> set[Place]:
    """Give the places where no line of the stop list has a chance."""
    chances: dict[Place, float] = {}
    for s in stops:
        place = (s.lies_at, s.asset, s.how)
        chances[place] = max(chances.get(place, 0.0), s.chance)
    return {place for place, chance in chances.items() if not chance}


def _doubt(t: Terminal, doubts: Mapping[Place, Doubt]) -> Doubt | None:
    return doubts.get((t.entity, t.asset, t.how))


def _terminal(t: Terminal, one: Trace, around: Surroundings, words: Mapping[Ending, Label]) -> dict[str, Any]:
    value, told = worth(t.amount_minor, t.asset, around.prices), words[t.how]
    return {
        **to_plain(t),
        "amount": format_minor(t.amount_minor, t.asset),
        "loss": format_minor(t.loss_minor, one.currency),
        "worth_minor": value,
        "state_en": STATES[t.how].en,
        "state_zh": STATES[t.how].zh,
        "because_en": told.en,
        "because_zh": told.zh,
    }


KEEPERS = {
    SPENT_TOGETHER: Label("spent together with an address of an exchange", "与交易所地址在同一笔交易中共同支出"),
    SWEPT: Label("all of it was swept to an exchange together with others", "与其他地址一并归集至交易所"),
}


def _hypotheses(one: Trace, trail: Trail) -> list[dict[str, Any]]:
    """Say whose addresses of Bitcoin may be: no amount rests on it, but the exchange can be asked for its customer."""
    touched = {e for h in one.hops for e in (h.payer, h.payee)}
    if not any(kind_of(entity) == INTERMEDIATE for entity in touched):
        return []
    found = suspect_keepers(trail.ledgers, trail.landmarks, (e for e in touched if kind_of(e) == "address"))
    return [{**to_plain(h), "because_en": KEEPERS[h.why].en, "because_zh": KEEPERS[h.why].zh} for h in found]


def _item(x: Bought, one: Trace, leads: Collection[Citation]) -> dict[str, Any]:
    """Tell a purchase; a lead is one that the money bought under another policy than the asked one."""
    told: dict[str, Any] = {"paid": format_minor(x.paid_minor, x.asset), "loss": format_minor(x.loss_minor, one.currency)}
    plain: dict[str, Any] = to_plain(x)
    return plain | told | {"lead": x.citations[0] in leads}


def _hop(hop: Hop) -> dict[str, Any]:
    return {
        **to_plain(hop),
        "lead": not hop.carried_minor,
        "carried": format_minor(hop.carried_minor, hop.asset),
        "transferred": format_minor(hop.transferred_minor, hop.asset),
        "tainted_first": format_minor(hop.tainted_first_minor, hop.asset),
        "fifo": format_minor(hop.fifo_minor, hop.asset),
        "haircut": format_minor(hop.haircut_minor, hop.asset),
    }
