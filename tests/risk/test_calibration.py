import numpy as np
import pytest

from cutline.risk.calibration import calibrate, cross_calibrated, reliability


def _overconfident(count, seed=2):
    chance = np.random.default_rng(seed)
    true = chance.random(count)
    labels = (chance.random(count) < true).astype(np.int8)
    odds = np.log(true / (1 - true)) * 3
    return 1 / (1 + np.exp(-odds)), labels


@pytest.mark.parametrize(("count", "kind"), [(300, "logistic"), (3000, "isotonic")])
def test_an_overconfident_score_becomes_believable(count, kind):
    scores, labels = _overconfident(count)
    folds = np.arange(count) % 5
    before, after = reliability(scores, labels), reliability(cross_calibrated(scores, labels, folds), labels)
    assert calibrate(scores, labels).kind == kind
    assert after.brier < before.brier
    assert after.ece < before.ece


def test_the_curve_never_falls_and_stays_inside():
    scores, labels = _overconfident(2000)
    told = calibrate(scores, labels).probabilities(np.linspace(0, 1, 500))
    assert (np.diff(told) >= 0).all()
    assert 0 < told.min() <= told.max() < 1


def test_perfect_probabilities_have_no_distance():
    told = reliability(np.array([0.0, 1.0] * 10), np.array([0, 1] * 10, np.int8))
    assert (told.brier, told.ece) == (0.0, 0.0)
    assert sum(told.cases) == 20
