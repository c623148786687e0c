"""Where value changes rails: yuan paid to a desk and USDT received from it are two halves of one exchange.

A buy order joins a transfer from the user's account (amount × price) with a transfer to the user's address (amount less a
fee), both near the order's time; a sell order the reverse. What the one half carries goes on in the other, and the other way
round: the desk gets what it paid for, nothing is counted twice, nothing is lost. A join by id is certain; any other says how
many pairs of transfers could have been meant. Floats choose between candidates; no amount is ever taken from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

ORDER_COLUMNS = ("account", "address", "holder", "side", "asset", "amount", "currency")


@dataclass(frozen=True, slots=True)
class JoinConfig:
    """How near two halves must be (ours, to be calibrated): time around the order, error of the yuan, fee on the coin.

    Halves that no order tells of are joined only at a known desk, at its usual price, and with few rivals.
    """

    window_s: int = 6 * 3600
    fiat_tolerance: float = 0.002
    fee: float = 0.02
    unordered_window_s: int = 3600
    unordered_tolerance: float = 0.01
    unordered_rivals: int = 3


@dataclass(frozen=True, slots=True)
class DeskOrders:
    """What the index cannot hold of `orders`, row by row: the price of one whole unit (NaN unknown), and transfers known by id.

    `decimals`: asset → decimal places; an order whose assets are not there is matched without its price. `fiat_row`,
    `coin_row`: row of `transfers`, −1 unknown.
    """

    price: NDArray[np.float64]
    decimals: Mapping[str, int] = field(default_factory=dict)
    fiat_row: NDArray[np.int64] | None = None
    coin_row: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class Joins:
    """By row: `partner`, the other half (−1 none), and `competing`, how many pairs could have been meant (0 certain)."""

    partner: NDArray[np.int32]
    competing: NDArray[np.int32]

    @classmethod
    def none(cls, rows: int) -> Joins:
        """No transfer changes rails."""
        return cls(np.full(rows, -1, np.int32), np.zeros(rows, np.int32))
