"""The sheet of a return of funds: each victim's line with every step of its divisions, the sums below, and the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cutline.model.assets import display_asset
from cutline.model.money import format_minor
from cutline.store.durable import write_whole
from cutline.tracing.recovered import Balance, Return, Shown
from cutline.tracing.restitution import Share, Sheet

RULES = (
    (
        "1. First each victim gets what FIFO shows to lie there, s of S; where S is more than P can be returned: P × s ÷ S.",
        "一、先按先进先出法查明的在账金额返还；查明总额 S 大于可返还的 P 的，按 P × s ÷ S 缩减，零头依第三条。",
    ),
    (
        "2. The rest R goes to all victims by what each still has open, w of W: R × w ÷ W, rounded down to the smallest unit.",
        "二、余额 R 按各被害人尚未弥补的损失 w 占总额 W 的比例返还：R × w ÷ W，舍去最小单位以下。",
    ),
    (
        "3. Units left by rounding go one each to the largest remainders, equal ones in the order of the reports.",
        "三、舍去产生的零头，按余数由大到小每人一个最小单位；余数相同的按报案编号顺序。",
    ),
    (
        "4. In another asset than was lost only what is shown is claimed; it is made good there and no longer claimed here.",
        "四、被害资产已转换为他种资产的，仅就查明部分返还实物；相应损失视为已弥补，不再重复主张。",
    ),
    (
        "5. What came over an exchange that several transfers fit is a guess: it gives no share and makes no claim smaller.",
        "五、经兑换而来且有数笔转账均可对应的金额仅为推测：查明前不参与返还，也不减少他处主张。",
    ),
    (
        "6. Nobody gets more than was lost. What nobody lost stays for the court. This is a computation, not a decision.",
        "六、返还不超过损失；无人主张的余款留待裁判。本表为计算，不是决定。",
    ),
)
COLUMNS = {
    "asset": "asset 资产",
    "report_id": "report 报案",
    "payers": "paid from 付款账户",
    "lost_minor": "lost 损失",
    "shown_minor": "shown to lie there s 查明在账 s",
    "cut_whole_minor": "P×s÷S",
    "cut_remainder": "remainder 余数",
    "cut_odd_minor": "odd unit 零头",
    "traced_minor": "returned as shown 查明返还",
    "open_before_minor": "open w 尚未弥补 w",
    "whole_minor": "R×w÷W",
    "remainder": "remainder 余数",
    "odd_minor": "odd unit 零头",
    "returned_minor": "returned 返还",
    "open_minor": "still lost 仍未返还",
    "guessed_minor": "guessed to lie there, not counted 推测在账（未计入）",
    "guessed_rivals": "transfers that fit 可对应笔数",
}
NAMES = ("asset", "report_id", "payers")
"""Columns of the sheet that hold no number."""

LEFT, SUM = "left for the court 留待裁判", "sum 合计"


def tell_sheet(one: Return, payers: dict[str, list[str]]) -> dict[str, Any]:
    """Tell one sheet with the four figures from which each of its lines is computed: P of S, and R of W."""
    sheet = one.sheet
    traced, shown = sum(s.traced_minor for s in sheet.shares), sum(s.shown_minor for s in sheet.shares)
    weights = sum(s.lost_minor - s.traced_minor for s in sheet.shares)
    rest = min(sheet.recovered_minor - traced, weights)
    lines = [
        {**_line(s, (traced, shown), (rest, weights)), "payers": payers.get(s.victim, []), **_guess_of(s.victim, one.guessed)}
        for s in sheet.shares
    ]
    amounts = {"recovered": sheet.recovered_minor, "traced": traced, "shown_total": shown}
    amounts |= {"rest": rest, "weights": weights, "left": sheet.left_minor}
    return {
        "asset": one.asset,
        "asset_name": display_asset(one.asset),
        **{f"{name}_minor": amount for name, amount in amounts.items()},
        **{name: format_minor(amount, one.asset) for name, amount in amounts.items()},
        "balances": [{"entity": b.entity, **_amount(b), "whole": b.whole} for b in one.balances],
        "shown": [_lying(s) for s in one.shown],
        "guessed": [_lying(s) for s in one.guessed],
        "lines": [{**line, **_readable(line, one.asset)} for line in lines],
        "foot": [{**line, **_readable(line, one.asset)} for line in _foot(lines, sheet)],
        "check": _check(sheet),
    }


def tell_stopped(one: Return, recovered: bool, stopped_minor: int) -> dict[str, Any]:
    """Say whether the sum was recovered, as an officer says, or only lies there, and how much of it somebody holds fast."""
    amounts = {"stopped": stopped_minor, "not_stopped": max(0, one.sheet.recovered_minor - stopped_minor)}
    state = "lies_there" if not stopped_minor else "partly" if amounts["not_stopped"] else "stopped"
    state = "recovered" if recovered else state
    told = {name: format_minor(amount, one.asset) for name, amount in amounts.items()}
    return {"state": state, **told, **{f"{name}_minor": amount for name, amount in amounts.items()}}


def _amount(held: Balance | Shown) -> dict[str, Any]:
    return {"amount_minor": held.amount_minor, "amount": format_minor(held.amount_minor, held.asset)}


def _lying(one: Shown) -> dict[str, Any]:
    """Tell what lies there of a report, how many transfers fitted where an exchange was joined on the way, how sure it is."""
    loss = {"loss_minor": one.loss_minor, "loss": format_minor(one.loss_minor, one.currency)}
    doubt = {"rivals": one.rivals, "sure": round(one.sure, 4)}
    return {"report_id": one.report_id, "entity": one.entity, **_amount(one), **loss, **doubt}


def _guess_of(report: str, guessed: Sequence[Shown]) -> dict[str, int]:
    mine = [s for s in guessed if s.report_id == report]
    rivals = max((s.rivals for s in mine), default=0)
    return {"guessed_minor": sum(s.amount_minor for s in mine), "guessed_rivals": rivals}


def _foot(lines: Sequence[dict[str, Any]], sheet: Sheet) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give what stands below the victims: what nobody lost, for the court to decide on, and the sum: what was recovered."""
    nothing = {name: 0 for name in COLUMNS if name not in NAMES}
    left = {**nothing, "report_id": LEFT, "payers": [], "returned_minor": sheet.left_minor}
    total = {
        name: 0 if "remainder" in name or "rivals" in name else sum(line[name] for line in (*lines, left)) for name in nothing
    }
    return left, {"report_id": SUM, "payers": [], **total}


