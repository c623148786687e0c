"""Trees learn from decided cases which columns tell fraud from innocence, and say for each case what moved them.

LightGBM, with everything fixed that could make two runs differ: threads, seed, order of sums. It is imported only here and only
when something is to be learned, because it needs the system's OpenMP library.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from cutline.errors import UsageError

Table = NDArray[np.float64] | NDArray[np.float32]
"""One row for each case, one column for each thing known of it; NaN unknown."""

ColumnsKnowing = Callable[[NDArray[np.bool_]], Table]
"""(labels that may be seen, boolean over the cases) → the columns of all cases, float64 (cases, columns)."""


@dataclass(frozen=True, slots=True)
class Trees:
    """How trees are grown: our own defaults, the same for every task unless a task says otherwise and why.

    rounds, rate   number of trees, and how much each adds
    leaves, least  leaves of a tree, and the fewest cases of a leaf
    columns, rows  shares drawn for each tree
    ridge          how strongly leaves shrink towards nothing
    rises          +1: a higher value may only raise the score; -1: only lower it; 0: free. Empty: all free
    by_chance      where a column is cut is drawn, and of the draws the best is taken: trees that err otherwise than those
                   which look for the best cut, so that the mean of both errs less than either (extremely randomised trees,
                   Geurts, Ernst, Wehenkel 2006); they need about twice the rounds
    """

    rounds: int = 400
    rate: float = 0.03
    leaves: int = 31
    least: int = 20
    columns: float = 0.4
    rows: float = 0.8
    ridge: float = 5.0
    rises: tuple[int, ...] = ()
    by_chance: bool = False
    threads: int = 1
    seed: int = 1

    # One thread: several wait for each other at every split, which on a busy machine takes longer than it saves.


@dataclass(frozen=True, slots=True)
class Learned:
    """Trees that were grown. Their output is a score in (0, 1); whether it is a probability is for calibration to say."""

    booster: Any = field(repr=False)
    threads: int

    def scores(self, columns: Table) -> NDArray[np.float64]:
        """Score cases: float64 (cases), in [0, 1]."""
        return np.asarray(self.booster.predict(columns, num_threads=self.threads), np.float64)

    def contributions(self, columns: Table) -> NDArray[np.float64]:
        """Say how far each column moved each case, in log-odds: float64 (cases, columns + 1), the last is where all start.

        Each row adds up to the log-odds of its score (TreeSHAP).
        """
        return np.asarray(self.booster.predict(columns, pred_contrib=True, num_threads=self.threads), np.float64)


def learn(columns: Table, labels: NDArray[np.int8], trees: Trees | None = None) -> Learned:
    """Grow trees on decided cases: labels are 1 (fraud) or 0. Equal input gives equal trees."""
    if len(columns) != len(labels) or not ((labels == 0) | (labels == 1)).all() or labels.min() == labels.max():
        raise UsageError(
            "to learn needs one label, 1 or 0, for each case and cases of both kinds; hand over decided cases alone"
        )
    trees, boosting = trees or Trees(), _lightgbm()
    data = boosting.Dataset(columns, labels, params={"verbose": -1}, free_raw_data=True)
    return Learned(boosting.train(_parameters(trees), data, trees.rounds), trees.threads)


def score_in_folds(
    columns_knowing: ColumnsKnowing, labels: NDArray[np.int8], folds: NDArray[np.int64], trees: Trees | None = None
) -> NDArray[np.float64]:
    """Score each decided case by trees that never saw it, nor the others of its fold; cases without a label (-1) are NaN.

    `columns_knowing` makes the columns anew for each fold: what it says of neighbours' labels must not know the fold's.
    """
    out = np.full(len(labels), np.nan)
    for fold in range(int(folds.max()) + 1):
        known, asked = (labels >= 0) & (folds != fold), (labels >= 0) & (folds == fold)
        columns = columns_knowing(known)
        out[asked] = learn(columns[known], labels[known], trees).scores(columns[asked])
    return out


def deal(labels: NDArray[np.int8], count: int, seed: int, groups: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Deal cases into folds: groups stay together, and each label is spread evenly. Cases without a label (-1) are -1.

    Greedy: the largest groups first, each to the fold that has the fewest of its labels; ties are drawn by the seed.
    """
    out, chance = np.full(len(labels), -1, np.int64), np.random.default_rng(seed)
    decided = np.flatnonzero(labels >= 0)
    group = decided if groups is None else groups[decided]
    _, group = np.unique(group, return_inverse=True)
    held = np.zeros((int(group.max(initial=-1)) + 1, 2))
    np.add.at(held, (group, labels[decided]), 1)
    share = held / np.maximum(1.0, held.sum(axis=0))
    order, load, fold_of = chance.permutation(len(held)), np.zeros((count, 2)), np.zeros(len(held), np.int64)
    for one in order[np.argsort(-share[order].max(axis=1), kind="stable")]:
        fold_of[one] = int(np.argmin((load + share[one]).max(axis=1) + (load + share[one]).sum(axis=1)))
        load[fold_of[one]] += share[one]
    out[decided] = fold_of[group]
    return out


def _parameters(trees: Trees) -> dict[str, Any]:
    told: dict[str, Any] = {
        "objective": "binary",
        "learning_rate": trees.rate,
        "num_leaves": trees.leaves,
        "min_data_in_leaf": trees.least,
        "feature_fraction": trees.columns,
        "bagging_fraction": trees.rows,
        "bagging_freq": 1,
        "lambda_l2": trees.ridge,
        "extra_trees": trees.by_chance,
        "num_threads": trees.threads,
        "seed": trees.seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbose": -1,
    }
    if any(trees.rises):
        told |= {"monotone_constraints": list(trees.rises), "monotone_constraints_method": "intermediate"}
    return told


def missing_library() -> str:
    """Say what keeps LightGBM from loading here, or nothing where it loads."""
    try:
        _lightgbm()
    except UsageError as error:
        return str(error)
    return ""


def _lightgbm() -> Any:
    try:
        import lightgbm
    except (ImportError, OSError) as error:
        raise UsageError(
            f"LightGBM does not load here: {error}; expected the package lightgbm and the system's OpenMP library "
            "libgomp.so.1; on Debian: apt-get install libgomp1. Everything but learned scores works without it"
        ) from error
    return cast("Any", lightgbm)
