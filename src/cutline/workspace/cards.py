"""The status of one SIM card at a look: whose it is, whether a wallet's key lives on it, what that wallet holds, who may act.

A person's one card is never only a number: its holder and its operator stand beside it, and what happened to it since when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from cutline.errors import IdentifierError, UsageError
from cutline.model.assets import display_asset
from cutline.model.entities import kind_of
from cutline.model.identifiers import Context, clean
from cutline.model.moments import to_moment
from cutline.model.money import format_minor
from cutline.pipeline.trail import Trail
from cutline.store.lake import Lake
from cutline.tracing.magnitudes import integers
from cutline.tracing.stopping import LIMIT_CARD, issuer_of
from cutline.workspace.masking import Show, show_plain

MOVES_SHOWN = 5
KINDS = ("phone", "subscriber", "address")


@dataclass(frozen=True, slots=True)
class _Card:
    """A SIM card, the number it carries, the address whose key it holds (empty: none), for how long, by whose word."""

    card: str
    phone: str
    address: str
    operator: str
    since: datetime | None
    until: datetime | None


def card_of(name: str) -> str:
    """Give the id that a number or an address is written as where its kind is not said; any other name as it is."""
    if ":" in name or "~" in name:
        return name
    for kind in ("phone", "address"):
        try:
            return clean(kind, name, Context(deliverer=""))
        except IdentifierError:
            continue
    return name


def card_status(lake: Lake, trail: Trail, entity: str, show: Show) -> dict[str, Any]:
    """Say all that records tell of the cards behind a number, a card or an address, the latest first.

    Raises `UsageError` where the entity is of another kind, or no card stands behind it.
    """
    if kind_of(entity) not in KINDS:
        raise UsageError(f"{show(entity)} is no phone number, SIM card or chain address; expected one of these")
    cards = _cards(lake, entity)
    if not cards:
        raise UsageError(
            f"no SIM card is known behind {show(entity)}; expected one that an operator delivered in `sim_cards` "
            "(for an address: kind bsim with wallet_address)"
        )
    ledgers = trail.ledgers
    until = to_moment(int(ledgers.t_us[-1])) if len(ledgers.t_us) else None
    told = [_told(lake, trail, card) for card in cards]
    answer = {"asked": entity, "as_of": until.isoformat() if until else None, "cards": told}
    return dict(show_plain(answer, show))


def _cards(lake: Lake, entity: str) -> list[_Card]:
    """Find cards by number, by card or by the address whose key they hold: those of the past too."""
    columns = ("a", "b", "relation", "valid_from", "valid_to")
    side = "a" if kind_of(entity) == "subscriber" else "b"
    named = lake.rows_about("ties", side, [entity], columns).filter(pl.col("relation").is_in(["carries", "keys_for"]))
    if not named.height:
        return []
    ties = lake.rows_about("ties", "a", named["a"].unique().to_list(), columns)
    cards = []
    for row in ties.filter(pl.col("relation") == "carries").iter_rows(named=True):
        keys = ties.filter((pl.col("relation") == "keys_for") & (pl.col("a") == row["a"]))["b"].unique(maintain_order=True)
        told = (row["deliverer"], row["valid_from"], row["valid_to"])
        cards += [_Card(row["a"], row["b"], address, *told) for address in keys.to_list() or [""]]
    mine = [c for c in dict.fromkeys(cards) if entity in (c.card, c.phone, c.address)]
    return sorted(mine, key=lambda c: (c.until is None, c.until or c.since or to_moment(0), c.card), reverse=True)


def _told(lake: Lake, trail: Trail, card: _Card) -> dict[str, Any]:
    owners = lake.rows_about("ties", "b", [card.phone], ("a", "relation", "valid_from"))
    owner = owners.filter(pl.col("relation") == "owns").sort("valid_from", nulls_last=False)["a"].to_list()
    status = _last_facts(lake, card.phone)
    wallet = _wallet(trail, card.address) if card.address else None
    return {
        "card": card.card,
        "number": card.phone,
        "operator": card.operator,
        "holder": owner[-1] if owner else None,
        "kind": status.get("kind", ("", None))[0],
        "status": status.get("status", ("", None))[0],
        "status_since": status.get("status", ("", None))[1],
        "since": card.since.isoformat() if card.since else None,
        "until": card.until.isoformat() if card.until else None,
        "last_used": _last_used(lake, card.phone),
        "wallet": wallet,
        "who_may_act": _acts(card, status.get("status", ("", None))[0], wallet),
    }


def _last_facts(lake: Lake, phone: str) -> dict[str, tuple[str, str | None]]:
    """Give the last value of each attribute, and since when it holds."""
    rows = lake.rows_about("facts", "entity", [phone], ("attribute", "value", "valid_from"))
    rows = rows.sort(pl.coalesce("valid_from", "occurred_at"), maintain_order=True)
    return {r["attribute"]: (r["value"], r["valid_from"] and r["valid_from"].isoformat()) for r in rows.iter_rows(named=True)}


def _last_used(lake: Lake, phone: str) -> dict[str, Any] | None:
    """Say when the number last called or wrote, and from which cell."""
    rows = lake.rows_about("contacts", "source", [phone], ("source_first_cell",))
    if not rows.height:
        return None
    last = rows.row(-1, named=True)
    places = lake.rows_about("ties", "a", [last["source_first_cell"]] if last["source_first_cell"] else [], ("b", "relation"))
    place = places.filter(pl.col("relation") == "located_in")["b"].to_list()
    return {"at": last["occurred_at"].isoformat(), "cell": last["source_first_cell"], "place": place[0] if place else None}


def _wallet(trail: Trail, address: str) -> dict[str, Any]:
    """Tell what an address holds as far as transfers tell, since when, its last moves, and whether it is frozen."""
    ledgers = trail.ledgers
    code = ledgers.index.code(address)
    books = list(ledgers.books_of(code)) if code >= 0 else []
    moves = []
    balances = []
    for book in books:
        came = ledgers.in_rows[ledgers.in_ptr[book] : ledgers.in_ptr[book + 1]]
        left = ledgers.out_rows[ledgers.out_ptr[book] : ledgers.out_ptr[book + 1]]
        asset, opening = str(ledgers.assets[ledgers.asset[book]]), int(integers(ledgers.opening[book : book + 1])[0])
        held = opening + sum(map(int, integers(ledgers.moved[came]))) - sum(map(int, integers(ledgers.moved[left])))
        balances.append({"asset": display_asset(asset), "amount": format_minor(held, asset), "amount_minor": held})
        moves += [(int(row), "in", asset) for row in came[-MOVES_SHOWN:]] + [
            (int(r), "out", asset) for r in left[-MOVES_SHOWN:]
        ]
    last = sorted(moves, key=lambda one: int(ledgers.rank[one[0]]), reverse=True)[:MOVES_SHOWN]
    frozen = bool(trail.landmarks.frozen[np.array(books, np.int64)].any()) if books else False
    first = min((int(ledgers.t_us[row]) for row, _, _ in moves), default=None)
    return {
        "address": address,
        "frozen": frozen,
        "balances": balances,
        "assets": sorted({str(ledgers.assets[ledgers.asset[book]]) for book in books}),
        "quiet_since": to_moment(int(ledgers.t_us[last[0][0]])).isoformat() if last and first is not None else None,
        "last_moves": [_move(trail, row, way, asset) for row, way, asset in last],
    }


def _move(trail: Trail, row: int, way: str, asset: str) -> dict[str, Any]:
    ledgers = trail.ledgers
    other = ledgers.payer[row] if way == "in" else ledgers.payee[row]
    return {
        "at": to_moment(int(ledgers.t_us[row])).isoformat(),
        "way": way,
        "other": ledgers.index.entity(int(ledgers.entity[other])),
        "amount": format_minor(ledgers.amount_of(row), asset),
    }


def _acts(card: _Card, status: str, wallet: dict[str, Any] | None) -> list[dict[str, str]]:
    """Say who can stop what, as proposals: a person decides, a second person approves."""
    acts = []
    if card.until is None and status not in ("suspended", "closed"):
        what = LIMIT_CARD if wallet else None
        english = what.text_en if what else "limit or re-verify the SIM card"
        chinese = what.text_zh if what else "限制或重新核验电话卡"
        acts.append({"who": card.operator, "act_en": english, "act_zh": chinese, "basis": LIMIT_CARD.basis})
    for asset in (wallet or {}).get("assets", ()):
        issuer = issuer_of(asset)
        if issuer and wallet and not wallet["frozen"]:
            english, chinese = f"freeze the address's {display_asset(asset)}", f"冻结该地址的 {display_asset(asset)}"
            acts.append({"who": issuer, "act_en": english, "act_zh": chinese, "basis": ""})
    return acts
