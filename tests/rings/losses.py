"""Reported losses as they were followed from what victims paid from."""

from collections.abc import Collection

import numpy as np

from cutline.model.index import Index
from cutline.rings.carried import Carried


def followed(index: Index, paid_from: Collection[str], to: Collection[str] = ()) -> Carried:
    """Take what these paid (to these alone, if said) for reported losses, one report each, and follow no further."""
    payer, payee = (index.tables["transfers"].columns[end].astype(np.int64) for end in ("payer", "payee"))
    lost = np.isin(payer, [index.code(entity) for entity in paid_from])
    if to:
        lost &= np.isin(payee, [index.code(entity) for entity in to])
    payer, payee = payer[lost], payee[lost]
    return Carried(payer, payee, payer, np.ones_like(payer))
