"""The loop with the holders: what was asked about each ending, what came of it, and whom to ask next.

Nobody sees every ledger: a trace leads to a holder, the holder is asked, its answer comes as a delivery, the trace goes on.
What our own book says of a request and what deliveries say of it meet by its id, as of a moment that the caller names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from cutline.model.evidence import Ending
from cutline.model.requests import ANSWER_WITHIN, LASTS, AnswerFile, Ask, Prepared, Statement
from cutline.tracing.heard import Disbelief, Unasked, doubt_answer, doubt_statement, keeps, said_in, speaks_for
from cutline.tracing.stopping import StopLine


class Standing(StrEnum):
    """How far a request has come."""

    PREPARED = "prepared"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    SENT = "sent"
    OVERDUE = "overdue"
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
    EXECUTED = "executed"
    LAPSED = "lapsed"
    REFUSED = "refused"


HOLDS_MONEY = (Ask.STOP, Ask.FREEZE)
NOT_ASKED = (Standing.PREPARED, Standing.APPROVED, Standing.WITHDRAWN, Standing.LAPSED)
"""Standings in which nobody has the entity in hand now."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a holder about an entity, as it stood at `as_of`; times are None where nothing happened yet.

    `asked_minor` is what we asked for, `stopped_minor` what the holder says it did, in the smallest unit of `asset`; None where
    unsaid. `prepared` is what our own book has, None for another office's request. `confirmed`: the holder itself told how it
    went; else the office that asked did. `unasked`: what was said under its id and is not counted.
    """

    request_id: str
    holder: str
    kind: str
    about: str
    as_of: datetime
    sent_at: datetime | None = None
    acknowledged_at: datetime | None = None
    executed_at: datetime | None = None
    asset: str = ""
    asked_minor: int | None = None
    stopped_minor: int | None = None
    refusal: str = ""
    reference: str = ""
    prepared: Prepared | None = None
    answers: tuple[AnswerFile, ...] = ()
    unasked: tuple[Unasked, ...] = ()
    confirmed: bool = True

    @property
    def standing(self) -> Standing:
        """What is known of it so far: an execution or a refusal ends a request, an answer ends a question."""
        if self.executed_at:
            return Standing.LAPSED if self.lapses_at and self.lapses_at <= self.as_of else Standing.EXECUTED
        if self.refusal:
            return Standing.REFUSED
        if self.answers and self.kind not in HOLDS_MONEY:
            return Standing.ANSWERED
        if self.sent_at is None:
            return self._at_home()
        if self.due_at and self.due_at < self.as_of:
            return Standing.OVERDUE
        return Standing.ACKNOWLEDGED if self.acknowledged_at else Standing.SENT

    def _at_home(self) -> Standing:
        if self.prepared and self.prepared.withdrawn_at:
            return Standing.WITHDRAWN
        return Standing.APPROVED if self.prepared and self.prepared.approved_at else Standing.PREPARED

    @property
    def due_at(self) -> datetime | None:
        """Until when the holder has to answer; None before it was sent."""
        return self.sent_at + ANSWER_WITHIN[Ask(self.kind)] if self.sent_at else None

    @property
    def lapses_at(self) -> datetime | None:
        """When what was executed ends by itself; None where it does not, or nothing was executed."""
        lasts = LASTS.get(Ask(self.kind))
        return self.executed_at + lasts if self.executed_at and lasts else None

    @property
    def minutes_left(self) -> float | None:
        """How long the holder still has to answer, or what it did still lasts; below 0 where that is over."""
        over = self.refusal or self.standing is Standing.ANSWERED
        until = self.lapses_at if self.executed_at else None if over else self.due_at
        return None if until is None else (until - self.as_of).total_seconds() / 60

    @property
    def minutes_taken(self) -> float | None:
        """How long the holder took, or has taken until now; None before it was sent."""
        if self.sent_at is None:
            return None
        return max(0.0, ((self.executed_at or self.as_of) - self.sent_at).total_seconds() / 60)

    @property
    def ran_on_minor(self) -> int | None:
        """What was asked for and not stopped: it had left; None while that is not known."""
        if self.kind not in HOLDS_MONEY or not self.executed_at or self.asked_minor is None or self.stopped_minor is None:
            return None
        return max(0, self.asked_minor - self.stopped_minor)

    def holds(self, asset: str) -> bool:
        """Say whether it was executed, is in force, and holds money of this asset, or of whichever there is."""
        return self.standing is Standing.EXECUTED and self.kind in HOLDS_MONEY and self.asset in ("", asset)

    @property
    def over_minor(self) -> int:
        """What a holder says it holds beyond what we asked for: no request of ours covers it."""
        if self.prepared is None or self.kind not in HOLDS_MONEY or self.asked_minor is None or self.stopped_minor is None:
            return 0
        return max(0, self.stopped_minor - self.asked_minor)


@dataclass(frozen=True, slots=True)
class Asked:
    """All requests as they stood at `as_of`, and every answer that is not counted, in the order in which they came."""

    requests: tuple[Request, ...]
    unasked: tuple[Unasked, ...]
    as_of: datetime


Said = dict[tuple[str, str, str], list[Statement]]
"""What is believed of each request: its number, kind, and whom it is about."""


def meet(
    prepared: Iterable[Prepared],
    statements: Iterable[Statement],
    answers: Iterable[AnswerFile],
    as_of: datetime,
    known_by: datetime | None = None,
) -> Asked:
    """Bring together our own book, what deliveries say of requests, and the deliveries that answer them, as of a moment.

    What the holder said of a request that had been sent counts; the rest is `unasked` and moves nothing. What was received
    after `known_by` (default: the moment) is not known yet, and times beyond the moment have not happened. The outcome does not
    depend on any order.
    """
    known_by = known_by or as_of
    book = {p.request_id: p for one in prepared if (p := one.as_of(as_of))}
    said: Said = {(p.request_id, p.draft.kind.value, p.draft.about): [] for p in book.values()}
    unasked: list[Unasked] = []
    for statement in statements:
        if statement.sent_at <= as_of and statement.received_at <= known_by:
            unasked += _hear(statement, book.get(statement.request_id), said)
    files: dict[str, list[AnswerFile]] = {}
    for answer in answers:
        if answer.received_at <= known_by:
            doubted = _doubted(answer, book.get(answer.request_id), said)
            unasked += doubted
            files.setdefault(answer.request_id, []).extend([] if doubted else [answer])
    unasked.sort(key=lambda u: (u.received_at, u.request_id, u.deliverer, u.batch, u.said, u.about))
    requests = [_join(key, rows, book.get(key[0]), files.get(key[0], ()), as_of) for key, rows in said.items()]
    told = [replace(r, unasked=tuple(u for u in unasked if u.request_id == r.request_id)) for r in requests]
    return Asked(tuple(sorted(told, key=_in_time)), tuple(unasked), as_of)


def _hear(row: Statement, ours: Prepared | None, said: Said) -> list[Unasked]:
    """Keep a row among what is believed, or give it as one that is not."""
    doubt, told = doubt_statement(row, ours), said_in(row)
    if doubt is None:
        said.setdefault((row.request_id, row.kind, row.about), []).append(row)
        return []
    if told == "asked" and doubt in (Disbelief.OTHER_HOLDER, Disbelief.NOT_SENT):
        return []  # it repeats what our own book says
    holder = ours.draft.holder if ours else row.holder
    return [Unasked(row.request_id, doubt, row.deliverer, told, row.about, holder, row.received_at, row.batch)]


def _doubted(answer: AnswerFile, ours: Prepared | None, said: Said) -> list[Unasked]:
    holders = sorted({row.holder for (name, _, _), rows in said.items() if name == answer.request_id for row in rows})
    doubt = doubt_answer(answer, ours, holders)
    if doubt is None:
        return []
    holder = ours.draft.holder if ours else ", ".join(holders)
    came = (answer.received_at, answer.batch, answer.file_name)
    return [Unasked(answer.request_id, doubt, answer.deliverer, "rows", "", holder, *came)]


def _join(
    key: tuple[str, str, str], rows: Sequence[Statement], ours: Prepared | None, files: Sequence[AnswerFile], as_of: datetime
) -> Request:
    name, kind, about = key
    rows = sorted(rows, key=lambda s: (s.executed_at is None, s.executed_at or s.sent_at, s.holder, s.amount_minor or 0))
    done = next((s for s in rows if s.executed_at and s.executed_at <= as_of and s.amount_minor is not None), None)
    told = next((s for s in rows if s.amount_minor is not None), None)
    executed = min((s.executed_at for s in rows if s.executed_at and s.executed_at <= as_of), default=None)
    return Request(
        request_id=name,
        holder=ours.draft.holder if ours else rows[0].holder,
        kind=kind,
        about=about,
        as_of=as_of,
        sent_at=ours.sent_at if ours else min(s.sent_at for s in rows),
        acknowledged_at=min(
            (s.acknowledged_at for s in rows if s.acknowledged_at and s.acknowledged_at <= as_of), default=None
        ),
        executed_at=executed,
        asset=ours.draft.asset if ours else told.asset if told else "",
        asked_minor=ours.draft.amount_minor if ours else told.amount_minor if told else None,
        stopped_minor=done.amount_minor if done and (not ours or done.asset == ours.draft.asset) else None,
        refusal=min((s.refusal for s in rows if s.refusal), default="") if executed is None else "",
        reference=min((s.reference for s in rows if s.reference and s.reference != name), default=""),
        prepared=ours,
        answers=tuple(sorted(files, key=lambda f: (f.received_at, f.batch))),
        confirmed=ours is not None or _confirmed(rows),
    )


def _confirmed(rows: Sequence[Statement]) -> bool:
    """Say whether the holder itself told how another office's request went; also where nothing came of it yet."""
    outcomes = [row for row in rows if said_in(row) != "asked"]
    return not outcomes or any(speaks_for(row.deliverer, row.holder) or keeps(row.deliverer, row) for row in outcomes)


