"""Transactions of chains whose coins pass from inputs to outputs: where value crosses, and what no address holds."""

from __future__ import annotations

import re

from cutline.errors import IdentifierError
from cutline.model.identifiers.chains import chain_name
from cutline.model.identifiers.spelling import Context, fold, veil

FEES, REWARD = "fees", "reward"
"""What stands before a block's hash: to whom the fees of its transactions go, and from where its new coins come."""

_HASH = "[0-9a-f]{64}"
_REST = re.compile(rf"{_HASH}(?:/(?:0|[1-9][0-9]{{0,6}}))?|(?:{FEES}|{REWARD})/{_HASH}")
_EXPECTED = f"chain/hash, chain/hash/output, chain/{FEES}/block or chain/{REWARD}/block, with hashes of 64 hex digits"


def clean_transaction(text: str, context: Context) -> str:
    """Give `<chain>/<hash>` of a transaction, `<chain>/<hash>/<n>` of an output that names no address.

    `<chain>/fees/<block>` and `<chain>/reward/<block>` are both sides of a block's miner.
    """
    spelled = fold(text).lower()
    said, slash, rest = spelled.partition("/")
    if not slash or re.fullmatch(_HASH, said) or said in (FEES, REWARD):
        said, rest = context.chain, spelled
    chain = chain_name(said)
    if not chain or not _REST.fullmatch(rest):
        raise IdentifierError("transaction", text, _EXPECTED)
    return f"{chain}/{rest}"


def mask_transaction(rest: str) -> str:
    """Show the chain and what the hash is of; of the hash the first six and last four characters."""
    chain, *parts = rest.split("/")
    return "/".join([chain, *(veil(part, 6, 4) if len(part) == 64 else part for part in parts)])
