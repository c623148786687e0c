"""What is improbable among transfers, without labels: the graph's kernels feed the measure of improbability."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutline.graph.patterns import Ends, Graph, Search, lay_out
from cutline.graph.patterns_fan import fan_in
from cutline.graph.returning import returning
from cutline.model.index import Index
from cutline.risk.improbability import Improbability, Money, improbability

FAN_DAYS = 10
DAY_US = 86_400_000_000


def odd_accounts(index: Index) -> Improbability:
    """Measure every entity's improbability from the transfers whose payer and payee are known; nobody else's is above 0."""
    transfers = index.tables["transfers"]
    usable = (transfers.columns["payer"] >= 0) & (transfers.columns["payee"] >= 0)
    ends = Ends(transfers.t_us[usable], transfers.columns["payer"][usable], transfers.columns["payee"][usable])
    graph = lay_out(ends)
    nodes = np.unique(np.concatenate([ends.source, ends.target]))
    amount, asset = (transfers.columns[name][usable] for name in ("amount", "asset"))
    money = Money(graph.source, graph.target, amount, asset, len(nodes))
    told = improbability(money, returning(graph.out, graph.into), _fans(graph, len(nodes)))
    return Improbability(*(_spread_out(getattr(told, kind), nodes, len(index)) for kind in Improbability.__slots__))


def _fans(graph: Graph, size: int) -> NDArray[np.float64]:
    """The most others that paid each account within some days."""
    at, out = np.arange(len(graph.t_us)), np.zeros(size)
    np.maximum.at(out, graph.target, fan_in(graph, at, Search(FAN_DAYS * DAY_US)).value)
    return out


def _spread_out(told: NDArray[np.float64], nodes: NDArray[np.int32], size: int) -> NDArray[np.float64]:
    out = np.zeros(size)
    out[nodes] = told
    return out
