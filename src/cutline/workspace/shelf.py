"""The views of a run on their shelf: evidence as rows of JSON beside the columns by which it is looked up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from functools import cache, partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from cutline.model.evidence import Alert, Finding, Member, Ring, Trace, from_plain, to_plain
from cutline.model.stakes import Stake
from cutline.model.tables import TABLES
from cutline.store.lake import Lake

if TYPE_CHECKING:
    from cutline.pipeline.analysis import Analysis

T = TypeVar("T")
EXPLAINED = 0.05
"""Rank from which reasons are kept of what has no finding of its own: below it, thousands paid a neighbour of a suspect (D)."""

KEPT = (Alert, Finding, Member, Ring, Stake, Trace)


@cache
def release() -> str:
    """Name this version and the fields of the evidence it keeps; a run kept under another name is another version's."""
    told = ";".join(f"{kind.__name__}:{','.join(f.name for f in fields(kind))}" for kind in KEPT)
    return f"{version('cutline')}+{hashlib.sha256(told.encode()).hexdigest()[:8]}"


def shelve(lake: Lake, analysis: Analysis, summary: dict[str, Any]) -> None:
    """Save all views of a run in one step."""
    ring_of = {m.entity: ring.ring_id for ring in reversed(analysis.rings) for m in ring.members}
    with ThreadPoolExecutor(1) as aside:  # subjects are columns, read and sorted outside the interpreter; the rest is JSON
        subjects = aside.submit(subjects_frame, lake, analysis)
        views = {
            "reasons": _reasons(analysis),
            "findings": _bodies(analysis.detection.findings, lambda f: {"typology": f.typology, "subject": f.subject}),
            "rings": _bodies(analysis.rings, lambda r: {"ring_id": r.ring_id}),
            "members": pl.DataFrame(
                {"entity": list(ring_of), "ring_id": list(ring_of.values())}, {"entity": pl.String, "ring_id": pl.String}
            ),
            "alerts": _bodies(analysis.alerts, lambda a: {"alert_id": a.alert_id, "kind": a.kind}),
            "stakes": _bodies(analysis.stakes, lambda s: {"entity": s.entity}),
            "traces": _bodies(analysis.traces, lambda t: {"seed": t.seed}),
            "run": pl.DataFrame({"body": [json.dumps(summary, ensure_ascii=False)]}),
        }
    lake.save_views({"subjects": subjects.result(), **views})


def take(lake: Lake, name: str, kind: type[T], where: pl.Expr | None = None) -> list[T]:
    """Give evidence objects from a view, those that `where` chooses."""
    frame = lake.view(name)
    if frame is None or not frame.height:  # an empty view has no columns to choose by
        return []
    chosen = frame if where is None else frame.filter(where)
    return [from_plain(kind, json.loads(body)) for body in chosen["body"]]


def findings_of(lake: Lake, subject: str) -> list[Finding]:
    """Give the findings about one entity, strongest first."""
    found = take(lake, "findings", Finding, pl.col("subject") == subject)
    return sorted(found, key=lambda f: (-f.strength, f.first_at, f.finding_id))


def rings_of_last_run(lake: Lake) -> list[Ring]:
    """Give the rings of the last run, whose ids the next one hands on."""
    return take(lake, "rings", Ring)


def alerts_of_last_run(lake: Lake) -> list[Alert]:
    """Give the alerts of the last run, most urgent first."""
    return take(lake, "alerts", Alert)


def stakes_at(lake: Lake, entity: str) -> list[Stake]:
    """Give what the traces of the last run leave at one entity."""
    return take(lake, "stakes", Stake, pl.col("entity") == entity)


def knows_stakes(lake: Lake) -> bool:
    """Say whether the last run told what stolen money lies where: runs of earlier versions did not."""
    return lake.view("stakes") is not None


def traces_of_last_run(lake: Lake) -> list[Trace]:
    """Give the traces of all reports."""
    return take(lake, "traces", Trace)


