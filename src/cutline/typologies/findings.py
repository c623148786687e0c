"""From true events to findings: episodes with a name, a strength, a reason in two languages, and the rows they rest on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cutline.model.entities import Label
from cutline.model.evidence import Citation, Finding
from cutline.model.moments import to_moment
from cutline.model.money import format_minor
from cutline.model.numerals import counted
from cutline.typologies.compiler import Piece, Rules
from cutline.typologies.evaluator import Bounds
from cutline.typologies.histories import active_rows
from cutline.typologies.knowledge import known_at
from cutline.typologies.matching import followed
from cutline.typologies.measures import Measures
from cutline.typologies.patterns import evidence_of
from cutline.typologies.plan import Lane, Ticks
from cutline.typologies.relations import RELATIONS
from cutline.typologies.rows import Rows
from cutline.typologies.sweep import Judged

CITED_PER_WINDOW = 6
"""Newest rows of each window that a finding cites: a reader checks a handful, and the rest is in the same windows."""

CITED = 40


@dataclass(slots=True)
class Draft:
    """A finding before its rows are cited."""

    rules: Rules
    subject: str
    first_us: int
    last_us: int
    hits: int
    strength: float
    reason_en: str
    reason_zh: str
    value_minor: int | None
    rows: dict[str, list[int]] = field(default_factory=dict)
    truncated: bool = False
    known_us: int = 0


def episodes(judged: Judged) -> Iterator[Draft]:
    """Group a block's true events into episodes: runs of one subject whose neighbours are at most `hold` apart."""
    if not len(judged.hits):
        return
    measures, rules = judged.measures.only(judged.hits), judged.rules
    hits = np.arange(len(judged.hits))
    strength = _strengths(rules, measures, hits)
    subject, t_us = measures.block.subject[hits], measures.block.t_us[hits]
    cut = np.flatnonzero((np.diff(subject) != 0) | (np.diff(t_us) > rules.hold_us)) + 1
    starts = np.concatenate([[0], cut])
    ends = np.concatenate([cut, [len(hits)]])
    best = np.array([a + int(np.argmax(strength[a:b])) for a, b in zip(starts, ends, strict=True)])
    english, chinese = (
        _written(rules.reason_en, measures, hits[best], "en"),
        _written(rules.reason_zh, measures, hits[best], "zh"),
    )
    values = _values(rules, measures, hits[best])
    entities = measures.entities[hits[best]]
    ended = measures.truncated(rules.when, hits)
    known = known_at(rules, measures, hits[starts])
    for k, (a, b) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        yield Draft(
            rules,
            measures.sources.rows.index.entity(int(entities[k])),
            int(t_us[a]),
            int(t_us[b - 1]),
            b - a,
            float(strength[best[k]]),
            english[k],
            chinese[k],
            values[k],
            evidence_rows(rules, measures, [int(hits[best[k]]), int(hits[a])]),
            bool(ended[a:b].any()),
            int(known[k]),
        )


def finish(draft: Draft, rows: Rows, list_versions: dict[str, str]) -> Finding:
    """Cite a draft's rows and give it its name."""
    rules, version = draft.rules, draft.rules.document.version
    name = f"{rules.id}\0{version}\0{draft.subject}\0{draft.first_us}"
    cited: list[Citation] = []
    for table, positions in sorted(draft.rows.items()):
        cited += rows.index.cite(table, np.array(sorted(set(positions)), np.int64))
    advice = rules.document.label("advice") if "advice" in rules.document.nodes else Label("", "")
    return Finding(
        finding_id=f"finding:{hashlib.sha256(name.encode()).hexdigest()[:20]}",
        typology=rules.id,
        typology_version=version,
        subject=draft.subject,
        first_at=to_moment(draft.first_us),
        last_at=to_moment(draft.last_us),
        hits=draft.hits,
        strength=draft.strength,
        reason_en=draft.reason_en,
        reason_zh=draft.reason_zh,
        citations=tuple(sorted(set(cited))),
        warning=rules.document.text("warning") == "true",
        advice_en=advice.en,
        advice_zh=advice.zh,
        value_minor=draft.value_minor,
        list_versions=list_versions if _reads_lists(rules) else {},
        truncated=draft.truncated,
        known_at=to_moment(draft.known_us),
    )