def _line(share: Share, cut: tuple[int, int], rate: tuple[int, int]) -> dict[str, Any]:
    """Give one line with every step of its two divisions, so that a pocket calculator confirms it."""
    weight = share.lost_minor - share.traced_minor
    kept, cut_remainder = _divide(share.shown_minor, *cut)
    whole, remainder = _divide(weight, *rate)
    return {
        "report_id": share.victim,
        "lost_minor": share.lost_minor,
        "shown_minor": share.shown_minor,
        "cut_whole_minor": kept,
        "cut_remainder": cut_remainder,
        "cut_odd_minor": share.traced_minor - kept,
        "traced_minor": share.traced_minor,
        "open_before_minor": weight,
        "whole_minor": whole,
        "remainder": remainder,
        "odd_minor": share.pro_rata_minor - whole,
        "returned_minor": share.returned_minor,
        "open_minor": share.open_minor,
    }


def _divide(part: int, amount: int, total: int) -> tuple[int, int]:
    return divmod(amount * part, total) if total else (0, 0)


def _readable(line: dict[str, Any], asset: str) -> dict[str, str]:
    named = ("lost", "shown", "traced", "returned", "open")
    return {name: format_minor(line[f"{name}_minor"], asset) for name in named}


def _check(sheet: Sheet) -> str:
    """Give the sum that must come out even."""
    returned = sum(s.returned_minor for s in sheet.shares)
    return f"{returned} + {sheet.left_minor} = {sheet.recovered_minor}"


def write_sheets(path: Path, returns: list[dict[str, Any]]) -> None:
    """Write all lines and their sums as one CSV, amounts in the smallest unit, whole or not at all.

    The mark at its head lets spreadsheets read the Chinese.
    """
    text = io.StringIO(newline="")
    out = csv.writer(text)
    out.writerow(COLUMNS.values())
    for one in returns:
        for line in (*one["lines"], *one["foot"]):
            told = {**line, "asset": one["asset_name"], "payers": " ".join(line["payers"])}
            out.writerow([told[name] for name in COLUMNS])
    write_whole(path, text.getvalue().encode("utf-8-sig"), 0o600)
