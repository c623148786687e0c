"""An EVM chain: addresses that hold several coins, pools that exchange them, and the transactions that move them.

A node is what one address holds of one coin; an address is the first of its nodes, in the order of `COINS`. Amounts are whole
numbers of a coin's kept unit: the smallest unit for tokens of six and eight decimals, a thousand million wei (gwei) for ether.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cutline.simulate.config import ProvinceConfig
from cutline.simulate.randomness import DAY, Bools, Floats, Ints
from cutline.simulate.world import EVM, EVM_RAIL, World

COINS = ("USDT", "WETH", "WBTC", "ETH")
USDT, WETH, WBTC, ETH = range(4)
UNIT = np.array([10**6, 10**9, 10**8, 10**9])  # kept units in one whole coin
BLOCK_S = 12  # (stat) a block every twelve seconds
LEG_BITS = 8  # a transaction holds fewer movements than this many bits count


def coin_price(config: ProvinceConfig, coin: int, time: Ints) -> Floats:
    """Dollars for one coin, on a path that is the same in every province."""
    days = time / DAY
    wave: Floats = 1.0 + 0.04 * np.sin(days / 1.7) + 0.02 * np.sin(days * 2.3 + 1.0)
    if coin == USDT:
        return np.ones(len(time))
    return config.ether_price * wave if coin in (WETH, ETH) else config.bitcoin_price * (0.7 * wave + 0.3)


@dataclass(frozen=True, slots=True)
class Trade:
    """Swaps to be made, row by row: who, when, and what for what."""

    trader: Ints
    time: Ints
    amount: Ints
    coin_in: int
    coin_out: int


class Chain:
    """The chain's contracts, and how transactions are entered."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._addresses = 0
        self.wrapper = self.addresses(1)
        self.routers = self.addresses(2)
        # Two pools for dollars against ether (of the third and of the second make), one for bitcoin against ether.
        self.pools = self.addresses(3)
        self.market = self.addresses(1)
        contracts = np.concatenate([self.wrapper, self.routers, self.pools])
        world.look_alike("address", contracts, "defi_contract")
        world.look_alike("address", self.market, "nft_market")

    def addresses(self, count: int, people: Ints | int = -1, hub: int = 0) -> Ints:
        """New addresses; each is the node of its dollars, its other coins follow."""
        n, coins = count, len(COINS)
        number = self._addresses + np.repeat(np.arange(n), coins)
        self._addresses += n
        person = np.repeat(np.broadcast_to(np.asarray(people), (n,)), coins)
        rows = self.world.nodes.add(
            n * coins, kind=EVM, number=number, coin=np.tile(np.arange(coins), n), person=person, hub=hub, exact=1
        )
        result: Ints = rows[::coins]
        return result

    def open(self, sender: Ints, target: Ints, time: Ints, failed: int = 0) -> tuple[Ints, Ints]:
        """New transactions: their numbers, and the time of the block that takes them."""
        block = time // BLOCK_S * BLOCK_S
        return self.world.transactions.add(len(time), time=block, sender=sender, target=target, failed=failed), block

    def move(self, at: tuple[Ints, int, Ints], payer: Ints, payee: Ints, amount: Ints, swap: Ints | int = -1) -> Ints:
        """One movement inside each transaction (its number, the leg, its time) between nodes. Leg 0 is the chain's own coin."""
        tx, leg, time = at
        return self.world.ledger.add(
            len(tx), payer=payer, payee=payee, time=time, amount=amount, rail=EVM_RAIL, tx=tx, leg=leg, swap=swap
        )

    def send(self, payer: Ints, payee: Ints, time: Ints, amount: Ints, coin: int = USDT, **given: object) -> Ints:
        """Plain transfers of one coin between addresses; returns the rows of the ledger."""
        ok = (payer != payee) & (time >= 0) & (time < self.world.end) & (amount > 0)
        payer, payee, time, amount = payer[ok], payee[ok], time[ok], amount[ok]
        native = coin == ETH
        tx, time = self.open(payer, payee if native else np.full(len(payer), -2 - coin), time)
        cut = {k: v[ok] if isinstance(v, np.ndarray) else v for k, v in given.items()}
        return self.world.ledger.add(
            len(tx),
            payer=payer + coin,
            payee=payee + coin,
            time=time,
            amount=amount,
            rail=EVM_RAIL,
            tx=tx,
            leg=0 if native else 1,
            **cut,
        )

    def worth(self, coin: int, other: int, time: Ints, amount: Ints) -> Ints:
        """How much of another coin an amount exchanges for, before any fee."""
        rate = (
            coin_price(self.world.config, coin, time) / coin_price(self.world.config, other, time) * (UNIT[other] / UNIT[coin])
        )
        found: Ints = np.maximum(1, np.floor(amount * rate)).astype(np.int64)
        return found

    def swap(self, rng: np.random.Generator, trade: Trade) -> Ints:
        """Exchanges at the pools, straight or through a router; returns what each trader received, 0 where time is over."""
        world, n = self.world, len(trade.time)
        received = np.zeros(n, np.int64)
        ok = (trade.time >= 0) & (trade.time < world.end) & (trade.amount > 0)
        through = rng.random(n) < 0.5
        older = rng.random(n) < 0.3
        slip = 1.0 - 0.003 - 0.004 * rng.random(n)
        long = WBTC in (trade.coin_in, trade.coin_out) and USDT in (trade.coin_in, trade.coin_out)
        for router in (False, True):
            for second in (False, True):
                rows = np.flatnonzero(ok & (through == router) & (older == second))
                if len(rows):
                    received[rows] = self._route(trade, rows, slip[rows], (router, second, long))
        return received

    def _route(self, trade: Trade, rows: Ints, slip: Floats, way: tuple[bool, bool, bool]) -> Ints:
        """One kind of route: (by a router that takes and hands on, over the older pool, over two pools)."""
        by_router, older, long = way
        world, trader, n = self.world, trade.trader[rows], len(rows)
        router = np.full(n, self.routers[int(by_router)])
        tx, time = self.open(trader, router, trade.time[rows])
        link = 2 * tx
        stops = [trade.coin_in, WETH, trade.coin_out] if long else [trade.coin_in, trade.coin_out]
        holder, amount, leg = trader, trade.amount[rows], 1
        for step, (a, b) in enumerate(pairwise(stops)):
            dear = WBTC in (a, b)
            pool = np.full(n, self.pools[2 if dear else int(older)])
            last = step == len(stops) - 2
            got = np.maximum(1, np.floor(self.worth(a, b, time, amount) * slip)).astype(np.int64)
            to = trader if last and not by_router else router
            if by_router and step == 0:
                self.move((tx, leg, time), trader + a, router + a, amount, link)
                holder, leg = router, leg + 1
            begins, ends = step == 0 and not by_router, last and not by_router
            # Newer pools pay first and take what they are owed after; older ones are paid first.
            legs = (leg, leg + 1) if older and not dear else (leg + 1, leg)
            self.move((tx, legs[0], time), holder + a, pool + a, amount, link if begins else -1)
            self.move((tx, legs[1], time), pool + b, to + b, got, link + 1 if ends else -1)
            world.swaps.add(
                n,
                tx=tx,
                leg=leg + 2,
                pool=pool,
                caller=router,
                recipient=to,
                coin_in=a,
                coin_out=b,
                amount_in=amount,
                amount_out=got,
                version=2 if older and not dear else 3,
            )
            holder, amount, leg = to, got, leg + 3
        if by_router:
            self.move((tx, leg, time), router + trade.coin_out, trader + trade.coin_out, amount, link + 1)
        return amount

    def wrap(self, owner: Ints, time: Ints, amount: Ints) -> None:
        """Ether becomes its token: the transaction pays the wrapping contract, which gives as much of the token."""
        ok: Bools = (time >= 0) & (time < self.world.end) & (amount > 0)
        owner, time, amount = owner[ok], time[ok], amount[ok]
        wrapper = np.full(len(owner), self.wrapper[0])
        tx, time = self.open(owner, wrapper, time)
        self.move((tx, 0, time), owner + ETH, wrapper + ETH, amount, 2 * tx)
        self.move((tx, 1, time), wrapper + WETH, owner + WETH, amount, 2 * tx + 1)

    def sell_piece(self, seller: Ints, buyer: Ints, item: Ints, time: Ints, price: Ints, coin: int = WETH) -> None:
        """Sales of single items against tokens, settled by the market, which takes its share from the seller."""
        ok: Bools = (time >= 0) & (time < self.world.end) & (price > 0) & (seller != buyer)
        seller, buyer, item, time, price = seller[ok], buyer[ok], item[ok], time[ok], price[ok]
        market = np.full(len(seller), self.market[0])
        tx, time = self.open(buyer, market, time)
        fee = price // 40  # (ours) 2.5 % to the market
        self.world.pieces.add(len(tx), tx=tx, leg=1, seller=seller, buyer=buyer, item=item)
        self.move((tx, 2, time), buyer + coin, seller + coin, price - fee)
        self.move((tx, 3, time), buyer + coin, market + coin, fee)

    def give_piece(self, giver: Ints, taker: Ints, item: Ints, time: Ints) -> None:
        """Items handed over without a price: gifts, and pieces moved between wallets of one's own."""
        ok: Bools = (time >= 0) & (time < self.world.end) & (giver != taker)
        tx, _ = self.open(giver[ok], np.full(int(ok.sum()), self.market[0]), time[ok])
        self.world.pieces.add(len(tx), tx=tx, leg=1, seller=giver[ok], buyer=taker[ok], item=item[ok])
