from typing import Any

import pytest

from cutline.model.evidence import Action, Alert, Ending
from cutline.model.stakes import Stake
from cutline.model.waits import WAITS
from cutline.rings import find_rings, raise_alerts
from cutline.rings.coercion import MISSING, SILENT, coercion_indicators
from cutline.risk import rank
from tests.risk.gangs import Rows, build, finding, merged, mule_findings, pay, province, tie, with_company
from tests.worlds import at

RESTRICTIVE = set(Action) - {Action.NONE, Action.WARN, Action.SCREEN}


def alerts_of(rows: Rows, *more: dict[str, Any], traces: dict[str, int] | None = None) -> tuple[Alert, ...]:
    index = build(rows)
    findings = mule_findings(index, ["account:CN/ICBK/a-m", "account:CN/ICBK/b-m"])
    findings = with_company(index, [*findings, *(finding(index, **given) for given in more)])
    ranking = rank(index, findings)
    stakes = [stake(entity, value) for entity, value in (traces or {}).items()]
    return raise_alerts(find_rings(index, ranking, findings), ranking, findings, stakes)


def stake(entity: str, value: int | None = 5, **more: Any) -> Stake:
    """Money that lies and can be stopped, of which nothing tells how long, unless told otherwise."""
    told = {"asset": "CNY", "how": Ending.RESIDUAL, "able": True, "issuer": "", "since": at(5), "amount_minor": 5}
    return Stake(**{"entity": entity, "value_minor": value, **told, **more})


def goes(*, after: int) -> tuple[float, ...]:
    """All of it goes, and at once, after so many minutes."""
    return tuple(float(wait >= after) for wait in WAITS)


def proposals(alerts: tuple[Alert, ...]) -> dict[str, Action]:
    return {p.entity: p.action for alert in alerts for p in alert.proposals}


def test_one_alert_per_ring_names_only_those_with_findings_of_their_own():
    alerts = alerts_of(province())
    assert [a.kind for a in alerts] == ["alert", "alert"]
    assert all(a.ring_id for a in alerts)
    mules = {f"account:CN/ICBK/{g}-m{k}" for g, n in (("a", 6), ("b", 9)) for k in range(n)}
    owners = {f"person:id/{g}-p{k}" for g, n in (("a", 6), ("b", 9)) for k in range(n)}
    heads = {f"account:CN/ICBK/{g}-{who}" for g in "ab" for who in ("l0", "l1", "head")}
    assert {s for a in alerts for s in a.subjects} == mules | owners | heads
    assert all(len(a.finding_ids) == len(a.subjects) for a in alerts)
    assert {a.raised_at for a in alerts} == {at(6, 1)}


def test_a_lone_subject_has_an_alert_of_its_own():
    alerts = alerts_of(province(), {"subject": "account:CN/ABC/o7", "strength": 0.9})
    lone = [a for a in alerts if not a.ring_id]
    assert [a.subjects for a in lone] == [("account:CN/ABC/o7", "person:id/o7")]


def test_a_suspect_phone_and_its_owner_are_one_alert():
    both = [{"subject": s, "typology": "sim-box"} for s in ("phone:+86-o7", "person:id/o7")]
    lone = [a for a in alerts_of(province(), *both, {"subject": "phone:+86-o9"}) if not a.ring_id]
    assert {a.subjects for a in lone} == {("person:id/o7", "phone:+86-o7"), ("person:id/o9", "phone:+86-o9")}


def test_a_holder_of_tools_is_asked_first_and_who_acts_is_an_officers_to_judge():
    holder = {"subject": "person:id/o7", "typology": "holder-of-suspect-tools", "strength": 0.9}
    lender = {"subject": "person:id/o8", "typology": "card-dealer", "strength": 0.9}  # whose cards others' devices use
    acting = {"subject": "person:id/o9", "typology": "car-team", "strength": 0.9}
    done = proposals(alerts_of(province(), holder, lender, acting))
    assert [done[f"person:id/o{k}"] for k in (7, 8, 9)] == [Action.SCREEN, Action.SCREEN, Action.NONE]


