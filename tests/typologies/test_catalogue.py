"""One contract for every typology of the shipped catalogue."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from cutline.model.evidence import to_plain
from cutline.typologies.catalogue import Catalogue, Typology, load_catalogue, needed_columns
from cutline.typologies.compiler import Piece
from cutline.typologies.detection import detect
from cutline.typologies.findings import write
from cutline.typologies.stories import EXPECTED, read_story, tell_stories

CATALOGUE = load_catalogue()


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


@pytest.mark.parametrize("typology", list(CATALOGUE), ids=lambda t: t.id)
def test_every_story_of_a_typology_ends_as_it_says(typology: Typology) -> None:
    assert not [told for told in tell_stories(typology) if not told.good]


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


@pytest.mark.parametrize("typology", list(CATALOGUE), ids=lambda t: t.id)
def test_a_number_that_things_follow_says_what_one_of_them_is_called(typology: Typology) -> None:
    (compiled,) = Catalogue((typology,)).compiled
    for pieces in (rules.reason_en for rules in compiled.rules):
        for piece, after in pairwise(pieces):
            if piece.form == "number" and not piece.nouns:
                word = after.words.split(" ")[1].strip(".,;:") if after.words.startswith(" ") else ""
                assert not word.endswith("s"), f"'1 {word}': write {{…:{word[:-1]}|{word}}}"
                assert word not in {"people", "cell"}


def test_one_payer_is_no_payers() -> None:
    piece = Piece("", None, "number", nouns=("payer", "payers"))
    assert write(1.0, 1.0, piece, "en") == "1 payer"
    assert write(1.0, 5.0, piece, "en") == "at least 1 payer"
    assert write(-math.inf, 3.0, piece, "en") == "at most 3 payers"
    assert write(-math.inf, math.inf, piece, "en") == "an unknown number of payers"


def test_the_index_needs_only_what_some_typology_asks_for() -> None:
    needed = needed_columns(CATALOGUE)
    assert {"payer", "payee", "amount", "asset"} <= set(needed["transfers"])
    assert "text" not in needed["contacts"]
    assert "region" not in {c for columns in needed.values() for c in columns}
