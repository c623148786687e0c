"""The letter that goes with a request: for the holder's officer to read and act on, in English and Chinese, as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cutline.model.entities import Label
from cutline.model.money import format_minor
from cutline.model.requests import ANSWER_WITHIN, ASKS, LASTS, Ask, Prepared

SAFEGUARDS: dict[bool, tuple[Label, ...]] = {
    True: (
        Label(
            "Only the amount named is held. Wages, living costs, medical and other essential payments from other money go on.",
            "仅限所列金额；工资、生活、医疗等基本支出不受影响。",
        ),
        Label(
            "Whoever is affected is told once notice no longer harms the case, and may appeal; a justified appeal lifts it at "
            "once (art. 32).",
            "不妨碍侦查时告知当事人；当事人可以申诉，查证属实的立即解除（第三十二条）。",
        ),
    ),
    False: (
        Label(
            "Only what is asked for is delivered; it is used for this case of fraud alone and deleted in time.",
            "仅提供所列信息，专用于本案，按期删除。",
        ),
    ),
}

UNSIGNED = Label(
    "The wording of the law in this letter has not been signed by a lawyer: compare it with the article before it is sent.",
    "本函所引法律条文未经律师确认，发出前请核对。",
)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says beside the request: how entities are written, and when it was sent."""

    about: str
    seed: str
    sent_at: datetime


def write_letter(request: Prepared, letter: Letter) -> str:
    """Write one request as Markdown: each line in English, then in Chinese."""
    draft, kind = request.draft, request.draft.kind
    wanted = Label(*(text.format(about=letter.about) for text in draft.wanted))
    due = letter.sent_at + ANSWER_WITHIN[kind]
    rows = [
        (Label("number", "编号"), request.request_id),
        (Label("from", "发函机关"), draft.authority),
        (Label("to", "协查单位"), draft.holder.rpartition(":")[2]),
        (Label("about", "对象"), letter.about),
        (Label("amount", "金额"), _amount(draft.amount_minor, draft.asset)),
        (Label("asset", "资产"), draft.asset),
        (Label("you know it by", "贵方编号"), ", ".join(draft.references)),
        (Label("case", "案件"), letter.seed),
        (Label("rests on rows", "依据记录"), "; ".join(draft.rests_on)),
        (Label("trace", "追踪编号"), draft.trace_id),
        (Label("legal basis", "法律依据"), f"{draft.basis.en} {draft.basis.zh}"),
        (Label("sent", "发出时间"), _time(letter.sent_at)),
        (Label("answer until", "请于此前回复"), _time(due)),
        (Label("best before", "有效处置时限"), _time(draft.useful_until) if draft.useful_until else ""),
        (Label("ends by itself", "到期自动解除"), _lasts(kind)),
        (Label("renews", "续期"), f"{draft.renews} ({draft.renewal})" if draft.renews else ""),
        (Label("prepared by", "承办人"), request.prepared_by),
        (Label("approved by", "审批人"), request.approved_by),
    ]
    title = f"# {ASKS[kind].en} · {ASKS[kind].zh}"
    table = ["| | |", "|---|---|", *(f"| {name.en} {name.zh} | {_cell(value)} |" for name, value in rows if value)]
    notes = [f"- {note.en} {note.zh}" for note in (*SAFEGUARDS[kind in LASTS], UNSIGNED)]
    return "\n".join([title, "", wanted.en, "", wanted.zh, "", *table, "", *notes, ""])


def _amount(minor: int | None, asset: str) -> str:
    return "" if minor is None else format_minor(minor, asset)


def _lasts(kind: Ask) -> str:
    lasts = LASTS.get(kind)
    if lasts is None:
        return ""
    hours = round(lasts.total_seconds() / 3600)
    return f"{hours} h 小时 after execution 自执行起" if hours <= 72 else f"{hours // 24} d 日 after execution 自执行起"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
