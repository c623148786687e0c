"""Company: each kind of tie to losses and suspects is found, its innocent look-alike is not, and names change nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.graph.index import Index
from cutline.model.evidence import Finding
from cutline.model.tables import PROTECTED_ATTRIBUTES, TABLES
from cutline.risk import rank
from cutline.risk.association import StolenFlow, associate, needed_columns
from cutline.risk.association.signs import names_apart, told_once
from cutline.typologies.vocabulary import SUBJECTS
from tests.risk.gangs import Rows, build, finding, merged, no_losses, pay, province, tie, with_company
from tests.risk.test_ranking import backwards, renamed
from tests.worlds import at


def found(index: Index, findings: list[Finding], flow: StolenFlow | None = None) -> dict[str, set[str]]:
    """Which subjects each kind of association names."""
    by_kind: dict[str, set[str]] = {}
    for one in associate(index, findings, flow or no_losses()):
        by_kind.setdefault(one.typology, set()).add(one.subject)
        assert one.citations
        assert one.reason_en
        assert one.reason_zh
        assert 0 < one.strength <= 1
    return by_kind


def stolen(index: Index, *hops: tuple[int, str, str, int]) -> StolenFlow:
    """A flow by hand: (report, payer, payee, amount) of the transfer between the two; victims' own payments have depth 1."""
    transfers = index.tables["transfers"].columns
    rows = [
        int(np.flatnonzero((transfers["payer"] == index.code(a)) & (transfers["payee"] == index.code(b)))[0])
        for _, a, b, _ in hops
    ]
    amounts = [amount for *_, amount in hops]
    depths = [1 if "victim" in payer else 2 for _, payer, _, _ in hops]
    paid = [-1] * len(rows)
    return StolenFlow(*(np.array(x, np.int64) for x in ([h[0] for h in hops], rows, amounts, amounts, depths, paid)))


def loss_world() -> Rows:
    """Two victims pay a mule, who pays a launderer and a shop that everybody uses; a till got one of the payments too."""
    transfers = [pay(f"account:B/victim{k}", "account:B/mule", 10_000_00, at(2, k)) for k in range(2)]
    transfers += [pay("account:B/mule", "account:B/launderer", 19_000_00, at(2, 5))]
    transfers += [pay("account:B/mule", "account:B/shop", 100_00, at(3))]
    transfers += [pay(f"account:B/o{k}", "account:B/shop", 100_00, at(1, k)) for k in range(20)]
    transfers += [pay("account:B/victim0", "account:B/desk", 5_000_00, at(4))]
    transfers += [pay(f"account:B/o{k}", "account:B/desk", 400_00, at(1, k, 5)) for k in range(20)]
    ties = [tie("person:id/v0", "account:B/victim0", "owns"), tie("person:id/m", "account:B/mule", "owns")]
    report = [{"occurred_at": at(5), "kind": "loss", "reporter": "person:id/v0"}]
    return merged({"transfers": transfers, "ties": ties, "reports": report})


def test_stolen_money_names_who_lives_on_it_and_not_the_shop_or_the_desk():
    index = build(loss_world())
    flow = stolen(
        index,
        (0, "account:B/victim0", "account:B/mule", 10_000_00),
        (1, "account:B/victim1", "account:B/mule", 10_000_00),
        (0, "account:B/mule", "account:B/launderer", 9_500_00),
        (1, "account:B/mule", "account:B/launderer", 9_500_00),
        (1, "account:B/mule", "account:B/shop", 100_00),
        (2, "account:B/victim0", "account:B/desk", 5_000_00),
    )
    named = found(index, [], flow)
    assert named["stolen-money"] == {"account:B/mule", "account:B/launderer"}
    assert named["holder-of-suspect-tools"] == {"person:id/m"}


