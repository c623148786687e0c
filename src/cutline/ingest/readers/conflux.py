"""Records of Conflux's core space as its nodes and ConfluxScan give them: logs, transactions, traces, blocks with these or not.

JSON, one record a line, an API's list, or an answer in its JSON-RPC or ConfluxScan envelope; quantities in hex or decimal,
addresses by CIP-37 or in hex; times as in `node_records`. The cross-space contract ties both spaces: see `conflux_crossings`.

Memory: one batch, and about 150 bytes for each block of the folder.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from cutline.ingest.chunk import Chunk, Head, SourceFile
from cutline.ingest.readers.conflux_crossings import make_crossings
from cutline.ingest.readers.conflux_traces import Told, Walk
from cutline.ingest.readers.draft import Draft
from cutline.ingest.readers.ethereum_rows import COLUMNS, Surroundings, make_logs, make_transactions
from cutline.ingest.readers.ethereum_traces import COLUMNS as TRACE_COLUMNS
from cutline.ingest.readers.ethereum_traces import make_traces
from cutline.ingest.readers.node_records import (
    PAGE,
    PAGE_HEADS,
    Dialect,
    blocks_beside,
    quantity,
    take_log,
    take_transaction,
    time_of,
)
from cutline.ingest.readers.records import Batch, Record, read_records, text_of
from cutline.model.identifiers.chains import CONFLUX

LOG, TRANSACTION, TRACE, BLOCK, OTHER = "log", "transaction", "trace", "block", "record"
_MARKS = ('"epochNumber"', '"epochHeight"')
_KINDS = ('"topics"', '"value"', '"transactions"', '"parentHash"', '"action"')


class Conflux:
    """Reads logs and transactions of Conflux's core space."""

    kind = "conflux"

    def recognises(self, head: Head) -> bool:
        """Say whether the text is JSON of records that count epochs and name core addresses."""
        return _is_core(head)

    def read(self, file: SourceFile) -> Iterator[Chunk]:
        """Give transfers, freezes and crossings between the spaces, in batches."""
        blocks = blocks_beside(file, DIALECT)
        walk = Walk()
        for batch in read_records(file.path, PAGE, PAGE_HEADS):
            kinds = [_kind(record) for record in batch.records]
            traced = [walk.take(record) for record, kind in zip(batch.records, kinds, strict=True) if kind == TRACE]
            yield from _chunks(file, batch, kinds, (blocks, traced))


def _is_core(head: Head) -> bool:
    text = head.text
    marked = any(mark in text for mark in _MARKS) and any(kind in text for kind in _KINDS)
    return text.lstrip()[:1] in ("{", "[") and marked and '"cfx:' in text.lower()


DIALECT = Dialect("epochNumber", "epochNumber", _is_core)


def _chunks(file: SourceFile, batch: Batch, kinds: list[str], beside: tuple[dict[str, str], list[Told]]) -> Iterator[Chunk]:
    around = Surroundings(CONFLUX)
    early: pl.DataFrame | None = batch.rejects
    for wanted in (LOG, TRANSACTION, TRACE, BLOCK, OTHER):
        chosen = [n for n, kind in enumerate(kinds) if kind == wanted]
        if not chosen and not (wanted == OTHER and early is not None and early.height):
            continue
        draft = Draft(file, f"conflux {wanted}", _frame(batch, chosen, wanted, beside))
        if wanted == LOG:
            crossings, logs = make_crossings(draft), make_logs(draft, around)
            both = {name: pl.concat([logs[name], crossings[name]], how="diagonal_relaxed") for name in logs}
            yield draft.chunk(both, "native", early)
        elif wanted == TRANSACTION:
            yield draft.chunk(make_transactions(draft, around), "native", early)
        elif wanted == TRACE:
            yield draft.chunk(make_traces(draft, around), "native", early)
        else:
            draft.refuse_where("record", draft.rows["row"].is_not_null() & (wanted == OTHER), "a log, a transaction or a block")
            yield draft.chunk({}, None, early)
        early = None


def _kind(record: Record) -> str:
    if "action" in record and "type" in record:
        return TRACE
    if "topics" in record:
        return LOG
    if "hash" in record and "from" in record:
        return TRANSACTION
    return BLOCK if DIALECT.is_block(record) else OTHER


def _frame(batch: Batch, chosen: list[int], kind: str, beside: tuple[dict[str, str], list[Told]]) -> pl.DataFrame:
    """Lay records of a kind as columns; `beside`: the times of blocks, and the traces of the batch as they were walked."""
    blocks, traced = beside
    records = [batch.records[n] for n in chosen]
    taken = traced if kind == TRACE else [_TAKE[kind](record) for record in records]
    told = [one | {"block_timestamp": time_of(record, blocks, DIALECT)} for one, record in zip(taken, records, strict=True)]
    names = TRACE_COLUMNS if kind == TRACE else COLUMNS
    columns = {name: [one.get(name) for one in told] for name in names}
    written = {"row": [batch.rows[n] for n in chosen], "original": [batch.originals[n] for n in chosen]}
    return pl.DataFrame(written | columns, schema={"row": pl.Int64()} | dict.fromkeys(("original", *names), pl.String()))


def _take_log(record: Record) -> dict[str, str | None]:
    return take_log(record, DIALECT)


def _take_transaction(record: Record) -> dict[str, str | None]:
    """Conflux counts the other way round than Ethereum: status 0 is success; none, that it was not executed yet."""
    status = quantity(text_of(record, "status"))
    return take_transaction(record, DIALECT) | {
        "receipt_status": "1" if status == "0" else "0",
        "receipt_contract_address": text_of(record, "contractCreated"),
        "block_number": quantity(text_of(record, "epochNumber") or text_of(record, "epochHeight")),
    }


def _take_nothing(record: Record) -> dict[str, str | None]:
    return {"hash": text_of(record, "hash")}


_TAKE = {LOG: _take_log, TRANSACTION: _take_transaction, BLOCK: _take_nothing, OTHER: _take_nothing}
