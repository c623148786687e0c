"""Letters that come back, two letters shared, times from any step: outcome by outcome as a brute-force matcher."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cutline.errors import TypologyError
from cutline.typologies import matching
from cutline.typologies.catalogue import load_catalogue, needed_columns
from cutline.typologies.detection import detect
from tests.typologies.test_meaning import HEAD, PHONES, swept
from tests.typologies.test_sequences import TIES, A, B, C, called, equal_the_reference, paid
from tests.worlds import at, world

STORIES = {
    "loop": """
steps:
  - one: transfers A -> B [channel != 'qr']
  - two: transfers B -> C, within 12h after one
  - three: transfers C -> A, within 12h after two
when:
  - count(three) >= 1
""",
    "back": """
steps:
  - one: transfers A -> B
  - two: "transfers B -> A [value > 1 CNY], 1h to 9h after one"
when:
  - distinct(two.channel) >= 1 or sum(two.value) > 5 CNY
""",
    "twice": """
about: B
steps:
  - one: transfers A -> B, 2 times
  - two: transfers A -> B [channel = 'mobile'], within 20h after one
when:
  - count(two) >= 1
""",
    "timed": """
steps:
  - one: transfers A -> B
  - two: transfers B -> C, within 9h after one
  - three: transfers C -> * [channel != 'qr'], 2h to 12h after one
when:
  - count(three) >= 1
""",
    "tied": """
about: P
steps:
  - called: contacts P -> phone of B [duration_s > 5min]
  - paid: transfers B -> C, within 20h after called
  - again: contacts P -> phone of C, within 30h after called
when:
  - count(again) >= 1
""",
    "varied": """
steps:
  - one: transfers A -> C, 2 different A
  - two: transfers C -> D, within 20h after one
  - three: transfers D -> C, within 20h after one
when:
  - count(three) >= 1
""",
    "guarded": """
steps:
  - one: transfers A -> B
  - fresh: "no transfers * -> B [channel = 'qr'], within 9h before two"
  - kept: no transfers B -> * [value > 3 CNY], between one and two
  - two: transfers B -> A, within 20h after one
when:
  - count(two) >= 1
