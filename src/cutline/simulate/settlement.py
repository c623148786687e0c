"""The ledger in its final order, with ids and running balances."""

from dataclasses import dataclass

import numpy as np

from cutline.simulate.evm import LEG_BITS
from cutline.simulate.numbers import salt_of
from cutline.simulate.randomness import Ints, heavy, scramble
from cutline.simulate.world import ACCOUNT, BANK_RAIL, CHAIN_RAIL, DELIVERING_BANKS, EVM_RAIL, TERMINAL, World


@dataclass
class Settled:
    """Delivered movements of value in order of time then id; amounts in fen, in a coin's kept unit on a chain."""

    payer: Ints
    payee: Ints
    time: Ints
    amount: Ints
    id64: np.ndarray[tuple[int], np.dtype[np.uint64]]
    row: Ints  # the row of the world's ledger
    needed: Ints  # opening balance of each node that keeps it from going below nothing
    opening: Ints  # the opening balance that the banks print, at least what is needed
    payer_after: Ints
    payee_after: Ints


def settle_ledger(world: World) -> Settled:
    """Drops what no source delivers, orders the rest, and computes every balance."""
    ledger, nodes = world.ledger, world.nodes
    at_bank = np.isin(nodes["kind"], (ACCOUNT, TERMINAL)) & (nodes["inst"] < DELIVERING_BANKS)
    seen = (ledger["rail"] != BANK_RAIL) | at_bank[ledger["payer"]] | at_bank[ledger["payee"]]
    frozen = np.full(len(nodes), 2**31 - 1, np.int64)
    if world.frozen:
        frozen[np.fromiter(world.frozen, np.int64)] = np.fromiter(world.frozen.values(), np.int64)
    row = np.flatnonzero(seen & (ledger["time"] < frozen[ledger["payer"]]))
    id64 = _ids(world, row)
    time = ledger["time"][row].astype(np.int64)
    time = np.where(ledger["rail"][row] == CHAIN_RAIL, time // 3 * 3, time)  # Tron makes a block every three seconds
    order = np.lexsort((id64, time))
    row, id64, time = row[order], id64[order], time[order]
    payer, payee = ledger["payer"][row].astype(np.int64), ledger["payee"][row].astype(np.int64)
    amount = ledger["amount"][row]
    running, needed = _running(payer, payee, amount, len(nodes))
    n = len(row)
    return Settled(payer, payee, time, amount, id64, row, needed, needed.copy(), running[:n], running[n:])


def _ids(world: World, row: Ints) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """Ids that order equal times: a transaction's movements keep their order inside it."""
    id64 = scramble(row, salt_of(world.config.seed, "transfer"))
    on_evm = np.flatnonzero(world.ledger["rail"][row] == EVM_RAIL)
    inside = row[on_evm]
    id64[on_evm] = transaction_ids(world, world.ledger["tx"][inside]) | world.ledger["leg"][inside].astype(np.uint64)
    return id64


def transaction_ids(world: World, tx: Ints) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """An id of each EVM transaction; its low bits are left to the movements inside."""
    return scramble(tx, salt_of(world.config.seed, "evm transaction")) >> np.uint64(LEG_BITS) << np.uint64(LEG_BITS)


def _running(payer: Ints, payee: Ints, amount: Ints, count: int) -> tuple[Ints, Ints]:
    """Balances after each event before any opening (payers, then payees), and the opening that each node needs."""
    n = len(payer)
    node = np.concatenate([payer, payee])
    event = np.tile(np.arange(n), 2)
    order = np.argsort(node * n + event, kind="stable")
    delta = np.concatenate([-amount, amount])[order]
    ordered = node[order]
    total = np.cumsum(delta)
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if n else np.empty(0, np.int64)
    base = np.where(first > 0, total[np.maximum(first - 1, 0)], 0)
    size = np.diff(np.r_[first, len(ordered)])
    total -= np.repeat(base, size)
    needed = np.zeros(count, np.int64)
    if n:
        needed[ordered[first]] = np.maximum(0, -np.minimum.reduceat(total, first))
    result = np.empty(2 * n, np.int64)
    result[order] = total
    return result, needed


def print_balances(world: World, settled: Settled, tainted: Ints) -> None:
    """Adds the opening balances. Accounts that stolen money reaches open with exactly what they need, as do many others."""
    rng, nodes = world.chance.of("openings"), world.nodes
    spare = heavy(rng, len(nodes), 3_800, 1.4)
    spare[nodes["exact"] == 1] = 0
    spare = np.where(nodes["extra"] >= 0, nodes["extra"], spare)
    spare[tainted] = 0  # a victim whom a bait of stolen money reached, too
    settled.opening = settled.needed + spare
    settled.payer_after += settled.opening[settled.payer]
    settled.payee_after += settled.opening[settled.payee]
