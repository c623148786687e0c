"""The rounds in which company is judged: each takes as suspects what the rounds before found; who is cleared is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cutline.model.evidence import Finding
from cutline.model.index import Index
from cutline.risk.association.feeders import passing_on, tried
from cutline.risk.association.journeys import lured_away, paid_for_lured
from cutline.risk.association.lures import fallen_silent, named_in_lures
from cutline.risk.association.money import (
    Incomes,
    MoneyConfig,
    StolenFlow,
    bought_coins,
    is_kind,
    living_on,
    stolen_money,
    transit,
)
from cutline.risk.association.people import hands, holders, same_person, tokens_of
from cutline.risk.association.registers import activators, same_number
from cutline.risk.association.sites import built_alike
from cutline.risk.association.talk import named_by_several, reached_victims
from cutline.risk.association.tools import ToolConfig, Uses, numbers_behind, registered, shared_addresses, shared_devices
from cutline.risk.conduct import ends_of, observe, passed_along
from cutline.risk.config import RiskConfig
from cutline.risk.findings import weigh
from cutline.risk.statements import reported

Bools = NDArray[np.bool_]


LURES = ("job-lure", "named-in-lures")
"""What tells who recruits for work abroad."""


@dataclass(frozen=True, slots=True)
class AssociationConfig:
    """How far company reaches.

    rounds  how many steps away from what reports and typologies tell
    least   what an entity's own findings must say, less what its conduct takes away, to count as a suspect
    """

    rounds: int = 6
    least: float = 0.35
    money: MoneyConfig = field(default_factory=MoneyConfig)
    tools: ToolConfig = field(default_factory=ToolConfig)


def needed_columns() -> dict[str, tuple[str, ...]]:
    """Which columns of which tables association reads; none of them is a protected attribute."""
    return {
        "transfers": ("payer", "payee", "amount", "asset", "channel", "device", "ip"),
        "facts": ("entity", "attribute", "value", "valid_from"),
        "contacts": ("source", "target", "source_device", "medium", "duration_s"),
        "sessions": ("handle", "device", "ip"),
        "orders": ("account", "address", "user"),
        "ties": ("a", "b", "relation", "valid_from", "valid_to"),
        "movements": ("person", "payer", "direction", "to_place"),
        "reports": ("kind", "reporter", "person"),
    }


def associate(
    index: Index, findings: Sequence[Finding], flow: StolenFlow, config: AssociationConfig | None = None
) -> tuple[Finding, ...]:
    """Give the findings that follow from company, beside those given: losses and typologies first, then step by step.

    Victims are no subjects here: they, their accounts and numbers are left out from the start. Deterministic; the order of rows
    and the spelling of ids change nothing.
    """
    config = config or AssociationConfig()
    who = same_person(index)
    hand = hands(index, who)
    victims = _victims(index, who)
    spared = _with_theirs(index, victims)
    incomes = Incomes(index)
    devices, addresses = Uses(index, "device"), Uses(index, "ip")
    lowered = np.ones(len(index))
    for conduct in observe(index, np.ones(len(index), np.bool_)):
        lowered *= np.where(conduct.shown, 1.0 - conduct.lowers, 1.0)
    found: list[Finding] = []
    victim_of, paid = _when_paid(index, flow, who)
    found += stolen_money(index, incomes, flow, spared, config.money)
    found += reached_victims(index, victim_of, paid, spared)
    found += named_by_several(index, victims, spared)
    found += built_alike(index, victims, spared)
    for _ in range(config.rounds):
        own = weigh(index, [*findings, *found], RiskConfig()).own * lowered
        marked = own >= config.least
        new = [
            *living_on(index, incomes, marked, spared, config.money),
            *passing_on(index, incomes, hand, marked, spared),
            *transit(index, incomes, marked, spared, config.money),
            *bought_coins(index, marked, spared),
            *registered(index, marked, spared),
            *numbers_behind(index, marked, spared, config.tools),
            *shared_devices(index, devices, hand, (marked, spared), config.tools),
            *shared_addresses(index, addresses, marked, spared, config.tools),
        ]
        if not new:
            break
        found += new
    worked = weigh(index, [*findings, *found], RiskConfig()).own * lowered
    named = named_in_lures(index, worked >= config.least, spared)
    lures = np.zeros(len(index), np.bool_)
    lures[[index.code(one.subject) for one in (*findings, *named) if one.typology in LURES]] = True
    found += [*named, *fallen_silent(index, lures, who, spared)]
    lured = lured_away(index, hand, worked >= config.least, who)
    codes = np.zeros(len(index), np.bool_)
    codes[[index.code(one.subject) for one in lured]] = True
    found += [*lured, *paid_for_lured(index, hand, codes, who, spared)]
    own = weigh(index, [*findings, *found], RiskConfig()).own * lowered
    found += tried(index, incomes, who, own >= config.least, spared)
    found += activators(index, own >= config.least, spared)
    held = np.where(own >= config.least, own, 0.0)
    found += holders(index, who, held, np.where(worked >= config.least, worked, 0.0), spared)
    own = weigh(index, [*findings, *found], RiskConfig()).own * lowered
    found += same_number(index, who, own, spared)
    return tuple(sorted(found, key=lambda f: (f.typology, f.subject, f.first_at, f.finding_id)))


def _victims(index: Index, who: NDArray[np.int64]) -> Bools:
    out = np.zeros(len(index), np.bool_)
    out[reported(index, "loss", "reporter")] = True
    return tokens_of(index, who, out)


def _with_theirs(index: Index, people: Bools) -> Bools:
    ties = index.tables.get("ties")
    if ties is None or "relation" not in ties.columns:
        return people
    out = passed_along(ties, "owns", people)
    return passed_along(ties, "registered_with", out & ~is_kind(index, "person")) | out


def _when_paid(index: Index, flow: StolenFlow, who: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the victims by the account they paid from, and say who is reached under which phone or handle."""
    victim_of = np.full(len(index), -1)
    transfers, ties = index.tables["transfers"], index.tables.get("ties")
    own = flow.depth == 1
    payer, when = transfers.columns["payer"][flow.row[own]], transfers.t_us[flow.row[own]]
    accounts, number = np.unique(payer, return_inverse=True)
    paid = np.column_stack([np.full(len(accounts), np.iinfo(np.int64).max), np.full(len(accounts), np.iinfo(np.int64).min)])
    np.minimum.at(paid[:, 0], number, when)
    np.maximum.at(paid[:, 1], number, when)
    if ties is None or "relation" not in ties.columns:
        return victim_of, paid
    victim_of[accounts] = np.arange(len(accounts))
    for relation in ("owns", "registered_with"):
        a, b = ends_of(ties, relation)
        for one, other in ((a, b), (b, a)):
            give = (victim_of[one] >= 0) & (victim_of[other] < 0) & (index.kinds[one] != index.kinds[other])
            victim_of[other[give]] = victim_of[one[give]]
        if relation == "owns":
            person = np.flatnonzero((victim_of >= 0) & is_kind(index, "person"))
            by_person = np.full(len(index), -1)
            by_person[who[person]] = victim_of[person]
            tokens = np.flatnonzero(is_kind(index, "person") & (by_person[who] >= 0))
            victim_of[tokens] = by_person[who[tokens]]
            held = victim_of[a] >= 0
            victim_of[b[held]] = victim_of[a[held]]
    return victim_of, paid
