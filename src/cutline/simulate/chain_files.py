"""What the chain's index and the exchange deliver: TRC-20 transfers as JSON lines, and orders at the desks."""

from collections.abc import Callable

import numpy as np
import polars as pl

from cutline.simulate.delivery import Delivery
from cutline.simulate.numbers import hex_strings, salt_of
from cutline.simulate.randomness import DAY, scramble
from cutline.simulate.settlement import Settled
from cutline.simulate.spelling import Spelling, gather
from cutline.simulate.world import BANKS, CHAIN_RAIL, World

USDT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
ORDER_STARS = ("order_id", "time", "side", "asset", "amount", "price", "currency")
Submit = Callable[[Callable[[], None]], None]
_TOKEN = '{"symbol": "USDT", "address": "' + USDT + '", "decimals": 6, "name": "Tether USD"}'


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
            "asset": f"tron/{USDT}",
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


def _decimal(minor: np.ndarray[tuple[int], np.dtype[np.int64]], places: int) -> pl.Series:
    """Integers of the smallest unit as decimal strings, without passing through floats."""
    unit = 10**places
    wide = minor.astype(np.int64)
    return pl.Series(wide // unit).cast(pl.String) + "." + pl.Series(wide % unit).cast(pl.String).str.zfill(places)
