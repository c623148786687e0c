"""A tag that no known list says is no fault, but told: with its place, and what may have been meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from cutline.typologies.catalogue import load_catalogue, read_typology
from cutline.typologies.tag_names import KNOWN_TAGS, find_hints
from cutline.workspace.typologies import check_typologies
from tests.typologies.test_faults import GOOD


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "x.yaml"
    path.write_text(text)
    return path


def hints(tmp_path: Path, text: str) -> list[str]:
    return [str(hint) for hint in find_hints(read_typology(written(tmp_path, text)).document)]


@pytest.mark.parametrize(
    ("line", "column", "meant"),
    [
        ("unless: \"tag(subject, 'payrol')\"\n", 23, "did you mean 'payroll'"),
        ("unless: \"tag(subject, 'Tour-Operator')\"\n", 23, "did you mean 'tour_operator'"),
        ("unless: \"tag(subject, 'zzz')\"\n", 23, "known: bridge, call_center"),
        ("unless: [\"count(transfers.in[ tag( payer , 'exchang') ], 48h) > 3\"]\n", 44, "did you mean 'exchange'"),
    ],
)
def test_a_slip_is_shown_at_its_place(tmp_path: Path, line: str, column: int, meant: str) -> None:
    (told,) = hints(tmp_path, GOOD + line)
    assert told.startswith(f"x.yaml:12:{column}: no known list says ")
    assert meant in told
    assert "a list of your own says it" in told


def test_every_place_is_looked_at_and_stories_are_not(tmp_path: Path) -> None:
    text = GOOD.replace("traps: [t]", "traps: [\"tag(subject, 'x')\"]").replace("> 3", "> 3 and not tag(subject, 'y')")
    told = hints(tmp_path, text + "strength: 0.1 * count(transfers.in[tag(payer, 'z')], 48h)\n")
    assert [one.split("'")[1] for one in told] == ["y", "z"]


@pytest.mark.parametrize("tag", KNOWN_TAGS)
def test_known_tags_are_no_slips(tmp_path: Path, tag: str) -> None:
    assert hints(tmp_path, f"{GOOD}unless: \"tag(subject, '{tag}')\"\n") == []


def test_the_shipped_catalogue_has_none() -> None:
    assert [hint for typology in load_catalogue() for hint in find_hints(typology.document)] == []


def test_check_tells_them_beside_the_faults(tmp_path: Path) -> None:
    shipped = load_catalogue()["pass-through-account"].path
    path = tmp_path / shipped.name
    path.write_text(shipped.read_text("utf-8") + "unless: [\"tag(subject, 'payrol')\"]\n", "utf-8")
    answer = check_typologies([path])
    assert (answer["checked"], answer["faults"]) == (1, [])
    assert answer["hints"][0]["meant"].startswith("did you mean 'payroll'")
