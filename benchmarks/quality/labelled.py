"""What the labelled collections have in common: where they lie, where scores go, and how scores are judged."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cutline.risk.learning import Trees, deal, learn, score_in_folds

ColumnsOf = Callable[[NDArray[np.int8], NDArray[np.int64]], NDArray[np.float64]]
"""(labels that may be seen, -1 elsewhere; the part of each, which hears none of its own labels) → columns of all cases."""

PARTS = 10


@dataclass(frozen=True, slots=True)
class Task:
    """Where a collection lies and where its scores go."""

    data: Path
    scores: Path

    @classmethod
    def asked(cls, doc: str) -> Task:
        """Read --data and --scores from the command line."""
        said = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
        said.add_argument("--data", type=Path, required=True, help="folder of the collection")
        said.add_argument("--scores", type=Path, required=True, help="file to write: id,score")
        told = said.parse_args()
        return cls(told.data, told.scores)

    def write(self, scores: NDArray[np.float64], ids: NDArray[np.int64] | None = None) -> None:
        """Write one row for every case: by its id, or by its row from 0."""
        self.scores.parent.mkdir(parents=True, exist_ok=True)
        pl.DataFrame({"id": np.arange(len(scores)) if ids is None else ids, "score": scores}).write_csv(self.scores)


def columns_knowing(
    columns_of: ColumnsOf, labels: NDArray[np.int8], seed: int
) -> Callable[[NDArray[np.bool_]], NDArray[np.float64]]:
    """Make columns from known labels: those that teach hear labels of other parts alone, as the asked do."""

    def columns(known: NDArray[np.bool_]) -> NDArray[np.float64]:
        seen = np.where(known, labels, -1).astype(np.int8)
        return columns_of(seen, deal(seen, PARTS, seed))

    return columns


def score_all(columns_of: ColumnsOf, labels: NDArray[np.int8], trees: Trees, folds: int = 5) -> NDArray[np.float64]:
    """Score every case: labelled ones out of fold, the others by trees that learned from all labels."""
    columns = columns_knowing(columns_of, labels, trees.seed)
    scores = score_in_folds(columns, labels, deal(labels, folds, trees.seed), trees)
    known = labels >= 0
    if not known.all():
        whole = columns(known)
        scores[~known] = learn(whole[known], labels[known], trees).scores(whole[~known])
    return scores


def score_later(columns_of: ColumnsOf, labels: NDArray[np.int8], early: NDArray[np.bool_], trees: Trees) -> NDArray[np.float64]:
    """Score the labelled cases that are not early by trees and labels of the early ones alone; NaN elsewhere."""
    out, known, asked = np.full(len(labels), np.nan), early & (labels >= 0), ~early & (labels >= 0)
    columns = columns_knowing(columns_of, labels, trees.seed)(known)
    out[asked] = learn(columns[known], labels[known], trees).scores(columns[asked])
    return out


def figures(labels: NDArray[np.int8], scores: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Give AUC, average precision, F1 of fraud and macro-F1 at 0.5 over the cases that have a label and a score."""
    from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

    judged = (labels >= 0) & ~np.isnan(scores)
    truth, told = labels[judged], scores[judged]
    return (
        float(roc_auc_score(truth, told)),
        float(average_precision_score(truth, told)),
        float(f1_score(truth, told > 0.5)),
        float(f1_score(truth, told > 0.5, average="macro")),
    )
