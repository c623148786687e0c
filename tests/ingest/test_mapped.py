from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from cutline.errors import SourceError
from cutline.ingest.blocks import read_head
from cutline.ingest.mapped import read_mapping
from tests.ingest.delivered import Result, deliver, discover, read_all

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "mappings"
DATA = Path(os.environ.get("CUTLINE_REFERENCE_DATA", ROOT.parent / "shared" / "data"))

MINIMAL = """\
table: transfers
columns:
  occurred_at: when
  payer: {column: from, entity: party}
  payee: {column: to, entity: party}
  amount: value
  asset: {constant: CNY}
  rail: {constant: bank}
"""


def read(folder: Path, mapping: str, content: str | bytes, name: str = "file.csv") -> Result:
    file = deliver(folder, name, content)
    page = folder.parent / "mapping.yaml"
    page.write_text(mapping, encoding="utf-8")
    return read_all(read_mapping(page), file)


def test_other_names_units_zones_constants_and_words(tmp_path: Path) -> None:
    mapping = """\
table: transfers
zone: UTC
delimiter: ";"
where: [{column: state, not: [void, ""]}]
columns:
  event_id: {template: "{file}/{nr}"}
  occurred_at: {column: when, unit: ms}
  payer: {template: "ICBK/{from}", entity: account}
  payee: {column: to, entity: address}
  amount: {column: value}
  asset: {constant: CNY}
  rail: {constant: bank}
  channel: {column: how, values: {M: mobile, W: web}}
  remote_session: remote
"""
    text = (
        "nr;when;from;to;value;how;remote;state\n"
        "1;1772323200000;6222;0xdac17f958d2ee523a2206206994597c13d831ec7;1.5;M;yes;ok\n"
        "2;1772323200000.5;6222;0xdac17f958d2ee523a2206206994597c13d831ec7;1.5;W;;ok\n"
        "3;1e99;6222;0xdac17f958d2ee523a2206206994597c13d831ec7;1.5;W;;ok\n"
        "4;1772323200000;6222;0xdac17f958d2ee523a2206206994597c13d831ec7;1.5;X;;ok\n"
        "5;never;;;;;;void\n"
        "6;never;;;;;;\n"
    )
    result = read(tmp_path / "desk", mapping, text)
    assert result.keys["row"].sort().to_list() == [1, 2, 5, 6]
    assert result.rejects.select("row", "field", "found").rows() == [(3, "occurred_at", "1e99"), (4, "channel", "X")]
    rows = result.tables["transfers"]
    assert rows["event_id"].to_list() == ["file.csv/1", "file.csv/2"]
    assert rows["payer"][0] == "account:CN/ICBK/6222"
    assert rows["occurred_at"].dt.strftime("%FT%T%.6f").to_list() == [
        "2026-03-01T00:00:00.000000",
        "2026-03-01T00:00:00.000500",
    ]
    assert rows["channel"].to_list() == ["mobile", "web"]
    assert rows["remote_session"].to_list() == [True, None]


def test_a_native_kind_under_other_names(tmp_path: Path) -> None:
    mapping = """\
kind: sim_cards
columns:
  msisdn: number
  iccid: card
  holder: who
  activated_at: {column: day, unit: days, epoch: 2026-01-01}
  status: {column: st, values: {A: active, C: closed}}
"""
    text = "number,card,who,day,st\n13800138000,89860012345678901234,h1,2,A\n13800138001,89860012345678901235,h1,2,Z\n"
    result = read(tmp_path / "desk", mapping, text)
    assert result.rejects.select("row", "field").rows() == [(2, "status")]
    owns = result.tables["ties"].filter(pl.col("relation") == "owns")
    assert owns.select("a", "b").rows() == [("person:desk/h1", "phone:+8613800138000")]
    assert owns["valid_from"].dt.strftime("%F").to_list() == ["2026-01-03"]


