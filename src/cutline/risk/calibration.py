"""When a score may be called a probability: of a hundred cases scored 0.3, thirty must have been fraud.

A score is calibrated on cases that the trees never saw, and how well is told on cases that the calibration never saw either.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEWEST = 50
"""Decided cases of each kind without which nothing is learned: below, a rank is all there is."""

STEPPED = 300
"""Cases of each kind from which the curve may have steps (isotonic); below it is a logistic one (Platt): two numbers."""

EDGE = 1e-6
BINS = 10


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far probabilities can be believed, on cases that neither trees nor curve had seen.

    brier     mean squared distance between probability and what was decided: 0 is perfect
    ece       mean distance between what was said and what was true over tenths of the cases, by probability
    said, true, cases   the same, tenth by tenth
    """

    brier: float
    ece: float
    said: tuple[float, ...]
    true: tuple[float, ...]
    cases: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """A curve from scores to probabilities, never falling."""

    kind: str
    curve: Any = field(repr=False)

    def probabilities(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn scores in [0, 1] into probabilities."""
        if self.kind == "isotonic":
            return np.asarray(np.clip(self.curve.predict(scores), EDGE, 1 - EDGE), np.float64)
        slope, start = self.curve
        return np.asarray(1.0 / (1.0 + np.exp(-(slope * _log_odds(scores) + start))))


def calibrate(scores: NDArray[np.float64], labels: NDArray[np.int8]) -> Calibration:
    """Fit the curve on scores of cases that the trees had not seen; labels are 1 or 0, both at least `FEWEST` times."""
    from sklearn.isotonic import IsotonicRegression
    from sklearn.linear_model import LogisticRegression

    if min(int((labels == 1).sum()), int((labels == 0).sum())) >= STEPPED:
        return Calibration("isotonic", IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(scores, labels))
    fitted = LogisticRegression(C=1e6).fit(_log_odds(scores)[:, None], labels)
    return Calibration("logistic", (max(0.0, float(fitted.coef_[0, 0])), float(fitted.intercept_[0])))


def cross_calibrated(scores: NDArray[np.float64], labels: NDArray[np.int8], folds: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give each case the probability by a curve that was fitted on the other folds."""
    out = np.empty(len(scores))
    for fold in range(int(folds.max()) + 1):
        asked = folds == fold
        out[asked] = calibrate(scores[~asked], labels[~asked]).probabilities(scores[asked])
    return out


def reliability(probabilities: NDArray[np.float64], labels: NDArray[np.int8]) -> Reliability:
    """Compare what was said with what was decided, in tenths of the cases by probability."""
    parts = [part for part in np.array_split(np.argsort(probabilities, kind="stable"), BINS) if len(part)]
    said = [float(probabilities[part].mean()) for part in parts]
    true = [float(labels[part].mean()) for part in parts]
    sizes = [len(part) for part in parts]
    ece = sum(n * abs(s - t) for n, s, t in zip(sizes, said, true, strict=True)) / len(labels)
    brier = float(np.mean((probabilities - labels) ** 2))
    return Reliability(brier, ece, tuple(said), tuple(true), tuple(sizes))


def _log_odds(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    held = np.clip(scores, EDGE, 1 - EDGE)
    return np.asarray(np.log(held / (1.0 - held)))
