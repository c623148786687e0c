"""What the members of a ring do, in numbers that the role signatures can name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from cutline.model.index import KIND_NAMES, NULL, EventTable, distinct
from cutline.rings.candidates import same_hand
from cutline.risk import Links, Ranking, gather_contacts
from cutline.risk.association.people import same_person

ONE_DESK = 6
"""Internet accounts on a device up to which one hand is taken to work them (D)."""

MANY, FEW = 15, 0.3
"""Callees from which on a number is worked, and how many of that share may call it (D)."""

MEASURES: dict[str, str] = {
    "callees": "distinct numbers called or written to",
    "callers": "distinct numbers that called or wrote to it",
    "answered": "those that called or wrote to it for each that it called or wrote to",
    "mean_call_s": "mean duration of the calls it made, in seconds",
    "messages": "messages it sent on platforms",
    "adverts": "job adverts it posted",
    "posts": "pages, listings and group messages it posted",
    "payers": "distinct payers",
    "payees": "distinct payees",
    "ring_payers": "distinct payers inside the ring",
    "ring_payees": "distinct payees inside the ring",
    "mutual": "share of its payees that are inside the ring and pay it too",
    "ring_payee_share": "share of its payees that are inside the ring",
    "ring_payer_share": "share of its payers that are inside the ring",
    "cash_outs": "withdrawals at terminals",
    "buyers": "distinct accounts whose desk orders deliver to it",
    "own_wallet": "1 for an address to which one account alone had delivered, and more than once: its owner's",
    "buying_payers": "distinct payers inside the ring that order at desks",
    "coin_payees": "distinct payees inside the ring to which desk orders deliver",
    "desk_orders": "orders at a desk or exchange",
    "on_chain": "chain transfers it sent or received",
    "cards_activated": "cards it activated as agent",
    "cards_owned": "phone numbers it owns",
    "ring_cards": "phone numbers in the ring that it owns",
    "worked_cards": "those of them that call many and that few call",
    "cards_in_device": "SIM cards seen in it",
    "cards_beside": "most SIM cards seen in any device it was in",
    "devices_of_card": "devices its card or number was seen in",
    "handles_on_device": "internet accounts that logged in on it",
    "adverts_beside": "most job adverts of any handle on the same device, if few use that device",
    "kept": "share of what it received that it still holds, by asset, assets weighed by their rows",
    "travellers": "distinct persons whose fare it paid",
    "fares_given": "members of the ring who paid its fare",
    "websites": "websites it runs or posts",
    "rings": "other rings it has links to",
    "holder_accounts": "bank accounts of the ring that its holder has, under however many tokens; of a person: that they have",
    "gang_hands": "hands of its ring: a person with what is theirs is one",
    "gang_people": "people of its ring, under however many tokens",
    "gang_accounts": "bank accounts of its ring",
}
"""Every measure and what it counts; all but `mean_call_s`, `answered`, `mutual`, `kept` and the shares are counts."""


def needed_columns() -> dict[str, tuple[str, ...]]:
    """Which columns the measures read, beside the links'."""
    return {
        "contacts": ("source", "target", "medium", "duration_s"),
        "posts": ("author", "kind"),
        "transfers": ("payer", "payee", "channel", "rail", "amount", "asset"),
        "orders": ("account", "address", "user"),
    }


def measure(ranking: Ranking, ring_of: NDArray[np.int64]) -> Mapping[str, NDArray[np.float64]]:
    """Measure the members of all rings, in ascending order of their codes; `ring_of` gives every entity's ring, −1 for none."""
    member = ring_of >= 0
    links = ranking.links.take(member[ranking.links.a] | member[ranking.links.b])
    measured: dict[str, NDArray[np.float64]] = {}
    for part in (
        _talk(ranking, member),
        _money(ranking, ring_of, links),
        _kept(ranking, member),
        _tools(ranking, links, ring_of),
        _reach(ring_of, links),
        _gang(ranking, ring_of),
    ):
        measured |= {name: values[member] for name, values in part.items()}
    measured["worked_cards"] = _worked(links.of("owns"), member, measured)[member]
    adverts = np.zeros(len(ring_of))
    adverts[member] = measured["adverts"]
    measured["adverts_beside"] = _beside(links.of("session_device"), adverts)[member]
    return measured


