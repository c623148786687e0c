"""Exports of EVM chains by ethereum-etl, CSV or JSON lines: token_transfers, transactions, traces, logs and blocks.

The chain is the delivery's `chain`, else the name of a folder the file lies in. A row's time is its `block_timestamp`, else its
block's in `blocks.csv` beside or above it; a row whose block nobody dates is a reject. Blocks are read for that alone: their
rows are accepted and give no rows of the lake. A list of tokens beside the file tells single pieces; see `token_lists`, too.

Memory: one block of rows, 16 bytes for each block of `blocks.csv`, and the calls that failed where traces have no status.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from cutline.errors import IdentifierError, SourceError
from cutline.ingest.blocks import read_head
from cutline.ingest.chunk import Chunk, Head, SourceFile
from cutline.ingest.delimited import open_rows
from cutline.ingest.readers import ethereum_traces
from cutline.ingest.readers.conflux_crossings import ESPACE, PHANTOM_COLUMNS, name_phantoms
from cutline.ingest.readers.draft import Draft
from cutline.ingest.readers.ethereum_rows import (
    COLUMNS,
    Surroundings,
    Tables,
    integers,
    make_logs,
    make_token_transfers,
    make_transactions,
    moments,
)
from cutline.ingest.readers.records import Record, read_records, text_of
from cutline.model.identifiers.chains import CHAINS, CONFLUX, EVM, chain_name

TOKEN_TRANSFERS, TRANSACTIONS, TRACES, LOGS = "token_transfers", "transactions", "traces", "logs"
BLOCKS, TOKENS = "blocks", "tokens"

SHAPES: dict[str, frozenset[str]] = {
    TOKEN_TRANSFERS: frozenset({"token_address", "from_address", "to_address", "value", "transaction_hash", "log_index"}),
    TRACES: ethereum_traces.SHAPE,
    LOGS: frozenset({"log_index", "transaction_hash", "address", "data", "topics"}),
    TRANSACTIONS: frozenset({"hash", "from_address", "to_address", "value", "block_number"}),
    BLOCKS: frozenset({"number", "timestamp"}),
    TOKENS: frozenset({"address", "decimals"}),
}
"""The columns by which each export is known; blocks and tokens are often handed over cut down to what is asked of them."""

MAKERS: dict[str, Callable[[Draft, Surroundings], Tables]] = {
    TOKEN_TRANSFERS: make_token_transfers,
    TRANSACTIONS: make_transactions,
    TRACES: ethereum_traces.make_traces,
    LOGS: make_logs,
}
"""The exports that give rows, and how."""

COLUMNS_OF = {TRACES: ethereum_traces.COLUMNS}
"""The columns that an export is read for, where they are not those of all others."""

_PIECE_COLUMNS = ("kind", "type", "is_erc721")


class EthereumEtl:
    """Reads the exports of ethereum-etl."""

    kind = "ethereum_etl"

    def recognises(self, head: Head) -> bool:
        """Say whether the columns are those of one of the exports."""
        return shape_of(head.columns) not in (None, TOKENS)

    def read(self, file: SourceFile) -> Iterator[Chunk]:
        """Give the transfers and freezes, block by block. Raises SourceError where nothing names the chain."""
        shape = shape_of(read_head(file.path).columns)
        if shape is None:
            raise SourceError(str(file.path), "none of the exports of ethereum-etl", ", ".join(SHAPES))
        around = _surroundings(file, shape)
        crossing = around.chain == ESPACE and shape == TRANSACTIONS
        for rows, early in read_frames(file.path, COLUMNS_OF.get(shape, COLUMNS) + (PHANTOM_COLUMNS if crossing else ())):
            # A row is known again on its own chain: the very same export may be handed over for another one.
            draft = Draft(file, f"{self.kind} {around.chain} {shape if shape == BLOCKS else ''}".strip(), rows)
            if shape in MAKERS:
                tables = MAKERS[shape](draft, around)
                yield draft.chunk(name_phantoms(rows, tables) if crossing else tables, "native", early)
            else:
                yield draft.chunk({}, None, early)


def shape_of(columns: tuple[str, ...]) -> str | None:
    """Name the export that has these columns."""
    return next((shape for shape, needed in SHAPES.items() if needed <= set(columns)), None)


def chain_of(file: SourceFile) -> str:
    """Name the chain of a file: the delivery's, else the nearest folder that has a chain's name."""
    for name in (file.delivery.chain, *(folder.name for folder in file.path.parents)):
        try:
            chain = CHAINS.get(chain_name(name))
        except IdentifierError:
            continue
        if chain is not None and chain.family in (EVM, CONFLUX):
            return chain.name
    raise SourceError(str(file.path), "a chain that nothing names", "`chain` in delivery.yaml, or a folder such as ethereum/")


def _surroundings(file: SourceFile, shape: str) -> Surroundings:
    around = Surroundings(chain_of(file))
    blocks, pieces = around.blocks, around.pieces
    if shape in MAKERS:
        dated = [pl.DataFrame({"number": integers(f["number"]), "at": moments(f["timestamp"])}) for f in _beside(file, BLOCKS)]
        blocks = pl.concat([blocks, *dated]).drop_nulls().unique("number", keep="first", maintain_order=True)
    if shape == TOKEN_TRANSFERS:
        lists = [f.filter(is_piece(f))["address"].str.to_lowercase() for f in _beside(file, TOKENS)]
        pieces = pl.concat([pieces, *lists]).drop_nulls().unique(maintain_order=True)
    unmarked = shape == TRACES and "status" not in read_head(file.path).columns
    told = (rows for rows, _ in read_frames(file.path, ethereum_traces.COLUMNS)) if unmarked else ()
    return Surroundings(around.chain, blocks, pieces, ethereum_traces.failures(told))


def is_piece(tokens: pl.DataFrame) -> pl.Series:
    """Say which tokens are ERC-721: single pieces, each with a number of its own."""
    said = [pl.col(c).str.to_lowercase().str.contains("721|^true$|^1$|^nft$") for c in _PIECE_COLUMNS if c in tokens.columns]
    return tokens.select(pl.any_horizontal([*said, pl.lit(value=False)]).fill_null(value=False).alias("piece")).to_series()


def _beside(file: SourceFile, shape: str) -> Iterator[pl.DataFrame]:
    """Give the rows of another export, known by its name and columns, in the nearest folder of the delivery that has one."""
    for folder in file.path.parents:
        found = [path for path in sorted(folder.glob("*")) if path.name.lower().startswith(shape) and path.is_file()]
        found = [path for path in found if shape_of(read_head(path).columns) == shape]
        for path in found:
            yield from (rows for rows, _ in read_frames(path))
        if found or folder == file.delivery.folder:
            return


def read_frames(path: Path, columns: tuple[str, ...] = COLUMNS) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Give rows (numbered, all columns as text) and early rejects, of CSV or JSON lines alike."""
    if not read_head(path).text.lstrip().startswith("{"):
        for rows in open_rows(path):
            missing = [pl.lit(None, pl.String).alias(c) for c in columns if c not in rows.frame.columns]
            yield rows.frame.with_columns(*missing, rows.row), rows.rejects
        return
    names = (*columns, *_PIECE_COLUMNS)
    for batch in read_records(path):
        told = {name: [_text(record, name) for record in batch.records] for name in names}
        frame = pl.DataFrame({"row": batch.rows, **told}, schema={"row": pl.Int64()} | dict.fromkeys(names, pl.String()))
        yield frame, batch.rejects


def _text(record: Record, name: str) -> str | None:
    value = record.get(name)
    return ",".join(str(v) for v in value) if isinstance(value, list) else text_of(record, name)
