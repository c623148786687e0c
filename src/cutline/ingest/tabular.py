"""The one engine that reads every tabular kind: text columns in, rows of lake tables, keys and rejects out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from cutline.errors import SourceError
from cutline.ingest.checking import Setting, Sheet
from cutline.ingest.chunk import Chunk, Delivery, Head, Reader, SourceFile
from cutline.ingest.delimited import Rows as TextRows
from cutline.ingest.delimited import open_rows
from cutline.ingest.delivery import received_at
from cutline.ingest.fingerprint import hash_rows, hash_text, to_hex
from cutline.ingest.kinds import KINDS, best_kind
from cutline.ingest.kinds.declaration import RECEIVED, Attributes, Const, First, If, Join, Kind, Rows, Source, Telling
from cutline.model.identifiers import Context
from cutline.model.schemas import polars_schema
from cutline.model.tables import TABLES

LAKE_ADDS = ("known_at", "batch")
LIST_VERSION = "list_version"
BLOCK_BYTES = 32 << 20
"""Larger than elsewhere: every distinct spelling of a block is cleaned once, so that larger blocks clean fewer."""


class TabularReader:
    """Reads one declared kind."""

    def __init__(self, kind: Kind) -> None:
        self.declaration = kind
        self.kind = kind.name

    def recognises(self, head: Head) -> bool:
        """Say whether the columns are this kind's, and no other kind's more."""
        return best_kind(head.columns) is self.declaration

    def read(self, file: SourceFile) -> Iterator[Chunk]:
        """Give the rows in chunks; memory is about fourteen times a block of `BLOCK_BYTES`, 450 MB."""
        kind, setting = self.declaration, setting_of(file)
        persons = {telling: _persons(kind, telling, file) for telling in kind.told_by}
        for rows in open_rows(file.path, block_bytes=BLOCK_BYTES):
            text = _known_columns(kind, rows.frame, file)
            for telling, tokens in persons.items():
                text = _tell_kinds(text, telling, tokens)
            yield make_chunk(kind, rows, text, file, setting)


def setting_of(file: SourceFile) -> Setting:
    """Give what the file's delivery says to its rows."""
    said: Delivery = file.delivery
    context = Context(said.source, national_tokens=said.national_tokens, chain=said.chain)
    return Setting(context, said.zone, received_at(file))


def make_chunk(kind: Kind, rows: TextRows, text: pl.DataFrame, file: SourceFile, setting: Setting) -> Chunk:
    """Check some rows of a kind and make lake rows of the good ones; `text` has the kind's columns of `rows`."""
    sheet = Sheet(kind, _all_fields(kind, text), setting)
    sheet.check()
    good = sheet.good
    typed = pl.DataFrame({"row": rows.row, **sheet.typed})
    rejects = rows.rejects
    if not good.all():
        rejects = pl.concat([rejects, sheet.rejects(rows)]).sort("row")
        typed = typed.filter(good)
    seed = hash_text(f"{file.delivery.source}\n{kind.name}")
    content = hash_rows(typed, sorted(sheet.typed), seed)
    key = hash_rows(typed, [kind.native], seed) if kind.native and not kind.grows else content
    own_id = typed[kind.native] if kind.native else to_hex(content)
    typed = typed.with_columns(
        own_id.alias("event_id"),
        pl.lit(setting.received_at).cast(pl.Datetime("us", "UTC")).alias(RECEIVED),
        pl.lit(file.delivery.source).alias("deliverer"),
        pl.lit(file.sha256[:12]).alias(LIST_VERSION),
    )
    local = sheet.local_times & good
    return Chunk(
        read=rows.read,
        tables=_lake_tables(kind, typed),
        keys=pl.DataFrame({"row": typed["row"], "key": key, "content": content}),
        rejects=rejects,
        partial=sheet.partial(rows),
        zone_assumed=int(local.sum()) if file.delivery.zone_assumed else 0,
    )


def _known_columns(kind: Kind, frame: pl.DataFrame, file: SourceFile) -> pl.DataFrame:
    names = {name.lower(): name for name in frame.columns}
    missing = [field.name for field in kind.fields if field.required and field.name not in names]
    if missing:
        raise SourceError(
            str(file.path),
            f"no column {', '.join(missing)}",
            f"the ★ columns of {kind.name}: {', '.join(kind.required)}",
            "name another kind, or describe the file in a mapping",
        )
    return frame.select(pl.col(names[field.name]).alias(field.name) for field in kind.fields if field.name in names)


