"""The province from beginning to end: people, their days, the trades, the rings, the consequences."""

from collections.abc import Callable

import numpy as np

from cutline.simulate import bridges, bystanders, collectors, crypto, defi, economy, key_cards, talk, trades, travel
from cutline.simulate.config import ProvinceConfig
from cutline.simulate.crypto import Exchange
from cutline.simulate.economy import Market
from cutline.simulate.numbers import number_everything
from cutline.simulate.people import settle
from cutline.simulate.randomness import Chance
from cutline.simulate.rings import calling, complaints, equipment, lures, recruiting, runners, supply, takeover, victims
from cutline.simulate.rings.gang import Ring, found_rings, outside
from cutline.simulate.rings.laundering import Laundering
from cutline.simulate.world import World

Report = Callable[[str, float], None]


def build(config: ProvinceConfig, report: Report) -> World:
    """Lets the province live through its days, in memory."""
    world = World(config, Chance(config.seed))
    report("people", 0.0)
    settle(world)
    market = Market(world)
    circle = talk.Circle(world)
    exchange = Exchange(world)
    report("daily life", 0.1)
    _daily_life(world, market, circle)
    trades.all_trades(world, market)
    crypto.lawful_trading(world, exchange)
    for journey in (travel.tour_groups, travel.overseas_employers, travel.ordinary_travel, travel.offshore_desks):
        journey(world)
    report("rings", 0.35)
    _rings(world, market, exchange)
    report("numbers", 0.5)
    number_everything(world)
    world.lay()
    return world


def _daily_life(world: World, market: Market, circle: talk.Circle) -> None:
    talk.ordinary_calls(world, circle)
    talk.service_messages(world)
    talk.chats(world, circle)
    economy.shopping(world, market)
    economy.wages(world)
    economy.rents(world)
    economy.gifts(world, circle)
    economy.bills_and_cash(world, market)
    economy.digital_yuan(world, market)
    economy.trade(world, market)
    supply.honest_sites(world)


def _rings(world: World, market: Market, exchange: Exchange) -> None:
    rings = found_rings(world)
    for ring in rings:
        equipment.equip(world, ring, exchange)
    for ring in rings:
        recruiting.recruit(world, ring)
    travel.roam(world)
    travel.fall_silent(world)
    talk.ordinary_logins(world)
    travel.log_in_abroad(world)
    supply.supply(world, rings, exchange)
    free = outside(world, rings)
    wallets = defi.lawful_swaps(world, exchange, free)
    bridges.lawful_crossings(world, exchange.bridge, exchange.own, wallets[1])
    collectors.collect(world, exchange.chain, free)
    key_cards.hold_keys(world, wallets[0], wallets[1])
    key_cards.lost_key_cards(world, exchange.chain, wallets)
    for ring in rings:
        takeover.hold_key(world, ring)
        _story(world, ring, market, exchange, free)
        for role, person in ring.members:
            world.subject("person", person, ring.name, role, int(person in ring.coerced))
    lures.draw_in(world, rings)
    bystanders.all_bystanders(world, market, free)
    key_cards.lost_cards(world, free)
    key_cards.use_new_cards(world)
    complaints.complain(world, rings)


def _story(
    world: World, ring: Ring, market: Market, exchange: Exchange, people: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> None:
    """The ring at work: calls, log-ins, chats, victims, and the way of their money."""
    calling.call_strangers(world, ring)
    calling.log_in(world, ring)
    calling.chat(world, ring)
    runners.choose_runners(world, ring)
    laundering = Laundering(world, ring, market, exchange)
    runners.run_points(world, ring, laundering)
    rng = world.chance.of(f"choice of victims {ring.name}")
    taken = {row["person"] for row in world.stolen}
    free = people[~np.isin(people, np.array(sorted(taken), dtype=np.int64))]
    count = min(len(free) // 4, max(3, round(ring.size * world.config.victims_per_member)))
    victims.defraud(world, ring, laundering, rng.choice(free, count, replace=False))
    takeover.take_over_keys(world, ring, laundering)
    laundering.run()
    world.frozen.update(laundering.frozen)
