"""What posts and reports say, told to rooms that read no lexicon."""

from cutline.pipeline.saying import rows_saying
from cutline.rings import SCREENING_WORDS
from cutline.typologies.wording import lexicons
from tests.worlds import at, world


def test_every_word_that_screens_is_a_lexicon_that_serves_a_fraud():
    assert set(SCREENING_WORDS) <= set(lexicons())
    assert {lexicons()[name].serves for name in SCREENING_WORDS} == {"job"}


def test_each_lexicon_is_read_in_its_own_table_row_by_row():
    posts = [
        {"occurred_at": at(1), "kind": "job_advert", "author": "handle:hb/a", "title": "护照统一保管"},
        {"occurred_at": at(2), "kind": "job_advert", "author": "handle:hb/b", "title": "会计", "text": "护照统一保管"},
        {"occurred_at": at(3), "kind": "job_advert", "author": "handle:hb/c", "title": "会计"},
    ]
    reports = [{"occurred_at": at(1), "kind": "missing", "narrative": text} for text in ("护照被收走", None, "失联")]
    said = rows_saying(world(posts=posts, reports=reports))
    assert said["documents_held"].tolist() == [True, True, False]
    assert said["papers_taken"].tolist() == [True, False, False]
    assert not said["cannot_leave"].any()


def test_what_was_not_delivered_is_left_out():
    assert rows_saying(world()) == {}
    assert set(rows_saying(world(reports=[{"occurred_at": at(1), "kind": "missing"}]))) <= set(SCREENING_WORDS)
