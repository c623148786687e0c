"""Transactions of Bitcoin and its kin with their inputs and outputs, as three kinds of house write them.

bitcoin-etl (JSON lines, enriched: inputs with addresses and values), Esplora and mempool.space (transactions of an address or a
block, one a line or the API's lists), Bitcoin Core (blocks at verbosity 3, single transactions at 2; values in coins). The
blocks of bitcoin-etl are read and give no row. The chain is the delivery's or a folder's, Bitcoin where neither says one.

The place in the block, where it is told, is added to the block's time in microseconds: all that tells what came first.
Memory: one batch of records with their inputs and outputs, or one page of at most 64 MB.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from cutline.errors import IdentifierError, SourceError
from cutline.ingest.chunk import Chunk, Head, SourceFile
from cutline.ingest.readers.bitcoin_rows import lay_rows
from cutline.ingest.readers.bitcoin_shapes import SIDE_COLUMNS, TRANSACTION_COLUMNS, Sides, take
from cutline.ingest.readers.draft import Draft
from cutline.ingest.readers.records import Batch, read_records
from cutline.model.identifiers.chains import BITCOIN, chain_name

PAGE = "tx"
PAGE_HEADS = ("hash", "time", "height")
CHAINS_OF_OUTPUTS = (BITCOIN, "litecoin", "dogecoin", "bitcoin-cash", "bitcoin-sv", "bitcoin-gold", "dash")

_SHAPES = (('"vin"', '"vout"'), ('"inputs"', '"outputs"', '"block_hash"'), ('"merkle_root"', '"coinbase_param"'))


class Bitcoin:
    """Reads transactions that pass coins from inputs to outputs."""

    kind = "bitcoin"

    def recognises(self, head: Head) -> bool:
        """Say whether the text is JSON of transactions with inputs and outputs, or of bitcoin-etl's blocks."""
        opens = head.text.lstrip()[:1] in ("{", "[")
        return opens and any(all(name in head.text for name in names) for names in _SHAPES)

    def read(self, file: SourceFile) -> Iterator[Chunk]:
        """Give transfers from addresses to transactions and from transactions to addresses, in batches."""
        chain = chain_of(file)
        for batch in read_records(file.path, PAGE, PAGE_HEADS):
            yield _chunk(file, f"{self.kind} {chain}", chain, batch)


def chain_of(file: SourceFile) -> str:
    """Name the chain of a file; SourceError where its delivery names one whose coins are no outputs."""
    said = chain_name(file.delivery.chain)
    if said and said not in CHAINS_OF_OUTPUTS:
        raise SourceError(str(file.path), f"transactions with outputs on the chain {said}", ", ".join(CHAINS_OF_OUTPUTS))
    for folder in () if said else file.path.parents:
        try:
            name = chain_name(folder.name)
        except IdentifierError:
            continue
        if name in CHAINS_OF_OUTPUTS:
            return name
    return said or BITCOIN


def _chunk(file: SourceFile, kind: str, chain: str, batch: Batch) -> Chunk:
    sides = Sides()
    told = [take(row, record, sides) for row, record in zip(batch.rows, batch.records, strict=True)]
    rows = pl.DataFrame(
        {"row": batch.rows, "original": batch.originals} | {n: [t[k] for t in told] for k, n in enumerate(TRANSACTION_COLUMNS)},
        schema={"row": pl.Int64(), "original": pl.String()} | dict.fromkeys(TRANSACTION_COLUMNS, pl.String()),
    )
    parts = pl.DataFrame(sides.columns(), schema={"row": pl.Int64()} | dict.fromkeys(SIDE_COLUMNS, pl.String()))
    draft = Draft(file, kind, rows)
    transfers = lay_rows(draft, parts, chain)
    return draft.chunk({"transfers": transfers}, "native", batch.rejects)
