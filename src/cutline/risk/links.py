"""What ties two entities together: every kind of link in one readable list, and all distinct pairs of an index.

A link through a hub says little: what guilt passes along it is divided by how many neighbours the busier end has, beyond what
is usual for that kind of link (`reach`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.model.entities import Label
from cutline.model.index import KIND_NAMES, NULL, EventTable, Index


@dataclass(frozen=True, slots=True)
class Link:
    """One kind of link, from column `a` to column `b` of a table.

    `to_b` and `to_a` say how much of the guilt of one end reaches the other; `glue` how strongly it holds a ring together;
    `reach` how many neighbours are usual. An `identity` link makes two entities one person's: the owner, the card, the phone.
    A link of the table `ties` is one `relation`; `to_ip` tells the one that ends at an IP address, which is nobody's own.
    """

    name: str
    table: str
    a: str
    b: str
    to_b: float
    to_a: float
    glue: float
    reach: int
    label: Label
    identity: bool = False
    relation: str = ""
    to_ip: bool = False


def _tie(relation: str, to_b: float, to_a: float, glue: float, label: Label, *, identity: bool = False) -> Link:
    return Link(relation, "ties", "a", "b", to_b, to_a, glue, 6, label, identity, relation)


def _same(name: str, table: str, ends: tuple[str, str], guilt: tuple[float, float], glue: float, label: Label) -> Link:
    return Link(name, table, *ends, *guilt, glue, 2, label, identity=True)


LINKS: tuple[Link, ...] = (
    _tie("owns", 0.6, 0.85, 1.0, Label("ownership", "名下持有"), identity=True),
    _tie("uses", 0.6, 0.7, 1.0, Label("use", "使用"), identity=True),
    _tie("registered_with", 0.6, 0.7, 1.0, Label("registration", "注册绑定"), identity=True),
    _tie("carries", 0.8, 0.8, 1.0, Label("number on a SIM card", "卡号对应"), identity=True),
    _tie("inserted_in", 0.7, 0.7, 1.0, Label("SIM card in a device", "机卡关联"), identity=True),
    _tie("keys_for", 0.8, 0.8, 1.0, Label("wallet key on a SIM card", "SIM卡钱包密钥"), identity=True),
    _tie("same_as", 0.9, 0.9, 1.0, Label("an issuer's word that both are one", "发证机构登记为同一主体"), identity=True),
    _tie("sub_of", 0.7, 0.7, 1.0, Label("sub-wallet", "子钱包"), identity=True),
    _tie("activated_by", 0.4, 0.4, 0.6, Label("activation by an agent", "经办开卡")),
    Link("hosted_at", "ties", "a", "b", 0.3, 0.3, 0.4, 6, Label("hosting", "托管"), False, "hosted_at", True),
    _tie("mentions", 0.0, 0.0, 0.7, Label("a report or post that names both", "同一报案或帖文提及")),
    Link("registered_from", "ties", "a", "b", 0.3, 0.3, 0.4, 4, Label("registration IP", "注册IP"), False, "uses", True),
    Link("payment", "transfers", "payer", "payee", 0.7, 0.0, 0.7, 12, Label("payments", "资金往来")),
    Link("payment_device", "transfers", "payer", "device", 0.6, 0.6, 0.9, 3, Label("payment from a device", "付款设备")),
    Link("payment_ip", "transfers", "payer", "ip", 0.3, 0.3, 0.4, 3, Label("payment from an IP address", "付款IP")),
    Link("session_device", "sessions", "handle", "device", 0.6, 0.6, 0.9, 4, Label("log-in device", "登录设备")),
    Link("session_ip", "sessions", "handle", "ip", 0.3, 0.3, 0.4, 4, Label("log-in from an IP address", "登录IP")),
    _same("caller_device", "contacts", ("source", "source_device"), (0.7, 0.7), 0.9, Label("device of calls", "通话设备")),
    _same("callee_device", "contacts", ("target", "target_device"), (0.7, 0.7), 0.9, Label("device of calls", "通话设备")),
    _same("caller_card", "contacts", ("source", "source_subscriber"), (0.8, 0.8), 1.0, Label("SIM card in calls", "通话卡")),
    _same("callee_card", "contacts", ("target", "target_subscriber"), (0.8, 0.8), 1.0, Label("SIM card in calls", "通话卡")),
    Link("contact", "contacts", "source", "target", 0.0, 0.0, 0.3, 12, Label("calls and messages", "通联")),
    Link("fare", "movements", "payer", "person", 0.3, 0.5, 0.7, 4, Label("a fare paid for another", "代付行程")),
    Link("desk", "orders", "account", "address", 0.6, 0.6, 0.9, 3, Label("desk order", "场外订单")),
    _same("desk_user", "orders", ("user", "account"), (0.6, 0.7), 1.0, Label("desk order", "场外订单")),
    Link("post_site", "posts", "author", "url", 0.5, 0.5, 0.7, 4, Label("posts of a website", "发布网址")),
)  # fmt: skip

HOLDING = ("owns", "carries", "registered_with", "keys_for")
"""Relations that end when the holder changes: a number's earlier holder has no part in what it does now."""


