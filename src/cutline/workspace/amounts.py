"""What a trace comes to: what can be stopped, by ending, by asset and in yuan, by holder, by place."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from cutline.model.assets import decimals_told_by, display_asset
from cutline.model.endings import STATES
from cutline.model.entities import INTERMEDIATE, Label, kind_of
from cutline.model.evidence import Ending, Trace
from cutline.model.money import BASE_CURRENCY, format_minor
from cutline.model.regions import region_of
from cutline.model.requests import ECNY_ISSUER
from cutline.pipeline.pricing import Price, worth
from cutline.tracing import Ledgers
from cutline.tracing.doubts import Doubt, Place
from cutline.tracing.magnitudes import integers
from cutline.tracing.stopping import issuer_of
from cutline.workspace.backing import Behind

ENDINGS = {
    Ending.CASH: Label("taken out in cash", "已取现"),
    Ending.EXCHANGE: Label("paid into an exchange; its own books go on", "进入交易所，须由其账册续查"),
    Ending.MIXER: Label("paid into a mixer", "进入混币服务"),
    Ending.CUSTODIAL: Label("taken into custody", "由托管方或池收存"),
    Ending.FROZEN: Label("frozen", "已冻结"),
    Ending.RESIDUAL: Label("still lies there", "仍在账户"),
    Ending.BUDGET: Label("not followed further: the search ended here", "追踪在此中止"),
    Ending.BURNED: Label("destroyed; its issuer may issue it anew", "已销毁，发行方可重新发行"),
    Ending.BRIDGE: Label("paid into a bridge; no payout was found", "进入跨链桥，未见出口"),
}
ORIGINS = {
    **ENDINGS,
    Ending.CASH: Label("came in as cash", "来自现金"),
    Ending.EXCHANGE: Label("came out of an exchange", "来自交易所"),
    Ending.MIXER: Label("came out of a mixer", "来自混币服务"),
    Ending.CUSTODIAL: Label("came out of custody", "来自托管方或池"),
    Ending.BRIDGE: Label("came out of a bridge; no payment into it was found", "来自跨链桥，未见入口"),
    Ending.RESIDUAL: Label("had it before the records begin", "记录起始前已有"),
}
"""Read backward, the same marks say where money came from."""

REACH = {Ending.FROZEN: "stopped", Ending.BURNED: "stopped", Ending.CASH: "gone", Ending.MIXER: "gone", Ending.BUDGET: "open"}
"""What can be done about an ending; what is not named can still be stopped by somebody."""


def by_reach(one: Trace, held_minor: int = 0, nobody_can: Collection[Place] = ()) -> dict[str, Any]:
    """Say how much of the loss was stopped already, can still be stopped, is out of reach, and is not followed to its end.

    `held_minor` of the loss lies where no record shows a freeze, and holders say that they stopped it. `nobody_can`: where a
    coin lies that nobody can freeze.
    """
    sums = dict.fromkeys(("stopped", "stoppable", "gone", "open"), 0)
    for t in one.terminals:
        reach = REACH.get(t.how, "stoppable")
        if t.how is Ending.BURNED and not issuer_of(t.asset):
            reach = "gone"  # a fee, or what somebody burnt: no list of an issuer stands behind it
        sums["gone" if reach == "stoppable" and (t.entity, t.asset, t.how) in nobody_can else reach] += t.loss_minor
    sums["stopped"], sums["stoppable"] = sums["stopped"] + held_minor, sums["stoppable"] - held_minor
    return {f"{name}_minor": minor for name, minor in sums.items()} | {
        name: format_minor(minor, one.currency) for name, minor in sums.items()
    }


def by_gap(one: Trace, ledgers: Ledgers) -> list[dict[str, Any]]:
    """Name accounts on the way whose stated balances changed otherwise than their rows: there the trail may miss something."""
    passed = dict.fromkeys((who, hop.asset) for hop in one.hops for who in (hop.payer, hop.payee))
    books = [(entity, asset, ledgers.book(ledgers.index.code(entity), asset)) for entity, asset in passed]
    found = [(e, a, int(integers(ledgers.gap[book : book + 1])[0])) for e, a, book in books if book >= 0]
    return [
        {
            "entity": entity,
            "asset": asset,
            "direction": "in" if gap > 0 else "out",
            "missing": format_minor(abs(gap), asset),
            "missing_minor": abs(gap),
        }
        for entity, asset, gap in found
        if gap
    ]


def by_ending(
    one: Trace, doubts: Mapping[Place, Doubt] = MappingProxyType({}), words: Mapping[Ending, Label] = ENDINGS
) -> list[dict[str, Any]]:
    """Add up the loss by how it ends, with the reason in words, and what of it rests on a guess (`doubts`)."""
    sums: dict[Ending, list[int]] = {}
    for t in one.terminals:
        sofar, doubt = sums.setdefault(t.how, [0, 0, 0]), doubts.get((t.entity, t.asset, t.how))
        sofar[0] += t.loss_minor
        sofar[1] += 1
        sofar[2] += doubt.guessed_minor if doubt else 0
    return [
        {
            "how": str(how),
            "en": words[how].en,
            "zh": words[how].zh,
            "places": places,
            "loss": format_minor(loss, one.currency),
            "loss_minor": loss,
            "guessed": format_minor(guessed, one.currency),
            "guessed_minor": guessed,
            "share": round(loss / one.stolen_minor, 4) if one.stolen_minor else 0.0,
        }
        for how, (loss, places, guessed) in sorted(sums.items(), key=lambda item: (-item[1][0], item[0]))
    ]


def bounds_by_ending(one: Trace, words: Mapping[Ending, Label] = ENDINGS) -> list[dict[str, Any]]:
    """Say by how it ends how much at most lies at one place: bounds add up to nothing, and none exceeds what was stolen."""
    most: dict[Ending, list[int]] = {}
    for t in one.terminals:
        sofar = most.setdefault(t.how, [0, 0])
        sofar[0] = max(sofar[0], min(t.loss_minor, one.stolen_minor))
        sofar[1] += 1
    return [
        {
            "how": str(how),
            "en": words[how].en,
            "zh": words[how].zh,
            "places": places,
            "at_most": format_minor(loss, one.currency),
            "at_most_minor": loss,
        }
        for how, (loss, places) in sorted(most.items(), key=lambda item: (-item[1][0], item[0]))
    ]


def by_asset(one: Trace, prices: Mapping[str, Price]) -> list[dict[str, Any]]:
    """Add up what lies where, by asset and by how it ends; worth in yuan by the last price, which is no evidence."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for t in one.terminals:
        for k, part in enumerate((t.amount_minor, t.loss_minor, 1)):
            sums[t.asset, str(t.how)][k] += part
    return [
        {
            "asset": display_asset(asset),
            "how": how,
            "state_en": STATES[Ending(how)].en,
            "state_zh": STATES[Ending(how)].zh,
            "places": places,
            "amount": format_minor(amount, asset),
            "amount_minor": amount,
            "decimals_by": decimals_told_by(asset),
            "loss": format_minor(loss, one.currency),
            "loss_minor": loss,
            **_worth(amount, asset, prices),
        }
        for (asset, how), (amount, loss, places) in sorted(sums.items(), key=lambda item: (-item[1][1], item[0]))
    ]


