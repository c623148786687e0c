"""A mapping file: what the columns of any other CSV or JSON lines mean, so that they can be read without a program.

table: transfers                     # a lake table; or `kind: bank_transfers`, one of the kinds of formats.md
reads: csv                           # or jsonl; `delimiter: ";"`, `encoding: gb18030` where they differ from the usual
zone: UTC                            # of times without an offset; else the delivery's
chain: tron                          # of addresses and token symbols; `platform: wechat` of handles
where: [{column: rejected, is: ["false"]}, {column: to, not: [""]}]     # other rows are read but worth no lake row
lookup: {file: blocks.csv, by: blockId, take: [timestamp]}     # from a file of the same folder, read as a whole
columns:
  event_id: {template: "{txHash}/{traceIndex}"}
  occurred_at: {column: timestamp, unit: s}                # s, ms, us, days, hours, minutes since `epoch` (1970); else ISO
  payer: {column: from, decode: base64, entity: address}   # base64 → hex; also hex_number, hex_address (last 20 bytes)
  amount: {column: value, unit: minor}                     # smallest unit; else the main unit of the asset
  asset: {constant: tron/native}
  channel: {column: how, values: {"1": mobile, "2": web}}
"""

from __future__ import annotations

from collections.abc import Mapping as Names
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from cutline.errors import SourceError
from cutline.ingest.kinds import KINDS
from cutline.ingest.kinds.declaration import Field, Identity, Kind, Rows, Value
from cutline.model.entities import ENTITY_KINDS
from cutline.model.tables import TABLES, Column, Table, Unit

TIME_UNITS = {
    "iso": 0,
    "us": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "minutes": 60_000_000,
    "hours": 3_600_000_000,
    "days": 86_400_000_000,
}
"""Microseconds in a unit of time; 0: a time as text."""

DECODINGS = ("base64", "base64_0x", "hex_number", "hex_address", "exponent")
_ENTITY_FORMS = (*ENTITY_KINDS, "entity", "party")
_SPEC_WORDS = {"column", "template", "constant", "unit", "epoch", "decode", "entity", "values"}
_WORDS = {"table", "kind", "reads", "delimiter", "encoding", "zone", "chain", "platform", "where", "lookup", "columns"}
_OPEN = ("-inf", "inf")
_LARGEST = ("0", str(2**62))


