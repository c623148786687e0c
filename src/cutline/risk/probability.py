"""A probability of fraud, learned from decided cases; without enough of them there is none, and it says why.

Trees learn from the cases that officers closed; a curve, fitted on cases that the trees had not seen, turns their score into a
probability; how far it can be believed is told on cases that neither had seen. What belongs to one person never stands on both
sides. It knows only such entities as officers decide about: those that a rank above 0 brings before them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from cutline.model.entities import Label
from cutline.model.evidence import Reason, Score
from cutline.risk.calibration import FEWEST, Reliability, calibrate, cross_calibrated, reliability
from cutline.risk.decided import Columns, DecidedCases, belonging, columns_of
from cutline.risk.learning import Learned, Trees, deal, learn, score_in_folds
from cutline.risk.ranking import Ranking

FOLDS = 5
REASONS = 6
LEAST_REASON = 0.05
"""Log-odds below which a column is no reason."""

FEW = Trees(rounds=150, rate=0.05, leaves=8, least=10, columns=0.6)


@dataclass(frozen=True, slots=True)
class Judged:
    """What was learned, or why nothing was.

    refused        why there are no probabilities; empty where there are
    codes          int32, entities that have one, ascending; `probability` float64 beside them
    frauds, innocents   decided cases that were learned from
    reliability    on cases not seen
    later_brier    mean squared distance on the last fifth of the cases by a model of the first four fifths; NaN without such
    """

    refused: str
    codes: NDArray[np.int32]
    probability: NDArray[np.float64]
    frauds: int
    innocents: int
    curve: str = ""
    reliability: Reliability | None = None
    later_brier: float = float("nan")
    columns: Columns | None = field(default=None, repr=False)
    learned: Learned | None = field(default=None, repr=False)

    def of(self, ranking: Ranking, code: int) -> Score:
        """Explain an entity: by its probability where it has one, else by its rank."""
        at = int(np.searchsorted(self.codes, code))
        if self.columns is None or self.learned is None or at >= len(self.codes) or self.codes[at] != code:
            return ranking.of(code)
        moved = self.learned.contributions(self.columns.values[at : at + 1])[0, :-1]
        reasons = [
            _reason(self.columns.labels[column], float(moved[column])) for column in np.argsort(-np.abs(moved), kind="stable")
        ]
        told = [r for r in reasons[:REASONS] if abs(r.weight) >= LEAST_REASON]
        raising, lowering = (tuple(r for r in told if (r.weight > 0) is up) for up in (True, False))
        basis = ranking.of(code)
        found = tuple(r for r in basis.contributing if r.finding_id)
        return Score(
            ranking.index.entity(code), float(self.probability[at]), True, (*raising, *found), (*lowering, *basis.contrary)
        )


def learn_from(ranking: Ranking, cases: DecidedCases, trees: Trees = FEW) -> Judged:
    """Learn from decided cases and give every entity whose rank is above 0 a probability, where there are enough cases.

    Cases that were decided before the evidence was known teach nothing wrong only if nothing of the case entered afterwards;
    labels never become columns. Equal cases and events give equal probabilities.
    """
    frauds, innocents = (int((cases.label == label).sum()) for label in (1, 0))
    if min(frauds, innocents) < FEWEST:
        return _refused(frauds, innocents)
    order = np.lexsort((cases.subject, cases.decided_us))
    subject, label = cases.subject[order], cases.label[order]
    columns = columns_of(ranking, subject)
    trees = replace(trees, rises=columns.rises)
    folds = deal(label, FOLDS, trees.seed, belonging(ranking, subject))
    unseen = score_in_folds(lambda _: columns.values, label, folds, trees)
    curve, told = calibrate(unseen, label), reliability(cross_calibrated(unseen, label, folds), label)
    learned = learn(columns.values, label, trees)
    codes = np.flatnonzero(ranking.score > 0).astype(np.int32)
    asked = columns_of(ranking, codes)
    probability = curve.probabilities(learned.scores(asked.values))
    later = _later(columns, label, belonging(ranking, subject), trees)
    return Judged("", codes, probability, frauds, innocents, curve.kind, told, later, asked, learned)


def _reason(label: Label, weight: float) -> Reason:
    way = ("raises", "提高") if weight > 0 else ("lowers", "降低")
    return Reason(f"learned from decided cases: {label.en} {way[0]} it", f"依据已决案件：{label.zh}{way[1]}可能性", weight)


def _refused(frauds: int, innocents: int) -> Judged:
    why = f"{frauds} frauds and {innocents} innocents were decided, expected at least {FEWEST} of each; scores stay ranks"
    return Judged(why, np.empty(0, np.int32), np.empty(0), frauds, innocents)


def _later(columns: Columns, label: NDArray[np.int8], group: NDArray[np.int64], trees: Trees) -> float:
    """Learn from the cases decided first and judge the last fifth, without whoever belongs to somebody already learned from."""
    early = np.arange(len(label)) < 0.8 * len(label)
    asked = ~early & ~np.isin(group, group[early])
    if not asked.any() or label[early].min() == label[early].max():
        return float("nan")
    told = learn(columns.values[early], label[early], trees).scores(columns.values[asked])
    return float(np.mean((told - label[asked]) ** 2))
