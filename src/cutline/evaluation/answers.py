"""What a run claims, as the four files that the judge reads. None of it depends on truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl

from cutline.evaluation.files import write_together
from cutline.graph.index import Index
from cutline.model.evidence import Action, Alert, Ring
from cutline.risk import Ranking


@dataclass(frozen=True, slots=True)
class Located:
    """How much of a reported loss lies where now, in the main unit of the loss's currency."""

    report_id: str
    entity: str
    amount: Decimal


def write_answers(
    folder: Path, subjects: pl.DataFrame, alerts: Sequence[Alert], rings: Sequence[Ring], endings: Iterable[Located]
) -> None:
    """Write subjects.csv, rings.csv, endings.csv and actions.csv, with ids in the clear: the caller has checked the right.

    `subjects` has columns entity, score, alerted, a row for every entity of the lake (`answer_subjects`, or the view that a
    run kept of it). An entity of several rings stands under the one it belongs to most. The files appear together, each whole.
    """
    write_together(
        folder,
        {
            "subjects.csv": subjects.select("entity", "score", "alerted"),
            "rings.csv": _rings(rings),
            "endings.csv": _endings(endings),
            "actions.csv": _actions(alerts),
        },
    )


def answer_subjects(index: Index, ranking: Ranking, alerts: Sequence[Alert]) -> pl.DataFrame:
    """Give every entity its score, and `alerted` 1 where an alert (no warning) names it and it has a finding of its own."""
    alerted = np.zeros(len(index), np.int8)
    named = sorted({entity for alert in alerts if alert.kind == "alert" for entity in alert.subjects})
    codes = np.array([code for entity in named if (code := index.code(entity)) >= 0], np.int64)
    alerted[codes] = ranking.own[codes] > 0
    return pl.DataFrame({"entity": pl.from_arrow(index.entities), "score": ranking.score, "alerted": alerted})


def _rings(rings: Sequence[Ring]) -> pl.DataFrame:
    rows = [(m.entity, ring.ring_id, m.role, m.belongs) for ring in rings for m in ring.members]
    frame = pl.DataFrame(rows, {"entity": pl.String, "ring": pl.String, "role": pl.String, "belongs": pl.Float64}, orient="row")
    main = frame.sort(["belongs", "ring"], descending=[True, False]).unique("entity", keep="first")
    return main.sort("ring", "entity").drop("belongs")


def _endings(endings: Iterable[Located]) -> pl.DataFrame:
    totals: dict[tuple[str, str], Decimal] = {}
    for ending in endings:
        key = (ending.report_id, ending.entity)
        totals[key] = totals.get(key, Decimal(0)) + ending.amount
    rows = [(report, entity, format(amount, "f")) for (report, entity), amount in sorted(totals.items())]
    return pl.DataFrame(rows, dict.fromkeys(("report_id", "entity", "amount"), pl.String), orient="row")


def _actions(alerts: Sequence[Alert]) -> pl.DataFrame:
    rows = sorted({(p.entity, str(p.action)) for alert in alerts for p in alert.proposals if p.action is not Action.NONE})
    return pl.DataFrame(rows, dict.fromkeys(("entity", "action"), pl.String), orient="row")
