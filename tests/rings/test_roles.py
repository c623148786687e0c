import numpy as np
import pytest

from cutline.errors import SourceError
from cutline.model.entities import ROLES
from cutline.rings.config import RingConfig
from cutline.rings.measures import measure
from cutline.rings.roles import assign_roles
from cutline.rings.signatures import parse_doublings, parse_signatures, read_doublings, read_owners, read_signatures
from cutline.risk import rank
from cutline.typologies.catalogue import load_catalogue
from tests.rings.test_rings import rings_of
from tests.risk.gangs import build, finding, merged, pay, province, tie
from tests.worlds import at


def test_every_role_has_a_signature():
    assert {s.role for s in read_signatures()} == set(ROLES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("roles: {boss: [{finding: x, weight: 0.5}]}", r"roles\.yaml, boss, line 1: 'boss'; expected a known role"),
        ("roles: {mule: [{findings: x, weight: 0.5}]}", r"'findings'"),
        ("roles: {mule: [{kinds: [acount], weight: 0.5}]}", r"mule, line 1: 'acount'"),
        ("roles: {mule: [{measures: {payerz: {least: 1}}, weight: 0.5}]}", r"'payerz'"),
        ("roles: {mule: [{measures: {payers: {over: 1}}, weight: 0.5}]}", r"'over'"),
        ("roles: {mule: [{finding: x, weight: 1.5}]}", r"weight 1.5; expected a number between 0 and 1"),
        ("roles: {mule: [{finding: x}]}", r"weight None"),
        ("roles: {mule: [{finding: x, weight: 0.5, en: in}]}", r"no words; expected en and zh"),
        ("roles: {mule: [{finding: x, weight: 0.5, en: '{payerz} pay', zh: 收款}]}", r"'payerz'; expected en and zh"),
        ("roles: [", r"(?s)roles\.yaml: .*; expected YAML"),
        ("- mule", r"no list of roles"),
    ],
)
def test_a_wrong_signature_is_named(text, message):
    with pytest.raises(SourceError, match=message):
        parse_signatures(text, "roles.yaml")


@pytest.mark.parametrize(
    ("line", "unknown"),
    [
        ("{role: boss, is: mule}", "boss"),
        ("{role: launderer, is: boss}", "boss"),
        ("{role: launderer, is: mule, kinds: [acount]}", "acount"),
        ("{role: launderer, is: mule, measures: {handz: {most: 1}}}", "handz"),
        ("{role: launderer, is: mule, weight: 0.5}", "weight"),
    ],
)
def test_a_wrong_line_on_two_roles_in_one_hand_is_named(line, unknown):
    with pytest.raises(SourceError, match=rf"roles\.yaml, one_hand, line 1: '{unknown}'; expected a known role"):
        parse_doublings(f"one_hand: [{line}]", "roles.yaml")


def test_only_a_gang_of_which_much_is_seen_is_taken_for_small():
    small = [doubling.bounds for doubling in read_doublings() if doubling.bounds]
    assert all(bounds["gang_accounts"][0] >= 8 and np.isfinite(bounds["gang_hands"][1]) for bounds in small)


def test_the_owner_of_a_boxs_cards_is_a_farmer_of_cards():
    assert read_owners()["sim_box_keeper"] == "card_farmer"
    assert set(read_owners().values()) <= set(ROLES)


def test_what_warns_a_victim_is_never_evidence_of_a_role():
    warnings = {typology.id for typology in load_catalogue().typologies if typology.warning}
    assert "call-line-hand-over" in warnings
    assert not warnings & {signature.finding for signature in read_signatures()}


def one_ring(rows, *entities):
    """A ring of the entities named, in a world of its own: index, ranking, ring of every code."""
    index = build(rows)
    ranking = rank(index, [finding(index, entity, typology="holder-of-suspect-tools") for entity in entities])
    ring_of = np.full(len(index), -1)
    ring_of[[index.code(entity) for entity in entities]] = 0
    return index, ranking, ring_of


def desk():
    """Four mules pay a desk's account; its address delivers to a wallet of the gang's, and once to a wallet of one mule's."""
    rows = {"transfers": [], "orders": []}
    for k in range(4):
        for n, wallet in enumerate(("in0", "in1", f"own{k}", f"own{k}")):
            order = {"account": f"account:CN/ICBK/m{k}", "address": f"address:tron/{wallet}", "user": f"person:desk/m{k}"}
            rows["orders"].append({"occurred_at": at(5, k + n), "side": "buy", **order})
            rows["transfers"].append(pay(f"account:CN/ICBK/m{k}", "account:CN/ICBK/desk", 7_000_00, at(5, k + n)))
            rows["transfers"].append(pay("address:tron/desk", f"address:tron/{wallet}", 10**9, at(5, k + n, 30)))
    return merged(rows)