@dataclass(frozen=True, slots=True)
class Links:
    """All distinct pairs of all links of an index. About 32 bytes a pair.

    a, b        int32 codes, never equal
    kind        uint8, position in LINKS
    rows        int32, number of rows behind the pair
    share       float32, for payments the share of the payee's income (asset by asset) that the payer sent; 1 otherwise
    degree_a/b  int32, distinct neighbours that each end has through this kind of link, on its side
    """

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    kind: NDArray[np.uint8]
    rows: NDArray[np.int32]
    share: NDArray[np.float32]
    degree_a: NDArray[np.int32]
    degree_b: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.a)

    def rarity(self) -> NDArray[np.float64]:
        """How telling each pair is in (0, 1]: the usual number of neighbours over that of its busier end."""
        reach = np.array([link.reach for link in LINKS], np.float64)[self.kind]
        return np.asarray(np.minimum(1.0, reach / np.maximum(self.degree_a, self.degree_b)), np.float64)

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Links:
        """Give some of the pairs."""
        return Links(*(getattr(self, name)[chosen] for name in self.__slots__))

    def with_more(self, other: Links) -> Links:
        """Give the pairs of both."""
        return Links(*(np.concatenate((getattr(self, name), getattr(other, name))) for name in self.__slots__))

    def of(self, *names: str) -> Links:
        """Give the pairs of some kinds of link."""
        wanted = np.array([link.name in names for link in LINKS])
        return self.take(wanted[self.kind])


def needed_columns() -> dict[str, tuple[str, ...]]:
    """Which columns `gather_links` sweeps, by table."""
    columns: dict[str, dict[str, None]] = {
        "ties": dict.fromkeys(("relation", "valid_from", "valid_to")),
        "transfers": dict.fromkeys(("amount", "asset")),
    }
    for link in LINKS:
        columns.setdefault(link.table, {}).update({link.a: None, link.b: None})
    return {table: tuple(names) for table, names in columns.items()}


@dataclass(frozen=True, slots=True)
class Spans:
    """For every entity when its findings begin and end (int64 microseconds); int64 max and min where it has none."""

    first_us: NDArray[np.int64]
    last_us: NDArray[np.int64]


AT_ONCE = 2
"""Kinds of links that are gathered at once; each holds its keys, so memory is two tables' at most."""


