"""Phone users of Sichuan: supervised, judged by 5-fold cross-validation on the labels that are given.

python -m benchmarks.quality.sichuan --data DIR --scores FILE

DIR holds `users.csv` (55 columns of a user's calls, messages, data and spending, and `label`: 1 fraud, 0 normal, empty unknown)
and `adjacency.npz` (who is tied to whom). FILE gets a score for every user: out of fold where the label is known, from all
labels where it is not. Transductive: users without a label are neighbours too; neighbours' labels of other folds are heard.

The score is the mean of three kinds of trees: those that know what a user does, those that also know the company he keeps,
and those whose cuts are drawn by chance; and of five deals into folds, none of which saw the label it scores. Where ties say
nothing new, as here, company adds no harm; where they do, it leads. How much they could still teach is told below the table:
how alike tied users are (Moran's I) in their labels, and in what their own columns leave unexplained.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, load_npz

from benchmarks.quality.labelled import ColumnsOf, Task, figures, score_all
from benchmarks.sheet import publish
from cutline.graph.neighbours import Neighbourhood, closure, means, neighbourhood, sharing
from cutline.risk.label_rates import Cases, Hearing, neighbour_rates
from cutline.risk.learning import Trees

TREES = Trees(rounds=300, leaves=31, least=15, columns=0.3)
DEALS = (1, 2, 3, 4, 5)
"""Seeds of the deals into folds: their mean gives the scores, each by itself the spread."""

HABITS = {
    "months with a bill": pl.col("arpu_sum") / pl.col("arpu_mean"),
    "data sessions": pl.col("flow_sum") / pl.col("flow_mean"),
    "data a session": pl.col("flow_mean") / pl.col("month_ids").clip(1),
    "services a month": pl.col("busi_count") / pl.col("month_ids").clip(1),
    "calls received": pl.col("opposite_count") - pl.col("voccalltype1").fill_null(0),
    "messages sent": pl.col("sms_count") - pl.col("calltype_2"),
    "time on the phone": pl.col("opposite_count") * pl.col("call_dur_mean"),
    "calls made a contact": pl.col("voccalltype1") / pl.col("opposite_unique"),
    "calls a day": pl.col("opposite_count") / pl.col("voc_day_nunique"),
    "messages a day": pl.col("sms_count") / pl.col("day_nunique"),
    "calls in the busiest hour": pl.col("voc_hour_mode_count") / pl.col("opposite_count"),
    "calls on the busiest day": pl.col("voc_day_mode_count") / pl.col("opposite_count"),
    "messages in the busiest hour": pl.col("hour_mode_count") / pl.col("sms_count"),
    "messages on the busiest day": pl.col("day_mode_count") / pl.col("sms_count"),
    "calls with the closest": pl.col("phone2opposite_max") / pl.col("opposite_count"),
    "time with the closest": pl.col("phone2oppo_sum_max") / (pl.col("opposite_count") * pl.col("call_dur_mean")),
    "mean call over median": pl.col("call_dur_mean") / pl.col("call_dur_median"),
    "messages a call": pl.col("sms_count") / pl.col("opposite_count"),
    "partners of messages over calls": pl.col("sms_nunique") / pl.col("opposite_unique"),
    "devices a day": pl.col("imeis") / pl.col("voc_day_nunique"),
    "devices a call made": pl.col("imeis") / pl.col("voccalltype1"),
    "swing of the bill": pl.col("arpu_var").sqrt() / pl.col("arpu_mean"),
    "reach of the bill": (pl.col("arpu_max") - pl.col("arpu_min")) / pl.col("arpu_mean"),
}
"""What a user does per day, per contact, per call: shares and rates that a single cut of a tree cannot make from totals."""


@dataclass(frozen=True, slots=True)
class Users:
    """Phone users: their columns and habits, float64 (users, columns), labels int8 (-1 unknown), and who is near whom."""

    own: NDArray[np.float64]
    habits: NDArray[np.float64]
    labels: NDArray[np.int8]
    near: Neighbourhood

    @classmethod
    def read(cls, task: Task) -> Users:
        """Read both files; a habit that divides by nothing is unknown."""
        users = pl.read_csv(task.data / "users.csv")
        own = users.drop("phone_no_m", "label").cast(pl.Float64)
        habits = own.select(**HABITS).to_numpy()
        called = load_npz(task.data / "adjacency.npz").tocoo()
        labels = users["label"].fill_null(-1).to_numpy().astype(np.int8)
        near = neighbourhood(called.row, called.col, len(own))
        return cls(own.to_numpy(), np.where(np.isfinite(habits), habits, np.nan), labels, near)


def main() -> None:
    """Read, score, judge."""
    task = Task.asked(__doc__ or "")
    users = Users.read(task)
    labels, doing = users.labels, np.hstack([users.own, users.habits])
    company = company_of(doing, users.near)
    own = score_all(lambda *_: users.own, labels, TREES)
    alone, heard, drawn = (
        [score_all(columns, labels, replace(trees, seed=seed)) for seed in DEALS]
        for columns, trees in ((lambda *_: doing, TREES), (company, TREES), (lambda *_: doing, unlike(TREES)))
    )
    mixed = [np.mean(kinds, axis=0) for kinds in zip(alone, heard, drawn, strict=True)]
    scores = np.mean(mixed, axis=0)
    rows = [
        ("5 folds, a user's own columns", *figures(labels, own)),
        ("5 folds, and habits (shares, rates)", *figures(labels, alone[0])),
        ("5 folds, and neighbours", *figures(labels, heard[0])),
        ("5 folds, habits, cuts by chance", *figures(labels, drawn[0])),
        *(
            (f"5 folds, mean of the last three, deal {seed}", *figures(labels, one))
            for seed, one in zip(DEALS, mixed, strict=True)
        ),
        ("the same, mean of the deals", *figures(labels, scores)),
    ]
    task.write(scores)
    alike = {
        "labels": likeness(users.near.ties, labels, np.zeros(len(labels))),
        "rest": likeness(users.near.ties, labels, alone[0]),
    }
    publish("sichuan", "Sichuan: fraud among phone users", ("judged", "AUC", "AP", "F1", "F1 macro"), rows, likeness=alike)
    print(f"tied users' likeness: {alike['labels']:.3f} in labels, {alike['rest']:.3f} in what own columns leave unexplained")


def unlike(trees: Trees) -> Trees:
    """Give trees that err otherwise: cuts by chance, twice as many, and leaves that shrink more."""
    return replace(trees, rounds=2 * trees.rounds, ridge=4 * trees.ridge, by_chance=True)


def company_of(doing: NDArray[np.float64], near: Neighbourhood) -> ColumnsOf:
    """Make the maker of columns: a user's own, the means over neighbours and over those who share them, and both's labels."""
    alike = sharing(near)
    place = np.stack([near.degree, near.sent, near.received, closure(near)], axis=1)
    fixed = np.hstack([doing, place, means(near.ties, np.hstack([doing, place])), means(alike, doing)])

    def columns(labels: NDArray[np.int8], parts: NDArray[np.int64]) -> NDArray[np.float64]:
        cases, hearing = Cases(labels, parts), Hearing(prior=float(labels[labels >= 0].mean()), weight=0.5)
        return np.hstack([fixed, *(neighbour_rates(weights, cases, hearing) for weights in (near.ties, alike))])

    return columns


def likeness(ties: csr_matrix, labels: NDArray[np.int8], scores: NDArray[np.float64]) -> float:
    """Say how alike tied users are in what scores leave unexplained (Moran's I): 1 equal, 0 as strangers.

    Over ties between users with labels, and about the mean over their ends: not moved by who has many ties.
    """
    pairs = ties.tocoo()
    known = (labels[pairs.row] >= 0) & (labels[pairs.col] >= 0)
    one, other = ((labels - scores)[ends[known]] for ends in (pairs.row, pairs.col))
    middle = one.mean()
    return float(np.mean((one - middle) * (other - middle)) / max(1e-12, float(np.var(one))))


if __name__ == "__main__":
    main()
