"""Tools as company: what shares a device or an address with suspects, and what is registered with a suspect's number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.model.evidence import Finding
from cutline.model.index import KIND_NAMES, Index, distinct
from cutline.model.numerals import counted
from cutline.risk.association.money import is_kind
from cutline.risk.association.signs import Pattern, Signs, signs, write_findings
from cutline.risk.conduct import ends_of

Bools = NDArray[np.bool_]
OPENED = 5
"""Log-ins of an account on a device that say as much as that it was opened on it (D)."""

OFTEN = 3
"""Appearances beside suspects that say something of somebody who is also seen elsewhere (D)."""

SITES = 2
"""Suspect sites hosted at an address, and no others, that make it the gang's: its builder works there, too (D)."""

USERS = {
    "device": (
        ("contacts", "source", "source_device"),
        ("sessions", "handle", "device"),
        ("transfers", "payer", "device"),
    ),
    "ip": (("sessions", "handle", "ip"), ("transfers", "payer", "ip")),
}
"""Who is seen on a device or an address: (table, user, thing)."""

TIES = {"device": (("uses", "device"), ("inserted_in", "device")), "ip": (("uses", "ip"), ("hosted_at", "ip"))}
"""Who is known to be on it: (relation, kind of the thing)."""


@dataclass(frozen=True, slots=True)
class ToolConfig:
    """When shared tools speak (D).

    users         suspects of two people that a device must carry to be theirs (or `crowd` of one), `device_part` of all users
    ip_users      the same for an address, whose appearances must also be theirs for `ip_part`
    home          share of one's own appearances that must be on such devices or addresses
    behind        suspect accounts, wallets and handles registered with one number that make the number theirs
    """

    users: int = 2
    crowd: int = 3
    device_part: float = 0.6
    ip_users: int = 3
    ip_part: float = 0.5
    home: float = 0.5
    behind: int = 2


