"""Our own judge: the published figures of a run, from its answers and a synthetic delivery's truth.

The definitions are those in the head of the reference judge (`tests/reference/judge.py`), worked out on columns. A test holds
the two equal on random worlds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cutline.errors import SourceError
from cutline.evaluation.files import numbers, once_per_entity, read_columns
from cutline.evaluation.located import located

UNUSED = ("0", "false")
COERCED = ("1", "true")
HARMLESS_ACTIONS = ("warn", "screen", "")
LEAST_MEMBERS_OF_A_ROLE = 10

Figures = dict[str, Any]


def judge(truth: Path, answers: Path) -> Figures:
    """Say how good a run was: subjects, rings, roles, look-alikes, traces, proposals.

    `truth` holds subjects.csv, look_alikes.csv and stolen.csv; `answers` what `write_answers` wrote. Every figure is in
    [0, 1] unless it is a count or an amount. Raises SourceError for a file that is missing or malformed.
    """
    for folder in (truth, answers):
        if not folder.is_dir():
            raise SourceError(str(folder), "no such folder", "a folder of CSV files")
    true = _true_subjects(truth)
    said = _said_subjects(answers)
    everyone = said.join(true, on="entity", how="full", coalesce=True).with_columns(
        pl.col("used", "shared").fill_null(value=False),
        pl.col("alerted").fill_null(value=False),
        known=pl.col("score").is_not_null(),
        idle=~pl.col("used").fill_null(value=True),
        kind=pl.col("entity").str.splitn(":", 2).struct.field("field_0"),
    )
    counted = everyone.filter(~pl.col("idle"))
    alerted = counted.filter("alerted")
    members = _members(everyone, answers)
    found = alerted.filter("used")
    return {
        "subjects": _subjects(counted),
        "rings": _rings(members),
        "roles": _roles(members),
        "look_alikes": _look_alikes(truth, alerted["entity"]),
        "traces": located(truth, answers),
        "actions": _actions(truth, answers, found["entity"]),
    }


def _true_subjects(truth: Path) -> pl.DataFrame:
    rows = read_columns(truth / "subjects.csv", ("entity", "ring", "role"), ("active",))
    return rows.group_by("entity", maintain_order=True).agg(
        pl.col("ring", "role").last(),
        used=~pl.col("active").is_in(UNUSED).all(),
        shared=pl.col("ring").n_unique() > 1,
    )


def _said_subjects(answers: Path) -> pl.DataFrame:
    name = "subjects.csv"
    rows = once_per_entity(read_columns(answers / name, ("entity", "score", "alerted")), name)
    scores = numbers(rows["score"].replace("", "0"), name, -np.inf)
    return rows.select("entity", pl.lit(scores).alias("score"), (pl.col("alerted") == "1").alias("alerted"))


def _subjects(counted: pl.DataFrame) -> Figures:
    used = counted.filter("used")
    by_kind = counted.group_by("kind").agg(
        hits=(pl.col("used") & pl.col("alerted")).sum(), claims=pl.col("alerted").sum(), positives=pl.col("used").sum()
    )
    return {
        **_precision_recall(int(used["alerted"].sum()), int(counted["alerted"].sum()), len(used)),
        "average_precision": average_precision(
            counted["score"].fill_null(-np.inf).to_numpy(), counted["used"].to_numpy(), len(used)
        ),
        "positives": len(used),
        "unscored": int((~used["known"]).sum()),
        "by_kind": {
            row["kind"]: {**_precision_recall(row["hits"], row["claims"], row["positives"]), "positives": row["positives"]}
            for row in by_kind.filter(pl.col("positives") > 0).sort("kind").iter_rows(named=True)
        },
    }


def _precision_recall(hits: int, claims: int, positives: int) -> Figures:
    return {"precision": hits / max(1, claims), "recall": hits / max(1, positives)}


def average_precision(scores: NDArray[np.float64], hit: NDArray[np.bool_], positives: int) -> float:
    """Average precision of a rank; subjects of equal score stand at one threshold."""
    if not len(scores):
        return 0.0
    _, group = np.unique(-scores, return_inverse=True)
    hits = np.bincount(group, hit)
    seen = np.cumsum(np.bincount(group))
    return float(np.sum(hits / max(1, positives) * np.cumsum(hits) / seen))


def _members(everyone: pl.DataFrame, answers: Path) -> pl.DataFrame:
    name = "rings.csv"
    claimed = once_per_entity(read_columns(answers / name, ("entity", "ring"), ("role",)), name)
    fair = everyone.select("entity", "used", "shared", "idle", true_ring="ring", true_role="role")
    both = claimed.with_columns(claimed=pl.lit(value=True)).join(fair, on="entity", how="full", coalesce=True)
    both = both.with_columns(pl.col("shared", "idle", "used", "claimed").fill_null(value=False))
    belongs = pl.col("used") & (pl.col("true_ring").fill_null("") != "")
    return (
        both.filter(~pl.col("shared") & ~pl.col("idle"))
        .with_columns(member=belongs)
        .filter(pl.col("member") | pl.col("claimed"))
    )


def _rings(members: pl.DataFrame) -> Figures:
    alone = pl.int_range(pl.len()) + len(members) + 1  # no rank of a ring is as high
    true = pl.when("member").then(pl.col("true_ring").rank("dense")).otherwise(alone)
    said = pl.when("claimed").then(pl.col("ring").rank("dense")).otherwise(alone)
    labels = members.select(true=true.cast(pl.Int64), said=said.cast(pl.Int64))
    return {
        "adjusted_rand": _adjusted_rand(labels),
        "true_members": int(members["member"].sum()),
        "claimed_members": int(members["claimed"].sum()),
    }


def _adjusted_rand(labels: pl.DataFrame) -> float:
    def pairs(*columns: str) -> float:
        sizes = labels.group_by(columns).len()["len"].cast(pl.Float64)
        return float((sizes * (sizes - 1) / 2).sum())

    n = len(labels)
    if n < 2:
        return 0.0
    both, left, right = pairs("true", "said"), pairs("true"), pairs("said")
    expected = left * right / (n * (n - 1) / 2)
    best = (left + right) / 2
    return (both - expected) / (best - expected) if best != expected else 1.0


def _roles(members: pl.DataFrame) -> Figures:
    true = members.filter(pl.col("member") & (pl.col("true_role") != ""))
    by_role: dict[str, float] = {}
    for role, count in (
        true["true_role"].value_counts().filter(pl.col("count") >= LEAST_MEMBERS_OF_A_ROLE).sort("true_role").rows()
    ):
        said = int((members["role"] == role).sum())
        good = len(true.filter(pl.col("true_role") == role, pl.col("role") == role))
        by_role[role] = 2 * good / (said + count)
    return {"macro_f1": sum(by_role.values()) / max(1, len(by_role)), "by_role": by_role}


def _look_alikes(truth: Path, alerted: pl.Series) -> Figures:
    similar = read_columns(truth / "look_alikes.csv", ("entity", "why"))
    clear = similar.with_columns(clear=~pl.col("entity").is_in(alerted.implode()))
    by_why = clear.group_by("why").agg(share=pl.col("clear").sum() / pl.len()).sort("why")
    return {"clear": int(clear["clear"].sum()) / max(1, len(clear)), "by_why": dict(by_why.rows())}


def _actions(truth: Path, answers: Path, found: pl.Series) -> Figures:
    people = read_columns(truth / "subjects.csv", ("entity",), ("coerced",))
    person = (pl.col("entity") == "person") | pl.col("entity").str.starts_with("person:")
    coerced = people.filter(person & pl.col("coerced").is_in(COERCED))["entity"].unique()
    proposals = read_columns(answers / "actions.csv", ("entity", "action"))
    restrictive = proposals.filter(~pl.col("action").is_in(HARMLESS_ACTIONS))
    return {
        "restrictive_on_coerced": int(restrictive["entity"].is_in(coerced.implode()).sum()),
        "coerced_persons": len(coerced),
        "proposals": len(proposals),
        "alerted_positives_with_proposal": int(found.is_in(proposals["entity"].implode()).sum()) / max(1, len(found)),
    }
