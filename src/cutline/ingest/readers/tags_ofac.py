"""Lists of sanctioned addresses as OFAC's are published in text: one address a line, the ticker in the file's name.

The ticker only helps where a shape leaves a doubt: an address belongs to the chain that its own shape proves, for the list of a
token holds addresses of several chains.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

from cutline.errors import IdentifierError
from cutline.ingest.blocks import open_blocks
from cutline.ingest.chunk import Chunk, Head, SourceFile
from cutline.ingest.delivery import received_at
from cutline.ingest.readers.draft import Draft, context_of
from cutline.model.identifiers.chains import chain_name
from cutline.model.identifiers.columns import clean_column

LIST = "OFAC SDN"
SANCTIONED = "sanctioned"

_LOOKED_AT = 50
_LINE = re.compile(r"(?:bitcoincash:|cfx:)?[0-9A-Za-z]{24,128}")
_TICKER = re.compile(r"_([A-Za-z0-9]{2,8})\.txt", re.IGNORECASE)


class OfacList:
    """Reads a text of one address a line as tags `sanctioned`; lines that begin with # are counted and say nothing."""

    kind = "tags_ofac"

    def recognises(self, head: Head) -> bool:
        """Say whether the first and nearly every line is one word with the shape of an address."""
        lines = [line.strip() for line in head.text.splitlines() if line.strip() and not line.startswith("#")][:_LOOKED_AT]
        shaped = sum(_LINE.fullmatch(line) is not None for line in lines)
        return bool(lines) and _LINE.fullmatch(lines[0]) is not None and 10 * shaped >= 9 * len(lines)

    def read(self, file: SourceFile) -> Iterator[Chunk]:
        """Give the tags, block by block."""
        ticker = ticker_of(file)
        for block in open_blocks(file.path):
            lines = [line.decode(errors="replace").strip() for line in block.lines]
            rows = pl.DataFrame({"row": range(block.first_row, block.first_row + len(lines)), "address": lines}).cast(
                {"row": pl.Int64}
            )
            yield _chunk(file, rows.with_columns(original="address"), ticker)


def ticker_of(file: SourceFile) -> str:
    """Give the ticker in the file's name (`sanctioned_addresses_USDT.txt`), else the delivery's chain."""
    found = _TICKER.search(file.path.name)
    return found[1].upper() if found else file.delivery.chain


def _chunk(file: SourceFile, rows: pl.DataFrame, ticker: str) -> Chunk:
    draft = Draft(file, OfacList.kind, rows.with_columns(native=pl.concat_str(pl.lit(f"{ticker}/"), "address")))
    try:
        chain = chain_name(ticker)
    except IdentifierError:
        chain = ""
    comment = rows["address"].str.starts_with("#")
    spelled = rows.select(pl.when(~comment).then("address")).to_series()
    entity, refused = clean_column("address", spelled, context_of(file, chain))
    draft.refuse("address", rows["address"], refused)
    tags = rows.with_columns(entity=entity, event_id=draft.rows["native"]).filter(~comment)
    tags = tags.with_columns(
        tag=pl.lit(SANCTIONED),
        list=pl.lit(LIST),
        list_version=pl.lit(file.sha256[:12]),
        occurred_at=pl.lit(received_at(file)),
        note=pl.lit(ticker or None),
    )
    return draft.chunk({"tags": tags}, "native")
