"""Whether those were warned who truly lost money, how early, and who else was: the judge of warnings.

A warning is no alert and accuses nobody, so that none of this enters precision and recall of subjects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from cutline.evaluation.files import numbers, read_columns, write_together
from cutline.evaluation.judgement import COERCED

FILE = "warnings.csv"
COLUMNS = ("entity", "grade", "first_at", "known_at", "typologies")

HELD = ("owns", "uses", "carries", "registered_with", "keys_for", "same_as")
"""Relations by which what a warning is about belongs to the person whom it protects."""

STEPS = 3
"""From a victim's account to its owner, to the owner's number, to the card in it."""

CROWD = 10
"""What is tied to more than so many is nobody's own: nothing is reached through it (D)."""


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning as it is judged: about whom, how urgent, from when on by the events and by what had been delivered."""

    entity: str
    grade: str
    first_at: str
    known_at: str
    typologies: str


Ties = Callable[[list[str]], pl.DataFrame]
"""Gives the ties (a, b) of a relation in HELD that touch some entities at either end."""


@dataclass(frozen=True, slots=True)
class Records:
    """What the judge looks up in the records: ties that hold something (a, b), all entities `known`, and rows of some entities.

    `paid_by` gives the payments (payer, occurred_at) of some payers, `spoken_to` the contacts (source, target) to some targets.
    """

    ties: Ties
    known: frozenset[str]
    paid_by: Callable[[list[str]], pl.DataFrame]
    spoken_to: Callable[[list[str]], pl.DataFrame]


def write_warnings(folder: Path, warned: Iterable[Warned]) -> None:
    """Write warnings.csv, with ids in the clear: the caller has checked the right. Times are UTC in ISO 8601."""
    rows = sorted(astuple(one) for one in warned)
    write_together(folder, {FILE: pl.DataFrame(rows, dict.fromkeys(COLUMNS, pl.String), orient="row")})


def belongings(ties: Ties, people: Iterable[str]) -> pl.DataFrame:
    """Give what is each person's by some record, as rows (`person`, `entity`), themselves included.

    Who stands in `people` may be an account or a number: its owner's others are theirs too. No device leads on: a family
    shares one. Memory: the ties of those whom it reaches.
    """
    mine = pl.DataFrame({"person": sorted(set(people))}, {"person": pl.String}).with_columns(entity=pl.col("person"))
    for step in range(STEPS):
        ends = mine["entity"].unique()
        touched = ties(ends.to_list())
        held = pl.concat([touched.select("a", "b"), touched.select(a="b", b="a")]).filter(pl.col("a").is_in(ends.implode()))
        steps = held.drop_nulls().unique()
        if step:
            steps = steps.filter((pl.len().over("a") <= CROWD) & ~pl.col("a").str.starts_with("device:"))
        reached = mine.join(steps, left_on="entity", right_on="a").select("person", entity="b")
        mine = pl.concat([mine, reached]).unique()
    return mine.sort("person", "entity")


def judge_warnings(truth: Path, answers: Path, records: Records) -> dict[str, Any]:
    """Say how many victims of truth were warned and when, and whom the warnings concern. Raises SourceError.

    A victim is warned if a warning is about something of theirs; in time if it begins no later than their last stolen payment,
    early if before it. `in_records` are those of whom something is delivered, `shown` those of whom a stolen payment is. A
    warning is right if it concerns a victim, or a person whom truth calls coerced. Shares of nothing are None.
    """
    warned = read_columns(answers / FILE, COLUMNS).with_columns(_moment("first_at"), _moment("known_at"))
    paid = _payments(truth)
    mine = belongings(records.ties, paid["person"].unique().to_list())
    seen = mine.filter(pl.col("entity").is_in(list(records.known)))["person"].unique()
    victims = _victims(paid, mine.join(warned, on="entity")).filter(pl.col("person").is_in(seen.implode()))
    shown = victims.join(_shown(paid, mine, records), on="person", how="semi")
    return {
        "victims": paid["person"].n_unique(),
        "in_records": len(victims),
        "shown": len(shown),
        "shown_warned": shown["warned"].count(),
        **_reached(victims),
        **_concerned(truth, warned, frozenset(mine["entity"].to_list()), records),
    }


def _payments(truth: Path) -> pl.DataFrame:
    """Give each stolen payment once: whose, how much, when."""
    rows = read_columns(truth / "stolen.csv", ("victim", "payment", "stolen_amount", "time"))
    rows = rows.with_columns(numbers(rows["stolen_amount"], "stolen.csv", 0.0), _moment("time"))
    return rows.unique("payment", keep="first", maintain_order=True).rename({"victim": "person"})


def _shown(paid: pl.DataFrame, mine: pl.DataFrame, records: Records) -> pl.DataFrame:
    """Name the victims of whom at least one stolen payment stands in the records: by payer and second."""
    second = pl.col("time").dt.truncate("1s")
    moved = records.paid_by(mine["entity"].to_list()).rename({"payer": "entity", "occurred_at": "time"}).with_columns(second)
    return paid.with_columns(second).join(mine, on="person").join(moved, on=["entity", "time"]).select("person").unique()


def _moment(name: str) -> pl.Expr:
    return pl.col(name).str.to_datetime("%+", time_zone="UTC", time_unit="us", strict=False)


def _victims(paid: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Give a row for each victim: last payment, first warning by events and by deliveries, value paid, and paid after it."""
    first = told.group_by("person").agg(warned=pl.col("first_at").min(), delivered=pl.col("known_at").min())
    rows = paid.join(first, on="person", how="left")
    after = pl.when(pl.col("time") > pl.col("warned")).then("stolen_amount").otherwise(0.0)
    return rows.group_by("person").agg(
        pl.col("warned", "delivered").first(), last=pl.col("time").max(), value=pl.col("stolen_amount").sum(), after=after.sum()
    )


