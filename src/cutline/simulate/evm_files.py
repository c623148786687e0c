"""What an index of the EVM chain delivers, as ethereum-etl lays it out: logs, transactions and blocks."""

from collections.abc import Callable

import numpy as np
import polars as pl

from cutline.simulate.chain_files import ASSETS, DECIMALS, KEPT
from cutline.simulate.delivery import Delivery
from cutline.simulate.evm import BLOCK_S, COINS, ETH, WETH
from cutline.simulate.numbers import hex_strings, salt_of
from cutline.simulate.randomness import DAY, Ints, scramble
from cutline.simulate.settlement import Settled, transaction_ids
from cutline.simulate.spelling import Spelling, gather
from cutline.simulate.world import EVM_RAIL, World

LOG_STARS = ("log_index", "transaction_hash", "block_number", "address", "topics")
TRANSACTION_STARS = ("hash", "block_number", "from_address", "value")
BLOCK_STARS = ("number", "timestamp")
GENESIS = 19_000_000  # the number of the first block of the delivery
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
DEPOSIT = "0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c"
SWAP_2 = "0xd78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822"
SWAP_3 = "0xc42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67"
TOKENS = [asset.rsplit("/", 1)[-1].lower() for asset in ASSETS[2:]]
SCALE = [10 ** (DECIMALS[2 + coin] - KEPT[2 + coin]) for coin in range(len(COINS))]
FIRST_OF_PAIR = (2, 1, 0)  # a pool's coins stand in the order of their contracts: bitcoin, ether, dollar
Submit = Callable[[Callable[[], None]], None]


def evm_hashes(world: World, tx: Ints) -> pl.Series:
    """Hashes of transactions; their first digits order equal times as the ledger does."""
    result = pl.Series(["0x"]).new_from_index(0, len(tx)) + hex_strings(transaction_ids(world, tx)).str.slice(0, 14)
    for part, length in (("a", 16), ("b", 16), ("c", 16), ("d", 2)):
        result = result + hex_strings(scramble(tx, salt_of(world.config.seed, f"evm {part}"))).str.slice(0, length)
    return result


def deliver_evm(world: World, spelling: Spelling, settled: Settled, delivery: Delivery, submit: Submit) -> None:
    """Queues the chain's files, one of each kind for every span of days."""
    shown = np.flatnonzero(world.ledger["rail"][settled.row] == EVM_RAIL)
    book = _Book(world, spelling, settled, shown)
    submit(lambda: book.blocks(delivery))
    for number in range(world.config.files):

        def write(number: int = number) -> None:
            book.logs(number, delivery)
            book.transactions(number, delivery)

        submit(write)


