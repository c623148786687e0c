"""Exposure on request: how much of an account's money came to, or from, whoever stands on a list; which list, since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from cutline.errors import UsageError
from cutline.model.assets import display_asset
from cutline.model.entities import Label
from cutline.model.judgements import Judgement, Verdict, resolve_same
from cutline.model.money import format_minor
from cutline.pipeline.trail import Trail, last_moment
from cutline.store.lake import Lake
from cutline.tracing.exposure import Exposed, Reached, expose
from cutline.workspace.following import ready_trail
from cutline.workspace.masking import Show, show_plain

TAGS = {
    "sanctioned": Label("sanctioned", "制裁名单"),
    "frozen": Label("frozen", "已冻结"),
    "mixer": Label("mixer", "混币服务"),
    "fraud": Label("known fraud", "已知涉诈"),
    "exchange": Label("exchange", "交易所"),
}
OTHERS = {
    "exchange": Label("an exchange that no list names, known by its customers", "名单外交易所(依行为认定)"),
    "mixer": Label("a mixer", "混币服务"),
    "custodial": Label("a custodian or pool", "托管方或资金池"),
    "bridge": Label("a bridge", "跨链桥"),
    "burned": Label("destroyed", "已销毁"),
    "cash": Label("cash", "取现"),
    "itself": Label("back with the account itself", "回到本账户"),
    "residual": Label("with nobody on a list", "未入名单者"),
    "budget": Label("further than the hops asked for", "超出所问层数"),
}
HOLDERS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Listed:
    """Why a holder counts: tag, the list that says so, its version, since and until when (ISO 8601; empty: not told)."""

    tag: str
    list: str
    version: str
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class ExposureWish:
    """Of whom, in which direction, over how many transfers at most."""

    entity: str
    backward: bool = False
    hops: int = 5


def expose_entity(lake: Lake, wish: ExposureWish, show: Show, judgements: Sequence[Judgement]) -> dict[str, Any]:
    """Say by tag how much is direct and how much indirect, and who the holders are; each asset by itself, exact to the unit."""
    trail = ready_trail(lake, resolve_same(judgements))
    ledgers = trail.ledgers
    code = ledgers.index.code(wish.entity)
    books = ledgers.books_of(code) if code >= 0 else range(0)
    if not books:
        raise UsageError(
            f"{show_plain(wish.entity, show)} has no transfer in this lake; expected an account, wallet or address with some"
        )
    listed = _on_lists(lake, trail, judgements)
    told = []
    for book in books:
        found = expose(ledgers, trail.landmarks, book, listed, wish.hops, wish.backward)
        if found:
            told.append(_told(found, listed, str(ledgers.assets[ledgers.asset[book]])))
    answer = {
        "entity": wish.entity,
        "on_lists": [asdict(one) for one in listed.get(wish.entity, ())],
        "direction": "backward" if wish.backward else "forward",
        "hops": wish.hops,
        "as_of": last_moment(trail).isoformat(),
        "exposures": told,
    }
    return dict(show_plain(answer, show))


def _on_lists(lake: Lake, trail: Trail, judgements: Sequence[Judgement]) -> dict[str, tuple[Listed, ...]]:
    """Give everybody on a list that is asked for, by id: tags, the status of accounts, and closed cases."""
    columns = ["entity", "tag", "list", "list_version", "valid_from", "valid_to"]
    tags = pl.DataFrame(pl.from_arrow(lake.events("tags", columns))).with_columns(pl.col(columns[:4]).cast(pl.String))
    known: dict[str, dict[Listed, None]] = {}
    asked = tags.filter(pl.col("tag").is_in(list(TAGS))).sort("valid_from", "list", "list_version", nulls_last=True)
    for row in asked.iter_rows(named=True):
        since, until = (row[name].isoformat() if row[name] else "" for name in ("valid_from", "valid_to"))
        listed = Listed(row["tag"], row["list"] or "", row["list_version"] or "", since, until)
        known.setdefault(row["entity"], {})[listed] = None
    for code in np.unique(trail.ledgers.entity[trail.landmarks.frozen]).tolist():
        mine = known.setdefault(trail.ledgers.index.entity(code), {})
        if all(one.tag != "frozen" for one in mine):
            mine[Listed("frozen", "account status", "", "", "")] = None
    for judgement in judgements:
        if judgement.verdict is Verdict.FRAUD and judgement.in_force:
            decided = Listed("fraud", "judgements", judgement.judgement_id, judgement.decided_at.isoformat(), "")
            known.setdefault(judgement.subjects[0], {})[decided] = None
    return {entity: tuple(said) for entity, said in known.items()}


def _told(found: Sequence[Exposed], listed: dict[str, tuple[Listed, ...]], asset: str) -> dict[str, Any]:
    total = sum(x.direct_minor + x.indirect_minor for x in found)
    on_lists = [x for x in found if x.how == Reached.LISTED]
    by_tag = {tag: [x for x in on_lists if any(one.tag == tag for one in listed[x.entity])] for tag in TAGS}
    by_other = {how: [x for x in found if x.how == how] for how in OTHERS}
    holders = [_holder(x, listed[x.entity], (asset, total)) for x in on_lists[:HOLDERS_SHOWN]]
    return {
        "asset": asset,
        "asset_name": display_asset(asset),
        "total_minor": total,
        "total": format_minor(total, asset),
        "listed": _amounts(on_lists, asset, total),
        "by_tag": [_row(tag, TAGS[tag], some, (asset, total)) for tag, some in by_tag.items() if some],
        "others": [_row(how, OTHERS[how], some, (asset, total)) for how, some in by_other.items() if some],
        "holders": holders,
        "holders_total": len(on_lists),
    }


def _holder(one: Exposed, said: Sequence[Listed], of: tuple[str, int]) -> dict[str, Any]:
    return {"entity": one.entity, "hops": one.hops, **_amounts([one], *of), "on_lists": [asdict(x) for x in said]}


def _row(name: str, label: Label, some: Sequence[Exposed], of: tuple[str, int]) -> dict[str, Any]:
    return {"what": name, "en": label.en, "zh": label.zh, "holders": len(some), **_amounts(some, *of)}


def _amounts(some: Sequence[Exposed], asset: str, total: int) -> dict[str, Any]:
    direct, indirect = sum(x.direct_minor for x in some), sum(x.indirect_minor for x in some)
    return {
        "direct_minor": direct,
        "direct": format_minor(direct, asset),
        "indirect_minor": indirect,
        "indirect": format_minor(indirect, asset),
        "share": round((direct + indirect) / total, 6),
    }