def test_who_is_paid_by_those_who_order_and_delivers_to_them_keeps_the_desk():
    mules, wallets = [f"account:CN/ICBK/m{k}" for k in range(4)], [f"address:tron/{w}" for w in ("in0", "in1", "own0", "own1")]
    everybody = (*mules, *wallets, "account:CN/ICBK/desk", "address:tron/desk")
    index, ranking, ring_of = one_ring(desk(), *everybody)
    roles = assign_roles(ranking, ring_of, RingConfig())
    assert roles.of(index.code("account:CN/ICBK/desk"))[0] == "otc_merchant"
    assert roles.of(index.code("address:tron/desk"))[0] == "otc_merchant"
    assert roles.of(index.code("account:CN/ICBK/m0"))[0] == "mule"
    measured = measure(ranking, ring_of)
    buyers = dict(zip(np.flatnonzero(ring_of >= 0).tolist(), measured["buyers"].tolist(), strict=True))
    assert buyers[index.code("address:tron/in0")] == 4
    assert buyers[index.code("address:tron/own0")] == 1


def test_all_tokens_of_a_person_have_the_role_of_the_persons_tools():
    ties = [
        tie("person:tel/a", "phone:+86-n", "owns"),
        tie("account:CN/ICBK/n", "phone:+86-n", "registered_with"),
        tie("person:icbc/b", "account:CN/ICBK/n", "owns"),
        tie("person:tel/other", "phone:+86-other", "owns"),
    ]
    members = ("person:tel/a", "person:icbc/b", "account:CN/ICBK/n", "person:tel/other")
    index, ranking, ring_of = one_ring(merged({"ties": ties}), *members)
    roles = assign_roles(ranking, ring_of, RingConfig())
    assert [roles.of(index.code(entity))[0] for entity in members] == ["mule", "mule", "mule", ""]


def test_whom_the_gang_sent_for_is_taken_for_one_of_its_callers():
    ticket = {"occurred_at": at(4), "person": "person:id/t", "payer": "account:CN/ICBK/p", "kind": "ticket"}
    rows = merged({"movements": [{**ticket, "to_place": "place:KH", "direction": ""}]})
    index, ranking, ring_of = one_ring(rows, "person:id/t", "account:CN/ICBK/p")
    assert assign_roles(ranking, ring_of, RingConfig()).of(index.code("person:id/t"))[0] == "caller"


def test_a_role_passes_along_all_that_is_one_persons():
    ties = [
        tie("person:icbc/b", "account:CN/ICBK/n", "owns"),
        tie("account:CN/ICBK/n", "phone:+86-n", "registered_with"),
        tie("person:tel/a", "phone:+86-n", "owns"),
        tie("handle:weiliao/h", "phone:+86-n", "registered_with"),
        tie("person:id/a", "person:tel/a", "same_as"),
        tie("person:tel/other", "phone:+86-other", "owns"),
    ]
    members = ("handle:weiliao/h", "person:icbc/b", "person:tel/a", "person:id/a", "person:tel/other")
    adverts = [{"occurred_at": at(k), "author": "handle:weiliao/h", "kind": "job_advert"} for k in range(2)]
    index, ranking, ring_of = one_ring(merged({"ties": ties, "posts": adverts}), *members)
    roles = assign_roles(ranking, ring_of, RingConfig())
    assert [roles.of(index.code(entity))[0] for entity in members] == ["recruiter"] * 4 + [""]
    own, passed = (roles.because[index.code(entity)] for entity in ("handle:weiliao/h", "person:id/a"))
    assert own == ("recruiter: job adverts posted: 2, again and again", "招募者：发布招聘广告2条，反复发布")
    assert passed[0].startswith("recruiter: by the same person's internet account: job adverts")


def calls(number, times, device):
    row = {"source": number, "medium": "call", "duration_s": 20, "source_device": device}
    return [{**row, "occurred_at": at(1 + k % 5, 10, k % 60), "target": f"phone:+86-{number[-1]}{k}"} for k in range(times)]


