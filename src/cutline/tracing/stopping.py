"""Who can still stop the money, in what order: the endings of a trace as requests that an officer can send now.

The chance is made of three things and nothing else: whether anybody can hold what lies there (1 or 0), how likely it still lies
there when a request is executed, and how sure the way to it is. Forwarding times are those of 41 real cases: 16 minutes in the
median, 3.4 hours at the third quartile, 4.4 days at the ninth decile; money that has lain long tends to lie on. How often a
holder does what it could, nobody counts by kind of holder (two thirds over all in one country, S), and so it orders nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from cutline.model.assets import symbol_of
from cutline.model.entities import INTERMEDIATE, kind_of
from cutline.model.evidence import Ending, Terminal, Trace
from cutline.model.requests import OF_CARDS, OF_MONEY
from cutline.tracing.doubts import Doubt, doubts_of

ORDERED_MINUTES = 10.0
"""From alert to stop where the law binds the holder (S: a city's police stopped most within ten minutes of the alert)."""

ASKED_MINUTES = 660.0
"""From a request to an issuer's freeze: 4 to 18 hours (S), the middle. Of exchanges, custodians and bridges no figure is known:
they are taken to be as slow (D)."""

MINUTES = (0.0, 16.0, 204.0, 6336.0, 60_000.0)
STILL_THERE = (1.0, 0.5, 0.25, 0.1, 0.02)
"""Share of stolen money not yet forwarded so many minutes after receipt (measured on 41 real cases); the last point is ours."""


@dataclass(frozen=True, slots=True)
class Act:
    """What stops money: whether its holder can, how many minutes that takes, what is asked of whom, and on what basis."""

    able: bool
    takes: float
    text_en: str
    text_zh: str
    basis: str


def _ordered(en: str, zh: str) -> Act:
    """What a holder must do whom the law binds."""
    return Act(able=True, takes=ORDERED_MINUTES, text_en=en, text_zh=zh, basis=OF_MONEY.en)


def _asked(en: str, zh: str) -> Act:
    """What a holder may do whom no law of ours binds."""
    return Act(able=True, takes=ASKED_MINUTES, text_en=en, text_zh=zh, basis="")


def _nobody(en: str, zh: str) -> Act:
    """What is left to do where nobody can hold anything."""
    return Act(able=False, takes=0.0, text_en=en, text_zh=zh, basis="")


ACTS: dict[tuple[Ending, str], Act] = {
    (Ending.RESIDUAL, "account"): _ordered("emergency stop-payment, then freeze, by the bank", "由银行紧急止付，随后冻结"),
    (Ending.RESIDUAL, "ecny_wallet"): _ordered("emergency stop-payment by the wallet's operator", "由钱包运营机构紧急止付"),
    (Ending.RESIDUAL, "address"): _asked("request to the token's issuer to freeze the address", "请代币发行方冻结该地址"),
    (Ending.RESIDUAL, INTERMEDIATE): _nobody(
        "nobody can stop a miner's fee; watch an output that names no address", "矿工手续费无法止付；监测无地址输出"
    ),
    (Ending.EXCHANGE, ""): _asked("request to the exchange to hold the customer's balance", "请交易所冻结该客户余额"),
    (Ending.CUSTODIAL, ""): _asked("request to the custodian to hold what it took in", "请托管方冻结所收款项"),
    (Ending.FROZEN, ""): _ordered("stopped already: prolong the freeze, prepare the return", "已冻结：续冻并准备返还"),
    (Ending.CASH, ""): _nobody(
        "taken out: secure the terminal's footage and find the person", "已取现：调取取款监控、查找取款人"
    ),
    (Ending.BRIDGE, ""): _asked(
        "request to the bridge's operator to hold it, and to name the payout", "请跨链桥运营方冻结并告知出账"
    ),
    (Ending.BURNED, ""): _asked(
        "destroyed: ask the issuer by whom, and to issue it anew", "已销毁：请发行方说明由谁销毁并重新发行"
    ),
    (Ending.MIXER, ""): _nobody("watch the mixer's outflows", "监测混币服务流出"),
    (Ending.BUDGET, ""): _nobody("trace further from here", "从此处继续追踪"),
}

STOPPED = (Ending.FROZEN, Ending.BURNED)
"""Endings where somebody stopped the money already."""

ISSUERS = {"USDT": "Tether", "USDC": "Circle", "BUSD": "Paxos"}
"""Who can freeze a token at any address (K). Coins, and tokens without such a function, nobody can."""

PEGGED_ON = ("bsc/",)
"""Where a token of that name is an exchange's copy (K): the coin's issuer cannot freeze it there."""

DESTROYED = _nobody("destroyed, and nobody issues it anew", "已销毁，无法重新发行")

UNSTOPPABLE = _nobody(
    "nobody can freeze this coin: watch the address, ask where it goes next", "该币种无法冻结：监测地址，续查去向"
)

LIMIT_CARD = Act(
    able=True,
    takes=ORDERED_MINUTES,
    text_en="limit the SIM card: the wallet's key lives on it",
    text_zh="限制电话卡：钱包密钥存于卡内",
    basis=OF_CARDS.en,
)
"""A card that is limited signs nothing, and the key never leaves it (K)."""


@dataclass(frozen=True, slots=True)
class KeyCard:
    """The SIM card that holds an address's key, and the operator that can limit it."""

    card: str
    operator: str


@dataclass(frozen=True, slots=True)
class StopLine:
    """One line of the stop list: whom to ask, about what, how much is there, how long it has lain, and what it takes.

    `chance` is `stays` (that it still lies there when a request is executed) times the doubt's `sure`; 0 where nobody can hold
    it. `minutes_left`: a request executed later than that has less than half of this chance. `lies_at`: where the money is;
    another than `entity` where a card is asked about that holds its key. `doubt`: how sure the way is; None: no way is told.
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
    lies_at: str
    stays: float
    doubt: Doubt | None

    @property
    def guessed(self) -> bool:
        """Whether what lies here is more likely somebody else's: the guess is settled before anybody holds it."""
        return self.doubt is not None and self.doubt.guessed


def stop_list(
    trace: Trace, now: datetime, seen_until: datetime | None = None, cards: Mapping[str, KeyCard] | None = None
) -> tuple[StopLine, ...]:
    """Give a trace's endings in the order in which to act: by share of the loss times chance, what was stopped already last.

    `seen_until` is the last delivered event (default: `now`): until then the money is known to lie still. `cards`: by address
    the SIM card that holds its key; to limit it is a line of its own beside the issuer's, about the same money.
    """
    still = [terminal for terminal in trace.terminals if terminal.loss_minor]
    clock, doubts = _Clock(now, min(now, seen_until or now)), doubts_of(trace)
    lines = []
    for terminal in still:
        doubt = doubts.get((terminal.entity, terminal.asset, terminal.how))
        lines.append(_line(terminal, _act(terminal), clock, doubt))
        key = (cards or {}).get(terminal.entity)
        if key is not None and terminal.how is Ending.RESIDUAL:
            line = _line(terminal, LIMIT_CARD, clock, doubt)
            lines.append(replace(line, institution=key.operator, entity=key.card))
    # What is stopped already can wait for whoever has time to prolong it.
    order = [(x.how in STOPPED, -x.loss_minor * x.chance, -x.loss_minor, x.entity, x.asset, x.how) for x in lines]
    return tuple(lines[k] for k in sorted(range(len(lines)), key=order.__getitem__))


def can_be_stopped(line: StopLine) -> bool:
    """Say whether somebody could hold now what lies there: neither stopped already nor beyond everybody's reach."""
    return line.chance > 0 and line.how not in STOPPED


@dataclass(frozen=True, slots=True)
class _Clock:
    """When somebody asks, and until when money is known to lie still."""

    now: datetime
    seen: datetime


def issuer_of(asset: str) -> str:
    """Name who can freeze a token wherever it lies; empty where nobody can."""
    return "" if asset.startswith(PEGGED_ON) else ISSUERS.get(symbol_of(asset), "")


def can_be_held(terminal: Terminal) -> bool:
    """Say of an ending whether somebody could hold what lies there, and nobody does yet."""
    return _act(terminal).able and terminal.how not in STOPPED


def _act(terminal: Terminal) -> Act:
    if terminal.how is Ending.RESIDUAL and kind_of(terminal.entity) == "address" and not issuer_of(terminal.asset):
        return UNSTOPPABLE
    if terminal.how is Ending.BURNED and not issuer_of(terminal.asset):
        return DESTROYED
    return ACTS[terminal.how, kind_of(terminal.entity) if terminal.how is Ending.RESIDUAL else ""]


def _line(terminal: Terminal, act: Act, clock: _Clock, doubt: Doubt | None) -> StopLine:
    age = max(0.0, (clock.now - terminal.since).total_seconds() / 60)
    lay_still = max(0.0, (clock.seen - terminal.since).total_seconds() / 60)
    stays = 1.0 if terminal.how in STOPPED else _still(age + act.takes) / _still(lay_still)
    sure = 1.0 if doubt is None else doubt.sure
    return StopLine(
        institution=terminal.institution,
        entity=terminal.entity,
        asset=terminal.asset,
        amount_minor=terminal.amount_minor,
        loss_minor=terminal.loss_minor,
        how=terminal.how,
        minutes=age,
        chance=round(stays * sure, 4) if act.able else 0.0,
        minutes_left=_minutes_left(age),
        act_en=act.text_en,
        act_zh=act.text_zh,
        basis=act.basis,
        lies_at=terminal.entity,
        stays=round(stays, 4),
        doubt=doubt,
    )


def _minutes_left(age: float) -> float:
    """Give after how many minutes half of the money that lies here now will have gone on, by the same curve."""
    half = _still(age) / 2
    goes = np.interp(half, STILL_THERE[::-1], np.log1p(MINUTES)[::-1])
    return round(max(0.0, float(np.expm1(goes)) - age), 1)


def _still(minutes: float) -> float:
    """Give the share not forwarded after so many minutes, between the known points on a logarithmic scale of time."""
    return float(np.interp(np.log1p(minutes), np.log1p(MINUTES), STILL_THERE))
