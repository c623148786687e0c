"""Reads files that a mapping describes: their text is brought to the words of a declared kind, which the one engine reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import polars as pl

from cutline.errors import SourceError
from cutline.ingest.blocks import read_head
from cutline.ingest.chunk import Chunk, Head, SourceFile
from cutline.ingest.delimited import Rows, open_rows
from cutline.ingest.fields import map_distinct
from cutline.ingest.fingerprint import hash_rows, hash_text
from cutline.ingest.jsonlines import open_objects
from cutline.ingest.mapping import TIME_UNITS, Lookup, Mapping, Spec, load_mapping
from cutline.ingest.tabular import make_chunk, setting_of

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_HEX_NUMBER = re.compile(r"(?:0[xX])?[0-9a-fA-F]{1,64}")
_EXPONENT = re.compile(r"[0-9]{1,40}(?:\.[0-9]{1,40})?[eE]([+-]?[0-9]{1,3})")
_LARGEST_EXPONENT = 60
_ABOUT_ROW = ("file", "row")
_MOST_TEXT_OF_TIME = 30
_ISO = "%Y-%m-%dT%H:%M:%S%.6fZ"


class MappingReader:
    """Reads one mapping's files."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self.kind = mapping.kind.name

    def recognises(self, head: Head) -> bool:
        """Say whether all columns that the mapping names stand in the file."""
        return {name.split(".")[0] for name in self._columns()} <= set(head.columns)

    def read(self, file: SourceFile) -> Iterator[Chunk]:
        """Give the rows in chunks; a row that `where` leaves out is in `keys` but in no table."""
        mapping = self.mapping
        setting = setting_of(file)
        context = replace(setting.context, chain=mapping.chain or setting.context.chain, platform=mapping.platform)
        setting = replace(setting, context=context, zone=mapping.zone or setting.zone)
        looked_up = _load_lookup(file.path, mapping) if mapping.lookup else None
        for rows in self._open(file.path):
            wide = _look_up(_with_row_names(rows, file.name), mapping.lookup, looked_up)
            counts = _counts(wide, mapping)
            kept = _filter(rows, counts)
            text = wide.filter(counts).select(_text(spec).alias(name) for name, spec in mapping.specs.items())
            yield _with_left_out(make_chunk(mapping.kind, kept, text, file, setting), rows, ~counts, file)

    def _columns(self) -> list[str]:
        """The columns that the file itself must have."""
        mapping = self.mapping
        names = [name for spec in mapping.specs.values() for name in _named(spec)]
        names += [condition.column for condition in mapping.where]
        if mapping.lookup is not None:
            names = [name for name in names if name not in mapping.lookup.take] + [mapping.lookup.by]
        return sorted(set(names))

    def _open(self, path: Path) -> Iterator[Rows]:
        mapping, names = self.mapping, self._columns()
        if mapping.reads == "jsonl":
            yield from open_objects(path, names)
            return
        for rows in open_rows(path, mapping.encoding, mapping.delimiter):
            missing = [name for name in names if name not in rows.frame.columns]
            if missing:
                found = f"the columns {', '.join(rows.frame.columns)}"
                raise SourceError(str(path), found, f"{', '.join(missing)}, which {mapping.path.name} names")
            yield rows


def read_mapping(path: Path) -> MappingReader:
    """Give the reader that a mapping file describes; raises SourceError where it does not make sense."""
    return MappingReader(load_mapping(path))


def _named(spec: Spec) -> list[str]:
    return [spec.column] if spec.column else [name for name in _PLACEHOLDER.findall(spec.template) if name not in _ABOUT_ROW]


def _with_row_names(rows: Rows, name: str) -> pl.DataFrame:
    """Add the file's name and the rows' numbers, unless the file has columns called so."""
    about = rows.row.cast(pl.String).alias("row").to_frame().with_columns(pl.lit(name).alias("file"))
    return rows.frame.with_columns(about[key] for key in _ABOUT_ROW if key not in rows.frame.columns)


def _text(spec: Spec) -> pl.Expr:
    """The text of one target column: taken, joined or constant, then decoded, translated, and times and units made usual."""
    if spec.constant:
        return pl.lit(spec.constant)
    text = pl.col(spec.column) if spec.column else _fill(spec.template)
    if spec.decode:
        text = _decode(spec.decode, text)
    if spec.values is not None:
        text = text.replace_strict(list(spec.values), list(spec.values.values()), default=text, return_dtype=pl.String)
    return _time(text, spec) if TIME_UNITS.get(spec.unit) else text


