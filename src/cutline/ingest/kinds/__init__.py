"""The tabular kinds of `formats.md` as data, and which of them a header is."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from cutline.ingest.kinds import finance, internet, people, telecom
from cutline.ingest.kinds.declaration import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        telecom.CDR,
        telecom.SIM_CARDS,
        telecom.DEVICE_PAIRINGS,
        telecom.CELLS,
        finance.BANK_ACCOUNTS,
        finance.BANK_TRANSFERS,
        finance.PAYMENT_RECEIPTS,
        finance.ECNY_WALLETS,
        finance.ECNY_TRANSFERS,
        finance.OTC_ORDERS,
        internet.PLATFORM_ACCOUNTS,
        internet.PLATFORM_LOGINS,
        internet.MESSAGES,
        internet.LISTINGS,
        internet.SITES,
        people.BORDER_CROSSINGS,
        people.TICKETS,
        people.PERSONS,
        people.RELATIONS,
        people.TAGS,
        finance.PRICES,
        finance.REQUESTS,
    )
}


class Likeness(NamedTuple):
    """How like a kind a header is: which ★ columns it lacks, and how many of the kind's columns it has."""

    kind: Kind
    missing: tuple[str, ...]
    known: int


def best_kind(columns: Iterable[str]) -> Kind | None:
    """Give the kind whose ★ columns all stand in a header; of several the one with the most of them, then the most columns."""
    return _best_kind(tuple(columns))


@lru_cache(maxsize=256)
def _best_kind(columns: tuple[str, ...]) -> Kind | None:
    """Remember headers: a delivery has many files of few kinds, and every reader asks."""
    likes = rank_kinds(columns)
    nearest = max(like.known for like in likes)
    # Few ★ columns make no kind where another one knows more of the header: it is that one, and lacks something.
    fitting = [like for like in likes if not like.missing and like.known >= min(like.kind.least, nearest)]
    fitting.sort(key=lambda like: (-len(_required(like.kind)), -like.known, like.kind.name))
    return fitting[0].kind if fitting else None


def rank_kinds(columns: Iterable[str]) -> list[Likeness]:
    """Give all kinds, the one that a header resembles most first."""
    header = {name.strip().lower() for name in columns}
    likes = []
    for kind in KINDS.values():
        missing = tuple(name for name in kind.required if name not in header)
        if kind.either and not any(header.issuperset(names) for names in kind.either):
            missing += (" or ".join(" and ".join(names) for names in kind.either),)
        likes.append(Likeness(kind, missing, sum(field.name in header for field in kind.fields)))
    return sorted(likes, key=lambda like: (-like.known / (like.known + 2 * len(like.missing) + 1), like.kind.name))


def _required(kind: Kind) -> tuple[str, ...]:
    return kind.required + (("one of these",) if kind.either else ())
