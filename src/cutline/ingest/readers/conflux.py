"""Records of Conflux's core space as its nodes and ConfluxScan give them: logs, transactions, and blocks with or without these.

JSON, one record a line, an API's list, or an answer in its JSON-RPC or ConfluxScan envelope; quantities in hex or decimal,
addresses by CIP-37 or in hex. A record's time is its own or its block's: of the block it stands in, else of the blocks in the
same folder, by hash or, failing that, by epoch. The cross-space contract ties both spaces: see `conflux_crossings`.

Memory: one batch, and about 150 bytes for each block of the folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from cutline.errors import SourceError, UnknownFormatError
from cutline.ingest.blocks import read_head
from cutline.ingest.chunk import Chunk, Head, SourceFile
from cutline.ingest.readers.conflux_crossings import make_crossings
from cutline.ingest.readers.draft import Draft
from cutline.ingest.readers.ethereum_rows import COLUMNS, Surroundings, make_logs, make_transactions
from cutline.ingest.readers.ethereum_traces import FAILED
from cutline.ingest.readers.records import PAGE_SAYS, Batch, Record, read_records, text_of
from cutline.model.identifiers.chains import CONFLUX

LOG, TRANSACTION, BLOCK, OTHER = "log", "transaction", "block", "record"
PAGE = "transactions"
PAGE_HEADS = ("hash", "epochNumber", "timestamp")

_MARKS = ('"epochNumber"', '"epochHeight"')
_KINDS = ('"topics"', '"value"', '"transactions"', '"parentHash"')
_LARGEST_QUANTITY = 66


class Conflux:
    """Reads logs and transactions of Conflux's core space."""

    kind = "conflux"

    def recognises(self, head: Head) -> bool:
        """Say whether the text is JSON of records that count epochs and name core addresses."""
        text = head.text
        marked = any(mark in text for mark in _MARKS) and any(kind in text for kind in _KINDS)
        return text.lstrip()[:1] in ("{", "[") and marked and '"cfx:' in text.lower()

    def read(self, file: SourceFile) -> Iterator[Chunk]:
        """Give transfers, freezes and crossings between the spaces, in batches."""
        blocks: dict[str, str] | None = None
        for batch in read_records(file.path, PAGE, PAGE_HEADS):
            kinds = [_kind(record) for record in batch.records]
            if blocks is None and any(_time(r, {}) is None for r, k in zip(batch.records, kinds, strict=True) if k != BLOCK):
                blocks = _blocks_beside(file)
            yield from _chunks(file, batch, kinds, blocks or {})


def _chunks(file: SourceFile, batch: Batch, kinds: list[str], blocks: dict[str, str]) -> Iterator[Chunk]:
    around = Surroundings(CONFLUX, _NO_BLOCKS, pl.Series([], dtype=pl.String), pl.DataFrame(schema=FAILED))
    early: pl.DataFrame | None = batch.rejects
    for wanted in (LOG, TRANSACTION, BLOCK, OTHER):
        chosen = [n for n, kind in enumerate(kinds) if kind == wanted]
        if not chosen and not (wanted == OTHER and early is not None and early.height):
            continue
        draft = Draft(file, f"conflux {wanted}", _frame(batch, chosen, wanted, blocks))
        if wanted == LOG:
            crossings, logs = make_crossings(draft), make_logs(draft, around)
            both = {name: pl.concat([logs[name], crossings[name]], how="diagonal_relaxed") for name in logs}
            yield draft.chunk(both, "native", early)
        elif wanted == TRANSACTION:
            yield draft.chunk(make_transactions(draft, around), "native", early)
        else:
            draft.refuse_where("record", draft.rows["row"].is_not_null() & (wanted == OTHER), "a log, a transaction or a block")
            yield draft.chunk({}, None, early)
        early = None


_NO_BLOCKS = pl.DataFrame(schema={"number": pl.Int64, "at": pl.Datetime("us", "UTC")})


