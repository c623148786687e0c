"""Who issues a token and takes it back: a ledger shows nobody there, but each token of each chain has an issuer of its own.

What a minting bridge destroys on one chain it issues on another. Both stand under one address without a key, the same for all
tokens; told apart by token, an issuer is a party like others: it takes, it pays, and what it does can be compared. What was
taken from a frozen holder was destroyed by order, and crosses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.tracing.landmarks import tagged
from cutline.tracing.ledger import Ledgers
from cutline.tracing.netting import contract_of, keyless

NOBODY = -1


@dataclass(frozen=True, slots=True)
class Parties:
    """Entities by their codes, and beyond all codes one issuer for each asset.

    `of_book`: by book its party; by row `payer` and `payee` (−1 refused); `issuers`: the number of the first one; `seized`: by
    row whether an issuer took it from a frozen holder.
    """

    of_book: NDArray[np.int64]
    payer: NDArray[np.int64]
    payee: NDArray[np.int64]
    issuers: int
    seized: NDArray[np.bool_]

    @property
    def count(self) -> int:
        """How many parties there can be."""
        return int(max(self.issuers, self.of_book.max(initial=-1) + 1))

    def issued(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Say of transfers whether an issuer pays."""
        return np.asarray(self.payer[rows] >= self.issuers)

    def taken_back(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Say of transfers whether an issuer is paid, by a holder's will."""
        return np.asarray((self.payee[rows] >= self.issuers) & ~self.seized[rows])


def name_parties(ledgers: Ledgers) -> Parties:
    """Tell the issuers of all tokens apart."""
    size = len(ledgers.index)
    of_book = ledgers.entity.astype(np.int64)
    issued = np.isin(of_book, keyless(ledgers))
    of_book[issued] = size + ledgers.asset[issued]
    rows = np.append(of_book, NOBODY)
    payer, payee = rows[ledgers.payer], rows[ledgers.payee]
    frozen = np.isin(payer, tagged(ledgers.index, "frozen"))
    return Parties(of_book, payer, payee, size, frozen & (payee >= size))


def issuers_of(ledgers: Ledgers, parties: Parties, contracts: NDArray[np.int32]) -> NDArray[np.int64]:
    """Give the issuers of the tokens whose contracts these entities are."""
    wanted = set(contracts.tolist())
    assets = np.unique(ledgers.asset[parties.of_book >= parties.issuers]).tolist()
    mine = [asset for asset in assets if contract_of(ledgers, ledgers.assets[asset]) in wanted]
    return parties.issuers + np.array(mine, np.int64)
