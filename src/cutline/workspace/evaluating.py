"""Answers of a run, and what the judge says of them."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from cutline.errors import SourceError
from cutline.evaluation import (
    Located,
    Stop,
    Warned,
    judge,
    judge_stops,
    judge_warnings,
    located_by,
    write_answers,
    write_stops,
    write_warnings,
)
from cutline.model.entities import kind_of
from cutline.model.evidence import Alert, Finding, Trace
from cutline.model.judgements import Resolution
from cutline.model.money import BASE_CURRENCY, decimals_of
from cutline.pipeline.analysis import Analysis
from cutline.pipeline.pricing import last_prices
from cutline.pipeline.trail import Trail, last_moment, told_losses
from cutline.store.lake import Lake
from cutline.tracing import StopLine, stop_list
from cutline.tracing.answer import trace_reports
from cutline.tracing.stated import stated_endings
from cutline.tracing.stopping import can_be_stopped
from cutline.workspace import shelf
from cutline.workspace.backing import key_cards, look_behind
from cutline.workspace.following import ready_trail
from cutline.workspace.recorded import records_of


@dataclass(frozen=True, slots=True)
class Run:
    """What is judged: an analysis in memory, or none: the views of the last run. A blinded one stands in no view.

    `resolution`: with it the stop lists of all reports are written and judged too, which takes some milliseconds a report.
    """

    analysis: Analysis | None
    blinded: bool
    resolution: Resolution | None = None


def judge_run(lake: Lake, run: Run, truth: Path | None, answers: Path | None) -> dict[str, Any]:
    """Write the answers of a run; judge them where truth is given.

    Without `answers` the files live in a temporary folder until they are judged.
    """
    if truth is not None and not (truth / "subjects.csv").is_file():
        raise SourceError(str(truth), "no subjects.csv", "the truth/ folder of a synthetic delivery")
    with tempfile.TemporaryDirectory(prefix="cutline-answers-") as aside:
        folder = answers or Path(aside)
        _write(lake, run, folder)
        if run.resolution is not None:
            _write_stops(lake, run.analysis.trail if run.analysis else ready_trail(lake, run.resolution), folder)
        quality = judge(truth, folder) if truth is not None else None
        if quality is not None and truth is not None:
            known = pl.read_csv(folder / "subjects.csv", columns=["entity"])["entity"]
            quality["endings"] = located_by(truth, folder, _codes(lake, run))
            quality["stop_list"] = judge_stops(truth, folder) if run.resolution is not None else None
            quality["warnings"] = judge_warnings(
                truth, folder, records_of(lake, run.analysis.index if run.analysis else None, known)
            )
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
    findings = analysis.detection.findings if analysis is not None else shelf.take(lake, "findings", Finding)
    write_warnings(folder, _warned(alerts, findings))


def _warned(alerts: Sequence[Alert], findings: Sequence[Finding]) -> Iterator[Warned]:
    """Give each warning with the moment from which it stands: by the events, and by what had been delivered."""
    by_id = {finding.finding_id: finding for finding in findings if finding.warning}
    for alert in alerts:
        if alert.kind == "warning":
            mine = [by_id[name] for name in alert.finding_ids if name in by_id]
            first = min(finding.first_at for finding in mine)
            known = min(max(finding.known_at or finding.first_at, finding.first_at) for finding in mine)
            typologies = " ".join(sorted({finding.typology for finding in mine}))
            yield Warned(alert.subjects[0], alert.grade, first.isoformat(), known.isoformat(), typologies)


def _write_stops(lake: Lake, trail: Trail, folder: Path) -> None:
    """Write the stop list of each report as an officer would get it, under the policy by which endings are claimed."""
    until = last_moment(trail)
    traces = trace_reports(trail.ledgers, trail.resolved.payments, None, trail.landmarks, with_hops=True)
    addresses = {t.entity for trace in traces for t in trace.terminals if kind_of(t.entity) == "address"}
    cards = key_cards(look_behind(lake, sorted(addresses), until))
    lists: dict[str, int] = defaultdict(int)
    stops = []
    for trace in traces:
        lists[trace.seed] += 1
        lines = stop_list(trace, until, until, cards)
        stops += [_stop(trace, lists[trace.seed], order, line) for order, line in enumerate(lines, 1)]
    write_stops(folder, stops)


def _stop(trace: Trace, number: int, order: int, line: StopLine) -> Stop:
    amount = Decimal(line.loss_minor).scaleb(-(decimals_of(trace.currency) or 0))
    return Stop(
        report_id=trace.seed,
        list=number,
        order=order,
        entity=line.lies_at,
        asset=line.asset,
        how=str(line.how),
        amount=format(amount, "f"),
        chance=line.chance,
        sure=line.doubt.sure if line.doubt else 1.0,
        can_be_stopped=int(can_be_stopped(line)),
    )


def _codes(lake: Lake, run: Run) -> list[str]:
    """Name the accounts that took payments by code."""
    if run.analysis is not None and "rail" in run.analysis.index.tables["transfers"].columns:
        index = run.analysis.index
        table = index.tables["transfers"]
        mine = table.columns["payee"][table.columns["rail"] == table.category("rail", "code")]
        return [index.entity(code) for code in np.unique(mine[mine >= 0]).tolist()]
    told = lake.events("transfers", ["payee", "rail"])
    mine = told.column("payee").filter(pc.equal(told.column("rail").cast(pa.string()), "code"))
    return [str(one) for one in mine.unique().to_pylist() if one]


def _located(lake: Lake, traces: Sequence[Trace]) -> Iterator[Located]:
    prices = {asset: told.price for asset, told in last_prices(lake, datetime.max.replace(tzinfo=UTC)).items()}
    known = {BASE_CURRENCY: Decimal(1), **prices}
    for report, entity, amount in stated_endings(traces, told_losses(lake), known.get):
        yield Located(report, entity, amount)
