"""Which records are hidden because they report an event, or a row, that another record already gives.

A sighting names a hidden record and the visible one it belongs to (`into`), never a hidden one. An empty table name hides a
source row in every table: a duplicate, or a row that contradicts an earlier one (conflicting). `merged` sightings report the
same event and fill what the visible record does not know.
"""

from __future__ import annotations

import polars as pl

from cutline.errors import UsageError
from cutline.model.tables import TABLES
from cutline.store.catalogue import Catalogue

HIDDEN: dict[str, pl.DataType] = {
    "table": pl.String(),
    "batch": pl.String(),
    "row": pl.Int64(),
    "into_batch": pl.String(),
    "into_row": pl.Int64(),
    "how": pl.String(),
}
HOW = ("merged", "duplicate", "conflicting")

_LONGEST_CHAIN = 40  # each round halves the chains, so that this bounds nothing but a circle


def hide(catalogue: Catalogue, hidden: pl.DataFrame) -> None:
    """Enter sightings inside a transaction; one for a record that has one replaces it.

    Whoever pointed to a record that is hidden now points on to the visible one. Raises UsageError for an unknown batch, table
    or manner, and for records that would hide each other.
    """
    _check(hidden)
    catalogue.run(
        """CREATE OR REPLACE TEMP TABLE newly AS
        SELECT h."table", b.no, h."row", i.no AS into_no, h.into_row, h.how FROM hidden h
        LEFT JOIN batches b ON b.batch = h.batch LEFT JOIN batches i ON i.batch = h.into_batch""",
        hidden=hidden.select(pl.col(name).cast(kind) for name, kind in HIDDEN.items()),
    )
    lost = catalogue.ask("SELECT * FROM newly WHERE no IS NULL OR into_no IS NULL OR into_row IS NULL LIMIT 1")
    if lost.height:
        raise UsageError(f"sighting {lost.row(0)} names a batch that is neither in the lake nor being committed")
    catalogue.run('DELETE FROM sightings s USING newly n WHERE s."table" = n."table" AND s.no = n.no AND s."row" = n."row"')
    catalogue.run("INSERT INTO sightings SELECT * FROM newly")
    catalogue.run(
        """DELETE FROM sightings s USING sightings w
        WHERE s."table" <> '' AND w."table" = '' AND s.no = w.no AND s."row" = w."row" """
    )
    _shorten(catalogue)


def part_again(catalogue: Catalogue, judged: pl.DataFrame) -> list[str]:
    """Forget, inside a transaction, that these records (table, batch, row) merged into others; give the batches they are of.

    Duplicates and contradictions stay what they are.
    """
    catalogue.run(
        """DELETE FROM sightings s USING (SELECT j."table", b.no, j."row" FROM judged j JOIN batches b USING (batch)) n
        WHERE s."table" = n."table" AND s.no = n.no AND s."row" = n."row" AND s.how = 'merged'""",
        judged=judged.select("table", "batch", "row"),
    )
    return list(judged["batch"].unique().sort().to_list())


def _check(hidden: pl.DataFrame) -> None:
    missing = [name for name in HIDDEN if name not in hidden.columns]
    if missing:
        raise UsageError(f"sightings lack the columns {missing}, expected {list(HIDDEN)}")
    for column, allowed in (("how", HOW), ("table", ("", *TABLES))):
        wrong = hidden.filter(~pl.col(column).is_in(allowed) | pl.col(column).is_null())
        if wrong.height:
            raise UsageError(f"sighting with {column} {wrong[column][0]!r}, expected one of {allowed}")


def _shorten(catalogue: Catalogue) -> None:
    catalogue.run(
        """CREATE OR REPLACE TEMP VIEW onward AS SELECT s."table", s.no, s."row", p.into_no, p.into_row
        FROM sightings s JOIN sightings p ON s.into_no = p.no AND s.into_row = p."row"
        WHERE p.into_no IS NOT NULL AND (p."table" = s."table" OR p."table" = '')"""
    )
    for _ in range(_LONGEST_CHAIN):
        if not catalogue.ask("SELECT 1 FROM onward LIMIT 1").height:
            return
        catalogue.run(
            """UPDATE sightings AS s SET into_no = o.into_no, into_row = o.into_row FROM onward o
            WHERE s."table" = o."table" AND s.no = o.no AND s."row" = o."row" """
        )
    raise UsageError("sightings hide each other in a circle; expected every one to lead to a visible record")