def test_neighbours_create_no_alert():
    rows = province(gangs={"a": 1})
    index = build(rows)
    findings = mule_findings(index, ["account:CN/ICBK/a-m"])
    (alert,) = raise_alerts((), rank(index, findings), findings)
    assert alert.subjects == ("account:CN/ICBK/a-m0",)


def test_a_weak_score_raises_nothing():
    rows = province(gangs={"a": 1})
    index = build(rows)
    findings = mule_findings(index, ["account:CN/ICBK/a-m"], strength=0.2)
    assert raise_alerts((), rank(index, findings), findings) == ()
    assert raise_alerts((), rank(index, []), []) == ()


def test_a_warning_proposes_a_warning_and_accuses_nobody():
    alerts = alerts_of(
        province(), {"subject": "account:CN/ABC/o3", "typology": "victim-drain", "warning": True, "value_minor": 5}
    )
    (warning,) = [a for a in alerts if a.kind == "warning"]
    assert [(p.entity, p.action) for p in warning.proposals] == [("account:CN/ABC/o3", Action.WARN)]
    assert not [a for a in alerts if a.kind == "alert" and "account:CN/ABC/o3" in a.subjects]
    assert warning.value_minor == 5


def test_more_money_and_less_time_come_first():
    old = {"subject": "account:CN/ABC/o5", "last_at": at(4)}
    new = {"subject": "account:CN/ABC/o6", "last_at": at(9)}
    rich = {"subject": "account:CN/ABC/o8", "last_at": at(9), "value_minor": 90_000_00}
    order = [a.subjects[0] for a in alerts_of(province(), old, new, rich) if not a.ring_id]
    assert order == [rich["subject"], new["subject"], old["subject"]]


def test_traced_money_is_the_value_at_stake_and_is_stopped_or_frozen():
    traces = {"account:CN/ICBK/a-m1": 300, "account:CN/ICBK/a-m2": 200, "account:CN/ABC/o9": 999}
    alerts = alerts_of(province(), {"subject": "account:CN/ABC/o1", "last_at": at(30)}, traces=traces)
    by_member = {subject: a for a in alerts for subject in a.subjects}
    assert by_member["account:CN/ICBK/a-m0"].value_minor == 500
    assert by_member["account:CN/ICBK/b-m0"].value_minor is None
    done = proposals(alerts)
    assert done["account:CN/ICBK/a-m1"] is Action.STOP
    assert done["account:CN/ICBK/a-m3"] is Action.LIMIT


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"gone": goes(after=600)}, {"gone": goes(after=10_000)}),
        ({"gone": goes(after=600)}, {"able": False}),
        ({"value_minor": 10**8}, {"value_minor": 10**4}),
        ({}, {"able": False, "how": Ending.CASH}),
    ],
)
def test_what_can_be_stopped_and_goes_soon_comes_first(first, second):
    names = ("account:CN/ABC/o5", "account:CN/ABC/o6")
    for given in (names, names[::-1]):
        index = build(province())
        findings = [finding(index, name, strength=0.9) for name in names]
        stakes = [stake(name, **{"value_minor": 10**6, **more}) for name, more in zip(given, (first, second), strict=True)]
        alerts = raise_alerts((), rank(index, findings), findings, stakes)
        assert [a.subjects[0] for a in alerts] == list(given)


def test_money_that_lies_on_comes_before_a_fresh_finding_that_no_money_is_known_of():
    index = build(province())
    money, fresh = "account:CN/ABC/o5", "account:CN/ABC/o6"
    findings = [finding(index, money, strength=0.9, last_at=at(6)), finding(index, fresh, strength=0.9, last_at=at(7))]
    stakes = [stake(money, 3 * 10**7, gone=goes(after=10_000), like=20)]
    assert [a.subjects[0] for a in raise_alerts((), rank(index, findings), findings, stakes)] == [money, fresh]


