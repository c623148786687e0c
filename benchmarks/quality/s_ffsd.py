"""Card payments with few labels (S-FFSD): supervised, judged by 5-fold cross-validation on the labels that are given.

python -m benchmarks.quality.s_ffsd --data DIR --scores FILE

DIR holds `transactions.csv` (Time, Source, Target, Amount, Location, Type, Labels: 1 fraud, 0 not, 2 unknown). FILE gets a
score for every row: out of fold where the label is known, from all labels where it is not. Transductive, as in the literature:
payments before and after are seen, and labels of other folds' payments; never a payment's own label. Printed beside it: without
anything that came later, and the last fifth of the labels judged by what the first four fifths teach.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.quality.labelled import ColumnsOf, Task, figures, score_all, score_later
from benchmarks.sheet import publish
from cutline.graph.trailing import FOREVER, History, averaged, counted, different, history_of, one_before, pause, trailing
from cutline.risk.label_rates import Cases, Company, Hearing, label_rates
from cutline.risk.learning import Trees

SECOND = 1_000_000
SPANS = (FOREVER, 2_000 * SECOND, 200 * SECOND, 20 * SECOND)
FADES = (0.0, 20_000.0 * SECOND, 2_000.0 * SECOND, 200.0 * SECOND)
TREES = Trees(rounds=200, rate=0.06, columns=0.2)
ENDS = ("Source", "Target", "Location", "Type", "Amount")
PAIRS = (("Source", "Target"), ("Target", "Location"), ("Target", "Type"), ("Target", "Amount"))


def main() -> None:
    """Read, score, judge."""
    task = Task.asked(__doc__ or "")
    read = pl.read_csv(task.data / "transactions.csv")
    told = read["Labels"].to_numpy()
    labels = np.where(told == 2, -1, told).astype(np.int8)
    early = read["Time"].to_numpy() < np.quantile(read["Time"].to_numpy()[labels >= 0], 0.8)
    around, before = columns_of(read, later=True), columns_of(read, later=False)
    scores = score_all(around, labels, TREES)
    rows = [
        ("5 folds, payments and labels around it", *figures(labels, scores)),
        ("5 folds, only what came before it", *figures(labels, score_all(before, labels, TREES))),
        ("last fifth in time, from the first four", *figures(labels, score_later(before, labels, early, TREES))),
    ]
    task.write(scores)
    publish("s_ffsd", "S-FFSD: fraud among card payments", ("judged", "AUC", "AP", "F1", "F1 macro"), rows)


def columns_of(read: pl.DataFrame, later: bool) -> ColumnsOf:
    """Make the maker of columns: what the payment is, its groups' histories, and how often others of its groups were fraud."""
    t_us, amount = read["Time"].to_numpy() * SECOND, read["Amount"].to_numpy()
    groups = dict(_groups(read))
    plain = [amount, np.round(amount * 100) % 100, *(groups[(end,)].astype(np.float64) for end in ENDS[:4])]
    for mirrored in (False, True)[: 1 + later]:
        for name, group in groups.items():
            plain += _history(history_of(group, t_us, mirrored), amount, [groups[e,] for e in ENDS if e not in name])
    fixed = np.stack(plain, axis=1)

    def columns(labels: NDArray[np.int8], parts: NDArray[np.int64]) -> NDArray[np.float64]:
        cases, prior = Cases(labels, parts), float(labels[labels >= 0].mean())
        heard = []
        for group in groups.values():
            history = history_of(group, t_us)
            company = Company(history.order, history.start, history.rows.t)
            heard += [label_rates(company, cases, Hearing(fade, later, prior)) for fade in FADES]
        return np.hstack([fixed, *heard])

    return columns


def _groups(read: pl.DataFrame) -> Iterator[tuple[tuple[str, ...], NDArray[np.int64]]]:
    """Number what payments can share: an end, or two of them."""
    for names in [*((end,) for end in ENDS), *PAIRS]:
        codes = read.select(pl.struct(names).rank("dense")).to_series() if len(names) > 1 else read[names[0]].rank("dense")
        yield names, codes.to_numpy().astype(np.int64) - 1


def _history(history: History, amount: NDArray[np.float64], others: list[NDArray[np.int64]]) -> list[NDArray[np.float64]]:
    cents = np.round(np.log1p(amount) * 1e6).astype(np.int64)
    spans = [trailing(history, span) for span in SPANS]
    out = [counted(history, span) for span in spans]
    out += [cents - averaged(history, span, cents) for span in spans[:3]]
    out += [different(history, spans[0], codes) for codes in others]
    return [*out, pause(history, spans[0]), one_before(history, amount) - amount]


if __name__ == "__main__":
    main()