@dataclass(frozen=True, slots=True)
class Spec:
    """Where one target column comes from, and how its text is turned into what the engine reads."""

    column: str = ""
    template: str = ""
    constant: str = ""
    unit: str = ""
    epoch: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    decode: str = ""
    entity: str = ""
    values: Names[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A row counts where a column has one of some values, or none of them; an empty value is `""`."""

    column: str
    values: tuple[str, ...]
    wanted: bool


@dataclass(frozen=True, slots=True)
class Lookup:
    """Columns taken from another file of the same folder, where a column of both is equal."""

    file: str
    by: str
    key: str
    take: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping as read and checked."""

    path: Path
    kind: Kind
    specs: Names[str, Spec]
    reads: str = "csv"
    delimiter: str = ","
    encoding: str | None = None
    zone: str = ""
    chain: str = ""
    platform: str = ""
    where: tuple[Condition, ...] = ()
    lookup: Lookup | None = None


def load_mapping(path: Path) -> Mapping:
    """Read and check a mapping file. Raises SourceError that names the entry at fault and what was expected."""
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SourceError(str(path), f"it cannot be read ({error})", "a mapping in YAML") from error
    if not isinstance(said, dict):
        raise SourceError(str(path), "no names and values", "a mapping: `table:` and `columns:` at least")
    _check_words(path, "the mapping", said, _WORDS)
    columns = said.get("columns")
    if not isinstance(columns, dict) or not columns:
        raise SourceError(str(path), "no `columns:`", "a target column for each thing to read")
    specs = {str(name): _spec(path, str(name), value) for name, value in columns.items()}
    reads = str(said.get("reads", "csv"))
    if reads not in ("csv", "jsonl"):
        raise SourceError(str(path), f"reads: {reads}", "csv or jsonl")
    return Mapping(
        path=path,
        kind=_kind(path, said, specs),
        specs=specs,
        reads=reads,
        delimiter=_delimiter(path, said),
        encoding=str(said["encoding"]) if said.get("encoding") else None,
        zone=_zone(path, said),
        chain=str(said.get("chain") or ""),
        platform=str(said.get("platform") or ""),
        where=tuple(_condition(path, condition) for condition in said.get("where") or ()),
        lookup=_lookup(path, said["lookup"]) if said.get("lookup") else None,
    )


def _kind(path: Path, said: Names[str, Any], specs: Names[str, Spec]) -> Kind:
    if ("table" in said) == ("kind" in said):
        raise SourceError(str(path), "both or neither of `table:` and `kind:`", "one of them")
    if "kind" in said:
        kind = KINDS.get(str(said["kind"]))
        if kind is None:
            raise SourceError(str(path), f"kind: {said['kind']}", "one of " + ", ".join(sorted(KINDS)))
        _check_words(path, "columns", specs, {field.name for field in kind.fields})
        _check_given(path, specs, kind.required)
        return kind
    table = TABLES.get(str(said["table"]))
    if table is None:
        raise SourceError(str(path), f"table: {said['table']}", "one of " + ", ".join(sorted(TABLES)))
    own = {"event_id", "occurred_at", *(column.name for column in table.columns)}
    _check_words(path, "columns", specs, own)
    _check_given(path, specs, ("occurred_at", *(column.name for column in table.columns if column.required)))
    return kind_of_table(path, table, specs)


def kind_of_table(path: Path, table: Table, specs: Names[str, Spec]) -> Kind:
    """Declare a kind whose fields are a table's columns, for the engine that reads all kinds."""
    fields = [_field(path, table[name], spec, specs) for name, spec in specs.items()]
    entities = [table[name] for name in specs if table[name].unit is Unit.ENTITY]
    identities = [Identity(f"{c.name} id", _entity_form(path, c, specs[c.name]), (c.name,)) for c in entities]
    sources = {name: f"{name} id" if table[name].unit is Unit.ENTITY else name for name in specs}
    return Kind(
        name=f"mapping {path.stem}",
        fields=tuple(fields),
        identities=tuple(identities),
        rows=(Rows(table.name, {n: s for n, s in sources.items() if n not in ("event_id", "occurred_at")}),),
        at="occurred_at",
        native="event_id" if "event_id" in specs else "",
    )


def _field(path: Path, column: Column, spec: Spec, specs: Names[str, Spec]) -> Field:
    value, asset = Value.TEXT, ""
    choices: tuple[str, ...] = ()
    match column.unit:
        case Unit.ENTITY:
            value = Value.PART
        case Unit.TIME:
            value = Value.TIME
        case Unit.DURATION:
            value, choices = Value.WHOLE, _LARGEST
        case Unit.MINOR | Unit.MONEY:
            value, asset = (Value.MINOR, "") if spec.unit == "minor" else (Value.AMOUNT, _asset_of(path, column, specs))
        case Unit.DECIMAL:
            value = Value.PRICE
        case Unit.FLAG:
            value = Value.FLAG
        case Unit.NUMBER:
            value, choices = Value.NUMBER, _OPEN
        case Unit.CATEGORY if column.name in ("asset", "currency"):
            value = Value.ASSET if column.name == "asset" else Value.CURRENCY
        case Unit.CATEGORY if column.values:
            value, choices = Value.CHOICE, column.values
    return Field(column.name, value, column.required, choices, asset)


def _asset_of(path: Path, column: Column, specs: Names[str, Spec]) -> str:
    for name in ("asset", "currency"):
        if name in specs:
            return name
    raise SourceError(str(path), f"{column.name} in the main unit", "`asset` or `currency` beside it, or `unit: minor`")


def _entity_form(path: Path, column: Column, spec: Spec) -> str:
    form = spec.entity or (column.kinds[0] if len(column.kinds) == 1 else "")
    if form not in _ENTITY_FORMS:
        found = f"entity: {form}" if form else "no `entity:`"
        raise SourceError(f"{path}: {column.name}", found, "one of " + ", ".join(_ENTITY_FORMS))
    return form


def _spec(path: Path, name: str, said: Any) -> Spec:
    if isinstance(said, str):
        return Spec(column=said)
    where = f"{path}: {name}"
    if not isinstance(said, dict):
        raise SourceError(where, repr(said), "a column's name, or `column:`, `template:` or `constant:`")
    _check_words(path, name, said, _SPEC_WORDS)
    if sum(word in said for word in ("column", "template", "constant")) != 1:
        raise SourceError(where, "none or several of column, template and constant", "one of them")
    unit, decode = str(said.get("unit") or ""), str(said.get("decode") or "")
    if unit and unit not in (*TIME_UNITS, "minor", "main"):
        raise SourceError(where, f"unit: {unit}", "one of " + ", ".join((*TIME_UNITS, "minor", "main")))
    if decode and decode not in DECODINGS:
        raise SourceError(where, f"decode: {decode}", "one of " + ", ".join(DECODINGS))
    values = said.get("values")
    return Spec(
        column=str(said.get("column", "")),
        template=str(said.get("template", "")),
        constant=str(said.get("constant", "")),
        unit=unit,
        epoch=_epoch(where, said.get("epoch")),
        decode=decode,
        entity=str(said.get("entity") or ""),
        values={str(k): str(v) for k, v in values.items()} if isinstance(values, dict) else None,
    )


def _epoch(where: str, said: Any) -> datetime:
    if said is None:
        return datetime(1970, 1, 1, tzinfo=UTC)
    if isinstance(said, datetime):
        return said if said.tzinfo else said.replace(tzinfo=UTC)
    if isinstance(said, date):
        return datetime(said.year, said.month, said.day, tzinfo=UTC)
    raise SourceError(where, f"epoch: {said}", "a date, or a time with its offset, such as 2026-01-01T00:00:00+08:00")


def _condition(path: Path, said: Any) -> Condition:
    if not isinstance(said, dict) or "column" not in said or ("is" in said) == ("not" in said):
        raise SourceError(
            f"{path}: where", repr(said), 'conditions such as {column: status, is: ["1"]} or {column: to, not: [""]}'
        )
    wanted = "is" in said
    values = said["is"] if wanted else said["not"]
    listed = values if isinstance(values, list) else [values]
    return Condition(str(said["column"]), tuple(_word(value) for value in listed), wanted)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _lookup(path: Path, said: Any) -> Lookup:
    if not isinstance(said, dict) or not said.get("file") or not said.get("by") or not said.get("take"):
        raise SourceError(f"{path}: lookup", repr(said), "{file: blocks.csv, by: blockId, take: [timestamp]}")
    name = str(said["file"])
    if Path(name).name != name:
        raise SourceError(f"{path}: lookup", f"file: {name}", "the name of a file in the folder of the file that is read")
    return Lookup(name, str(said["by"]), str(said.get("key") or said["by"]), tuple(map(str, said["take"])))


def _delimiter(path: Path, said: Names[str, Any]) -> str:
    delimiter = str(said.get("delimiter", ","))
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n':
        raise SourceError(str(path), f"delimiter: {delimiter!r}", "one ASCII character")
    return delimiter


def _zone(path: Path, said: Names[str, Any]) -> str:
    zone = str(said.get("zone") or "")
    try:
        return zone and ZoneInfo(zone).key
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SourceError(str(path), f"zone: {zone}", "an IANA zone such as Asia/Shanghai") from error


def _check_words(path: Path, where: str, said: Names[str, Any], known: set[str]) -> None:
    strange = sorted(str(word) for word in said if word not in known)
    if strange:
        raise SourceError(str(path), f"{where}: {', '.join(strange)}", "some of " + ", ".join(sorted(known)))


def _check_given(path: Path, specs: Names[str, Spec], required: tuple[str, ...]) -> None:
    missing = [name for name in required if name not in specs]
    if missing:
        raise SourceError(str(path), f"no column for {', '.join(missing)}", "a source for every required column")
