from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.model.entities import ROLES
from cutline.model.evidence import Ring
from cutline.model.tables import PROTECTED_ATTRIBUTES, TABLES
from cutline.rings import find_rings, needed_columns
from cutline.risk import rank
from tests.risk.gangs import Rows, build, finding, merged, mule_findings, pay, province, tie, with_company
from tests.risk.test_ranking import backwards, renamed
from tests.worlds import at, world


def rings_of(rows: Rows, gangs: str = "ab", previous: tuple[Ring, ...] = ()) -> tuple[Ring, ...]:
    index = build(rows)
    findings = with_company(index, mule_findings(index, [f"account:CN/ICBK/{name}-m" for name in gangs]))
    return find_rings(index, rank(index, findings), findings, previous=previous)


def names(ring: Ring) -> set[str]:
    return {member.entity for member in ring.members}


def gang_of(entity: str) -> str:
    rest = entity.rsplit("/", maxsplit=1)[-1].removeprefix("phone:+86-")
    return rest[0] if rest[1:2] == "-" else "outside"


def test_each_gang_is_one_ring_and_nobody_else_is_in_it():
    rings = rings_of(province())
    assert len(rings) == 2
    for ring in rings:
        assert len({gang_of(entity) for entity in names(ring)}) == 1
    together = set.union(*map(names, rings))
    assert "account:CN/ABC/shop" not in together
    assert not [e for e in together if "victim" in e or "employer" in e or "/o" in e]


def test_owners_and_launderers_join_and_say_why():
    ring = next(r for r in rings_of(province()) if "person:id/a-p0" in names(r))
    because = {m.entity: m for m in ring.members}
    assert {"person:id/a-p1", "account:CN/ICBK/a-l0", "account:CN/ICBK/a-head"} <= because.keys()
    assert not {"phone:+86-a-1", "handle:wx/a-1", "device:t/a-0"} & because.keys(), "nothing speaks against their own phones"
    owner = because["person:id/a-p1"]
    assert "through ownership" in owner.because_en
    assert "名下持有" in owner.because_zh
    assert "1 finding of its own" in because["account:CN/ICBK/a-m1"].because_en
    assert all(m.because_en and m.because_zh and 0 < m.belongs <= 1 for m in ring.members)
    assert not [m for m in ring.members if m.entity in m.because_en]


def test_a_lone_suspect_makes_no_ring():
    index = build(province(gangs={"a": 1}))
    findings = mule_findings(index, ["account:CN/ICBK/a-m"])
    assert find_rings(index, rank(index, findings), findings) == ()
    assert find_rings(index, rank(index, []), []) == ()
    empty = world()
    assert find_rings(empty, rank(empty, []), []) == ()


def test_suspects_with_nothing_between_them_make_no_ring():
    rows = merged({"transfers": [pay(f"account:v{k}", f"account:CN/ICBK/a-m{k}", 5, at(4, k)) for k in range(4)]})
    assert rings_of(rows) == ()


def test_a_shop_a_family_and_a_bank_line_do_not_glue_two_gangs():
    rows = province()
    hub = [pay(f"account:CN/ICBK/{g}-m{k}", "account:CN/ABC/shop", 20_00, at(8, k)) for g in "ab" for k in range(4)]
    line = [
        {"occurred_at": at(8, k % 24), "source": f"phone:+86-{who}", "target": "phone:bank/95588", "medium": "call"}
        for k, who in enumerate([*(f"a-{k}" for k in range(6)), *(f"b-{k}" for k in range(9)), *(f"o{k}" for k in range(100))])
    ]
    family = [tie("person:id/a-p0", "person:id/b-p0", "family")]
    crowded = merged(
        {**rows, "transfers": rows["transfers"] + hub, "contacts": rows["contacts"] + line, "ties": rows["ties"] + family}
    )
    assert {frozenset(names(r)) for r in rings_of(crowded)} == {frozenset(names(r)) for r in rings_of(rows)}


def test_a_shared_launderer_does_not_glue_two_gangs():
    rows = province()
    extra = [pay(f"account:CN/ICBK/b-m{k}", "account:CN/ICBK/a-l0", 12_000_00, at(5, k, 50)) for k in range(9)]
    rings = rings_of(merged({**rows, "transfers": rows["transfers"] + extra}))
    assert len(rings) == 2
    for ring in rings:
        ((_, most),) = Counter(map(gang_of, names(ring))).most_common(1)
        assert most >= 0.9 * len(ring.members)


