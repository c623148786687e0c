"""Backtests as a person asks for them: hits over time, overlap with others, how good, and what moving thresholds does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from cutline.evaluation.hits import Known, group_hits, judge_hits, known_from, read_truth, read_victims
from cutline.evaluation.warned import belongings
from cutline.model.entities import kind_of
from cutline.pipeline.backtest import Backtest, Curve, Episode, backtest, movable
from cutline.report import render_backtest
from cutline.store.lake import Lake
from cutline.typologies.catalogue import Typology
from cutline.typologies.vocabulary import SUBJECTS
from cutline.workspace.case import Workspace
from cutline.workspace.recorded import ties_of

HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class BacktestOptions:
    """How to look back: by day or week, against which truth, which threshold to show, and where to draw the page."""

    by: str = "day"
    truth: Path | None = None
    move: str = ""
    out: Path | None = None


def run_backtest(
    workspace: Workspace, typology: Typology, asked: BacktestOptions, progress: Callable[[str, float], None]
) -> dict[str, Any]:
    """Look back on a workspace's lake with one typology; ids appear nowhere in the answer. Raises UsageError, SourceError.

    Judged against truth where it is given, else against the judgements in force; warnings accuse nobody, so no judgement is
    about them.
    """
    lake = workspace.lake
    if asked.truth is not None:
        known: Known | None = _truth(lake, typology, asked.truth)
    else:
        known = None if typology.warning else _decided(workspace, typology)
    found = backtest(lake, typology, asked.by, movable(typology, asked.move), progress)
    answer = {
        "typology": typology.id,
        "version": typology.version,
        "title_en": typology.title.en,
        "title_zh": typology.title.zh,
        "subject": typology.subject,
        "warning": typology.warning,
        "by": asked.by,
        "findings": len(found.episodes),
        "subjects": len(found.subjects),
        "events": sum(episode.events for episode in found.episodes),
        "withdrawn": len(found.withdrawn),
        "delay_h": _delay(found.episodes),
        "periods": [
            {"begins": f"{p.begins:%Y-%m-%d}", "began": p.began, "seen": p.seen, "withdrawn": p.withdrawn}
            for p in found.periods
        ],
        "overlap": _overlap(lake, found),
        "quality": None if known is None else _quality(found, known),
        "simulated": asked.truth is not None,
        "curves": [_curve(curve, known) for curve in found.curves],
        "out": str(asked.out) if asked.out else None,
    }
    if asked.out is not None:
        asked.out.write_text(render_backtest(answer), encoding="utf-8")
    return answer


def _decided(workspace: Workspace, typology: Typology) -> Known | None:
    known = known_from(workspace.book.all())
    kinds = SUBJECTS[typology.subject]
    if known is None or known.negatives is None:
        return None
    fraud, innocent = (frozenset(e for e in part if kind_of(e) in kinds) for part in (known.positives, known.negatives))
    return Known(fraud, innocent, {}, known.source) if fraud or innocent else None


def _truth(lake: Lake, typology: Typology, folder: Path) -> Known:
    """Give what truth says of entities that the typology can be about; of a warning, whether it is about a victim's."""
    kinds = SUBJECTS[typology.subject]
    known = read_truth(folder)
    if typology.warning:
        mine = belongings(ties_of(lake), read_victims(folder))["entity"].to_list()
        return Known(frozenset(e for e in mine if kind_of(e) in kinds), None, known.groups, "victims of a synthetic delivery")
    return Known(frozenset(e for e in known.positives if kind_of(e) in kinds), None, known.groups, known.source)


def _delay(episodes: tuple[Episode, ...]) -> dict[str, float] | None:
    """Give how long after its first event a finding could be seen, in hours: median and ninth decile."""
    if not episodes:
        return None
    hours = np.array([max(0, e.seen_us - e.first_us) / HOUR_US for e in episodes])
    return {"median": round(float(np.median(hours)), 1), "p90": round(float(np.percentile(hours, 90)), 1)}


def _overlap(lake: Lake, found: Backtest) -> list[dict[str, Any]] | None:
    """Compare with what each other typology found in the last run; None before the first run."""
    frame = lake.view("findings")
    if frame is None:
        return None
    told = []
    others = frame.select(pl.col("typology", "subject").cast(pl.String)).unique() if frame.height else frame
    for (name,), rows in others.group_by("typology") if frame.height else ():
        theirs = set(rows["subject"].to_list())
        both = len(theirs & found.subjects)
        if both and name != found.typology.id:
            jaccard = both / len(theirs | found.subjects)
            told.append({"typology": name, "subjects": len(theirs), "both": both, "jaccard": round(jaccard, 4)})
    return sorted(told, key=lambda t: (-t["jaccard"], t["typology"]))


def _quality(found: Backtest, known: Known) -> dict[str, Any]:
    return {"source": known.source, **judge_hits(found.subjects, known), **group_hits(found.subjects, known)}


def _curve(curve: Curve, known: Known | None) -> dict[str, Any]:
    threshold = curve.threshold
    points = []
    for point in curve.points:
        told: dict[str, Any] = {"value": point.value, "shown": point.shown, "as_written": point.value == threshold.value}
        told |= {"events": point.events, "subjects": len(point.subjects)}
        judged: Mapping[str, Any] = {} if known is None else judge_hits(point.subjects, known)
        points.append({**told, "precision": judged.get("precision"), "recall": judged.get("recall")})
    where = {"line": threshold.place.line, "column": threshold.place.column}
    return {
        "number": threshold.number,
        "written": threshold.written,
        "condition": threshold.condition,
        **where,
        "points": points,
    }
