"""Source rows on their way into the lake: read, checked column by column, then rows of tables or rejects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from cutline.ingest.chunk import REJECT_SCHEMA, REST_KEPT, Chunk, SourceFile
from cutline.ingest.fingerprint import hash_rows, hash_text
from cutline.ingest.times import EXPECTED, parse_times
from cutline.model.identifiers import Context
from cutline.model.identifiers.columns import clean_column
from cutline.model.schemas import polars_schema
from cutline.model.tables import TABLES

KEPT_CHARACTERS = 4096
"""A reject keeps at most so much of the row as it was written, and of the value found."""

LAKE_ADDS = ("known_at", "batch")


class Draft:
    """Some source rows of one kind, and what was found wrong with them so far.

    `rows` has `row` (number in the file, from 1) and the row's own columns; where it also has `original`, that is the row as it
    was written, else its columns are shown as JSON. Each check looks at a whole column; of a row that fails several, the first
    one is told. What the row says, for knowing it again, is `rows` when the chunk is made.
    """

    def __init__(self, file: SourceFile, kind: str, rows: pl.DataFrame) -> None:
        self.file = file
        self.kind = kind
        self.rows = rows
        self._written = rows
        self._local = pl.repeat(value=False, n=rows.height, eager=True, dtype=pl.Boolean)
        self._faults: list[pl.DataFrame] = []
        self._partial: list[pl.DataFrame] = []

    def refuse(self, field: str, found: pl.Series, expected: pl.Series) -> None:
        """Refuse the rows in which `expected` says something: what should have stood in `field` instead of `found`."""
        wrong = expected.is_not_null()
        if wrong.any():
            self._faults.append(
                pl.DataFrame(
                    {
                        "row": self.rows["row"].filter(wrong),
                        "field": pl.repeat(field, int(wrong.sum()), dtype=pl.String, eager=True),
                        "found": found.filter(wrong).cast(pl.String).fill_null("").str.slice(0, KEPT_CHARACTERS),
                        "expected": expected.filter(wrong).cast(pl.String),
                        "original": self._originals(self._written.filter(wrong)).str.slice(0, KEPT_CHARACTERS),
                    },
                    schema=REJECT_SCHEMA,
                )
            )

    @staticmethod
    def _originals(written: pl.DataFrame) -> pl.Series:
        if "original" in written.columns:
            return written["original"]
        return written.select(pl.struct(pl.exclude("row")).struct.json_encode()).to_series()

    def refuse_where(self, field: str, wrong: pl.Series, expected: str) -> None:
        """Refuse the rows marked in `wrong`; `field` names the column that is shown as found."""
        found = self.rows[field] if field in self.rows.columns else pl.repeat("", self.rows.height, eager=True)
        words = pl.DataFrame({"wrong": wrong.fill_null(value=False)}).select(pl.when("wrong").then(pl.lit(expected)))
        self.refuse(field, found, words.to_series())

    def time(self, field: str, text: pl.Series) -> pl.Series:
        """Read a column of times; refuse those that are none, and remember which had no offset."""
        times = parse_times(text, self.file.delivery.zone)
        self._local = self._local | times.local.fill_null(value=False)
        wrong = text.is_not_null() & times.values.is_null()
        self.refuse(field, text, pick(wrong, pl.repeat(EXPECTED, len(text), dtype=pl.String, eager=True)))
        return times.values

    def refuse_of(self, row: pl.Series, field: str, found: pl.Series, expected: pl.Series) -> None:
        """Refuse rows by what is wrong in parts of them; `row` says whose part each value is."""
        parts = pl.DataFrame({"row": row, "found": found.cast(pl.String), "expected": expected.cast(pl.String)})
        parts = parts.drop_nulls("expected").unique("row", keep="first", maintain_order=True)
        if parts.height:
            told = self.rows.select("row").join(parts, on="row", how="left", maintain_order="left")
            self.refuse(field, told["found"], told["expected"])

    def refused(self) -> pl.Series:
        """Give the rows that were refused so far."""
        return pl.concat([pl.Series("row", [], pl.Int64), *(fault["row"] for fault in self._faults)]).unique()

    def omit(self, row: pl.Series, field: str, found: pl.Series, expected: pl.Series) -> None:
        """Leave out parts of rows, which are kept without them; `row` says whose part each value is."""
        parts = pl.DataFrame({"row": row, "found": found.cast(pl.String), "expected": expected.cast(pl.String)})
        parts = parts.drop_nulls("expected")
        if parts.height:
            whole = self._written.filter(self._written["row"].is_in(parts["row"].implode()))
            written = pl.DataFrame({"row": whole["row"], "original": self._originals(whole)})
            told = parts.join(written, on="row", how="left", maintain_order="left")
            self._partial.append(
                told.select(
                    "row",
                    pl.lit(field).alias("field"),
                    pl.col("found").fill_null("").str.slice(0, KEPT_CHARACTERS),
                    pl.col("expected") + REST_KEPT,
                    pl.col("original").str.slice(0, KEPT_CHARACTERS),
                )
            )

    def time_of(self, row: pl.Series, field: str, text: pl.Series) -> pl.Series:
        """Read times in parts of rows; one that is none is left out."""
        times = parse_times(text, self.file.delivery.zone)
        wrong = text.is_not_null() & times.values.is_null()
        self.omit(row, field, text, pick(wrong, pl.repeat(EXPECTED, len(text), dtype=pl.String, eager=True)))
        local = row.filter(times.local.fill_null(value=False))
        self._local = self._local | self.rows["row"].is_in(local.implode())
        return times.values

    def need(self, *fields: str) -> None:
        """Refuse the rows in which one of the fields is empty."""
        for field in fields:
            self.refuse_where(field, self.rows[field].fill_null("").str.strip_chars() == "", "a value")

    def chunk(self, tables: Mapping[str, pl.DataFrame], native: str | None, early: pl.DataFrame | None = None) -> Chunk:
        """Make the chunk: lake rows of the good rows, their keys, and rejects (with `early` ones that never became rows).

        `native` is the column with the source's own id; without one a row is the same where it says the same.
        """
        rejects = pl.concat([*([early] if early is not None else []), *self._faults, pl.DataFrame(schema=REJECT_SCHEMA)])
        rejects = rejects.unique("row", keep="first", maintain_order=True).sort("row")
        kept = ~self.rows["row"].is_in(rejects["row"].implode())
        partial = pl.concat([*self._partial, pl.DataFrame(schema=REJECT_SCHEMA)])
        good = self.rows.filter(kept)
        said = [c for c in good.columns if c not in ("row", "original")]
        seed = hash_text(f"{self.file.delivery.source}\n{self.kind}")
        content = hash_rows(good, said, seed)
        key = content if native is None else hash_rows(good, [native], seed)
        lake = {name: _lake_rows(name, frame, good, self.file.delivery.source) for name, frame in tables.items()}
        return Chunk(
            read=self.rows.height + (0 if early is None else early.height),
            tables={name: frame for name, frame in lake.items() if frame.height},
            keys=pl.DataFrame({"row": good["row"], "key": key, "content": content}),
            rejects=rejects,
            partial=partial.join(rejects.select("row"), on="row", how="anti", maintain_order="left"),
            zone_assumed=int((self._local & kept).sum()) if self.file.delivery.zone_assumed else 0,
        )


def clean_addresses(columns: Mapping[str, pl.Series], context: Context) -> dict[str, tuple[pl.Series, pl.Series]]:
    """Clean several columns of addresses at once, for most addresses stand in more than one; gives (ids, expected) by name."""
    ids, refused = clean_column("address", pl.concat(list(columns.values())), context)
    size = len(ids) // max(len(columns), 1)
    return {name: (ids.slice(at * size, size), refused.slice(at * size, size)) for at, name in enumerate(columns)}


def context_of(file: SourceFile, chain: str = "") -> Context:
    """Give what the file's delivery says that spellings alone do not."""
    delivery = file.delivery
    return Context(delivery.source, national_tokens=delivery.national_tokens, chain=chain)


