import sys
from dataclasses import replace

import numpy as np
import pytest

from cutline.errors import UsageError
from cutline.risk import learning
from cutline.risk.learning import Trees, deal, learn, missing_library, score_in_folds

pytestmark = pytest.mark.skipif(bool(missing_library()), reason=missing_library() or "LightGBM loads")
FEW = Trees(rounds=30, rate=0.1, leaves=6, least=5, columns=1.0)


def _cases(count=400, seed=3):
    chance = np.random.default_rng(seed)
    columns = chance.normal(size=(count, 4))
    labels = (columns[:, 0] + 0.5 * columns[:, 1] + 0.3 * chance.normal(size=count) > 0).astype(np.int8)
    return columns, labels


def test_equal_cases_give_equal_scores():
    columns, labels = _cases()
    assert (learn(columns, labels, FEW).scores(columns) == learn(columns, labels, FEW).scores(columns)).all()


def test_cuts_by_chance_learn_the_same_otherwise():
    columns, labels = _cases()
    best, drawn = (learn(columns, labels, replace(FEW, by_chance=chance)).scores(columns) for chance in (False, True))
    assert (best != drawn).any()
    assert (drawn == learn(columns, labels, replace(FEW, by_chance=True)).scores(columns)).all()
    assert drawn[labels == 1].mean() > drawn[labels == 0].mean() + 0.3


def test_contributions_add_up_to_the_log_odds():
    columns, labels = _cases()
    learned = learn(columns, labels, FEW)
    odds = np.log(learned.scores(columns) / (1 - learned.scores(columns)))
    assert np.allclose(learned.contributions(columns).sum(axis=1), odds, atol=1e-6)


def test_what_may_only_raise_never_lowers():
    columns, labels = _cases()
    learned = learn(columns, labels, Trees(rounds=30, rate=0.1, leaves=6, least=5, columns=1.0, rises=(1, 0, 0, 0)))
    more = columns.copy()
    more[:, 0] += 0.7
    assert (learned.scores(more) >= learned.scores(columns) - 1e-12).all()


def test_no_case_is_scored_by_trees_that_saw_it_or_its_fold():
    columns, labels = _cases()
    labels[:20] = -1
    folds, seen = deal(labels, 5, 1), []
    scores = score_in_folds(lambda known: (seen.append(known.copy()), columns)[1], labels, folds, FEW)
    assert np.isnan(scores[:20]).all()
    assert not np.isnan(scores[20:]).any()
    for fold, known in enumerate(seen):
        assert not known[folds == fold].any()
        assert known[(folds != fold) & (labels >= 0)].all()


def test_chance_is_not_learned():
    columns, _ = _cases()
    labels = np.random.default_rng(8).integers(0, 2, len(columns)).astype(np.int8)
    scores = score_in_folds(lambda _: columns, labels, deal(labels, 5, 1), FEW)
    assert abs(scores[labels == 1].mean() - scores[labels == 0].mean()) < 0.1


def test_groups_stay_together_and_labels_are_spread():
    chance = np.random.default_rng(5)
    group = chance.integers(0, 60, 300)
    labels = (chance.random(300) < 0.3).astype(np.int8)
    folds = deal(labels, 5, 1, group)
    assert all(len(set(folds[group == one])) == 1 for one in range(60))
    assert max(labels[folds == f].sum() for f in range(5)) <= 1.5 * labels.sum() / 5
    assert (deal(labels, 5, 1, group) == folds).all()


def test_labels_of_one_kind_teach_nothing():
    with pytest.raises(UsageError, match="both kinds"):
        learn(np.zeros((5, 2)), np.ones(5, np.int8))


def test_a_missing_library_is_told_with_what_to_install(monkeypatch):
    assert missing_library() == ""
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    assert "libgomp1" in learning.missing_library()
