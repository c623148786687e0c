import numpy as np

from cutline.model.evidence import Ending
from cutline.tracing import Policy, Stolen, build_ledgers, mark, trace
from tests.tracing.ledgers_by_hand import USDT, account, address, transfer
from tests.worlds import at, world


def tag(entity, name):
    return {"occurred_at": at(0), "entity": entity, "tag": name, "list": "test"}


def ends(transfers, tags=(), seed=0, frozen=()):
    ledgers = build_ledgers(world(transfers=transfers, tags=list(tags)))
    found = trace(ledgers, [Stolen(seed, int(ledgers.amount[seed]))], Policy.FIFO, landmarks=mark(ledgers, frozen=frozen))
    return {t.entity: (t.how, t.amount_minor) for t in found.terminals}


def test_cash_ends_at_the_terminals_account_even_if_the_terminal_pays_on():
    moves = [
        transfer(0, account("v"), account("m"), 50),
        transfer(1, account("m"), account("atm7"), 50, channel="atm"),
        transfer(2, account("atm7"), account("bank"), 50),
    ]
    assert ends(moves) == {account("atm7"): (Ending.CASH, 50)}


def test_a_terminal_is_known_though_a_bank_message_names_no_channel():
    moves = [
        transfer(0, account("v"), account("m"), 50),
        transfer(1, account("m"), account("atm7"), 50),
        transfer(2, account("o"), account("atm7"), 9, channel="atm"),
        transfer(3, account("atm7"), account("bank"), 59),
        transfer(4, account("o"), account("p"), 9, channel="atm"),
        transfer(5, account("q"), account("p"), 9),
        transfer(6, account("q"), account("p"), 9),
    ]
    assert ends(moves) == {account("atm7"): (Ending.CASH, 50)}
    assert ends(moves, seed=5) == {account("p"): (Ending.RESIDUAL, 9)}
    assert ends(moves, seed=4) == {account("p"): (Ending.CASH, 9)}


SWEPT = [
    transfer(0, address("v"), address("deposit"), 50, USDT),
    transfer(1, address("u"), address("deposit"), 20, USDT),
    transfer(2, address("deposit"), address("hot"), 60, USDT),
]


def test_an_exchange_ends_at_the_deposit_address_not_at_the_hot_wallet():
    assert ends(SWEPT, [tag(address("hot"), "exchange")]) == {address("deposit"): (Ending.EXCHANGE, 50)}


def test_what_lies_unswept_does_not_hide_a_deposit_address():
    moves = [*SWEPT, transfer(3, address("z"), address("deposit"), 9_000, USDT)]
    assert ends(moves, [tag(address("hot"), "exchange")]) == {address("deposit"): (Ending.EXCHANGE, 50)}


def test_one_small_payment_to_a_hot_wallet_makes_no_deposit_address():
    moves = [SWEPT[0], transfer(1, address("deposit"), address("hot"), 5, USDT)]
    expected = {address("deposit"): (Ending.RESIDUAL, 45), address("hot"): (Ending.EXCHANGE, 5)}
    assert ends(moves, [tag(address("hot"), "exchange")]) == expected


def test_a_tagged_deposit_address_does_not_make_its_senders_deposit_addresses():
    moves = [
        transfer(-9, address("v"), address("own"), 50, USDT),
        transfer(-5, address("own"), address("deposit"), 50, USDT),
        *SWEPT[1:],
    ]
    tags = [tag(address("hot"), "exchange"), tag(address("deposit"), "exchange")]
    assert ends(moves, tags) == {address("deposit"): (Ending.EXCHANGE, 50)}


def test_a_wallet_that_pays_others_too_is_followed_to_the_hot_wallet():
    moves = [
        *SWEPT[:2],
        transfer(2, address("deposit"), address("hot"), 50, USDT),
        transfer(3, address("deposit"), address("x"), 20, USDT),
    ]
    assert ends(moves, [tag(address("hot"), "exchange")]) == {address("hot"): (Ending.EXCHANGE, 50)}


def test_mixers_and_bridges_end_a_path():
    moves = [
        transfer(0, address("v"), address("a"), 50, USDT),
        transfer(1, address("a"), address("mix"), 30, USDT),
        transfer(2, address("a"), address("bridge"), 20, USDT),
        transfer(3, address("mix"), address("z"), 30, USDT),
    ]
    tags = [tag(address("mix"), "mixer"), tag(address("bridge"), "bridge")]
    assert ends(moves, tags) == {address("mix"): (Ending.MIXER, 30), address("bridge"): (Ending.BRIDGE, 20)}


def test_what_left_before_the_freeze_is_followed_and_the_rest_is_frozen():
    moves = [transfer(0, account("v"), account("m"), 50), transfer(1, account("m"), account("n"), 20)]
    expected = {account("m"): (Ending.FROZEN, 30), account("n"): (Ending.RESIDUAL, 20)}
    assert ends(moves, [tag(account("m"), "frozen")]) == expected
    assert ends(moves, frozen=[account("m"), account("unknown")]) == expected


def test_without_any_tag_nothing_is_marked():
    marks = mark(build_ledgers(world(transfers=SWEPT)))
    assert not np.any(marks.ends)
    assert (marks.service == -1).all()


def test_what_was_destroyed_ends_there_and_new_coins_are_not_it():
    nobody = "address:tron/T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb"
    moves = [
        transfer(0, address("victim"), address("thief"), 100, USDT),
        transfer(1, address("thief"), nobody, 100, USDT),
        transfer(2, nobody, address("stranger"), 100, USDT),
    ]
    assert ends(moves, []) == {nobody: (Ending.BURNED, 100)}
