"""The rounds in which company is judged: each takes as suspects what the rounds before found; who is cleared is none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cutline.model.evidence import Finding
from cutline.model.index import Index
from cutline.risk.association.crews import Talk, crew_lines, crew_numbers
from cutline.risk.association.feeders import passing_on, tried
from cutline.risk.association.fees import Fees, fees
from cutline.risk.association.journeys import lured_away, paid_for_lured
from cutline.risk.association.lures import fallen_silent, held_there, left_after_lure, named_in_lures
from cutline.risk.association.money import (
    Incomes,
    MoneyConfig,
    between,
    bought_coins,
    crossroads,
    is_kind,
    living_on,
    transit,
)
from cutline.risk.association.numbers import kept_numbers, silent_registrations
from cutline.risk.association.people import hands, holders, same_person, tokens_of
from cutline.risk.association.recruiters import called_away
from cutline.risk.association.registers import activators, dealt_to, same_number
from cutline.risk.association.signs import names_apart, told_once
from cutline.risk.association.sites import built_alike
from cutline.risk.association.stolen import StolenFlow, stolen_money
from cutline.risk.association.talk import named_by_several, reached_victims
from cutline.risk.association.tools import (
    ToolConfig,
    Uses,
    numbers_behind,
    registered,
    registrations,
    shared_addresses,
    shared_devices,
)
from cutline.risk.conduct import ends_of, observe, passed_along
from cutline.risk.config import RiskConfig
from cutline.risk.findings import own_of
from cutline.risk.lived import accounts_on, accusing, everyday_numbers, of_the_held
from cutline.risk.statements import reported

Bools = NDArray[np.bool_]


LURES = ("job-lure", "named-in-lures", "called-away")
"""What tells who recruits for work abroad."""

WORKED = ("named-by-victims", "reached-victims", "sim-box", "sim-box-slow", "spoofed-ingress", "call-line-hand-over")
"""What tells of a number itself that a gang works it, beside whose it is."""

BY_CALLS = ("reached-victims", "sim-box", "sim-box-slow", "spoofed-ingress", "call-line-hand-over")
"""What its own calls tell of a number: it is nobody's everyday one, and what else is registered with it is theirs too."""


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
        "orders": ("account", "address", "user", "side"),
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
    case = _Case(index, findings, config or AssociationConfig())
    _start(case, flow)
    _join_tools(case, flow)
    _join_recruits(case)
    _join_people(case)
    case.found = told_once(case.found)
    names_apart(findings, case.found)
    return tuple(sorted(case.found, key=lambda f: (f.typology, f.subject, f.first_at, f.finding_id)))


class _Case:
    """What association knows and has found so far."""

    def __init__(self, index: Index, given: Sequence[Finding], config: AssociationConfig) -> None:
        self.everyday = everyday_numbers(index)
        self.index, self.given, self.config = index, accusing(index, given, self.everyday), config
        self.held = of_the_held(index, given, self.everyday)
        self.who = same_person(index)
        self.hand = hands(index, self.who)
        self.victims = _victims(index, self.who)
        self.spared = _with_theirs(index, self.victims) | self.held
        self.devices = Uses(index, "device", self.held)
        self.private = accounts_on(index, self.everyday)
        self.incomes = Incomes(index)
        self.found: list[Finding] = []
        self._told: dict[int, list[Finding]] = self._accusing(self.given)
        self._counted, self._own = 0, np.zeros(len(index))  # what is weighed already, found ones up to `_counted`
        for code, theirs in self._told.items():
            self._own[code] = own_of(theirs, RiskConfig())
        self.calm = np.zeros(len(index))  # what is known before anybody's everyday number is
        self._lowered = np.ones(len(index))
        for conduct in observe(index, np.ones(len(index), np.bool_)):
            self._lowered *= np.where(conduct.shown, 1.0 - conduct.lowers, 1.0)

    def own(self, more: Sequence[Finding] = ()) -> NDArray[np.float64]:
        """Say what each entity's own findings say, less what its conduct takes away; 0 below what makes a suspect."""
        came, self._counted = self._accusing(self.found[self._counted :]), len(self.found)
        for code, findings in came.items():
            self._told[code].extend(findings)
            self._own[code] = own_of(self._told[code], RiskConfig())
        own = self._own.copy()
        for code, findings in self._accusing(more).items():
            own[code] = own_of([*self._told[code], *findings], RiskConfig())
        own *= self._lowered
        return np.where(own >= self.config.least, own, 0.0)

    def _accusing(self, findings: Sequence[Finding]) -> dict[int, list[Finding]]:
        by_subject: dict[int, list[Finding]] = defaultdict(list)
        for finding in findings:
            code = self.index.code(finding.subject)
            if code >= 0 and not finding.warning:
                by_subject[code].append(finding)
        return by_subject

    def suspects(self) -> Bools:
        """Mark whoever counts as a suspect."""
        return self.own() > 0

    def subjects(self, kinds: tuple[str, ...]) -> Bools:
        """Mark the subjects of some kinds of findings."""
        out = np.zeros(len(self.index), np.bool_)
        codes = [self.index.code(one.subject) for one in (*self.given, *self.found) if one.typology in kinds]
        out[[code for code in codes if code >= 0]] = True
        return out

    def worked(self) -> Bools:
        """Mark the numbers that a gang works, as victims or the calls themselves tell."""
        return self.subjects(WORKED) & is_kind(self.index, "phone")