def pick(condition: pl.Series, yes: pl.Series, no: pl.Series | None = None) -> pl.Series:
    """Give `yes` where the condition holds, else `no` (null where none is given)."""
    other = pl.repeat(None, len(yes), dtype=yes.dtype, eager=True) if no is None else no
    return yes.zip_with(condition.fill_null(value=False), other)


def number_parts(parts: pl.DataFrame) -> pl.DataFrame:
    """Tell apart the lake rows that one source row gives: `/1`, `/2` … after its event id, in their order."""
    return parts.with_columns(event_id=pl.format("{}/{}", "event_id", pl.int_range(1, pl.len() + 1).over("row")))


def reject(rows: Sequence[tuple[int, str, str, str, str]]) -> pl.DataFrame:
    """Make rejects of (row, field, found, expected, original), cut to a bounded length."""
    cut = [(n, field, found[:KEPT_CHARACTERS], expected, text[:KEPT_CHARACTERS]) for n, field, found, expected, text in rows]
    return pl.DataFrame(cut, schema=REJECT_SCHEMA, orient="row")


def _lake_rows(table: str, frame: pl.DataFrame, good: pl.DataFrame, deliverer: str) -> pl.DataFrame:
    schema = {n: t for n, t in polars_schema(TABLES[table]).items() if n not in LAKE_ADDS}
    kept = frame.join(good.select("row"), on="row", how="semi", maintain_order="left")
    kept = kept.with_columns(deliverer=pl.lit(deliverer))
    columns = [pl.col(n).cast(t) if n in kept.columns else pl.lit(None, t).alias(n) for n, t in schema.items()]
    return kept.select(columns)