def _beside(log_ins: Links, adverts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give what the busiest poster of adverts on the same desk posted; a device that many share tells nothing of one hand."""
    size = len(adverts)
    few = np.bincount(log_ins.b, minlength=size)[log_ins.b] <= ONE_DESK
    handle, device = log_ins.a[few], log_ins.b[few]
    on, out = np.zeros(size), np.zeros(size)
    np.maximum.at(on, device, adverts[handle])
    np.maximum.at(out, handle, on[device])
    return np.maximum(on, out)


def _worked(owned: Links, member: NDArray[np.bool_], measured: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Count the numbers that a person owns and others work: calls go out to many, and hardly any come in."""
    calls = np.zeros(len(member), np.bool_)
    calls[member] = (measured["callees"] >= MANY) & (measured["callers"] <= FEW * measured["callees"])
    return _count(owned.a[calls[owned.b]], len(member))


def _count(ends: NDArray[np.int32], size: int) -> NDArray[np.float64]:
    return np.bincount(ends, minlength=size).astype(np.float64)


def _talk(ranking: Ranking, member: NDArray[np.bool_]) -> dict[str, NDArray[np.float64]]:
    size = len(member)
    contact = gather_contacts(ranking.index, member)
    out = {"callees": _count(contact.a, size), "callers": _count(contact.b, size)}
    out["answered"] = out["callers"] / np.maximum(1.0, out["callees"])
    out |= dict.fromkeys(("mean_call_s", "messages", "adverts", "posts"), np.zeros(size))
    contacts = ranking.index.tables.get("contacts")
    if contacts is not None and len(contacts):
        rows = _of_members(contacts, "source", member)
        source, medium = contacts.columns["source"][rows], contacts.columns["medium"][rows]
        length = contacts.columns["duration_s"][rows]
        call = (medium == contacts.category("medium", "call")) & (length != NULL)
        seconds = np.bincount(source[call], length[call].astype(np.float64), minlength=size)
        out["mean_call_s"] = seconds / np.maximum(1.0, _count(source[call], size))
        out["messages"] = _count(source[medium == contacts.category("medium", "message")], size)
    posts = ranking.index.tables.get("posts")
    if posts is not None and len(posts):
        rows = _of_members(posts, "author", member)
        author = posts.columns["author"][rows]
        advert = posts.columns["kind"][rows] == posts.category("kind", "job_advert")
        out["adverts"], out["posts"] = _count(author[advert], size), _count(author[~advert], size)
    return out


def _kept(ranking: Ranking, member: NDArray[np.bool_]) -> dict[str, NDArray[np.float64]]:
    """Measure what stays of what came in: residue that nobody moves on is the owner's."""
    size, transfers = len(member), ranking.index.tables.get("transfers")
    if transfers is None or not len(transfers):
        return {"kept": np.zeros(size)}
    assets = len(transfers.categories.get("asset", ())) + 1
    came, left = (_purses(transfers, column, member, assets) for column in ("payee", "payer"))
    purses = distinct(came[0])
    at, back = np.searchsorted(purses, came[0]), np.searchsorted(purses, left[0])
    spent = np.append(purses, -1)[back] == left[0]  # what left a purse that nothing entered came from before the records
    received, rows = np.bincount(at, came[1], minlength=len(purses)), np.bincount(at, minlength=len(purses))
    sent = np.bincount(back[spent], left[1][spent], minlength=len(purses))
    rest = np.maximum(0.0, 1.0 - sent / np.maximum(1.0, received))
    who = purses // assets
    every = np.bincount(who, rows, minlength=size)
    return {"kept": np.bincount(who, rows * rest, minlength=size) / np.maximum(1.0, every)}


def _purses(
    transfers: EventTable, column: str, member: NDArray[np.bool_], assets: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Give for the rows that name members as a column the purse (entity and asset) and the amount, where it is known."""
    rows = _of_members(transfers, column, member)
    rows = rows[transfers.columns["amount"][rows] != NULL]
    purse = transfers.columns[column][rows].astype(np.int64) * assets + transfers.columns["asset"][rows] + 1
    return purse, transfers.columns["amount"][rows].astype(np.float64)


def _of_members(table: EventTable, column: str, member: NDArray[np.bool_]) -> NDArray[np.int64]:
    who = table.columns[column]
    return np.flatnonzero((who >= 0) & member[who])


def _money(ranking: Ranking, ring_of: NDArray[np.int64], links: Links) -> dict[str, NDArray[np.float64]]:
    size = len(ring_of)
    paid = links.of("payment")
    inside = paid.take((ring_of[paid.a] == ring_of[paid.b]) & (ring_of[paid.a] >= 0))
    out = {"payers": _count(paid.b, size), "payees": _count(paid.a, size)}
    out |= {"ring_payers": _count(inside.b, size), "ring_payees": _count(inside.a, size)}
    forth, back = inside.a.astype(np.int64) * size + inside.b, inside.b.astype(np.int64) * size + inside.a
    out["mutual"] = _count(inside.a[np.isin(forth, back)], size) / np.maximum(1.0, out["payees"])
    out["ring_payer_share"] = out["ring_payers"] / np.maximum(1.0, out["payers"])
    out["ring_payee_share"] = out["ring_payees"] / np.maximum(1.0, out["payees"])
    desk = links.of("desk")
    orders_there, delivered = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    orders_there[desk.a], delivered[desk.b] = True, True
    out["buyers"] = _count(desk.b, size)
    out["own_wallet"] = np.minimum(1.0, _count(desk.b[(desk.degree_b == 1) & (desk.rows > 1)], size))
    out["buying_payers"] = _count(inside.b[orders_there[inside.a]], size)
    out["coin_payees"] = _count(inside.a[delivered[inside.b]], size)
    out |= {"cash_outs": np.zeros(size), "on_chain": np.zeros(size), "desk_orders": np.zeros(size)}
    transfers = ranking.index.tables.get("transfers")
    if transfers is not None and len(transfers):
        chain = transfers.columns["rail"] == transfers.category("rail", "chain")
        for column in ("payer", "payee"):
            rows = _of_members(transfers, column, ring_of >= 0)
            who = transfers.columns[column][rows]
            out["on_chain"] = out["on_chain"] + _count(who[chain[rows]], size)
            if column == "payer":
                cash = transfers.columns["channel"][rows] == transfers.category("channel", "atm")
                out["cash_outs"] = _count(who[cash], size)
    orders = ranking.index.tables.get("orders")
    if orders is not None and len(orders):
        for column in ("account", "address", "user"):
            out["desk_orders"] = out["desk_orders"] + _count(
                orders.columns[column][_of_members(orders, column, ring_of >= 0)], size
            )
    return out


def _tools(ranking: Ranking, links: Links, ring_of: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    size = len(ring_of)
    owned = links.of("owns", "carries")
    owned = owned.take(ranking.index.kinds[owned.b] == KIND_NAMES.index("phone"))
    numbers_here = ring_of[owned.b] >= 0
    cards, numbers = links.of("inserted_in"), links.of("caller_device", "callee_device")
    inside = np.maximum(_distinct(cards.b, cards.a, size), _distinct(numbers.b, numbers.a, size))
    sites, fares = links.of("post_site", "hosted_at"), links.of("fare")
    given = fares.take((ring_of[fares.a] >= 0) & (ring_of[fares.a] == ring_of[fares.b]))
    beside = np.zeros(size)
    for seen in (cards, numbers):
        np.maximum.at(beside, seen.a, inside[seen.b])
    return {
        "cards_beside": beside,
        "cards_activated": _count(links.of("activated_by").b, size),
        "cards_owned": _count(owned.a, size),
        "ring_cards": _count(owned.a[numbers_here], size),
        "cards_in_device": inside,
        "devices_of_card": np.maximum(_distinct(cards.a, cards.b, size), _distinct(numbers.a, numbers.b, size)),
        "handles_on_device": _count(links.of("session_device").b, size),
        "travellers": _count(fares.a, size),
        "fares_given": _count(given.b, size),
        "websites": _distinct(sites.a, sites.b, size),
    }


def _distinct(who: NDArray[np.int32], what: NDArray[np.int32], size: int) -> NDArray[np.float64]:
    pairs = distinct(who.astype(np.int64) * size + what)
    return _count((pairs // size).astype(np.int32), size)


def _reach(ring_of: NDArray[np.int64], links: Links) -> dict[str, NDArray[np.float64]]:
    size = len(ring_of)
    across = links.take((ring_of[links.a] != ring_of[links.b]) & (ring_of[links.a] >= 0) & (ring_of[links.b] >= 0))
    rings = int(ring_of.max()) + 1 if size else 0
    pairs = distinct(
        np.concatenate(
            (across.a.astype(np.int64) * rings + ring_of[across.b], across.b.astype(np.int64) * rings + ring_of[across.a])
        )
    )
    return {"rings": _count((pairs // max(1, rings)).astype(np.int32), size)}


def _gang(ranking: Ranking, ring_of: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Count the hands, people and accounts of every member's ring: how far its labour can be divided."""
    size, links, kinds = len(ring_of), ranking.links, ranking.index.kinds
    member, who = np.flatnonzero(ring_of >= 0), same_person(ranking.index)
    links = links.take((ring_of[links.a] >= 0) & (ring_of[links.a] == ring_of[links.b]))
    hand = same_hand(len(member), np.searchsorted(member, links.a), np.searchsorted(member, links.b), links)
    person, account = (kinds[member] == KIND_NAMES.index(kind) for kind in ("person", "account"))
    ring, rings = ring_of[member], int(ring_of.max(initial=-1)) + 1
    people = distinct((ring * size + who[member])[person]) // max(1, size)
    counts = {
        "gang_hands": np.bincount(distinct(ring * size + hand) // max(1, size), minlength=rings),
        "gang_people": np.bincount(people, minlength=rings),
        "gang_accounts": np.bincount(ring[account], minlength=rings),
    }
    out = {name: np.append(each, 0).astype(np.float64)[ring_of] for name, each in counts.items()}
    return out | {"holder_accounts": _of_holder(links.of("owns"), who, kinds)}


def _of_holder(owned: Links, who: NDArray[np.int64], kinds: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Count the accounts of each person, and say of each thing that is owned how many its holder has."""
    mine = (kinds[owned.a] == KIND_NAMES.index("person")) & (kinds[owned.b] == KIND_NAMES.index("account"))
    pairs = distinct(who[owned.a[mine]] * len(who) + owned.b[mine])
    held = np.bincount(pairs // max(1, len(who)), minlength=len(who)).astype(np.float64)
    out = np.where(kinds == KIND_NAMES.index("person"), held[who], 0.0)
    np.maximum.at(out, owned.b, held[who[owned.a]])
    return out
