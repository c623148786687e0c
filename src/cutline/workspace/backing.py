"""Who and what stands behind an account, a wallet or an address, as far as records tell: for answers, never for a score.

A SIM card may hold a wallet's key: then the card, its number, its holder and its operator stand behind the address. A
sub-wallet or a hard wallet belongs to its parent, and so to the parent's holder. Regions are protected: they say whom to write
to, and enter nothing that is computed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from cutline.store.lake import Lake
from cutline.tracing import KeyCard

TIES = ("a", "b", "relation", "valid_from", "valid_to")
SAID = ("region", "status", "tier", "kind")
ASIDE = (
    "platform_accounts", "platform_logins", "messages", "persons", "relations", "device_pairings", "cells", "adverts", "sites",
    "public_reports", "listings",
)  # fmt: skip
"""Kinds of deliveries that name no account, wallet, address or card: most rows, and none of them is looked through."""

PARENTS = 4
"""A sub-wallet of a sub-wallet: no operator nests them deeper (ours)."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind a holder of money; empty where nobody told.

    `above`: a wallet's parents, the nearest first. `phone`: linked, or of the card that holds the key. `operator`: of the
    wallet, or who delivered the card. `region`: of the account, else of the phone.
    """

    holder: str = ""
    above: tuple[str, ...] = ()
    card: str = ""
    card_since: datetime | None = None
    phone: str = ""
    operator: str = ""
    status: str = ""
    phone_status: str = ""
    tier: str = ""
    kind: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class _Tie:
    other: str
    deliverer: str
    since: datetime | None


def look_behind(lake: Lake, entities: Collection[str], now: datetime) -> dict[str, Behind]:
    """Say of some entities who stands behind each at a moment. Reads only rows that name them, or what stands behind them."""
    look = _Looker(lake, now)
    upward, downward = look.ties_both_ways(entities)
    above = _climb(look, entities, upward)
    higher = {one for chain in above.values() for one in chain}
    known = {*entities, *higher}
    up, down = look.ties_both_ways(higher - {*entities})
    upward, downward = upward | up, downward | down
    cards = {e: tie for (e, relation), tie in downward.items() if relation == "keys_for"}
    carried = look.ties("a", {tie.other for tie in cards.values()})
    phones = {e: tie.other for (e, relation), tie in upward.items() if relation == "registered_with"}
    phones |= {e: carried[tie.other, "carries"].other for e, tie in cards.items() if (tie.other, "carries") in carried}
    owners = look.ties("b", {phone for e, phone in phones.items() if (e, "owns") not in downward})
    holders = {e: _holder(e, phones.get(e, ""), downward, owners) for e in known}
    facts = look.facts({*known, *phones.values()})

    def one(entity: str) -> Behind:
        chain = above.get(entity, ())
        holder = next((holders[e] for e in (entity, *chain) if holders[e]), "")
        phone = next((phones[e] for e in (entity, *chain) if e in phones), "")
        card, run = cards.get(entity), upward.get((entity, "operated_by"))
        mine = facts.get(entity, {})
        return Behind(
            holder=holder,
            above=chain,
            card=card.other if card else "",
            card_since=card.since if card else None,
            phone=phone,
            operator=card.deliverer if card else run.other if run else "",
            status=mine.get("status", ""),
            phone_status=facts.get(phone, {}).get("status", ""),
            tier=mine.get("tier", ""),
            kind=mine.get("kind", ""),
            region=next((r for e in (entity, phone) if (r := facts.get(e, {}).get("region", ""))), ""),
        )

    return {entity: one(entity) for entity in entities}


def key_cards(behind: Mapping[str, Behind]) -> dict[str, KeyCard]:
    """Give by address the SIM card that holds its key, and who can limit it."""
    return {entity: KeyCard(one.card, one.operator) for entity, one in behind.items() if one.card}


def _climb(look: _Looker, entities: Iterable[str], upward: Mapping[tuple[str, str], _Tie]) -> dict[str, tuple[str, ...]]:
    """Give the wallets above each wallet, the nearest first."""
    known, chains = dict(upward), {}
    for _ in range(PARENTS):
        fresh = {tie.other for (_, relation), tie in known.items() if relation == "sub_of"} - {e for e, _ in known}
        if not fresh:
            break
        known |= look.ties("a", fresh)
    for entity in entities:
        chain = [entity]
        while (chain[-1], "sub_of") in known and len(chain) <= PARENTS and known[chain[-1], "sub_of"].other not in chain:
            chain.append(known[chain[-1], "sub_of"].other)
        if len(chain) > 1:
            chains[entity] = tuple(chain[1:])
    return chains


def _holder(entity: str, phone: str, downward: Mapping[tuple[str, str], _Tie], owners: Mapping[tuple[str, str], _Tie]) -> str:
    """Give the owner on record, else the owner of the phone behind it."""
    tie = downward.get((entity, "owns")) or owners.get((phone, "owns"))
    return tie.other if tie else ""


class _Looker:
    """Looks up ties and facts of few entities, in those deliveries that may name them."""

    def __init__(self, lake: Lake, now: datetime) -> None:
        self._lake, self._now = lake, now
        batches = lake.batches().select("batch", "kind")
        self._batches = set(batches.filter(~pl.col("kind").is_in(ASIDE))["batch"])

    def ties(self, side: str, entities: Collection[str]) -> dict[tuple[str, str], _Tie]:
        """Give by entity and relation the tie that holds at the moment, the latest where several do."""
        return self._holding(self._lake.rows_about("ties", side, entities, TIES, self._batches), side)

    def ties_both_ways(self, entities: Collection[str]) -> tuple[dict[tuple[str, str], _Tie], dict[tuple[str, str], _Tie]]:
        """Give what `ties` gives of side `a` and of side `b`, from one look."""
        rows, wanted = self._lake.rows_about("ties", ("a", "b"), entities, TIES, self._batches), list(entities)
        upward, downward = (self._holding(rows.filter(pl.col(side).is_in(wanted)), side) for side in ("a", "b"))
        return upward, downward

    def _holding(self, rows: pl.DataFrame, side: str) -> dict[tuple[str, str], _Tie]:
        found: dict[tuple[str, str], _Tie] = {}
        other = "b" if side == "a" else "a"
        for row in rows.sort("valid_from", "relation", "a", "b", nulls_last=False, maintain_order=True).iter_rows(named=True):
            since, until = row["valid_from"], row["valid_to"]
            if (since is None or since <= self._now) and (until is None or until > self._now):
                found[row[side], row["relation"]] = _Tie(row[other], row["deliverer"], since)
        return found

    def facts(self, entities: Collection[str]) -> dict[str, dict[str, str]]:
        """Give by entity what was last said of it; a status is as of its delivery, so that none is too late."""
        rows = self._lake.rows_about("facts", "entity", entities, ("attribute", "value", "valid_from"), self._batches)
        rows = rows.filter(pl.col("attribute").is_in(SAID)).sort(
            pl.coalesce("valid_from", "occurred_at"), "attribute", "value", maintain_order=True
        )
        said: dict[str, dict[str, str]] = {}
        for row in rows.iter_rows(named=True):
            said.setdefault(row["entity"], {})[row["attribute"]] = row["value"]
        return said
