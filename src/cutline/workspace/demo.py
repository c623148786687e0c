"""The demo: a province is simulated, read, searched and judged, and told on one page."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import Any

from cutline.errors import WorkspaceError
from cutline.pipeline.children import begin_child, told_when_killed
from cutline.pipeline.stages import Progress, Stages
from cutline.settings import Settings
from cutline.simulate import ProvinceConfig, SimulationSummary, simulate
from cutline.workspace.case import MARKER, Workspace
from cutline.workspace.summary import RunSummary

HALF_WRITTEN = ".half-written-"
"""What stands between a province's name and the number of the process that still writes it."""

UNFINISHED = "province-unfinished"


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
    """Write a province in native formats, with truth/, whole or not at all: a killed one leaves a folder beside it."""
    if directory.exists() and any(directory.iterdir()):
        raise WorkspaceError(f"{directory}: not empty; expected a new or empty folder for the province")
    home = directory.resolve()
    _clear_killed(home)
    partial = home.with_name(f"{home.name}{HALF_WRITTEN}{os.getpid()}")
    summary = simulate(partial, ProvinceConfig(people=options.people, days=options.days, seed=options.seed), progress)
    partial.rename(home)
    return {"rows": summary.events, "rings": summary.rings, "people": summary.people, "seconds": round(summary.seconds, 3)}


def _clear_killed(home: Path) -> None:
    """Remove what simulations into this folder left half written, of processes that are no more."""
    for left in home.parent.glob(f"{escape(home.name)}{HALF_WRITTEN}*"):
        number = left.name.rpartition("-")[2]
        if number.isdigit() and not _runs(int(number)):
            shutil.rmtree(left)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)  # asks, and harms nobody
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def run_demo(settings: Settings, options: DemoOptions, progress: Progress) -> DemoResult:
    """Run everything in a fresh workspace. A workspace that is no demo's is never touched."""
    folder = settings.workspace
    _clear(folder)
    stages = Stages(progress)
    province = folder / "province"
    partial = folder / f"{UNFINISHED}-{os.getpid()}"  # whatever still writes for a demo that was killed writes elsewhere
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_text(json.dumps({"people": options.people, "days": options.days, "seed": options.seed}))
    with ExitStack() as open_:
        with stages.stage("simulate"), _simulated_aside(partial, options) as written:
            # The engines of a run take seconds to load: the province is written meanwhile.
            from cutline.pipeline.warming import warm_kernels
            from cutline.typologies.catalogue import load_catalogue
            from cutline.workspace.evaluating import Run, judge_run
            from cutline.workspace.telling import write_report

            readers_are_warm = open_.enter_context(warm_kernels())
            workspace = open_.enter_context(Workspace.open(settings))
            load_catalogue()
            with told_when_killed("simulating"):
                written.result()
            partial.rename(province)
            readers_are_warm()
        with stages.stage("ingest"):
            intake = workspace.ingest([province], progress=progress)
        summary = workspace.run(progress, again=True, stages=stages)
        with stages.stage("evaluate"):
            quality = judge_run(workspace.lake, Run(workspace.analysis, blinded=False), province / "truth", None)["quality"]
        with stages.stage("report"):
            report = write_report(workspace, folder / "report.html", intake.counts, stages.done, quality["endings"])
        return _result(workspace, options, (intake.counts, summary, quality), report, stages)


@contextmanager
def _simulated_aside(province: Path, options: DemoOptions) -> Iterator[Future[SimulationSummary]]:
    """Simulate in a process of its own, which gives all its memory back before the records are read."""
    config = ProvinceConfig(people=options.people, days=options.days, seed=options.seed)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=begin_child, initargs=(os.getpid(),)) as pool:
        yield pool.submit(simulate, province, config)


def _result(
    workspace: Workspace,
    options: DemoOptions,
    made: tuple[dict[str, int], RunSummary, dict[str, Any]],
    report: Path,
    stages: Stages,
) -> DemoResult:
    from cutline.workspace.telling import headline

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
