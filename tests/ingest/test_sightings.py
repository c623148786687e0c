from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.ingest import matching
from cutline.ingest.sightings import duplicates, fill, merge_contacts, merge_transfers

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
DAY = 86_400
UETRS = ("7a562c67-ca16-48ba-b074-65581be6f001", "7a562c67-ca16-48ba-b074-65581be6f002")
TRANSFER_SCHEMA: dict[str, Any] = {
    "deliverer": pl.String,
    "event_id": pl.String,
    "occurred_at": pl.Datetime("us", "UTC"),
    "precision": pl.String,
    "payer": pl.String,
    "payee": pl.String,
    "amount": pl.Decimal(38, 0),
    "asset": pl.String,
    "rail": pl.String,
    "transaction_id": pl.String,
}
CONTACT_SCHEMA: dict[str, Any] = {
    "deliverer": pl.String,
    "event_id": pl.String,
    "occurred_at": pl.Datetime("us", "UTC"),
    "source": pl.String,
    "target": pl.String,
    "medium": pl.String,
    "duration_s": pl.Int64,
}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def transfer(deliverer: str, event: str, seconds: float, **said: Any) -> dict[str, Any]:
    usual = {
        "precision": "exact",
        "payer": "account:CN/ICBK/1",
        "payee": "account:CN/CCBK/2",
        "amount": 100,
        "asset": "CNY",
        "rail": "bank",
        "transaction_id": None,
    }
    return {"deliverer": deliverer, "event_id": event, "occurred_at": at(seconds), **usual, **said}


def call(deliverer: str, event: str, seconds: float, **said: Any) -> dict[str, Any]:
    usual = {"source": "phone:+8613800000001", "target": "phone:+8613800000002", "medium": "call", "duration_s": 60}
    return {"deliverer": deliverer, "event_id": event, "occurred_at": at(seconds), **usual, **said}


def events(rows: list[dict[str, Any]], schema: dict[str, Any]) -> set[frozenset[tuple[str, str]]]:
    merge = merge_transfers if "payer" in schema else merge_contacts
    primary = merge(pl.DataFrame(rows, schema=schema))
    groups: dict[int, set[tuple[str, str]]] = {}
    for position, row in zip(primary.tolist(), rows, strict=True):
        groups.setdefault(position, set()).add((row["deliverer"], row["event_id"]))
    return {frozenset(group) for group in groups.values()}


def number_of_events(*rows: dict[str, Any]) -> int:
    return len(events(list(rows), TRANSFER_SCHEMA if "payer" in rows[0] else CONTACT_SCHEMA))


@pytest.mark.parametrize(("apart", "count"), [(0, 1), (120, 1), (120.000001, 2), (-120, 1), (-121, 2)])
def test_two_banks_see_one_payment_within_two_minutes(apart: float, count: int) -> None:
    assert number_of_events(transfer("icbc", "a", 1000), transfer("ccb", "b", 1000 + apart)) == count


@pytest.mark.parametrize(("apart", "longer", "count"), [(3, 3, 1), (-3, -3, 1), (3.000001, 0, 2), (0, 4, 2), (0, None, 1)])
def test_two_operators_see_one_call_within_three_seconds(apart: float, longer: int | None, count: int) -> None:
    duration = None if longer is None else 60 + longer
    assert number_of_events(call("cmcc", "a", 50), call("unicom", "b", 50 + apart, duration_s=duration)) == count


def test_rows_of_one_deliverer_never_merge() -> None:
    assert number_of_events(transfer("icbc", "a", 0), transfer("icbc", "b", 0), transfer("icbc", "c", 1)) == 3
    assert number_of_events(call("cmcc", "a", 0), call("cmcc", "b", 0)) == 2


def test_two_equal_payments_half_a_minute_apart_stay_two() -> None:
    rows = [transfer("icbc", "a1", 0), transfer("icbc", "a2", 30), transfer("ccb", "b1", 2), transfer("ccb", "b2", 31)]
    assert events(rows, TRANSFER_SCHEMA) == {
        frozenset({("icbc", "a1"), ("ccb", "b1")}),
        frozenset({("icbc", "a2"), ("ccb", "b2")}),
    }


def test_an_id_joins_over_days_but_only_the_same_payment() -> None:
    uetr = UETRS[0]
    same = [transfer("icbc", "a", 0, transaction_id=uetr), transfer("ccb", "b", 3 * DAY, transaction_id=uetr)]
    assert number_of_events(*same) == 1
    other = transfer("boc", "c", 3 * DAY, transaction_id=uetr, amount=101)
    assert number_of_events(*same, other) == 2
    assert number_of_events(same[0], transfer("ccb", "b", 3 * DAY, transaction_id=uetr, payee="account:CN/CCBK/3")) == 2


