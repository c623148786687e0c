"""What the public reports: losses, approaches, adverts, missing persons, as JSON lines.

Payments stay as they were told, with cleaned ids, in one JSON list. Whoever reports `mentions` every contact the report names
and everyone it says was paid. A report without a reporter speaks as `person:<source>/report-<report_id>`.

A report is worth more than its worst line: a contact that is none, or a bad field of a payment, is left out and told in the
rejects, and the report is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import polars as pl

from cutline.errors import IdentifierError
from cutline.ingest.chunk import Chunk, Head, SourceFile
from cutline.ingest.readers.draft import Draft, context_of, number_parts, pick
from cutline.ingest.readers.records import Batch, Record, read_records, text_of
from cutline.model.assets import symbol_of
from cutline.model.identifiers.columns import Cleaned, clean_column, clean_entity_column, clean_party_column
from cutline.model.identifiers.spelling import scope_of
from cutline.model.money import BASE_CURRENCY, asset_id, parse_minor_column

KINDS = ("loss", "contact", "advert", "missing")
CONTACT_KINDS = {"phone": "phone", "handle": "handle", "url": "website", "account": "party", "address": "address"}

_COLUMNS = tuple("report_id kind received_at reporter region narrative remote_access person loss currency".split())
_CONTACT = {"row": pl.Int64(), "type": pl.String(), "value": pl.String(), "at": pl.String()}
_PAID = tuple("time amount currency from to reference".split())
_PAYMENT = {"row": pl.Int64(), "place": pl.Int64()} | dict.fromkeys(_PAID, pl.String())
_ANONYMOUS = frozenset({"", "anonymous", "anon", "匿名"})
_TRUE, _FALSE = ["1", "true", "yes", "是"], ["0", "false", "no", "否"]


class PublicReports:
    """Reads reports of the public."""

    kind = "public_reports"

    def recognises(self, head: Head) -> bool:
        """Say whether the text is JSON lines of reports."""
        return head.text.lstrip().startswith("{") and {"report_id", "kind", "received_at"} <= set(head.columns)

    def read(self, file: SourceFile) -> Iterator[Chunk]:
        """Give reports and ties, in batches."""
        for batch in read_records(file.path):
            yield _chunk(file, batch)


def _chunk(file: SourceFile, batch: Batch) -> Chunk:
    told = {name: [text_of(record, name) for record in batch.records] for name in _COLUMNS}
    lists = {name: [_canonical(record.get(name)) for record in batch.records] for name in ("contacts", "payments")}
    rows = pl.DataFrame(
        {"row": batch.rows, "original": batch.originals, **told, **lists},
        schema={"row": pl.Int64(), "original": pl.String()} | dict.fromkeys((*_COLUMNS, *lists), pl.String()),
    )
    draft = Draft(file, PublicReports.kind, rows)
    for name in ("contacts", "payments"):
        shapeless = [not _is_list(record.get(name)) for record in batch.records]
        wrong = pl.Series(shapeless, dtype=pl.Boolean)
        draft.omit(rows["row"], name, rows[name], pick(wrong, pl.repeat("a list of objects", rows.height, eager=True)))
    payments, payees = _payments(draft, batch)
    for name in _COLUMNS:
        nested = pl.Series([isinstance(record.get(name), (dict, list)) for record in batch.records], dtype=pl.Boolean)
        found = pl.Series([_canonical(record.get(name)) for record in batch.records], dtype=pl.String)
        draft.omit(rows["row"], name, found, pick(nested, pl.repeat("one value", rows.height, eager=True)))
    reports = _reports(draft, payments)
    contacts = _contacts(draft, batch)
    reports = reports.join(payments.select("row", "payments"), on="row", how="left", maintain_order="left")
    speakers = reports.select("row", "event_id", "received", a="reporter")
    ties = pl.concat([contacts, payees]).join(speakers, on="row", maintain_order="left")
    ties = number_parts(ties.unique(["row", "b", "valid_from"], keep="first", maintain_order=True)).select(
        "row",
        "event_id",
        "a",
        "b",
        "valid_from",
        relation=pl.lit("mentions"),
        occurred_at=pl.coalesce("valid_from", "received"),
    )
    return draft.chunk({"reports": reports.with_columns(occurred_at="received"), "ties": ties}, "report_id", batch.rejects)


def _reports(draft: Draft, payments: pl.DataFrame) -> pl.DataFrame:
    rows, context = draft.rows, context_of(draft.file)
    draft.need("report_id", "kind", "received_at")
    draft.refuse_where("kind", rows["kind"].is_not_null() & ~rows["kind"].is_in(list(KINDS)), "one of " + ", ".join(KINDS))
    received = draft.time("received_at", rows["received_at"])
    nobody = rows["reporter"].fill_null("").str.to_lowercase().is_in(list(_ANONYMOUS))
    reporter = _who(draft, "reporter", pick(~nobody, rows["reporter"]))
    anonymous = rows.select(pl.concat_str(pl.lit(f"person:{scope_of(context.deliverer)}/report-"), "report_id")).to_series()
    currency = _currency_of_loss(rows, payments)
    loss, refused = parse_minor_column(rows["loss"], currency)
    draft.omit(rows["row"], "loss", rows["loss"], refused)
    flag = rows["remote_access"].str.to_lowercase()
    draft.refuse_where("remote_access", flag.is_not_null() & ~flag.is_in(_TRUE + _FALSE), "true or false")
    return rows.select("row", "kind", "region", "narrative", event_id="report_id").with_columns(
        received=received,
        reporter=pick(nobody, anonymous, reporter),
        person=_who(draft, "person", rows["person"]),
        loss=loss,
        currency=pick(loss.is_not_null(), currency),
        remote_access=pick(flag.is_not_null(), flag.is_in(_TRUE)),
    )


def _currency_of_loss(rows: pl.DataFrame, payments: pl.DataFrame) -> pl.Series:
    """Give each loss's asset: the one stated, else that of the payments where they add up to it, else the base currency."""
    paid = rows.select("row").join(payments, on="row", how="left", maintain_order="left")
    in_theirs, _ = parse_minor_column(pick(paid["asset"].is_not_null(), rows["loss"]), paid["asset"])
    theirs = pick((in_theirs == paid["paid"]).fill_null(value=False), paid["asset"])
    stated = rows["currency"].str.to_uppercase()
    symbols = {asset: symbol_of(asset) for asset in paid["asset"].drop_nulls().unique().to_list()}
    named = stated == paid["asset"].replace_strict(symbols, default=None, return_dtype=pl.String)
    return pick(named.fill_null(value=False), paid["asset"], stated).fill_null(theirs).fill_null(BASE_CURRENCY)


