"""Bank messages of ISO 20022: pacs.008, camt.053 and camt.054 of every version, to transfers on the bank rail.

In a statement or notification (camt) the account reported on is one side: payee of what is credited, payer of what is debited.
The other side is the related debtor of a credit and the related creditor of a debit; in a reversal or return the parties stand
as in the original payment, so the other role is asked first there. The account itself is never the other side. An entry that
names no other account is a reject (`counterparty`): no transfer can be made of it. Only booked entries count. Neither message
states a balance after a single payment, so none is given; what a statement says was held before and after its entries is facts.

A bank that holds both accounts reports a payment on both: with the same TxId or UETR the second is a duplicate.
Memory: one batch of payments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

import polars as pl

from cutline.ingest.chunk import Chunk, Head, SourceFile
from cutline.ingest.fingerprint import hash_rows, to_hex
from cutline.ingest.readers.draft import Draft, context_of, pick
from cutline.ingest.readers.messages import MESSAGES, PACS, Fields, read_payments
from cutline.ingest.readers.statement_balances import statement_balances
from cutline.ingest.sightings import NO_ID
from cutline.model.identifiers import Context
from cutline.model.identifiers.columns import clean_account_columns
from cutline.model.money import parse_minor_column

BATCH_ROWS = 20_000

_FIELDS = tuple(
    "message entry place created group_accepted accepted booked_at booked_on "
    "uetr end_to_end transaction instruction reference entry_reference "
    "amount currency side reversal returned status own_iban own_number own_institution debtor_iban debtor_number "
    "debtor_institution creditor_iban creditor_number creditor_institution purpose purpose_code "
    "statement first_entry opening opening_side closing closing_side closing_on balance_currency".split()
)
_IS_MESSAGE = re.compile(r"<(?:\w+:)?Document[\s>]|urn:iso:std:iso:20022|urn:swift:xsd")
_ROOT = re.compile(rf"<(?:[\w.-]+:)?({'|'.join(MESSAGES)})[\s/>]")
_SALARY = "SALA"
_SPELLINGS = {
    "own": ("own_institution", "own_iban", "own_number"),
    "debtor": ("debtor_institution", "debtor_iban", "debtor_number"),
    "creditor": ("creditor_institution", "creditor_iban", "creditor_number"),
    "counterparty": ("debtor_iban", "debtor_number", "creditor_iban", "creditor_number"),
}
_TIME = (
    pl.when(pl.col("message") == PACS)
    .then(pl.coalesce("accepted", "group_accepted", "created"))
    .otherwise(pl.coalesce("accepted", "booked_at"))
)
_IS_DAY = _TIME.is_null() & pl.col("booked_on").is_not_null()
_OWN_ID = pl.coalesce("transaction", "uetr", "end_to_end", "instruction")


class Iso20022:
    """Reads one message, whose name is the kind; without a message refuses every other one of ISO 20022 by its name.

    Each message is a kind of its own, because a bank that delivers a payment in two of them has told of it twice.
    """

    def __init__(self, message: str = "") -> None:
        self.kind = message or "iso20022"

    def recognises(self, head: Head) -> bool:
        """Say whether the text is XML that holds this message of ISO 20022 (without one: any that is not read)."""
        if not head.text.lstrip("\ufeff \t\r\n").startswith("<") or _IS_MESSAGE.search(head.text) is None:
            return False
        found = _ROOT.search(head.text)
        return self.kind == (MESSAGES[found[1]] if found else "iso20022")

    def read(self, file: SourceFile) -> Iterator[Chunk]:
        """Give the payments as transfers, in batches."""
        payments = enumerate(read_payments(file.path), 1)
        while batch := list(islice(payments, BATCH_ROWS)):
            yield _chunk(file, self.kind, _raw(batch))


ISO_READERS = (*(Iso20022(message) for message in MESSAGES.values()), Iso20022())


def _raw(batch: list[tuple[int, Fields]]) -> pl.DataFrame:
    columns: dict[str, list[str | None]] = {name: [fields.get(name) for _, fields in batch] for name in _FIELDS}
    frame = pl.DataFrame(
        {"row": [row for row, _ in batch], **columns}, schema={"row": pl.Int64} | dict.fromkeys(_FIELDS, pl.String)
    )
    ids = ("uetr", "end_to_end", "transaction", "instruction", "reference", "entry_reference")
    return frame.with_columns(pl.when(pl.col(i).str.to_uppercase() != NO_ID).then(i).alias(i) for i in ids)


def _chunk(file: SourceFile, kind: str, raw: pl.DataFrame) -> Chunk:
    draft = Draft(file, kind, raw)
    _check_booked(draft)
    payer, payee, own = _parties(draft)
    amount, refused = parse_minor_column(raw["amount"], raw["currency"].str.to_uppercase())
    draft.refuse("amount", raw["amount"], refused)
    transfers = raw.select(
        "row",
        "purpose",
        _shared_id(),
        _when(draft),
        asset=pl.col("currency").str.to_uppercase(),
        rail=pl.lit("bank"),
        precision=pl.when(_IS_DAY).then(pl.lit("day")).otherwise(pl.lit("exact")),
        channel=pl.when(pl.col("purpose_code") == _SALARY).then(pl.lit("payroll")),
    ).with_columns(payer=payer, payee=payee, amount=amount)
    transfers = transfers.with_columns(_event_ids(raw, transfers, own))
    balances = statement_balances(raw, transfers, own, ~raw["row"].is_in(draft.refused().implode()), file.delivery.zone)
    draft.rows = transfers
    return draft.chunk({"transfers": transfers, "facts": balances}, "event_id")


def _check_booked(draft: Draft) -> None:
    raw = draft.rows
    account = raw["message"] != PACS
    draft.refuse_where(
        "status", account & (raw["status"].fill_null("").str.to_uppercase() != "BOOK"), "BOOK (booked entries only)"
    )
    draft.refuse_where("side", account & ~raw["side"].fill_null("").is_in(["CRDT", "DBIT"]), "CRDT or DBIT")
    draft.need("amount", "currency")


def _when(draft: Draft) -> pl.Series:
    """The time of acceptance, else of creation (pacs); of acceptance, else of booking, else the day of booking (camt)."""
    raw = draft.rows.select(_TIME.alias("time"), date=pl.when(_IS_DAY).then(pl.col("booked_on").str.slice(0, 10)))
    told = raw.select(pl.coalesce("date", "time")).to_series()
    draft.refuse_where("occurred_at", told.is_null(), "AccptncDtTm, CreDtTm or BookgDt")
    return draft.time("occurred_at", told).alias("occurred_at")


def _parties(draft: Draft) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Give payer, payee and the account reported on; refuse the rows that leave one side unsaid or misspelt."""
    context = context_of(draft.file)
    raw = draft.rows.with_columns(
        own_institution=pl.coalesce(
            "own_institution",
            pl.when(pl.col("side") == "CRDT").then("creditor_institution").otherwise("debtor_institution"),
            pl.lit(draft.file.delivery.source),
        )
    )
    own, own_wrong = _accounts(raw, "own", context)
    debtor, debtor_wrong = _accounts(raw, "debtor", context)
    creditor, creditor_wrong = _accounts(raw, "creditor", context)
    sides = raw.select("row", "message", "side", "reversal", "returned").with_columns(
        own=own, debtor=debtor, creditor=creditor, debtor_wrong=debtor_wrong, creditor_wrong=creditor_wrong, own_wrong=own_wrong
    )
    back = pl.col("reversal").str.to_lowercase().is_in(["true", "1"]).fill_null(value=False) | pl.col("returned").is_not_null()
    debtor_first = (pl.col("side") == "CRDT") ^ back
    usual = [pl.when(pl.col(who) != pl.col("own")).then(pl.col(who)) for who in ("debtor", "creditor")]
    other = pl.when(debtor_first).then(pl.coalesce(usual)).otherwise(pl.coalesce(usual[::-1]))
    told = sides.with_columns(other=other, pacs=pl.col("message") == PACS, credit=pl.col("side") == "CRDT")
    given = told.select(
        payer=pl.when("pacs").then("debtor").when("credit").then("other").otherwise("own"),
        payee=pl.when("pacs").then("creditor").when("credit").then("own").otherwise("other"),
    )
    _refuse_sides(draft, told)
    return given["payer"], given["payee"], own


