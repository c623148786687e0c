"""What was found of the reported losses, by the rail on which they ended and by how: only where the truth is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cutline.model.entities import Label
from cutline.report.style import table

WAYS = {
    "all": Label("all", "合计"),
    "cash": Label("cash", "取现"),
    "exchange": Label("exchange", "交易所"),
    "residual": Label("still there", "仍在账户"),
    "frozen": Label("frozen", "已冻结"),
    "mixer": Label("mixer", "混币"),
    "bridge": Label("bridge", "跨链桥"),
    "burned": Label("destroyed", "已销毁"),
    "custodial": Label("custodian", "托管"),
    "unsaid": Label("not told", "未说明"),
}
RAILS = {"all": "合计", "bank": "银行", "e-CNY": "数字人民币", "payment code": "收款码", "other": "其他"}


def draw_located(endings: Sequence[Mapping[str, Any]], currency: str) -> str:
    """Tell of each rail and way how much truly ended there, and what part of that was found there; nothing without a truth.

    `endings`: rail, how, reports, value (main units of `currency`), located (0 to 1).
    """
    if not endings:
        return ""
    rows = [
        (
            f"{e['rail']} {RAILS.get(e['rail'], '')}".strip(),
            _way(str(e["how"])),
            f"{e['reports']:,}",
            f"{e['value']:,.0f} {currency}",
            f"{e['located']:.1%}",
        )
        for e in endings
    ]
    head = ("rail · 通道", "how it ended · 状态", "reports · 报案", "value · 金额", "located · 查明")
    told = table("By rail of the ending, against truth · 按通道", head, rows)
    return f"<section><h2>What was located · 查明资金</h2>{told}</section>"


def _way(how: str) -> str:
    told = WAYS.get(how, Label(how, ""))
    return f"{told.en} {told.zh}".strip()