def test_not_provided_is_no_id() -> None:
    rows = [transfer("icbc", "a", 0, transaction_id="NOTPROVIDED"), transfer("ccb", "b", DAY, transaction_id="NOTPROVIDED")]
    assert number_of_events(*rows) == 2


def test_ids_that_differ_tell_payments_apart_and_an_id_of_another_kind_does_not() -> None:
    first = transfer("icbc", "a", 0, transaction_id=UETRS[0])
    assert number_of_events(first, transfer("ccb", "b", 5, transaction_id=UETRS[1])) == 2
    assert number_of_events(first, transfer("ccb", "b", 5, transaction_id="E2E-1")) == 1
    assert number_of_events(first, transfer("ccb", "b", 5)) == 1


def test_a_third_sighting_joins_what_an_id_has_joined() -> None:
    rows = [
        transfer("icbc", "a", 0, transaction_id="E1"),
        transfer("ccb", "b", 400, transaction_id="E1"),
        transfer("clearing", "c", 30),
    ]
    assert number_of_events(*rows) == 1


@pytest.mark.parametrize(("seconds", "count"), [(0, 1), (DAY - 1, 1), (DAY, 2), (-1, 2)])
def test_a_day_agrees_with_every_time_in_it(seconds: float, count: int) -> None:
    rows = [transfer("icbc", "a", 0, precision="day"), transfer("ccb", "b", seconds)]
    assert number_of_events(*rows) == count
    frame = pl.DataFrame(rows, schema=TRANSFER_SCHEMA)
    if count == 1:
        assert merge_transfers(frame).tolist() == [1, 1], "the exact time tells the event"


def test_days_of_two_zones_are_one_day() -> None:
    rows = [transfer("icbc", "a", 0, precision="day"), transfer("hsbc", "b", 8 * 3600, precision="day")]
    assert number_of_events(*rows) == 1
    rows[1] = transfer("hsbc", "b", 24 * 3600, precision="day")
    assert number_of_events(*rows) == 2


def test_a_chain_transfer_whose_teller_numbers_no_legs_joins_by_what_its_transaction_moved() -> None:
    chain = {"rail": "chain", "asset": "tron/native", "transaction_id": "h"}
    unnumbered = transfer("explorer", "h/0-0123abcd", 0, **chain)
    third, fifth = transfer("node", "h/3", 0, **chain), transfer("node", "h/5", 0, **chain)
    other = transfer("police", "h/5", 0, **chain)
    assert number_of_events(unnumbered, third) == 1
    assert number_of_events(unnumbered, third, fifth) == 2
    assert number_of_events(unnumbered, third, fifth, other) == 2
    assert number_of_events(unnumbered, third, transfer("police", "h/1-0123abcd", 0, **chain)) == 1
    assert number_of_events(unnumbered, transfer("node", "h/3", 0, **{**chain, "asset": "tron/other"})) == 2
    assert number_of_events(unnumbered, transfer("node", "g/3", 0, **{**chain, "transaction_id": "g"})) == 2


def test_chain_transfers_join_by_hash_and_leg_alone() -> None:
    chain = {"rail": "chain", "asset": "tron/native"}
    first = transfer("exchange", "h/0", 0, transaction_id="h", **chain)
    assert number_of_events(first, transfer("police", "h/0", 900, transaction_id="h", **chain)) == 1
    assert number_of_events(first, transfer("police", "h/1", 0, transaction_id="h", **chain)) == 2
    assert number_of_events(first, transfer("police", "g/0", 0, transaction_id="g", **chain)) == 2


def test_messages_of_platforms_have_one_witness() -> None:
    assert number_of_events(call("a", "1", 0, medium="voice"), call("b", "2", 0, medium="voice")) == 2
    assert number_of_events(call("a", "1", 0, medium="sms"), call("b", "2", 0, medium="sms")) == 1
    assert number_of_events(call("a", "1", 0, medium="sms"), call("b", "2", 0, medium="call")) == 2