def test_victims_are_never_named():
    index = build(loss_world())
    flow = stolen(index, (0, "account:B/victim0", "account:B/mule", 10_000_00))
    accused = [finding(index, "account:B/victim0", strength=1.0)]
    assert not [s for subjects in found(index, accused, flow).values() for s in subjects if s.endswith(("/v0", "victim0"))]


def test_who_lives_on_suspects_money_is_named_and_a_shop_is_not():
    rows = province(gangs={"a": 6})
    index = build(rows)
    mules = [finding(index, f"account:CN/ICBK/a-m{k}") for k in range(6)]
    named = found(index, mules)
    assert named["income-from-suspects"] == {"account:CN/ICBK/a-l0", "account:CN/ICBK/a-l1", "account:CN/ICBK/a-head"}
    assert named["holder-of-suspect-tools"] == {f"person:id/a-p{k}" for k in range(6)}


def chain(*links: tuple[str, str, float]) -> list[dict[str, object]]:
    return [
        {"occurred_at": at(4, hours), "payer": f"address:t/{a}", "payee": f"address:t/{b}", "amount": 500, "asset": "t/usdt",
         "rail": "chain"}
        for a, b, hours in links
    ]  # fmt: skip


@pytest.mark.parametrize("waits_h", [1, 120])
def test_a_fresh_address_between_suspects_is_named_and_an_exchanges_customer_is_not(waits_h):
    bought = {"account": "account:B/mule", "address": "address:t/first", "side": "buy", "asset": "t/usdt", "amount": 500}
    ordered = [{"occurred_at": at(3), "currency": "CNY", **bought}]
    moves = chain(("desk", "first", 0), ("first", "hop", 1), ("hop", "last", 1 + waits_h), ("last", "hot", 2 + waits_h))
    moves += chain(*((f"c{k}", "hot", 1) for k in range(12)), *(("hot", f"d{k}", 5) for k in range(12)))
    index = build(merged({"transfers": moves, "orders": ordered}))
    named = found(index, [finding(index, "account:B/mule", strength=1.0)])
    assert named["coins-of-suspects"] == {"address:t/first"}
    assert named["transit-of-suspects"] == {"address:t/hop", "address:t/last"}
    assert not [s for subjects in named.values() for s in subjects if s.startswith("address:t/d") or s == "address:t/hot"]


def talk_world() -> Rows:
    """A caller reaches six victims just before they pay; a hotline talks to them too, as it does to everybody."""
    contacts, transfers, ties, reports = [], [], [], []
    for k in range(6):
        ties += [tie(f"person:id/v{k}", f"account:B/v{k}", "owns"), tie(f"person:id/v{k}", f"phone:+86-v{k}", "owns")]
        reports.append({"occurred_at": at(9), "kind": "loss", "reporter": f"person:id/v{k}"})
        transfers.append(pay(f"account:B/v{k}", "account:B/mule", 10_000_00, at(5, k)))
        contacts += [
            call("phone:+85-caller", f"phone:+86-v{k}", at(4, k)),
            call("phone:+86-hotline", f"phone:+86-v{k}", at(3, k)),
        ]
    for k in range(300):
        contacts += [
            call("phone:+86-hotline", f"phone:+86-o{k}", at(1, 0, k)),
            call(f"phone:+86-o{k}", "phone:+86-o0", at(2, 0, k)),
        ]
    return merged({"contacts": contacts, "transfers": transfers, "ties": ties, "reports": reports})


def call(source: str, target: str, when: object, **more: object) -> dict[str, object]:
    return {"occurred_at": when, "source": source, "target": target, "medium": "call", "duration_s": 300, **more}


def test_who_reached_victims_beyond_chance_is_named_and_a_hotline_is_not():
    index = build(talk_world())
    flow = stolen(index, *((k, f"account:B/v{k}", "account:B/mule", 10_000_00) for k in range(6)))
    flow.depth[:] = 1
    assert found(index, [], flow)["reached-victims"] == {"phone:+85-caller"}


