from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.model.evidence import Finding, Score
from cutline.model.tables import PROTECTED_ATTRIBUTES, TABLES
from cutline.risk import LINKS, RiskConfig, gather_contacts, gather_links, needed_columns, rank
from tests.risk.gangs import Rows, build, finding, merged, mule_findings, pay, province, tie
from tests.worlds import at, world

MULE, OTHER, OWNER = "account:CN/A/mule", "account:CN/A/other", "person:id/owner"


def small(**more: Any) -> Rows:
    rows = {
        "transfers": [pay(f"account:CN/B/{k}", MULE, 100_00, at(4, k)) for k in range(4)]
        + [pay(MULE, OTHER, 390_00, at(4, 9))],
        "ties": [tie(OWNER, MULE, "owns")],
    }
    for name, extra in more.items():
        rows[name] = [*rows.get(name, []), *extra]
    return merged(rows)


def score_of(index: Any, findings: list[Finding], entity: str = MULE, config: RiskConfig | None = None) -> Score:
    return rank(index, findings, config).of(index.code(entity))


def test_every_entity_has_a_score_and_nothing_known_is_zero():
    index = build(small())
    ranking = rank(index, [])
    assert ranking.score.tolist() == [0.0] * len(index)
    assert ranking.of(index.code(MULE)).contributing == ()
    assert not ranking.of(0).calibrated


def test_an_empty_world_has_an_empty_rank():
    assert len(rank(world(), []).score) == 0


def test_a_finding_raises_its_subject_and_says_why():
    index = build(small())
    found = finding(index, MULE, [0, 1, 4])
    score = score_of(index, [found])
    assert score.score == pytest.approx(0.72)
    assert score.contributing[0].finding_id == found.finding_id
    assert score.contributing[0].weight == pytest.approx(0.72)


def test_findings_on_the_same_rows_count_once_the_strongest():
    index = build(small())
    strong, weak = finding(index, MULE, [0, 1, 2]), finding(index, MULE, [0, 1], typology="structuring", strength=0.6)
    elsewhere = finding(index, MULE, [3], typology="run-points", strength=0.6)
    alone = score_of(index, [strong]).score
    assert score_of(index, [weak, strong]).score == pytest.approx(alone)
    assert score_of(index, [strong, elsewhere]).score > alone + 0.1
    half = finding(index, MULE, [2, 3], typology="structuring", strength=0.6)
    assert alone < score_of(index, [strong, half]).score < score_of(index, [strong, elsewhere]).score


def test_a_repeated_episode_counts_less_than_another_kind_of_finding():
    index = build(small())
    first = finding(index, MULE, [0])
    again = finding(index, MULE, [1], first_at=at(9), last_at=at(9))
    other = finding(index, MULE, [1], typology="run-points")
    assert score_of(index, [first]).score < score_of(index, [first, again]).score < score_of(index, [first, other]).score


def test_neighbours_raise_but_never_create():
    index = build(small())
    ranking = rank(index, [finding(index, MULE, [0, 1])])
    owner, payee = index.code(OWNER), index.code(OTHER)
    assert 0 < ranking.score[payee] < ranking.score[owner] < ranking.score[index.code(MULE)]
    assert ranking.own[owner] == ranking.own[payee] == 0
    assert "ownership" in ranking.of(owner).contributing[0].text_en
    assert ranking.score[index.code("account:CN/B/0")] == 0, "who pays a suspect is a victim before anything else"


def test_guilt_does_not_come_back_as_an_echo():
    index = build(small())
    lone = rank(build(merged({"transfers": small()["transfers"]})), [finding(index, MULE, [0])])
    tied = rank(index, [finding(index, MULE, [0])])
    assert tied.neighbours[index.code(MULE)] == 0
    assert tied.score[index.code(MULE)] == lone.score[lone.index.code(MULE)]


def test_neighbours_findings_on_the_same_rows_are_not_told_twice():
    index = build(small())
    both = index.tables["transfers"].columns["payee"] == index.code(OTHER)
    row = np.flatnonzero(both)
    same = rank(index, [finding(index, MULE, row), finding(index, OTHER, row, typology="run-points")])
    apart = rank(index, [finding(index, MULE, [0]), finding(index, OTHER, row, typology="run-points")])
    assert same.neighbours[index.code(OTHER)] == 0
    assert apart.neighbours[index.code(OTHER)] > 0


@pytest.mark.parametrize("customers", [5, 500])
def test_a_hub_passes_little_on(customers):
    shared = "device:t/shared"
    sessions = [{"occurred_at": at(2), "handle": f"handle:wx/{k}", "device": shared} for k in range(customers)]
    index = build(merged({"sessions": sessions}))
    ranking = rank(index, [finding(index, "handle:wx/1", (), "sessions", typology="account-farm")])
    other = ranking.score[index.code("handle:wx/3")]
    assert (other > 0.03) if customers == 5 else (other < 0.001)


