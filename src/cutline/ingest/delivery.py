"""What a folder of files says about itself: its `delivery.yaml`, and what holds where there is none."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from cutline.errors import IdentifierError, SourceError
from cutline.ingest.chunk import Delivery, SourceFile
from cutline.ingest.times import FIRST_YEAR, LAST_YEAR
from cutline.model.identifiers.chains import CHAINS, chain_name
from cutline.model.identifiers.spelling import RESERVED_SCOPES
from cutline.settings import DEFAULT_ZONE

DELIVERY_NAME = "delivery.yaml"
DEPARTMENTS = ("public_security", "finance", "telecom", "internet")
PERSON_TOKENS = ("issuer", "national")
LARGEST_DELIVERY_BYTES = 1 << 20

AHEAD = timedelta(days=366)
"""So far a clock may be off, theirs or ours, or a year be mistyped by one (D): what was received later is not here yet."""

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Give the moment at which we read: here alone, for a delivery from the future would move every answer's clock."""
    return datetime.now(UTC)


NAMES = (
    *("source", "department", "zone", "received_at", "legal_basis", "purpose", "delete_by"),
    *("person_tokens", "answers", "chain", "covers_from", "covers_to"),
)
"""What a page may say. Other names are the deliverer's own and are left alone, unless one of these seems to be meant."""

SEEMS_MEANT = 0.84
"""How alike two names are (0 to 1) of which one is taken for a slip of the pen: `person_token`, `legal-basis`, `receivedat`."""


def read_delivery(folder: Path, clock: Clock = wall_clock) -> Delivery:
    """Read what `delivery.yaml` says about a folder; where there is none, the defaults of `formats.md`.

    Raises SourceError where it says what cannot be, such as a receipt that lies ahead of the clock.
    """
    file = folder / DELIVERY_NAME
    said = _read_yaml(file) if file.is_file() else {}
    _check_names(said, file)
    zone = str(said.get("zone") or DEFAULT_ZONE)
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SourceError(str(file), f"zone is {zone!r}", "an IANA zone such as Asia/Shanghai") from error
    defaults, received = Delivery(folder, folder.name), _moment(said, "received_at", zone, file)
    if received is not None:
        refuse_future(received, file, "received_at", clock)
    return Delivery(
        folder=folder,
        source=_source(said, file) or folder.name,
        department=_one_of(said, "department", DEPARTMENTS, file) or defaults.department,
        zone=zone,
        zone_assumed=not said.get("zone"),
        received_at=received,
        legal_basis=_text(said, "legal_basis", file),
        purpose=_text(said, "purpose", file),
        delete_by=_day(said, "delete_by", zone, file),
        national_tokens=_one_of(said, "person_tokens", PERSON_TOKENS, file) == "national",
        answers=_text(said, "answers", file),
        chain=_chain(said, file),
        covers_from=_moment(said, "covers_from", zone, file),
        covers_to=_moment(said, "covers_to", zone, file, at=time.max),
    )


def received_at(file: SourceFile) -> datetime:
    """Say when the file reached us: what the delivery says, else when the file was last written."""
    said = file.delivery.received_at
    return said if said is not None else datetime.fromtimestamp(file.path.stat().st_mtime, UTC)


def chain_of(file: SourceFile) -> str:
    """Name the chain by which a file is told from one with the same bytes: the delivery's, else that of its nearest folder."""
    if file.delivery.chain:
        return chain_name(file.delivery.chain)
    for name in reversed([file.delivery.folder.name, *Path(file.name).parts[:-1]]):
        with suppress(IdentifierError):
            if chain_name(name) in CHAINS:
                return chain_name(name)
    return ""


def refuse_future(moment: datetime, file: Path, what: str, clock: Clock) -> None:
    """Refuse what was received ahead of the clock; `what` names the moment as the deliverer knows it."""
    now = clock()
    if moment > now + AHEAD:
        latest = f"a time that is over: it is {now:%Y-%m-%d %H:%M} UTC here"
        raise SourceError(str(file), f"{what} is {moment.isoformat()}", latest, "correct received_at, or this machine's clock")


def _read_yaml(file: Path) -> Mapping[str, Any]:
    try:
        if file.stat().st_size > LARGEST_DELIVERY_BYTES:
            raise SourceError(str(file), f"{file.stat().st_size} bytes", "a short page about the delivery")
        said = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:  # a date such as 30 February is a ValueError
        raise SourceError(str(file), f"it cannot be read ({error})", "YAML in UTF-8") from error
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise SourceError(str(file), f"a {type(said).__name__}", "names and values, such as `source: bank-of-x`")
    return said


def _text(said: Mapping[str, Any], name: str, file: Path) -> str:
    value = said.get(name)
    if isinstance(value, list | dict | set):
        raise SourceError(str(file), f"{name} is a {type(value).__name__}", "one value")
    return "" if value is None else " ".join(str(value).split())


def _source(said: Mapping[str, Any], file: Path) -> str:
    source = _text(said, "source", file)
    if source.lower() in RESERVED_SCOPES:
        raise SourceError(str(file), f"source is {source!r}", "a name that is not reserved", "name the institution otherwise")
    return source


def _one_of(said: Mapping[str, Any], name: str, words: Sequence[str], file: Path) -> str:
    text = _text(said, name, file)
    word = text.lower()
    if word and word not in words:
        raise SourceError(str(file), f"{name} is {text!r}", "one of " + ", ".join(words))
    return word


def _chain(said: Mapping[str, Any], file: Path) -> str:
    """An unknown chain is taken at its word, for there are always new ones, unless it all but spells a known one."""
    text = _text(said, "chain", file)
    try:
        name = chain_name(text)
    except IdentifierError as error:
        raise SourceError(str(file), f"chain is {text!r}", error.expected) from error
    if not name.startswith(tuple(CHAINS)):  # `ethereumpow` is a chain of its own
        _refuse_slip(name, tuple(CHAINS), f"chain is {text!r}", file)
    return text


def _check_names(said: Mapping[str, Any], file: Path) -> None:
    """Refuse a name that all but spells one that has a meaning here: what it says would be lost without a word."""
    for name in said:
        if name not in NAMES:
            _refuse_slip(str(name).strip().lower(), NAMES, f"the name {name!r}", file)


def _refuse_slip(text: str, words: Sequence[str], found: str, file: Path) -> None:
    meant = difflib.get_close_matches(text, words, 1, SEEMS_MEANT)
    if meant:
        raise SourceError(str(file), found, meant[0], f"did you mean {meant[0]!r}?")


def _moment(said: Mapping[str, Any], name: str, zone: str, file: Path, at: time = time.min) -> datetime | None:
    value = said.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if len(value) == len("2026-03-01") else datetime.fromisoformat(value)
        except ValueError as error:
            raise SourceError(str(file), f"{name} is {value!r}", "a time such as 2026-03-01T08:15:30+08:00") from error
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, at)
    if not isinstance(value, datetime):
        raise SourceError(str(file), f"{name} is {value!r}", "a time such as 2026-03-01T08:15:30+08:00")
    try:
        moment = (value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except OverflowError:
        moment = datetime.min.replace(tzinfo=UTC)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise SourceError(str(file), f"{name} is {value.isoformat()}", f"a time from {FIRST_YEAR} to {LAST_YEAR}")
    return moment


def _day(said: Mapping[str, Any], name: str, zone: str, file: Path) -> date | None:
    moment = _moment(said, name, zone, file)
    return None if moment is None else moment.astimezone(ZoneInfo(zone)).date()