def _who(draft: Draft, field: str, spelled: pl.Series) -> pl.Series:
    """Clean tokens of persons; an id (`person:…`, `phone:…`) may stand instead."""
    whole = spelled.str.contains("^(?:person|phone|organisation):").fill_null(value=False)
    tokens, refused = clean_column("person", pick(~whole, spelled), context_of(draft.file))
    ids, wrong = clean_entity_column(pick(whole, spelled), context_of(draft.file))
    draft.refuse(field, spelled, refused.fill_null(wrong))
    return tokens.fill_null(ids)


def _contacts(draft: Draft, batch: Batch) -> pl.DataFrame:
    """Give the named contacts of the reports: row, id, since when."""
    found = [
        (row, *(text_of(contact, name) for name in ("type", "value", "at")))
        for row, record in zip(batch.rows, batch.records, strict=True)
        for contact in _objects(record, "contacts")
    ]
    told = pl.DataFrame(found, schema=_CONTACT, orient="row")
    unknown = ~told["type"].fill_null("").is_in(list(CONTACT_KINDS))
    kinds = pl.repeat("one of " + ", ".join(CONTACT_KINDS), told.height, dtype=pl.String, eager=True)
    draft.omit(told["row"], "contacts.type", told["type"], pick(unknown, kinds))
    empty = pl.repeat("a value", told.height, dtype=pl.String, eager=True)
    draft.omit(told["row"], "contacts.value", told["value"], pick(told["value"].is_null(), empty))
    ids = pl.repeat(None, told.height, dtype=pl.String, eager=True)
    for kind, clean_as in CONTACT_KINDS.items():
        cleaned, refused = _clean(clean_as, pick(told["type"] == kind, told["value"]), draft)
        draft.omit(told["row"], f"contacts.{kind}", told["value"], refused)
        ids = ids.fill_null(cleaned)
    since = draft.time_of(told["row"], "contacts.at", told["at"])
    return told.select("row").with_columns(b=ids, valid_from=since).drop_nulls("b")


