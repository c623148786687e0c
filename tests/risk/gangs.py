"""Planted worlds: gangs that work accounts, phones and devices, and innocent look-alikes around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cutline.graph.index import Index
from cutline.model.evidence import Finding
from cutline.risk.association import StolenFlow, associate
from tests.worlds import at, world

Rows = dict[str, list[dict[str, Any]]]


def gang(name: str, size: int, rng: np.random.Generator) -> Rows:
    """One ring: mules, each a person with account and phone, whom victims pay; they pay two launderers, who pay a head."""
    rows: Rows = {"transfers": [], "ties": [], "contacts": [], "sessions": []}
    launderers = [f"account:CN/ICBK/{name}-l{k}" for k in range(2)]
    for k in range(size):
        mule, person, phone = f"account:CN/ICBK/{name}-m{k}", f"person:id/{name}-p{k}", f"phone:+86-{name}-{k}"
        rows["ties"] += [tie(person, mule, "owns"), tie(person, phone, "owns"), tie(mule, phone, "registered_with")]
        rows["sessions"].append(
            {"occurred_at": at(3, k), "handle": f"handle:wx/{name}-{k}", "device": f"device:t/{name}-{k // 3}"}
        )
        rows["ties"].append(tie(f"handle:wx/{name}-{k}", phone, "registered_with"))
        for v in range(3):
            rows["transfers"].append(pay(f"account:CN/CCB/victim-{name}-{k}-{v}", mule, 10_000_00, at(5, k, v)))
        for target in launderers:
            rows["transfers"].append(pay(mule, target, 14_000_00 + int(rng.integers(1000)), at(5, k, 40)))
        rows["transfers"].append(pay(mule, "account:CN/ABC/shop", 50_00, at(7, k)))
    rows["transfers"] += [pay(one, f"account:CN/ICBK/{name}-head", 20_000_00, at(6, k)) for k, one in enumerate(launderers)]
    return rows


def ordinary(people: int, rng: np.random.Generator) -> Rows:
    """People with a salary, a shop that everybody pays, families that pay one another, and calls among friends."""
    rows: Rows = {"transfers": [], "ties": [], "contacts": [], "sessions": []}
    for k in range(people):
        account, person, phone = f"account:CN/ABC/o{k}", f"person:id/o{k}", f"phone:+86-o{k}"
        rows["ties"] += [tie(person, account, "owns"), tie(person, phone, "owns")]
        rows["transfers"].append(pay("account:CN/ABC/employer", account, 8_000_00, at(1), "payroll"))
        rows["transfers"] += [
            pay(account, "account:CN/ABC/shop", int(rng.integers(10_00, 90_00)), at(d, k % 24)) for d in (2, 9)
        ]
        rows["transfers"].append(pay(account, f"account:CN/ABC/o{k ^ 1}", 300_00, at(4)))
        friend = int(rng.integers(people))
        rows["contacts"].append(
            {"occurred_at": at(2, k % 24), "source": phone, "target": f"phone:+86-o{friend}", "medium": "call"}
        )
    return rows


def pay(payer: str, payee: str, amount: int, when: Any, channel: str = "mobile") -> dict[str, Any]:
    return {
        "occurred_at": when,
        "payer": payer,
        "payee": payee,
        "amount": amount,
        "asset": "CNY",
        "rail": "bank",
        "channel": channel,
    }


def tie(a: str, b: str, relation: str) -> dict[str, Any]:
    return {"occurred_at": at(0), "a": a, "b": b, "relation": relation}


def merged(*worlds: Rows) -> Rows:
    """Put worlds together; every row gets an event id of its own, so that their order tells nothing."""
    rows: Rows = {}
    for part in worlds:
        for name, more in part.items():
            rows.setdefault(name, []).extend(more)
    return {name: [{**row, "event_id": f"{name}-{k:06d}"} for k, row in enumerate(more)] for name, more in rows.items()}


def mule_findings(index: Index, prefix: Sequence[str], strength: float = 0.8) -> list[Finding]:
    """A pass-through finding on every account whose id starts so, resting on all its transfers."""
    found = []
    payer, payee = (index.tables["transfers"].columns[c] for c in ("payer", "payee"))
    for code in index.of_kind("account"):
        entity = index.entity(int(code))
        if entity.startswith(tuple(prefix)):
            rows = np.flatnonzero((payer == code) | (payee == code))
            found.append(finding(index, entity, rows, strength=strength))
    return found


def with_company(index: Index, findings: Sequence[Finding]) -> list[Finding]:
    """The findings, and what association makes of them where nobody has reported a loss."""
    return [*findings, *associate(index, findings, no_losses())]


def no_losses() -> StolenFlow:
    """No reported loss went anywhere."""
    return StolenFlow(*(np.empty(0, np.int64) for _ in range(6)))


def finding(index: Index, subject: str, rows: Any = (), table: str = "transfers", **more: Any) -> Finding:
    """One finding; its id follows from the subject and the typology."""
    given: Mapping[str, Any] = {
        "typology": "pass-through-account",
        "strength": 0.8,
        "first_at": at(3),
        "last_at": at(6),
        **more,
    }
    cited = tuple(index.rest_on(table, np.asarray(rows, np.int64))) if len(rows) else ()
    return Finding(
        finding_id=f"{given['typology']}/{subject}/{given['first_at'].isoformat()}",
        typology_version="1",
        subject=subject,
        hits=1,
        reason_en="in and out again",
        reason_zh="快进快出",
        citations=cited,
        **{k: v for k, v in given.items() if k != "citations"},
    )


def province(seed: int = 1, gangs: Mapping[str, int] | None = None, people: int = 120) -> Rows:
    """Some gangs among ordinary people, who all pay the same shop."""
    rng = np.random.default_rng(seed)
    gangs = gangs if gangs is not None else {"a": 6, "b": 9}
    return merged(ordinary(people, rng), *(gang(name, size, rng) for name, size in gangs.items()))


def build(rows: Rows) -> Index:
    return world(**rows)
