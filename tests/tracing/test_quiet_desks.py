import numpy as np
import pytest

from cutline.model.evidence import Ending
from cutline.tracing import Policy, Stolen, TraceConfig, build_ledgers, mark, trace
from cutline.tracing.joins import Joins
from cutline.tracing.quiet_desks import QuietDeskConfig, join_quiet_desks
from tests.tracing.ledgers_by_hand import USDT, account, address, transfer
from tests.worlds import world

PRICE = 7.2
DESK, WALLET = account("desk"), address("wallet")


def exchanges(count, *, rate=1.012, minutes=20, customers=6, desk=DESK, wallet=WALLET):
    """Payments to the desk, and coins of their worth from its wallet soon after."""
    moves = []
    for k in range(count):
        yuan = 500_000 + 37_700 * (k * 7 % 23)
        coins = int(yuan / 100 / PRICE / rate * 1_000_000)
        begin = 360 * k
        moves.append(transfer(begin, account(f"customer{k % customers}"), desk, yuan))
        moves.append(transfer(begin + minutes + k % 9, wallet, address(f"own{k % customers}"), coins, USDT))
    return moves


def joined(moves, config=None):
    moves = sorted(moves, key=lambda one: one["occurred_at"])
    ledgers = build_ledgers(world(transfers=[{**one, "event_id": f"e{k:06d}"} for k, one in enumerate(moves)]))
    asset = ledgers.asset[ledgers.payer]
    coin = np.array(["/" in name for name in ledgers.assets])[asset]
    worth = np.where(coin, ledgers.amount / 1_000_000 * PRICE * 100, ledgers.amount)
    return ledgers, join_quiet_desks(ledgers, Joins.none(len(ledgers.amount)), worth, config)


def halves(ledgers, joins):
    return {
        (int(i), int(j))
        for i, j in enumerate(joins.partner)
        if j >= 0 and ledgers.assets[ledgers.asset[ledgers.payer[i]]] == "CNY"
    }


def test_a_changer_without_orders_is_known_by_what_his_wallet_pays_after_each_payment():
    ledgers, joins = joined(exchanges(12))
    assert halves(ledgers, joins) == {(2 * k, 2 * k + 1) for k in range(12)}
    assert set(joins.competing[joins.partner >= 0].tolist()) == {1}


def test_who_sells_coins_to_a_changer_is_paid_in_yuan():
    bought = [
        {**one, "payer": one["payee"], "payee": one["payer"]} for one in exchanges(12)
    ]  # the other way round: coins came a little later than the yuan left, which is no sale
    assert not halves(*joined(bought))
    sold = []
    for k in range(12):
        coins = 700_000_000 + 41_000_000 * (k * 7 % 23)
        sold.append(transfer(360 * k, address(f"seller{k % 6}"), WALLET, coins, USDT))
        sold.append(transfer(360 * k + 15 + k % 7, DESK, account(f"seller{k % 6}"), int(coins / 1_000_000 * PRICE * 99)))
    ledgers, joins = joined(sold)
    assert len(halves(ledgers, joins)) == 12


@pytest.mark.parametrize("policy", [p for p in Policy if p is not Policy.POISON])
def test_a_theft_goes_through_the_changer_to_the_coins(policy):
    ledgers, joins = joined(exchanges(12))
    row = 8
    t = trace(ledgers, [Stolen(row, ledgers.amount_of(row))], policy, TraceConfig(floor_ppm=0), mark(ledgers, joins))
    assert [(x.entity, x.asset, x.how) for x in t.terminals] == [(address("own4"), USDT, Ending.RESIDUAL)]
    assert sum(x.loss_minor for x in t.terminals) == ledgers.amount_of(row)


def test_too_few_exchanges_prove_no_desk():
    ledgers, joins = joined(exchanges(QuietDeskConfig().pairs - 1))
    assert not halves(ledgers, joins)


def test_one_customer_alone_proves_no_desk():
    ledgers, joins = joined(exchanges(12, customers=1))
    assert not halves(ledgers, joins)


def test_a_shop_beside_a_busy_wallet_is_no_desk():
    rng = np.random.default_rng(3)
    moves = [
        transfer(int(m), account(f"guest{m % 40}"), account("shop"), int(a))
        for m, a in rng.integers((0, 60_000), (4000, 400_000), (150, 2))
    ]
    moves += [
        transfer(int(m), address("hot"), address(f"u{m % 300}"), int(a), USDT)
        for m, a in rng.integers((0, 80_000_000), (4000, 560_000_000), (3000, 2))
    ]
    ledgers, joins = joined(moves)
    assert not halves(ledgers, joins)


def test_a_wallet_that_mostly_does_other_things_is_no_desks():
    others = [transfer(360 * k + 100, WALLET, address(f"friend{k}"), 2_000_000_000 + k * 77_000_000, USDT) for k in range(24)]
    ledgers, joins = joined([*exchanges(12), *others])
    assert not halves(ledgers, joins)


def test_coins_that_fit_many_payments_are_given_to_one_each():
    twins = [transfer(360 * k + 2, account(f"other{k}"), DESK, 500_000 + 37_700 * (k * 7 % 23)) for k in range(3)]
    ledgers, joins = joined([*exchanges(12), *twins])
    found = halves(ledgers, joins)
    assert len({coin for _, coin in found}) == len(found) == 12


def test_what_orders_tell_of_is_left_as_it_is():
    moves = sorted(exchanges(12), key=lambda one: one["occurred_at"])
    ledgers = build_ledgers(world(transfers=[{**one, "event_id": f"e{k:06d}"} for k, one in enumerate(moves)]))
    told = Joins.none(len(ledgers.amount))
    told.partner[[0, 3]] = [3, 0]
    worth = np.where(np.arange(len(moves)) % 2 == 1, np.nan, ledgers.amount)
    joins = join_quiet_desks(ledgers, told, worth)
    assert joins.partner[0] == 3
    assert joins.partner[3] == 0


def test_rents_that_fall_due_before_a_stranger_buys_as_much_prove_no_desk():
    moves = []
    for k in range(12):
        moves.append(transfer(1440 * k + k, account(f"tenant{k}"), account("landlord"), 300_000))
        moves.append(transfer(1440 * k + 60 + k, WALLET, address(f"own{k}"), int(3000 / PRICE * 1_000_000), USDT))
    assert not halves(*joined(moves))


def test_a_search_that_is_cut_says_how_far_it_got():
    whole = {one.what: one for one in joined(exchanges(12))[1].searched}["desks that sell coins"]
    assert whole.looked_at == whole.of >= 12
    ledgers, joins = joined(exchanges(12), QuietDeskConfig(looked_at=4))
    cut = {one.what: one for one in joins.searched}["desks that sell coins"]
    assert cut.looked_at < cut.of == whole.of
    assert halves(ledgers, joins) == set()