def test_one_report_never_brands_and_two_do():
    told = [tie(f"person:id/v{k}", "phone:+85-twice", "mentions") for k in range(2)]
    told += [tie("person:id/v0", "phone:+86-once", "mentions"), tie("person:id/gossip", "phone:+86-once", "mentions")]
    reports = [{"occurred_at": at(9), "kind": "loss", "reporter": f"person:id/v{k}"} for k in range(2)]
    reports.append({"occurred_at": at(9), "kind": "contact", "reporter": "person:id/gossip"})
    index = build(merged({"ties": told, "reports": reports}))
    assert found(index, []) == {"named-by-victims": {"phone:+85-twice"}}


def test_a_device_of_suspects_and_its_other_guests_are_named_and_a_family_tablet_is_not():
    sessions = [
        {"occurred_at": at(day, k), "handle": f"handle:w/{k}", "device": "device:t/desk"} for k in range(4) for day in (2, 3)
    ]
    sessions += [
        {"occurred_at": at(2, k), "handle": f"handle:w/{h}", "device": "device:t/tablet"} for k, h in enumerate("0xyz")
    ]
    index = build(merged({"sessions": sessions}))
    named = found(index, [finding(index, f"handle:w/{k}", (), "sessions") for k in range(3)])
    assert named == {"device-of-suspects": {"device:t/desk"}, "beside-suspects-on-device": {"handle:w/3"}}


def test_who_shares_an_address_with_suspects_is_named_and_the_household_of_one_suspect_is_not():
    def seen(handle: str, ip: str) -> list[dict[str, object]]:
        return [{"occurred_at": at(day, 3), "handle": f"handle:w/{handle}", "ip": f"ip:{ip}"} for day in (2, 3, 4)]

    sessions = [row for k in range(3) for ip in ("home", "office") for row in seen(f"{ip}{k}", ip)]
    sessions += seen("family", "home") + seen("colleague", "office")
    ties = [tie("person:b/mule", f"handle:w/home{k}", "owns") for k in range(3)]
    index = build(merged({"sessions": sessions, "ties": ties}))
    named = found(index, [finding(index, f"handle:w/{ip}{k}", (), "sessions") for ip in ("home", "office") for k in range(3)])
    assert named["beside-suspects-at-address"] == {"handle:w/colleague"}


def test_who_works_where_a_gangs_sites_alone_are_hosted_is_named_and_a_hosting_firm_s_customer_is_not():
    ties = [tie(f"website:{ip}-{k}.example", f"ip:{ip}", "hosted_at") for k in range(2) for ip in ("gang", "firm")]
    ties += [tie("website:innocent.example", "ip:firm", "hosted_at")]
    ties += [tie(f"handle:w/{who}", f"ip:{ip}", "uses") for who, ip in (("builder", "gang"), ("customer", "firm"))]
    index = build(merged({"ties": ties}))
    suspects = [f"website:{ip}-{k}.example" for ip in ("gang", "firm") for k in range(2)]
    named = found(index, [finding(index, site, (), "ties") for site in suspects])
    assert named["beside-suspects-at-address"] == {"handle:w/builder"}


def test_numbers_beside_no_other_suspect_are_on_a_device_that_is_suspicious_itself():
    calls = [
        call(f"phone:+85-{k}", f"phone:+86-o{n}", at(2, k, n), source_device="device:imei/box")
        for k in range(4)
        for n in range(3)
    ]
    index = build(merged({"contacts": calls}))
    box = finding(index, "device:imei/box", (), "contacts", typology="sim-box-device")
    told = [one for one in associate(index, [box], no_losses()) if one.typology == "beside-suspects-on-device"]
    assert {one.subject for one in told} == {f"phone:+85-{k}" for k in range(4)}
    assert {one.reason_en for one in told} == {"100 % of its appearances are on a device that is suspicious itself."}
    assert {one.reason_zh for one in told} == {"其100%的出现位于自身可疑的设备。"}