def _reached(victims: pl.DataFrame) -> dict[str, Any]:
    told = victims.filter(pl.col("warned").is_not_null())
    early = told.filter(pl.col("warned") < pl.col("last"))
    ahead = (early["last"] - early["warned"]).dt.total_seconds() / 3600
    value = float(victims["value"].sum())
    return {
        "warned": len(told),
        "in_time": int((told["warned"] <= told["last"]).sum()),
        "early": len(early),
        "delivered_in_time": int((told["delivered"] <= told["last"]).sum()),
        "coverage": _share(len(told), len(victims)),
        "lead_h": round(float(ahead.median()), 1) if len(early) else None,  # type: ignore[arg-type]
        "value_after_warning": float(victims["after"].sum()) / value if value else None,
    }


def _concerned(truth: Path, warned: pl.DataFrame, theirs: frozenset[str], records: Records) -> dict[str, Any]:
    """Say whom the warnings concern: victims, people held against their will, look-alikes, members of gangs, others."""
    subjects = read_columns(truth / "subjects.csv", ("entity",), ("coerced",))
    held = subjects.filter(pl.col("coerced").is_in(COERCED))["entity"].to_list()
    coerced = frozenset(belongings(records.ties, held)["entity"].to_list())
    like = frozenset(read_columns(truth / "look_alikes.csv", ("entity",))["entity"].to_list())
    about = warned["entity"].unique().to_list()
    each = warned.with_columns(typology=pl.col("typologies").str.split(" ")).explode("typology")
    of_victims = [e for e in about if e in theirs]
    of_coerced = [e for e in about if e in coerced and e not in theirs]
    others = [e for e in about if e not in theirs and e not in coerced]
    members = frozenset(subjects["entity"].to_list())
    return {
        "warnings": len(about),
        "of_victims": len(of_victims),
        "of_coerced": len(of_coerced),
        "precision": _share(len(of_victims) + len(of_coerced), len(about)),
        "look_alikes": sum(e in like for e in others),
        "members": sum(e in members for e in others),
        "approached": len(_approached(others, members, records)),
        "by_typology": _by(each, "typology", theirs | coerced),
        "by_grade": _by(warned, "grade", theirs | coerced),
    }


def _approached(others: list[str], members: frozenset[str], records: Records) -> frozenset[str]:
    """Give those warned, but no victims, to whom a member of a gang had spoken or written: they had been right to be warned."""
    mine = belongings(records.ties, [e for e in others if e not in members])
    told = records.spoken_to(mine["entity"].to_list()).filter(pl.col("source").is_in(list(members)))
    return frozenset(mine.join(told, left_on="entity", right_on="target", how="semi")["person"].to_list())


def _by(warned: pl.DataFrame, name: str, right: frozenset[str]) -> list[dict[str, Any]]:
    """Count warnings, and those that are right, by what stands in a column; the most first."""
    rows = warned.unique([name, "entity"]).with_columns(right=pl.col("entity").is_in(list(right)))
    told = rows.group_by(name).agg(warnings=pl.len(), right=pl.col("right").sum())
    return told.sort("warnings", name, descending=[True, False]).to_dicts()


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
