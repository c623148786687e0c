from __future__ import annotations

import csv
import io
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cutline.ingest.kinds import KINDS, best_kind, rank_kinds
from cutline.model.tables import RELATIONS, TABLES
from tests.ingest.delivered import read_csv
from tests.ingest.expected import EXPECTED
from tests.ingest.samples import SAMPLES

ALL = sorted(KINDS)


def rows_of(kind: str) -> tuple[list[str], list[list[str]]]:
    header, *rows = list(csv.reader(io.StringIO(SAMPLES[kind])))
    return header, rows


def write(header: list[str], rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue()


def plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%SZ")
        case Decimal():
            return int(value)
    return value


def test_every_kind_has_a_sample_and_what_it_becomes() -> None:
    assert set(KINDS) == set(SAMPLES) == set(EXPECTED)


@pytest.mark.parametrize("kind", ALL)
def test_the_sample_becomes_the_expected_lake_rows(kind: str, tmp_path: Path) -> None:
    result = read_csv(tmp_path, SAMPLES[kind])
    assert result.rejects.height == 0
    assert result.read == len(rows_of(kind)[1])
    assert set(result.tables) == set(EXPECTED[kind])
    for table, expected in EXPECTED[kind].items():
        found = [{name: plain(value) for name, value in row.items()} for row in result.tables[table].iter_rows(named=True)]
        assert len(found) == len(expected)
        assert [{name: row[name] for name in want} for row, want in zip(found, expected, strict=True)] == expected


@pytest.mark.parametrize("kind", ALL)
def test_the_sample_fills_every_column_of_the_kind(kind: str) -> None:
    header, rows = rows_of(kind)
    assert header == [field.name for field in KINDS[kind].fields]
    assert all(any(row[i] for row in rows) for i in range(len(header)))


@pytest.mark.parametrize("kind", ALL)
def test_a_kind_is_known_by_its_columns_in_any_order_and_case(kind: str) -> None:
    header, _ = rows_of(kind)
    assert best_kind(header) is KINDS[kind]
    assert best_kind([name.upper() for name in reversed(header)]) is KINDS[kind]
    assert best_kind([*header, "export_batch", "operator_note"]) is KINDS[kind]
    starred = [*KINDS[kind].required, *(KINDS[kind].either[0] if KINDS[kind].either else ())]
    if len(starred) >= KINDS[kind].least:
        assert best_kind(starred) is KINDS[kind]


@pytest.mark.parametrize(("kind", "star"), [(k, s) for k in ALL for s in KINDS[k].required])
def test_an_empty_starred_value_is_a_reject_of_that_row_alone(kind: str, star: str, tmp_path: Path) -> None:
    header, rows = rows_of(kind)
    emptied = [value if name != star else "  " for name, value in zip(header, rows[0], strict=True)]
    result = read_csv(tmp_path, write(header, [*rows, emptied]))
    assert result.rejects.select("row", "field", "found", "expected").rows() == [(len(rows) + 1, star, "", "a value")]
    assert result.keys.height == len(rows)


@pytest.mark.parametrize("kind", ALL)
def test_extra_columns_are_no_error_and_change_nothing(kind: str, tmp_path: Path) -> None:
    header, rows = rows_of(kind)
    usual = read_csv(tmp_path / "desk", write(header, rows))
    more = read_csv(tmp_path / "desk", write(["zz", *header], [["x, y", *row] for row in rows]))
    assert more.rejects.height == 0
    assert more.keys.equals(usual.keys)
    for name, frame in usual.tables.items():
        told = [column for column in frame.columns if column != "list_version"]  # the version of a list is that of its file
        assert more.tables[name].select(told).equals(frame.select(told))


@pytest.mark.parametrize("kind", ALL)
def test_optional_columns_may_be_absent(kind: str, tmp_path: Path) -> None:
    header, rows = rows_of(kind)
    kept = [i for i, name in enumerate(header) if name in KINDS[kind].required or any(name in e for e in KINDS[kind].either)]
    result = read_csv(tmp_path, write([header[i] for i in kept], [[row[i] for i in kept] for row in rows]), kind)
    if kind != "otc_orders":  # its first row's symbol is known by the address alone
        assert result.rejects.height == 0


@pytest.mark.parametrize("kind", ALL)
def test_the_keys_depend_on_what_is_said_not_on_how_it_is_spelled(kind: str, tmp_path: Path) -> None:
    header, rows = rows_of(kind)
    usual = read_csv(tmp_path, write(header, rows))
    turned = read_csv(tmp_path, write(header[::-1], [[f" {value} " for value in row[::-1]] for row in rows]))
    assert turned.keys.equals(usual.keys)
    if KINDS[kind].native and not KINDS[kind].grows:
        assert (usual.keys["key"] != usual.keys["content"]).all()


def test_kinds_use_only_tables_columns_and_relations_of_the_vocabulary() -> None:
    for kind in KINDS.values():
        for rows in kind.rows:
            assert set(rows.columns) <= set(TABLES[rows.table].names)
    for kind, lake in EXPECTED.items():
        for tie in lake.get("ties", []):
            assert tie["relation"] in RELATIONS, kind


def test_a_header_that_lacks_a_star_is_of_no_kind_and_the_nearest_is_named() -> None:
    header = [name for name in rows_of("cdr")[0] if name != "start"]
    assert best_kind(header) is None
    nearest = rank_kinds(header)[0]
    assert nearest.kind.name == "cdr"
    assert nearest.missing == ("start",)
    assert best_kind(["person"]) is KINDS["persons"], "★ person alone is a register of persons"
    assert best_kind([]) is None


def bad(kind: str, field: str, value: str, tmp_path: Path) -> pl.DataFrame:
    header, rows = rows_of(kind)
    row = [value if name == field else old for name, old in zip(header, rows[0], strict=True)]
    return read_csv(tmp_path, write(header, [*rows, row]), kind).rejects


BAD = [
    ("cdr", "a_number", "12"),
    ("cdr", "type", "fax"),
    ("cdr", "direction", "up"),
    ("cdr", "duration_s", "-4"),
    ("cdr", "duration_s", "99999999"),
    ("cdr", "duration_s", "abc"),
    ("cdr", "imsi", "46000"),
    ("cdr", "start", "9999-12-31T23:59:59Z"),
    ("cdr", "start", "0001-01-01T00:00:00Z"),
    ("cdr", "start", "2026-02-30T00:00:00Z"),
    ("cdr", "start", "yesterday"),
    ("sim_cards", "status", "gone"),
    ("sim_cards", "wallet_address", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6x"),
    ("device_pairings", "last_seen", "2020-01-01T00:00:00Z"),
    ("cells", "latitude", "91"),
    ("cells", "longitude", "nan"),
    ("cells", "country", "Atlantis"),
    ("bank_transfers", "amount", "-5"),
    ("bank_transfers", "amount", "1e9"),
    ("bank_transfers", "amount", "9" * 40),
    ("bank_transfers", "amount", "1.234"),
    ("bank_transfers", "currency", "XXQ"),
    ("bank_transfers", "channel", "pigeon"),
    ("bank_transfers", "remote_session", "2"),
    ("bank_transfers", "ip", "1.2.3.400"),
    ("bank_transfers", "payer_account", "6222 $$"),
    ("payment_receipts", "payer", "0xdAC17F958D2ee523a2206206994597C13D831eC8"),
    ("otc_orders", "asset", "MOON"),
    ("otc_orders", "price", "-1"),
    ("platform_logins", "ip_country", "Nowhere"),
    ("border_crossings", "direction", "sideways"),
    ("persons", "born_year", "3"),
    ("relations", "relation", "enemy"),
    ("relations", "to", "1999-01-01"),
    ("tags", "confidence", "1.5"),
    ("tags", "entity", "spaceship:1"),
    ("requests", "about", "nothing"),
    ("requests", "kind", "ask"),
]


@pytest.mark.parametrize(("kind", "field", "value"), BAD)
def test_a_bad_value_rejects_its_row_and_says_field_found_and_expected(
    kind: str, field: str, value: str, tmp_path: Path
) -> None:
    source = 1 if (kind, field) == ("relations", "to") else 0
    header, rows = rows_of(kind)
    row = [value if name == field else old for name, old in zip(header, rows[source], strict=True)]
    rejects = read_csv(tmp_path, write(header, [*rows, row]), kind).rejects
    assert rejects.height == 1
    told = rejects.row(0, named=True)
    assert (told["row"], told["field"]) == (len(rows) + 1, field)
    assert value in told["found"]
    assert told["expected"]
    assert f'"{field}": "{value}"' in told["original"]


@pytest.mark.parametrize("country", ["MM", "mmr", "Myanmar", "BURMA", "缅甸"])
def test_a_country_is_known_by_its_codes_and_its_names(country: str, tmp_path: Path) -> None:
    crossing = read_csv(tmp_path, f"person,time,port,direction,country\nn1,2026-03-01T10:00:00Z,Ruili,out,{country}\n")
    assert crossing.tables["movements"]["to_place"].to_list() == ["place:MM"]


def test_a_price_without_its_currency_is_left_out_and_told(tmp_path: Path) -> None:
    header = "listing_id,platform,time,seller,kind,title,item,price,currency"
    said = "chat,2026-03-01T10:00:00Z,u1,nft,thing,tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t/7"
    result = read_csv(tmp_path, f"{header}\nL1,{said},5,\nL2,{said},5,CNY\nL3,{said},,\nL4,{said},5,XXQ\nL5,{said},5,USDT\n")
    assert result.partial.select("row", "field", "found").rows() == [(1, "price", "5"), (4, "currency", "XXQ")]
    assert result.partial["expected"][0] == "a currency beside the amount; the rest of the row is kept"
    assert result.rejects.height == 0
    assert [None if p is None else int(p) for p in result.tables["posts"]["price"]] == [None, 500, None, None, 5_000_000]


def test_whoever_pays_a_ticket_by_iban_is_an_account(tmp_path: Path) -> None:
    header = "ticket_id,person,bought_at,departs_at,origin,destination,payer"
    said = "n1,2026-03-01T10:00:00Z,2026-03-02T10:00:00Z,CN/Kunming,MM/Yangon"
    payers = ["CH9300762011623852957", "CH9300762011623852958", "be12345678901234", "ICBK/6222", "n2"]
    result = read_csv(tmp_path, "\n".join([header, *(f"T{k},{said},{payer}" for k, payer in enumerate(payers)), ""]))
    assert result.tables["movements"]["payer"].to_list() == [
        "account:IBAN/CH9300762011623852957",
        "person:desk/CH9300762011623852958",
        "person:desk/be12345678901234",
        "account:CN/ICBK/6222",
        "person:desk/n2",
    ]


def test_the_first_bad_field_of_a_row_is_told(tmp_path: Path) -> None:
    rejects = bad("cdr", "duration_s", "-1", tmp_path).row(0, named=True)
    assert rejects["field"] == "duration_s"
    header, rows = rows_of("cdr")
    row = ["r9", "fax", "1", "", "x", "y", *[""] * 8]
    told = read_csv(tmp_path, write(header, [row, *rows])).rejects
    assert told.select("row", "field").rows() == [(1, "type")]


def test_national_tokens_and_zone_of_the_delivery(tmp_path: Path) -> None:
    national = "source: police\nperson_tokens: national\nzone: Europe/Berlin\nreceived_at: 2026-04-01T08:00:00+08:00\n"
    text = "person,time,port,direction,country\nn1,2026-03-01T10:00:00,Ruili,out,MM\n"
    result = read_csv(tmp_path, text, delivery=national)
    assert result.tables["movements"]["person"].to_list() == ["person:id/n1"]
    assert result.tables["movements"]["occurred_at"].dt.hour().to_list() == [9]
    assert result.zone_assumed == 0
    assumed = read_csv(tmp_path, text)
    assert assumed.tables["movements"]["occurred_at"].dt.hour().to_list() == [2]
    assert assumed.zone_assumed == 1


def test_an_agent_is_a_person_where_the_file_has_the_token_as_a_persons(tmp_path: Path) -> None:
    header = "msisdn,iccid,holder,holder_kind,activated_at,agent,status\n"
    card = "1380013800{n},8986001234567890123{n},{holder},{kind},2025-01-01,{agent},active\n"
    cards = [
        ("p1", "person", "o1"),
        ("p2", "", "p1"),
        ("o1", "organisation", "p2"),
        ("p3", "Person", "shop"),
        ("p4", "", "person:x"),
    ]
    text = header + "".join(card.format(n=n, holder=h, kind=k, agent=a) for n, (h, k, a) in enumerate(cards))
    ties = read_csv(tmp_path, text).tables["ties"].filter(pl.col("relation") == "activated_by")
    assert ties["b"].to_list() == [
        "organisation:desk/o1",
        "person:desk/p1",
        "person:desk/p2",
        "organisation:desk/shop",
        "person:desk/x",
    ]


def test_a_port_or_region_that_names_its_country_is_taken_at_its_word(tmp_path: Path) -> None:
    header = "person,time,port,direction,country"
    crossings = read_csv(tmp_path / "a", f"{header}\nh1,2026-03-01,cn/Ruili,out,MM\nh1,2026-03-02,Bus/Lot 7,out,MM\n")
    assert crossings.tables["movements"]["from_place"].to_list() == ["place:CN/Ruili", "place:CN/Bus/Lot 7"]
    cells = read_csv(tmp_path / "b", "cell,region,latitude,country\nc1,MM/Myawaddy,,\n")
    assert cells.tables["ties"]["b"].to_list() == ["place:MM/Myawaddy"]