def test_the_handset_of_a_worked_number_is_named_and_one_that_others_use_is_not():
    calls = [call("phone:+85-sim", "phone:+86-o", at(2), source_device="device:imei/1")]
    calls += [call(f"phone:+85-{k}", "phone:+86-o", at(2), source_device="device:imei/2") for k in ("sim2", "other")]
    index = build(merged({"contacts": calls}))
    named = found(index, [finding(index, f"phone:+85-{k}", (), "contacts", typology="sim-box") for k in ("sim", "sim2")])
    assert named == {"device-of-suspects": {"device:imei/1"}}


def test_what_is_registered_with_a_suspect_number_is_named_and_what_left_it_alone_is_not():
    ties = [tie("handle:w/1", "phone:+86-sim", "registered_with"), tie("handle:w/2", "phone:+86-own", "registered_with")]
    index = build(merged({"ties": ties}))
    by_calls = finding(index, "phone:+86-sim", (), "ties", typology="sim-box")
    assert found(index, [by_calls]) == {"registered-with-suspect": {"handle:w/1"}}
    assert not found(index, [finding(index, "phone:+86-sim", (), "ties", typology="number-behind-suspects")])
    both = [by_calls, finding(index, "handle:w/1", (), "ties", typology="stranger-messages")]
    assert "registered-with-suspect" not in found(index, both)  # who is a suspect already is not told of again


def test_whose_number_a_suspect_account_is_on_is_named_and_who_shares_a_hotels_is_not():
    ties = [tie("person:cmcc/p", "phone:+86-p", "owns"), tie("person:bank/p", "account:B/p", "owns")]
    ties += [tie("account:B/p", "phone:+86-p", "registered_with"), tie("account:C/p", "phone:+86-p", "registered_with")]
    ties += [tie("person:other/p", "account:C/p", "owns"), tie("person:cmcc/h", "phone:+86-hotel", "owns")]
    for k in range(5):
        ties += [tie(f"person:bank/{k}", f"account:B/{k}", "owns"), tie(f"account:B/{k}", "phone:+86-hotel", "registered_with")]
    index = build(merged({"ties": ties}))
    named = found(index, [finding(index, f"account:B/{name}", (), "ties", strength=0.9) for name in "p0"])
    assert named == {
        "holder-of-suspect-tools": {"person:bank/p", "person:bank/0"},
        "same-number-as-suspect": {"person:cmcc/p", "person:other/p"},
    }


def test_who_sells_the_coins_of_a_suspect_address_holds_it_and_who_buys_for_it_may_be_a_victim():
    told = {"asset": "t/usdt", "amount": 500, "currency": "CNY", "address": "address:t/deposit", "account": "account:B/own"}
    orders = [{"occurred_at": at(3), "side": side, "user": f"person:x/{side}er", **told} for side in ("sell", "buy")]
    index = build(merged({"orders": orders}))
    named = found(index, [finding(index, "address:t/deposit", (), "orders", strength=1.0)])
    assert named["holder-of-suspect-tools"] == {"person:x/seller"}


def test_whose_number_a_suspect_internet_account_is_on_is_named_and_another_account_s_owner_is_not():
    ties = [tie("person:cmcc/r", "phone:+86-r", "owns"), tie("handle:w/r", "phone:+86-r", "registered_with")]
    ties += [tie("person:cmcc/o", "phone:+86-o", "owns"), tie("handle:w/o", "phone:+86-o", "registered_with")]
    index = build(merged({"ties": ties}))
    named = found(index, [finding(index, "handle:w/r", (), "ties", strength=0.95)])
    assert named == {"holder-of-suspect-tools": {"person:cmcc/r"}}


