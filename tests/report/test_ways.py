"""A drawing conserves: every unit of the loss is on one way, and every column of the flow adds up to what was stolen."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from cutline.model.evidence import Ending
from cutline.model.ways import ways_of
from cutline.report.money import LAST_HOP, PER_COLUMN, draw_money
from cutline.report.svg import ribbon
from cutline.tracing import Policy, Stolen, TraceConfig, build_ledgers, trace
from cutline.tracing.backward import trace_back
from cutline.tracing.joins import Joins
from cutline.tracing.landmarks import mark
from tests.tracing.ledgers_by_hand import USDT, Move, account, address, histories, index_of, transfer
from tests.worlds import world

CARRYING = [p for p in Policy if p is not Policy.POISON]
AMOUNT = re.compile(r": ¥([\d,]+)\.(\d\d)$")


def ends_of(ways):
    total = Counter()
    for way in ways:
        total[way.hands[-1], way.how] += way.amount_minor
    return total


def told_ends(trace):
    total = Counter()
    for terminal in trace.terminals:
        total[terminal.entity, terminal.how] += terminal.loss_minor
    return +total


def columns_of(picture):
    """Read off the drawing what stands in each column: bars by their place, with what passes beside them."""
    drawn = etree.fromstring(picture)
    bars = Counter()
    for bar in drawn.findall("{*}rect"):
        whole, part = AMOUNT.search(bar.findtext("{*}title")).groups()
        bars[float(bar.get("x"))] += int(whole.replace(",", "")) * 100 + int(part)
    return bars


def ribbons_between(picture, columns):
    """Add up the ribbons by the column in which they end."""
    drawn = etree.fromstring(picture)
    total = Counter()
    for band in drawn.findall("{*}path"):
        whole, part = AMOUNT.search(band.findtext("{*}title")).groups()
        across = [float(x) for x in re.findall(r"([\d.]+),", band.get("d"))]
        if max(across) - min(across) > 20:  # what only passes a column is drawn in it too
            total[max(x for x in columns if x <= max(across))] += int(whole.replace(",", "")) * 100 + int(part)
    return total


@given(histories(most=30), st.data(), st.sampled_from(CARRYING))
@settings(max_examples=60, deadline=None)
def test_every_unit_is_on_one_way_and_ends_where_the_table_says(moves, data, policy):
    ledgers = build_ledgers(index_of(moves))
    rows = data.draw(st.lists(st.integers(0, len(moves) - 1), min_size=1, max_size=3, unique=True))
    found = trace(ledgers, [Stolen(row, moves[row].amount) for row in rows], policy, TraceConfig(floor_ppm=0))
    ways = ways_of(found)
    assert sum(way.amount_minor for way in ways) == found.stolen_minor
    assert ends_of(ways) == told_ends(found)
    assert all(way.amount_minor > 0 and len(way.hands) >= 1 for way in ways)


@given(histories(accounts=12, most=60), st.data(), st.sampled_from(CARRYING))
@settings(max_examples=40, deadline=None)
def test_every_column_of_the_drawing_adds_up_to_what_was_stolen(moves, data, policy):
    seed = data.draw(st.integers(0, len(moves) - 1))
    found = trace(build_ledgers(index_of(moves)), [Stolen(seed, moves[seed].amount)], policy, TraceConfig(floor_ppm=0))
    if not found.stolen_minor:
        return
    picture = draw_money([found], lambda entity: entity.replace(":", "~"), "CNY")
    bars = columns_of(picture)
    first, *_, last = columns = sorted(bars)
    assert bars[first] == bars[last] == found.stolen_minor
    assert ribbons_between(picture, columns) == dict.fromkeys(columns[1:], found.stolen_minor)


@given(histories(most=30), st.data())
@settings(max_examples=20, deadline=None)
def test_backward_conserves_too(moves, data):
    seed = data.draw(st.integers(0, len(moves) - 1))
    found = trace_back(
        build_ledgers(index_of(moves)), [Stolen(seed, moves[seed].amount)], Policy.FIFO, TraceConfig(floor_ppm=0)
    )
    turned = replace(found, hops=tuple(replace(h, payer=h.payee, payee=h.payer) for h in found.hops))
    assert ends_of(ways_of(turned)) == told_ends(found)


def test_an_exchange_goes_on_with_whoever_got_the_coins():
    moves = [
        transfer(0, account("v"), account("m"), 700),
        transfer(1, account("m"), account("desk"), 700),
        transfer(2, address("desk"), address("c"), 100, asset=USDT),
        transfer(3, address("c"), address("d"), 60, asset=USDT),
    ]
    ledgers = build_ledgers(world(transfers=moves))
    joins = Joins.none(len(ledgers.amount))
    joins.partner[1], joins.partner[2] = 2, 1
    joins.competing[1] = joins.competing[2] = 3
    found = trace(ledgers, [Stolen(0, 700)], Policy.FIFO, None, mark(ledgers, joins))
    told = {way.hands: way for way in ways_of(found)}
    begin = (account("v"), account("m"), account("desk"), address("c"))
    assert {hands: way.amount_minor for hands, way in told.items()} == {begin: 280, (*begin, address("d")): 420}
    assert all(way.joined and way.how is Ending.RESIDUAL for way in told.values())


def test_a_swap_names_no_pool():
    moves = [
        transfer(0, address("v"), address("x"), 100, asset=USDT),
        transfer(1, address("x"), address("pool"), 100, asset=USDT),
        transfer(2, address("pool"), address("x"), 5, asset="tron/TRX"),
        transfer(3, address("x"), address("y"), 5, asset="tron/TRX"),
    ]
    ledgers = build_ledgers(world(transfers=moves))
    joins = Joins.none(len(ledgers.amount))
    joins.partner[1], joins.partner[2] = 2, 1
    found = trace(ledgers, [Stolen(0, 100)], Policy.FIFO, None, mark(ledgers, joins))
    assert [way.hands for way in ways_of(found)] == [(address("v"), address("x"), address("y"))]


def test_a_ribbon_is_as_high_as_its_money_everywhere_and_reaches_nowhere_else():
    drawn = etree.fromstring(ribbon((10, 100), (170, 400), 200, "most of it", fill="#000"))
    edges = [float(y) for y in re.findall(r",([\d.]+)", drawn.get("d"))]
    above, below = edges[:4], edges[:3:-1]
    assert [low - high for high, low in zip(above, below, strict=True)] == [200] * 4
    assert (min(edges), max(edges)) == (0, 500)
    assert drawn.get("stroke-width") is None, "a stroke swells where it is steep"


def test_poison_draws_no_amounts():
    found = trace(build_ledgers(index_of([Move(0, 1, 2, 50), Move(1, 2, 3, 50)])), [Stolen(0, 50)], Policy.POISON)
    assert ways_of(found) == []
    assert "no flow is drawn" in draw_money([found], str, "CNY")


@pytest.mark.parametrize("wide", [PER_COLUMN, PER_COLUMN + 1, 40])
def test_what_is_folded_is_counted(wide):
    moves = [Move(0, 0, 1, 1_000 * wide)] + [Move(1 + k, 1, 2 + k, 1_000) for k in range(wide)]
    found = trace(build_ledgers(index_of(moves)), [Stolen(0, 1_000 * wide)], Policy.FIFO)
    picture = draw_money([found], lambda entity: entity, "CNY")
    folded = re.search(r"(\d+) others · 其他", picture)
    assert (int(folded.group(1)) if folded else 0) == (0 if wide <= PER_COLUMN else wide - PER_COLUMN + 1)


def test_a_long_chain_shows_its_last_hand():
    length = LAST_HOP + 5
    found = trace(build_ledgers(index_of([Move(k, k, k + 1, 500) for k in range(length)])), [Stolen(0, 500)], Policy.FIFO)
    picture = draw_money([found], lambda entity: entity, "CNY")
    assert account(length) in picture
    assert account(LAST_HOP) not in picture
    assert "last hand" in picture