def _worth(amount: int, asset: str, prices: Mapping[str, Price]) -> dict[str, Any]:
    value, price = worth(amount, asset, prices), prices.get(asset)
    return {
        "worth": None if value is None else format_minor(value, BASE_CURRENCY),
        "worth_minor": value,
        "priced_at": price.at.isoformat() if price else None,
        "priced_by": price.told_by if price else None,
    }


def by_place(one: Trace, behind: Mapping[str, Behind], bounds: bool = False) -> list[dict[str, Any]]:
    """Say which countries, provinces and cities the trail touched, how much of the loss ends there; unknown stays unknown.

    `bounds`: amounts bound each ending by itself, and are not added up.
    """
    touched = dict.fromkeys(e for h in one.hops for e in (h.payer, h.payee)) | dict.fromkeys(t.entity for t in one.terminals)
    where = {e: _place(e, behind.get(e)) for e in touched}
    ends: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for t in one.terminals:
        ends[where[t.entity]] += t.loss_minor
    counts = Counter(where.values())
    return [
        {
            "country": place[0],
            "province_en": place[1],
            "province_zh": place[2],
            "city": place[3],
            "accounts": counts[place],
            "loss": None if bounds else format_minor(ends[place], one.currency),
            "loss_minor": None if bounds else ends[place],
        }
        for place in sorted(counts, key=lambda place: (not place[0], -ends[place], -counts[place], place))
    ]


def _place(entity: str, behind: Behind | None) -> tuple[str, str, str, str]:
    """Give country, province (en, zh) and city: of the record, else the country of the bank in the account's id."""
    kind, _, name = entity.partition(":")
    country = name.partition("/")[2][:2] if name.startswith("IBAN/") else name.partition("/")[0] if kind == "account" else ""
    if behind is None or not behind.region:
        return country, "", "", ""
    region = region_of(behind.region, country or "CN")
    return region.country, region.province.en, region.province.zh, region.city


def by_holder(one: Trace, behind: Mapping[str, Behind] | None = None) -> list[dict[str, Any]]:
    """Say which institutions and chains the trail touched, in which country, and how many of their accounts.

    A wallet of digital yuan is its operator's, as records tell (`behind`), else nobody but the issuer can be named. What passes
    a transaction of a chain is held by nobody there. `lead_accounts` are those that carry nothing under the trace's own policy.
    """
    touched: dict[str, set[str]] = defaultdict(set)
    leads: dict[str, set[str]] = defaultdict(set)
    for hop in one.hops:
        for entity in (hop.payer, hop.payee):
            if kind_of(entity) != INTERMEDIATE:
                holder = _holder(entity, hop.asset, (behind or {}).get(entity))
                (touched if hop.carried_minor else leads)[holder].add(entity)
    told = [(holder, len(touched[holder]), len(leads[holder] - touched[holder])) for holder in touched.keys() | leads.keys()]
    return [
        {
            "holder": holder,
            "country": holder[:2] if re.fullmatch("[A-Z]{2}/.+", holder) else "",
            "accounts": accounts,
            "lead_accounts": more,
        }
        for holder, accounts, more in sorted(told, key=lambda item: (-item[1], -item[2], item[0]))
    ]


def _holder(entity: str, asset: str, behind: Behind | None) -> str:
    """Give the bank in an account's id (of an IBAN its country), the chain of an address's asset, a wallet's operator."""
    kind, _, name = entity.partition(":")
    if kind == "account":
        place, _, rest = name.partition("/")
        return f"{rest[:2]}/IBAN" if place == "IBAN" else f"{place}/{rest.split('/')[0]}"
    if kind == "ecny_wallet":
        operator = behind.operator.rpartition("/")[2] if behind else ""
        return f"e-CNY: {operator or f'{ECNY_ISSUER}, the issuer; no record names the operator'}"
    return asset.partition("/")[0] if kind == "address" else kind