def test_the_event_is_told_once_with_what_the_others_add() -> None:
    rows = [
        transfer("icbc", "a", 10) | {"payer_balance_after": 5, "payee_balance_after": None, "purpose": None},
        transfer("ccb", "b", 12) | {"payer_balance_after": None, "payee_balance_after": 7, "purpose": "late"},
        transfer("clearing", "c", 11) | {"payer_balance_after": 9, "payee_balance_after": None, "purpose": "early"},
        transfer("icbc", "d", 5000) | {"payer_balance_after": None, "payee_balance_after": None, "purpose": None},
    ]
    schema = TRANSFER_SCHEMA | {"payer_balance_after": pl.Int64, "payee_balance_after": pl.Int64, "purpose": pl.String}
    frame = pl.DataFrame(rows, schema=schema)
    told = fill(frame, merge_transfers(frame))
    assert told["event_id"].to_list() == ["a", "d"]
    assert told.select("payer_balance_after", "payee_balance_after", "purpose").row(0) == (5, 7, "early")
    assert told.row(1, named=True)["purpose"] is None
    again = merge_transfers(told)
    assert again.tolist() == [0, 1], "what is merged does not merge again"


def test_a_row_is_new_a_duplicate_or_in_conflict() -> None:
    schema = {"row": pl.Int64, "key": pl.UInt64, "content": pl.UInt64}
    new = pl.DataFrame({"row": [1, 2, 3, 4, 5], "key": [7, 7, 7, 8, 9], "content": [1, 1, 2, 5, 6]}, schema=schema)
    assert duplicates(new, None).to_list() == ["new", "duplicate", "conflicting", "new", "new"]
    known = pl.DataFrame({"row": [1, 1], "key": [8, 9], "content": [5, 0]}, schema=schema)
    assert duplicates(new, known).to_list() == ["new", "duplicate", "conflicting", "duplicate", "conflicting"]
    assert duplicates(new.clear(), known).len() == 0


# The reference: the rule as one would do it by hand, in quadratic time.


def near(a: dict[str, Any], b: dict[str, Any]) -> bool:
    apart = (b["occurred_at"] - a["occurred_at"]).total_seconds()
    if "payer" not in a:
        both = a["duration_s"] is not None and b["duration_s"] is not None
        return abs(apart) <= 3 and not (both and abs(a["duration_s"] - b["duration_s"]) > 3)
    days = [r["precision"] == "day" for r in (a, b)]
    if all(days):
        return abs(apart) < DAY / 2
    if days[0]:
        return 0 <= apart < DAY
    if days[1]:
        return 0 <= -apart < DAY
    return abs(apart) <= 120


def id_kind(row: dict[str, Any]) -> int:
    said = row.get("transaction_id")
    return 0 if not said or said == "NOTPROVIDED" else 2 if said in UETRS else 1


def same(a: dict[str, Any], b: dict[str, Any], *names: str) -> bool:
    return all(a[n] == b[n] for n in names)


