"""Proposals on planted people: how many are right, how many are missed, and that nothing else decides them."""

from __future__ import annotations

import polars as pl
import pytest

from cutline.model.judgements import Proposal
from cutline.model.tables import TABLES
from cutline.resolution.attributes import gather, needed_columns
from cutline.resolution.linkage import propose
from tests.resolution.people import Country, country


@pytest.fixture(scope="module")
def land() -> Country:
    return country()


@pytest.fixture(scope="module")
def proposals(land: Country) -> list[Proposal]:
    return propose(land.tokens)


def test_most_proposals_are_right_and_most_pairs_are_proposed(land: Country, proposals: list[Proposal]) -> None:
    """Measured on this land: precision 0.9 and more although a fifth of the people have a child's number in a file."""
    right = sum(p.subjects in land.same for p in proposals)
    assert right / len(proposals) >= 0.85
    assert right / len(land.same) >= 0.85


def test_what_is_most_probable_comes_first_and_says_why(land: Country, proposals: list[Proposal]) -> None:
    chances = [p.probability for p in proposals]
    assert chances == sorted(chances, reverse=True)
    assert all(0.5 <= c <= 1 for c in chances)
    best = proposals[0]
    assert {w.attribute for w in best.weights} == {"phones", "devices"}
    assert all(w.bits > 0 and "share" in w.text_en and "共用" in w.text_zh for w in best.weights)
    sure = sum(p.subjects in land.same for p in proposals[:100])
    assert sure >= 98, "who shares a number and a device is one"


def test_tokens_of_one_issuer_are_never_proposed(proposals: list[Proposal]) -> None:
    assert all(a.split("/")[0] != b.split("/")[0] for a, b in (p.subjects for p in proposals))


def test_what_was_judged_does_not_come_back(land: Country, proposals: list[Proposal]) -> None:
    judged = {p.subjects for p in proposals[:3]}
    rest = propose(land.tokens, judged)
    assert [p.subjects for p in rest] == [p.subjects for p in proposals[3:]]


def test_equal_tokens_give_equal_proposals_in_any_order(land: Country, proposals: list[Proposal]) -> None:
    shuffled = land.tokens.sample(fraction=1.0, shuffle=True, seed=9)
    assert propose(shuffled) == proposals


def test_nothing_in_common_is_nothing_to_propose(land: Country) -> None:
    assert propose(land.tokens.head(0)) == []
    assert propose(land.tokens.filter(pl.col("issuer") == "bank")) == []


def test_no_protected_attribute_is_read() -> None:
    read = {(table, column) for table, columns in needed_columns().items() for column in columns}
    assert not [c for t, c in read if TABLES[t][c].protected]
    assert "facts" not in needed_columns(), "birth years, regions and nationalities are facts"


def test_what_is_known_of_a_token_comes_from_its_accounts_numbers_and_devices() -> None:
    tables = {
        "ties": [
            ("person:bank/1", "account:CN/ICBK/1", "owns"),
            ("account:CN/ICBK/1", "phone:+8613800000001", "registered_with"),
            ("person:telecom/9", "phone:+8613800000001", "owns"),
            ("person:telecom/9", "person:telecom/8", "family"),
            *((f"person:telecom/{k}", "phone:+861234", "owns") for k in range(10, 20)),
        ],
        "contacts": [("phone:+8613800000001", "device:imei/1"), ("phone:+8613800000001", None)],
        "transfers": [("account:CN/ICBK/1", "device:imei/2")],
        "orders": [("person:desk/3", "account:CN/ICBK/1")],
        "movements": [("person:id/4", "person:id/5"), ("person:id/6", "account:CN/ICBK/1")],
    }

    def ask(table: str, columns: tuple[str, ...]) -> pl.DataFrame:
        return pl.DataFrame(tables[table], schema=dict.fromkeys(columns, pl.String), orient="row")

    known = {row["entity"]: row for row in gather(ask).to_dicts()}
    bank, telecom = known["person:bank/1"], known["person:telecom/9"]
    assert (bank["issuer"], bank["kind"]) == ("bank", "person")
    assert bank["phones"] == telecom["phones"] == ["phone:+8613800000001"]
    assert bank["devices"] == ["device:imei/1", "device:imei/2"]
    assert telecom["devices"] == ["device:imei/1"]
    assert known["person:desk/3"]["accounts"] == known["person:id/6"]["accounts"] == ["account:CN/ICBK/1"]
    assert "person:id/4" not in known
    assert known["person:telecom/10"]["phones"] is None, "what ten people share tells nobody from anybody"


def test_two_operators_numbers_that_differ_say_nothing(land: Country) -> None:
    """A telephone with two cards: each operator knows its own number alone, the device is the same."""
    lists = pl.List(pl.String)
    rows = [
        {
            "entity": f"person:{name}/{k}",
            "kind": "person",
            "issuer": name,
            "phones": [f"phone:+86{p}{k:08d}"],
            "devices": [f"device:x/{k}"],
        }
        for k in range(60)
        for name, p in (("blue", "138"), ("red", "186"))
    ]
    tokens = pl.DataFrame(rows, schema_overrides={"phones": lists, "devices": lists}).with_columns(accounts=pl.lit(None, lists))
    found = propose(tokens)
    assert len(found) == 60
    assert all({w.attribute for w in p.weights} == {"devices"} for p in found)