def test_json_lines_paths_decoding_and_exact_numbers(tmp_path: Path) -> None:
    mapping = """\
table: transfers
reads: jsonl
chain: tron
lookup: {file: blocks.csv, by: block, key: number, take: [seconds]}
columns:
  event_id: {column: tx.id, decode: base64_0x}
  occurred_at: {column: seconds, unit: s}
  payer: {column: "tx.who.0", decode: base64, entity: address}
  payee: {column: "tx.who.1", decode: hex_address, entity: address}
  amount: {column: value, unit: minor}
  payer_balance_after: {column: left, decode: hex_number, unit: minor}
  payee_balance_after: {column: got, decode: exponent, unit: minor}
  asset: {constant: tron/native}
  rail: {constant: chain}
"""
    address = "a614f803b6fd780986a42c78ec9c7f77e6ded13c"
    b64 = "phT4A7b9eAmGpCx47Jx/d+be0Tw="
    good = (
        f'{{"block": 7, "tx": {{"id": "AQID", "who": ["{b64}", "0x{"0" * 24}{address}"]}}, '
        '"value": 12345678901234567890123456789, "left": "0xff", "got": "199e17"}'
    )
    lines = [good, '{"block": 8}', "[1]", "nonsense", '{"block": 7, "tx": "\\ud800", "value": 1.5}']
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "blocks.csv").write_text("number,seconds\n7,1772323200\n7,1\n,2\n")
    result = read(tmp_path / "desk", mapping, "\n".join(lines) + "\n", "file.jsonl")
    row = result.tables["transfers"].row(0, named=True)
    assert row["event_id"] == "0x010203"
    assert row["payer"] == row["payee"] == "address:tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
    assert int(row["amount"]) == 12345678901234567890123456789
    assert (int(row["payer_balance_after"]), int(row["payee_balance_after"])) == (255, 199 * 10**17)
    assert result.rejects["row"].to_list() == [2, 3, 4, 5]
    assert result.rejects["original"][0] == '{"block": 8}'


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("table: transfers", "table: moves", "table: moves"),
        ("table: transfers", "kind: nothing", "kind: nothing"),
        ("table: transfers", "x: 1", "x"),
        ("table: transfers", "table: transfers\nkind: cdr", "both or neither"),
        ("  amount: value\n", "", "no column for amount"),
        ("amount: value", "amount: {column: value, unit: pounds}", "unit: pounds"),
        ("amount: value", "amount: {colum: value}", "colum"),
        ("amount: value", "amount: {column: value, constant: '5'}", "none or several"),
        ("amount: value", "amount: 5", "5"),
        ("  asset: {constant: CNY}\n", "", "no column for asset"),
        ("entity: party}\n  payee", "}\n  payee", "no `entity:`"),
        ("entity: party}\n  payee", "entity: ghost}\n  payee", "entity: ghost"),
        ("columns:", "zone: Mars\ncolumns:", "zone: Mars"),
        ("columns:", "reads: xml\ncolumns:", "reads: xml"),
        ("columns:", "delimiter: abc\ncolumns:", "delimiter"),
        ("columns:", "where: [{column: a}]\ncolumns:", "where"),
        ("columns:", "lookup: {file: ../secret, by: a, take: [b]}\ncolumns:", "the name of a file"),
        ("columns:", "lookup: {file: x}\ncolumns:", "lookup"),
        ("occurred_at: when", "occurred_at: {column: when, epoch: soon}", "epoch"),
        ("occurred_at: when", "occurred_at: {column: when, decode: rot13}", "decode: rot13"),
        ("columns:", "- x:", "cannot be read"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_told(old: str, new: str, words: str, tmp_path: Path) -> None:
    page = tmp_path / "mapping.yaml"
    page.write_text(MINIMAL.replace(old, new), encoding="utf-8")
    with pytest.raises(SourceError, match=words) as error:
        read_mapping(page)
    assert "mapping.yaml" in str(error.value)


def test_a_file_without_the_columns_that_the_mapping_names_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"when, which mapping.yaml names"):
        read(tmp_path / "desk", MINIMAL, "from,to,value\n1,2,3\n")
    with pytest.raises(SourceError, match=r"no such file|cannot be read"):
        read(tmp_path / "desk", "lookup: {file: no.csv, by: a, take: [b]}\n" + MINIMAL, "a,when,from,to,value\n1,2,3,4,5\n")


