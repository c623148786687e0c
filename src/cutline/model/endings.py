"""How money that was followed came to rest, in words for a line of a table."""

from __future__ import annotations

from cutline.model.entities import Label
from cutline.model.evidence import Ending

STATES = {
    Ending.CASH: Label("cash", "取现"),
    Ending.EXCHANGE: Label("exchange", "在交易所"),
    Ending.MIXER: Label("mixer", "入混币"),
    Ending.CUSTODIAL: Label("custody", "被托管"),
    Ending.FROZEN: Label("frozen", "已冻结"),
    Ending.RESIDUAL: Label("still there", "仍在"),
    Ending.BUDGET: Label("not followed", "未续查"),
    Ending.BURNED: Label("destroyed", "已销毁"),
    Ending.BRIDGE: Label("bridge", "入跨链桥"),
}
"""Two words in each language."""