def _refuse_sides(draft: Draft, told: pl.DataFrame) -> None:
    """Refuse rows of which a side is missing, with what was wrong with its spelling where there was one."""
    pacs, statement = pl.col("pacs"), ~pl.col("pacs")
    misspelt = pl.coalesce("debtor_wrong", "creditor_wrong")
    faults = told.select(
        own=_missing(statement, "own", pl.col("own_wrong"), "the account reported on"),
        debtor=_missing(pacs, "debtor", pl.col("debtor_wrong"), "the debtor's account"),
        creditor=_missing(pacs, "creditor", pl.col("creditor_wrong"), "the creditor's account"),
        counterparty=_missing(statement, "other", misspelt, "a counterparty's account"),
    )
    for field, spellings in _SPELLINGS.items():
        found = draft.rows.select(pl.concat_str(spellings, separator=" ", ignore_nulls=True)).to_series()
        draft.refuse(field, found, faults[field])


def _missing(where: pl.Expr, side: str, wrong: pl.Expr, expected: str) -> pl.Expr:
    return pl.when(where & pl.col(side).is_null()).then(pl.coalesce(wrong, pl.lit(expected)))


def _accounts(raw: pl.DataFrame, who: str, context: Context) -> tuple[pl.Series, pl.Series]:
    number = raw.select(pl.coalesce(f"{who}_iban", f"{who}_number")).to_series()
    ids, expected = clean_account_columns(raw[f"{who}_institution"], number, context)
    nameless = number.is_not_null() & ids.is_null() & expected.is_null()
    return ids, pick(nameless, pl.repeat("an IBAN, or the institution that keeps the account", len(ids), eager=True), expected)


def _shared_id() -> pl.Expr:
    return pl.coalesce(pl.col("uetr").str.to_lowercase(), "end_to_end").alias("transaction_id")


def _event_ids(raw: pl.DataFrame, transfers: pl.DataFrame, own: pl.Series) -> pl.Series:
    """Name each payment: by its transaction's own id; else by a reference, a hash of what is said, and its place in the entry.

    A bank's references are shared by the transactions of an entry and reused by some banks; equal payments are told apart by
    their places in one entry. Where nothing refers to a payment at all, its entry's number in the file does.
    """
    own_id = pl.when(pl.col("message") == PACS).then(_OWN_ID).otherwise(pl.coalesce("transaction", "uetr"))
    entry = pl.coalesce("entry_reference", pl.format("entry {}", "entry"))
    base = pl.coalesce("reference", "instruction", "end_to_end", entry)
    told = transfers.with_columns(raw.select(base.alias("base"), entry.alias("entry"), "place"), own=own)
    payment = hash_rows(told, ["base", "entry", "place", "own", "payer", "payee", "amount", "asset", "occurred_at"], 0)
    named = raw.select(own_id.alias("id"), base.alias("base"), hash=to_hex(payment))
    return named.select(pl.coalesce("id", pl.concat_str("base", pl.lit("/"), "hash")).alias("event_id")).to_series()
