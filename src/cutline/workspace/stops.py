"""How a line of the stop list is told: who can act, how much, until when, how sure the way to it is, what was asked already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from cutline.model.assets import display_asset
from cutline.model.endings import STATES
from cutline.model.entities import Label, kind_of
from cutline.model.evidence import Ending, Hop, Trace, to_plain
from cutline.model.money import format_minor
from cutline.tracing import StopLine
from cutline.tracing.doubts import Doubt
from cutline.tracing.holders import Request, stopped_of
from cutline.tracing.stopping import can_be_stopped, issuer_of
from cutline.tracing.wallets import limits_of
from cutline.workspace.backing import Behind
from cutline.workspace.institutions import Institutions, plain_name
from cutline.workspace.requested import tell_asked

RUNS: dict[Ending, tuple[Label, Label]] = {
    Ending.EXCHANGE: (
        Label("the exchange {name}", "{name}交易所"),
        Label("an exchange that no record names", "未具名的交易所"),
    ),
    Ending.CUSTODIAL: (
        Label("the custodian {name}", "托管方{name}"),
        Label("a custodian that no record names", "未具名的托管方"),
    ),
    Ending.BRIDGE: (
        Label("{name}, who runs the bridge", "跨链桥运营方{name}"),
        Label("whoever runs the bridge", "跨链桥运营方"),
    ),
    Ending.MIXER: (Label("the mixer {name}", "混币服务{name}"), Label("a mixer", "混币服务")),
}
"""How whoever runs a service is called, where records name it and where none does."""

NOBODY = Label("nobody", "无")
OPERATOR = Label("the wallet's operator, whom no record names", "钱包运营机构（记录未载）")

DOUBTED = Label(
    "{guessed} of it came over a conversion (desk or bridge) that {rivals} transfers fit; the nearest was taken. About {sure} "
    "of what lies here is the stolen money.",
    "其中{guessed}经一次兑换而来，有{rivals}笔转账均可能对应，取最接近的一笔；此处资金约{sure}为涉案资金。",
)
SETTLE = Label(
    " Ask first which one it was; do not have it held yet.",
    "请先查明对应的是哪一笔，暂不止付、不冻结。",
)
CAME = Label(
    "{guessed} of it came over a conversion (desk or bridge) that {rivals} transfers fit; the nearest was taken. About {sure} "
    "of it came from here.",
    "其中{guessed}经一次兑换而来，有{rivals}笔转账均可能对应，取最接近的一笔；约{sure}来自此处。",
)
"""The same of where money came from: nothing lies there to be held."""
BOUND = Label(
    "Poison only bounds who could have been touched.",
    "仅示可能涉及的最大范围。",
)
LIKE = Label(
    "On the way a conversion (desk or bridge) was joined by time and amount; nothing else fits it.",
    "途中一次兑换按时间与金额推定，无其他可对应的转账。",
)


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known beside a line, at which moment: who stands behind the entity, who runs services, what was asked."""

    now: datetime
    behind: Behind | None
    institutions: Institutions
    asked: Sequence[Request]


def tell_stop(order: int, line: StopLine, one: Trace, beside: Beside) -> dict[str, Any]:
    """Tell one line as JSON-ready values; ids stand alone in their fields, so that they can be masked."""
    asked, who = beside.asked, _who(line, beside)
    return {
        "order": order,
        "entity": line.entity,
        "institution": line.institution,
        "who": who.en,
        "who_zh": who.zh,
        "how": str(line.how),
        "state_en": STATES[line.how].en,
        "state_zh": STATES[line.how].zh,
        "amount": format_minor(line.amount_minor, line.asset),
        "amount_minor": line.amount_minor,
        "loss": format_minor(line.loss_minor, one.currency),
        "loss_minor": line.loss_minor,
        "minutes": round(line.minutes),
        "ago": tell_age(line.minutes),
        "can_be_stopped": can_be_stopped(line),
        "chance": line.chance,
        "still_there": line.stays,
        **tell_way(line.doubt, one),
        "minutes_left": line.minutes_left,
        "left": tell_age(line.minutes_left),
        "asked": tell_asked(asked),
        "stopped": format_minor(stopped_of(line, asked), line.asset),
        "stopped_minor": stopped_of(line, asked),
        "act": f"{line.act_en} {line.act_zh}",
        "act_en": line.act_en,
        "act_zh": line.act_zh,
        "basis": line.basis,
        "behind": _behind(beside.behind, beside.now),
        "ask_for": [{"what": what, "text": text} for what, text in beside.institutions.references(line, one.hops)],
    }