def test_whoever_owns_the_cards_of_a_box_farmed_them_and_who_is_registered_with_one_did_not():
    box, cards = "device:imei/1", [f"phone:+86-c{k}" for k in range(4)]
    ties = [tie("person:tel/farmer", card, "owns") for card in cards]
    ties += [tie("person:icbc/m", "account:CN/ICBK/m", "owns"), tie("account:CN/ICBK/m", cards[0], "registered_with")]
    paid = [pay(f"account:CN/ABC/{k}", "account:CN/ICBK/m", 900_00, at(2, k)) for k in range(3)]
    members = ("person:tel/farmer", "person:icbc/m", "account:CN/ICBK/m", box, *cards)
    rows = merged({"ties": ties, "contacts": [row for card in cards for row in calls(card, 20, box)], "transfers": paid})
    index, ranking, ring_of = one_ring(rows, *members)
    roles = assign_roles(ranking, ring_of, RingConfig())
    said = [roles.of(index.code(entity))[0] for entity in members]
    assert said == ["card_farmer", "mule", "mule", *["sim_box_keeper"] * 5]


def layered(*last):
    """Five addresses pay two, which pay one; `last` are rows of what it pays."""
    first = [pay(f"address:tron/a{k}", f"address:tron/b{k % 2}", 10**8, at(3, k)) for k in range(5)]
    then = [pay(f"address:tron/b{k}", "address:tron/end", 2 * 10**8, at(4, k)) for k in range(2)]
    return merged({"transfers": [*first, *then, *last]})


@pytest.mark.parametrize(
    ("last", "role"),
    [
        ((), "organiser"),
        ((pay("address:tron/end", "address:tron/out", 4 * 10**7, at(5)),), "organiser"),
        ((pay("address:tron/end", "address:tron/out", 4 * 10**8, at(5)),), "launderer"),
    ],
)
def test_an_organiser_is_where_the_residue_stays_and_what_passes_on_is_laundered(last, role):
    chain = [f"address:tron/a{k}" for k in range(5)] + [f"address:tron/b{k}" for k in range(2)]
    index, ranking, ring_of = one_ring(layered(*last), *chain, "address:tron/end")
    roles = assign_roles(ranking, ring_of, RingConfig())
    assert {roles.of(index.code(entity))[0] for entity in chain} == {"launderer"}
    assert roles.of(index.code("address:tron/end"))[0] == role


def laundering(accounts: int, people: int):
    """Five addresses pay two, which pay on; `accounts` of the gang's among `people`, and a box of cards."""
    ties = [tie(f"person:id/p{k % people}", f"account:CN/ICBK/m{k}", "owns") for k in range(accounts)]
    ties += [tie("person:id/p0", f"phone:+86-c{k}", "owns") for k in range(4)]
    rows = layered(pay("address:tron/end", "address:tron/out", 4 * 10**8, at(5)))
    contacts = [row for k in range(4) for row in calls(f"phone:+86-c{k}", 20, "device:imei/1")]
    paid = [pay(f"account:CN/ABC/{k}", f"account:CN/ICBK/m{k}", 900_00, at(2, k)) for k in range(accounts)]
    entities = [f"address:tron/b{k}" for k in range(2)] + [f"account:CN/ICBK/m{k}" for k in range(accounts)]
    entities += [f"address:tron/a{k}" for k in range(5)] + [f"person:id/p{k}" for k in range(min(people, accounts))]
    entities += ["device:imei/1", *(f"phone:+86-c{k}" for k in range(4))]
    return merged(rows, {"ties": ties, "contacts": contacts, "transfers": paid}), entities


@pytest.mark.parametrize(
    ("accounts", "people", "coins", "box", "owner"),
    [
        (9, 3, "organiser", "caller", "mule"),
        (4, 3, "launderer", "sim_box_keeper", "card_farmer"),  # too little of the gang is seen
        (30, 30, "launderer", "sim_box_keeper", "card_farmer"),  # many hands, and each its own
    ],
)
def test_in_a_small_gang_one_hand_does_several_things(accounts, people, coins, box, owner):
    rows, entities = laundering(accounts, people)
    index, ranking, ring_of = one_ring(rows, *entities)
    roles = assign_roles(ranking, ring_of, RingConfig())
    said = {entity: roles.of(index.code(entity))[0] for entity in entities}
    assert {said[f"address:tron/b{k}"] for k in range(2)} == {coins}
    assert {said[f"phone:+86-c{k}"] for k in range(4)} == {said["device:imei/1"]} == {box}
    assert said["person:id/p0"] == owner
    assert roles.because[index.code("address:tron/b0")][0].endswith("most addresses of a ring pass coins on")