""",
}


def told(folder: Path, name: str) -> Path:
    """A folder with one of the stories."""
    subject = "phone" if name == "tied" else "account"
    head = HEAD.format(name).replace("subject: account", f"subject: {subject}")
    (folder / f"{name}.yaml").write_text(head + STORIES[name].strip() + "\n")
    return folder


@pytest.mark.parametrize("name", STORIES)
def test_matches_equal_brute_force(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    catalogue = load_catalogue(told(tmp_path_factory.mktemp(name), name))
    assert catalogue.compiled[0].rules[0].match is not None
    equal_the_reference(catalogue, name, examples=60)


def judged(folder: Path, name: str, **tables: Any) -> dict[str, list[str]]:
    """The outcomes of a story, by subject."""
    catalogue = load_catalogue(told(folder, name))
    index = world(tables.pop("covered", (at(-9), at(30))), tables.pop("houses", None), ties=TIES, **tables)
    out: dict[str, list[str]] = {}
    for who, _, outcome in swept(index, catalogue)[name]:
        out.setdefault(who, []).append(outcome)
    return out


def test_a_round_ends_where_it_began(tmp_path: Path) -> None:
    way = [paid(1, A, B), paid(2, B, C)]
    assert judged(tmp_path, "loop", transfers=[*way, paid(3, C, A)])[C] == ["hit"]
    assert judged(tmp_path, "loop", transfers=[*way, paid(3, C, B)])[C] == ["clear"]
    assert judged(tmp_path, "loop", transfers=[way[1], paid(2.5, A, B), paid(3, C, A)])[C] == ["clear"]


def test_two_letters_are_shared_and_either_is_the_subject(tmp_path: Path) -> None:
    there = [paid(1, A, B), paid(3, B, A)]
    assert judged(tmp_path, "back", transfers=there)[B] == ["hit"]
    assert judged(tmp_path, "back", transfers=[*there[:1], paid(3, B, C)])[B] == ["clear"]
    again = [paid(1, A, B), paid(2, A, B), paid(3, A, B)]
    assert judged(tmp_path, "twice", transfers=again)[B] == ["clear", "clear", "hit"]
    assert judged(tmp_path, "twice", transfers=[paid(1, C, B), *again[1:]])[B] == ["clear"] * 3


def test_a_time_counts_from_any_step_before(tmp_path: Path) -> None:
    for after, outcome in ((1.9, "clear"), (2, "hit"), (11.9, "hit"), (12, "clear")):
        money = [paid(10, A, B), paid(10.5, B, C), paid(10 + after, C, A)]
        assert judged(tmp_path, "timed", transfers=money)[C] == [outcome], after


def test_all_steps_are_cited(tmp_path: Path) -> None:
    money = [paid(1, A, B), paid(2, B, C), paid(3, C, A), paid(2.5, B, A)]
    index = world((at(-9), at(30)), transfers=money)
    found = {f.subject: f for f in detect(index, load_catalogue(told(tmp_path, "loop"))).findings}
    assert {c.event_id for c in found[C].citations} == {str(k) for k in range(3)} or len(found[C].citations) == 3
    talk = [called(h) for h in (1, 5)]
    (tmp_path / "tied").mkdir()
    rows = {"contacts": [talk[0], {**talk[1], "target": PHONES[2]}], "transfers": [paid(2, B, A)]}
    (finding,) = detect(world((at(-9), at(30)), ties=TIES, **rows), load_catalogue(told(tmp_path / "tied", "tied"))).findings
    assert Counter(c.table for c in finding.citations) == {"contacts": 2, "transfers": 1}


def test_a_hit_is_known_when_its_latest_row_is(tmp_path: Path) -> None:
    money = [{**paid(1, A, B), "known_at": at(9)}, {**paid(2, B, C), "known_at": at(3)}, {**paid(3, C, A), "known_at": at(4)}]
    (finding,) = detect(world((at(-9), at(30)), transfers=money), load_catalogue(told(tmp_path, "loop"))).findings
    assert finding.known_at == at(9)


def test_a_search_that_its_budget_ends_does_not_know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    money = [*(paid(1 + k / 100, B, C) for k in range(50)), paid(3, C, A)]
    assert judged(tmp_path, "loop", transfers=money)[C] == ["clear"]
    monkeypatch.setattr(matching, "BUDGET", 20)
    detection = detect(world((at(-9), at(30)), transfers=money), load_catalogue(tmp_path))
    told_of = detection.not_assessable["loop"]
    assert (told_of.events, told_of.missing) == (
        1,
        ("transfers.out: rows with unknown values", "sequences: searches that their budget ended"),
    )


def test_what_was_not_delivered_at_all_ends_no_sequence(tmp_path: Path) -> None:
    catalogue = load_catalogue(told(tmp_path, "tied"))
    index = world((at(-9), at(30)), ties=TIES, contacts=[called(1), {**called(5), "target": PHONES[2]}])
    del index.tables["transfers"]
    detection = detect(index, catalogue)
    assert (detection.findings, detection.not_assessable["tied"].events) == ((), 2)


def test_the_index_holds_what_the_steps_ask_for(tmp_path: Path) -> None:
    needed = needed_columns(load_catalogue(told(tmp_path, "tied")))
    assert {"source", "target", "duration_s"} <= set(needed["contacts"])
    assert {"payer", "payee"} <= set(needed["transfers"])
    assert {"a", "b", "relation"} <= set(needed["ties"])


FAULTS = {
    "one: transfers A -> B|two: transfers B -> A": (12, "within <duration> after one"),
    "one: transfers A -> B|two: transfers B -> A, within 2h after three": (12, "or after a step before it"),
    "one: transfers A -> A|two: transfers A -> B, within 2h after one": (11, "two letters"),
    "one: transfers A -> B|two: transfers B -> C, 3h to 5h after one|x: transfers C -> A, within 2h after one": (13, "no time"),
    "one: transfers A -> B|two: transfers C -> D, within 2h after one|x: transfers D -> C, within 2h after two": (12, "A or B"),
    "one: transfers A -> B, 2 different A|two: transfers B -> A, within 2h after one": (11, "a letter in the place of *"),
}


@pytest.mark.parametrize("steps", FAULTS)
def test_steps_that_cannot_be_joined_are_refused_at_their_place(tmp_path: Path, steps: str) -> None:
    line, expected = FAULTS[steps]
    lines = "".join(f"  - {step}\n" for step in steps.split("|"))
    (tmp_path / "x.yaml").write_text(f"{HEAD.format('x')}steps:\n{lines}when: count(two) >= 1\n")
    with pytest.raises(TypologyError) as raised:
        load_catalogue(tmp_path)
    assert expected in str(raised.value)
    assert raised.value.place.line == line


def test_only_the_last_step_is_measured_where_letters_come_back(tmp_path: Path) -> None:
    text = told(tmp_path, "loop").joinpath("loop.yaml").read_text().replace("count(three)", "count(two)")
    (tmp_path / "loop.yaml").write_text(text)
    with pytest.raises(TypologyError, match=r"a measure of the step 'two'; expected three, as in count\(three\)"):
        load_catalogue(tmp_path)


def test_the_subject_is_a_letter_of_the_last_step(tmp_path: Path) -> None:
    text = told(tmp_path, "loop").joinpath("loop.yaml").read_text()
    (tmp_path / "loop.yaml").write_text(f"{text}about: B\n")
    with pytest.raises(TypologyError, match="expected C or A: a letter of the last step"):
        load_catalogue(tmp_path)
    (tmp_path / "loop.yaml").write_text(f"{text}about: A\n")
    money = [paid(1, A, B), paid(2, B, C), paid(3, C, A)]
    (finding,) = detect(world((at(-9), at(30)), transfers=money), load_catalogue(tmp_path)).findings
    assert finding.subject == A
