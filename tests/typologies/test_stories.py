"""Stories inside a typology's file: read as a person writes them, and a wrong one points at its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cutline.cli.app import app
from cutline.errors import TypologyMeaningError
from cutline.typologies.catalogue import load_catalogue, read_typology
from cutline.typologies.stories import tell_stories

SHIPPED = load_catalogue()["pass-through-account"].path


def edited(folder: Path, old: str, new: str) -> Path:
    text = SHIPPED.read_text("utf-8")
    assert old in text
    path = folder / "pass-through-account.yaml"
    path.write_text(text.replace(old, new), "utf-8")
    return path


def test_a_moved_threshold_makes_its_boundary_story_differ(tmp_path):
    path = edited(tmp_path, "between 80 % *", "between 79 % *")
    told = {one.story: one for one in tell_stories(read_typology(path))}
    assert told["hit"].good
    assert not told["boundary"].good
    result = CliRunner().invoke(app, ["typologies", "test", str(path), "--json"])
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert answer["failed"] == 1
    assert [t["story"] for t in answer["stories"] if not t["good"]] == ["boundary"]


def test_shipped_typologies_are_told_by_id():
    result = CliRunner().invoke(app, ["typologies", "test", "sim-box", "pass-through-account"])
    assert result.exit_code == 0
    assert "2 typologies, 0 end otherwise" in result.stdout


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("amount: 14500 CNY", "amount: 14500", "transfers.amount is '14500'"),
        ("{at: 1d 10h, payer", "{at: yesterday, payer", "the moment 'yesterday'"),
        ("{at: 1d 12h, payer", "{at: 1d 12h, payor", "transfers has no column 'payor'"),
        ("expect: clear", "expect: free", "expects 'free'"),
        ("    why: a landlord pays", "    reason: a landlord pays", "a story has no key 'reason'"),
        ("    rows:\n      transfers:", "    rows:\n      transfer:", "'transfer' is no table"),
    ],
)
def test_a_story_that_cannot_be_read_says_where_and_what(tmp_path, old, new, found):
    path = edited(tmp_path, old, new)
    with pytest.raises(TypologyMeaningError, match=r"^pass-through-account\.yaml:") as error:
        tell_stories(read_typology(path))
    assert found in str(error.value)
    assert error.value.place.line > 25
