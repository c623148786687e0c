"""The first run on a machine: kernels are compiled once, beside the work that does not need them yet.

A process of its own reads and analyses a tiny province, which leaves the compiled kernels in the cache that every later process
loads from. On a machine where they are there already nothing is done.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np

import cutline.ingest.scanner
import cutline.tracing.lots
from cutline.graph.index import Index
from cutline.ingest.survey import survey
from cutline.pipeline.analysis import analyse, read_index_of_run
from cutline.pipeline.children import begin_child
from cutline.pipeline.intake import take_in
from cutline.pipeline.reading import IntakeOptions, read_all
from cutline.pipeline.stages import Stages
from cutline.pipeline.trail import Trail, follow_reports, lay_trail
from cutline.simulate import ProvinceConfig, simulate
from cutline.store.lake import Lake
from cutline.store.ownership import is_workspace
from cutline.tracing import Policy, Stolen, TraceConfig
from cutline.tracing.drift import search_drifting
from cutline.tracing.search import search
from cutline.typologies.catalogue import Catalogue, load_catalogue
from cutline.typologies.detection import detect
from cutline.typologies.stories import tell_stories

PATIENCE_S = 60.0
"""Whoever waits for the readers' kernels goes on after this time: then they are compiled where they are needed."""

LEISURELY = 15
"""What only later questions need is compiled where the first run leaves a core idle."""

TINY = ProvinceConfig(people=300, days=4, seed=1)


@contextmanager
def warm_kernels() -> Iterator[Callable[[], object]]:
    """Compile kernels in the background if they never were; gives a function that waits until those of ingest are ready.

    Whoever waits compiles what detection needs meanwhile, from the other end of the catalogue.
    """
    if is_warm():
        yield lambda: None
        return
    context = multiprocessing.get_context("spawn")
    readers_are_ready = context.Event()
    with tempfile.TemporaryDirectory(prefix="cutline-warm-") as aside:
        process = context.Process(target=_compile, args=(readers_are_ready, Path(aside), os.getpid()), daemon=True)
        process.start()
        try:
            yield lambda: _tell_stories_until(readers_are_ready)
        finally:
            process.terminate()
            process.join()


def _tell_stories_until(ready: Event) -> None:
    for typology in load_catalogue():
        if ready.is_set():
            return
        tell_stories(typology)
    ready.wait(PATIENCE_S)


def is_warm() -> bool:
    """Say whether the kernels of the first stage and of a run's traces lie compiled beside their source."""
    homes = (Path(module.__file__) for module in (cutline.ingest.scanner, cutline.tracing.lots) if module.__file__)
    return all(any((home.parent / "__pycache__").glob(f"{home.stem}.*.nbi")) for home in homes)


def _compile(readers_are_ready: Event, aside: Path, parent: int) -> None:
    begin_child(parent)
    province, staged = aside / "province", aside / "staged"
    simulate(province, TINY)
    for _ in read_all(survey([province], is_workspace).files, IntakeOptions(), lambda batch: staged / batch):
        pass
    readers_are_ready.set()
    with Lake.open(aside / "lake") as lake:
        take_in(lake, [province], IntakeOptions())
        index = read_index_of_run(lake, load_catalogue())
        follow_reports(lay_trail(lake, _as_in_a_province(index)))
        # The process that waited came from the catalogue's beginning, so that the two meet in its middle.
        detect(index, Catalogue(tuple(reversed(load_catalogue().typologies))))
        analyse(lake, Stages())
        os.nice(LEISURELY)
        for of_its_size in (_as_in_a_province(index), index):
            trail = lay_trail(lake, of_its_size)
            follow_reports(trail)
            ask_all_ways(trail)


def _as_in_a_province(index: Index) -> Index:
    """Let one transfer move more than 64 bits add up: a few hundred people never own so much ether, a province does."""
    transfers = index.tables["transfers"]
    amount = transfers.columns["amount"].copy()
    amount[np.flatnonzero((transfers.columns["payer"] >= 0) & (amount >= 0))[-1:]] = np.iinfo(np.int64).max
    wide = replace(transfers, columns={**transfers.columns, "amount": amount})
    return replace(index, tables={**index.tables, "transfers": wide})


def ask_all_ways(trail: Trail) -> None:
    """Follow one transfer under every policy, as questions do after a run: an officer who waits is no time to compile."""
    ledgers, landmarks = trail.ledgers, trail.landmarks
    rows = np.flatnonzero(ledgers.payer >= 0)[:1].tolist()
    seeds = [Stolen(row, int(ledgers.amount[row])) for row in rows]
    for policy in Policy if seeds else ():
        search(ledgers, landmarks, seeds, policy, TraceConfig())
    if seeds:
        search_drifting(ledgers, landmarks, seeds, TraceConfig())