def count(catalogue: Catalogue, batches: list[str] | None = None) -> None:
    """Bring the counts of batches up to date with the sightings (all batches where None are named).

    A source row counts once: rejected if it contradicts, else duplicate, else merged, else accepted.
    """
    wanted = pl.DataFrame({"batch": batches or []}, schema={"batch": pl.String()})
    catalogue.run(
        """CREATE OR REPLACE TEMP TABLE counted AS
        WITH chosen AS (SELECT no FROM batches WHERE ? OR batch IN (SELECT batch FROM wanted)),
        by_row AS (SELECT no, "row", min(list_position(['conflicting', 'duplicate', 'merged'], how)) AS way
                   FROM sightings SEMI JOIN chosen USING (no) GROUP BY no, "row")
        SELECT no, count(*) FILTER (way = 1) AS conflicting, count(*) FILTER (way = 2) AS duplicates,
               count(*) FILTER (way = 3) AS merged
        FROM chosen LEFT JOIN by_row USING (no) GROUP BY no""",
        [batches is None],
        wanted=wanted,
    )
    catalogue.run(
        """UPDATE batches SET merged = c.merged, duplicates = c.duplicates, rejected = rejected_reading + c.conflicting,
        accepted = read - rejected_reading - c.conflicting - c.duplicates - c.merged
        FROM counted c WHERE batches.no = c.no"""
    )


def sightings_of(catalogue: Catalogue, table: str) -> pl.DataFrame:
    """Give the hidden records of a table: batch, row, into_batch, into_row, how; each record once."""
    return catalogue.ask(
        """SELECT b.batch, s."row", i.batch AS into_batch, s.into_row, s.how FROM sightings s
        JOIN batches b ON b.no = s.no LEFT JOIN batches i ON i.no = s.into_no WHERE s."table" IN ('', ?)""",
        [table],
    )


def forget(catalogue: Catalogue) -> None:
    """Take the batches of the temporary table `purged` out of the sightings; what others also saw stays visible through them.

    Where a purged record was the visible one, a duplicate of its source row takes its whole place; otherwise, table by table,
    the sighting that was received first does.
    """
    catalogue.run(
        """CREATE OR REPLACE TEMP VIEW bereft AS
        SELECT s.*, b.received_at, b.batch FROM sightings s JOIN batches b ON b.no = s.no
        WHERE s.into_no IN (SELECT no FROM purged) AND s.no NOT IN (SELECT no FROM purged) AND s.how <> 'conflicting'"""
    )
    catalogue.run(
        """CREATE OR REPLACE TEMP TABLE heirs AS
        SELECT DISTINCT ON (into_no, into_row) into_no AS no, into_row AS "row", no AS to_no, "row" AS to_row
        FROM bereft WHERE "table" = '' ORDER BY into_no, into_row, received_at, batch, bereft."row" """
    )
    catalogue.run("""DELETE FROM sightings s USING heirs h WHERE s."table" = '' AND s.no = h.to_no AND s."row" = h.to_row""")
    catalogue.run(
        """UPDATE sightings AS s SET no = h.to_no, "row" = h.to_row FROM heirs h
        WHERE s."table" <> '' AND s.no = h.no AND s."row" = h."row" """
    )
    catalogue.run(
        """UPDATE sightings AS s SET into_no = h.to_no, into_row = h.to_row FROM heirs h
        WHERE s.into_no = h.no AND s.into_row = h."row" """
    )
    catalogue.run("DELETE FROM sightings WHERE no IN (SELECT no FROM purged)")
    catalogue.run(
        """CREATE OR REPLACE TEMP TABLE heirs AS
        SELECT DISTINCT ON ("table", into_no, into_row) "table", into_no AS no, into_row AS "row", no AS to_no, "row" AS to_row
        FROM bereft ORDER BY "table", into_no, into_row, how DESC, received_at, batch, bereft."row" """
    )
    catalogue.run('DELETE FROM sightings s USING heirs h WHERE s."table" = h."table" AND s.no = h.to_no AND s."row" = h.to_row')
    catalogue.run(
        """UPDATE sightings AS s SET into_no = h.to_no, into_row = h.to_row FROM heirs h
        WHERE s."table" = h."table" AND s.into_no = h.no AND s.into_row = h."row" """
    )
    catalogue.run("UPDATE sightings SET into_no = NULL, into_row = NULL WHERE into_no IN (SELECT no FROM purged)")
