"""The status of one SIM card at a look: whose it is, whether a wallet's key lives on it, what that wallet holds, who may act.

A person's one card is never only a number: its holder and its operator stand beside it, and what happened to it since when.
"""

from __future__ import annotations

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
from cutline.workspace.issued import BEGINNING, Card, Change, Key, find_cards
from cutline.workspace.masking import Show, show_plain

MOVES_SHOWN = 5
KINDS = ("phone", "subscriber", "address")


def card_of(name: str) -> str:
    """Give the id that a number, an IMSI, an ICCID or an address is written as where its kind is not said; else the name."""
    if ":" in name or "~" in name:
        return name
    kinds = ("phone", "address", "subscriber") if name.startswith("0") else ("subscriber", "phone", "address")
    for kind in kinds:  # 0086… is a number, and no country's code begins an IMSI with 0
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
    cards = find_cards(lake, entity)
    if not cards:
        by_iccid = entity.startswith("subscriber:iccid/")
        hint = "with an IMSI it goes by that, or by its number" if by_iccid else "for an address: kind bsim with wallet_address"
        raise UsageError(
            f"no SIM card is known behind {show(entity)}; expected one that an operator delivered in `sim_cards` ({hint})"
        )
    ledgers = trail.ledgers
    until = to_moment(int(ledgers.t_us[-1])) if len(ledgers.t_us) else None
    told = [_told(lake, trail, card, key) for card in cards for key in card.keys or (None,)]
    answer = {"asked": entity, "as_of": until.isoformat() if until else None, "cards": told}
    return dict(show_plain(answer, show))


def _told(lake: Lake, trail: Trail, card: Card, key: Key | None) -> dict[str, Any]:
    """Tell one card, and the wallet of one key on it; what is said of it was said of this very card, not of its number."""
    wallet = _wallet(trail, key.address) | {"key_since": _iso(key.since), "key_until": _iso(key.until)} if key else None
    return {
        "card": card.card,
        "number": card.number,
        "operator": card.operator,
        "holder": card.holder or None,
        "kind": card.kind,
        "status": card.status,
        "status_since": _iso(card.status_since),
        "since": _iso(card.since),
        "until": _iso(card.until),
        "live": card.live,
        "ended_by": _change(card.ended_by),
        "began_after": _change(card.began_after),
        "last_used": _last_used(lake, card),
        "wallet": wallet,
        "who_may_act": _acts(card, wallet),
    }


def _change(one: Change | None) -> dict[str, Any] | None:
    return None if one is None else {"card": one.card, "at": _iso(one.at), "how": one.word, "same_key": one.same_key}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _last_used(lake: Lake, card: Card) -> dict[str, Any] | None:
    """Say when this card last called or wrote, and from which cell: what its number did under another card is not its own."""
    rows = lake.rows_about("contacts", "source", [card.number], ("source_first_cell", "source_subscriber"))
    if rows.height:
        ends = [moment for moment in (card.until, card.ended_by.at if card.ended_by else None) if moment]
        told, since = pl.col("source_subscriber"), card.since or BEGINNING
        then = (pl.col("occurred_at") >= since) & (pl.col("occurred_at") < min(ends) if ends else pl.lit(value=True))
        rows = rows.filter((told == card.card) | (told.is_null() & then))
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
    return {
        "address": address,
        "frozen": frozen,
        "balances": balances,
        "assets": sorted({str(ledgers.assets[ledgers.asset[book]]) for book in books}),
        "quiet_since": to_moment(int(ledgers.t_us[last[0][0]])).isoformat() if last else None,
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


def _acts(card: Card, wallet: dict[str, Any] | None) -> list[dict[str, str]]:
    """Say who can stop what, as proposals: a person decides, a second approves. A card that is no more needs no limit."""
    acts = []
    if card.live and card.status != "suspended":
        english = LIMIT_CARD.text_en if wallet else "limit or re-verify the SIM card"
        chinese = LIMIT_CARD.text_zh if wallet else "限制或重新核验电话卡"
        acts.append({"who": card.operator, "act_en": english, "act_zh": chinese, "basis": LIMIT_CARD.basis})
    for asset in (wallet or {}).get("assets", ()):
        issuer = issuer_of(asset)
        if issuer and wallet and not wallet["frozen"]:
            english, chinese = f"freeze the address's {display_asset(asset)}", f"冻结该地址的 {display_asset(asset)}"
            acts.append({"who": issuer, "act_en": english, "act_zh": chinese, "basis": ""})
    return acts