def rank(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["deliverer"], row["event_id"], row["occurred_at"]


def by_hand(rows: list[dict[str, Any]]) -> list[set[int]]:
    """Greedy over all pairs, first those joined by an id (any time), then by time; nearest first, ties by rank."""
    group = {i: {i} for i in range(len(rows))}
    passes = ("id", "time") if "payer" in rows[0] else ("time",)
    bound: set[int] = set()
    for kind in passes:
        pairs = []
        for i, j in combinations(sorted(range(len(rows)), key=lambda k: rank(rows[k])), 2):
            a, b = rows[i], rows[j]
            if a["deliverer"] == b["deliverer"] or not paired(a, b, kind):
                continue
            coarse = kind == "time" and "day" in (a.get("precision"), b.get("precision"))
            pairs.append((coarse, abs((a["occurred_at"] - b["occurred_at"]).total_seconds()), len(pairs), i, j))
        for *_, i, j in sorted(pairs):
            if group[i] is not group[j] and all(agree(rows, x, y, kind, bound) for x in group[i] for y in group[j]):
                whole = group[i] | group[j]
                group |= dict.fromkeys(whole, whole)
        bound = {i for i in group if len(group[i]) > 1} if kind == "id" else bound
    return [group[i] for i in range(len(rows))]


def paired(a: dict[str, Any], b: dict[str, Any], kind: str) -> bool:
    if "payer" not in a:
        return same(a, b, "source", "target", "medium") and a["medium"] in ("call", "sms") and near(a, b)
    if not same(a, b, "payer", "payee", "amount", "asset") or a["rail"] != b["rail"]:
        return False
    if kind == "id":
        shared = id_kind(a) > 0 and a["transaction_id"] == b["transaction_id"]
        return shared and (a["rail"] != "chain" or a["event_id"] == b["event_id"])
    return a["rail"] != "chain" and near(a, b)


def agree(rows: list[dict[str, Any]], i: int, j: int, kind: str, bound: set[int]) -> bool:
    a, b = rows[i], rows[j]
    if a["deliverer"] == b["deliverer"]:
        return False
    if kind == "id":
        return True
    if id_kind(a) and id_kind(a) == id_kind(b) and a["transaction_id"] != b["transaction_id"]:
        return False
    return i in bound or j in bound or near(a, b)


def named(rows: list[dict[str, Any]], groups: list[set[int]]) -> set[frozenset[tuple[str, str]]]:
    return {frozenset((rows[k]["deliverer"], rows[k]["event_id"]) for k in group) for group in groups}


transfers = st.lists(
    st.builds(
        lambda who, event, seconds, precision, amount, rail, shared: transfer(
            who,
            event,
            seconds * (0 if precision == "day" else 1),
            precision=precision,
            amount=amount,
            rail=rail,
            transaction_id=shared,
        ),
        st.sampled_from(["bank a", "bank b", "clearing"]),
        st.uuids(version=4).map(lambda u: u.hex[:8]) | st.sampled_from(["h/0", "h/1"]),
        st.sampled_from([0, 1, 30, 60, 90, 119, 120, 121, 150, 240, 241, 4000, DAY - 1, DAY]),
        st.sampled_from(["exact", "exact", "exact", "day"]),
        st.sampled_from([1, 1, 2]),
        st.sampled_from(["bank", "bank", "chain"]),
        st.sampled_from([None, None, "NOTPROVIDED", "E1", *UETRS]),
    ),
    min_size=1,
    max_size=14,
    unique_by=lambda r: (r["deliverer"], r["event_id"]),
)
calls = st.lists(
    st.builds(
        lambda who, event, seconds, medium, duration: call(who, event, seconds, medium=medium, duration_s=duration),
        st.sampled_from(["cmcc", "telecom", "unicom"]),
        st.uuids(version=4).map(lambda u: u.hex[:8]),
        st.sampled_from([0, 0.5, 1, 2, 3, 3.5, 4, 6, 7, 9]),
        st.sampled_from(["call", "call", "sms", "voice"]),
        st.sampled_from([0, 3, 4, 6, None]),
    ),
    min_size=1,
    max_size=16,
    unique_by=lambda r: (r["deliverer"], r["event_id"]),
)


@settings(max_examples=150, deadline=None)
@given(transfers, st.randoms(use_true_random=False))
def test_transfers_merge_as_by_hand_in_any_order(rows: list[dict[str, Any]], chance: Any) -> None:
    expected = named(rows, by_hand(rows))
    assert events(rows, TRANSFER_SCHEMA) == expected
    chance.shuffle(rows)
    assert events(rows, TRANSFER_SCHEMA) == expected


@settings(max_examples=150, deadline=None)
@given(calls, st.randoms(use_true_random=False))
def test_calls_merge_as_by_hand_in_any_order(rows: list[dict[str, Any]], chance: Any) -> None:
    expected = named(rows, by_hand(rows))
    assert events(rows, CONTACT_SCHEMA) == expected
    chance.shuffle(rows)
    assert events(rows, CONTACT_SCHEMA) == expected


@settings(max_examples=60, deadline=None)
@given(transfers)
def test_primaries_tell_their_events_and_merging_twice_changes_nothing(rows: list[dict[str, Any]]) -> None:
    frame = pl.DataFrame(rows, schema=TRANSFER_SCHEMA)
    primary = merge_transfers(frame)
    assert (primary[primary] == primary).all()
    for event in np.unique(primary):
        members = [rows[i] for i in np.flatnonzero(primary == event)]
        assert len({r["deliverer"] for r in members}) == len(members)
        best = min(members, key=lambda r: (r["precision"] == "day", r["occurred_at"], r["deliverer"], r["event_id"]))
        assert rank(best) == rank(rows[event])
    assert fill(frame, primary).height == len(np.unique(primary))


def test_hundreds_of_equal_payments_are_matched_in_turn() -> None:
    size = 3 * matching.DENSE
    rows = [transfer(who, f"{who}{i:05d}", i // 2) for who in ("bank a", "bank b", "clearing") for i in range(size)]
    frame = pl.DataFrame(rows, schema=TRANSFER_SCHEMA)
    primary = merge_transfers(frame)
    assert len(np.unique(primary)) == size
    shuffled = np.random.default_rng(1).permutation(frame.height)
    again = merge_transfers(frame[shuffled])
    back = np.empty(frame.height, np.int64)
    back[shuffled] = shuffled[again]
    assert (back == primary).all()


def test_nothing_is_merged_in_nothing() -> None:
    assert merge_transfers(pl.DataFrame(schema=TRANSFER_SCHEMA)).size == 0
    assert merge_contacts(pl.DataFrame(schema=CONTACT_SCHEMA)).size == 0
