"""Answers to questions: lists and explanations from the views of the last run, masked as the access says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

import numpy as np
import polars as pl

from cutline.errors import IdentifierError, UsageError
from cutline.model.entities import ENTITY_KINDS, kind_of
from cutline.model.evidence import Alert, Finding, Ring, to_plain
from cutline.model.identifiers import Context, clean_entity, is_pseudonym
from cutline.model.identifiers.columns import pseudonym_column
from cutline.model.judgements import Judgement
from cutline.model.money import BASE_CURRENCY, format_minor, in_words
from cutline.store.lake import Lake
from cutline.store.past import PastLake
from cutline.workspace import shelf
from cutline.workspace.explaining import judged_same, tell_time
from cutline.workspace.masking import Access, Show, show_plain

MASKED = "(shown with --unmask --reason)"


def entity_of(lake: Lake, named: str, key: bytes) -> str:
    """Give the id that a person means by an id in any spelling, or by a pseudonym."""
    known = lake.view("subjects")
    if known is None and isinstance(lake, PastLake) and is_pseudonym(named):
        known = lake.view_of_today("subjects")
    if known is None:
        raise UsageError("nothing computed yet; run: cutline run")
    entities = known["entity"].cast(pl.String)
    if is_pseudonym(named):
        kind = named.partition("~")[0]
        mine = entities.filter(entities.str.starts_with(f"{kind}:"))
        places = np.flatnonzero((pseudonym_column(mine, key) == named).to_numpy())
        if not len(places):
            raise UsageError(
                f"{named} is no pseudonym of this workspace; expected one from `cutline subjects` or `cutline rings`"
            )
        return str(mine[int(places[0])])
    if named in entities:
        return named
    cleaned = clean_entity(named, Context(deliverer=""))
    if not (entities == cleaned).any():
        if shelf.is_stale(lake):
            raise UsageError(f"{named} was unknown to the last run, and records came in since; to include them: cutline run")
        raise UsageError(f"{named} occurs in none of the records delivered so far; that is not a proof of innocence")
    return cleaned


def spelled(name: str) -> str:
    """Give the one spelling of an id, and any other name as it is."""
    try:
        return clean_entity(name, Context(deliverer=""))
    except IdentifierError:
        return name


def findings(lake: Lake, typology: str, subject: str, limit: int, show: Show) -> dict[str, Any]:
    """List findings, strongest first."""
    where = pl.lit(value=True)
    if typology:
        where &= pl.col("typology") == typology
    if subject:
        where &= pl.col("subject") == subject
    found = sorted(shelf.take(lake, "findings", Finding, where), key=lambda f: (-f.strength, f.first_at, f.finding_id))
    if typology and not found:
        _check_typology(typology)
    rows = [{**to_plain(f), "citations": len(f.citations)} for f in found[:limit]]
    return {"findings": show_plain(rows, show), **_size(len(rows), len(found))}


def _check_typology(name: str) -> None:
    """Refuse an id that nobody knows: it is no answer of none. Company has ids too, though no file in the catalogue."""
    from cutline.risk.association import ASSOCIATIONS
    from cutline.typologies.catalogue import load_catalogue

    known = sorted({*(t.id for t in load_catalogue()), *ASSOCIATIONS})
    if name not in known:
        near = get_close_matches(name, known, 1)
        meant = f"did you mean {near[0]}? " if near else ""
        raise UsageError(f"no typology '{name}'; {meant}known: {', '.join(known)}")


def alerts(lake: Lake, warnings: bool, limit: int, show: Show) -> dict[str, Any]:
    """List alerts, most urgent first; warnings protect and accuse nobody."""
    chosen = shelf.take(lake, "alerts", Alert, pl.col("kind") == ("warning" if warnings else "alert"))
    traced = shelf.knows_stakes(lake)
    rows = [_alert_line(a, traced) for a in chosen[:limit]]
    return {"alerts": show_plain(rows, show), **_size(len(rows), len(chosen))}


def _alert_line(alert: Alert, traced: bool) -> dict[str, Any]:
    """Tell an alert with what is at stake, what of it can still be stopped, and how much time is left for that."""
    money = {"value": _money(alert.value_minor), "stoppable": _money(alert.stoppable_minor)}
    warned = alert.kind == "warning"  # which traces nothing
    time = {} if warned else tell_time(alert.time_left, alert.stoppable_minor, traced)
    return {**to_plain(alert), **money, **time}


def rings(lake: Lake, ring: str, limit: int, show: Show, judgements: Sequence[Judgement]) -> dict[str, Any]:
    """List rings, or one ring's members, with its alert and the judgements that made two members one; at most `limit`."""
    found = shelf.rings_of_last_run(lake)
    if ring:
        one = next((r for r in found if r.ring_id == ring), None)
        if one is None:
            raise UsageError(f"no ring {ring}; known: {', '.join(r.ring_id for r in found[:12]) or 'none'}")
        members = one.members[:limit]
        alert = next((a for a in shelf.alerts_of_last_run(lake) if a.ring_id == ring), None)
        judged = judged_same([m.entity for m in one.members], judgements)
        told = {**to_plain(replace(one, members=members)), "alert": None, "judged_same": judged}
        if alert is not None:
            told["alert"] = _alert_line(alert, shelf.knows_stakes(lake))
        return {**show_plain(told, show), **_size(len(members), len(one.members))}
    rows = [_ring_line(r) for r in found[:limit]]
    return {"rings": rows, **_size(len(rows), len(found))}


