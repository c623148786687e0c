"""Who is believed about a request of ours: its holder, once it was asked; all others are heard, told, kept, and move nothing.

What another office asked is in no book of ours: its own rows are all there is, and count as its word until the holder confirms.

A delivery says of itself who delivers it; whoever reads it in answers for that. So a name decides: that of the holder, with or
without the country and the words that only say what it is. Where a holder goes by another name, an officer vouches for it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cutline.model.entities import Label
from cutline.model.requests import AnswerFile, Prepared, Statement
from cutline.tracing.stopping import issuer_of

OFFICES = ("public_security", "")
"""The department that asks, or none stated: its rows tell what another office asked and what it says came of it."""

WHAT_IT_IS = frozenset({"bank", "exchange", "telecom", "pay", "payment", "issuer", "custodian", "bridge", "operator", "cn"})
"""Words in a deliverer's name beside its own: `bank-icbk` is ICBK, `exchange-coinbay` is Coinbay (ours)."""

_LETTERS = re.compile(r"[^\W_]+")


class Disbelief(StrEnum):
    """Why what was delivered about a request is not counted."""

    NOBODY_ASKED = "nobody_asked"
    OTHER_HOLDER = "other_holder"
    OTHER_MATTER = "other_matter"
    NOT_SENT = "not_sent"
    BEFORE_SENT = "before_sent"


DISBELIEFS: dict[Disbelief, Label] = {
    Disbelief.NOBODY_ASKED: Label("no request of this number is known here", "本处无此编号的函件"),
    Disbelief.OTHER_HOLDER: Label("another holder was asked: {holder}", "该函发往另一单位：{holder}"),
    Disbelief.OTHER_MATTER: Label("the request is about another entity, or of another kind", "该函对象或类型与此不同"),
    Disbelief.NOT_SENT: Label("the request had not been sent by then", "当时该函尚未发出"),
    Disbelief.BEFORE_SENT: Label("it is dated before the request was sent", "所载时间早于该函发出时间"),
}


@dataclass(frozen=True, slots=True)
class Unasked:
    """An answer that is not counted: who said what under which request's number, when it came, and why it is not believed.

    `said`: `asked`, `acknowledged`, `executed`, `refused`, or `rows` of a delivery that names the request. `holder`: whom the
    request went to, several by commas, empty where nobody knows. `batch` leads to what was delivered.
    """

    request_id: str
    doubt: Disbelief
    deliverer: str
    said: str
    about: str
    holder: str
    received_at: datetime
    batch: str
    file_name: str = ""

    @property
    def why(self) -> Label:
        """The disbelief in words, the holders' names without who told them."""
        holders = ", ".join(map(_without_teller, self.holder.split(", ")))
        return Label(*(text.format(holder=holders) for text in DISBELIEFS[self.doubt]))


def speaks_for(deliverer: str, holder: str, vouched: Collection[str] = ()) -> bool:
    """Say whether a deliverer is a holder: by its name as ids and lists spell it, or because an officer vouched for it."""
    mine = _own_name(deliverer)
    return deliverer in vouched or (bool(mine) and mine == _own_name(holder.rpartition(":")[2].rpartition("/")[2]))


def keeps(deliverer: str, statement: Statement) -> bool:
    """Say whether a deliverer itself keeps what a request is about: the bank of an account, the issuer of a token."""
    kind, _, name = statement.about.partition(":")
    if kind == "account":
        country_bank_number = name.split("/")
        return len(country_bank_number) > 2 and speaks_for(deliverer, country_bank_number[1])
    return kind == "address" and speaks_for(deliverer, issuer_of(statement.asset))


def doubt_statement(statement: Statement, ours: Prepared | None) -> Disbelief | None:
    """Say why a row about a request is not believed; None where it is. `ours`: the request of our book under its number."""
    if ours is None:
        return _doubt_of_another_office(statement)
    if (ours.draft.kind, ours.draft.about) != (statement.kind, statement.about):
        return Disbelief.OTHER_MATTER
    return _doubt(statement.deliverer, statement.received_at, ours) or _doubt_of_times(statement, ours.sent_at)


def doubt_answer(answer: AnswerFile, ours: Prepared | None, holders: Collection[str]) -> Disbelief | None:
    """Say why rows that answer a request are not believed; `holders`: whom other offices asked under its number."""
    if ours is not None:
        return _doubt(answer.deliverer, answer.received_at, ours)
    if not holders:
        return Disbelief.NOBODY_ASKED
    return None if any(speaks_for(answer.deliverer, holder) for holder in holders) else Disbelief.OTHER_HOLDER


def said_in(statement: Statement) -> str:
    """Say what a row tells of a request's fate: `asked` where nothing beyond that."""
    if statement.executed_at:
        return "executed"
    return "refused" if statement.refusal else "acknowledged" if statement.acknowledged_at else "asked"


def _doubt(deliverer: str, received_at: datetime, ours: Prepared) -> Disbelief | None:
    if not speaks_for(deliverer, ours.draft.holder, [one.deliverer for one in ours.vouched]):
        return Disbelief.OTHER_HOLDER
    return Disbelief.NOT_SENT if ours.sent_at is None or received_at < ours.sent_at else None


def _doubt_of_another_office(statement: Statement) -> Disbelief | None:
    """What another office asked, and what came of it, is told by that office or by whoever keeps what it asked about."""
    believed = statement.department in OFFICES or keeps(statement.deliverer, statement)
    return _doubt_of_times(statement, statement.sent_at) if believed else Disbelief.NOBODY_ASKED


def _doubt_of_times(statement: Statement, sent_at: datetime | None) -> Disbelief | None:
    """Nobody answers what has not come yet; holders write times to the minute, so the minute of sending is not before it."""
    told = [when for when in (statement.acknowledged_at, statement.executed_at) if when]
    early = sent_at is not None and any(when < sent_at.replace(second=0, microsecond=0) for when in told)
    return Disbelief.BEFORE_SENT if early else None


def _without_teller(holder: str) -> str:
    kind, _, name = holder.rpartition(":")
    return name.rpartition("/")[2] if kind == "organisation" else name


def _own_name(name: str) -> str:
    words = _LETTERS.findall(name.casefold())
    own = [word for word in words if word not in WHAT_IT_IS]
    return " ".join(own or words)
