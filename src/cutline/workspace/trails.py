"""How a trace is told: where the money is, how much, who can stop it, in what order; whom and which places it touched."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cutline.model.assets import display_asset
from cutline.model.evidence import Hop, Trace, to_plain
from cutline.model.money import format_minor
from cutline.tracing import stop_list
from cutline.tracing.asking import Request, next_to_ask, stopped_of
from cutline.workspace.requested import tell_asked

HOPS_SHOWN = 60


def tell_trace(one: Trace, until: datetime, backward: bool, asked: Mapping[str, Sequence[Request]]) -> dict[str, Any]:
    """Tell one trace as JSON-ready values: where the money is, who can stop it in what order, and how it got there."""
    stops = () if backward else stop_list(one, until, until)
    following = next_to_ask(stops, asked)
    return {
        "seed": one.seed,
        "trace_id": one.trace_id,
        "policy": one.policy.replace("_", "-"),
        "direction": "backward" if backward else "forward",
        "stolen": format_minor(one.stolen_minor, one.currency),
        "stolen_minor": one.stolen_minor,
        "currency": one.currency,
        "as_of": until.isoformat(),
        "next_to_ask": {"institution": following.institution, "entity": following.entity} if following else None,
        "stops": [
            {
                "order": k,
                "entity": s.entity,
                "institution": s.institution,
                "how": str(s.how),
                "amount": format_minor(s.amount_minor, s.asset),
                "amount_minor": s.amount_minor,
                "loss": format_minor(s.loss_minor, one.currency),
                "loss_minor": s.loss_minor,
                "minutes": round(s.minutes),
                "ago": _ago(s.minutes),
                "chance": s.chance,
                "minutes_left": s.minutes_left,
                "asked": tell_asked(asked.get(s.entity, ())),
                "stopped": format_minor(stopped_of(s, asked.get(s.entity, ())), s.asset),
                "stopped_minor": stopped_of(s, asked.get(s.entity, ())),
                "act": f"{s.act_en} {s.act_zh}",
                "basis": s.basis,
            }
            for k, s in enumerate(stops, 1)
        ],
        "terminals": [{**to_plain(t), "amount": format_minor(t.amount_minor, t.asset)} for t in one.terminals],
        "totals": _totals(one),
        "holders": _holders(one),
        "hops": [_hop(h) for h in one.hops[:HOPS_SHOWN]],
        "hops_total": len(one.hops),
        "truncated": one.truncated,
    }


def _totals(one: Trace) -> list[dict[str, Any]]:
    """Add up what lies where, by asset and by how it ends; the share of the loss stands in the loss's currency."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for t in one.terminals:
        for k, part in enumerate((t.amount_minor, t.loss_minor, 1)):
            sums[t.asset, str(t.how)][k] += part
    return [
        {
            "asset": display_asset(asset),
            "how": how,
            "places": places,
            "amount": format_minor(amount, asset),
            "amount_minor": amount,
            "loss": format_minor(loss, one.currency),
            "loss_minor": loss,
        }
        for (asset, how), (amount, loss, places) in sorted(sums.items(), key=lambda item: (-item[1][1], item[0]))
    ]


def _holders(one: Trace) -> list[dict[str, Any]]:
    """Say which institutions and chains the trail touched, in which country, and how many of their accounts."""
    touched: dict[str, set[str]] = defaultdict(set)
    for hop in one.hops:
        for entity in (hop.payer, hop.payee):
            touched[_holder(entity, hop.asset)].add(entity)
    return [
        {"holder": holder, "country": holder[:2] if re.fullmatch("[A-Z]{2}/.+", holder) else "", "accounts": len(accounts)}
        for holder, accounts in sorted(touched.items(), key=lambda item: (-len(item[1]), item[0]))
    ]


def _holder(entity: str, asset: str) -> str:
    """Give the bank in an account's id (of an IBAN its country), the chain of an address's asset, else the kind of wallet."""
    kind, _, name = entity.partition(":")
    if kind == "account":
        place, _, rest = name.partition("/")
        return f"{rest[:2]}/IBAN" if place == "IBAN" else f"{place}/{rest.split('/')[0]}"
    return asset.partition("/")[0] if kind == "address" else kind


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