def evidence_rows(rules: Rules, measures: Measures, anchors: list[int]) -> dict[str, list[int]]:
    """Give the anchors' own rows, the newest rows of each window at them, and the earlier steps that these followed."""
    sources, block = measures.sources, measures.block
    found: dict[str, dict[int, None]] = {}
    lanes = dict.fromkeys(lane for program in rules.when for lane in sources.plan.lanes_in(program))
    outputs = dict.fromkeys(sources.plan.outputs[k] for program in rules.when for k in program.loads)
    searched = [output for output in outputs if output.aggregate in RELATIONS]
    for anchor in anchors:
        stream = block.stream[anchor]
        own = np.searchsorted(block.places[stream], block.place[anchor])
        if not isinstance(sources.streams[stream], Ticks):
            _note(found, sources.streams[stream].table, block.rows[stream][own : own + 1])
        for output in searched:
            if sources.streams[stream] == sources.plan.selections[sources.plan.lanes[output.lane].selection].stream:
                row = int(block.rows[stream][own])
                rows = evidence_of(measures.selections, output, measures.memory.drawings, row)
                _note(found, sources.streams[stream].table, rows.astype(np.int32))
        for lane in lanes:
            for part in lane.parts:
                _note_window(found, measures, part, anchor)
    for mark in reversed(rules.marks):
        if not mark.absent:
            later = np.array(list(found.get(mark.stream.table, {})), np.int32)
            witness = sources.rows.witness[mark.stream.table, mark.name]
            earlier = witness.of(later).ravel()
            _note(found, witness.table, earlier[earlier >= 0])
    if rules.match is not None:
        ends = np.array(list(found.get(rules.match.table, {})), np.int32)
        for table, earlier in followed(rules.match, sources.rows, ends)[:-1]:
            _note(found, table, earlier[earlier >= 0])
    return {table: list(kept)[:CITED] for table, kept in found.items()}


def _note_window(found: dict[str, dict[int, None]], measures: Measures, lane: Lane, anchor: int) -> None:
    if not lane.window_us:
        table = measures.sources.plan.selections[lane.selection].stream.table
        _note(found, table, active_rows(measures.selections, lane, anchor)[:CITED_PER_WINDOW])
        return
    span = measures.selections.span(lane)
    left, right = int(span.left[anchor]), int(span.right[anchor])
    members = measures.selections.selected(lane.selection)[0]
    table = measures.sources.streams[members.stream].table
    _note(found, table, members.rows[max(left, right - CITED_PER_WINDOW) : right])


def _note(found: dict[str, dict[int, None]], table: str, rows: NDArray[np.int32]) -> None:
    found.setdefault(table, {}).update(dict.fromkeys(rows.tolist()))


def _strengths(rules: Rules, measures: Measures, hits: NDArray[np.int64]) -> NDArray[np.float64]:
    if rules.strength is None:
        return np.ones(len(hits))
    low, _ = measures.run(rules.strength, hits)
    clipped: NDArray[np.float64] = np.clip(np.nan_to_num(low, nan=0.0, posinf=1.0, neginf=0.0), 0.0, 1.0)
    return clipped


def _values(rules: Rules, measures: Measures, at: NDArray[np.int64]) -> list[int | None]:
    if rules.value is None:
        return [None] * len(at)
    low, _ = measures.run(rules.value, at)
    return [round(v) if np.isfinite(v) else None for v in low.tolist()]


def _written(pieces: tuple[Piece, ...], measures: Measures, at: NDArray[np.int64], language: str) -> list[str]:
    texts = [""] * len(at)
    for piece in pieces:
        if piece.program is None:
            texts = [text + piece.words for text in texts]
            continue
        bounds: Bounds = measures.run(piece.program, at)
        texts = [text + write(low, high, piece, language) for text, low, high in zip(texts, *map(list, bounds), strict=True)]
    return texts


def write(low: float, high: float, piece: Piece, language: str) -> str:
    """Write a quantity for a reader: exact where it is known, else its bound, else that it is not known."""
    unknown = "未知" if language == "zh" else f"an unknown number of {piece.nouns[1]}" if piece.nouns else "an unknown amount"
    if np.isnan(low) or (np.isinf(low) and np.isinf(high)):
        return unknown
    if low == high:
        return _plain(low, piece, language)
    bound, words = (low, ("at least ", "至少")) if np.isfinite(low) and low > 0 else (high, ("at most ", "至多"))
    return words[language == "zh"] + _plain(bound, piece, language) if np.isfinite(bound) else unknown


def _plain(value: float, piece: Piece, language: str) -> str:
    match piece.form:
        case "money":
            return format_minor(round(value), piece.asset, language)
        case "percent":
            return f"{value * 100:.0f}%" if language == "zh" else f"{value * 100:.0f} %"
        case "duration":
            return _duration(value, language)
    if piece.nouns:
        return counted(value, *piece.nouns)
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _duration(seconds: float, language: str) -> str:
    for size, en, zh in ((86_400, "days", "天"), (3600, "hours", "小时"), (60, "minutes", "分钟")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f}{zh}" if language == "zh" else f"{seconds / size:.0f} {en}"
    return f"{seconds:.0f}秒" if language == "zh" else f"{seconds:.0f} seconds"


def _reads_lists(rules: Rules) -> bool:
    return any(p.tags for p in (*rules.when, *([rules.unless] if rules.unless else [])))
