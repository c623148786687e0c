"""Honest people whose day resembles a trick: cash drawn together, bills under a limit, a video call, money that comes back."""

import numpy as np

from cutline.simulate.economy import PURPOSE, Market, pay
from cutline.simulate.people import ELDERLY, new_handles, new_wallets, scaled
from cutline.simulate.randomness import DAY, MARKET, OFFICE, WAKING, WORKDAYS, Ints, heavy, rounded
from cutline.simulate.texts import GAME_OFFERS, GREEN_OFFERS
from cutline.simulate.world import ATM, ECNY_RAIL, MOBILE, WEB, World

VIDEO = 2


def all_bystanders(world: World, market: Market, people: Ints) -> None:
    """Draws each kind from people who serve no ring."""
    pilgrims(world, market, people)
    bill_payers(world, market, people)
    video_callers(world, market, people)
    cash_backs(world, market, people)
    honest_offers(world, people)
    sub_wallets(world, market, people)


def pilgrims(world: World, market: Market, people: Ints) -> None:
    """A bus of the elderly stops at towns on its way, and at each stop many of them draw cash at one machine."""
    config, rng = world.config, world.chance.of("pilgrims")
    old = people[world.persons["status"][people] == ELDERLY]
    riders = rng.choice(old, min(len(old), scaled(world, config.pilgrims, 6)), replace=False)
    bus = np.arange(len(riders)) // 12
    buses = int(bus[-1]) + 1 if len(riders) else 0
    start = rng.integers(0, max(1, config.days - 4), buses)
    for stop in range(4):
        machine = market.machines[rng.integers(0, len(market.machines), buses)]
        when = (start + stop % 3) * DAY + rng.integers(8 * 3600, 18 * 3600, buses)
        draws = rng.random(len(riders)) < 0.7
        time = when[bus] + rng.integers(0, 1500, len(riders))
        amount = rng.integers(2, 12, len(riders)) * 10_000
        rows = np.flatnonzero(draws)
        payer = world.persons["main"][riders[rows]]
        pay(world, payer, machine[bus[rows]], time[rows], amount[rows], channel=ATM)
    world.look_alike("account", world.persons["main"][riders], "pilgrim")
    world.look_alike("person", riders, "pilgrim")


def bill_payers(world: World, market: Market, people: Ints) -> None:
    """Buyers whose card or supplier takes at most 50,000 yuan at a time: several such bills a day, every week."""
    config, rng = world.config, world.chance.of("bill payers")
    shops = market.shop_accounts[rng.choice(len(market.shop_accounts), scaled(world, config.bill_payers, 2), replace=False)]
    weeks = np.arange(0, config.days, 7)
    shop, week = np.repeat(shops, len(weeks)), np.tile(weeks, len(shops))
    for _ in range(4):
        time = (week + rng.integers(0, 2, len(shop))) * DAY + rng.integers(9 * 3600, 17 * 3600, len(shop))
        supplier = market.wholesale[(shop + rng.integers(0, 3, len(shop))) % len(market.wholesale)]
        amount = rng.integers(45_500, 49_990, len(shop)) * 100
        pay(world, shop, supplier, time, amount, channel=WEB, purpose=PURPOSE["货款"])
    buyers = rng.choice(people, min(len(people), len(shops)), replace=False)
    day = rng.integers(0, config.days, len(buyers)) * DAY + 36_000
    for k in range(3):  # a car, paid in three slices because the card allows no more at once
        dealer = market.shop_accounts[buyers % len(market.shop_accounts)]
        amount = np.full(len(buyers), 4_999_900)
        pay(world, world.persons["main"][buyers], dealer, day + 600 * k, amount, channel=MOBILE, purpose=PURPOSE["购物"])
    world.look_alike("account", np.concatenate([shops, world.persons["main"][buyers]]), "instalments")
    world.look_alike("person", buyers, "instalments")


