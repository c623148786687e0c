"""Who can still stop the money, in what order: the endings of a trace as requests that an officer can send now.

The chance of success is a stated heuristic, not a probability: that the money lies still until a request can be executed,
times how surely its holder can stop it. Forwarding times are those of 41 real cases: 16 minutes in the median, 3.4 hours at
the third quartile, 4.4 days at the ninth decile. Money that has lain long tends to lie on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from cutline.model.assets import symbol_of
from cutline.model.entities import INTERMEDIATE, kind_of
from cutline.model.evidence import Ending, Terminal, Trace

EXECUTION_MINUTES = 30.0
"""From request to execution (ours)."""

MINUTES = (0.0, 16.0, 204.0, 6336.0, 60_000.0)
STILL_THERE = (1.0, 0.5, 0.25, 0.1, 0.02)
"""Share of stolen money not yet forwarded so many minutes after receipt; the last point is ours."""

LAW = "Anti-Telecom and Online Fraud Law, art. 20"
CARD_LAW = "Anti-Telecom and Online Fraud Law, art. 11"


@dataclass(frozen=True, slots=True)
class Act:
    """What stops money: how surely its holder can (ours), what is asked of whom, and on what basis."""

    reach: float
    text_en: str
    text_zh: str
    basis: str


ACTS: dict[tuple[Ending, str], Act] = {
    (Ending.RESIDUAL, "account"): Act(0.9, "emergency stop-payment, then freeze, by the bank", "银行紧急止付、冻结", LAW),
    (Ending.RESIDUAL, "ecny_wallet"): Act(0.9, "emergency stop-payment by the wallet's operator", "运营机构紧急止付", LAW),
    (Ending.RESIDUAL, "address"): Act(0.3, "request to the token's issuer to freeze the address", "请发行方冻结地址", ""),
    (Ending.RESIDUAL, INTERMEDIATE): Act(
        0.0, "nobody can stop a miner's fee; watch an output that names no address", "矿工手续费无法止付；监测无地址输出", ""
    ),
    (Ending.EXCHANGE, ""): Act(0.7, "request to the exchange to hold the customer's balance", "请交易所冻结客户余额", ""),
    (Ending.CUSTODIAL, ""): Act(0.3, "request to the custodian to hold what it took in", "请托管方冻结", ""),
    (Ending.FROZEN, ""): Act(1.0, "stopped already: prolong the freeze, prepare the return", "已冻结:续冻并准备返还", LAW),
    (Ending.CASH, ""): Act(0.02, "secure the terminal's footage and find the person", "调取取款监控、查找取款人", ""),
    (Ending.BRIDGE, ""): Act(
        0.3, "request to the bridge's operator to hold it, and to name the payout", "请跨链桥运营方冻结并告知出口", ""
    ),
    (Ending.BURNED, ""): Act(
        0.3, "destroyed: ask the issuer by whom, and to issue it anew", "已销毁:请发行方说明并重新发行", ""
    ),
    (Ending.MIXER, ""): Act(0.0, "watch the mixer's outflows", "监测混币器流出", ""),
    (Ending.BUDGET, ""): Act(0.0, "trace further from here", "从此处继续追踪", ""),
}

ISSUERS = {"USDT": "Tether", "USDC": "Circle", "BUSD": "Paxos"}
"""Who can freeze a token at any address (K). Coins, and tokens without such a function, nobody can."""

PEGGED_ON = ("bsc/",)
"""Where a token of that name is an exchange's copy (K): the coin's issuer cannot freeze it there."""

DESTROYED = Act(0.0, "destroyed, and nobody issues it anew", "已销毁，无法重新发行", "")

UNSTOPPABLE = Act(
    0.0, "nobody can freeze this coin: watch the address, ask where it goes next", "该币种无法冻结:监测地址,续查去向", ""
)

LIMIT_CARD = Act(0.5, "limit the SIM card: the wallet's key lives on it", "限制电话卡:钱包密钥在卡内", CARD_LAW)
"""A card that is limited signs nothing; half is ours, for whoever copied the key before goes on without it."""


@dataclass(frozen=True, slots=True)
class KeyCard:
    """The SIM card that holds an address's key, and the operator that can limit it."""

    card: str
    operator: str


