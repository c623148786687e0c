"""From a stop list to requests that an officer can read and sign: whom to ask about each ending, what, how much, on what basis.

Nothing is sent from here. What no holder can stop is named with the reason: nobody waits for an answer that cannot come.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cutline.model.assets import display_asset
from cutline.model.entities import INTERMEDIATE, Label, kind_of
from cutline.model.evidence import Ending, Terminal, Trace
from cutline.model.money import format_minor
from cutline.model.requests import ABROAD, AT_HOME, ECNY_ISSUER, LASTS, OF_CARDS, Ask, Draft
from cutline.tracing.stopping import StopLine, issuer_of

EVERY = (Ask.STOP, Ask.FREEZE, Ask.QUERY, Ask.PRESERVE)

PLAN: dict[tuple[Ending, str], tuple[tuple[Ask, ...], tuple[Ask, ...]]] = {
    (Ending.RESIDUAL, "account"): ((Ask.STOP, Ask.QUERY), EVERY),
    (Ending.RESIDUAL, "ecny_wallet"): ((Ask.STOP, Ask.QUERY), EVERY),
    (Ending.RESIDUAL, "address"): ((Ask.FREEZE,), (Ask.FREEZE,)),
    (Ending.RESIDUAL, "subscriber"): ((Ask.STOP,), (Ask.STOP, Ask.QUERY)),
    (Ending.EXCHANGE, ""): ((Ask.FREEZE, Ask.QUERY), (Ask.FREEZE, Ask.QUERY, Ask.PRESERVE)),
    (Ending.CUSTODIAL, ""): ((Ask.FREEZE, Ask.QUERY), (Ask.FREEZE, Ask.QUERY, Ask.PRESERVE)),
    (Ending.BRIDGE, ""): ((Ask.FREEZE, Ask.QUERY), (Ask.FREEZE, Ask.QUERY, Ask.PRESERVE)),
    (Ending.CASH, ""): ((Ask.PRESERVE,), (Ask.QUERY, Ask.PRESERVE)),
}
"""By ending, and for what lies there by kind of entity: what is asked where nothing else is wished, what can be asked."""

NOBODY = {
    Ending.FROZEN: "stopped already; prolong that freeze where it is about to end",
    Ending.BURNED: "destroyed; ask the issuer by whom, and to issue it anew",
    Ending.MIXER: "a mixer answers nobody; watch what leaves it",
    Ending.BUDGET: "the search ended here; trace further from this entity",
}

WANTED: dict[Ask, Label] = {
    Ask.STOP: Label(
        "Stop outgoing payments of {amount} from {about} at once, for {hours} hours. Confirm when, and how much was stopped; "
        "of what had left before, name the payments.",
        "请立即对{about}内的{amount}紧急止付，期限{hours}小时；请回复止付时间与止付金额，已转出的请列明去向。",
    ),
    Ask.FREEZE: Label(
        "Freeze {amount} at {about} for six months. Confirm when, and how much was frozen; of what had left before, name "
        "where to.",
        "请冻结{about}名下的{amount}，期限六个月；请回复冻结时间与冻结金额，已转出的请列明去向。",
    ),
    Ask.QUERY: Label(
        "Tell who holds {about}, what became of {amount} that arrived there, and all movements since {since}, in the format of "
        "`bank_transfers` or of your chain, with this request's number as `answers` in delivery.yaml.",
        "请提供{about}的持有人、到账{amount}的后续去向及{since}以来的全部交易；"
        "回复文件的 delivery.yaml 请以本函编号填写 answers。",
    ),
    Ask.PRESERVE: Label(
        "Keep the records of {about} around {since}: logs, device and network data, footage of the terminal. {amount} "
        "passed there.",
        "请保全{about}在{since}前后的记录：日志、设备与网络数据、终端监控录像；涉及金额{amount}。",
    ),
}

WANTED_OF_CARD: dict[Ask, Label] = {
    Ask.STOP: Label(
        "Limit the SIM card {about} at once, for {hours} hours: it holds the key of a wallet where {amount} of stolen money "
        "has lain since {since}, and signs what leaves it. Emergency calls stay possible. Confirm when it was limited.",
        "请立即限制电话卡{about}的功能，期限{hours}小时：卡内钱包密钥控制的地址自{since}起存有涉诈资金{amount}；"
        "保留紧急呼叫。请回复限制时间。",
    ),
    Ask.QUERY: Label(
        "Tell who holds the SIM card {about} and when it was last used: it holds the key of a wallet where {amount} of stolen "
        "money has lain since {since}. Answer in the format of `sim_cards`, with this request's number as `answers` in "
        "delivery.yaml.",
        "请提供电话卡{about}的持有人及最近使用情况：卡内钱包密钥控制的地址自{since}起存有涉诈资金{amount}；"
        "回复文件的 delivery.yaml 请以本函编号填写 answers。",
    ),
}
"""What is asked of a SIM card's operator: no sum can be stopped there, so none is named as the amount."""

