"""Analysis: from events to findings, ranks, rings, traces and alerts. Everything here is a view that can be computed again.

resolve → index → values → detect → trace reports → associate → rank → rings → alerts
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from cutline.graph.index import Index
from cutline.graph.valuation import value_of
from cutline.model.evidence import Alert, Ring, Trace
from cutline.model.judgements import Judgement, Resolution
from cutline.model.stakes import Stake
from cutline.pipeline.deciding import decided_cases
from cutline.pipeline.indexing import read_index
from cutline.pipeline.saying import rows_saying
from cutline.pipeline.stages import Stages
from cutline.pipeline.stakes import lay_stakes
from cutline.pipeline.trail import Trail, follow_reports, lay_trail, read_prices, stolen_flow
from cutline.pipeline.trail import needed_columns as trail_columns
from cutline.resolution.merging import merge
from cutline.rings import Carried, find_rings, raise_alerts
from cutline.rings import needed_columns as ring_columns
from cutline.risk import Ranking, rank
from cutline.risk import needed_columns as risk_columns
from cutline.risk.association import associate
from cutline.risk.association import needed_columns as association_columns
from cutline.risk.probability import Judged, learn_from
from cutline.store.lake import Lake
from cutline.typologies.catalogue import Catalogue, load_catalogue, needed_columns
from cutline.typologies.detection import Detection, detect

Ablate = Callable[[Index], Index]
"""Takes something away from the index before anything is computed, to see what the figures owe to it."""


ALL_APART = Resolution()
"""Nobody was judged to be the same as another."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that one run computed, in memory."""

    index: Index
    catalogue: Catalogue
    detection: Detection
    ranking: Ranking
    trail: Trail
    traces: tuple[Trace, ...]
    rings: tuple[Ring, ...]
    alerts: tuple[Alert, ...]
    resolution: Resolution = ALL_APART
    judged: Judged | None = None
    stakes: tuple[Stake, ...] = ()


def analyse(
    lake: Lake,
    stages: Stages,
    previous: Sequence[Ring] = (),
    ablate: Ablate | None = None,
    resolution: Resolution = ALL_APART,
    judgements: Sequence[Judgement] = (),
) -> Analysis:
    """Compute everything from the events of the lake. `previous` rings hand on their ids; `ablate` blinds it.

    `resolution` says whom officers judged to be one; their rows are one entity's from the index on. From closed cases
    among the `judgements` a probability is learned, where there are enough; it explains, and moves no ring and no alert.
    """
    catalogue = load_catalogue()
    with stages.stage("index"):
        index = read_index_of_run(lake, catalogue)
        index = merge(ablate(index) if ablate else index, resolution)
    with stages.stage("values"):
        index.tables["transfers"].columns["value"] = value_of(index, read_prices(lake))
    with ThreadPoolExecutor(1) as aside:  # the trail rests on no finding, and detection leaves a part of two cores idle
        laid = aside.submit(lay_trail, lake, index)
        with stages.stage("detect"):
            detection = detect(index, catalogue, lambda what, k, n: stages.progress(f"detect: {what}", k / max(1, n)))
        with stages.stage("trace"):
            trail = laid.result()
            traces = follow_reports(trail)
    with stages.stage("associate"):
        flow = stolen_flow(trail)
        company = associate(index, detection.findings, flow)
        findings = (*detection.findings, *company)
        if resolution.version:
            findings = tuple(replace(finding, resolution_version=resolution.version) for finding in findings)
        detection = replace(detection, findings=findings)
    with stages.stage("rank"):
        ranking = rank(index, detection.findings)
    with stages.stage("rings"):
        payer, payee = (index.tables["transfers"].columns[end][flow.row].astype("int64") for end in ("payer", "payee"))
        carried = Carried(payer, payee, flow.report, flow.depth)
        rings = find_rings(index, ranking, detection.findings, previous=previous, carried=carried)
    with stages.stage("alerts"):
        stakes = lay_stakes(lake, trail, traces, flow.row)
        alerts = raise_alerts(rings, ranking, detection.findings, stakes, said=rows_saying(index))
    judged = None
    cases = decided_cases(index, judgements, resolution)
    if len(cases.label):
        with stages.stage("learn"):
            judged = learn_from(ranking, cases)
    return Analysis(index, catalogue, detection, ranking, trail, tuple(traces), rings, alerts, resolution, judged, stakes)


def read_index_of_run(lake: Lake, catalogue: Catalogue) -> Index:
    """Build the index with all columns that a run asks for."""
    return read_index(lake, [needed_columns(catalogue), risk_columns(), association_columns(), ring_columns(), trail_columns()])