def test_a_shop_where_mules_buy_stays_clear():
    index = build(province())
    ranking = rank(index, mule_findings(index, ["account:CN/ICBK/a-m", "account:CN/ICBK/b-m"]))
    assert ranking.score[index.code("account:CN/ABC/shop")] < 0.05
    assert ranking.score[index.code("account:CN/ABC/employer")] == 0
    assert ranking.score[index.code("account:CN/ICBK/b-l0")] > 0.15


def test_lists_lower_and_never_erase():
    tag = {"occurred_at": at(0), "entity": MULE, "tag": "payroll", "list": "own"}
    plain, tagged = build(small()), build(small(tags=[tag]))
    before, after = (score_of(i, [finding(i, MULE, [0])]) for i in (plain, tagged))
    assert 0.25 * before.score <= after.score < before.score
    assert "payroll" in after.contrary[0].text_en
    assert after.contrary[0].weight < 0
    many = [{**tag, "tag": name} for name in ("payroll", "merchant", "courier", "campus", "official_channel", "landlord")]
    crowded = build(small(tags=many))
    assert score_of(crowded, [finding(crowded, MULE, [0])]).score == pytest.approx(0.25 * before.score)


def test_a_doubtful_list_counts_less():
    sure = {"occurred_at": at(0), "entity": MULE, "tag": "merchant", "list": "own"}
    one, other = build(small(tags=[sure])), build(small(tags=[{**sure, "confidence": 0.2}]))
    assert score_of(one, [finding(one, MULE, [0])]).score < score_of(other, [finding(other, MULE, [0])]).score


def test_a_list_entry_that_has_ended_explains_nothing():
    ended = {"occurred_at": at(0), "entity": MULE, "tag": "merchant", "list": "own", "valid_from": at(-9), "valid_to": at(-2)}
    plain, tagged = build(small()), build(small(tags=[ended]))
    assert score_of(plain, [finding(plain, MULE, [0])]) == score_of(tagged, [finding(tagged, MULE, [0])])
    still = build(small(tags=[{**ended, "valid_to": at(3, 1)}]))
    assert score_of(still, [finding(still, MULE, [0])]).contrary


def test_an_earlier_or_later_holder_has_no_part_in_what_a_number_does_now():
    holders = [
        {**tie("person:id/before", MULE, "owns"), "valid_from": at(-50), "valid_to": at(1)},
        {**tie("person:id/now", MULE, "owns"), "valid_from": at(1)},
        {**tie("person:id/after", MULE, "owns"), "valid_from": at(8)},
    ]
    index = build(small(ties=holders))
    ranking = rank(index, [finding(index, MULE, [0])])
    scores = {who: ranking.score[index.code(f"person:id/{who}")] for who in ("before", "now", "after")}
    assert scores["before"] == scores["after"] == 0 < scores["now"]


def test_a_long_ordinary_history_lowers_a_little():
    history = [pay("account:CN/B/9", MULE, 10_00, at(-k)) for k in range(1, 50)]
    fresh, old = build(small()), build(small(transfers=history))
    before, after = (score_of(i, [finding(i, MULE, [], typology="x")]) for i in (fresh, old))
    assert 0.8 * before.score < after.score < before.score
    assert "ordinary active days" in after.contrary[0].text_en


def test_fraud_lists_and_several_reports_raise_but_are_no_finding():
    named = [tie(f"person:id/v{k}", OTHER, "mentions") for k in range(3)]
    told = [{"occurred_at": at(6), "kind": "loss", "reporter": f"person:id/v{k}"} for k in range(3)]
    tag = {"occurred_at": at(0), "entity": MULE, "tag": "fraud", "list": "own"}
    index = build(small(tags=[tag], ties=named, reports=told))
    ranking = rank(index, [])
    assert ranking.score[index.code(MULE)] > 0.5
    assert ranking.score[index.code(OTHER)] > 0.3
    assert not ranking.own.any()
    one = build(small(ties=named[:1], reports=told[:1]))
    assert rank(one, []).score[one.code(OTHER)] <= 0.2, "one report never brands"


def test_what_people_who_reported_say_counts_once_where_a_finding_rests_on_it():
    named = [tie(f"person:id/v{k}", OTHER, "mentions") for k in range(3)]
    told = [{"occurred_at": at(6), "kind": "loss", "reporter": f"person:id/v{k}"} for k in range(3)]
    index = build(small(ties=named, reports=told))
    rows = np.flatnonzero(index.tables["ties"].columns["b"] == index.code(OTHER))
    same = score_of(index, [finding(index, OTHER, rows[:2], "ties", typology="named-by-victims")], OTHER)
    apart = score_of(index, [finding(index, OTHER, [4])], OTHER)
    assert [r.finding_id != "" for r in same.contributing] == [True]
    assert same.score == pytest.approx(0.72)
    assert any("named by people" in r.text_en for r in apart.contributing), "a finding on other rows leaves their word standing"
    assert apart.score > same.score


