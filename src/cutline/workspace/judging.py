"""Answers of a run, and what the judge says of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from cutline.errors import SourceError
from cutline.evaluation import Located, judge, write_answers
from cutline.model.evidence import Trace
from cutline.model.money import decimals_of
from cutline.pipeline.analysis import Analysis
from cutline.store.lake import Lake
from cutline.tracing import endings
from cutline.workspace import shelf


def judge_run(lake: Lake, analysis: Analysis | None, truth: Path | None, answers: Path | None) -> dict[str, Any]:
    """Write answers from an analysis in memory or from the views of the last run; judge them where truth is given.

    Without `answers` the files live in a temporary folder until they are judged.
    """
    if truth is not None and not (truth / "subjects.csv").is_file():
        raise SourceError(str(truth), "no subjects.csv", "the truth/ folder of a synthetic delivery")
    with tempfile.TemporaryDirectory(prefix="cutline-answers-") as aside:
        folder = answers or Path(aside)
        _write(lake, analysis, folder)
        quality = judge(truth, folder) if truth is not None else None
    result: dict[str, Any] = {"answers": str(answers) if answers else None, "quality": quality}
    if quality is not None:
        result["simulated"] = True
    return result


def _write(lake: Lake, analysis: Analysis | None, folder: Path) -> None:
    if analysis is not None:
        subjects = shelf.subjects_frame(lake, analysis)
        rings, alerts, traces = analysis.rings, analysis.alerts, analysis.traces
    else:
        frame = lake.view("subjects")
        if frame is None:
            raise SourceError("workspace", "no run", "a run whose answers can be written", "run: cutline run")
        subjects = frame
        rings, alerts = tuple(shelf.rings_of_last_run(lake)), tuple(shelf.alerts_of_last_run(lake))
        traces = tuple(shelf.traces_of_last_run(lake))
    write_answers(folder, subjects, alerts, rings, _located(traces))


def _located(traces: tuple[Trace, ...]) -> Iterator[Located]:
    for trace in traces:
        for report, entity, amount_minor, currency in endings(trace):
            yield Located(report, entity, Decimal(amount_minor).scaleb(-(decimals_of(currency) or 0)))
