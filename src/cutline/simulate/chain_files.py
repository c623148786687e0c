"""What the chain's index and the exchange deliver: TRC-20 transfers as JSON lines, and orders at the desks."""

from collections.abc import Callable

import numpy as np
import polars as pl

from cutline.simulate.delivery import Delivery
from cutline.simulate.evm import COINS, coin_price
from cutline.simulate.numbers import hex_strings, salt_of
from cutline.simulate.randomness import DAY, scramble
from cutline.simulate.settlement import Settled
from cutline.simulate.spelling import Spelling, gather
from cutline.simulate.world import ADDRESS, BANKS, CHAIN_RAIL, EVM, World

USDT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
# What a node holds: yuan, dollars of Tron, then the coins of the EVM chain; how many decimals each has, and how many are kept.
ASSETS = (
    "CNY",
    f"tron/{USDT}",
    "ethereum/0xdAC17F958D2ee523a2206206994597C13D831ec7",
    "ethereum/0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2",
    "ethereum/0x2260FAC5E5542a773Aa44fBCfeDf7C193bc2C599",
    "ethereum/native",
)
DECIMALS, KEPT = (2, 6, 6, 18, 8, 18), (2, 6, 6, 9, 8, 9)
ORDER_STARS = ("order_id", "time", "side", "asset", "amount", "price", "currency")
Submit = Callable[[Callable[[], None]], None]
_TOKEN = '{"symbol": "USDT", "address": "' + USDT + '", "decimals": 6, "name": "Tether USD"}'


def asset_of(world: World, node: int) -> int:
    """The place in `ASSETS` of what a node holds."""
    kind = world.nodes["kind"][node]
    return 2 + int(world.nodes["coin"][node]) if kind == EVM else int(kind == ADDRESS)


def in_units(amount: int, asset: int) -> str:
    """A kept amount of an asset as a decimal of its main unit."""
    whole = int(amount) * 10 ** (DECIMALS[asset] - KEPT[asset])
    unit = 10 ** DECIMALS[asset]
    return f"{whole // unit}.{whole % unit:0{DECIMALS[asset]}d}"


def transaction_hashes(world: World, settled: Settled, events: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pl.Series:
    """Sixty-four hex digits; the first sixteen order equal times."""
    result = hex_strings(settled.id64[events])
    for part in ("a", "b", "c"):
        result = result + hex_strings(scramble(settled.row[events], salt_of(world.config.seed, f"hash {part}")))
    return result


def deliver_chain(world: World, spelling: Spelling, settled: Settled, delivery: Delivery, submit: Submit) -> None:
    """Queues the Tron transfers, one file a day, as TronGrid's TRC-20 rows."""
    events = np.flatnonzero(world.ledger["rail"][settled.row] == CHAIN_RAIL)
    edges = np.searchsorted(settled.time[events], world.config.file_days * DAY)
    for number in range(world.config.files):

        def write(number: int = number) -> None:
            part = events[edges[number] : edges[number + 1]]
            stamp = (settled.time[part] + spelling.epoch) * 1000
            columns = {
                "hash": transaction_hashes(world, settled, part),
                "stamp": pl.Series(stamp).cast(pl.String),
                "payer": gather(spelling.numbers, settled.payer[part]),
                "payee": gather(spelling.numbers, settled.payee[part]),
                "value": pl.Series(settled.amount[part]).cast(pl.String),
            }
            text = pl.DataFrame(columns).select(
                pl.concat_str(
                    pl.lit('{"transaction_id": "'),
                    "hash",
                    pl.lit('", "token_info": ' + _TOKEN + ', "block_timestamp": '),
                    "stamp",
                    pl.lit(', "from": "'),
                    "payer",
                    pl.lit('", "to": "'),
                    "payee",
                    pl.lit('", "type": "Transfer", "value": "'),
                    "value",
                    pl.lit('"}'),
                )
            )
            delivery.lines(f"trc20-{spelling.file_date(number)}.jsonl", text.to_series().to_list())

        submit(write)


def deliver_orders(world: World, spelling: Spelling, delivery: Delivery) -> None:
    """Orders at the desks, in the exchange's own time zone (UTC)."""
    orders = world.orders
    inside = np.flatnonzero((orders["time"] >= 0) & (orders["time"] < world.end))
    rows = inside[np.argsort(orders["time"][inside], kind="stable")]
    n, seed = len(rows), world.config.seed
    account = orders["account"][rows]
    frame = pl.DataFrame(
        {
            "order_id": "O" + hex_strings(scramble(rows, salt_of(seed, "order"))),
            "time": spelling.stamps(orders["time"][rows], 0, "Z"),
            "side": gather(pl.Series(["buy", "sell"]), orders["side"][rows]),
            "asset": gather(pl.Series(ASSETS), np.where(world.nodes["kind"][orders["address"][rows]] == EVM, 2, 1)),
            "amount": _decimal(orders["amount"][rows], 6),
            "price": _decimal(orders["price"][rows], 4),
            "currency": "CNY",
            "user": gather(spelling.people(delivery.source), orders["user"][rows]),
            "account": gather(spelling.numbers, account),
            "institution": gather(pl.Series(BANKS), world.nodes["inst"][account]),
            "address": gather(spelling.numbers, orders["address"][rows]),
            "deposit_memo": pl.Series([None] * n, dtype=pl.String),
            "custodial_ref": "R" + hex_strings(scramble(rows, salt_of(seed, "custody"))).str.slice(0, 10),
        }
    )
    delivery.table("otc_orders.csv", frame, ORDER_STARS)


def deliver_prices(world: World, spelling: Spelling, delivery: Delivery) -> None:
    """What the coins of the EVM chain cost in yuan, four times a day."""
    time = np.arange(0, world.end, DAY // 4)
    yuan = [coin_price(world.config, coin, time) * world.config.usdt_price for coin in range(len(COINS))]
    frame = pl.DataFrame(
        {
            "asset": np.repeat(np.array(ASSETS[2:]), len(time)),
            "time": pl.concat([spelling.stamps(time, 0, "Z")] * len(COINS)),
            "currency": "CNY",
            "price": np.round(np.concatenate(yuan), 2),
        }
    )
    delivery.table("prices.csv", frame, ("asset", "time", "currency", "price"))


def _decimal(minor: np.ndarray[tuple[int], np.dtype[np.int64]], places: int) -> pl.Series:
    """Integers of the smallest unit as decimal strings, without passing through floats."""
    unit = 10**places
    wide = minor.astype(np.int64)
    return pl.Series(wide // unit).cast(pl.String) + "." + pl.Series(wide % unit).cast(pl.String).str.zfill(places)
