"""Stories inside a typology's file: read as a person writes them, and a wrong one points at its place."""

from __future__ import annotations

import json
import re
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


CELLS = {
    "amount: 14500 CNY": (
        ("amount: 14500", "an amount with its asset"),
        ("amount: Infinity CNY", "an amount with its asset"),
        ("amount: 1e99999999 CNY", "an amount with its asset"),
        ("amount: 1.005 CNY", "an amount with its asset"),
        ("amount: -5 CNY", "an amount with its asset"),
        ("amount: 5 QQQ", "an amount with its asset"),
        ("amount: [5 CNY]", "one text"),
        ("amount: 14500 CNY, times: 99999999999", "a whole number from 1 to 1,000"),
        ("amount: 14500 CNY, times: 1.5", "a whole number from 1 to 1,000"),
        ("amount: 14500 CNY, times: 3, every: -1h", "a time, like 10min"),
        ("amount: 14500 CNY, remote_session: maybe", "true or false"),
        ("amount: 14500 CNY, rail: banc", "did you mean 'bank'?"),
        ("amount: 14500 CNY, device: phone:1", "of the kind: one of: device"),
        ("amount: 14500 CNY, device: '{n%0}'", "{n}, {45+n} or {n%3}"),
    ),
    "{at: 1d 10h, payer": (("{at: tomorrow, payer", "like 1d 10h 30min"), ("{at: 9999999999d, payer", "a hundred years")),
}


@pytest.mark.parametrize(("old", "new", "expected"), [(old, *case) for old, cases in CELLS.items() for case in cases])
def test_a_cell_that_is_none_is_shown_where_it_stands(tmp_path, old, new, expected):
    path = edited(tmp_path, old, new)
    with pytest.raises(TypologyMeaningError) as error:
        tell_stories(read_typology(path))
    assert expected in str(error.value)
    lines = path.read_text("utf-8").splitlines()
    changed = lines[error.value.place.line - 1]
    assert new.strip("{") in changed
    assert error.value.place.column > changed.index(new.split(":")[0].strip("{"))


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


UNFINISHED = {
    "no look-alike": (lambda t: t.replace("  look-alike:", "  another:"), "no story 'look-alike'", "the four stories"),
    "no mark": (lambda t: re.sub(r"(?m)^source: .*$", 'source: "80 % out"', t), "no mark of where", "secondary"),
    "no Chinese": (
        lambda t: re.sub(r'(?m)^  zh: "6.*$', '  zh: "money came and went"', t),
        "no Chinese in 'reason'",
        "sign it",
    ),
    "no Chinese title": (lambda t: re.sub(r"(?m)^  zh: 资.*$", "  zh: money gone", t), "no Chinese in 'title'", ""),
    "another end": (lambda t: t.replace("  look-alike:\n", "  look-alike:\n    expect: hit\n"), "'hit' for the story", "clear"),
    "no end": (lambda t: f"{t}  free:\n    subject: a\n    rows: {{}}\n", "no end for the story 'free'", "not_assessable"),
}


@pytest.mark.parametrize("what", UNFINISHED)
def test_what_is_not_finished_does_not_pass_the_check(tmp_path, what):
    change, found, expected = UNFINISHED[what]
    path = tmp_path / "pass-through-account.yaml"
    path.write_text(change(SHIPPED.read_text("utf-8")), "utf-8")
    result = CliRunner().invoke(app, ["typologies", "check", str(path), "--json"])
    assert result.exit_code == 1
    (fault,) = json.loads(result.stdout)["faults"]
    assert found in fault["found"]
    assert expected in fault["expected"]
    assert fault["line"] > 1


NIGHT = """id: night-calls
title: {en: calls at night, zh: 夜间来电}
flow: information
subject: phone
on: contacts.in
when: count(contacts.in[night], 1h) >= 1
reason: {en: a call at night, zh: 夜间来电}
basis: b
source: ours
traps: [t]
tests:
  defaults: CLOCK
  hit: &
    subject: phone:+8613900000001
    rows: {contacts: [{at: 1d 23h, source: phone:+8613900000002, target: phone:+8613900000001}]}
  boundary: &
    subject: phone:+8613900000001
    rows: {contacts: [{at: 1d 6h, source: phone:+8613900000002, target: phone:+8613900000001}]}
"""


def night_calls(folder: Path, clock: str) -> dict[str, bool]:
    text = NIGHT.replace(" &", "").replace("CLOCK", clock)
    (folder / "night-calls.yaml").write_text(text, "utf-8")
    return {one.story: one.good for one in tell_stories(read_typology(folder / "night-calls.yaml"))}


def test_a_story_is_told_on_the_clock_that_it_names(tmp_path):
    assert night_calls(tmp_path, '{clock: "+08:00"}') == {"hit": True, "boundary": True}
    assert night_calls(tmp_path, "{}") == {"hit": False, "boundary": True}
    with pytest.raises(TypologyMeaningError, match=r"the clock '8h'; expected how far it is ahead of UTC"):
        night_calls(tmp_path, "{clock: 8h}")