FIRST = (Ask.QUERY, Ask.PRESERVE)
"""What is asked first about an ending that was guessed: what harms nobody where the guess is wrong (ADR 22)."""

GUESSED = Label(
    " Note: how the money came here is inferred, not recorded. {rivals} transfers fitted what was converted on the way; this "
    "one was the nearest. Of {amount}, {sure} is taken to be the stolen money. Check it against your own records before "
    "anything is held, and tell what they show.",
    "请注意：资金至此的路径系推定，并非记录所载。途中一次兑换有{rivals}笔转账均可能对应，此为最接近的一笔；"
    "{amount}中推定涉案的约占{sure}。请先以贵方记录核对，再采取措施，并回复核对结果。",
)
"""Stands in every request about an ending that something else fitted too, whichever kind it is of."""

ROWS_NAMED = 5
"""So many of the rows that brought the money stand in a letter; the trace cites all."""

RUN = (Ending.EXCHANGE, Ending.CUSTODIAL, Ending.BRIDGE)
"""Endings in a place that somebody runs for others, and can be asked about under its name alone."""

HOME_CARDS = ("subscriber:imsi/460", "subscriber:iccid/8986")
"""How cards of this country's operators begin (ITU-T E.212, E.118)."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What requests an officer wishes: which kinds (none named: what the ending calls for), and who asks.

    `holder`: whom to ask where no record names who runs a place.
    """

    authority: str
    kinds: tuple[Ask, ...] = ()
    only: Collection[str] = ()
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Customer:
    """How a holder knows whoever uses an address or account: the holder's name, deposit memos, custodial references."""

    holder: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drafted:
    """Requests to be prepared, and endings about which nobody can be asked, each with why."""

    drafts: tuple[Draft, ...]
    left_out: tuple[tuple[str, str], ...]


def draft_requests(
    trace: Trace, lines: Sequence[StopLine], now: datetime, wishes: Wishes, customers: Mapping[str, Customer]
) -> Drafted:
    """Draft the requests that a stop list calls for, in its order; `customers` by entity where a desk told of them."""
    drafts: list[Draft] = []
    left_out: list[tuple[str, str]] = []
    ends = {(t.entity, t.asset, t.how): t for t in trace.terminals}
    for line in lines:
        if wishes.only and line.entity not in wishes.only:
            continue
        usual, possible = _plan(line)
        holder = _holder(line, customers)
        holder = wishes.holder if kind_of(holder) == "address" else holder
        kinds = [kind for kind in wishes.kinds or usual if kind in possible]
        if not holder or not kinds:
            left_out.append((line.entity, _why_nobody(line, holder, possible)))
            continue
        if _is_card(line) and any(draft.about == line.entity for draft in drafts):
            continue  # one card holds the keys of several balances: it is limited once
        drafts += _asked(line, kinds, _common(line, trace, wishes, holder, customers), now, ends)
    return Drafted(tuple(drafts), tuple(left_out))


def _plan(line: StopLine) -> tuple[tuple[Ask, ...], tuple[Ask, ...]]:
    """Say what is asked where nothing else is wished, and what can be asked; of a guess first what harms nobody."""
    usual, possible = PLAN.get((line.how, kind_of(line.entity) if line.how is Ending.RESIDUAL else ""), ((), ()))
    return (tuple(kind for kind in FIRST if kind in possible) if line.guessed else usual), possible


