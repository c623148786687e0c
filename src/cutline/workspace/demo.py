"""The demo: a province is simulated, read, searched and judged, and told on one page."""

from __future__ import annotations

import json
import multiprocessing
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutline.errors import WorkspaceError
from cutline.pipeline.stages import Progress, Stages, silent
from cutline.pipeline.warming import warm_kernels
from cutline.settings import Settings
from cutline.simulate import ProvinceConfig, simulate
from cutline.typologies.catalogue import load_catalogue
from cutline.workspace.case import RunSummary, Workspace
from cutline.workspace.evaluating import Run, judge_run
from cutline.workspace.telling import headline, write_report

MARKER = "demo.json"


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """How large a province, for how long, from which seed."""

    people: int
    days: int
    seed: int


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What a demo did and found; every figure of it is simulated."""

    people: int
    days: int
    seed: int
    report: Path
    headline: str
    events: dict[str, int]
    ingest: dict[str, int]
    stages: list[dict[str, Any]]
    quality: dict[str, Any]

    def plain(self) -> dict[str, Any]:
        """The one JSON object of `demo --json`."""
        return {"events": self.events, "ingest": self.ingest, "stages": self.stages, "quality": self.quality}


def simulate_province(directory: Path, options: DemoOptions, progress: Progress) -> dict[str, Any]:
    """Write a province in native formats, with truth/."""
    if directory.exists() and any(directory.iterdir()):
        raise WorkspaceError(f"{directory}: not empty; expected a new or empty folder for the province")
    summary = simulate(directory, ProvinceConfig(people=options.people, days=options.days, seed=options.seed), progress)
    return {"rows": summary.events, "rings": summary.rings, "people": summary.people, "seconds": round(summary.seconds, 3)}


def run_demo(settings: Settings, options: DemoOptions, progress: Progress) -> DemoResult:
    """Run everything in a fresh workspace. A workspace that is no demo's is never touched."""
    folder = settings.workspace
    _clear(folder)
    stages = Stages(progress)
    province = folder / "province"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_text(json.dumps({"people": options.people, "days": options.days, "seed": options.seed}))
    with warm_kernels() as readers_are_warm, Workspace.open(settings) as workspace:
        with stages.stage("simulate"):
            _simulate_aside(province, options)
            readers_are_warm()
        with stages.stage("ingest"):
            intake = workspace.ingest([province], progress=progress)
        summary = workspace.run(progress, again=True, stages=stages)
        with stages.stage("evaluate"):
            quality = judge_run(workspace.lake, Run(workspace.analysis, blinded=False), province / "truth", None)["quality"]
        with stages.stage("report"):
            report = write_report(workspace, folder / "report.html", intake.counts, stages.done)
        return _result(workspace, options, (intake.counts, summary, quality), report, stages)


def _simulate_aside(province: Path, options: DemoOptions) -> None:
    """Simulate in a process of its own, which gives all its memory back before the records are read.

    Meanwhile this one reads what its stages rest on and no record can change.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        written = pool.submit(simulate_province, province, options, silent)
        load_catalogue()
        written.result()


def _result(
    workspace: Workspace,
    options: DemoOptions,
    made: tuple[dict[str, int], RunSummary, dict[str, Any]],
    report: Path,
    stages: Stages,
) -> DemoResult:
    counts, summary, quality = made
    return DemoResult(
        options.people,
        options.days,
        options.seed,
        report,
        headline(summary.found),
        workspace.event_counts(),
        counts,
        [{"name": s.name, "seconds": s.seconds, "peak_mb": s.peak_mb} for s in stages.done],
        quality,
    )


def _clear(folder: Path) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / MARKER).is_file():
        raise WorkspaceError(f"{folder}: holds something that is no demo; name another folder: cutline --workspace DIR demo")
    shutil.rmtree(folder)