@dataclass(frozen=True, slots=True)
class StopLine:
    """One line of the stop list: whom to ask, about what, how much is there, how long it has lain, and what it takes.

    `minutes_left`: a request executed later than that has less than half of this chance. `lies_at`: where the money is; another
    than `entity` where a card is asked about that holds its key.
    """

    institution: str
    entity: str
    asset: str
    amount_minor: int
    loss_minor: int
    how: Ending
    minutes: float
    chance: float
    minutes_left: float
    act_en: str
    act_zh: str
    basis: str
    lies_at: str = ""


def stop_list(
    trace: Trace, now: datetime, seen_until: datetime | None = None, cards: Mapping[str, KeyCard] | None = None
) -> tuple[StopLine, ...]:
    """Give a trace's endings in the order in which to act: by share of the loss times chance of success; frozen ones last.

    `seen_until` is the last delivered event (default: `now`): until then the money is known to lie still. `cards`: by address
    the SIM card that holds its key; to limit it is a line of its own beside the issuer's, about the same money.
    """
    still = [terminal for terminal in trace.terminals if terminal.loss_minor]
    lines = [_line(terminal, _act(terminal), now, min(now, seen_until or now)) for terminal in still]
    for terminal in still:
        key = (cards or {}).get(terminal.entity)
        if key is not None and terminal.how is Ending.RESIDUAL:
            line = _line(terminal, LIMIT_CARD, now, min(now, seen_until or now))
            lines.append(replace(line, institution=key.operator, entity=key.card))
    # What is frozen already can wait for whoever has time to prolong it.
    order = [(x.how is Ending.FROZEN, -x.loss_minor * x.chance, -x.loss_minor, x.entity, x.asset, x.how) for x in lines]
    return tuple(lines[k] for k in sorted(range(len(lines)), key=order.__getitem__))


def issuer_of(asset: str) -> str:
    """Name who can freeze a token wherever it lies; empty where nobody can."""
    return "" if asset.startswith(PEGGED_ON) else ISSUERS.get(symbol_of(asset), "")


def _act(terminal: Terminal) -> Act:
    if terminal.how is Ending.RESIDUAL and kind_of(terminal.entity) == "address" and not issuer_of(terminal.asset):
        return UNSTOPPABLE
    if terminal.how is Ending.BURNED and not issuer_of(terminal.asset):
        return DESTROYED
    return ACTS[terminal.how, kind_of(terminal.entity) if terminal.how is Ending.RESIDUAL else ""]


def _line(terminal: Terminal, act: Act, now: datetime, seen: datetime) -> StopLine:
    age = max(0.0, (now - terminal.since).total_seconds() / 60)
    lay_still = max(0.0, (seen - terminal.since).total_seconds() / 60)
    stays = 1.0 if terminal.how is Ending.FROZEN else _still(age + EXECUTION_MINUTES) / _still(lay_still)
    return StopLine(
        terminal.institution,
        terminal.entity,
        terminal.asset,
        terminal.amount_minor,
        terminal.loss_minor,
        terminal.how,
        age,
        round(act.reach * stays, 4),
        _minutes_left(age),
        act.text_en,
        act.text_zh,
        act.basis,
        terminal.entity,
    )


def _minutes_left(age: float) -> float:
    """Give after how many minutes half of the money that lies here now will have gone on, by the same curve."""
    half = _still(age) / 2
    goes = np.interp(half, STILL_THERE[::-1], np.log1p(MINUTES)[::-1])
    return round(max(0.0, float(np.expm1(goes)) - age), 1)


def _still(minutes: float) -> float:
    """Give the share not forwarded after so many minutes, between the known points on a logarithmic scale of time."""
    return float(np.interp(np.log1p(minutes), np.log1p(MINUTES), STILL_THERE))
