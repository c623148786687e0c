"""In which currency a loss is answered: the one in which its report states it.

A ledger follows coins in coins. A report that says "I lost 100,000 yuan" of coins worth that much is answered in yuan: what
lies at each ending is the same share of the stated loss as of the coins. Coins are traced exactly; only their worth is spread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from cutline.model.evidence import Trace
from cutline.model.money import decimals_of
from cutline.tracing.answer import endings

NEAR = (Decimal("0.8"), Decimal("1.25"))
"""So near (ours) a stated loss is to its payments' worth where the report means exactly them: no price is known to the fen."""

SMALLEST = Decimal("0.000001")

Price = Callable[[str], Decimal | None]
"""One whole unit of an asset in the base currency; None unknown."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a report says was lost: an amount in the main unit of a currency."""

    amount: Decimal
    currency: str


def stated_endings(traces: Sequence[Trace], stated: Mapping[str, Stated], price: Price) -> Iterator[tuple[str, str, Decimal]]:
    """Give (report, entity, amount) in the main unit of the currency in which the report states its loss.

    `stated`: by report. A report that states no loss, or states it in its payments' own asset, is answered in that asset.
    """
    groups: dict[str, list[Trace]] = {}
    for trace in traces:
        groups.setdefault(trace.seed, []).append(trace)
    for report, mine in groups.items():
        rates = _rates(mine, stated[report], price) if report in stated else [Decimal(1)] * len(mine)
        for trace, rate in zip(mine, rates, strict=True):
            for _, entity, minor, asset in endings(trace):
                amount = _whole(minor, asset)
                yield report, entity, amount if rate == 1 else (amount * rate).quantize(SMALLEST, ROUND_DOWN)


def _whole(minor: int, asset: str) -> Decimal:
    return Decimal(minor).scaleb(-(decimals_of(asset) or 0))


def _rates(traces: Sequence[Trace], stated: Stated, price: Price) -> list[Decimal]:
    """Give what one unit of each trace's asset is in the stated currency; 1 where it stays in its own."""
    amounts = [_whole(t.stolen_minor, t.currency) for t in traces]
    same = [t.currency == stated.currency for t in traces]
    rest = stated.amount - sum(a for a, equal in zip(amounts, same, strict=True) if equal)
    foreign = sum(a for a, equal in zip(amounts, same, strict=True) if not equal)
    alone = len(traces) == 1
    if all(same) or not foreign or stated.amount <= 0 or (alone and rest == foreign):
        return [Decimal(1)] * len(traces)
    unit = price(stated.currency)
    prices = [Decimal(1) if e else _divide(price(t.currency), unit) for t, e in zip(traces, same, strict=True)]
    worth = [a * p for a, p, e in zip(amounts, prices, same, strict=True) if p is not None and not e]
    if len(worth) < same.count(False):
        told = same.count(False) == 1 and rest > 0
        return [Decimal(1) if equal or not told else rest / foreign for equal in same]
    total = sum(worth, Decimal(0))
    if not total or (alone and _apart(rest, foreign) < _apart(rest, total)):
        return [Decimal(1)] * len(traces)
    exact = rest / total if NEAR[0] <= rest / total <= NEAR[1] else Decimal(1)
    return [Decimal(1) if e else (p or Decimal(1)) * exact for p, e in zip(prices, same, strict=True)]


def _divide(price: Decimal | None, unit: Decimal | None) -> Decimal | None:
    return None if price is None or not unit else price / unit


def _apart(one: Decimal, other: Decimal) -> Decimal:
    """Say how many times the larger is the smaller."""
    return max(one, other) / min(one, other)
