"""One contract for every typology of the shipped catalogue."""

from __future__ import annotations

from typing import Any

import pytest

from cutline.model.evidence import to_plain
from cutline.typologies.catalogue import Catalogue, Typology, load_catalogue, needed_columns
from cutline.typologies.detection import detect, outcomes
from cutline.typologies.sweep import HIT, NOT_ASSESSABLE
from tests.typologies.stories import EXPECTED, read_story

CATALOGUE = load_catalogue()
STORIES = [(t, name) for t in CATALOGUE for name in t.document.plain("tests") if name != "defaults"]


def answer(typology: Typology, story: dict[str, Any]) -> str:
    tests = typology.document.plain("tests")
    index = read_story(story, tests.get("defaults", {}))
    got = {o for _, s, _, o in outcomes(index, Catalogue((typology,))) if s == story["subject"]}
    return "hit" if HIT in got else "not_assessable" if NOT_ASSESSABLE in got else "clear"


@pytest.mark.parametrize("typology", list(CATALOGUE), ids=lambda t: t.id)
def test_every_typology_says_what_it_rests_on(typology: Typology) -> None:
    tests = typology.document.plain("tests")
    assert tests.keys() >= EXPECTED.keys(), "a hit, a look-alike, a boundary and missing data"
    assert any(mark in typology.source for mark in ("law", "secondary", "ours", "general")), "where the numbers come from"
    assert typology.title.en
    assert typology.title.zh
    assert typology.basis
    assert typology.traps
    assert len(typology.version) == 12


@pytest.mark.parametrize(("typology", "name"), STORIES, ids=lambda v: v if isinstance(v, str) else v.id)
def test_every_story_of_a_typology_ends_as_it_says(typology: Typology, name: str) -> None:
    story = typology.document.plain("tests")[name]
    assert answer(typology, story) == story.get("expect", EXPECTED.get(name)), story.get("why", name)


@pytest.mark.parametrize("typology", list(CATALOGUE), ids=lambda t: t.id)
def test_a_hit_becomes_a_finding_with_reason_and_rows(typology: Typology) -> None:
    tests = typology.document.plain("tests")
    index = read_story(tests["hit"], tests.get("defaults", {}))
    detection = detect(index, Catalogue((typology,)))
    found = [f for f in detection.findings if f.subject == tests["hit"]["subject"]]
    assert found
    for finding in found:
        assert finding.typology == typology.id
        assert 0 <= finding.strength <= 1
        assert finding.warning == typology.warning
        assert finding.citations
        assert finding.first_at <= finding.last_at
        assert "{" not in finding.reason_en + finding.reason_zh
        assert "nan" not in finding.reason_en + finding.reason_zh
        assert to_plain(finding)
    assert detect(index, Catalogue((typology,))) == detection


def test_the_index_needs_only_what_some_typology_asks_for() -> None:
    needed = needed_columns(CATALOGUE)
    assert {"payer", "payee", "amount", "asset"} <= set(needed["transfers"])
    assert "text" not in needed["contacts"]
    assert "region" not in {c for columns in needed.values() for c in columns}
