"""Lexicons: what they find, what they leave alone, and that none of them can screen anything but fraud."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from cutline.errors import TypologyMeaningError
from cutline.typologies.wording import FRAUDS, Lexicon, lexicons, read_lexicon, said

LEXICONS = lexicons()


def found(name: str, *texts: str | None) -> list[bool]:
    return LEXICONS[name].said_in(pa.array(texts, pa.string())).tolist()


@pytest.mark.parametrize("lexicon", LEXICONS.values(), ids=lambda v: v.id)
def test_every_lexicon_serves_a_kind_of_fraud_and_says_where_its_words_come_from(lexicon: Lexicon) -> None:
    assert lexicon.serves in FRAUDS
    assert any(mark in lexicon.source for mark in ("secondary", "law", "ILO", "format"))
    assert lexicon.title.en
    assert lexicon.title.zh


def test_the_kinds_of_fraud_hold_no_speech_and_no_politics() -> None:
    assert set(FRAUDS) == {"job", "investment", "virtual_world", "contrary"}


def test_words_are_found_in_both_languages_and_any_width() -> None:
    assert found("no_skill", "NO EXPERIENCE needed", "会打字就行", "需三年以上经验", None) == [True, True, False, False]
    assert found("off_platform_contact", "加ＴＥＬＥＧＲＡＭ聊", "telegrams of old", "加飞机") == [True, False, True]


def test_english_words_are_whole_and_spaces_are_any() -> None:
    assert found("work_abroad", "a laosian", "job  abroad", "Laos!") == [False, True, True]


def test_a_row_is_unknown_only_where_nothing_is_said_and_something_is_missing() -> None:
    titles = (np.array([0, 1, 1, -1], np.int32), pa.array(["不用经验", "会计"]))
    texts = (np.array([-1, -1, 0, 0], np.int32), pa.array(["就近上班"]))
    assert said(LEXICONS["no_skill"], [titles, texts]).tolist() == [1, -1, 0, -1]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("serves: job", "serves: politics"), "opinions are not screened"),
        (("reads: [title, text]", "reads: [narrative]"), "columns of"),
        (("id: no_skill", "id: other"), "the file's name"),
        (("source:", "because:"), "exactly"),
        (("[no experience,", "[a,"), "two or more"),
    ],
)
def test_a_lexicon_that_is_not_one_is_refused_by_name(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    import cutline.typologies

    shipped = Path(str(cutline.typologies.__path__[0])) / "lexicon" / "no_skill.yaml"
    path = tmp_path / "no_skill.yaml"
    path.write_text(shipped.read_text("utf-8").replace(*change), "utf-8")
    with pytest.raises(TypologyMeaningError, match=r"no_skill\.yaml") as fault:
        read_lexicon(path)
    assert told in str(fault.value)
