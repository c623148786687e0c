from collections import defaultdict

import numpy as np
from hypothesis import given, settings

from cutline.tracing import build_ledgers
from tests.tracing.ledgers_by_hand import USDT, account, address, histories, index_of, openings, transfer
from tests.worlds import at, world


def books(ledgers):
    return {
        (ledgers.index.entity(e), ledgers.assets[a]): k
        for k, (e, a) in enumerate(zip(ledgers.entity, ledgers.asset, strict=True))
    }


@given(histories())
@settings(max_examples=30, deadline=None)
def test_every_transfer_lies_once_on_each_axis_end_to_end(moves):
    ledgers = build_ledgers(index_of(moves))
    need = openings(moves)
    paid, came = defaultdict(int), defaultdict(int, need)
    by_name = books(ledgers)
    assert sorted(ledgers.out_rows.tolist()) == sorted(ledgers.in_rows.tolist()) == list(range(len(moves)))
    for row, m in enumerate(moves):
        assert ledgers.payer[row] == by_name[account(m.payer), "CNY"]
        assert ledgers.payee[row] == by_name[account(m.payee), "CNY"]
        assert ledgers.out_from[row] == paid[m.payer]
        assert ledgers.in_from[row] == came[m.payee]
        paid[m.payer] += m.amount
        came[m.payee] += m.amount
    for who, amount in need.items():
        assert ledgers.opening[by_name[account(who), "CNY"]] == amount


def test_money_of_two_assets_never_mixes():
    ledgers = build_ledgers(
        world(
            transfers=[
                transfer(0, address("a"), address("b"), 5, USDT),
                transfer(1, address("b"), address("c"), 9, "tron/native"),
            ]
        )
    )
    b = ledgers.index.code(address("b"))
    assert [ledgers.assets[ledgers.asset[k]] for k in ledgers.books_of(b)] == [
        "tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
        "tron/native",
    ]
    assert ledgers.opening[ledgers.book(b, "tron/native")] == 9
    assert ledgers.book(b, "CNY") == -1
    nobody = ledgers.index.code(address("nobody"))
    assert (list(ledgers.books_of(nobody)), ledgers.book(nobody, USDT)) == ([], -1)
    mine = ledgers.book(b, "tron/native")
    assert (ledgers.rows_into(mine).tolist(), ledgers.rows_out_of(mine).tolist()) == ([], [1])


def test_what_no_pair_holds_is_refused_and_counted():
    big = 10**38 - 1
    ledgers = build_ledgers(
        world(
            transfers=[
                transfer(0, account(1), account(2), 10**20),
                transfer(1, account(1), account(2), -5),
                transfer(2, account(3), account(4), big),
                transfer(3, account(3), account(4), big),
                transfer(4, account(5), account(6), 7),
                transfer(5, account(7), account(8), big),
                transfer(6, account(1), account(2), -(10**20)),
            ]
        )
    )
    assert (ledgers.refused.no_amount, ledgers.refused.negative, ledgers.refused.book_beyond_int128) == (0, 2, 2)
    assert ledgers.refused.total == 4
    assert sorted(ledgers.amount_of(int(row)) for row in ledgers.out_rows) == [7, 10**20, big]


def test_a_written_balance_opens_the_book_and_a_lost_transfer_shows_as_a_gap():
    ledgers = build_ledgers(
        world(
            transfers=[
                transfer(0, account(1), account(2), 10, payee_balance_after=110),
                transfer(1, account(2), account(3), 30, payer_balance_after=80),
                transfer(2, account(2), account(3), 5, payer_balance_after=45),
            ]
        )
    )
    mine = ledgers.book(ledgers.index.code(account(2)), "CNY")
    assert ledgers.opening[mine] == 100
    assert ledgers.gap[mine] == -30
    assert not ledgers.gap[np.arange(ledgers.books) != mine].any()


def test_ties_of_several_deliverers_stand_in_the_order_of_event_ids():
    rows = [
        transfer(0, account(1), account(2), 1, deliverer="a", event_id="z"),
        transfer(0, account(1), account(3), 2, deliverer="b", event_id="k"),
        transfer(0, account(7), account(8), 4, deliverer="b", event_id="a"),
    ]
    index = world(transfers=rows)
    index.tables["transfers"].columns["deliverer"] = np.array([0, 1, 1], np.int32)
    ids = lambda positions: [index.cite("transfers", np.array([p]))[0].event_id for p in positions]  # noqa: E731
    ledgers = build_ledgers(index, ids)
    payer = ledgers.book(index.code(account(1)), "CNY")
    ordered = ledgers.out_rows[ledgers.out_ptr[payer] : ledgers.out_ptr[payer + 1]]
    assert ledgers.amount[ordered].tolist() == [2, 1]
    assert build_ledgers(index).out_from.tolist() != ledgers.out_from.tolist()


def test_no_transfers_make_empty_ledgers():
    ledgers = build_ledgers(world())
    assert ledgers.books == 0
    assert ledgers.refused.total == 0


def test_an_unknown_time_span_does_not_matter():
    late = build_ledgers(world(transfers=[transfer(at(50), account(1), account(2), 3)]))
    assert late.opening.tolist() == [3, 0]