def video_callers(world: World, market: Market, people: Ints) -> None:
    """A child calls by video before the tuition is due; the parent pays at once, at times after a failed check."""
    config, rng = world.config, world.chance.of("video callers")
    with_handle = people[world.persons["handle"][people] >= 0]
    pairs = rng.choice(with_handle, 2 * min(len(with_handle) // 2, scaled(world, config.video_callers, 2)), replace=False)
    callers, payers = pairs[::2], pairs[1::2]
    n = len(callers)
    time = world.moments(rng, n, WAKING)
    called = np.maximum(0, time - rng.integers(300, 5400, n))
    handle = world.persons["handle"]
    world.messages.add(
        n,
        platform=0,
        time=called,
        sender=handle[callers],
        recipient=handle[payers],
        kind=VIDEO,
        duration=np.where(rng.random(n) < 0.5, rng.integers(30, 180, n), rng.integers(180, 2400, n)),
    )
    poor = rng.random(n) < 0.25
    who = payers[poor]
    device, ip = world.persons["device"][who], world.persons["ip"][who]
    world.logins.add(len(who), handle=handle[who], time=np.maximum(0, time[poor] - 200), device=device, ip=ip, check=2)
    school = market.shop_accounts[rng.integers(0, len(market.shop_accounts), n)]
    amount = rounded(rng, heavy(rng, n, 7_500, 0.4), 1.0)
    pay(world, world.persons["main"][payers], school, time, amount, channel=MOBILE, check=1, purpose=PURPOSE["学费"])
    world.look_alike("account", world.persons["main"][payers], "video_call")
    world.look_alike("handle", handle[np.concatenate([callers, payers])], "video_call")
    world.look_alike("person", payers, "video_call")


def cash_backs(world: World, market: Market, people: Ints) -> None:
    """A shop returns a purchase with a voucher on top; the same day something large is bought elsewhere."""
    config, rng = world.config, world.chance.of("cash backs")
    who = rng.choice(people, min(len(people), scaled(world, config.cash_backs, 2)), replace=False)
    n, main = len(who), world.persons["main"]
    shop = market.shop_accounts[rng.integers(0, len(market.shop_accounts), n)]
    other = market.shop_accounts[rng.integers(0, len(market.shop_accounts), n)]
    time, amount = world.moments(rng, n, MARKET), heavy(rng, n, 160, 0.6)
    pay(world, main[who], shop, time, amount, channel=MOBILE, purpose=PURPOSE["购物"])
    back = time + rng.integers(3600, DAY, n)
    pay(world, shop, main[who], back, amount * rng.integers(100, 112, n) // 100, channel=WEB, purpose=PURPOSE["退款"])
    later = back + rng.integers(1800, DAY // 2, n)
    large = rounded(rng, heavy(rng, n, 2_600, 0.7), 0.8)
    pay(world, main[who], other, later, large, channel=MOBILE, purpose=PURPOSE["购物"])
    world.look_alike("account", main[who], "cash_back")
    world.look_alike("person", who, "cash_back")


def honest_offers(world: World, people: Ints) -> None:
    """Players who sell what they won, venues in virtual worlds, agents of listed issuers who say what can be lost."""
    config, rng = world.config, world.chance.of("honest offers")
    sellers = rng.choice(people, min(len(people), scaled(world, config.offers, 2)), replace=False)
    handles = new_handles(world, sellers, 1, rng)
    for k, handle in enumerate(np.repeat(handles, 2)):
        kind, offers = (("virtual_land", GAME_OFFERS), ("bond", GREEN_OFFERS))[k % 4 // 2]
        title, text = offers[int(rng.integers(0, len(offers)))]
        time, price = int(rng.integers(0, world.end)), int(rng.integers(20, 900)) * 100
        world.listings.append({"handle": int(handle), "time": time, "kind": kind, "title": title, "text": text, "price": price})
    world.look_alike("handle", handles, "honest_offer")
    office = world.moments(rng, len(handles), OFFICE, WORKDAYS)
    device, ip = world.persons["device"][sellers], world.persons["ip"][sellers]
    world.logins.add(len(handles), handle=handles, time=office, device=device, ip=ip)


def sub_wallets(world: World, market: Market, people: Ints) -> None:
    """Owners of a wallet push a little of it into a sub-wallet for one shop's app, and spend it there."""
    config, rng = world.config, world.chance.of("sub-wallets")
    owners = people[(world.persons["wallet"][people] >= 0) & (rng.random(len(people)) < config.sub_wallets)]
    if not len(owners) or not len(market.wallets):
        return
    parent = world.persons["wallet"][owners]
    tier, operator = world.nodes["tier"][parent], world.nodes["inst"][parent]
    opened = rng.integers(0, max(1, world.end - 5 * DAY), len(owners))
    subs = new_wallets(world, owners, rng, tier=tier, inst=operator, parent=parent, opened=opened)
    shop = market.wallets[rng.integers(0, len(market.wallets), len(owners))]
    for _ in range(3):
        time = opened + rng.integers(600, 4 * DAY, len(owners))
        amount = rounded(rng, heavy(rng, len(owners), 60, 0.5), 1.0)
        pay(world, parent, subs, time, amount, rail=ECNY_RAIL)
        pay(world, subs, shop, time + rng.integers(5, 90, len(owners)), amount, rail=ECNY_RAIL, purpose=PURPOSE["购物"])
    world.look_alike("ecny_wallet", subs, "sub_wallet")
