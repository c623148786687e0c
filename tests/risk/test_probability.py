"""Decided cases teach a probability: mules of many gangs against people with a look-alike's finding."""

from functools import cache

import numpy as np
import pytest

from cutline.risk import rank
from cutline.risk.calibration import FEWEST, reliability
from cutline.risk.decided import DecidedCases, belonging, columns_of
from cutline.risk.learning import missing_library
from cutline.risk.probability import learn_from
from tests.risk.gangs import build, finding, province

pytestmark = pytest.mark.skipif(bool(missing_library()), reason=missing_library() or "LightGBM loads")


@cache
def _world():
    """Thirty gangs of eight; two kinds of findings on both sides, of which the rank cannot know that one is mostly wrong."""
    chance = np.random.default_rng(6)
    index = build(province(2, {f"g{k}": 8 for k in range(30)}, people=300))
    names = [name for name in index.entities.to_pylist() if name.startswith(("account:CN/ABC/o", "account:CN/ICBK/g"))]
    names = [name for name in names if "/o" in name or "-m" in name]
    findings = []
    for name in names:
        mule = "-m" in name
        if chance.random() < (0.8 if mule else 0.1):
            findings.append(finding(index, name, typology="telling", strength=float(chance.uniform(0.3, 0.6))))
        if chance.random() < (0.2 if mule else 0.7):
            findings.append(finding(index, name, typology="loud", strength=float(chance.uniform(0.6, 0.9))))
    codes = np.array([index.code(name) for name in names], np.int32)
    return rank(index, findings), codes, np.array(["-m" in name for name in names]).astype(np.int8)


def _cases(codes, labels):
    return DecidedCases(codes, np.arange(len(codes), dtype=np.int64), labels)


@cache
def _half():
    ranking, codes, labels = _world()
    known = np.random.default_rng(7).random(len(codes)) < 0.5
    return ranking, codes[~known], labels[~known], learn_from(ranking, _cases(codes[known], labels[known]))


def _told(judged, codes):
    return judged.probability[np.searchsorted(judged.codes, codes)]


def test_too_few_cases_of_a_kind_teach_nothing_and_it_says_so():
    ranking, codes, labels = _world()
    few = np.concatenate([np.flatnonzero(labels == 1)[: FEWEST - 1], np.flatnonzero(labels == 0)])
    judged = learn_from(ranking, _cases(codes[few], labels[few]))
    assert f"at least {FEWEST}" in judged.refused
    assert judged.of(ranking, int(codes[0])) == ranking.of(int(codes[0]))


def test_cases_not_seen_are_judged_better_than_by_rank_and_believably():
    from sklearn.metrics import average_precision_score

    ranking, codes, labels, judged = _half()
    ranked = ranking.score[codes] > 0
    codes, labels = codes[ranked], labels[ranked]
    told = _told(judged, codes)
    assert average_precision_score(labels, told) > average_precision_score(labels, ranking.score[codes])
    assert reliability(told, labels).ece < 0.1
    assert judged.reliability is not None
    assert judged.reliability.brier < 0.2


def test_a_probability_says_what_it_rests_on_in_both_languages():
    ranking, codes, _, judged = _half()
    ranked = codes[ranking.score[codes] > 0]
    top = int(ranked[np.argmax(_told(judged, ranked))])
    score = judged.of(ranking, top)
    assert score.calibrated
    assert score.score == pytest.approx(float(_told(judged, np.array([top]))[0]))
    assert any("finding: telling" in r.text_en and "telling" in r.text_zh for r in score.contributing)
    assert all(r.weight > 0 for r in score.contributing)
    assert all(r.weight < 0 for r in score.contrary)


def test_the_order_of_cases_changes_nothing():
    ranking, codes, labels = _world()
    cases, turned = _cases(codes, labels), np.random.default_rng(1).permutation(len(codes))
    other = DecidedCases(cases.subject[turned], cases.decided_us[turned], cases.label[turned])
    assert (learn_from(ranking, cases).probability == learn_from(ranking, other).probability).all()


def test_what_belongs_to_one_person_is_one_group():
    ranking, _, _ = _world()
    index = ranking.index
    ours = [index.code(name) for name in ("account:CN/ICBK/g0-m0", "person:id/g0-p0", "phone:+86-g0-0")]
    other = index.code("person:id/o1")
    groups = belonging(ranking, np.array([*ours, other], np.int32))
    assert len(set(groups[:3])) == 1
    assert groups[3] != groups[0]


def test_no_column_is_an_id_or_protected():
    ranking, codes, _ = _world()
    columns = columns_of(ranking, codes)
    assert columns.values.shape == (len(codes), len(columns.labels))
    assert len(columns.rises) == len(columns.labels)
    said = " ".join(label.en for label in columns.labels)
    assert not any(word in said for word in ("region", "nationality", "ethnic", "birth", "sex"))