def last_summary(lake: Lake) -> dict[str, Any] | None:
    """Give the summary of the last run; None before the first."""
    frame = lake.view("run")
    return None if frame is None else dict(json.loads(frame["body"][0]))


def is_ring(lake: Lake, name: str) -> bool:
    """Say whether a name is a ring's of the last run."""
    frame = lake.view("rings") if name.startswith("ring-") else None
    return frame is not None and frame.height > 0 and bool((frame["ring_id"] == name).any())


def is_stale(lake: Lake) -> bool:
    """Say whether records came in since the last run: what it computed knows nothing of them."""
    return lake.view_generation("run") != lake.generation


def is_of_another_version(lake: Lake) -> bool:
    """Say whether the last run was computed by a version that keeps other evidence: it may not know what this one tells."""
    last = last_summary(lake)
    return last is not None and last["state"].partition("|")[0] != release()


def subjects_frame(lake: Lake, analysis: Analysis) -> pl.DataFrame:
    """Give every entity of the lake with its rank, and whether an alert (no warning) names it with a finding of its own."""
    from cutline.evaluation import answer_subjects

    ranked = answer_subjects(analysis.index, analysis.ranking, analysis.alerts)
    everyone = pl.concat([ranked, _others(lake, analysis)])
    led = {entity: leader for entity, leader in analysis.resolution.leader.items() if entity != leader}
    return _as_their_leaders(everyone, led) if led else everyone


def _as_their_leaders(everyone: pl.DataFrame, led: dict[str, str]) -> pl.DataFrame:
    """Say of every token of one person what is said of the one that leads: its rows are counted there."""
    known = everyone.with_columns(pl.col("entity").cast(pl.String))
    leaders = known.select("entity", leader=pl.col("entity").replace(led))
    said = leaders.join(known, left_on="leader", right_on="entity", how="left", maintain_order="left")
    own = said.join(known, on="entity", how="left", maintain_order="left", suffix="_own")
    return own.select("entity", pl.coalesce("score", "score_own"), pl.coalesce("alerted", "alerted_own"))


def _others(lake: Lake, analysis: Analysis) -> pl.DataFrame:
    """Give the entities that stand only in columns which no analysis reads: nothing is known of them, so they rank last."""
    index = analysis.index
    found = [pa.array([], pa.large_string())]
    for name, table in TABLES.items():
        read = index.tables[name].columns if name in index.tables else {}
        for column in table.entity_columns:
            if column not in read:
                names = lake.events(name, [column]).column(column).combine_chunks()
                found.append(names.dictionary.cast(pa.large_string()))
    distinct = pc.unique(pa.chunked_array(found))
    others = pl.DataFrame({"entity": pl.from_arrow(distinct.filter(pc.invert(pc.is_in(distinct, value_set=index.entities))))})
    return others.select("entity", score=pl.lit(0.0), alerted=pl.lit(0, pl.Int8)).sort("entity")


def _reasons(analysis: Analysis) -> pl.DataFrame:
    """Keep the explanation of whatever has a finding of its own, stands in a ring, or is ranked by what stands beside it."""
    index, ranking = analysis.index, analysis.ranking
    told = np.flatnonzero((ranking.own > 0) | (ranking.warning > 0) | (ranking.score >= EXPLAINED)).tolist()
    members = [index.code(m.entity) for ring in analysis.rings for m in ring.members]
    of = partial(analysis.judged.of, ranking) if analysis.judged else ranking.of
    scores = [of(code) for code in sorted({*told, *members})]
    return _bodies(scores, lambda s: {"subject": s.subject})


def _bodies(items: Sequence[Any], keys: Any) -> pl.DataFrame:
    rows = [{**keys(item), "body": json.dumps(to_plain(item), ensure_ascii=False)} for item in items]
    return (
        pl.DataFrame(rows, infer_schema_length=None) if rows else pl.DataFrame(schema={"subject": pl.String, "body": pl.String})
    )