def test_who_opened_suspects_cards_is_named_and_a_shop_that_serves_everybody_is_not():
    ties = [tie(f"phone:+86-{k}", "person:cmcc/dealer", "activated_by") for k in range(6)]
    ties += [tie(f"phone:+86-{k}", "person:cmcc/clerk", "activated_by") for k in range(6, 40)]
    ties += [tie(f"phone:+86-{k}", "organisation:cmcc/shop", "activated_by") for k in range(40, 46)]
    index = build(merged({"ties": ties}))
    suspects = [*range(5), *range(6, 11), *range(40, 46)]
    named = found(index, [finding(index, f"phone:+86-{k}", (), "ties") for k in suspects])
    assert named == {"opened-suspect-cards": {"person:cmcc/dealer"}}


def test_who_opened_suspects_cards_at_two_operators_is_one_dealer_under_every_token():
    ties = [tie(f"phone:+86-{k}", f"person:{'cmcc' if k < 3 else 'unicom'}/dealer", "activated_by") for k in range(6)]
    ties += [tie("person:cmcc/dealer", f"person:{name}", "same_as") for name in ("unicom/dealer", "bank/dealer")]
    index = build(merged({"ties": ties}))
    named = found(index, [finding(index, f"phone:+86-{k}", (), "ties") for k in range(6)])
    assert named["opened-suspect-cards"] == {f"person:{name}/dealer" for name in ("cmcc", "unicom", "bank")}


def journey_world() -> Rows:
    """One recruit whom a suspect talked into leaving on another's fare; a tourist on a paid tour who came back."""
    out = [{"occurred_at": at(10), "person": f"person:id/{who}", "kind": "crossing", "direction": "out"} for who in ("r", "t")]
    back = [{"occurred_at": at(14), "person": "person:id/t", "kind": "crossing", "direction": "in"}]
    fares = [{"occurred_at": at(10), "person": "person:id/r", "kind": "ticket", "payer": "person:id/smuggler"}]
    fares += [{"occurred_at": at(10), "person": "person:id/t", "kind": "ticket", "payer": "account:B/tours"}]
    ties = [tie(f"person:id/{who}", f"phone:+86-{who}", "owns") for who in ("r", "t", *(f"o{k}" for k in range(200)))]
    calls = [call("phone:+86-sim", "phone:+86-r", at(6, k)) for k in range(6)]
    calls += [call("phone:+86-o1", f"phone:+86-o{k}", at(20, 0, k)) for k in range(2, 200)]
    return merged({"movements": out + back + fares, "ties": ties, "contacts": calls})


def test_a_recruit_and_who_paid_are_named_and_a_tourist_is_not():
    rows = journey_world()
    rows["ties"].append(tie("person:bank/smuggler", "person:id/smuggler", "same_as") | {"event_id": "ties-same"})
    index = build(rows)
    named = found(index, [finding(index, "phone:+86-sim", (), "contacts", typology="sim-box")])
    assert named == {"lured-away": {"person:id/r"}, "paid-for-lured": {"person:id/smuggler", "person:bank/smuggler"}}


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 100))
def test_names_and_the_order_of_rows_change_nothing(seed):
    rows = province(seed, {"a": 4, "b": 5}, 40)

    def told(rows: Rows, prefix: tuple[str, ...], fresh=lambda name: name) -> set[tuple[str, str, float]]:
        index = build(rows)
        names = [index.entity(int(c)) for c in index.of_kind("account")]
        accused = [finding(index, name) for name in names if name.startswith(prefix) or fresh(name).startswith(prefix)]
        return {(f.typology, fresh(f.subject), f.strength) for f in with_company(index, accused)}

    prefix = ("account:CN/ICBK/a-m", "account:CN/ICBK/b-m")
    plain = told(rows, prefix)
    assert told({name: some[::-1] for name, some in rows.items()}, prefix) == plain
    assert told(renamed(rows, backwards), prefix, backwards) == plain


