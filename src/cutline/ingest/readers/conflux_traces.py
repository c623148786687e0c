"""What calls inside a transaction of Conflux's core space moved of the coin, as its nodes trace them.

A node tells calls and their results one after the other, in one list for a block: which call is made by which shows in the
order. What `valid` denies was reverted and moved nothing. The outermost call says what the transaction says, under the same
event id. Inner transfers between balances move coins; gas, collateral and stakes stay their owner's or are fees, and what goes
to the other space is told by the cross-space contract. Source: Conflux-Chain/CIPs, issue 88.

Memory: one path for each transaction of the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cutline.ingest.readers.node_records import quantity
from cutline.ingest.readers.records import Record, text_of

CALL, CREATE, INNER = "call", "create", "internal_transfer_action"
RESULTS = {"call_result": CALL, "create_result": CREATE}
NATIVE, POCKET = "native", "balance"

Told = dict[str, str | None]


@dataclass(slots=True)
class _Path:
    """Where the traces of one transaction stand: how many calls were made at each depth, those without a result, all told."""

    made: list[int] = field(default_factory=lambda: [0])
    open: list[Told] = field(default_factory=list)
    told: int = 0

    def step(self) -> str:
        """Give the way to what is made next: of a call its place among its caller's; empty for the outermost."""
        depth = len(self.open)
        way = [str(n - 1) for n in self.made[1:depth]] + [str(self.made[depth])] if depth else []
        self.made[depth] += 1
        return ",".join(way)

    def enter(self, call: Told) -> None:
        self.open.append(call)
        del self.made[len(self.open) :]
        self.made.append(0)


class Walk:
    """Follows the traces of a file through its batches, in the order of the file."""

    def __init__(self) -> None:
        self._paths: dict[str, _Path] = {}

    def take(self, record: Record) -> Told:
        """Name a trace's parts as ethereum-etl does; what moves nothing of the core's coin has a type that moves nothing."""
        kind, name = text_of(record, "type") or "", (text_of(record, "transactionHash") or "").lower()
        path = self._paths.setdefault(name, _Path())
        path.told += 1
        told: Told = {
            "trace_address": f"{kind} {path.told}",
            "transaction_hash": name or None,
            "block_number": quantity(text_of(record, "epochNumber")),
            "trace_type": kind,
            "from_address": text_of(record, "action", "from"),
            "to_address": text_of(record, "action", "to"),
            "value": quantity(text_of(record, "action", "value")),
            "call_type": text_of(record, "action", "callType"),
            "status": "0" if record.get("valid") is False else "1",
        }
        if kind in (CALL, CREATE):
            told["trace_address"] = path.step()
            path.enter(told)
            if (text_of(record, "action", "space") or NATIVE) != NATIVE:
                told["trace_type"] = f"{kind} in another space"
        elif kind in RESULTS and path.open:
            made = path.open.pop()
            made["to_address"] = made["to_address"] or text_of(record, "action", "addr")
        elif kind == INNER:
            told["trace_address"] = path.step() or told["trace_address"]
            told["trace_type"] = CALL if _between_balances(record) else kind
        return told


def _between_balances(record: Record) -> bool:
    """Say whether one holder's balance in the core pays another's."""
    pockets = {text_of(record, "action", side) or POCKET for side in ("fromPocket", "toPocket")}
    spaces = {text_of(record, "action", side) or NATIVE for side in ("fromSpace", "toSpace")}
    return pockets == {POCKET} and spaces == {NATIVE} and text_of(record, "action", "from") != text_of(record, "action", "to")