def test_a_gang_is_measured_by_hands_people_and_accounts():
    rows, entities = laundering(9, 3)
    twin = {"ties": [tie("person:bank/x", "person:id/p1", "same_as")]}
    index, ranking, ring_of = one_ring(merged(rows, twin), *entities, "person:bank/x")
    measured = measure(ranking, ring_of)
    assert set(measured["gang_people"]) == {3}
    assert set(measured["gang_accounts"]) == {9}
    of = dict(zip(np.flatnonzero(ring_of >= 0).tolist(), measured["holder_accounts"].tolist(), strict=True))
    held = {
        entity: of[index.code(entity)] for entity in ("person:id/p1", "person:bank/x", "account:CN/ICBK/m4", "address:tron/b0")
    }
    assert list(held.values()) == [3, 3, 3, 0]
    assert set(measured["gang_hands"]) == {3 + 7}, "three people with all that is theirs, and addresses that are nobody's yet"


def test_one_accounts_own_wallet_is_its_owners_however_it_passes_coins_on():
    rows = desk()
    rows["transfers"].append({**pay("address:tron/own0", "address:tron/in0", 10**9, at(9)), "event_id": "t-own0"})
    mules, wallets = [f"account:CN/ICBK/m{k}" for k in range(4)], [f"address:tron/{w}" for w in ("in0", "in1", "own0", "own1")]
    index, ranking, ring_of = one_ring(rows, *mules, *wallets, "account:CN/ICBK/desk", "address:tron/desk")
    roles = assign_roles(ranking, ring_of, RingConfig())
    assert roles.of(index.code("address:tron/own0"))[0] == "mule"


def test_every_role_that_is_named_says_what_it_rests_on():
    ring = next(r for r in rings_of(province()) if "person:id/b-p0" in {m.entity for m in r.members})
    for member in ring.members:
        assert member.because_en.startswith(f"{ROLES[member.role].en}: " if member.role else ("", *"0123456789t")), member
        assert (ROLES[member.role].zh + "：" in member.because_zh) if member.role else True


def test_who_trades_to_and_fro_feigns_a_market_and_who_passes_on_does_not():
    pairs = [(f"address:evm/0x{a}", f"address:evm/0x{b}") for a in range(3) for b in range(3) if a != b]
    trades = [pay(*pair, 10**8, at(4, k, n)) for k, pair in enumerate(pairs) for n in range(2)]
    chain = [pay("address:evm/0x8", "address:evm/0x9", 10**8, at(5, k)) for k in range(9)]
    back = [pay("address:evm/0x9", f"address:evm/0xout{k}", 10**8, at(6, k)) for k in range(8)]
    back.append(pay("address:evm/0x9", "address:evm/0x8", 10**8, at(6, 9)))
    members = [f"address:evm/0x{k}" for k in (0, 1, 2, 8, 9)]
    coins = [{**row, "rail": "chain", "asset": "tron/native"} for row in trades + chain + back]
    index, ranking, ring_of = one_ring(merged({"transfers": coins}), *members)
    roles = assign_roles(ranking, ring_of, RingConfig())
    said = [roles.of(index.code(entity))[0] for entity in members]
    assert said[:3] == ["promoter"] * 3
    assert said[3:] == ["launderer"] * 2
    assert roles.because[index.code(members[0])][0] == "promoter: trades to and fro with 2 of the ring and pays nobody else"


@pytest.mark.parametrize(("accounts", "role"), [(9, "recruiter"), (4, "caller")])
def test_who_puts_up_a_small_gangs_offers_and_hardly_talks_is_nobodys_caller(accounts, role):
    rows, entities = laundering(accounts, 3)
    posts = [{"occurred_at": at(k), "author": "handle:wx/h", "kind": "listing"} for k in range(2)]
    index, ranking, ring_of = one_ring(merged(rows, {"posts": posts}), *entities, "handle:wx/h")
    roles = assign_roles(ranking, ring_of, RingConfig())
    assert roles.of(index.code("handle:wx/h"))[0] == role


def test_who_opens_cards_for_others_is_a_dealer_however_many_of_them_they_hold():
    opened = [tie(f"phone:+86-c{k}", "person:tel/dealer", "activated_by") for k in range(9)]
    ties = [tie("person:tel/dealer", f"phone:+86-c{k}", "owns") for k in range(4)]
    ties += [tie("person:tel/farmer", f"phone:+86-c{k}", "owns") for k in range(4, 9)]
    members = ("person:tel/dealer", "person:tel/farmer", *(f"phone:+86-c{k}" for k in range(9)))
    index, ranking, ring_of = one_ring(merged({"ties": [*opened, *ties]}), *members)
    roles = assign_roles(ranking, ring_of, RingConfig())
    assert [roles.of(index.code(entity))[0] for entity in members[:2]] == ["card_dealer", "card_farmer"]
