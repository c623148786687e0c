"""Tokens that are single items though nothing says so: a bare list of transfers tells a piece's number as if it were an amount.

A piece has one holder at a time: whoever gives a number away is who got it last, and numbers are small. A divisible token gives
itself away as soon as somebody pays out another amount than what came.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.model.assets import decimals_of, is_piece
from cutline.model.kernels import kernel
from cutline.tracing.ledger import Ledgers
from cutline.tracing.magnitudes import floats

LARGEST_NUMBER = 1e9
"""Numbers of pieces lie below this (ours); of a token with the usual decimals so much is next to nothing."""


def move_like_pieces(ledgers: Ledgers) -> NDArray[np.bool_]:
    """Say by asset whether it is made of single pieces, as its kind says or as its transfers look.

    Only tokens whose decimals nobody tells are doubted. Cost: a sort of the transfers of those.
    """
    pieces = np.array([is_piece(asset) for asset in ledgers.assets] or [False])
    doubted = np.array(["/" in asset and decimals_of(asset) is None for asset in ledgers.assets] or [False])
    rows = np.flatnonzero(ledgers.payer >= 0)
    rows = rows[doubted[ledgers.asset[ledgers.payer[rows]]]]
    asset, size = ledgers.asset[ledgers.payer[rows]], floats(ledgers.moved[rows])
    large = np.zeros(len(pieces), np.bool_)
    large[asset[size >= LARGEST_NUMBER]] = True
    rows = rows[~large[asset]]
    rows = rows[np.lexsort((ledgers.rank[rows], ledgers.amount[rows], ledgers.asset[ledgers.payer[rows]]))]
    seen, divided = np.zeros(len(pieces), np.bool_), np.zeros(len(pieces), np.bool_)
    seen[ledgers.asset[ledgers.payer[rows]]] = True
    sides = (ledgers.entity[ledgers.payer[rows]], ledgers.entity[ledgers.payee[rows]])
    _divided(ledgers.asset[ledgers.payer[rows]], ledgers.amount[rows], sides, divided)
    return pieces | (seen & ~divided)


@kernel
def _divided(
    asset: NDArray[np.int32],
    number: NDArray[np.int64],
    sides: tuple[NDArray[np.int32], NDArray[np.int32]],
    divided: NDArray[np.bool_],
) -> None:
    """Mark assets of which somebody pays a number that another holds. Rows stand by asset and number, in time."""
    payer, payee = sides
    for k in range(1, len(asset)):
        if asset[k] == asset[k - 1] and number[k] == number[k - 1] and payer[k] != payee[k - 1]:
            divided[asset[k]] = True
