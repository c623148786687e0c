"""Who runs the places where money ends, by name, and how they know the customer."""

from __future__ import annotations

import pytest

from cutline.workspace.institutions import plain_name
from tests.cli.desks import CLEAR, Desk
from tests.workspace.test_trails import TRON_BRIDGE, TRON_THIEF, bought, trc20

__all__ = ["bought"]

HOT = TRON_BRIDGE
KNOWN = [
    {"what": "memo", "text": "memo-7"},
    {"what": "ref", "text": "ref-9"},
    {"what": "user", "text": "person:coinbay/u1"},
    {"what": "account", "text": "account:CN/ICBK/62220002"},
]


def listed(desk: Desk, address: str, note: str) -> None:
    moved = trc20("cd", 0, TRON_THIEF, HOT, 6_944_444_444)
    desk.deliver("node", "15:20:00+08:00", {"trc20.jsonl": moved + "\n"}, chain="tron")
    tag = f"address:tron/{address},exchange,x,2026-01-01,,{note}\n"
    desk.deliver("lists", "15:22:00+08:00", {"tags.csv": "entity,tag,list,from,to,note\n" + tag})


@pytest.mark.parametrize(
    ("address", "note", "who", "known"),
    [
        (TRON_THIEF, "", "the exchange coinbay", KNOWN),
        (HOT, "coinbay", "the exchange coinbay", KNOWN),
        (HOT, "Otherbay", "the exchange Otherbay", []),
        (HOT, "", "the exchange coinbay", KNOWN),
    ],
)
def test_an_exchange_stands_there_by_name_with_what_it_knows_the_customer_by(
    bought: Desk, address: str, note: str, who: str, known: list[dict[str, str]]
) -> None:
    listed(bought, address, note)
    (one,) = bought.ask("trace", "RPT1", *CLEAR, "--json")["traces"]
    (stop,) = [s for s in one["stops"] if s["how"] == "exchange"]
    assert (stop["who"], stop["ask_for"]) == (who, known)
    assert "交易所" in stop["who_zh"]
    told = bought.ask("trace", "RPT1")
    assert who in " ".join(told.split())
    assert ("memo memo-7" in told) == bool(known)
    assert "person:coinbay/u1" not in told, "the customer's id is masked as any other"
    bought.ask("trace", "RPT1", "--out", str(bought.folder / "page.html"))
    page = (bought.folder / "page.html").read_text()
    assert who in page
    assert ("memo-7" in page) == bool(known)


def test_poison_adds_up_nothing_and_no_bound_exceeds_what_was_stolen(bought: Desk) -> None:
    (one,) = bought.ask("trace", "RPT1", "--policy", "poison", "--json")["traces"]
    assert one["reach"] is None
    assert one["totals"] == []
    assert {p["loss"] for p in one["places"]} == {None}
    assert all(e["at_most_minor"] <= one["stolen_minor"] for e in one["endings"])
    assert all("loss_minor" not in e for e in one["endings"])
    assert all(s["loss_minor"] <= one["stolen_minor"] for s in (*one["stops"], *one["terminals"]))
    assert "at most" in bought.ask("trace", "RPT1", "--policy", "poison")


@pytest.mark.parametrize(
    ("institution", "name"),
    [
        ("organisation:coinbay/coinbay", "coinbay"),
        ("organisation:ecny-centre/ICBK", "ICBK"),
        ("organisation:police/3f9a01", "police/3f9a01"),
        ("CN/ICBK", "CN/ICBK"),
        ("", ""),
    ],
)
def test_an_institution_is_written_as_people_call_it(institution: str, name: str) -> None:
    assert plain_name(institution) == name