def _clean(kind: str, values: pl.Series, draft: Draft) -> Cleaned:
    context = context_of(draft.file)
    return clean_party_column(values, context) if kind == "party" else clean_column(kind, values, context)


def _payments(draft: Draft, batch: Batch) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give for each report its payments as one JSON list, with their asset and sum where they share one.

    And those it says were paid: row, id, since when.
    """
    found = [
        (row, place, *(text_of(payment, name) for name in _PAID))
        for row, record in zip(batch.rows, batch.records, strict=True)
        for place, payment in enumerate(_objects(record, "payments"))
    ]
    told = pl.DataFrame(found, schema=_PAYMENT, orient="row")
    when = draft.time_of(told["row"], "payments.time", told["time"])
    sides = {}
    for side in ("from", "to"):
        sides[side], refused = _clean("party", told[side], draft)
        draft.omit(told["row"], f"payments.{side}", told[side], refused)
    assets, refused = _assets(told["currency"], sides)
    draft.omit(told["row"], "payments.currency", told["currency"], refused)
    amounts, refused = parse_minor_column(pick(assets.is_not_null(), told["amount"]), assets)
    draft.omit(told["row"], "payments.amount", told["amount"], refused)
    clean = told.select("row", "reference").with_columns(
        sides["from"], sides["to"], time=when, currency=assets, amount_minor=amounts
    )
    lists = clean.group_by("row", maintain_order=True).agg(
        pl.struct("time", "amount_minor", "currency", "from", "to", "reference").alias("all"),
        pl.when(pl.col("currency").n_unique() == 1).then(pl.col("currency").first()).alias("asset"),
        pl.when(pl.col("amount_minor").is_not_null().all()).then(pl.col("amount_minor").sum()).alias("paid"),
    )
    texts = [json.dumps([_payment(p) for p in payments], ensure_ascii=False) for payments in lists["all"].to_list()]
    payees = clean.select("row", b="to", valid_from="time").drop_nulls("b")
    return lists.select("row", "asset", "paid").with_columns(payments=pl.Series(texts, dtype=pl.String)), payees


def _payment(payment: Record) -> Record:
    time, amount = payment["time"], payment["amount_minor"]
    plain = {"time": None if time is None else time.isoformat(), "amount_minor": None if amount is None else int(amount)}
    return payment | plain


def _assets(currencies: pl.Series, sides: dict[str, pl.Series]) -> Cleaned:
    """Give asset ids; a token's symbol means the token on the chain of the addresses beside it, nothing the base currency."""
    chains = sides["to"].fill_null(sides["from"]).str.extract("^address:([^/]+)/", 1)
    spelled = pl.DataFrame({"currency": currencies.fill_null(BASE_CURRENCY), "chain": chains.fill_null("")})
    told: dict[tuple[str, str], tuple[str | None, str | None]] = {}
    for currency, chain in spelled.unique(maintain_order=True).iter_rows():
        try:
            told[currency, chain] = (asset_id(currency, "ethereum" if chain == "evm" else chain), None)
        except IdentifierError as error:
            told[currency, chain] = (None, error.expected)
    keys = pl.DataFrame(
        [(*k, *v) for k, v in told.items()],
        schema=dict.fromkeys(("currency", "chain", "id", "expected"), pl.String),
        orient="row",
    )
    found = spelled.join(keys, on=["currency", "chain"], how="left", maintain_order="left")
    return found["id"], found["expected"]


def _objects(record: Record, name: str) -> list[Record]:
    value = record.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _is_list(value: object) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(item, dict) for item in value))


def _canonical(value: object) -> str | None:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str) if value else None