def test_no_protected_column_is_read():
    for table, columns in needed_columns().items():
        assert set(columns) <= set(TABLES[table].names)
        assert not [c for c in columns if TABLES[table][c].protected]
        assert not PROTECTED_ATTRIBUTES & set(columns)


def outputs_world() -> Rows:
    """Two victims pay one address in coins; it pays on through transactions with inputs and outputs, as Bitcoin's."""
    coin = {"asset": "bitcoin/native", "rail": "chain", "occurred_at": at(2)}

    def through(node: str, ins: list[str], outs: list[str], hour: int) -> list[dict[str, object]]:
        name, when = f"transaction:bitcoin/{node}", {"occurred_at": at(2, hour)}
        rows = [coin | when | {"payer": f"address:bitcoin/{a}", "payee": name, "amount": 1000 // len(ins)} for a in ins]
        return rows + [
            coin | when | {"payer": name, "payee": f"address:bitcoin/{a}", "amount": 1000 // len(outs)} for a in outs
        ]

    first, second = through("t1", ["victim0", "victim1"], ["thief"], 0), through("t2", ["thief"], ["next"], 1)
    return merged({"transfers": [*first, *second]})


def test_stolen_money_passes_a_transaction_which_is_no_subject_itself():
    index = build(outputs_world())
    hops = [("address:bitcoin/victim0", "transaction:bitcoin/t1"), ("transaction:bitcoin/t1", "address:bitcoin/thief")]
    hops += [("address:bitcoin/thief", "transaction:bitcoin/t2"), ("transaction:bitcoin/t2", "address:bitcoin/next")]
    flow = stolen(index, *((report, a, b, 500) for report in (0, 1) for a, b in hops))
    named = found(index, [], flow)
    assert named["stolen-money"] == {"address:bitcoin/thief", "address:bitcoin/next"}
    assert not [s for subjects in named.values() for s in subjects if s.startswith("transaction:")]


def test_a_transaction_has_no_rank_and_is_no_subject_of_a_typology():
    index = build(outputs_world())
    ranking = rank(index, [finding(index, "address:bitcoin/thief", strength=1.0)])
    assert ranking.score[index.code("transaction:bitcoin/t2")] == 0.0
    assert ranking.score[index.code("address:bitcoin/thief")] > 0.0
    assert "transaction" not in SUBJECTS


def test_what_came_is_told_in_yuan_only_where_a_price_is_known():
    index = build(outputs_world())
    hops = (("address:bitcoin/victim0", "transaction:bitcoin/t1"), ("transaction:bitcoin/t1", "address:bitcoin/thief"))
    flow = stolen(index, *((report, a, b, 500) for report in (0, 1) for a, b in hops))
    told = [f for f in associate(index, [], flow) if f.typology == "stolen-money"]
    assert told
    assert all(f.reason_en.startswith("Part of losses from 2 reports came here") and "¥" not in f.reason_en for f in told)
    assert all(not f.value_minor for f in told)


def test_what_several_rounds_tell_is_told_once_and_every_finding_has_a_name_of_its_own():
    index = build(loss_world())
    weak, strong, other = (
        finding(index, "account:B/mule", (), typology=kind, strength=s) for kind, s in (("x", 0.5), ("x", 0.6), ("y", 0.5))
    )
    assert told_once([weak, other, strong, weak]) == [strong, other]
    names_apart([weak], [other])
    for given_, found_ in (([weak], [strong]), ([], [weak, other, strong])):
        with pytest.raises(RuntimeError, match="expected a name for each"):
            names_apart(given_, found_)


def test_one_tool_is_told_as_one():
    index = build(merged({"ties": [tie("person:id/p", "account:B/p", "owns")]}))
    given_ = [finding(index, "account:B/p", (), "ties", strength=0.9)]
    (holder,) = (one for one in associate(index, given_, no_losses()) if one.typology == "holder-of-suspect-tools")
    assert holder.reason_en == "Holds 1 account, number or wallet with findings of its own."
