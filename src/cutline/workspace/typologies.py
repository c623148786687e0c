"""The typologies as a person asks for them: which there are, what one says, and whether a file can be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cutline.errors import TypologyError
from cutline.typologies.catalogue import Typology, load_catalogue, read_typology
from cutline.typologies.completeness import check_complete
from cutline.typologies.stories import check_stories, tell_stories
from cutline.typologies.tag_names import Hint, find_hints


def list_typologies() -> dict[str, Any]:
    """List the shipped typologies by id."""
    known = load_catalogue()
    return {"typologies": [_line(typology) for typology in known], "total": len(known)}


def show_typology(name: str) -> dict[str, Any]:
    """Give one typology with its text as it was written. Raises UsageError where there is none of that id."""
    typology = load_catalogue()[name]
    return {
        **_line(typology),
        "version": typology.version,
        "basis": typology.basis,
        "source": typology.source,
        "traps": list(typology.traps),
        "text": typology.path.read_text("utf-8"),
    }


def check_typologies(paths: Sequence[Path]) -> dict[str, Any]:
    """Check the named files, or the shipped ones; of each wrong one the first fault with file, line and column.

    `hints`: words that are no fault and may be slips, such as a tag that no known list says.
    """
    files = list(paths) or [typology.path for typology in load_catalogue()]
    faults = []
    hints: list[dict[str, Any]] = []
    for path in files:
        try:
            document = read_typology(path).document
            check_complete(document)
            check_stories(document)
            hints += [{"file": str(path), **_hint(hint)} for hint in find_hints(document)]
        except TypologyError as error:
            place = error.place
            told = {"line": place.line, "column": place.column, "found": error.found, "expected": error.expected}
            faults.append({"file": str(path), **told, "message": str(error)})
    return {"checked": len(files), "faults": faults, "hints": hints}


def _hint(hint: Hint) -> dict[str, Any]:
    told = {"line": hint.place.line, "column": hint.place.column, "found": hint.found, "meant": hint.meant}
    return {**told, "message": str(hint)}


def tell_typologies(names: Sequence[str]) -> dict[str, Any]:
    """Run the stories inside the named typologies (files or ids), or the shipped ones: what each should end as, and does."""
    chosen = [typology_of(name) for name in names] or list(load_catalogue())
    told = [told for typology in chosen for told in tell_stories(typology)]
    lines = [{**asdict(one), "expected": str(one.expected), "found": str(one.found), "good": one.good} for one in told]
    return {"typologies": len(chosen), "stories": lines, "failed": sum(not one.good for one in told)}


def typology_of(name: str) -> Typology:
    """Give the typology that a person names: a file, or the id of a shipped one. Raises TypologyError, UsageError."""
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        return read_typology(path)
    return load_catalogue()[name]


def _line(typology: Typology) -> dict[str, Any]:
    return {
        "id": typology.id,
        "title_en": typology.title.en,
        "title_zh": typology.title.zh,
        "flow": str(typology.flow),
        "subject": typology.subject,
        "warning": typology.warning,
    }
