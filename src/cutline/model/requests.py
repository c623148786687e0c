"""What holders of money are asked: the four kinds of request, the law each rests on, how long a holder has, how long it lasts.

Marks as in the domain's notes: L read in the law's text, S a secondary source, K general knowledge, D ours, to be calibrated.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from cutline.model.entities import Label


class Ask(StrEnum):
    """What a holder can be asked: to tell, to stop for hours, to freeze for months, to keep what it has."""

    QUERY = "query"
    STOP = "stop"
    FREEZE = "freeze"
    PRESERVE = "preserve"


ASKS: dict[Ask, Label] = {
    Ask.QUERY: Label("query", "查询"),
    Ask.STOP: Label("emergency stop-payment", "紧急止付"),
    Ask.FREEZE: Label("freeze", "冻结"),
    Ask.PRESERVE: Label("preservation of records", "保全数据"),
}

OF_MONEY = Label("Anti-Telecom and Online Fraud Law, art. 20", "《反电信网络诈骗法》第二十条")
"""What binds whoever keeps money (L)."""

OF_CARDS = Label("Anti-Telecom and Online Fraud Law, art. 11", "《反电信网络诈骗法》第十一条")
"""What binds telecom operators (K)."""

AT_HOME: dict[Ask, Label] = {
    Ask.QUERY: OF_MONEY,
    Ask.STOP: OF_MONEY,
    Ask.FREEZE: OF_MONEY,
    Ask.PRESERVE: Label(
        "Criminal Procedure Law, art. 54 (to be checked by counsel)", "《刑事诉讼法》第五十四条（须经法制部门核对）"
    ),
}
"""What binds a bank or wallet operator (art. 20 L; art. 54 K)."""

ABROAD = Label(
    "Anti-Telecom and Online Fraud Law, art. 37 (international cooperation): asked for, not ordered",
    "《反电信网络诈骗法》第三十七条（国际合作）：请予协助，非强制",
)
"""What a request to an exchange, custodian or issuer rests on, whom our law does not bind (L)."""

ECNY_ISSUER = "Digital Currency Institute of the People's Bank of China"
"""Who issues the digital yuan and can name a wallet's operator, where no record does (K)."""

ANSWER_WITHIN: dict[Ask, timedelta] = {
    Ask.QUERY: timedelta(hours=24),
    Ask.STOP: timedelta(minutes=30),
    Ask.FREEZE: timedelta(hours=24),
    Ask.PRESERVE: timedelta(hours=72),
}
"""How long a holder has to answer, from sending (D)."""

LASTS: dict[Ask, timedelta] = {Ask.STOP: timedelta(hours=48), Ask.FREEZE: timedelta(days=180)}
"""How long an executed request lasts (S), a freeze of six months at least so long; the other kinds end with their answer."""

RENEWALS: dict[Ask, int] = {Ask.STOP: 2}
"""How often it may be renewed (S); no figure: as often as its reasons last."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One request before anybody signed it: whom, what, about what, how much, on what basis.

    `amount_minor` is in the smallest unit of `asset`; None where no amount is asked for. `references` are what the holder knows
    the customer by: deposit memos, custodial references. `useful_until`: a later execution has less than half of the chance
    that it had when the trace was read. `seed` and `trace_id` name that trace. `authority` is who asks. `renews` is
    the request that this one prolongs, for the `renewal`th time. `rests_on` are the rows that brought the money there, as
    their sources call them.
    """

    holder: str
    kind: Ask
    about: str
    asset: str
    amount_minor: int | None
    basis: Label
    wanted: Label
    seed: str
    trace_id: str
    references: tuple[str, ...] = ()
    useful_until: datetime | None = None
    authority: str = ""
    renews: str = ""
    renewal: int = 0
    rests_on: tuple[str, ...] = ()

    @property
    def subject(self) -> tuple[str, str, str]:
        """What makes two requests the same request: kind, entity, asset."""
        return self.kind, self.about, self.asset


@dataclass(frozen=True, slots=True)
class Vouched:
    """An officer's word that whoever delivers under another name speaks for the holder of a request."""

    deliverer: str
    at: datetime
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """One request of our own book as it stands: prepared by one officer, approved by another, sent or withdrawn (UTC).

    `vouched`: who else may answer it than the holder under its own name.
    """

    request_id: str
    draft: Draft
    prepared_at: datetime
    prepared_by: str
    approved_at: datetime | None = None
    approved_by: str = ""
    sent_at: datetime | None = None
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""
    why: str = ""
    vouched: tuple[Vouched, ...] = ()

    def as_of(self, moment: datetime) -> Prepared | None:
        """Give it as it stood at a moment; None before it was prepared."""
        if self.prepared_at > moment:
            return None
        stood = replace(self, vouched=tuple(one for one in self.vouched if one.at <= moment))
        if stood.approved_at and stood.approved_at > moment:
            stood = replace(stood, approved_at=None, approved_by="")
        if stood.withdrawn_at and stood.withdrawn_at > moment:
            stood = replace(stood, withdrawn_at=None, withdrawn_by="", why="")
        return replace(stood, sent_at=None) if stood.sent_at and stood.sent_at > moment else stood


@dataclass(frozen=True, slots=True)
class Statement:
    """One delivered row about a request: what a holder, or another office, said of it so far; who delivered it, and when."""

    request_id: str
    holder: str
    kind: str
    about: str
    sent_at: datetime
    acknowledged_at: datetime | None
    executed_at: datetime | None
    amount_minor: int | None
    asset: str
    refusal: str
    reference: str
    deliverer: str
    received_at: datetime
    department: str = ""
    batch: str = ""


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """A delivery that says which request it answers."""

    request_id: str
    batch: str
    deliverer: str
    file_name: str
    received_at: datetime
    rows: int


def request_id(draft: Draft, turn: int) -> str:
    """Give a request's id: of what is asked about what in which trace, and the how manieth time it is asked."""
    said = [draft.seed, draft.holder, *draft.subject, draft.renews, str(turn)]
    return "R" + hashlib.sha256("\0".join(said).encode()).hexdigest()[:11]
