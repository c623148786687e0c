"""What nodes answer about logs and blocks, whatever the chain: quantities in hex, names in camel case, times in blocks alone.

A record's time is its own or its block's: of the block it stands in, else of the blocks in the same folder, by hash or, failing
that, by number (on Conflux: by epoch, whose pivot block is the latest).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cutline.errors import SourceError, UnknownFormatError
from cutline.ingest.blocks import read_head
from cutline.ingest.chunk import Head, SourceFile
from cutline.ingest.readers.records import PAGE_SAYS, Record, read_records, text_of

PAGE = "transactions"
PAGE_HEADS = ("hash", "number", "epochNumber", "timestamp")

_LARGEST_QUANTITY = 66
_TIMES = ("blockTimestamp", "timestamp", "timeStamp", "syncTimestamp")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a family of nodes speaks: what a record calls its block's number, what a block calls its own, and how to know it."""

    number: str
    own_number: str
    recognises: Callable[[Head], bool]

    def is_block(self, record: Record) -> bool:
        """Say whether a record is a block."""
        return all(name in record for name in ("timestamp", "hash", self.own_number)) and "from" not in record


def quantity(text: str | None) -> str | None:
    """Write a quantity in decimal; what is no hex stays as it stands."""
    if text is None or not text.lower().startswith("0x") or len(text) > _LARGEST_QUANTITY:
        return text
    try:
        return str(int(text, 16))
    except ValueError:
        return text


def take_log(record: Record, dialect: Dialect) -> dict[str, str | None]:
    """Name a log's parts as ethereum-etl does."""
    topics = record.get("topics")
    return {
        "address": text_of(record, "address"),
        "topics": ",".join(str(topic) for topic in topics) if isinstance(topics, list) else None,
        "data": text_of(record, "data"),
        "transaction_hash": text_of(record, "transactionHash"),
        "log_index": quantity(text_of(record, "logIndex") or text_of(record, "transactionLogIndex")),
        "block_number": quantity(text_of(record, dialect.number)),
    }


def take_transaction(record: Record, dialect: Dialect) -> dict[str, str | None]:
    """Name a transaction's parts as ethereum-etl does, but for its status, which each family counts in its own way."""
    return {
        "hash": text_of(record, "hash"),
        "from_address": text_of(record, "from"),
        "to_address": text_of(record, "to"),
        "value": quantity(text_of(record, "value")),
        "block_number": quantity(text_of(record, dialect.number)),
    }


def time_of(record: Record, blocks: dict[str, str], dialect: Dialect) -> str | None:
    """Give a record's time in seconds since 1970, as text."""
    own = next((told for name in _TIMES if (told := text_of(record, name))), None) or text_of(record, PAGE_SAYS, "timestamp")
    by_hash = blocks.get((text_of(record, "blockHash") or "").lower())
    return quantity(own) or by_hash or blocks.get(f"number {quantity(text_of(record, dialect.number))}")


def blocks_beside(file: SourceFile, dialect: Dialect) -> dict[str, str]:
    """Read the times of all blocks in the file's folder: by hash, and the latest of each number."""
    times: dict[str, str] = {}
    for path in sorted(p for p in file.path.parent.iterdir() if p.is_file() and _names_blocks(p, dialect)):
        for batch in read_records(path, PAGE, PAGE_HEADS):
            for record in batch.records:
                page = record.get(PAGE_SAYS)
                block = page if isinstance(page, dict) else record
                time, name = quantity(text_of(block, "timestamp")), text_of(block, "hash")
                if (block is page or dialect.is_block(record)) and time and name and time.isdigit():
                    number = f"number {quantity(text_of(block, dialect.own_number))}"
                    times[name.lower()] = time
                    times[number] = max(times.get(number, "0"), time, key=int)
    return times


def _names_blocks(path: Path, dialect: Dialect) -> bool:
    try:
        head = read_head(path)
    except (SourceError, UnknownFormatError):
        return False
    return dialect.recognises(head) and '"parentHash"' in head.text