class Uses:
    """Who was seen on which devices and addresses: signs with the user as subject and the thing as other.

    Some users are `spared`: of a gang's desk, that those who are held there log in with their own accounts says nothing.
    """

    def __init__(self, index: Index, kind: str, spared: Bools) -> None:
        self.index, self.kind = index, kind
        self.parts = tuple(_seen(index, *name) for name in USERS[kind]) + tuple(
            _tied(index, relation, end) for relation, end in TIES[kind]
        )
        self.number = _numbers(index)
        self.parts = tuple(Signs(p.table, p.row, self.number[p.subject], p.other, p.weight) for p in self.parts)
        self.parts = tuple(part.take(~spared[part.subject]) for part in self.parts)
        size = max(1, len(index))
        pairs = distinct(np.concatenate([distinct(part.subject * size + part.other) for part in self.parts]))
        self.user, self.thing = pairs // size, pairs % size
        self.users = np.bincount(self.thing, minlength=len(index))  # of every thing
        self.uses, self.used, self.at_home = np.zeros(len(index)), np.zeros(len(index)), np.zeros(len(index))
        self.talked = np.zeros(len(index), np.bool_)  # a handset that only pays is named by its accounts
        for part in self.parts:
            here = np.bincount(part.other, minlength=len(index))
            self.uses += part.total(len(index))
            self.used += here
            self.at_home += here * {"sessions": 1, "ties": OPENED}.get(part.table, 0)
            if part.table != "transfers":
                self.talked[part.other] = True

    def counts(self, marked: Bools) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Count for every thing its marked users, and all of them."""
        return np.bincount(self.thing[marked[self.user]], minlength=len(self.index)), self.users

    def hands(self, marked: Bools, hand: NDArray[np.int64]) -> NDArray[np.int64]:
        """Count for every thing the different hands of its marked users."""
        size, chosen = len(self.index), marked[self.user]
        pairs = distinct(self.thing[chosen] * size + hand[self.user[chosen]])
        return np.bincount(pairs // max(1, size), minlength=size)

    def on(self, things: Bools) -> tuple[Signs, ...]:
        """Give the appearances on some things."""
        return tuple(part.take(things[part.other]) for part in self.parts)

    def part_of(self, marked: Bools) -> NDArray[np.float64]:
        """Say which share of the appearances on every thing is of marked users."""
        size = len(self.index)
        theirs = np.zeros(size)
        for part in self.parts:
            theirs += np.bincount(part.other[marked[part.subject]], minlength=size)
        return theirs / np.maximum(1.0, self.used)


def shared_devices(
    index: Index, uses: Uses, hand: NDArray[np.int64], state: tuple[Bools, Bools, Bools, Bools], config: ToolConfig
) -> list[Finding]:
    """Find devices that several suspects use, and whoever else lives in them.

    `hand` numbers whose each entity is. `state`: the suspects; who is no subject; the numbers that a gang works, as
    victims or the calls themselves tell; and the accounts on somebody's everyday number.
    """
    marked, barred, worked, private = state
    suspects, users = uses.counts(marked)
    several = ((suspects >= config.users) & (uses.hands(marked, hand) >= 2)) | (suspects >= config.crowd)
    theirs = (
        (several & (suspects >= config.device_part * users)) | _only_theirs(index, uses, marked, (worked, private)) | marked
    )
    theirs &= uses.talked & ~barred
    there = uses.on(theirs)
    of_suspects = [part.take(marked[part.subject]) for part in there]
    turned = tuple(part.turned() for part in of_suspects)
    strength = np.where(theirs & ~marked, np.minimum(1.0, 0.35 + 0.08 * np.minimum(suspects, 8)), 0.0)

    def words(code: int) -> tuple[str, str]:
        return (
            f"{suspects[code]} of the {users[code]} numbers, cards and accounts seen on this device are suspicious themselves.",
            f"该设备上的{users[code]}个号码、卡和账号中有{suspects[code]}个自身可疑。",
        )

    found = write_findings(index, Pattern("device-of-suspects", words), turned, strength)
    names = ("beside-suspects-on-device", "a device", "设备", config.home)
    return found + _guests(index, uses, (theirs, there), (marked, barred), names)


def _only_theirs(index: Index, uses: Uses, marked: Bools, lines: tuple[Bools, Bools]) -> Bools:
    """Devices that suspects alone use: a handset in which a gang's number is worked, or one that only suspect handles know.

    Handles must have been opened on it, or log in again and again: a desk, not a pocket. `lines`: the numbers that a gang
    works, and the accounts on everyday ones; what one such account alone is seen on is its owner's own handset.
    """
    worked, private = lines
    handle = index.kinds == KIND_NAMES.index("handle")
    suspects, users = uses.counts(marked)
    handles, _ = uses.counts(marked & handle)
    numbers, owned = uses.counts(marked & worked)[0], uses.counts(marked & private)[0]
    alone = (suspects > 0) & (suspects == users)
    return np.asarray(
        alone & ((numbers > 0) | ((handles == users) & ((handles >= 2) | (owned == 0)) & (uses.at_home >= OPENED)))
    )


def shared_addresses(
    index: Index, uses: Uses, hand: NDArray[np.int64], state: tuple[Bools, Bools], config: ToolConfig
) -> list[Finding]:
    """Find whoever is mostly seen at addresses where suspects of several people are, or where a gang hosts its sites alone.

    `hand` numbers whose each entity is: several accounts of one suspect are at home there, as the rest of the household is.
    `state`: the suspects, and who is no subject.
    """
    marked, barred = state
    suspects, _ = uses.counts(marked)
    website = index.kinds == KIND_NAMES.index("website")
    sites, hosted = uses.counts(marked & website)[0], uses.counts(website)[0]
    theirs = (suspects >= config.ip_users) & (uses.hands(marked, hand) >= 2) & (uses.part_of(marked) >= config.ip_part)
    theirs |= (sites >= SITES) & (sites == hosted) & (uses.part_of(marked) >= config.ip_part)
    names = ("beside-suspects-at-address", "an IP address", "IP地址", config.home)
    return _guests(index, uses, (theirs, uses.on(theirs)), (marked, barred), names)


def _guests(
    index: Index,
    uses: Uses,
    places: tuple[Bools, tuple[Signs, ...]],
    state: tuple[Bools, Bools],
    names: tuple[str, str, str, float],
) -> list[Finding]:
    """Find who mostly appears on suspects' things. `places`: these things, and all appearances on them."""
    size, (marked, barred), (theirs, seen) = len(index), state, places
    there = np.zeros(size)
    beside = np.zeros(size, np.int64)
    suspects, _ = uses.counts(marked)
    np.maximum.at(beside, uses.user, np.where(theirs[uses.thing], suspects[uses.thing], 0))
    for part in seen:
        there += np.bincount(part.subject, minlength=size)
    share = there / np.maximum(1.0, uses.uses)
    guest = ((there >= OFTEN) | (share >= 1.0)) & (there > 0) & (share >= names[3]) & ~marked & ~barred
    strength = np.where(guest, np.minimum(1.0, 0.3 + 0.06 * np.minimum(beside, 6) + 0.2 * share), 0.0)

    def words(code: int) -> tuple[str, str]:
        others = f"that up to {counted(beside[code], 'suspect shares', 'suspects share')}"
        shared = f"多达{beside[code]}个可疑对象共用的{names[2]}"
        if not beside[code]:  # a box that is known by how it calls, through cards of which none is known
            others, shared = "that is suspicious itself", f"自身可疑的{names[2]}"
        part = f"{100 * share[code]:.0f}"
        return f"{part} % of its appearances are on {names[1]} {others}.", f"其{part}%的出现位于{shared}。"

    return write_findings(index, Pattern(names[0], words), seen, strength)