def test_who_reported_a_loss_is_hardly_raised_by_neighbours():
    report = {"occurred_at": at(6), "kind": "loss", "reporter": OWNER}
    plain, told = build(small()), build(small(reports=[report]))
    before, after = (score_of(i, [finding(i, MULE, [0])], OWNER) for i in (plain, told))
    assert after.score < 0.4 * before.score
    assert "reported a loss" in after.contrary[0].text_en


def test_a_warning_accuses_nobody():
    index = build(small())
    ranking = rank(index, [finding(index, "account:CN/B/0", [0], typology="victim-drain", warning=True)])
    assert ranking.warning[index.code("account:CN/B/0")] == pytest.approx(0.72)
    assert not ranking.score.any()
    assert not ranking.own.any()


def test_no_protected_column_is_read():
    for table, columns in needed_columns().items():
        assert not [c for c in columns if TABLES[table][c].protected]
        assert not PROTECTED_ATTRIBUTES & set(columns)


def test_protected_facts_change_nothing():
    facts = [{"occurred_at": at(0), "entity": OWNER, "attribute": name, "value": "x"} for name in sorted(PROTECTED_ATTRIBUTES)]
    bare, told = build(small()), build(small(facts=facts))
    one, other = (rank(i, [finding(i, MULE, [0])]).score for i in (bare, told))
    assert one.tolist() == other.tolist()


def renamed(rows: Rows, rename: Callable[[str], str]) -> Rows:
    def fresh(column: str, value: Any) -> Any:
        return rename(value) if isinstance(value, str) and ":" in value and column != "event_id" else value

    return {name: [{c: fresh(c, v) for c, v in row.items()} for row in some] for name, some in rows.items()}


def backwards(entity: str) -> str:
    kind, rest = entity.split(":", 1)
    return f"{kind}:{rest[::-1]}"


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000))
def test_names_and_the_order_of_rows_change_nothing(seed):
    rows = province(seed, {"a": 4, "b": 5}, 40)
    index = build(rows)
    ranking = rank(index, mule_findings(index, ["account:CN/ICBK/a-m", "account:CN/ICBK/b-m"]))
    shuffled = build({name: some[::-1] for name, some in rows.items()})
    again = rank(shuffled, mule_findings(shuffled, ["account:CN/ICBK/a-m", "account:CN/ICBK/b-m"])[::-1])
    assert again.score.tolist() == ranking.score.tolist()
    other = build(renamed(rows, backwards))
    findings = [
        finding(other, backwards(f.subject), _rows_of(other, backwards(f.subject)))
        for f in mule_findings(index, ["account:CN/ICBK/a-m", "account:CN/ICBK/b-m"])
    ]
    spelled = rank(other, findings)
    here = np.array([spelled.score[other.code(backwards(index.entity(k)))] for k in range(len(index))])
    np.testing.assert_allclose(here, ranking.score, atol=1e-11)


def _rows_of(index: Any, entity: str) -> Any:
    transfers = index.tables["transfers"].columns
    return np.flatnonzero((transfers["payer"] == index.code(entity)) | (transfers["payee"] == index.code(entity)))


def test_links_count_each_pair_once_and_share_income_within_an_asset():
    rows = [
        pay("account:1", "account:3", 10, at(1)),
        pay("account:1", "account:3", 20, at(2)),
        pay("account:2", "account:3", 70, at(3)),
    ]
    coins = [{**pay("account:2", "account:3", 10**12, at(4)), "asset": "tron/native", "rail": "chain"}]
    index = build(merged({"transfers": rows + coins}))
    links = gather_links(index).of("payment")
    assert [(index.entity(a), index.entity(b), n) for a, b, n in zip(links.a, links.b, links.rows, strict=True)] == [
        ("account:1", "account:3", 2),
        ("account:2", "account:3", 2),
    ]
    assert links.share.tolist() == pytest.approx([0.75 * 0.3, 0.75 * 0.7 + 0.25])
    assert links.degree_b.tolist() == [2, 2]


def test_contacts_are_gathered_near_some_entities_only():
    calls = [
        {"occurred_at": at(1, k), "source": f"phone:{k % 4}", "target": f"phone:{9 - k % 3}", "medium": "call"}
        for k in range(24)
    ]
    index = build(merged({"contacts": calls}))
    assert len(gather_links(index)) == 0
    near = np.zeros(len(index), np.bool_)
    near[index.code("phone:2")] = True
    links = gather_contacts(index, near)
    assert {index.entity(a) for a in links.a} == {"phone:2"}
    assert (links.rows.sum(), links.degree_a.tolist()) == (6, [3, 3, 3])


def test_every_link_names_columns_that_exist():
    for link in LINKS:
        assert {link.a, link.b} <= set(TABLES[link.table].names)
        assert link.label.zh
        if link.table == "ties":
            assert link.relation in TABLES["ties"]["relation"].values