def _in_time(request: Request) -> tuple[datetime, str, str, str]:
    began = request.prepared.prepared_at if request.prepared else request.sent_at or request.as_of
    return min(began, request.sent_at or began), request.request_id, request.kind, request.about


def about_each(requests: Iterable[Request]) -> dict[str, tuple[Request, ...]]:
    """Give the requests about each entity, in hand first, then what holds money, then what came furthest."""
    found: dict[str, list[Request]] = {}
    for request in sorted(requests, key=_in_time, reverse=True):
        found.setdefault(request.about, []).append(request)
    return {about: tuple(sorted(mine, key=_weight)) for about, mine in found.items()}


def about_line(line: StopLine, asked: Mapping[str, Sequence[Request]]) -> tuple[Request, ...]:
    """Give the requests about what lies at a line: of its entity, in its asset or in none that they name."""
    return tuple(r for r in asked.get(line.entity, ()) if r.asset in ("", line.asset))


ORDER = (
    *(Standing.EXECUTED, Standing.ANSWERED, Standing.ACKNOWLEDGED, Standing.OVERDUE, Standing.SENT, Standing.REFUSED),
    *(Standing.APPROVED, Standing.PREPARED, Standing.LAPSED, Standing.WITHDRAWN),
)


def _weight(request: Request) -> tuple[bool, bool, int]:
    return request.standing in NOT_ASKED, request.kind not in HOLDS_MONEY, ORDER.index(request.standing)


def next_to_ask(lines: Sequence[StopLine], asked: Mapping[str, Sequence[Request]]) -> StopLine | None:
    """Give the first line of a stop list that somebody can act on and that nobody has in hand; None when all were asked.

    A request that waits for its officer or was taken back asks nobody; one that lapsed holds nothing any more.
    """
    for line in lines:
        in_hand = any(r.standing not in NOT_ASKED for r in about_line(line, asked))
        if line.chance > 0 and line.how is not Ending.FROZEN and not in_hand:
            return line
    return None


def stopped_of(line: StopLine, requests: Sequence[Request]) -> int:
    """Say how much of a stop list's line is held now: by a freeze that the records show, or by executed requests."""
    if line.how is Ending.FROZEN:
        return line.amount_minor
    held = [line.amount_minor if r.stopped_minor is None else r.stopped_minor for r in requests if r.holds(line.asset)]
    return min(line.amount_minor, max(held, default=0))


def held_loss(line: StopLine, requests: Sequence[Request]) -> int:
    """Say how much of the loss executed requests hold in a line that no record shows to be frozen, rounded down."""
    if line.how is Ending.FROZEN or not line.amount_minor:
        return 0
    return line.loss_minor * stopped_of(line, requests) // line.amount_minor