def test_an_alert_says_how_much_time_is_left_and_of_how_much_nothing_tells():
    a, b, c = (f"account:CN/ICBK/a-m{k}" for k in range(3))
    index = build(province())
    findings = with_company(index, mule_findings(index, ["account:CN/ICBK/a-m"]))
    ranking = rank(index, findings)
    stakes = [
        stake(a, 300, gone=goes(after=100), own=6),
        stake(b, 700, gone=goes(after=2000), like=30),
        stake(c, 50),
        stake(c, 9, able=False, how=Ending.FROZEN),
    ]
    (alert,) = (x for x in raise_alerts(find_rings(index, ranking, findings), ranking, findings, stakes) if a in x.subjects)
    assert (alert.value_minor, alert.stoppable_minor) == (1059, 1050)
    left = alert.time_left
    assert left is not None
    assert (left.from_minutes, left.to_minutes, left.day_minor, left.unsure_minor) == (120, 2880, 300, 50)
    assert left.known
    assert (left.own, left.like) == (6, 30)


COINS = {"usdt": ("ethereum/0xdAC17F958D2ee523a2206206994597C13D831ec7", "Tether"), "eth": ("ethereum/native", "")}


@pytest.mark.parametrize(
    ("coins", "action", "says", "never"),
    [
        (("usdt",), Action.FREEZE, "Tether can freeze USDT", "nobody"),
        (("usdt", "eth"), Action.FREEZE, "nobody can freeze ETH", "Tether can freeze ETH"),
        (("eth",), Action.LIMIT, "nobody can freeze ETH", "stolen value was traced to it; "),
    ],
)
def test_a_freeze_is_proposed_only_of_coins_that_somebody_can_freeze(coins, action, says, never):
    name = "address:evm/0x1"
    index = build(merged({"ties": [tie(name, "person:id/y", "uses")]}))
    findings = [finding(index, name, (), "ties", strength=1.0)]
    stakes = [stake(name, asset=COINS[c][0], issuer=COINS[c][1], able=bool(COINS[c][1])) for c in coins]
    ((proposed,),) = (a.proposals for a in raise_alerts((), rank(index, findings), findings, stakes))
    assert proposed.action is action
    assert says in proposed.reason_en
    assert never not in proposed.reason_en


@pytest.mark.parametrize(
    ("kind", "how", "able", "action"),
    [
        ("address", Ending.EXCHANGE, True, Action.FREEZE),
        ("address", Ending.FROZEN, False, Action.FREEZE),
        ("account", Ending.FROZEN, False, Action.FREEZE),
        ("account", Ending.RESIDUAL, True, Action.STOP),
        ("account", Ending.CASH, False, Action.LIMIT),
    ],
)
def test_what_is_proposed_fits_how_the_trace_ended(kind, how, able, action):
    name = f"{kind}:x/1"
    index = build(merged({"ties": [tie(name, "person:id/y", "uses")], "contacts": [{"occurred_at": at(30)}]}))
    findings = [
        finding(index, name, (), "ties", strength=1.0, last_at=at(1)),
        finding(index, "person:id/y", (), "ties", last_at=at(30)),
    ]
    alerts = raise_alerts((), rank(index, findings), findings, [stake(name, how=how, able=able)])
    assert proposals(alerts)[name] is action


def test_each_entity_has_one_proposal_with_its_reason_in_both_languages():
    for alert in alerts_of(province()):
        assert len({p.entity for p in alert.proposals}) == len(alert.proposals)
        assert all(p.reason_en and p.reason_zh for p in alert.proposals)