def _kind(record: Record) -> str:
    if "topics" in record:
        return LOG
    if "hash" in record and "from" in record:
        return TRANSACTION
    return BLOCK if "timestamp" in record and "epochNumber" in record and "hash" in record else OTHER


def _frame(batch: Batch, chosen: list[int], kind: str, blocks: dict[str, str]) -> pl.DataFrame:
    records = [batch.records[n] for n in chosen]
    told = [_TAKE[kind](record) | {"block_timestamp": _time(record, blocks)} for record in records]
    columns = {name: [one.get(name) for one in told] for name in COLUMNS}
    written = {"row": [batch.rows[n] for n in chosen], "original": [batch.originals[n] for n in chosen]}
    return pl.DataFrame(written | columns, schema={"row": pl.Int64()} | dict.fromkeys(("original", *COLUMNS), pl.String()))


def _take_log(record: Record) -> dict[str, str | None]:
    topics = record.get("topics")
    return {
        "address": text_of(record, "address"),
        "topics": ",".join(str(topic) for topic in topics) if isinstance(topics, list) else None,
        "data": text_of(record, "data"),
        "transaction_hash": text_of(record, "transactionHash"),
        "log_index": quantity(text_of(record, "logIndex") or text_of(record, "transactionLogIndex")),
        "block_number": quantity(text_of(record, "epochNumber")),
    }


def _take_transaction(record: Record) -> dict[str, str | None]:
    """Conflux counts the other way round than Ethereum: status 0 is success; none, that it was not executed yet."""
    status = quantity(text_of(record, "status"))
    return {
        "hash": text_of(record, "hash"),
        "from_address": text_of(record, "from"),
        "to_address": text_of(record, "to"),
        "value": quantity(text_of(record, "value")),
        "receipt_status": "1" if status == "0" else "0",
        "receipt_contract_address": text_of(record, "contractCreated"),
        "block_number": quantity(text_of(record, "epochNumber") or text_of(record, "epochHeight")),
    }


def _take_nothing(record: Record) -> dict[str, str | None]:
    return {"hash": text_of(record, "hash")}


_TAKE = {LOG: _take_log, TRANSACTION: _take_transaction, BLOCK: _take_nothing, OTHER: _take_nothing}


def quantity(text: str | None) -> str | None:
    """Write a quantity in decimal; what is no hex stays as it stands."""
    if text is None or not text.lower().startswith("0x") or len(text) > _LARGEST_QUANTITY:
        return text
    try:
        return str(int(text, 16))
    except ValueError:
        return text


def _time(record: Record, blocks: dict[str, str]) -> str | None:
    own = (
        text_of(record, "blockTimestamp") or text_of(record, "timestamp") or text_of(record, "syncTimestamp")
        or text_of(record, PAGE_SAYS, "timestamp")
    )  # fmt: skip
    by_hash = blocks.get((text_of(record, "blockHash") or "").lower())
    return quantity(own) or by_hash or blocks.get(f"epoch {quantity(text_of(record, 'epochNumber'))}")


def _blocks_beside(file: SourceFile) -> dict[str, str]:
    """Read the times of all blocks in the file's folder: by hash, and the latest of each epoch, which is its pivot block's."""
    times: dict[str, str] = {}
    for path in sorted(p for p in file.path.parent.iterdir() if p.is_file() and _names_blocks(p)):
        for batch in read_records(path, PAGE, PAGE_HEADS):
            for record in batch.records:
                page = record.get(PAGE_SAYS)
                block = page if isinstance(page, dict) else record
                time, name = quantity(text_of(block, "timestamp")), text_of(block, "hash")
                epoch = f"epoch {quantity(text_of(block, 'epochNumber'))}"
                if (block is page or _kind(record) == BLOCK) and time and name and time.isdigit():
                    times[name.lower()] = time
                    times[epoch] = max(times.get(epoch, "0"), time, key=int)
    return times


def _names_blocks(path: Path) -> bool:
    try:
        head = read_head(path)
    except (SourceError, UnknownFormatError):
        return False
    return Conflux().recognises(head) and '"parentHash"' in head.text
