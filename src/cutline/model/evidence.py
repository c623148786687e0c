"""What Cutline says, and on what it rests: frozen, serialisable, every number with its reason.

A `Citation` leads from anything that is said back to rows of the sources. Times are UTC; money is an integer in the asset's
smallest unit. Identifiers in these objects are ids in the clear: whoever shows them masks or pseudonymises them first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from cutline.model.waits import TimeLeft

T = TypeVar("T")


class Outcome(StrEnum):
    """What a typology says at an event."""

    HIT = "hit"
    CLEAR = "clear"
    NOT_ASSESSABLE = "not_assessable"


@dataclass(frozen=True, slots=True, order=True)
class Citation:
    """One row of one source: enough to find it again in its original spelling."""

    table: str
    deliverer: str
    event_id: str
    batch: str
    row: int


@dataclass(frozen=True, slots=True)
class Reason:
    """One fact that raises (weight > 0) or lowers (weight < 0) a score, in both languages."""

    text_en: str
    text_zh: str
    weight: float
    finding_id: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """An episode of one typology on one subject: maximal run of true events closer than the typology's `hold`.

    `finding_id` hashes typology, version, subject and first true event, so that a growing episode keeps its name.
    `strength` is in [0, 1]; `value_minor` is what was at stake in the base currency's smallest unit, None where unknown.
    A warning says what to tell the person whom it protects: `advice`. `known_at` is when all that the first true event rests on
    had been reported to us: no warning could have come earlier. `resolution_version` names the judgements of sameness it saw.
    """

    finding_id: str
    typology: str
    typology_version: str
    subject: str
    first_at: datetime
    last_at: datetime
    hits: int
    strength: float
    reason_en: str
    reason_zh: str
    citations: tuple[Citation, ...]
    warning: bool = False
    advice_en: str = ""
    advice_zh: str = ""
    value_minor: int | None = None
    list_versions: Mapping[str, str] = field(default_factory=dict)
    truncated: bool = False
    known_at: datetime | None = None
    resolution_version: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """A rank (not a probability until judgements calibrate it) in [0, 1], with what contributes and what speaks against."""

    subject: str
    score: float
    calibrated: bool
    contributing: tuple[Reason, ...]
    contrary: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """One entity of a ring: its role as far as it is seen, how sure that is, and why it belongs."""

    entity: str
    role: str
    role_confidence: float
    belongs: float
    because_en: str
    because_zh: str


@dataclass(frozen=True, slots=True)
class Ring:
    """A community on the risky subgraph. Its id is stable from run to run by overlap of members."""

    ring_id: str
    members: tuple[Member, ...]
    score: float
    first_at: datetime | None
    last_at: datetime | None


class Action(StrEnum):
    """What an alert may propose for an entity; a person decides."""

    WARN = "warn"
    SCREEN = "screen"
    LIMIT = "limit"
    SUSPEND = "suspend"
    CLOSE = "close"
    STOP = "stop"
    FREEZE = "freeze"
    EXIT_CONTROL = "exit_control"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposed action on one entity, with its reason."""

    entity: str
    action: Action
    reason_en: str
    reason_zh: str


@dataclass(frozen=True, slots=True)
class Alert:
    """One ring or one lone subject that deserves a person's eyes, ranked by value at stake and time left.

    `kind` is `alert`, or `warning` where it protects a potential victim and accuses nobody. A warning has a `grade` (high:
    visit, middle: call, low: message) and what to tell the person. `stoppable_minor`: what of the value somebody could still
    hold, by the traces; None where no trace ends here. `time_left`: how long that lies on; None where nothing can be held.
    """

    alert_id: str
    kind: str
    ring_id: str
    subjects: tuple[str, ...]
    rank: float
    value_minor: int | None
    raised_at: datetime
    proposals: tuple[Proposal, ...]
    finding_ids: tuple[str, ...]
    grade: str = ""
    advice_en: str = ""
    advice_zh: str = ""
    stoppable_minor: int | None = None
    time_left: TimeLeft | None = None


