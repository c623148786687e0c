import numpy as np

from cutline.model.index import NULL
from cutline.risk.improbability import Money, improbability, surprise


def _bank(size=300, rows=3000, seed=4):
    chance = np.random.default_rng(seed)
    payer, payee = chance.integers(0, size, rows).astype(np.int32), chance.integers(0, size, rows).astype(np.int32)
    habit = chance.integers(10_000, 60_000, size)
    return payer, payee, habit[payer]


def _judged(payer, payee, amount, size=300, home=None):
    money = Money(payer, payee, amount.astype(np.int64), np.zeros(len(payer), np.int32), size)
    return improbability(money, np.zeros((size, 3)) if home is None else home, np.zeros(size))


def test_surprise_counts_who_is_at_least_as_unusual():
    assert np.allclose(surprise(np.array([0.0, 0.0, 0.0, 9.0])), [0, 0, 0, np.log(4)])


def test_amounts_against_ones_own_habit_stand_out_high_or_low():
    for factor in (0.05, 20.0):
        payer, payee, amount = _bank()
        amount = amount.astype(float)
        amount[7] *= factor
        told = _judged(payer, payee, np.round(amount))
        assert {int(payer[7]), int(payee[7])} <= set(np.flatnonzero(told.unlike == told.unlike.max()))


def test_a_burst_to_one_payee_cannot_pass_for_the_ordinary():
    payer, payee, amount = _bank()
    ours = np.flatnonzero(payer == payer[0])[:5]
    burst = np.full(40, payer[0], np.int32), np.full(40, 299, np.int32), np.full(40, 99)
    told = _judged(*(np.concatenate(pair) for pair in zip((payer, payee, amount), burst, strict=True)))
    assert told.unlike[299] > np.median(told.unlike) + 3
    assert told.repeated[299] == told.repeated.max()
    assert len(ours) > 1


def test_what_comes_home_is_measured_against_chance():
    payer, payee, amount = _bank()
    home = np.full((300, 3), 0.001)
    home[42] = 0.3
    assert _judged(payer, payee, amount, home=home).returning.argmax() == 42


def test_equal_amounts_say_nothing_and_unknown_ones_neither():
    payer, payee, _ = _bank()
    assert _judged(payer, payee, np.full(len(payer), 100)).unlike.max() == 0
    assert _judged(payer, payee, np.full(len(payer), NULL)).unlike.max() == 0


def test_the_company_of_odd_partners_raises_and_does_not_lead():
    chance = np.random.default_rng(9)
    payer, payee = chance.integers(0, 290, 3000).astype(np.int32), chance.integers(0, 290, 3000).astype(np.int32)
    amount = np.full(3000, 5_000)
    ring = np.arange(290, 296, dtype=np.int32)
    odd = np.repeat(ring, 6), np.repeat(np.roll(ring, 1), 6)
    beside = ring, np.full(6, 296, np.int32)
    payer, payee = (np.concatenate(ends) for ends in zip((payer, payee), odd, beside, strict=True))
    told = _judged(payer, payee, np.concatenate([amount, np.full(42, 5_000)]))
    assert told.company[296] > np.quantile(told.company[:290], 0.99)
    assert told.total[ring].min() > told.total[296]
    assert told.total[296] > np.median(told.total)
