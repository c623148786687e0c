"""Honest trade in single pieces: flippers, collectors who trade back, gifts, and pieces moved between wallets of one's own."""

import numpy as np

from cutline.simulate.evm import USDT, WETH, Chain
from cutline.simulate.people import new_handles, scaled
from cutline.simulate.randomness import DAY, WAKING, Ints, heavy
from cutline.simulate.world import World


def collect(world: World, chain: Chain, people: Ints) -> None:
    """Lets some people who serve no ring buy, sell and give pieces through the whole time."""
    config, rng = world.config, world.chance.of("collectors")
    who = rng.choice(people, min(len(people), scaled(world, config.collectors, 4)), replace=False)
    own, second = chain.addresses(len(who), who), chain.addresses(len(who), who)
    handles = new_handles(world, who, 1, rng)
    _flip(world, chain, own, handles, rng)
    _trade_back(world, chain, own, rng)
    _own_wallets(world, chain, own, second, rng)
    world.look_alike("address", own, "nft_collector")
    world.look_alike("address", second[: len(who) // 3], "own_wallets")
    world.look_alike("handle", handles, "nft_collector")
    world.look_alike("person", who, "nft_collector")


def new_pieces(world: World, count: int) -> Ints:
    """Numbers of pieces that nobody owns yet."""
    first = world.minted
    world.minted += count
    return np.arange(first, first + count)


def price_in(chain: Chain, time: Ints, dollars: Ints, coin: int = WETH) -> Ints:
    """A price of so many millionths of a dollar in another coin."""
    return chain.worth(USDT, coin, time, dollars)


def _flip(world: World, chain: Chain, own: Ints, handles: Ints, rng: np.random.Generator) -> None:
    """Bought from one, listed, sold to another some days later for more or for less."""
    n, crowd = len(own) * 5, chain.addresses(max(12, len(own)))
    owner = rng.integers(0, len(own), n)
    items, time = new_pieces(world, n), world.moments(rng, n, WAKING)
    dollars = heavy(rng, n, 160, 1.0) * 10_000
    sellers, buyers = crowd[rng.integers(0, len(crowd), n)], crowd[rng.integers(0, len(crowd), n)]
    chain.sell_piece(sellers, own[owner], items, time, price_in(chain, time, dollars))
    later = time + rng.integers(DAY // 2, 9 * DAY, n)
    again = (dollars * rng.uniform(0.8, 1.7, n)).astype(np.int64)
    sold = np.flatnonzero((rng.random(n) < 0.7) & (buyers != sellers))
    chain.sell_piece(own[owner[sold]], buyers[sold], items[sold], later[sold], price_in(chain, later[sold], again[sold]))
    yuan = (again * world.config.usdt_price / 10_000).astype(np.int64)
    for k in sold[later[sold] < world.end]:
        offer(world, int(handles[owner[k]]), int(items[k]), int(later[k] - 3600), int(yuan[k]))


def offer(world: World, handle: int, item: int, time: int, fen: int) -> None:
    """Puts a piece on the marketplace."""
    maker = int(world.chance.of(f"maker {item // 1000}").integers(0, len(world.handles)))
    title = f"数字藏品 #{item}"
    world.listings.append(
        {
            "handle": handle,
            "time": max(0, time),
            "kind": "nft",
            "title": title,
            "text": "个人收藏,可议价",
            "price": fen,
            "item": item,
            "creator": maker,
            "minter": maker,
        }
    )


def _trade_back(world: World, chain: Chain, own: Ints, rng: np.random.Generator) -> None:
    """Two collectors swap a piece and change their minds a week later."""
    pairs = len(own) // 2
    a, b = own[:pairs], own[pairs : 2 * pairs]
    items, time = new_pieces(world, pairs), world.moments(rng, pairs, WAKING)
    dollars = heavy(rng, pairs, 220, 0.8) * 10_000
    chain.sell_piece(a, b, items, time, price_in(chain, time, dollars))
    later = time + rng.integers(4 * DAY, 10 * DAY, pairs)
    chain.sell_piece(b, a, items, later, price_in(chain, later, dollars * 98 // 100))


def _own_wallets(world: World, chain: Chain, own: Ints, second: Ints, rng: np.random.Generator) -> None:
    """A piece goes to a wallet of one's own for safety, and comes back when it is to be shown; others are given away."""
    n = len(own) // 3
    items, time = new_pieces(world, n), world.moments(rng, n, WAKING)
    for step in range(4):
        there = step % 2 == 0
        a, b = (own[:n], second[:n]) if there else (second[:n], own[:n])
        chain.give_piece(a, b, items, time + step * 3 * DAY)
    gifts = new_pieces(world, n)
    chain.give_piece(own[:n], np.roll(own, 1)[:n], gifts, time + 7200)