def registrations(index: Index) -> Signs:
    """Give what is registered with which number or account: ties with the one that is registered as subject."""
    ties = index.tables.get("ties")
    if ties is None or "relation" not in ties.columns:
        return _seen(index, "", "", "")
    rows = np.flatnonzero(ties.columns["relation"] == ties.category("relation", "registered_with"))
    return signs("ties", rows, ties.columns["a"][rows], ties.columns["b"][rows])


def registered(index: Index, every: Signs, marked: Bools, worked: Bools, barred: Bools) -> list[Finding]:
    """Find accounts, wallets and handles that are registered with a suspect number whose own calls tell that a gang works it.

    A number that its accounts alone make suspect is its owner's everyday one, and tells nothing of the other accounts on it.
    """
    theirs = marked & worked & (index.kinds == KIND_NAMES.index("phone"))
    found = every.take(theirs[every.other] & ~marked[every.subject] & ~barred[every.subject])
    strength = np.where(found.total(len(index)) > 0, 0.55, 0.0)
    words = "Registered with a phone number that is suspicious itself.", "以自身可疑的手机号注册。"
    return write_findings(index, Pattern("registered-with-suspect", lambda _: words), (found,), strength)


def numbers_behind(index: Index, registered_with: Signs, marked: Bools, barred: Bools, config: ToolConfig) -> list[Finding]:
    """Find phone numbers with which several suspect handles and wallets are registered, most of all that are.

    Bank accounts do not count: whose account is suspect, has them all on the own everyday number.
    """
    size, mine = len(index), is_kind(index, "handle", "ecny_wallet")[registered_with.subject]
    every = registered_with.take(mine).turned()
    found = every.take(marked[every.other] & ~marked[every.subject] & ~barred[every.subject])
    theirs, all_ = found.others(size), every.others(size)
    behind = (theirs >= config.behind) & (theirs >= config.device_part * all_)
    strength = np.where(behind, np.minimum(1.0, 0.4 + 0.08 * theirs), 0.0)

    def words(code: int) -> tuple[str, str]:
        return (
            f"{theirs[code]} of the {all_[code]} accounts registered with this number are suspicious themselves.",
            f"以该号码注册的{all_[code]}个账号中有{theirs[code]}个自身可疑。",
        )

    return write_findings(index, Pattern("number-behind-suspects", words), (found,), strength)


def _numbers(index: Index) -> NDArray[np.int64]:
    """Give for every SIM card the number that it carries, as the number is what people know; everything else is itself."""
    out, ties = np.arange(len(index)), index.tables.get("ties")
    if ties is not None and "relation" in ties.columns:
        card, number = ends_of(ties, "carries")
        order = np.lexsort((number, card))
        out[card[order[::-1]]] = number[order[::-1]]
    return out


def _seen(index: Index, table: str, user: str, thing: str) -> Signs:
    events = index.tables.get(table)
    if events is None or user not in events.columns or thing not in events.columns:
        return signs(table, *(np.empty(0, np.int64),) * 3)  # type: ignore[arg-type]
    rows = np.flatnonzero((events.columns[user] >= 0) & (events.columns[thing] >= 0))
    return signs(table, rows, events.columns[user][rows], events.columns[thing][rows])


def _tied(index: Index, relation: str, kind: str) -> Signs:
    ties = index.tables.get("ties")
    if ties is None or "relation" not in ties.columns:
        return _seen(index, "", "", "")
    a, b = ties.columns["a"], ties.columns["b"]
    rows = np.flatnonzero((ties.columns["relation"] == ties.category("relation", relation)) & (a >= 0) & (b >= 0))
    rows = rows[index.kinds[b[rows]] == KIND_NAMES.index(kind)]
    return signs("ties", rows, a[rows], b[rows])
