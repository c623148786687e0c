"""How long money lies before it goes on: the waits that are told, and the time that is left as a range."""

from __future__ import annotations

from dataclasses import dataclass

from cutline.model.entities import Label
from cutline.model.money import BASE_CURRENCY, format_minor

WAITS = (10, 30, 60, 120, 240, 480, 720, 1440, 2880, 4320, 7200, 10_080, 20_160, 43_200, 86_400)
"""Minutes from the last known moment after which it is told how much will have gone: ten minutes to sixty days."""

A_DAY = WAITS.index(1440)
EARLY, LATE = 0.1, 0.5
"""Time left is a range: until the first tenth of the money is expected to have gone, and until half of it has (ours)."""

NOTHING_TRACED = Label("no traced money lies here", "未追踪到资金停留于此")
NOT_COMPUTED = Label("not computed: another version computed this", "未计算：该结果由其他版本生成")
NOTHING_TO_STOP = Label("nothing of it can be stopped any more", "已无可止付资金")
NOT_SURE = Label("not sure: nothing tells how long such money lies", "无法判断：无记录可示此类资金停留多久")


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """How long what can be stopped is likely to lie on, from the last known moment, in minutes: a range.

    By `from_minutes` the first tenth of it is expected to have gone, by `to_minutes` half; None: later than any record shows.
    Within a day `day_minor` of it goes. It rests on `own` earlier lots of these holders and, at one place at most, on `like`
    stolen lots at such holders; where there is none, nothing is known. `unsure_minor`: value that can be stopped and of
    which nothing tells.
    """

    from_minutes: int | None
    to_minutes: int | None
    own: int
    like: int
    day_minor: int
    unsure_minor: int

    @property
    def known(self) -> bool:
        """Whether anything tells."""
        return self.own + self.like > 0


def tell_left(left: TimeLeft | None, stoppable_minor: int | None, computed: bool = True) -> Label:
    """Say in words how much time is left to stop what lies there, and where nothing tells, that nobody knows."""
    if not computed:
        return NOT_COMPUTED
    if left is None:
        return NOTHING_TRACED if stoppable_minor is None else NOTHING_TO_STOP
    if not left.known:
        return NOT_SURE
    en, zh = _begins(left)
    if left.unsure_minor:
        unsure = format_minor(left.unsure_minor, BASE_CURRENCY)
        en, zh = f"{en}; not sure about {unsure} of it", f"{zh}；其中{unsure}无从判断"
    return Label(en, zh)


def _begins(left: TimeLeft) -> tuple[str, str]:
    """When a tenth has gone, and when half."""
    if left.from_minutes is None:
        return "most lies longer than these records show", "大部分停留时间超出记录所示"
    first, half = span(left.from_minutes), left.to_minutes
    if half == left.from_minutes:
        return f"half gone within {first.en}", f"{first.zh}内将转走一半"
    begins = Label(f"begins to go within {first.en}", f"{first.zh}内开始转出")
    if half is None:
        return f"{begins.en}, half later than these records show", f"{begins.zh}，转走一半的时间超出记录所示"
    return f"{begins.en}, half gone within {span(half).en}", f"{begins.zh}，{span(half).zh}内转走一半"


def span(minutes: int) -> Label:
    """Write one of WAITS as a person would."""
    for size, en, zh in ((1440, "d", "天"), (60, "h", "小时")):
        if minutes >= size and minutes % size == 0:
            return Label(f"{minutes // size} {en}", f"{minutes // size}{zh}")
    return Label(f"{minutes} min", f"{minutes}分钟")
