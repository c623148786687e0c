"""The truth agrees with what was delivered."""

from collections import defaultdict
from decimal import Decimal

from cutline.model.identifiers.kinds import clean_entity
from cutline.model.identifiers.spelling import Context
from tests.simulate.conftest import Province

ROLES = {
    "organiser", "recruiter", "card_farmer", "card_dealer", "sim_box_keeper", "caller", "technician", "promoter", "mule",
    "launderer", "otc_merchant", "smuggler", "supplier",
}  # fmt: skip


def spelled(entity: str) -> list[str]:
    kind, _, rest = entity.partition(":")
    last = rest.rsplit("/", 1)[-1]
    if kind == "phone":
        national = rest[3:]
        return [national, f"{national[:3]} {national[3:7]} {national[7:]}"]
    return [rest] if kind == "website" else [last]


def test_every_active_entity_is_mentioned(province: Province) -> None:
    text = "\n".join(province.texts.values())
    active = [row["entity"] for row in province.truth("subjects.csv") if row["active"] == "1"]
    missing = [entity for entity in active if not any(form in text for form in spelled(entity))]
    assert active
    assert not missing


def test_entities_are_spelled_canonically(province: Province) -> None:
    context = Context("judge")
    for name, column in (
        ("subjects.csv", "entity"),
        ("look_alikes.csv", "entity"),
        ("stolen.csv", "ended_at"),
        ("stolen.csv", "victim"),
    ):
        for row in province.truth(name):
            assert clean_entity(row[column], context) == row[column]


def test_subjects_are_well_formed(province: Province) -> None:
    rows = province.truth("subjects.csv")
    rings = {row["ring"] for row in province.truth("rings.csv")}
    assert len({(row["entity"], row["ring"]) for row in rows}) == len(rows)
    assert {row["role"] for row in rows} <= ROLES
    assert {row["ring"] for row in rows} <= rings
    assert all((row["coerced"] in ("0", "1")) == (row["kind"] == "person") for row in rows)
    assert {row["kind"] for row in rows} >= {"person", "phone", "account", "device", "handle", "address"}
    assert {row["active"] for row in rows} == {"0", "1"}


def test_some_are_coerced_and_their_families_report(province: Province) -> None:
    coerced = {row["entity"] for row in province.truth("subjects.csv") if row["coerced"] == "1"}
    missing = {
        f"person:id/{r['person']}" for r in province.json_lines("police-province/reports.jsonl") if r["kind"] == "missing"
    }
    assert coerced
    assert missing <= coerced
    assert missing


def test_endings_sum_to_what_was_stolen(province: Province) -> None:
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    stolen: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in province.truth("stolen.csv"):
        key = (row["report_id"], row["victim"], row["payment"])
        sums[key] += Decimal(row["ended_value"])
        stolen[key].add(row["stolen_amount"])
        assert row["ended_how"] in ("cash", "exchange", "residual", "frozen")
        assert row["currency"] == "CNY" or row["currency"].startswith("ethereum/")
    assert sums
    assert all({Decimal(said) for said in stolen[key]} == {total} for key, total in sums.items())


def test_payments_and_reports_can_be_found(province: Province) -> None:
    transfers = {row["transfer_id"] for row in province.rows("transfers")}
    reports = {r["report_id"]: r for r in province.json_lines("police-province/reports.jsonl")}
    rows = province.truth("stolen.csv")
    assert all(row["payment"] in transfers for row in rows)
    assert {row["report_id"] for row in rows if row["report_id"]} <= set(reports)
    assert any(not row["report_id"] for row in rows)
    told = {p.get("reference") for r in reports.values() for p in r["payments"]}
    assert told & {row["payment"] for row in rows}
