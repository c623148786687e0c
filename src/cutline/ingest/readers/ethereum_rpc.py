"""Raw logs and transactions of EVM chains as nodes and explorers answer them: eth_getLogs, blocks with transactions or without.

JSON: one record a line, a list, or an answer in its envelope. They say what an export of ethereum-etl says, under the same ids:
told in both, a transfer counts once. Logs that a reorganisation removed move nothing; whether a transaction failed is told by
its receipt alone, so that it counts as done. Blocks give times and no rows.

Memory: one batch, and about 150 bytes for each block of the folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import polars as pl

from cutline.ingest.chunk import Chunk, Head, SourceFile
from cutline.ingest.readers.draft import Draft
from cutline.ingest.readers.ethereum_etl import EthereumEtl, chain_of
from cutline.ingest.readers.ethereum_rows import COLUMNS, Surroundings, Tables, make_logs, make_transactions
from cutline.ingest.readers.node_records import (
    PAGE,
    PAGE_HEADS,
    Dialect,
    blocks_beside,
    take_log,
    take_transaction,
    time_of,
)
from cutline.ingest.readers.records import Batch, Record, read_records, text_of

_LOG = ('"topics"', '"transactionHash"', '"logIndex"', '"blockNumber"')
_BLOCK = ('"parentHash"', '"number"', '"timestamp"', '"transactionsRoot"')
_TRANSACTION = ('"transactionIndex"', '"blockNumber"', '"gasPrice"', '"value"')


class EthereumRpc:
    """Reads raw logs of EVM chains."""

    kind = "ethereum_rpc"

    def recognises(self, head: Head) -> bool:
        """Say whether the text is JSON of logs, transactions or blocks as a node answers them."""
        return _is_answer(head)

    def read(self, file: SourceFile) -> Iterator[Chunk]:
        """Give transfers, freezes and pools, in batches. Raises SourceError where nothing names the chain."""
        chain, blocks = chain_of(file), blocks_beside(file, DIALECT)
        around = Surroundings(chain)
        for batch in read_records(file.path, PAGE, PAGE_HEADS):
            yield from _chunks(file, batch, blocks, around)


def _chunks(file: SourceFile, batch: Batch, blocks: dict[str, str], around: Surroundings) -> Iterator[Chunk]:
    kinds = [_kind(record) for record in batch.records]
    early: pl.DataFrame | None = batch.rejects
    for wanted, make in MAKERS.items():
        chosen = [n for n, kind in enumerate(kinds) if kind == wanted]
        # Under the kind of the exports: the same house may hand over both.
        draft = Draft(file, f"{EthereumEtl.kind} {around.chain}", _frame(batch, chosen, wanted, blocks))
        yield draft.chunk(make(draft, around), "native", early)
        early = None
    still = [n for n, kind in enumerate(kinds) if kind not in MAKERS]
    rest = Draft(file, f"{EthereumRpc.kind} {around.chain}", _frame(batch, still, STILL, blocks))
    rest.refuse_where("record", rest.rows["row"].is_in([batch.rows[n] for n in still if kinds[n] == OTHER]), EXPECTED)
    yield rest.chunk({}, None)


def _is_answer(head: Head) -> bool:
    text = head.text
    if text.lstrip()[:1] not in ("{", "[") or '"cfx:' in text.lower():
        return False
    return any(all(name in text for name in names) for names in (_LOG, _BLOCK, _TRANSACTION))


DIALECT = Dialect("blockNumber", "number", _is_answer)


LOG, TRANSACTION, STILL, OTHER = "log", "transaction", "still", "other"
EXPECTED = "a log, a transaction or a block, as a node answers it"
MAKERS: dict[str, Callable[[Draft, Surroundings], Tables]] = {LOG: make_logs, TRANSACTION: make_transactions}


def _kind(record: Record) -> str:
    if "topics" in record:
        return STILL if text_of(record, "removed") == "1" else LOG
    if all(name in record for name in ("hash", "from", "value")):
        return TRANSACTION
    return STILL if DIALECT.is_block(record) else OTHER


def _frame(batch: Batch, places: list[int], kind: str, blocks: dict[str, str]) -> pl.DataFrame:
    take = take_transaction if kind == TRANSACTION else take_log
    records = [batch.records[n] for n in places]
    told = [take(record, DIALECT) | {"block_timestamp": time_of(record, blocks, DIALECT)} for record in records]
    columns = {name: [one.get(name) for one in told] for name in COLUMNS}
    written = {"row": [batch.rows[n] for n in places], "original": [batch.originals[n] for n in places]}
    return pl.DataFrame(written | columns, schema={"row": pl.Int64()} | dict.fromkeys(("original", *COLUMNS), pl.String()))
