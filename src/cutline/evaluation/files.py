"""The CSV files of truth and answers, read as columns of text and written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv as pv

from cutline.errors import SourceError


def read_columns(path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> pl.DataFrame:
    """Read some columns of a CSV as text, empty where nothing stands; an optional column that is missing is empty too.

    A file without a single byte has no rows. Memory: the wanted columns, once.
    Raises SourceError where the file is missing, is no rectangular UTF-8 CSV, or lacks a required column.
    """
    wanted = [*required, *optional]
    table = _read(path)
    if table is None:
        return pl.DataFrame(schema=dict.fromkeys(wanted, pl.String))
    missing = [name for name in required if name not in table.column_names]
    if missing:
        found = ", ".join(table.column_names)
        raise SourceError(path.name, f"columns {found}", f"a column {missing[0]!r}", "see the head of the judge for its layout")
    frame = pl.DataFrame(pl.from_arrow(table.select([name for name in wanted if name in table.column_names])))
    return frame.with_columns(pl.lit("").alias(name) for name in optional if name not in frame.columns).select(wanted)


def _read(path: Path) -> pa.Table | None:
    if not path.is_file():
        raise SourceError(str(path), "no such file", "a CSV file", "all files of truth and of answers must be there")
    if path.stat().st_size == 0:
        return None
    parse = pv.ParseOptions(newlines_in_values=True)
    convert = pv.ConvertOptions(strings_can_be_null=False)
    try:
        header = pv.open_csv(path, parse_options=parse, convert_options=convert).schema.names
        convert.column_types = dict.fromkeys(header, pa.large_string())
        return pv.read_csv(path, parse_options=parse, convert_options=convert)
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise SourceError(path.name, str(error), "a rectangular CSV in UTF-8 with a header row") from error


def once_per_entity(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Give the frame back if no entity stands twice; SourceError names the first that does."""
    twice = frame.filter(pl.col("entity").is_duplicated())
    if len(twice):
        raise SourceError(name, f"{twice['entity'][0]!r} stands {_times(twice)} times", "one row per entity")
    return frame


def _times(twice: pl.DataFrame) -> int:
    return int((twice["entity"] == twice["entity"][0]).sum())


def numbers(texts: pl.Series, where: str, least: float | None = None) -> pl.Series:
    """Read texts as numbers; with `least`, each must be finite and at least that. SourceError shows the first bad one."""
    values = texts.str.strip_chars().cast(pl.Float64, strict=False)
    bad = values.is_null()
    expected = "a number"
    if least is not None:
        bad = bad | ~values.is_finite() | (values < least)
        expected = "a finite number" if least == -float("inf") else f"a finite number of at least {least:g}"
    if bad.any():
        row = bad.arg_max() or 0
        raise SourceError(f"{where} row {row + 1}", f"{texts.name} is {texts[row]!r}", expected)
    return values


def write_together(folder: Path, files: Mapping[str, pl.DataFrame]) -> None:
    """Write several CSV files so that a reader never sees half of one: all are complete before the first takes its name."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = {name: folder / f".{name}.part" for name in files}
    try:
        for name, frame in files.items():
            with parts[name].open("wb") as handle:
                frame.write_csv(handle)
                handle.flush()
                os.fsync(handle.fileno())
        for name, part in parts.items():
            part.replace(folder / name)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