def test_the_row_number_tells_equal_rows_apart(tmp_path: Path) -> None:
    rows = "when,from,to,value\n" + "2026-03-01T00:00:00Z,ICBK/1,ICBK/2,5\n" * 3
    assert read(tmp_path / "desk", MINIMAL, rows).keys["key"].n_unique() == 1
    numbered = MINIMAL.replace("columns:", 'columns:\n  event_id: {template: "{row}"}')
    assert read(tmp_path / "desk", numbered, rows).keys["key"].n_unique() == 3


EXAMPLE_FILES = [
    ("amlsim", "amlsim/20K_cycle200/transactions.csv", 117_805, 0, 117_805),
    ("amlsim", "amlsim/20K_fanin200/transactions.csv", 118_250, 0, 118_250),
    ("graphsense-eth-transactions", "chain/eth/balance/transactions.csv", 3, 0, 3),
    ("graphsense-eth-transactions", "chain/eth/complex_graph/transactions.csv", 10, 0, 10),
    ("graphsense-eth-transactions", "chain/eth/simple_graph/transactions.csv", 10, 0, 10),
    ("graphsense-eth-transactions", "chain/eth/tokens/transactions.csv", 332, 0, 332),
    ("graphsense-eth-transactions-snake-case", "chain/eth/cassandra/transactions.csv", 10, 0, 10),
    ("graphsense-eth-traces", "chain/eth/complex_graph/traces.csv", 100, 0, 10),
    ("graphsense-eth-traces", "chain/eth/simple_graph/traces.csv", 100, 0, 10),
    ("graphsense-eth-traces", "chain/eth/tokens/traces.csv", 5_547, 0, 5_280),
    ("graphsense-eth-token-transfers", "chain/eth/balance/logs.json", 9, 9, 0),
    ("graphsense-eth-token-transfers", "chain/eth/tokens/logs.json", 2_228, 0, 715),
    ("graphsense-trx-transactions", "chain/trx/0to10000/transactions.json", 2_172, 0, 1_958),
    ("graphsense-trx-traces", "chain/trx/56804500to56805500/traces.json", 4_957, 22, 3_868),
]


@pytest.mark.data
@pytest.mark.parametrize(("mapping", "path", "read_rows", "rejected", "lake_rows"), EXAMPLE_FILES)
def test_the_examples_read_the_real_files(mapping: str, path: str, read_rows: int, rejected: int, lake_rows: int) -> None:
    if not (DATA / path).exists():
        pytest.skip(f"{DATA / path} is absent: the reference data lie beside the checkout or where CUTLINE_REFERENCE_DATA says")
    reader = read_mapping(EXAMPLES / f"{mapping}.yaml")
    file = discover([DATA / path])[0]
    assert reader.recognises(read_head(file.path))
    result = read_all(reader, file)
    assert (result.read, result.rejects.height, result.keys.height) == (read_rows, rejected, read_rows - rejected)
    assert sum(frame.height for frame in result.tables.values()) == lake_rows
    if path.endswith("tokens/logs.json"):
        usdt = result.tables["transfers"].filter(pl.col("asset") == "ethereum/0xdAC17F958D2ee523a2206206994597C13D831ec7")
        assert usdt.height == 143
        assert usdt["amount"].min() > 0


def test_every_example_is_a_sound_mapping() -> None:
    pages = sorted(EXAMPLES.glob("*.yaml"))
    assert {page.stem for page in pages} == {mapping for mapping, *_ in EXAMPLE_FILES}
    for page in pages:
        read_mapping(page)
