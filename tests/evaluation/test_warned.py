"""The judge of warnings, on truths of a few rows."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutline.evaluation import Records, Warned, judge_warnings, write_warnings
from cutline.evaluation.files import write_together
from cutline.evaluation.warned import CROWD, HELD, belongings

STOLEN = ("victim", "payment", "stolen_amount", "time")
MINE = [
    ("person:bank/v", "account:CN/ABC/v", "owns"),
    ("account:CN/ABC/v", "phone:+861", "registered_with"),
    ("person:op/v", "phone:+861", "owns"),
    ("person:op/v", "phone:+862", "owns"),
    ("person:bank/w", "account:CN/ABC/w", "owns"),
    ("person:bank/z", "account:CN/ABC/z", "owns"),
]


def ties(rows=MINE):
    told = pl.DataFrame(rows, dict.fromkeys(("a", "b", "relation"), pl.String), orient="row")
    held = told.filter(pl.col("relation").is_in(HELD))
    return lambda ends: held.filter(pl.col("a").is_in(ends) | pl.col("b").is_in(ends))


def known(rows=MINE):
    return frozenset(end for row in rows for end in row[:2])


def records(paid=(), spoken=()):
    payments = pl.DataFrame(list(paid), {"payer": pl.String, "occurred_at": pl.String}, orient="row")
    payments = payments.with_columns(pl.col("occurred_at").str.to_datetime("%+", time_zone="UTC", time_unit="us"))
    talks = pl.DataFrame(list(spoken), {"source": pl.String, "target": pl.String}, orient="row")
    return Records(
        ties(),
        known(),
        lambda payers: payments.filter(pl.col("payer").is_in(payers)),
        lambda targets: talks.filter(pl.col("target").is_in(targets)),
    )


def laid(folder, stolen, look_alikes=(), subjects=()):
    def put(name, columns, rows):
        write_together(folder, {name: pl.DataFrame(list(rows), dict.fromkeys(columns, pl.String), orient="row")})

    put("stolen.csv", STOLEN, stolen)
    put("look_alikes.csv", ("entity",), [(one,) for one in look_alikes])
    put("subjects.csv", ("entity", "coerced"), subjects)


def warned(entity, first, grade="middle", typologies="victim-drain", known=""):
    return Warned(entity, grade, first, known or first, typologies)


PAID = [
    ("account:CN/ABC/v", "p1", "100", "2026-05-01T10:00:00+08:00"),
    ("account:CN/ABC/v", "p1", "100", "2026-05-01T10:00:00+08:00"),
    ("account:CN/ABC/v", "p2", "300", "2026-05-02T10:00:00+08:00"),
    ("person:bank/w", "p3", "400", "2026-05-01T10:00:00+08:00"),
]


def test_a_victim_is_warned_through_whatever_is_theirs_and_a_payment_counts_once(tmp_path):
    laid(tmp_path, PAID)
    write_warnings(tmp_path, [warned("phone:+862", "2026-05-01T04:00:00+00:00")])
    told = judge_warnings(tmp_path, tmp_path, records())
    assert (told["victims"], told["in_records"], told["warned"], told["early"], told["in_time"]) == (2, 2, 1, 1, 1)
    assert told["coverage"] == 0.5
    assert told["lead_h"] == 22.0
    assert told["value_after_warning"] == pytest.approx(300 / 800)
    assert told["precision"] == 1.0


@pytest.mark.parametrize(
    ("first", "early", "in_time"),
    [("2026-05-02T01:59:59+00:00", 1, 1), ("2026-05-02T02:00:00+00:00", 0, 1), ("2026-05-02T02:00:01+00:00", 0, 0)],
)
def test_in_time_is_no_later_than_the_last_payment_and_early_is_before_it(tmp_path, first, early, in_time):
    laid(tmp_path, PAID)
    write_warnings(tmp_path, [warned("account:CN/ABC/v", first)])
    told = judge_warnings(tmp_path, tmp_path, records())
    assert (told["warned"], told["early"], told["in_time"]) == (1, early, in_time)


def test_what_was_delivered_later_is_told_apart(tmp_path):
    laid(tmp_path, PAID)
    write_warnings(tmp_path, [warned("account:CN/ABC/v", "2026-05-01T04:00:00+00:00", known="2026-05-03T00:00:00+00:00")])
    told = judge_warnings(tmp_path, tmp_path, records())
    assert (told["in_time"], told["delivered_in_time"]) == (1, 0)


def test_whom_else_warnings_concern_is_told(tmp_path):
    held = ("person:op/h", "1")
    laid(tmp_path, PAID, ("account:CN/ABC/z", "account:CN/ABC/v"), [held, ("account:CN/ABC/m", "")])
    moment = "2026-05-01T02:00:00+00:00"
    write_warnings(
        tmp_path,
        [
            warned("account:CN/ABC/v", moment, "high", "victim-drain refund-lure"),
            warned("person:op/h", moment, "high", "silence-after-travel"),
            warned("account:CN/ABC/z", moment, "low"),
            warned("account:CN/ABC/m", moment, "low"),
            warned("account:CN/ABC/other", moment, "low"),
        ],
    )
    told = judge_warnings(tmp_path, tmp_path, records())
    assert (told["warnings"], told["of_victims"], told["of_coerced"]) == (5, 1, 1)
    assert (told["look_alikes"], told["members"]) == (1, 1)
    assert told["precision"] == pytest.approx(2 / 5)
    assert told["by_typology"][0] == {"typology": "victim-drain", "warnings": 4, "right": 1}
    assert {one["grade"]: one["right"] for one in told["by_grade"]} == {"high": 2, "low": 0}


def test_who_stands_in_no_record_cannot_be_warned_and_nobody_warned_is_no_share(tmp_path):
    laid(tmp_path, [("account:CN/ABC/nowhere", "p9", "100", "2026-05-01T10:00:00+08:00")])
    write_warnings(tmp_path, [])
    told = judge_warnings(tmp_path, tmp_path, records())
    assert (told["victims"], told["in_records"], told["warned"], told["warnings"]) == (1, 0, 0, 0)
    assert (told["coverage"], told["precision"], told["lead_h"], told["value_after_warning"]) == (None, None, None, None)


def test_whose_payment_is_not_delivered_can_hardly_be_warned_and_is_counted_apart(tmp_path):
    laid(tmp_path, PAID)
    write_warnings(tmp_path, [warned("account:CN/ABC/v", "2026-05-01T04:00:00+00:00")])
    delivered = [("account:CN/ABC/v", "2026-05-01T02:00:00.4+00:00"), ("account:CN/ABC/w", "2026-05-01T02:00:09+00:00")]
    told = judge_warnings(tmp_path, tmp_path, records(delivered))
    assert (told["in_records"], told["shown"], told["shown_warned"]) == (2, 1, 1)


def test_who_was_worked_by_a_gang_and_did_not_pay_is_told_apart(tmp_path):
    laid(tmp_path, PAID, (), [("phone:+8617", "")])
    moment = "2026-05-01T02:00:00+00:00"
    write_warnings(tmp_path, [warned("account:CN/ABC/z", moment), warned("account:CN/ABC/other", moment)])
    told = judge_warnings(
        tmp_path, tmp_path, records((), [("phone:+8617", "account:CN/ABC/z"), ("phone:+8618", "account:CN/ABC/z")])
    )
    assert (told["of_victims"], told["approached"]) == (0, 1)


def test_nothing_is_reached_through_a_crowd_or_a_shared_handset():
    crowd = [(f"person:op/{n}", "phone:+869", "owns") for n in range(CROWD + 1)]
    shared = [("account:CN/ABC/v", "device:imei/1", "uses"), ("account:CN/ABC/son", "device:imei/1", "uses")]
    mine = belongings(ties([("account:CN/ABC/v", "phone:+869", "registered_with"), *crowd, *shared]), ["account:CN/ABC/v"])
    assert set(mine["entity"]) == {"account:CN/ABC/v", "phone:+869", "device:imei/1"}


@given(st.permutations(MINE))
def test_the_order_of_ties_changes_nothing(rows):
    assert belongings(ties(rows), ["account:CN/ABC/v"]).equals(belongings(ties(), ["account:CN/ABC/v"]))