class Ending(StrEnum):
    """Why a path of stolen money ends where it ends."""

    CASH = "cash"
    EXCHANGE = "exchange"
    MIXER = "mixer"
    CUSTODIAL = "custodial"
    FROZEN = "frozen"
    RESIDUAL = "residual"
    BUDGET = "budget"
    BRIDGE = "bridge"
    BURNED = "burned"


@dataclass(frozen=True, slots=True)
class Hop:
    """Stolen value that moved in one transfer, under the search's policy and under the ones printed beside it.

    Amounts are in the smallest unit of `asset`, except `loss_minor`: the FIFO amount in the smallest unit of the loss's
    currency, so that hops in different assets can stand side by side. `competing` is the number of candidates of a
    probabilistic join (0: certain). `carried_minor`: under the search's own policy, whichever it is, and
    `carried_loss_minor` the same in the loss's unit. `onward`: the places among the trace's hops of the transfers that this one
    was exchanged for; what it carried went on there, not with its payee.
    """

    depth: int
    payer: str
    payee: str
    asset: str
    occurred_at: datetime
    transferred_minor: int
    tainted_first_minor: int
    fifo_minor: int
    haircut_minor: int
    loss_minor: int
    competing: int
    citation: Citation
    carried_minor: int = 0
    carried_loss_minor: int = 0
    onward: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where stolen value is now: the first line of the answer an officer needs.

    `loss_minor` is the same value in the smallest unit of the loss's currency.
    """

    entity: str
    asset: str
    amount_minor: int
    loss_minor: int
    how: Ending
    since: datetime
    institution: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """Where one stolen amount went: hops in time order, and terminals that add up to what was stolen."""

    trace_id: str
    seed: str
    policy: str
    currency: str
    stolen_minor: int
    terminals: tuple[Terminal, ...]
    hops: tuple[Hop, ...]
    truncated: bool


def to_plain(evidence: Any) -> Any:
    """Turn evidence into JSON-ready values: times in ISO 8601 with offset, enums by value, tuples as lists."""
    return {name: _plain(getattr(evidence, name)) for name in _names(evidence.__class__)}


def _plain(value: Any) -> Any:
    match value:
        case StrEnum():  # a text too, and so before the plain ones
            return str(value)
        case str() | int() | float() | None:
            return value
        case list() | tuple():
            return [_plain(v) for v in value]
        case datetime():
            return value.isoformat()
        case dict():
            return {str(k): _plain(v) for k, v in value.items()}
    return to_plain(value) if is_dataclass(value) else value


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


def from_plain(kind: type[T], plain: Mapping[str, Any]) -> T:
    """Make an evidence object again from what `to_plain` gave, by this version or one that knew fewer fields.

    A field that has a default may be missing. Raises KeyError where another is.
    """
    hints, optional = _hints(kind), _optional(kind)  # type: ignore[arg-type]
    names = _names(kind)  # type: ignore[arg-type]
    return kind(**{name: _rebuild(hints[name], plain[name]) for name in names if name in plain or name not in optional})


@cache
def _optional(kind: Any) -> frozenset[str]:
    return frozenset(f.name for f in fields(kind) if f.default is not MISSING or f.default_factory is not MISSING)


_HINTS: dict[Any, dict[str, Any]] = {}


def _hints(kind: Any) -> dict[str, Any]:
    if kind not in _HINTS:
        _HINTS[kind] = get_type_hints(kind)
    return _HINTS[kind]


@cache
def _shape(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """Take a type apart, once: a trace has thousands of fields of a few types."""
    return get_origin(hint), get_args(hint)


def _rebuild(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    origin, within = _shape(hint)
    if origin is UnionType:
        return _rebuild(next(h for h in within if h is not type(None)), value)
    if origin is tuple:
        return tuple(_rebuild(within[0], v) for v in value)
    if isinstance(hint, type):
        if issubclass(hint, datetime):
            return datetime.fromisoformat(value)
        if issubclass(hint, StrEnum):
            return hint(value)
        if hasattr(hint, "__dataclass_fields__"):
            return from_plain(hint, value)
    return value