def test_the_same_input_gives_the_same_rings_twice():
    assert rings_of(province(5)) == rings_of(province(5))


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 100))
def test_names_and_the_order_of_rows_change_no_ring(seed):
    rows = province(seed, {"a": 5, "b": 7}, 40)
    plain = {frozenset(names(r)) for r in rings_of(rows)}
    assert {frozenset(names(r)) for r in rings_of({n: some[::-1] for n, some in rows.items()})} == plain
    index = build(renamed(rows, backwards))
    subjects = [backwards(f.subject) for f in mule_findings(build(rows), ["account:CN/ICBK/a-m", "account:CN/ICBK/b-m"])]
    payer, payee = (index.tables["transfers"].columns[c] for c in ("payer", "payee"))
    findings = [finding(index, s, np.flatnonzero((payer == index.code(s)) | (payee == index.code(s)))) for s in subjects]
    findings = with_company(index, findings)
    other = find_rings(index, rank(index, findings), findings)
    assert {frozenset(map(backwards, names(r))) for r in other} == plain


def test_a_ring_keeps_its_name_while_it_grows():
    before = rings_of(province(gangs={"a": 6, "b": 9}))
    grown = rings_of(province(gangs={"a": 9, "b": 9}), previous=before)
    ids = {next(iter(map(gang_of, names(r)))): r.ring_id for r in before}
    assert {next(iter(map(gang_of, names(r)))): r.ring_id for r in grown} == ids
    fresh = rings_of(province(gangs={"a": 9, "b": 9}))
    assert {r.ring_id for r in fresh} & set(ids.values()) == {ids["b"]}


def test_two_gangs_that_merge_keep_the_larger_ones_name_and_a_split_the_larger_parts():
    before = rings_of(province())
    large = max(before, key=lambda r: len(r.members))
    merged_ring = [sorted(set.union(*map(names, before)))]
    from cutline.rings.identity import name_rings

    assert name_rings(merged_ring, before, 0.3) == [large.ring_id]
    parts = sorted(names(large))
    split = name_rings([parts[:10], parts[10:]], before, 0.3)
    assert split[1] == large.ring_id
    assert split[0] not in {r.ring_id for r in before}


def test_roles_follow_what_members_do_and_stay_empty_where_unsure():
    ring = next(r for r in rings_of(province()) if "person:id/b-p0" in names(r))
    role = {m.entity: m.role for m in ring.members}
    assert role["account:CN/ICBK/b-m0"] == role["person:id/b-p0"] == "mule"
    assert role["account:CN/ICBK/b-l0"] == "launderer"
    assert role["account:CN/ICBK/b-head"] == "organiser"
    assert all(m.role in ROLES or (m.role == "" and m.role_confidence == 0) for m in ring.members)


def test_a_sim_box_joins_the_cards_in_it():
    cards = [f"subscriber:imsi/46000{k}" for k in range(30)]
    calls = [
        {
            "occurred_at": at(4, k % 24, k // 24),
            "source": f"phone:+86-box{k % 30}",
            "source_subscriber": cards[k % 30],
            "source_device": "device:imei/box",
            "target": f"phone:+86-far{k}",
            "medium": "call",
            "duration_s": 20,
        }
        for k in range(300)
    ]
    index = build(merged({"contacts": calls}))
    findings = with_company(index, [finding(index, f"phone:+86-box{k}", (), "contacts", typology="sim-box") for k in range(30)])
    (ring,) = find_rings(index, rank(index, findings), findings)
    assert {"device:imei/box", "phone:+86-box29"} <= names(ring)
    assert not names(ring) & set(cards), "a card stands under the number that it carries"
    assert not [e for e in names(ring) if "far" in e]
    role = {m.entity: m.role for m in ring.members}
    assert role["device:imei/box"] == "sim_box_keeper"
    assert role["phone:+86-box3"] == "sim_box_keeper", "whoever works the box works the numbers in it"


def test_the_span_of_a_ring_is_that_of_its_findings():
    ring = rings_of(province())[0]
    assert (ring.first_at, ring.last_at) == (at(1), at(6, 1)), "ties speak from the first delivered event on"
    assert 0 < ring.score <= 1


def test_no_protected_column_is_read():
    for table, columns in needed_columns().items():
        assert set(columns) <= set(TABLES[table].names)
        assert not [c for c in columns if TABLES[table][c].protected]
        assert not PROTECTED_ATTRIBUTES & set(columns)


def test_victims_who_reported_never_join():
    rows = province()
    report = [{"occurred_at": at(9), "kind": "loss", "reporter": "person:id/a-p0"}]
    ring = next(r for r in rings_of(merged({**rows, "reports": report})) if "person:id/a-p1" in names(r))
    assert "person:id/a-p0" not in names(ring)


@pytest.mark.parametrize("size", [2, 3, 12, 40])
def test_gangs_of_every_size_stay_whole(size):
    rings = rings_of(province(gangs={"a": size}), "a")
    assert len(rings) == 1
    assert len([e for e in names(rings[0]) if "-m" in e]) == size
