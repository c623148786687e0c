"""Adverts for work: JSON lines of schema.org's JobPosting, with the platform and the author who posted them.

Pay becomes an amount a month in the currency's smallest unit, so that adverts compare: an hour counts 174, a day 21.75, a week
52/12 times, a year a twelfth (21.75 paid days of eight hours a month, as Chinese labour practice counts). What else the advert
says is kept as JSON in `attributes`. Author and organisation `mention` the phones and accounts to apply to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import polars as pl

from cutline.ingest.chunk import Chunk, Head, SourceFile
from cutline.ingest.delivery import received_at
from cutline.ingest.fingerprint import hash_rows, to_hex
from cutline.ingest.readers.draft import Draft, context_of, number_parts, pick
from cutline.ingest.readers.records import Batch, Record, read_records, text_of
from cutline.model.identifiers.columns import clean_column, clean_entity_column
from cutline.model.money import AMOUNT_OUT_OF_RANGE, BASE_CURRENCY, parse_minor_column

MONTHLY = {"HOUR": (174, 1), "DAY": (87, 4), "WEEK": (13, 3), "MONTH": (1, 1), "YEAR": (1, 12)}
"""How many months' pay one unit's pay is, as a fraction."""

_COLUMNS = ("title", "text", "posted", "url", "platform", "author", "organisation", "pay", "currency", "unit", "attributes")
_TOLD_ELSEWHERE = frozenset(
    "@context @type title description datePosted url platform author baseSalary salaryCurrency".split()  # columns of their own
)
_LARGEST_PAY = 10**30


class JobPosting:
    """Reads adverts."""

    kind = "adverts"

    def recognises(self, head: Head) -> bool:
        """Say whether the text is JSON lines whose first record is a JobPosting, by its type or its fields."""
        said = set(head.columns)
        named = '"JobPosting"' in head.text.split("\n", 1)[0]
        return head.text.lstrip().startswith("{") and (named or {"title", "datePosted", "platform"} <= said)

    def read(self, file: SourceFile) -> Iterator[Chunk]:
        """Give posts and ties, in batches."""
        for batch in read_records(file.path):
            yield _chunk(file, batch)


def _chunk(file: SourceFile, batch: Batch) -> Chunk:
    fields = [_fields(record) for record in batch.records]
    rows = pl.DataFrame(
        {"row": batch.rows, "original": batch.originals} | {name: [f[name] for f in fields] for name in _COLUMNS},
        schema={"row": pl.Int64(), "original": pl.String()} | dict.fromkeys(_COLUMNS, pl.String()),
    )
    contacts = [(row, *contact) for row, record in zip(batch.rows, batch.records, strict=True) for contact in _contacts(record)]
    named = pl.DataFrame(contacts, schema={"row": pl.Int64, "kind": pl.String, "value": pl.String}, orient="row")
    draft = Draft(file, JobPosting.kind, rows)
    posts = _posts(draft)
    draft.rows = posts.with_columns(rows["attributes"]).drop("event_id")
    ties = _ties(draft, posts, rows, named)
    return draft.chunk({"posts": posts, "ties": ties}, None, batch.rejects)


def _posts(draft: Draft) -> pl.DataFrame:
    rows, context = draft.rows, context_of(draft.file)
    posted = draft.time("datePosted", rows["posted"]).fill_null(received_at(draft.file))
    handle = rows.select(pl.when(pl.col("author").is_not_null()).then(pl.concat_str("platform", pl.lit("/"), "author")))
    spelled = rows.select(
        pl.when(pl.col("author").str.starts_with(pl.col("platform") + "/")).then("author").otherwise(handle.to_series())
    ).to_series()
    draft.refuse_where("platform", rows["author"].is_not_null() & rows["platform"].is_null(), "the author's platform")
    author, refused = clean_column("handle", spelled, context)
    draft.refuse("author", rows["author"], refused)
    website, refused = clean_column("website", rows["url"], context)
    draft.refuse("url", rows["url"], refused)
    posts = rows.select("row", "title", "text", "currency", platform=pl.col("platform").str.to_lowercase()).with_columns(
        author=author,
        url=website,
        price=_monthly(draft),
        occurred_at=posted,
        kind=pl.lit("job_advert"),
        attributes=rows["attributes"],
    )
    said = [c for c in posts.columns if c != "row"]
    return posts.with_columns(event_id=to_hex(hash_rows(posts, said, 0)))


def _monthly(draft: Draft) -> pl.Series:
    """Give the pay a month in the currency's smallest unit; half a unit is rounded up."""
    rows = draft.rows
    minor, refused = parse_minor_column(rows["pay"], rows["currency"])
    draft.refuse("baseSalary", rows["pay"], refused)
    unit = rows["unit"].str.to_uppercase()
    draft.refuse_where("unit", ~unit.is_in(list(MONTHLY)) & rows["pay"].is_not_null(), "one of " + ", ".join(MONTHLY))
    draft.refuse("baseSalary", rows["pay"], pick(minor > _LARGEST_PAY, pl.repeat(AMOUNT_OUT_OF_RANGE, rows.height, eager=True)))
    frame = pl.DataFrame({"minor": pick(minor <= _LARGEST_PAY, minor).cast(pl.Int128), "unit": unit})
    times, parts = (
        pl.col("unit").replace_strict({u: MONTHLY[u][k] for u in MONTHLY}, default=1, return_dtype=pl.Int64).cast(pl.Int128)
        for k in (0, 1)
    )
    two = pl.lit(2, pl.Int128)
    return frame.select(((pl.col("minor") * times * two + parts) // (parts * two)).cast(pl.Decimal(38, 0)))["minor"]


def _ties(draft: Draft, posts: pl.DataFrame, rows: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Say who mentions whom: author and hiring organisation, each phone and account to apply to."""
    context = context_of(draft.file)
    scoped = rows["organisation"].str.starts_with("organisation:").fill_null(value=False)
    organisation, refused = clean_column("organisation", pick(~scoped, rows["organisation"]), context)
    given, wrong = clean_entity_column(pick(scoped, rows["organisation"]), context)
    draft.refuse("hiringOrganization", rows["organisation"], refused.fill_null(wrong))
    speakers = posts.select("row", "event_id", "occurred_at", "author", organisation=organisation.fill_null(given))
    spoken = speakers.unpivot(["author", "organisation"], index=["row", "event_id", "occurred_at"], value_name="a").drop_nulls(
        "a"
    )
    parts = []
    for kind in ("phone", "handle"):
        part = named.filter(pl.col("kind") == kind).join(
            rows.select("row", "platform"), on="row", how="left", maintain_order="left"
        )
        whole = part.select(
            pl.when((pl.lit(kind) == "handle") & ~pl.col("value").str.contains("/"))
            .then(pl.concat_str("platform", pl.lit("/"), "value"))
            .otherwise("value")
        ).to_series()
        ids, refused = clean_column(kind, whole, context)
        draft.omit(part["row"], "applicationContact", part["value"], refused)
        parts.append(part.select("row").with_columns(b=ids))
    mentioned = pl.concat(parts).drop_nulls().unique(maintain_order=True)
    ties = number_parts(spoken.join(mentioned, on="row", maintain_order="left_right"))
    return ties.select("row", "event_id", "occurred_at", "a", "b", relation=pl.lit("mentions"), valid_from="occurred_at")


def _fields(record: Record) -> dict[str, str | None]:
    salary = record.get("baseSalary")
    money = salary if isinstance(salary, dict) else {"value": salary}
    value = money.get("value")
    quantity = value if isinstance(value, dict) else {"value": value}
    pay = next((found for name in ("value", "maxValue", "minValue") if (found := text_of(quantity, name))), None)
    currency = text_of(money, "currency") or text_of(record, "salaryCurrency") or BASE_CURRENCY
    return {
        "title": text_of(record, "title"),
        "text": text_of(record, "description"),
        "posted": text_of(record, "datePosted"),
        "url": text_of(record, "url"),
        "platform": text_of(record, "platform"),
        "author": text_of(record, "author"),
        "organisation": _organisation(record),
        "pay": pay,
        "currency": currency.upper() if pay else None,
        "unit": (text_of(quantity, "unitText") or text_of(money, "unitText") or "MONTH") if pay else None,
        "attributes": _attributes(record, quantity),
    }


def _organisation(record: Record) -> str | None:
    hiring = record.get("hiringOrganization")
    if isinstance(hiring, dict):
        return text_of(hiring, "identifier") or text_of(hiring, "identifier", "value") or text_of(hiring, "name")
    return text_of(record, "hiringOrganization")


def _attributes(record: Record, quantity: Record) -> str | None:
    """Keep what has no column of its own, as the source wrote it, in one order of names."""
    kept: dict[str, Any] = {name: value for name, value in record.items() if name not in _TOLD_ELSEWHERE and value is not None}
    if text_of(quantity, "unitText"):
        kept["unitText"] = quantity["unitText"]
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, default=str) if kept else None


def _contacts(record: Record) -> Iterator[tuple[str, str]]:
    said = record.get("applicationContact")
    for contact in said if isinstance(said, list) else [said]:
        if isinstance(contact, dict):
            for name, kind in (("telephone", "phone"), ("handle", "handle")):
                values = contact.get(name)
                for value in values if isinstance(values, list) else [values]:
                    if isinstance(value, str) and value.strip():
                        yield kind, value.strip()