def gather_links(index: Index, spans: Spans | None = None) -> Links:
    """Find every distinct pair of entities that some row ties together, calls and messages apart, which carry no guilt.

    With `spans`, a holder counts only if the tie was valid while the findings at either end lasted.
    Cost: one sort of each pair of columns; memory: two int64 a row of the two largest tables, and the pairs.
    """
    wanted = [position for position, link in enumerate(LINKS) if link.name != "contact"]
    with ThreadPoolExecutor(AT_ONCE) as pool:  # sorts let go of the interpreter
        parts = list(pool.map(lambda position: _pairs(index, position, spans), wanted))
    return Links(*(np.concatenate([getattr(part, name) for part in parts]) for name in Links.__slots__))


def gather_contacts(index: Index, near: NDArray[np.bool_]) -> Links:
    """Find the pairs that called or wrote to each other, at least one of them in `near` (boolean over the entities).

    Degrees are whole for entities in `near`; for others they count neighbours in `near` alone.
    """
    return _pairs(index, next(k for k, link in enumerate(LINKS) if link.name == "contact"), near=near)


def _pairs(index: Index, position: int, spans: Spans | None = None, near: NDArray[np.bool_] | None = None) -> Links:
    link, size = LINKS[position], max(1, len(index))
    table = index.tables.get(link.table)
    if table is None or link.a not in table.columns or link.b not in table.columns or not len(table):
        return _pairs_of(position, size, np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    a, b = table.columns[link.a], table.columns[link.b]
    usable = (a >= 0) & (b >= 0) & (a != b)
    if link.relation:
        usable &= table.columns["relation"] == table.category("relation", link.relation)
        usable &= (index.kinds[b] == KIND_NAMES.index("ip")) == link.to_ip
    if near is not None:
        usable &= near[a] | near[b]
    if spans is not None and link.relation in HOLDING:
        usable &= _valid_then(table, spans)
    keys = a[usable].astype(np.int64)
    keys *= size
    keys += b[usable]
    if link.name == "payment":
        distinct, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
        share = _income_share(table, np.flatnonzero(usable), inverse, distinct % size)
        return _pairs_of(position, size, distinct, counts, share)
    keys.sort()
    begin = np.flatnonzero(np.diff(keys, prepend=-1))
    return _pairs_of(position, size, keys[begin], np.diff(begin, append=len(keys)), np.ones(len(begin)))


def _valid_then(ties: EventTable, spans: Spans) -> NDArray[np.bool_]:
    a, b, since, until = (ties.columns[name] for name in ("a", "b", "valid_from", "valid_to"))
    first = np.minimum(spans.first_us[a], spans.first_us[b])
    last = np.maximum(spans.last_us[a], spans.last_us[b])
    unknown = first > last
    return np.asarray(unknown | (((until == NULL) | (until >= first)) & (since <= last)))


def _pairs_of(
    position: int, size: int, keys: NDArray[np.int64], counts: NDArray[np.int64], share: NDArray[np.float64]
) -> Links:
    ends = (keys // size).astype(np.int32), (keys % size).astype(np.int32)
    degrees = (np.bincount(end, minlength=size).astype(np.int32)[end] for end in ends)
    kind = np.full(len(keys), position, np.uint8)
    return Links(*ends, kind, counts.astype(np.int32), share.astype(np.float32), *degrees)


def _income_share(
    table: EventTable, rows: NDArray[np.int64], pair: NDArray[np.int64], payee_of_pair: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Share of the payee's income that the pair's payer sent: by amount within an asset, assets weighed by their rows."""
    amount = table.columns["amount"][rows]
    value = np.where((amount == NULL) | (amount < 0), 0, amount).astype(np.float64)
    asset = table.columns["asset"][rows].astype(np.int64) + 1
    payee = payee_of_pair[pair]
    _, purse = np.unique(payee * (int(asset.max()) + 1) + asset, return_inverse=True)
    income = np.bincount(purse, value)[purse]
    received = np.bincount(purse)[purse]
    of_purse = np.where(income > 0, value / np.where(income > 0, income, 1.0), 1.0 / received)
    all_rows = np.bincount(payee)[payee]
    return np.asarray(np.bincount(pair, of_purse * received / all_rows, minlength=len(payee_of_pair)))
