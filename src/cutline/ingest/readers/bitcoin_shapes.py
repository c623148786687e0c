"""One transaction with inputs and outputs, taken out of the three shapes in which houses write it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cutline.ingest.readers.records import PAGE_SAYS, PLACE, Record, text_of

IN, OUT = "in", "out"
COINS, UNITS = "coins", "units"
"""How a house writes values: Bitcoin Core in whole coins, the others in the smallest unit."""

TRANSACTION, BLOCK = "transaction", "block"

SIDE_COLUMNS = ("side", "place", "address", "value", "spent", "spent_place")
_NAMELESS = frozenset({"pubkey", "p2pk", "multisig", "nonstandard", "nulldata", "op_return", "unknown"})
"""Scripts that name no address, or several, or a bare key that some houses spell as an address and others do not."""


class Told(NamedTuple):
    """What a record says of a transaction, all as text: `minted` is 1 where it makes new coins, `unit` COINS or UNITS."""

    what: str
    hash: str | None
    block: str | None
    time: str | None
    place: str | None
    fee: str | None
    minted: str
    unit: str


TRANSACTION_COLUMNS = Told._fields


@dataclass(slots=True)
class Sides:
    """Inputs and outputs of some records, column by column."""

    row: list[int] = field(default_factory=list)
    values: tuple[list[str | None], ...] = field(default_factory=lambda: tuple([] for _ in SIDE_COLUMNS))

    def add(self, row: int, *values: str | None) -> None:
        """Add one input or output; `values` in the order of `SIDE_COLUMNS`."""
        self.row.append(row)
        for column, value in zip(self.values, values, strict=True):
            column.append(value)

    def columns(self) -> dict[str, Any]:
        """Give them as columns, `row` first."""
        return {"row": self.row, **dict(zip(SIDE_COLUMNS, self.values, strict=True))}


def take(row: int, record: Record, sides: Sides) -> Told:
    """Take out a transaction, and put its inputs and outputs to the others."""
    if "vin" in record or "vout" in record:
        return _of_node(row, record, sides)
    if "inputs" in record or "outputs" in record:
        return _of_etl(row, record, sides)
    block = "merkle_root" in record and "transaction_count" in record
    return Told(BLOCK if block else "", text_of(record, "hash"), None, None, None, None, "0", UNITS)


def _of_etl(row: int, record: Record, sides: Sides) -> Told:
    inputs, outputs = _list(record, "inputs"), _list(record, "outputs")
    minted = text_of(record, "is_coinbase") in ("1", "true", "True") or not inputs
    for k, one in enumerate(() if minted else inputs):
        spent = text_of(one, "spent_transaction_hash"), text_of(one, "spent_output_index")
        sides.add(row, IN, text_of(one, "index") or str(k), _sole(one), text_of(one, "value"), *spent)
    for k, one in enumerate(outputs):
        sides.add(row, OUT, text_of(one, "index") or str(k), _sole(one), text_of(one, "value"), None, None)
    name, block, time, place, fee = (text_of(record, n) for n in ("hash", "block_hash", "block_timestamp", "index", "fee"))
    return Told(TRANSACTION, name, block, time, place, fee, str(int(minted)), UNITS)


def _sole(one: Record) -> str | None:
    """Give the one address that an output names."""
    addresses = one.get("addresses")
    if not isinstance(addresses, list) or len(addresses) != 1 or text_of(one, "type") in _NAMELESS:
        return None
    address = text_of({"a": addresses[0]}, "a")
    return None if address is None or address.startswith("nonstandard") else address


def _of_node(row: int, record: Record, sides: Sides) -> Told:
    """Bitcoin Core and Esplora use the same names; Core's scripts are objects, its values coins."""
    inputs, outputs = _list(record, "vin"), _list(record, "vout")
    minted = any("coinbase" in one or text_of(one, "is_coinbase") == "1" for one in inputs)
    core = any(isinstance(one.get("scriptPubKey"), dict) for one in outputs)
    for k, one in enumerate(() if minted else inputs):
        before = one.get("prevout")
        before = before if isinstance(before, dict) else {}
        sides.add(row, IN, str(k), _address(before), text_of(before, "value"), text_of(one, "txid"), text_of(one, "vout"))
    for k, one in enumerate(outputs):
        sides.add(row, OUT, text_of(one, "n") or str(k), _address(one), text_of(one, "value"), None, None)
    block = text_of(record, "blockhash") or text_of(record, "status", "block_hash") or text_of(record, PAGE_SAYS, "hash")
    time = (
        text_of(record, "blocktime")
        or text_of(record, "status", "block_time")
        or text_of(record, PAGE_SAYS, "time")
        or text_of(record, "time")
    )
    place = text_of(record, PAGE_SAYS, PLACE)
    fee = text_of(record, "fee")
    return Told(TRANSACTION, text_of(record, "txid"), block, time, place, fee, str(int(minted)), COINS if core else UNITS)


def _address(output: Record) -> str | None:
    script = output.get("scriptPubKey")
    if not isinstance(script, dict):
        named = text_of(output, "scriptpubkey_address")
        return None if text_of(output, "scriptpubkey_type") in _NAMELESS else named
    several = script.get("addresses")
    old = several[0] if isinstance(several, list) and len(several) == 1 else None
    named = text_of(script, "address") or text_of({"a": old}, "a")
    return None if text_of(script, "type") in _NAMELESS else named


def _list(record: Record, name: str) -> list[Record]:
    found = record.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
