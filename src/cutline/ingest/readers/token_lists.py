"""Lists of tokens as ethereum-etl exports them: how many decimals a token's main unit has, and which are single pieces.

What a list says of decimals becomes a fact of the token's contract, `token_decimals`, worth `asset decimals version`, where the
version is the beginning of the list's hash: whoever is shown an amount can ask by which list. A token that the list calls
single pieces has none. Names and symbols are not taken: anybody may call a token by another's name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from cutline.ingest.chunk import Chunk, Head, SourceFile
from cutline.ingest.readers.draft import Draft
from cutline.ingest.readers.ethereum_etl import TOKENS, chain_of, is_piece, read_frames, shape_of
from cutline.ingest.readers.ethereum_rows import Surroundings, addresses
from cutline.ingest.readers.tokens import decimals, places_of
from cutline.model.assets import MOST_DECIMALS

COLUMNS = ("address", "decimals", "symbol", "name", "kind", "type", "is_erc721")


class TokenLists:
    """Reads lists of tokens of EVM chains."""

    kind = "ethereum_tokens"

    def recognises(self, head: Head) -> bool:
        """Say whether the columns are those of a list of tokens."""
        return shape_of(head.columns) == TOKENS

    def read(self, file: SourceFile) -> Iterator[Chunk]:
        """Give the decimals, block by block. Raises SourceError where nothing names the chain."""
        chain = chain_of(file)
        for rows, early in read_frames(file.path, COLUMNS):
            draft = Draft(file, f"{self.kind} {chain}", rows)
            yield draft.chunk(_make(draft, chain), None, early)


def _make(draft: Draft, chain: str) -> Mapping[str, pl.DataFrame]:
    """Make a fact of each token whose decimals are told."""
    rows = draft.rows
    draft.need("address")
    contract = addresses(draft, Surroundings(chain), "address")["address"]
    places = places_of(rows["decimals"])
    wrong = places.is_null() & (rows["decimals"].fill_null("").str.strip_chars() != "")
    draft.refuse_where("decimals", wrong, f"how many decimals the token has: 0 to {MOST_DECIMALS}, or nothing")
    asset = contract.str.replace("^address:[^/]+/", f"{chain}/")
    tokens = rows.select("row", contract=contract, asset=asset, places=places)
    return {"facts": decimals(tokens.filter(~is_piece(rows)), draft.file)}
