"""Answers of a run, and what the judge says of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from cutline.errors import SourceError
from cutline.evaluation import Located, judge, write_answers
from cutline.model.evidence import Trace
from cutline.model.money import BASE_CURRENCY
from cutline.pipeline.analysis import Analysis
from cutline.pipeline.pricing import last_prices
from cutline.pipeline.trail import told_losses
from cutline.store.lake import Lake
from cutline.tracing.stated import stated_endings
from cutline.workspace import shelf


@dataclass(frozen=True, slots=True)
class Run:
    """What is judged: an analysis in memory, or none: the views of the last run. A blinded one stands in no view."""

    analysis: Analysis | None
    blinded: bool


def judge_run(lake: Lake, run: Run, truth: Path | None, answers: Path | None) -> dict[str, Any]:
    """Write the answers of a run; judge them where truth is given.

    Without `answers` the files live in a temporary folder until they are judged.
    """
    if truth is not None and not (truth / "subjects.csv").is_file():
        raise SourceError(str(truth), "no subjects.csv", "the truth/ folder of a synthetic delivery")
    with tempfile.TemporaryDirectory(prefix="cutline-answers-") as aside:
        folder = answers or Path(aside)
        _write(lake, run, folder)
        quality = judge(truth, folder) if truth is not None else None
    result: dict[str, Any] = {"answers": str(answers) if answers else None, "quality": quality}
    if quality is not None:
        result["simulated"] = True
    return result


def _write(lake: Lake, run: Run, folder: Path) -> None:
    analysis = run.analysis
    if analysis is not None and run.blinded:
        subjects = shelf.subjects_frame(lake, analysis)
    else:
        frame = lake.view("subjects")
        if frame is None:
            raise SourceError("workspace", "no run", "a run whose answers can be written", "run: cutline run")
        subjects = frame
    if analysis is not None:
        rings, alerts, traces = analysis.rings, analysis.alerts, analysis.traces
    else:
        rings, alerts = tuple(shelf.rings_of_last_run(lake)), tuple(shelf.alerts_of_last_run(lake))
        traces = tuple(shelf.traces_of_last_run(lake))
    write_answers(folder, subjects, alerts, rings, _located(lake, traces))


def _located(lake: Lake, traces: Sequence[Trace]) -> Iterator[Located]:
    prices = {asset: told.price for asset, told in last_prices(lake, datetime.max.replace(tzinfo=UTC)).items()}
    known = {BASE_CURRENCY: Decimal(1), **prices}
    for report, entity, amount in stated_endings(traces, told_losses(lake), known.get):
        yield Located(report, entity, amount)