def _fill(template: str) -> pl.Expr:
    parts = _PLACEHOLDER.split(template)
    return pl.concat_str(pl.col(part) if number % 2 else pl.lit(part) for number, part in enumerate(parts))


def _decode(how: str, text: pl.Expr) -> pl.Expr:
    """What does not decode stays as it is, and is refused by the check of what it should have been."""
    match how:
        case "base64" | "base64_0x":
            hexed = text.str.decode("base64", strict=False).bin.encode("hex")
            return pl.coalesce(pl.lit("0x") + hexed if how.endswith("0x") else hexed, text)
        case "hex_address":
            return pl.coalesce(pl.lit("0x") + text.str.extract(r"^(?:0x)?[0-9a-fA-F]*([0-9a-fA-F]{40})$", 1), text)
    spell = _hex_number if how == "hex_number" else _without_exponent
    return text.map_batches(lambda values: map_distinct(values, spell), return_dtype=pl.String)


def _hex_number(text: str) -> str:
    return str(int(text, 16)) if _HEX_NUMBER.fullmatch(text) else text


def _without_exponent(text: str) -> str:
    """Write `199e17` in full: exact, as long as the exponent is one that an amount can have."""
    parts = _EXPONENT.fullmatch(text)
    return format(Decimal(text), "f") if parts and abs(int(parts[1])) <= _LARGEST_EXPONENT else text


def _time(text: pl.Expr, spec: Spec) -> pl.Expr:
    short = text.str.len_bytes() <= _MOST_TEXT_OF_TIME
    number = pl.when(short).then(text).cast(pl.Decimal(38, 6), strict=False)
    since = number * TIME_UNITS[spec.unit] + int(spec.epoch.timestamp()) * 1_000_000
    inside = since.is_between(-(2**61), 2**61)
    moment = pl.when(inside).then(since).cast(pl.Int64, strict=False).cast(pl.Datetime("us"))
    year = moment.dt.year().is_between(1, 9999)
    return pl.coalesce(pl.when(year).then(moment).dt.strftime(_ISO), text)


def _counts(frame: pl.DataFrame, mapping: Mapping) -> pl.Series:
    tests = [pl.col(condition.column).fill_null("").is_in(condition.values) == condition.wanted for condition in mapping.where]
    if not tests:
        return pl.repeat(value=True, n=frame.height, dtype=pl.Boolean, eager=True)
    return frame.select(pl.all_horizontal(tests)).to_series()


def _filter(rows: Rows, counts: pl.Series) -> Rows:
    original = None if rows.original is None else rows.original.filter(counts)
    read = rows.read - int((~counts).sum())
    return Rows(read, rows.row.filter(counts), rows.frame.filter(counts), rows.rejects, original)


def _with_left_out(chunk: Chunk, rows: Rows, left_out: pl.Series, file: SourceFile) -> Chunk:
    if not left_out.any():
        return chunk
    frame = rows.frame.filter(left_out)
    content = hash_rows(frame, sorted(frame.columns), hash_text(f"{file.delivery.source}\nleft out"))
    keys = pl.DataFrame({"row": rows.row.filter(left_out), "key": content, "content": content})
    return replace(chunk, read=rows.read, keys=pl.concat([chunk.keys, keys]).sort("row"))


def _load_lookup(path: Path, mapping: Mapping) -> pl.DataFrame:
    lookup = mapping.lookup
    assert lookup is not None  # noqa: S101 # narrows the type: asked only where the mapping has one
    names = [lookup.key, *lookup.take]
    other = path.parent / lookup.file
    is_json = read_head(other).text.lstrip().startswith("{")
    opened = open_objects(other, names) if is_json else open_rows(other, mapping.encoding, mapping.delimiter)
    frames = [rows.frame for rows in opened]
    missing = [name for name in names if name not in frames[0].columns]
    if missing:
        raise SourceError(str(other), f"no column {', '.join(missing)}", f"what {mapping.path.name} looks up")
    return pl.concat(frame.select(names) for frame in frames).drop_nulls(lookup.key).unique(lookup.key, keep="first")


def _look_up(frame: pl.DataFrame, lookup: Lookup | None, other: pl.DataFrame | None) -> pl.DataFrame:
    if lookup is None or other is None:
        return frame
    return frame.join(other, left_on=lookup.by, right_on=lookup.key, how="left", maintain_order="left")