def _start(case: _Case, flow: StolenFlow) -> None:
    """Begin with what victims tell: their money, who reached them, what they name."""
    index, spared = case.index, case.spared
    victim_of, paid = _when_paid(index, flow, case.who)
    case.found += stolen_money(index, case.incomes, flow, spared, case.config.money)
    case.found += reached_victims(index, victim_of, paid, spared)
    case.found += named_by_several(index, case.victims, spared)
    case.found += built_alike(index, case.victims, spared)


def _join_tools(case: _Case, flow: StolenFlow) -> None:
    """Go from suspect money and tools to what lives on, beside or behind them, as long as anything new is found."""
    index, spared, config = case.index, case.spared, case.config
    addresses, worked, faced = Uses(index, "ip", case.held), case.subjects(BY_CALLS), _faced(index, flow)
    told, numbers = Fees(index, case.incomes), registrations(index)
    silent = silent_registrations(index, numbers)
    for _ in range(config.rounds):
        marked = case.suspects()
        holding = marked & ~crossroads(index, case.incomes, marked, config.money)
        new = [
            *living_on(index, case.incomes, holding, spared, config.money),
            *passing_on(index, case.incomes, case.hand, holding, spared),
            *transit(index, case.incomes, holding, spared, config.money),
            *between(index, case.incomes, (holding, spared, faced), config.money),
            *fees(index, case.incomes, told, holding, spared),
            *bought_coins(index, marked, spared),
            *registered(index, numbers, marked, worked, spared),
            *numbers_behind(index, numbers, marked, spared, config.tools),
            *kept_numbers(index, silent, case.hand, marked, spared),
            *_handsets(case, marked, case.worked()),
            *shared_addresses(index, addresses, case.hand, (marked, spared), config.tools),
        ]
        if told_once([*case.found, *new]) == told_once(case.found):
            break
        case.found += new


def _handsets(case: _Case, marked: Bools, worked: Bools) -> list[Finding]:
    return shared_devices(case.index, case.devices, case.hand, (marked, case.spared, worked, case.private), case.config.tools)


def _faced(index: Index, flow: StolenFlow) -> Bools:
    """Mark whom victims paid themselves."""
    out = np.zeros(len(index), np.bool_)
    out[index.tables["transfers"].columns["payee"][flow.row[flow.depth == 1]]] = True
    return out


def _join_recruits(case: _Case) -> None:
    """Go from lures to who was lured away by them, and who paid the fares."""
    index, who, spared = case.index, case.who, case.spared
    case.calm = case.own()
    marked = case.calm > 0
    case.found += called_away(index, case.hand, who, spared)
    case.found += named_in_lures(index, marked, spared)
    lures = case.subjects(LURES)
    lured = lured_away(index, case.hand, case.suspects(), who) + left_after_lure(index, case.hand, lures, who)
    lured += held_there(index, case.held, who)
    case.found += [*fallen_silent(index, lures, who, spared), *lured]
    codes = np.zeros(len(index), np.bool_)
    codes[[index.code(one.subject) for one in lured]] = True
    case.found += paid_for_lured(index, case.hand, codes, who, spared)
    answered = case.subjects(("named-in-lures",)) & is_kind(index, "phone") & ~case.everyday
    if answered.any():
        case.found += _handsets(case, case.suspects(), case.worked() | answered)


def _join_people(case: _Case) -> None:
    """Go from tools to whose they are, to the crew whom these talk with, and to theirs."""
    index, who, spared = case.index, case.who, case.spared
    marked = case.suspects()
    case.found += tried(index, case.incomes, who, marked, spared)
    case.found += activators(index, who, marked, spared)
    case.found += dealt_to(index, who, marked, spared)
    suspect = np.zeros(len(index), np.bool_)
    suspect[who[np.flatnonzero((case.own(_owners(case)) > 0) & is_kind(index, "person"))]] = True
    talk = Talk(index, case.hand, case.worked())
    case.found += crew_lines(index, talk, who, suspect, spared)
    case.found += crew_numbers(index, talk, case.suspects() | suspect[case.hand], spared)
    case.found += _owners(case)


def _owners(case: _Case) -> list[Finding]:
    """Find whose the suspect tools are, in the register that names them and in others that know the same number."""
    people = holders(case.index, case.who, case.own(), case.calm, case.spared)
    return people + same_number(case.index, case.who, case.own(people), case.spared)


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