def _size(shown: int, total: int) -> dict[str, Any]:
    """Say how much of a list is shown."""
    return {"shown": shown, "total": total}


def _ring_line(ring: Ring) -> dict[str, Any]:
    roles = sorted({m.role for m in ring.members if m.role})
    return {
        "ring_id": ring.ring_id,
        "score": ring.score,
        "members": len(ring.members),
        "people": sum(1 for m in ring.members if kind_of(m.entity) == "person"),
        "roles": ", ".join(roles),
        "first_at": f"{ring.first_at:%Y-%m-%d}" if ring.first_at else None,
        "last_at": f"{ring.last_at:%Y-%m-%d}" if ring.last_at else None,
    }


def subjects(lake: Lake, chosen: tuple[str, float, int], show: Show) -> dict[str, Any]:
    """List entities by rank; `chosen` is (kind or empty, least rank, limit)."""
    kind, least, limit = chosen
    if kind and kind not in ENTITY_KINDS:
        raise UsageError(f"--kind is {kind!r}, expected one of: {', '.join(ENTITY_KINDS)}")
    frame = lake.view("subjects")
    known = pl.DataFrame(schema={"entity": pl.String, "score": pl.Float64}) if frame is None else frame
    wanted = known.with_columns(pl.col("entity").cast(pl.String)).filter(pl.col("score") >= least)
    if kind:
        wanted = wanted.filter(pl.col("entity").str.starts_with(f"{kind}:"))
    top = wanted.sort(["score", "entity"], descending=[True, False]).head(limit)
    rows = [{"entity": show(r["entity"]), "score": r["score"], "alerted": bool(r["alerted"])} for r in top.to_dicts()]
    return {"subjects": rows, **_size(len(rows), wanted.height)}


def rejects(lake: Lake, limit: int, access: Access) -> dict[str, Any]:
    """List rows that did not enter. What stood in a bad field may name people, so it needs the clear."""
    frame = lake.rejects()
    received = {b["batch"]: b["received_at"] for b in lake.batches().select("batch", "received_at").to_dicts()}
    rows = [
        {
            "file": r["file_name"],
            "deliverer": r["deliverer"],
            "batch": r["batch"],
            "received_at": received[r["batch"]].isoformat() if r["batch"] in received else None,
            "row": r["row"],
            "field": r["field"],
            "found": r["found"] if access.unmask else MASKED,
            "expected": r["expected"],
            "expected_in_words": in_words(r["expected"] or ""),
            **({"original": r["original"]} if access.unmask else {}),
        }
        for r in frame.head(limit).to_dicts()
    ]
    return {"rejects": rows, "shown": len(rows), "total": frame.height}


def _money(minor: int | None) -> str | None:
    return None if minor is None else format_minor(minor, BASE_CURRENCY)