@pytest.mark.parametrize("kind", ["phone", "handle", "device", "website", "organisation", "address"])
def test_every_kind_of_tool_gets_an_action_or_a_reason_for_none(kind):
    rows = merged({"ties": [tie(f"{kind}:x/1", "person:id/y", "uses")]})
    index = build(rows)
    findings = [finding(index, f"{kind}:x/1", (), "ties", strength=1.0)]
    ranking = rank(index, findings)
    ((p,),) = (a.proposals for a in raise_alerts((), ranking, findings, [stake(f"{kind}:x/1")]))
    assert p.action is not Action.NONE or kind == "organisation"
    assert p.reason_en
    assert p.reason_zh


def coerced_world() -> Rows:
    rows = province()
    missing = [{"occurred_at": at(9), "kind": "missing", "reporter": "person:id/mother", "person": "person:id/a-p0"}]
    left = [{"occurred_at": at(4), "person": "person:id/b-p0", "kind": "crossing", "direction": "out"}]
    back = [
        {"occurred_at": at(4), "person": "person:id/b-p1", "kind": "crossing", "direction": "out"},
        {"occurred_at": at(7), "person": "person:id/b-p1", "kind": "crossing", "direction": "in"},
    ]
    calls = [
        {"occurred_at": at(day), "source": phone, "target": "phone:+86-o1", "medium": "call"}
        for phone, day in (("phone:+86-b-0", 3), ("phone:+86-b-1", 3), ("phone:+86-o2", 12))
    ]
    return merged({**rows, "reports": missing, "movements": left + back, "contacts": rows["contacts"] + calls})


def test_coercion_is_seen_in_a_report_and_in_silence_after_travel():
    index = build(coerced_world())
    found = {index.entity(code): labels for code, labels in coercion_indicators(index).items()}
    assert found == {"person:id/a-p0": (MISSING,), "person:id/b-p0": (SILENT,)}


def test_who_may_be_coerced_is_screened_and_never_restricted():
    accused = {"subject": "person:id/a-p0", "typology": "shared-payer-travel", "strength": 1.0}
    alerts = alerts_of(coerced_world(), accused, {"subject": "phone:+86-a-0", "typology": "sim-box", "strength": 1.0})
    done = proposals(alerts)
    assert done["person:id/a-p0"] is Action.SCREEN
    assert done["person:id/b-p0"] is Action.SCREEN, "a ring's member without findings is screened too"
    assert done["phone:+86-a-0"] is Action.LIMIT, "the phone of one who may be held is a lifeline"
    assert not [p for p in done if p.startswith("person:") and done[p] in RESTRICTIVE]


def test_a_person_is_never_restricted_on_a_rank():
    alerts = alerts_of(province(), {"subject": "person:id/a-p3", "typology": "car-team", "strength": 1.0})
    assert proposals(alerts)["person:id/a-p3"] is Action.NONE


def test_alerts_keep_their_names_and_order():
    assert alerts_of(province()) == alerts_of({n: some[::-1] for n, some in province().items()})


def test_payments_to_a_merchant_are_no_money_at_stake():
    rows = province()
    more = [pay("account:CN/ICBK/a-m0", "account:CN/ABC/shop", 10**9, at(9))]
    assert alerts_of(merged({**rows, "transfers": rows["transfers"] + more}))[0].value_minor is None


def departing(who: str, payer: str, place: str = "place:KH/Bavet") -> Rows:
    ticket = {"occurred_at": at(6, 12), "person": who, "kind": "ticket", "to_place": place, "payer": payer}
    hot = {"occurred_at": at(0), "entity": "place:KH/Bavet", "tag": "hot_spot"}
    rows = province()
    return merged({**rows, "movements": [ticket], "tags": [hot]})


SUSPECT = "person:id/a-p3"
GRAVE = tuple({"subject": SUSPECT, "typology": kind, "strength": 1.0} for kind in ("card-dealer", "shared-payer-travel"))


