"""Phone users of Sichuan: supervised, judged by 5-fold cross-validation on the labels that are given.

python -m benchmarks.quality.sichuan --data DIR --scores FILE

DIR holds `users.csv` (55 columns of a user's calls, messages, data and spending, and `label`: 1 fraud, 0 normal, empty unknown)
and `adjacency.npz` (who is tied to whom). FILE gets a score for every user: out of fold where the label is known, from all
labels where it is not. Transductive: users without a label are neighbours too; neighbours' labels of other folds are heard.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import load_npz

from benchmarks.quality.labelled import ColumnsOf, Task, figures, score_all
from benchmarks.sheet import publish
from cutline.graph.neighbours import closure, means, neighbourhood, sharing
from cutline.risk.label_rates import Cases, Hearing, neighbour_rates
from cutline.risk.learning import Trees

TREES = Trees(rounds=500, leaves=15, least=15, columns=0.3)


def main() -> None:
    """Read, score, judge."""
    task = Task.asked(__doc__ or "")
    users = pl.read_csv(task.data / "users.csv")
    labels = users["label"].fill_null(-1).to_numpy().astype(np.int8)
    own = users.drop("phone_no_m", "label").cast(pl.Float64).to_numpy()
    called = load_npz(task.data / "adjacency.npz").tocoo()
    scores = score_all(columns_of(own, called.row, called.col), labels, TREES)
    rows = [
        ("5 folds, a user's own columns", *figures(labels, score_all(lambda *_: own, labels, TREES))),
        ("5 folds, and the neighbours'", *figures(labels, scores)),
    ]
    task.write(scores)
    publish("sichuan", "Sichuan: fraud among phone users", ("judged", "AUC", "AP", "F1", "F1 macro"), rows)


def columns_of(own: NDArray[np.float64], caller: NDArray[np.int32], callee: NDArray[np.int32]) -> ColumnsOf:
    """Make the maker of columns: a user's own, the means over neighbours and over those who share them, and both's labels."""
    near = neighbourhood(caller, callee, len(own))
    alike = sharing(near)
    place = np.stack([near.degree, near.sent, near.received, closure(near)], axis=1)
    fixed = np.hstack([own, place, means(near.ties, np.hstack([own, place])), means(alike, own)])

    def columns(labels: NDArray[np.int8], parts: NDArray[np.int64]) -> NDArray[np.float64]:
        cases, hearing = Cases(labels, parts), Hearing(prior=float(labels[labels >= 0].mean()), weight=0.5)
        return np.hstack([fixed, *(neighbour_rates(weights, cases, hearing) for weights in (near.ties, alike))])

    return columns


if __name__ == "__main__":
    main()