class _Book:
    """The chain's transactions with all that happened inside them, cut by file."""

    def __init__(self, world: World, spelling: Spelling, settled: Settled, shown: Ints) -> None:
        self._world, self._spelling, self._settled, self._shown = world, spelling, settled, shown
        time = world.transactions["time"].astype(np.int64)
        order = np.lexsort((transaction_ids(world, np.arange(len(time))), time))
        self._place = np.empty(len(time), np.int64)  # of a transaction inside its block
        first = np.r_[True, time[order][1:] != time[order][:-1]] if len(time) else np.empty(0, bool)
        begins = np.maximum.accumulate(np.where(first, np.arange(len(time)), 0)) if len(time) else first
        self._place[order] = np.arange(len(time)) - begins
        self._number = GENESIS + time // BLOCK_S
        self._file = np.searchsorted(world.config.file_days[1:] * DAY, time, side="right")
        self._order, self._time = order, time

    def blocks(self, delivery: Delivery) -> None:
        """The blocks that hold a transaction of the delivery."""
        number = np.unique(self._number)
        frame = pl.DataFrame(
            {
                "number": number,
                "hash": _block_hash(self._world, number),
                "timestamp": self._epoch(number),
                "transaction_count": 1,
            }
        )
        delivery.table("blocks.csv", frame, BLOCK_STARS)

    def transactions(self, number: int, delivery: Delivery) -> None:
        """The transactions of one file, each with the coin it carries itself."""
        world, tx = self._world, self._order[self._file[self._order] == number]
        ledger, row = world.ledger, self._settled.row[self._shown]
        native = row[ledger["leg"][row] == 0]
        value = np.zeros(len(self._time), np.int64)
        value[ledger["tx"][native]] = ledger["amount"][native]
        target = world.transactions["target"][tx]
        frame = pl.DataFrame(
            {
                "hash": evm_hashes(world, tx),
                "nonce": np.arange(len(tx)) % 977,
                "block_number": self._number[tx],
                "transaction_index": self._place[tx],
                "from_address": self._lower(world.transactions["sender"][tx]),
                "to_address": self._lower(target).zip_with(
                    pl.Series(target >= 0), gather(pl.Series(TOKENS), np.where(target < 0, -2 - target, -1))
                ),
                "value": _units(value[tx], ETH),
                "gas": 21_000 + 90_000 * (value[tx] == 0),
                "gas_price": 9_000_000_000,
                "input": "0x",
                "receipt_status": 1 - world.transactions["failed"][tx],
            }
        )
        delivery.table(f"transactions-{self._spelling.file_date(number)}.csv", frame, TRANSACTION_STARS)

    def logs(self, number: int, delivery: Delivery) -> None:
        """The events of one file: transfers, wraps, swaps, pieces."""
        parts = [self._moves(number), self._pieces(number), self._swaps(number)]
        frame = pl.concat(parts).sort("block_number", "log_index")
        delivery.table(f"logs-{self._spelling.file_date(number)}.csv.gz", frame, LOG_STARS)

    def _moves(self, number: int) -> pl.DataFrame:
        nodes, ledger = self._world.nodes, self._world.ledger
        row = self._settled.row[self._shown]
        row = row[(self._file[ledger["tx"][row]] == number) & (ledger["leg"][row] > 0)]
        payer, payee = ledger["payer"][row], ledger["payee"][row]
        coin = nodes["coin"][payer]
        wraps = (nodes["number"][payer] == 0) & (coin == WETH)
        tail = self._topic(payee)
        plain = pl.Series([f"{TRANSFER},"]).new_from_index(0, len(row)) + self._topic(payer) + "," + tail
        topics = plain.zip_with(pl.Series(~wraps), pl.Series([f"{DEPOSIT},"]).new_from_index(0, len(row)) + tail)
        data = pl.Series(
            ["0x" + _word(int(a) * SCALE[c]) for a, c in zip(ledger["amount"][row], coin, strict=True)], dtype=pl.String
        )
        return self._frame(ledger["tx"][row], ledger["leg"][row], gather(pl.Series(TOKENS), coin), (topics, data))

    def _pieces(self, number: int) -> pl.DataFrame:
        pieces = self._world.pieces
        row = np.flatnonzero(self._file[pieces["tx"]] == number)
        item = pieces["item"][row]
        token = pl.Series([_topic_word(int(k)) for k in item], dtype=pl.String)
        topics = pl.Series([f"{TRANSFER},"]).new_from_index(0, len(row))
        topics = topics + self._topic(pieces["seller"][row]) + "," + self._topic(pieces["buyer"][row]) + "," + token
        contract = pl.Series([piece_contract(self._world, int(k)) for k in item], dtype=pl.String)
        return self._frame(
            pieces["tx"][row], pieces["leg"][row], contract, (topics, pl.Series(["0x"]).new_from_index(0, len(row)))
        )

    def _swaps(self, number: int) -> pl.DataFrame:
        swaps = self._world.swaps
        row = np.flatnonzero(self._file[swaps["tx"]] == number)
        older = swaps["version"][row] == 2
        head = gather(pl.Series([f"{SWAP_3},", f"{SWAP_2},"]), older.astype(np.int8))
        topics = head + self._topic(swaps["caller"][row]) + "," + self._topic(swaps["recipient"][row])
        names = ("coin_in", "coin_out", "amount_in", "amount_out", "version")
        given = zip(*(swaps[name][row].tolist() for name in names), strict=True)
        data = pl.Series([_swap_words(*values) for values in given], dtype=pl.String)
        return self._frame(swaps["tx"][row], swaps["leg"][row], self._lower(swaps["pool"][row]), (topics, data))

    def _frame(self, tx: Ints, leg: Ints, contract: pl.Series, told: tuple[pl.Series, pl.Series]) -> pl.DataFrame:
        topics, data = told
        return pl.DataFrame(
            {
                # Three digits, so that the order of texts is the order of numbers.
                "log_index": 100 + self._place[tx] % 50 * 16 + leg,
                "transaction_hash": evm_hashes(self._world, tx),
                "transaction_index": self._place[tx],
                "block_number": self._number[tx],
                "address": contract,
                "data": data,
                "topics": topics,
            }
        )

    def _epoch(self, number: Ints) -> Ints:
        return (number - GENESIS) * BLOCK_S + self._spelling.epoch

    def _lower(self, node: Ints) -> pl.Series:
        return gather(self._spelling.numbers, node).str.to_lowercase()

    def _topic(self, node: Ints) -> pl.Series:
        return ("0x" + "0" * 24) + self._lower(node).str.strip_prefix("0x")


def piece_contract(world: World, item: int) -> str:
    """The contract of a collection; a thousand pieces belong to one."""
    salt = salt_of(world.config.seed, "collections")
    parts = hex_strings(scramble(np.arange(3) + 3 * (item // 1000), salt))
    return "0x" + "".join(parts.to_list())[:40]


def _topic_word(value: int) -> str:
    return "0x" + _word(value)


def _word(value: int) -> str:
    return f"{value & (1 << 256) - 1:064x}"


def _units(amount: Ints, coin: int) -> pl.Series:
    return pl.Series([str(int(a) * SCALE[coin]) for a in amount], dtype=pl.String)


def _swap_words(coin_in: int, coin_out: int, amount_in: int, amount_out: int, version: int) -> str:
    """What a pool writes of a swap: by amounts in and out in the older make, by its gains and losses in the newer."""
    took, gave = amount_in * SCALE[coin_in], amount_out * SCALE[coin_out]
    in_first = FIRST_OF_PAIR[coin_in] < FIRST_OF_PAIR[coin_out]
    if version == 2:
        words = (took, 0, 0, gave) if in_first else (0, took, gave, 0)
        return "0x" + "".join(map(_word, words))
    gains = (took, -gave) if in_first else (-gave, took)
    root = int((gains[1] / -gains[0]) ** 0.5 * 2**96)
    return "0x" + "".join(map(_word, (*gains, root, took * 500, 0)))


def _block_hash(world: World, number: Ints) -> pl.Series:
    result = pl.Series(["0x"]).new_from_index(0, len(number))
    for part in ("e", "f", "g", "h"):
        result = result + hex_strings(scramble(number, salt_of(world.config.seed, f"block {part}")))
    return result