@pytest.mark.parametrize(
    ("rows", "findings", "expected"),
    [
        (departing(SUSPECT, SUSPECT), GRAVE, Action.EXIT_CONTROL),
        (departing(SUSPECT, "account:CN/ICBK/a-m3"), GRAVE, Action.EXIT_CONTROL),
        (departing(SUSPECT, SUSPECT), (), Action.NONE),
        (departing(SUSPECT, SUSPECT, "place:JP/Tokyo"), GRAVE, Action.NONE),
        (departing(SUSPECT, "person:id/o5"), GRAVE, Action.NONE),
        (province(), GRAVE, Action.NONE),
    ],
)
def test_nobody_is_kept_from_leaving_on_one_ground_alone(rows, findings, expected):
    assert proposals(alerts_of(rows, *findings))[SUSPECT] is expected


def test_who_may_be_held_is_screened_even_where_both_grounds_stand():
    rows = departing(SUSPECT, SUSPECT)
    rows["reports"] = [{"occurred_at": at(6), "kind": "missing", "reporter": "person:id/mother", "person": SUSPECT}]
    assert proposals(alerts_of(merged(rows), *GRAVE))[SUSPECT] is Action.SCREEN


def test_an_indicator_stands_under_every_token_of_the_person():
    rows = coerced_world()
    rows["ties"] = [*rows["ties"], tie("person:bank/x", "person:id/a-p0", "same_as")]
    index = build(merged(rows))
    found = {index.entity(code): labels for code, labels in coercion_indicators(index).items()}
    assert found["person:bank/x"] == found["person:id/a-p0"] == (MISSING,)


def test_who_was_lured_away_is_screened():
    lured = {"subject": "person:id/a-p2", "typology": "lured-away", "strength": 0.9}
    assert proposals(alerts_of(province(), lured))["person:id/a-p2"] is Action.SCREEN


def test_a_line_that_fell_silent_after_a_lure_is_not_cut():
    silent = {"subject": "phone:+86-o7", "typology": "silent-after-lure"}
    assert proposals(alerts_of(province(), silent))["phone:+86-o7"] is Action.NONE
    worked = {"subject": "phone:+86-o7", "typology": "sim-box"}
    assert proposals(alerts_of(province(), silent, worked))["phone:+86-o7"] in RESTRICTIVE


def tied_to_a_phone(others: int) -> Rows:
    """The phone of one who is missing, its card in a box with `others` more people's, and accounts registered with it."""
    ties = [
        tie("handle:qq/h1", "phone:+86-a-0", "registered_with"),
        tie("subscriber:46000/c", "phone:+86-a-0", "carries"),
        tie("subscriber:46000/c", "device:imei/1", "inserted_in"),
        tie("handle:qq/h2", "phone:+86-b-3", "registered_with"),
    ]
    for k in range(others):
        ties += [tie(f"person:id/x{k}", f"phone:+86-x{k}", "owns"), tie(f"subscriber:46000/x{k}", f"phone:+86-x{k}", "carries")]
        ties += [tie(f"subscriber:46000/x{k}", "device:imei/1", "inserted_in")]
    return merged(coerced_world(), {"ties": ties})


@pytest.mark.parametrize(("others", "device"), [(0, Action.LIMIT), (9, Action.SUSPEND)])
def test_what_hangs_on_the_phone_of_one_who_may_be_held_is_only_limited(others, device):
    names = ("handle:qq/h1", "handle:qq/h2", "subscriber:46000/c", "device:imei/1")
    given = [{"subject": name, "typology": "sim-box", "strength": 1.0} for name in names]
    alerts = alerts_of(tied_to_a_phone(others), *given)
    done = proposals(alerts)
    assert done["handle:qq/h1"] is done["subscriber:46000/c"] is Action.LIMIT
    assert done["handle:qq/h2"] is Action.SUSPEND, "its phone's owner is not held"
    assert done["device:imei/1"] is device, "what many share is a gang's, and nobody's lifeline"
    why = {p.entity: p.reason_en for alert in alerts for p in alert.proposals}
    assert "screened for coercion" in why["handle:qq/h1"]
    assert why["handle:qq/h1"] != why["subscriber:46000/c"]
