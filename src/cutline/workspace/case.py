"""A workspace: the stores of one case, and every stage and question that a person can put to them."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import asdict
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from cutline.errors import UsageError, WorkspaceError
from cutline.model.assets import take_decimals
from cutline.model.identifiers import is_pseudonym
from cutline.model.judgements import Judgement, Resolution, resolve_same, version_of_closed
from cutline.model.requests import Prepared
from cutline.model.tables import TABLES
from cutline.pipeline.stages import Progress, Stages, silent
from cutline.pipeline.token_lists import told_decimals
from cutline.settings import UNKNOWN, Settings
from cutline.store.audit import AuditLog
from cutline.store.judgements import JudgementBook
from cutline.store.keys import pseudonym_key
from cutline.store.lake import Lake
from cutline.store.past import PastLake
from cutline.store.requests import RequestBook
from cutline.store.watches import WatchBook
from cutline.workspace import listings, shelf
from cutline.workspace.checking import check_audit, check_book, check_gaps, check_library
from cutline.workspace.explaining import explain
from cutline.workspace.masking import Access, show_plain, shower
from cutline.workspace.summary import RunSummary, found_by, learned_by, not_assessable_by

if TYPE_CHECKING:  # a question of the last run does not wait for the engines of the next: they are imported where they work
    from cutline.pipeline.analysis import Analysis
    from cutline.pipeline.intake import IntakeReport
    from cutline.workspace.following import Wish

ABLATIONS = ("tags",)
MARKER = "demo.json"
"""Says of a workspace that a demo made it: all its records are simulated."""


class Workspace:
    """The open workspace. Use it as a context: `with Workspace.open(settings) as workspace`."""

    def __init__(self, lake: Lake, settings: Settings) -> None:
        self.lake = lake
        self._settings = settings
        self._folder = settings.workspace
        self._audit = AuditLog(self._folder)
        self._key = pseudonym_key(self._folder, settings.pseudonym_key)
        self.book = JudgementBook(self._folder, self._audit, shower(self._key, Access()))
        self.requests = RequestBook(self._folder, self._audit, shower(self._key, Access()))
        self.watches = WatchBook(self._folder, self._audit, shower(self._key, Access()))
        self.analysis: Analysis | None = None
        self.moment: datetime | None = None
        take_decimals(told_decimals(lake))

    @classmethod
    @contextmanager
    def open(cls, settings: Settings, create: bool = True) -> Iterator[Workspace]:
        """Open the stores of `settings.workspace`; create them only where a stage brings something in."""
        if not create and not (settings.workspace / "VERSION").exists():
            raise WorkspaceError(
                f"{settings.workspace}: no workspace here; expected one that `cutline ingest` or `cutline demo` has made; "
                "name it with --workspace DIR"
            )
        with Lake.open(settings.workspace) as lake:
            yield cls(lake, settings)

    def as_of(self, moment: datetime) -> Workspace:
        """Give the workspace as it stood at a moment: what was known and had happened by then, computed beside today's.

        Raises UsageError where nothing had been received yet.
        """
        past = copy(self)
        past.lake, past.moment, past.analysis = PastLake(self.lake, moment), moment.astimezone(UTC), None
        if not past.lake.batches().height:
            received = [at.astimezone(UTC) for at in self.lake.batches()["received_at"]]
            first = f"{min(received):%Y-%m-%d %H:%M} UTC" if received else ""
            since = f"the first delivery was received at {first}" if first else "nothing was ever delivered"
            raise UsageError(f"nothing was known as of {past.moment:%Y-%m-%d %H:%M} UTC: {since}; expected a later moment")
        return past

    def ingest(
        self, paths: Sequence[Path], as_kind: str = "", mapping: Path | None = None, progress: Progress = silent
    ) -> IntakeReport:
        """Read files and folders into the lake."""
        from cutline.pipeline.intake import take_in
        from cutline.pipeline.reading import IntakeOptions

        return take_in(self.lake, paths, IntakeOptions(as_kind, mapping), progress)

    def run(self, progress: Progress = silent, again: bool = False, stages: Stages | None = None) -> RunSummary:
        """Compute findings, ranks, rings, traces and alerts, if anything they rest on has changed since the last run."""
        judgements = self._judgements()
        resolution = resolve_same(judgements)
        state = self._state(resolution, judgements)
        last = shelf.last_summary(self.lake)
        if last is not None and last["state"] == state and not again:
            return RunSummary(**{**last, "unchanged": True})
        from cutline.pipeline.analysis import analyse
        from cutline.pipeline.ledger_files import keep_trail

        take_decimals(told_decimals(self.lake))
        stages = stages or Stages(progress)
        before = shelf.rings_of_last_run(self.lake) if self.moment is None else ()  # the past hands nothing on
        self.analysis = analyse(self.lake, stages, before, resolution=resolution, judgements=judgements)
        done = [asdict(s) for s in stages.done]
        told = (found_by(self.analysis), not_assessable_by(self.analysis), state, learned_by(self.analysis))
        at = self.moment.isoformat() if self.moment else None
        summary = RunSummary(False, done, *told, _judged(resolution, judgements), at)
        with stages.stage("save"):
            if self.moment is None:
                keep_trail(self.lake, self.analysis.trail, resolution)
            self.lake.keep_orders()
            shelf.shelve(self.lake, self.analysis, summary.plain())  # last: what says that nothing changed since
        return summary

    def _state(self, resolution: Resolution, judgements: Sequence[Judgement]) -> str:
        from cutline.typologies.catalogue import load_catalogue

        catalogue = ",".join(f"{t.id}={t.version}" for t in load_catalogue())
        return f"{shelf.release()}|{self.lake.generation}|{catalogue}{_judged(resolution, judgements)}"

    def event_counts(self) -> dict[str, int]:
        """How many events each table of the lake has."""
        return {name: self.lake.count_events(name) for name in TABLES}

    def show(self, access: Access) -> Callable[[str], str]:
        """How ids appear under an access."""
        return shower(self._key, access)

    def permit(self, access: Access, action: str = "unmask", asked: Mapping[str, Any] | None = None) -> None:
        """Check a wish to see the clear and write it, and what was asked for, into the audit log before anything is shown."""
        access.check()
        if access.unmask:
            told = show_plain({name: value for name, value in (asked or {}).items() if value}, self.show(Access()))
            self._audit.append(actor=self._settings.actor, action=action, reason=access.reason, detail=told)

    def findings(self, typology: str, subject: str, limit: int, access: Access) -> dict[str, Any]:
        """List findings, strongest first."""
        self._need_run()
        wanted = self._entity(subject) if subject else ""
        return self._dated(listings.findings(self.lake, typology, wanted, limit, self.show(access)))

    def alerts(self, warnings: bool, limit: int, access: Access) -> dict[str, Any]:
        """List alerts, most urgent first."""
        self._need_run()
        return self._dated(listings.alerts(self.lake, warnings, limit, self.show(access)))

    def rings(self, ring: str, limit: int, access: Access) -> dict[str, Any]:
        """List rings, or one ring's members."""
        self._need_run()
        return self._dated(listings.rings(self.lake, ring, limit, self.show(access), self._judgements()))

    def subjects(self, kind: str, least: float, limit: int, access: Access) -> dict[str, Any]:
        """List entities by rank."""
        self._need_run()
        return self._dated(listings.subjects(self.lake, (kind, least, limit), self.show(access)))

    def rejects(self, limit: int, access: Access) -> dict[str, Any]:
        """List rows that did not enter; what stood in them is shown only in the clear."""
        return listings.rejects(self.lake, limit, access)

    def explain(self, entity: str, access: Access, limit: int | None = None) -> dict[str, Any]:
        """Say why an entity stands where it stands, with so many of the events that rests on."""
        self._need_run()
        return self._dated(explain(self, self._entity(entity), access, limit))

    def trace(self, seed: str, wish: Wish, access: Access) -> dict[str, Any]:
        """Follow money from a report, a ring, a transfer, an account, a wallet or an address, as it is wished."""
        from cutline.workspace.following import follow

        named = self.named(seed)
        answer = follow(self.lake, named, wish, self.show(access), self.resolution, self._requests())
        # Who belongs to a ring was computed by the last run; where money went is told from the records as they are.
        return self._dated(answer) if shelf.is_ring(self.lake, named) else {**answer, "stale": False, "stale_by": []}

    def _dated(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Say of an answer that rests on the last run what came since: a version, records, judgements."""
        judgements = self._judgements()
        last = shelf.last_summary(self.lake) or {}
        judged = last.get("judged", "") != _judged(resolve_same(judgements), judgements)
        other = shelf.is_of_another_version(self.lake)
        newer = {"version": other, "records": shelf.is_stale(self.lake), "judgements": judged}
        stale = [what for what, since in newer.items() if since]
        return {**answer, "as_of": self.moment and self.moment.isoformat(), "stale": bool(stale), "stale_by": stale}

    def evaluate(
        self, truth: Path | None, answers: Path | None, ablate: str, access: Access, progress: Progress = silent
    ) -> dict[str, Any]:
        """Write answers and judge them; `ablate` computes a run of its own that sees less."""
        if ablate and ablate not in ABLATIONS:
            raise UsageError(f"--ablate is {ablate!r}, expected one of: {', '.join(ABLATIONS)}")
        if answers is not None and not access.unmask:
            raise UsageError('answers carry ids in the clear; say why: --unmask --reason "…" (it goes into the audit log)')
        self.permit(access, "export answers")
        from cutline.evaluation import without_tags
        from cutline.pipeline.analysis import analyse
        from cutline.workspace.evaluating import Run, judge_run

        if ablate:
            analysis: Analysis | None = analyse(self.lake, Stages(progress), (), without_tags, self.resolution)
        else:
            self.run(progress)
            analysis = self.analysis
        return judge_run(self.lake, Run(analysis, bool(ablate), self.resolution), truth, answers)

    def purge(self, today: date | None = None) -> dict[str, Any]:
        """Delete what is past its `delete_by`."""
        summary = self.lake.purge(today or datetime.now(UTC).date())
        self._audit.append(actor=self._settings.actor, action="purge", reason="past delete_by")
        return {**asdict(summary), "tombstones": self.lake.tombstones().height}

    def doctor(self) -> list[dict[str, Any]]:
        """Check the installation, the stores, the clock and the chain of audit."""
        checks = [
            {
                "name": "cutline",
                "ok": True,
                "found": f"{version('cutline')} on Python {platform.python_version()}, {sys.platform}",
            },
            {"name": "clock", "ok": datetime.now(UTC).year >= 2026, "found": datetime.now(UTC).isoformat(timespec="seconds")},
        ]
        checks += [{"name": c.name, "ok": c.good, "found": c.found} for c in self.lake.doctor()]
        checks += [check_gaps(self.lake, self.resolution), check_audit(self._audit), *self._book_checks(), check_library()]
        return checks

    def _book_checks(self) -> list[dict[str, Any]]:
        """Read every book as a command would: one that was altered is told, not met by surprise."""
        return [
            check_book("judgements", lambda: [j.status == "proposed" for j in self.book.all()]),
            check_book("requests", lambda: [not (r.approved_at or r.withdrawn_at) for r in self.requests.all()]),
            check_book("watches", lambda: [False for _ in self.watches.read().watches]),
        ]

    def _need_run(self) -> None:
        if shelf.last_summary(self.lake) is None:
            at = f" --as-of {self.moment.isoformat()}" if self.moment else ""
            when = f" as of {self.moment:%Y-%m-%d %H:%M:%S} UTC" if self.moment else ""
            raise WorkspaceError(
                f"{self._folder}: nothing computed yet{when}; run: cutline --workspace {quote(str(self._folder))} run{at}"
            )

    @property
    def resolution(self) -> Resolution:
        """Which entities officers judged to be one."""
        return resolve_same(self._judgements())

    def _judgements(self) -> list[Judgement]:
        return self.book.all(self.moment)

    def _requests(self) -> list[Prepared]:
        at, every = self.moment, self.requests.all()
        return every if at is None else [stood for one in every if (stood := one.as_of(at))]

    def named(self, name: str) -> str:
        """Give the id behind a pseudonym or a spelling of an id, and any other name (a report, a ring, a transfer) as it is."""
        if not name.strip():
            raise UsageError("an empty name, expected an id, a pseudonym, a report, a ring or a transfer")
        return self._entity(name) if is_pseudonym(name) else self.resolution.of(listings.spelled(name))

    def _entity(self, named: str) -> str:
        return self.resolution.of(self.entity(named))

    def entity(self, named: str) -> str:
        """Give the id that a person means by an id or a pseudonym."""
        return listings.entity_of(self.lake, named, self._key)

    @property
    def simulated(self) -> bool:
        """Whether a demo made this workspace."""
        return (self._folder / MARKER).is_file()

    @property
    def actor(self) -> str:
        """Who works here, as the audit log calls them."""
        return self._settings.actor

    @property
    def officer(self) -> str:
        """Who decides here; raises UsageError where nobody says so, for a decision of nobody can be asked of nobody."""
        if self.actor == UNKNOWN:
            raise UsageError("nobody is named who decides this; expected an officer's name or number in CUTLINE_ACTOR")
        return self.actor


def _judged(resolution: Resolution, judgements: Sequence[Judgement]) -> str:
    """Name what judgements in force an analysis rests on; empty where there are none."""
    same = f"|same={resolution.version}" if resolution.version else ""
    closed = version_of_closed(judgements)
    return same + (f"|decided={closed}" if closed else "")
