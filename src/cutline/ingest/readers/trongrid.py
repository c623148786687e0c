"""Transfers of tokens on Tron as TronGrid gives them: TRC-20 rows and contract events, one a line or the API's pages.

Addresses stand in base58 or in hex; values are integers in the smallest unit. An event's leg is its index in the transaction; a
TRC-20 row has none, so it is the row's place among the different rows of its transaction in the file. Another account's page
shows other rows of that transaction: a row is known again by what it says, and its id ends in a hash of that. Rows and events
are kinds of their own, for one house may hand over both of one transfer. Events that move nothing and freeze nobody (approvals,
votes …) are read and give no row. Destroying frozen funds emits no Transfer: it becomes one to the zero address.
The decimals that rows tell of their token become a fact of its contract, as those of a list do.

Memory: one batch of records, and about 200 bytes for each TRC-20 row.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from cutline.ingest.chunk import Chunk, Head, SourceFile
from cutline.ingest.fingerprint import hash_rows, to_hex
from cutline.ingest.readers.draft import Draft, clean_addresses, context_of, pick
from cutline.ingest.readers.records import Batch, Record, read_records, text_of
from cutline.ingest.readers.tokens import DESTROYED, FROZEN, RELEASED, ZERO, decimals, freezes, places_of, whole_units
from cutline.ingest.times import FIRST_YEAR, LAST_YEAR
from cutline.model.assets import is_well_known

TRON = "tron"
PAGE = "data"
TRANSFER = "Transfer"
MOVES = ("Transfer", "AddedBlackList", "RemovedBlackList", "DestroyedBlackFunds")

_HOLDER = ("_user", "_blackListedUser", "user", "0")
_SAID = ("transaction", "contract", "what", "payer", "payee", "value", "time")
_ENDING = 8
_COLUMNS = ("transaction", "time", "contract", "what", "index", "payer", "payee", "value", "token", "decimals")


class TronGrid:
    """Reads TRC-20 rows of TronGrid; of contract events those among them."""

    kind = "trongrid"

    def recognises(self, head: Head) -> bool:
        """Say whether the text is JSON of such records with their transactions."""
        text = head.text
        named = all(f'"{name}"' in text for name in ("transaction_id", "block_timestamp"))
        return text.lstrip()[:1] in ("{", "[") and named and self._is_marked(text)

    def _is_marked(self, text: str) -> bool:
        return '"token_info"' in text

    def read(self, file: SourceFile) -> Iterator[Chunk]:
        """Give transfers and freezes, in batches."""
        legs = _Legs()
        for batch in read_records(file.path, PAGE):
            yield _chunk(file, self.kind, batch, legs)


class TronGridEvents(TronGrid):
    """Reads contract events of TronGrid."""

    kind = "trongrid_events"

    def _is_marked(self, text: str) -> bool:
        return '"event_name"' in text and '"token_info"' not in text


def _chunk(file: SourceFile, kind: str, batch: Batch, legs: _Legs) -> Chunk:
    raw = [_fields(record) for record in batch.records]
    rows = pl.DataFrame(
        {"row": batch.rows, "original": batch.originals} | {n: [r[k] for r in raw] for k, n in enumerate(_COLUMNS)},
        schema={"row": pl.Int64(), "original": pl.String()} | dict.fromkeys(_COLUMNS, pl.String()),
    )
    said = to_hex(hash_rows(rows, _SAID, 0)).str.head(_ENDING)
    place = pl.when(pl.col("index").is_null()).then(pl.concat_str("place", pl.lit("-"), said)).otherwise("index")
    rows = rows.with_columns(legs.number(rows), known=pl.col("what").is_in(MOVES))
    rows = rows.with_columns(event_id=pl.concat_str("transaction", pl.lit("/"), place))
    rows = rows.with_columns(index=pl.coalesce("index", "place"), unnumbered=pl.col("index").is_null())
    draft = Draft(file, kind, rows)
    draft.need("transaction")
    draft.refuse_where("index", ~rows["index"].str.contains("^[0-9]{1,9}$").fill_null(value=False), "the event's index")
    events = _events(draft)
    transfers = events.filter(pl.col("what").is_in([TRANSFER, DESTROYED])).with_columns(
        rail=pl.lit("chain"), precision=pl.lit("exact"), leg=pl.col("index").cast(pl.Float64, strict=False)
    )
    tags = freezes(events.with_columns(entity="payer"))
    facts = decimals(_tokens(draft, events), file)
    native = pl.when("unnumbered").then(pl.concat_str("transaction", pl.lit("-"), said)).otherwise("event_id")
    draft.rows = rows.select("row", *_SAID, "token", index=pl.when(~pl.col("unnumbered")).then("index"), native=native)
    return draft.chunk({"transfers": transfers, "tags": tags, "facts": facts}, "native", batch.rejects)


def _fields(record: Record) -> tuple[str | None, ...]:
    """Give the fields of one record, in the order of `_COLUMNS`; the holder of a blacklist event stands as payer."""
    transaction, time = text_of(record, "transaction_id"), text_of(record, "block_timestamp")
    if "token_info" in record:
        contract, what = text_of(record, "token_info", "address"), text_of(record, "type")
        moved, places = (text_of(record, n) for n in ("from", "to", "value")), text_of(record, "token_info", "decimals")
        return transaction, time, contract, what, None, *moved, None, places
    what, index = text_of(record, "event_name"), text_of(record, "event_index")
    contract = text_of(record, "contract_address")
    if what in (FROZEN, RELEASED, DESTROYED):
        held = _first(record, "_balance", "balance", "1")
        return transaction, time, contract, what, index, _first(record, *_HOLDER), ZERO, held, None, None
    payer, payee = _first(record, "from", "_from", "0"), _first(record, "to", "_to", "1")
    value, token = _first(record, "value", "_value", "2"), _first(record, "tokenId", "_tokenId")
    return transaction, time, contract, what, index, payer, payee, value, token, None


def _first(record: Record, *names: str) -> str | None:
    return next((found for name in names if (found := text_of(record, "result", name)) is not None), None)


class _Legs:
    """Numbers the rows of each transaction that carry no index: equal rows are one leg told twice, others follow each other."""

    def __init__(self) -> None:
        self._count: dict[int, int] = {}
        self._known: dict[int, int] = {}

    def number(self, rows: pl.DataFrame) -> pl.Series:
        """Give, as `place`, each row without an index its place as text; null where even the transaction is unsaid."""
        transaction = hash_rows(rows, ["transaction"], 0).to_list()
        content = hash_rows(rows, _SAID, 0).to_list()
        places: list[str | None] = [None] * rows.height
        for at in (rows["index"].is_null() & rows["transaction"].is_not_null()).arg_true():
            if content[at] not in self._known:
                place = self._count.get(transaction[at], 0)
                self._known[content[at]], self._count[transaction[at]] = place, place + 1
            places[at] = str(self._known[content[at]])
        return pl.Series("place", places, pl.String)


def _events(draft: Draft) -> pl.DataFrame:
    """Check and clean what moves value or freezes; give payer, payee, asset, amount and time of these rows."""
    rows, known = draft.rows, draft.rows["known"].fill_null(value=False)
    context = context_of(draft.file, TRON)
    spelled = {name: pick(known, rows[name]) for name in ("payer", "payee", "contract")}
    ids: dict[str, pl.Series] = {}
    for name, (cleaned, refused) in clean_addresses(spelled, context).items():
        draft.refuse_where(name, known & spelled[name].is_null(), "an address")
        draft.refuse(name, spelled[name], refused)
        ids[name] = cleaned
    piece = rows["token"].is_not_null()
    moves = known & rows["what"].is_in([TRANSFER, DESTROYED])
    amount, refused = whole_units(rows["value"].zip_with(~piece, pl.repeat("1", rows.height, eager=True)))
    draft.refuse("value", rows["value"], pick(moves, refused))
    contract = ids["contract"].str.strip_prefix("address:")
    asset = pl.select(pl.when(piece).then(pl.concat_str(contract, pl.lit("/"), rows["token"])).otherwise(contract)).to_series()
    told = rows.select("row", "what", "index", "event_id", "decimals", transaction_id="transaction").with_columns(
        payer=ids["payer"], payee=ids["payee"], asset=asset, amount=amount, occurred_at=_times(draft), contract=ids["contract"]
    )
    return told.filter(known)


def _tokens(draft: Draft, events: pl.DataFrame) -> pl.DataFrame:
    """Give what good rows say of their tokens' decimals, each thing once; nothing of those that are well known."""
    good = events.filter(~events["row"].is_in(draft.refused().implode()))
    told = good.select("row", "contract", "asset", places=places_of(good["decimals"]))
    told = told.unique(["asset", "places"], keep="first", maintain_order=True)
    return told.filter(~pl.Series([is_well_known(asset) for asset in told["asset"].to_list()], dtype=pl.Boolean))


def _times(draft: Draft) -> pl.Series:
    stamp = draft.rows["time"].cast(pl.Int64, strict=False)
    moment = (stamp * 1000).cast(pl.Datetime("us", "UTC"))
    good = stamp.is_between(-(2**50), 2**50) & moment.dt.year().is_between(FIRST_YEAR, LAST_YEAR)
    draft.refuse_where("time", ~good.fill_null(value=False), "block_timestamp in milliseconds since 1970")
    return pick(good, moment)
