import pytest

from cutline.model.moments import to_moment
from cutline.tracing import Policy, Stolen, TraceConfig, build_ledgers, trace
from cutline.tracing.items import Offer, find_items
from tests.tracing.ledgers_by_hand import account, transfer
from tests.worlds import at, world

EXACT = TraceConfig(floor_ppm=0)
ETH, ITEM = "ethereum/native", "ethereum/0xBEEF/7"


def who(name):
    return f"address:evm/0x{name}"


def leg(payer, payee, amount, asset=ETH, *, tx="t1", minute=1, k=0):
    return transfer(minute, who(payer), who(payee), amount, asset, event_id=f"{tx}/{k}", transaction_id=tx)


def followed(legs, policy=Policy.FIFO, offers=()):
    ledgers = build_ledgers(world(transfers=legs))
    stolen = ledgers.amount_of(0)
    t = trace(ledgers, [Stolen(0, stolen)], policy, EXACT)
    assert sum(x.loss_minor for x in t.terminals) == stolen
    return {(x.entity, x.asset, x.loss_minor) for x in t.terminals}, find_items(ledgers, t.hops, offers)


THEFT = leg("victim", "thief", 1000, tx="t0", minute=0)
EVERY = [policy for policy in Policy if policy is not Policy.POISON]


@pytest.mark.parametrize("policy", EVERY)
def test_the_value_goes_to_the_seller_and_the_item_is_told(policy):
    legs = [
        THEFT,
        leg("thief", "seller", 900),
        leg("seller", "thief", 1, ITEM, k=1),
        leg("seller", "x", 900, tx="t2", minute=2),
    ]
    where, (bought,) = followed(legs, policy)
    assert where == {(who("thief"), ETH, 100), (who("x"), ETH, 900)}
    assert (bought.item, bought.buyer, bought.seller) == (f"item:{ITEM}", who("thief"), who("seller"))
    assert (bought.paid_minor, bought.asset, bought.competing, bought.holder) == (900, ETH, 0, who("thief"))


def test_a_market_takes_its_fee_and_the_creator_a_royalty():
    legs = [
        THEFT,
        leg("thief", "market", 1000),
        leg("market", "seller", 925, k=1),
        leg("market", "creator", 50, k=2),
        leg("market", "till", 25, k=3),
        leg("seller", "thief", 1, ITEM, k=4),
        leg("thief", "friend", 1, ITEM, tx="t3", minute=3),
    ]
    where, (bought,) = followed(legs)
    assert where == {(who("seller"), ETH, 925), (who("creator"), ETH, 50), (who("till"), ETH, 25)}
    assert (bought.paid_minor, bought.loss_minor, bought.holder) == (1000, 1000, who("friend"))


@pytest.mark.parametrize("policy", EVERY)
def test_a_wash_neither_loses_nor_doubles_value(policy):
    """The seller funds the buyer; the piece goes round between both, and the same coins with it."""
    legs = [THEFT, leg("thief", "twin", 1000, tx="f", minute=1)]
    for k in range(6):
        buyer, seller = ("twin", "thief") if k % 2 == 0 else ("thief", "twin")
        legs.append(leg(buyer, seller, 1000 - 5 * k, tx=f"w{k}", minute=2 + k))
        legs.append(leg(seller, buyer, 1, ITEM, tx=f"w{k}", minute=2 + k, k=1))
    where, items = followed(legs, policy)
    assert sum(loss for _, _, loss in where) == 1000
    assert {entity for entity, _, _ in where} <= {who("thief"), who("twin")}
    assert len(items) >= 1
    assert {bought.holder for bought in items} == {who("thief")}


def test_an_item_of_another_transaction_or_another_buyer_was_not_bought():
    legs = [
        THEFT,
        leg("thief", "seller", 900),
        leg("seller", "thief", 1, ITEM, tx="gift"),
        leg("s", "z", 1, ITEM, tx="t1", k=5),
    ]
    assert followed(legs)[1] == ()


def test_a_sale_off_the_chain_is_known_by_its_listing():
    paid = [
        transfer(0, account("v"), account("thief"), 880_000),
        transfer(60, account("thief"), account("dealer"), 880_000),
        leg("dealer", "cold", 1, ITEM, tx="h", minute=90),
    ]
    offer = Offer(f"item:{ITEM}", 880_000, "CNY", at(0), "handle:market/dealer")
    where, (bought,) = followed(paid, offers=[offer])
    assert where == {(account("dealer"), "CNY", 880_000)}
    assert (bought.item, bought.buyer, bought.holder, bought.competing) == (f"item:{ITEM}", who("cold"), who("cold"), 1)
    dearer, later = (
        Offer(offer.item, price, "CNY", when, "")
        for price, when in ((880_001, at(0)), (880_000, to_moment(2_000_000_000_000_000)))
    )
    assert followed(paid, offers=[dearer, later])[1] == ()