def _common(line: StopLine, trace: Trace, wishes: Wishes, holder: str, customers: Mapping[str, Customer]) -> Draft:
    """Say what all requests about a line have in common; no sum is asked of whoever limits a card."""
    customer = customers.get(line.entity) if line.how is Ending.EXCHANGE else None
    return Draft(
        holder=holder,
        kind=Ask.QUERY,
        about=line.entity,
        asset="" if _is_card(line) else line.asset,
        amount_minor=None if _is_card(line) else line.amount_minor,
        basis=ABROAD,
        wanted=WANTED[Ask.QUERY],
        seed=trace.seed,
        trace_id=trace.trace_id,
        references=customer.references if customer else (),
        authority=wishes.authority,
    )


def _asked(
    line: StopLine, kinds: Sequence[Ask], common: Draft, now: datetime, ends: Mapping[tuple[str, str, Ending], Terminal]
) -> list[Draft]:
    end = ends[line.lies_at or line.entity, line.asset, line.how]
    common = replace(common, useful_until=now + timedelta(minutes=line.minutes_left), rests_on=_rests_on(end))
    return [replace(common, kind=kind, basis=_basis(kind, line), wanted=_wanted(kind, line, end.since)) for kind in kinds]


def _rests_on(end: Terminal) -> tuple[str, ...]:
    """Name the rows that brought the money, the latest where they are many: its number at its source, and where we have it."""
    named = [f"{c.event_id} ({c.deliverer}, batch {c.batch}, row {c.row})" for c in end.citations[-ROWS_NAMED:]]
    more = len(end.citations) - len(named)
    return (*([f"{more} earlier ones 另有{more}笔"] if more else []), *named)


def _holder(line: StopLine, customers: Mapping[str, Customer]) -> str:
    """Name whom to ask: a service or wallet operator as records call it, a token's issuer, else the institution."""
    if line.how in RUN or kind_of(line.entity) == "ecny_wallet":
        told = [customers[name].holder for name in (line.entity, line.institution) if name in customers]
        unnamed = ECNY_ISSUER if kind_of(line.entity) == "ecny_wallet" else line.institution
        return next((name for name in told if name), unnamed)
    if line.how is Ending.RESIDUAL and kind_of(line.entity) in ("address", INTERMEDIATE):
        return issuer_of(line.asset) if kind_of(line.entity) == "address" else ""
    return line.institution


def _is_card(line: StopLine) -> bool:
    return kind_of(line.entity) == "subscriber"


def _basis(kind: Ask, line: StopLine) -> Label:
    """Name the law: what binds banks and wallet operators of this country, or its telecom operators, or nobody."""
    if line.entity.startswith(HOME_CARDS):
        return OF_CARDS
    return AT_HOME[kind] if _binds(line) else ABROAD


def _binds(line: StopLine) -> bool:
    """Say whether our own law binds the holder: a bank or wallet operator of this country."""
    return kind_of(line.entity) == "ecny_wallet" or line.entity.startswith(("account:CN/", "account:IBAN/CN"))


def _why_nobody(line: StopLine, holder: str, possible: Sequence[Ask]) -> str:
    if line.how in NOBODY:
        return NOBODY[line.how]
    if kind_of(line.entity) == INTERMEDIATE:
        return "a transaction of the chain holds nothing for anybody; watch what it pays"
    if not holder and line.how in RUN:
        return "no record names who runs it; where you know, name it: --about this address --holder NAME"
    if not holder:
        return f"nobody can freeze {display_asset(line.asset)} at an address; watch it"
    if line.guessed and line.doubt is not None:
        return (
            f"a guess, one of {line.doubt.rivals} that fitted a conversion on the way: settle that first; to ask all the same, "
            f"name the kind: {', '.join(possible)}"
        )
    return f"can only be asked to {', '.join(possible)}" if possible else "no holder is known"


def _wanted(kind: Ask, line: StopLine, since: datetime) -> Label:
    hours = str(round(LASTS[Ask.STOP].total_seconds() / 3600))
    moment = since.strftime("%Y-%m-%d %H:%M UTC")
    wanted = (WANTED_OF_CARD if _is_card(line) else WANTED)[kind]
    said = {"about": "{about}", "hours": hours, "since": moment}
    if line.doubt is not None and line.doubt.rivals > 1:
        wanted = Label(wanted.en + GUESSED.en, wanted.zh + GUESSED.zh)
        said |= {"rivals": str(line.doubt.rivals), "sure": f"{line.doubt.sure:.0%}"}
    return Label(
        *(
            text.format(amount=format_minor(line.amount_minor, line.asset, lang), **said)
            for text, lang in zip(wanted, ("en", "zh"), strict=True)
        )
    )
