"""The judge of stop lists and of what was found by rail, on truths of a few rows."""

import polars as pl
import pytest

from cutline.evaluation import Stop, judge_stops, located_by, write_stops
from cutline.evaluation.files import write_together

USDT = "tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
TRUTH = ("report_id", "payment", "stolen_amount", "ended_at", "ended_value", "ended_asset", "ended_how")
ROWS = [
    ("a", "p1", "1000", "account:CN/ICBK/atm", "500", "CNY", "cash"),
    ("a", "p1", "1000", "account:CN/ICBK/m", "200", "CNY", "residual"),
    ("a", "p1", "1000", "address:tron/T1", "300", USDT, "exchange"),
    ("b", "p2", "90", "address:evm/0x1", "60", "ethereum/native", "residual"),
    ("b", "p2", "90", "account:CN/ICBK/shop", "30", "CNY", "residual"),
    ("c", "p3", "40", "account:CN/ICBK/atm", "40", "CNY", "cash"),
    ("", "p4", "70", "ecny_wallet:1", "70", "CNY", "residual"),
]


def laid(folder, name, columns, rows):
    write_together(folder, {name: pl.DataFrame(rows, dict.fromkeys(columns, pl.String), orient="row")})


def stop(report, order, entity, amount, asset="CNY", live=1):
    return Stop(report, 1, order, entity, asset, "residual", str(amount), 0.9, 1.0, live)


@pytest.mark.parametrize(
    ("first", "by_truth", "by_trace"),
    [
        ((("address:tron/T1", 300, USDT), ("account:CN/ICBK/m", 200, "CNY")), 1.0, 1.0),
        ((("account:CN/ICBK/m", 200, "CNY"), ("address:tron/T1", 300, USDT)), 0.5, 0.5),
        ((("account:CN/ICBK/m", 400, "CNY"), ("address:tron/T1", 100, USDT)), 0.5, 1.0),
    ],
)
def test_a_list_begins_with_the_largest_ending_that_can_be_stopped_by_truth_and_by_itself(tmp_path, first, by_truth, by_trace):
    laid(tmp_path, "stolen.csv", TRUTH, ROWS)
    lines = [stop("a", k, entity, amount, asset) for k, (entity, amount, asset) in enumerate(first, 2)]
    cash = stop("a", 1, "account:CN/ICBK/atm", 500, live=0)
    write_stops(
        tmp_path, [cash, *lines, stop("b", 1, "account:CN/ICBK/shop", 30), stop("c", 1, "account:CN/ICBK/atm", 40, live=0)]
    )
    found = judge_stops(tmp_path, tmp_path)
    assert (found["by_truth"], found["by_trace"]) == (by_truth, by_trace)
    assert found["with_coins"] == by_truth - 0.5, "a coin that nobody can freeze is the larger part of report b"
    assert (found["reports"], found["lists"]) == (2, 2), "of report c nothing can be stopped"


def test_nothing_to_stop_is_no_share(tmp_path):
    laid(tmp_path, "stolen.csv", TRUTH, ROWS[-2:])
    write_stops(tmp_path, [])
    assert judge_stops(tmp_path, tmp_path) == {"by_truth": None, "with_coins": None, "by_trace": None, "reports": 0, "lists": 0}


def test_what_was_found_is_told_by_rail_and_by_how_it_ended(tmp_path):
    laid(tmp_path, "stolen.csv", TRUTH, ROWS)
    said = [("a", "account:CN/ICBK/atm", "500"), ("a", "account:CN/ICBK/m", "500"), ("b", "address:evm/0x1", "30")]
    laid(tmp_path, "endings.csv", ("report_id", "entity", "amount"), said)
    told = {(e["rail"], e["how"]): e for e in located_by(tmp_path, tmp_path, {"account:CN/ICBK/shop"})}
    assert {key: (e["reports"], e["value"], round(e["located"], 3)) for key, e in told.items()} == {
        ("all", "cash"): (2, 540.0, 0.926),
        ("all", "residual"): (2, 290.0, 0.793),
        ("all", "exchange"): (1, 300.0, 0.0),
        ("bank", "all"): (2, 740.0, 0.946),
        ("bank", "cash"): (2, 540.0, 0.926),
        ("bank", "residual"): (1, 200.0, 1.0),
        ("ethereum", "all"): (1, 60.0, 0.5),
        ("ethereum", "residual"): (1, 60.0, 0.5),
        ("payment code", "all"): (1, 30.0, 0.0),
        ("payment code", "residual"): (1, 30.0, 0.0),
        ("tron", "all"): (1, 300.0, 0.0),
        ("tron", "exchange"): (1, 300.0, 0.0),
    }


def test_a_truth_that_tells_no_way_is_judged_all_the_same(tmp_path):
    laid(tmp_path, "stolen.csv", TRUTH[:5], [row[:5] for row in ROWS])
    laid(tmp_path, "endings.csv", ("report_id", "entity", "amount"), [])
    assert {(e["rail"], e["how"]) for e in located_by(tmp_path, tmp_path)} >= {("bank", "unsaid"), ("other", "unsaid")}
