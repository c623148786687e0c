"""The catalogue: every typology that Cutline knows, read and checked, as data that an investigator can list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path

from cutline.errors import UsageError
from cutline.model.entities import Flow, Label
from cutline.model.tables import TABLES
from cutline.typologies.compiler import Compiled, compile_documents
from cutline.typologies.document import Document, read_document
from cutline.typologies.histories import ACTIVE
from cutline.typologies.plan import Match, Plan
from cutline.typologies.relations import PATTERNS
from cutline.typologies.vocabulary import ENDS, Stream, word_of


@dataclass(frozen=True, slots=True)
class Typology:
    """One typology as a reader meets it: what it looks for, on what basis, and what it may be confused with."""

    id: str
    version: str
    title: Label
    flow: Flow
    subject: str
    warning: bool
    basis: str
    source: str
    traps: tuple[str, ...]
    path: Path
    document: Document


@dataclass(frozen=True)
class Catalogue:
    """Checked typologies in the order of their ids."""

    typologies: tuple[Typology, ...]

    def __iter__(self) -> Iterator[Typology]:
        return iter(self.typologies)

    def __len__(self) -> int:
        return len(self.typologies)

    def __getitem__(self, name: str) -> Typology:
        for typology in self.typologies:
            if typology.id == name:
                return typology
        raise UsageError(f"no typology '{name}'; known: {', '.join(t.id for t in self.typologies)}")

    @cached_property
    def compiled(self) -> tuple[Compiled, ...]:
        """The plans that the typologies share."""
        return compile_documents(t.document for t in self.typologies)


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Read and check all typologies of a folder, or the shipped ones. Raises TypologyError at the first that is wrong."""
    return _read_catalogue(folder) if folder is not None else _shipped()


@cache
def _shipped() -> Catalogue:
    return _read_catalogue(Path(str(files("cutline.typologies").joinpath("catalogue"))))


def _read_catalogue(folder: Path) -> Catalogue:
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder with typologies (*.yaml)")
    catalogue = Catalogue(tuple(_typology(read_document(path)) for path in sorted(folder.glob("*.yaml"))))
    catalogue.compiled  # noqa: B018  checks every expression now, not at the first run
    return catalogue


def read_typology(path: Path) -> Typology:
    """Read and check one typology's file. Raises TypologyError with the place of its first fault."""
    typology = _typology(read_document(path))
    compile_documents([typology.document])
    return typology


def needed_columns(catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    """Say which columns of which tables the index must hold: only those that some typology asks for.

    Facts say since when an entity exists, before which no history of it can be missing.
    """
    wanted: dict[str, dict[str, None]] = {"facts": dict.fromkeys(("entity", "attribute", "valid_from"))}
    for compiled in catalogue.compiled:
        _of_plan(compiled.plan, wanted)
        for rules in compiled.rules:
            for program in (*rules.when, rules.unless):
                if program is not None and program.tags:
                    _lists(wanted)
    return {table: tuple(wanted[table]) for table in TABLES if table in wanted}


def _of_plan(plan: Plan, wanted: dict[str, dict[str, None]]) -> None:
    for stream in plan.streams:
        _of_stream(stream, wanted)
    for table, name in (
        *plan.columns,
        *((plan.selections[plan.lanes[o.lane].selection].stream.table, o.column) for o in plan.outputs),
        *((plan.selections[s.selection].stream.table, s.different) for s in (lane.since for lane in plan.lanes) if s),
    ):
        word = word_of(table, name) if name else None
        if word is not None:
            wanted[table] |= dict.fromkeys(word.needs)
    for output in plan.outputs:
        table = plan.selections[plan.lanes[output.lane].selection].stream.table
        if output.aggregate == ACTIVE:
            wanted[table] |= dict.fromkeys(("valid_from", "valid_to"))
        if output.aggregate in PATTERNS:
            wanted[table] |= dict.fromkeys((*ENDS[table], *(("amount", "asset") if output.keeping else ())))
    if any(program.tags for program in plan.filters.values()):
        _lists(wanted)
    if plan.asks:
        _records(plan.asks, wanted)
    for inner in (*(crowd.plan for crowd in plan.crowds), *(peering.plan for peering in plan.peerings)):
        _of_plan(inner, wanted)
    for match in plan.matches:
        _of_match(match, wanted)
    for mark in plan.marks:
        _of_stream(mark.stream, wanted)
        _of_plan(mark.plan, wanted)


def _of_match(match: Match, wanted: dict[str, dict[str, None]]) -> None:
    for step in (*match.steps, *(guard for _, guard in match.guards)):
        wanted.setdefault(step.table, {}).update(dict.fromkeys(ENDS[step.table]))
        _of_plan(step.plan, wanted)
        for stream in (end.stream for end in step.ends if end.stream is not None):
            _of_stream(stream, wanted)


def _of_stream(stream: Stream, wanted: dict[str, dict[str, None]]) -> None:
    wanted.setdefault(stream.table, {})[stream.role] = None
    if stream.via:
        wanted.setdefault("ties", {}).update(dict.fromkeys(("a", "b", "relation", "valid_from", "valid_to")))


def _records(asks: list[str], wanted: dict[str, dict[str, None]]) -> None:
    if "fact" in asks:
        wanted["facts"].update(dict.fromkeys(("value", "valid_to")))
    if "tied" in asks:
        wanted.setdefault("ties", {}).update(dict.fromkeys(("a", "b", "relation", "valid_from", "valid_to")))


def _lists(wanted: dict[str, dict[str, None]]) -> None:
    columns = ("entity", "tag", "list", "list_version", "valid_from", "valid_to")
    wanted.setdefault("tags", {}).update(dict.fromkeys(columns))


def _typology(document: Document) -> Typology:
    traps = document.plain("traps")
    if not isinstance(traps, list) or not traps:
        raise document.meaning(document.nodes["traps"], "no traps", "a list of innocent look-alikes")
    return Typology(
        id=document.text("id"),
        version=document.version,
        title=document.label("title"),
        flow=Flow(document.text("flow")),
        subject=document.text("subject"),
        warning=document.text("warning") == "true",
        basis=document.text("basis"),
        source=document.text("source"),
        traps=tuple(str(t) for t in traps),
        path=document.path,
        document=document,
    )