def _persons(kind: Kind, telling: Telling, file: SourceFile) -> pl.Series:
    """Give the tokens that stand in the file as a person's. Memory: the distinct ones."""
    parts = [pl.Series(telling.other, [], dtype=pl.String)]
    for rows in open_rows(file.path, block_bytes=BLOCK_BYTES):
        text = _all_fields(kind, _known_columns(kind, rows.frame, file))
        person = pl.col(telling.other_kind).str.to_lowercase().fill_null("person") == "person"
        parts.append(text.filter(person)[telling.other].drop_nulls().unique())
    return pl.concat(parts).unique()


def _tell_kinds(text: pl.DataFrame, telling: Telling, persons: pl.Series) -> pl.DataFrame:
    if telling.token not in text.columns:
        return text
    is_person = pl.col(telling.token).is_in(persons.implode())
    return text.with_columns(pl.when(is_person).then(pl.lit("person")).otherwise(pl.lit("organisation")).alias(telling.kind))


def _all_fields(kind: Kind, text: pl.DataFrame) -> pl.DataFrame:
    absent = [pl.lit(None, pl.String).alias(field.name) for field in kind.fields if field.name not in text.columns]
    untold = [pl.lit("organisation").alias(t.kind) for t in kind.told_by if t.kind not in text.columns]
    return text.with_columns(absent + untold) if absent or untold else text


def _lake_tables(kind: Kind, typed: pl.DataFrame) -> dict[str, pl.DataFrame]:
    parts: dict[str, list[pl.DataFrame]] = {}
    for rows in kind.rows:
        frame = lake_rows(rows, kind.at, typed)
        if frame.height:
            parts.setdefault(rows.table, []).append(frame)
    return {table: pl.concat(frames) for table, frames in parts.items()}


def lake_rows(rows: Rows, at: Source, typed: pl.DataFrame) -> pl.DataFrame:
    """Give the lake rows that one declaration makes of typed source rows; one that lacks what its table requires is none."""
    table = TABLES[rows.table]
    schema = {name: kind for name, kind in polars_schema(table).items() if name not in LAKE_ADDS}
    occurred = [rows.at, at, RECEIVED] if rows.at is not None else [at, RECEIVED]
    columns: dict[str, pl.Expr] = {
        "event_id": pl.concat_str("event_id", pl.lit("/" + rows.suffix)) if rows.suffix else pl.col("event_id"),
        "occurred_at": pl.coalesce(*(expression(source, typed) for source in occurred)),
        "deliverer": pl.col("deliverer"),
        "row": pl.col("row"),
    }
    for name, source in rows.columns.items():
        columns[name] = expression(source, typed)
        if schema[name] == pl.String():
            columns[name] = _as_text(columns[name], source, typed)
    needs = [*rows.needs, *(s for n, s in rows.columns.items() if isinstance(s, str) and table[n].required)]
    if needs and any(typed[name].null_count() for name in needs):
        typed = typed.filter(pl.all_horizontal(pl.col(*needs).is_not_null()))
    frame = typed.select(
        (columns[name].cast(kind) if name in columns else pl.lit(None, kind)).alias(name) for name, kind in schema.items()
    )
    required = [name for name in schema if table[name].required and frame[name].null_count()]
    return frame.drop_nulls(required) if required else frame


def expression(source: Source, typed: pl.DataFrame) -> pl.Expr:
    """Turn a declared source into an expression over typed columns."""
    match source:
        case str():
            return pl.col(source)
        case Const(value):
            return pl.lit(value or None, pl.String)
        case If(field, values, then, otherwise):
            hit = pl.col(field).is_in(values)
            hit = hit | pl.col(field).is_null() if "" in values else hit
            rest = pl.lit(None) if otherwise is None else expression(otherwise, typed)
            return pl.when(hit).then(expression(then, typed)).otherwise(rest)
        case First(sources):
            return pl.coalesce(*(expression(s, typed) for s in sources))
        case Join(between, sources):
            return pl.concat_str(*(expression(s, typed).cast(pl.String) for s in sources), separator=between)
        case Attributes(fields):
            known = pl.any_horizontal(pl.col(*fields).is_not_null())
            return pl.when(known).then(pl.struct(*fields).struct.json_encode())


def _as_text(value: pl.Expr, source: Source, typed: pl.DataFrame) -> pl.Expr:
    if isinstance(source, str) and isinstance(typed.schema[source], pl.Datetime):
        return value.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


TABULAR_READERS: Sequence[Reader] = tuple(TabularReader(kind) for kind in KINDS.values())
"""One reader for every tabular kind of `formats.md`."""