def _who(line: StopLine, beside: Beside) -> Label:
    """Name who can act: who runs a service, the wallet's operator, the issuer of a token, else the institution."""
    kind = kind_of(line.entity)
    if line.how in RUNS:
        name, likely = beside.institutions.named(line), beside.institutions.likely(line)
        known, unknown = RUNS[line.how]
        if name or not likely:
            return Label(known.en.format(name=name), known.zh.format(name=name)) if name else unknown
        return Label(f"{unknown.en}; by its customers' orders {likely}", f"{unknown.zh}（据其客户订单推定为{likely}）")
    if kind == "ecny_wallet":
        name = plain_name(beside.behind.operator) if beside.behind else ""
        return Label(name, name) if name else OPERATOR
    if kind in ("address", "transaction"):
        issuer, asset = issuer_of(line.asset), display_asset(line.asset)
        return Label(f"{issuer}, issuer of {asset}", f"{asset}发行方{issuer}") if issuer and kind == "address" else NOBODY
    return Label(plain_name(line.institution), plain_name(line.institution))


def tell_way(doubt: Doubt | None, one: Trace, told: Label = DOUBTED) -> dict[str, Any]:
    """Say how sure the way to a place is, in figures and in words, and which exchange on it is the most doubtful."""
    words = _doubted(doubt, one, told) if doubt else BOUND if one.policy == "poison" else Label("", "")
    return {
        "sure": None if doubt is None else round(doubt.sure, 4),
        "rivals": doubt.rivals if doubt else 0,
        "guessed": format_minor(doubt.guessed_minor, one.currency) if doubt else "",
        "guessed_minor": doubt.guessed_minor if doubt else None,
        "ask_first": doubt is not None and doubt.guessed,
        "guess": _guess(doubt),
        "way_en": words.en,
        "way_zh": words.zh,
    }


def _doubted(doubt: Doubt, one: Trace, told: Label) -> Label:
    if doubt.rivals < 2:
        return LIKE if doubt.rivals else Label("", "")
    said = {"guessed": format_minor(doubt.guessed_minor, one.currency), "rivals": doubt.rivals, "sure": f"{doubt.sure:.0%}"}
    settle = SETTLE if doubt.guessed and told is DOUBTED else Label("", "")
    return Label(told.en.format(**said) + settle.en, told.zh.format(**said) + settle.zh)


def _guess(doubt: Doubt | None) -> dict[str, Any] | None:
    """Name the exchange that is the most doubtful: what went in, where, and what is taken to have come out, to whom."""
    if doubt is None or doubt.got is None:
        return None
    return {"competing": doubt.rivals, "paid": _moved(doubt.paid), "got": _moved(doubt.got)}


def _moved(hop: Hop | None) -> dict[str, Any] | None:
    if hop is None:
        return None
    return {
        "payer": hop.payer,
        "payee": hop.payee,
        "at": hop.occurred_at.isoformat(),
        "amount": format_minor(hop.transferred_minor, hop.asset),
        "event_id": hop.citation.event_id,
    }


def _behind(one: Behind | None, at: datetime) -> dict[str, Any] | None:
    """Tell who stands behind, and how fast a wallet's tier lets money leave; regions are told together, by place."""
    if one is None:
        return None
    told = {f.name: getattr(one, f.name) for f in fields(one) if f.name != "region"}
    plain: dict[str, Any] = {n: v.isoformat() if isinstance(v, datetime) else v for n, v in told.items() if v}
    limits = limits_of(one.tier, one.operator, at) if one.tier else None
    return plain | ({"limits": to_plain(limits) | {"since": limits.since.isoformat()}} if limits else {})


def tell_age(minutes: float) -> str:
    """Say how long money has lain as a person would: `16 min`, `3 h 24 min`, `12 d 5 h`."""
    whole = round(minutes)
    if whole < 60:
        return f"{whole} min"
    hours, rest = divmod(whole, 60)
    return f"{hours} h {rest} min" if hours < 24 else f"{hours // 24} d {hours % 24} h"
