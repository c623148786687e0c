"""From a list of tokens to words and values of money: by the list's decimals, and in raw units where nobody tells them."""

import json
from pathlib import Path

import pytest

from cutline.graph.valuation import value_of
from cutline.model.assets import decimals_of, decimals_told_by, take_decimals
from cutline.model.money import format_minor
from cutline.pipeline.analysis import read_index
from cutline.pipeline.intake import take_in
from cutline.pipeline.reading import IntakeOptions
from cutline.pipeline.token_lists import told_decimals
from cutline.pipeline.trail import needed_columns, read_prices
from cutline.settings import Settings
from cutline.store.lake import Lake
from cutline.workspace.case import Workspace

GOLD, RAW = ("ethereum/0x" + pair * 20 for pair in ("11", "22"))
A, B = ("0x" + pair * 20 for pair in ("aa", "bb"))
TRANSFERS = "token_address,from_address,to_address,value,transaction_hash,log_index,block_number,block_timestamp\n" + "".join(
    f"{asset.partition('/')[2]},{A},{B},1234500000,0x{k:064x},{k},{k},1700000000\n" for k, asset in enumerate((GOLD, RAW))
)
PRICES = f"asset,time,currency,price\n{GOLD},2023-01-01T00:00:00Z,CNY,70\n{RAW},2023-01-01T00:00:00Z,CNY,70\n"


@pytest.fixture(autouse=True)
def _nothing_told():
    yield
    take_decimals({})


def deliver(folder: Path, source: str, **files: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "delivery.yaml").write_text(f"source: {source}\nreceived_at: 2026-04-01T08:00:00+08:00\nchain: ethereum\n")
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def listed(places: int) -> str:
    return f"address,symbol,decimals\n{GOLD.partition('/')[2]},USDT,{places}\n"


def test_a_token_is_shown_and_valued_by_the_decimals_that_its_list_tells(tmp_path: Path) -> None:
    folder = deliver(tmp_path / "in", "node", token_transfers=TRANSFERS, prices=PRICES, tokens=listed(9))
    with Workspace.open(Settings(tmp_path / "w", None, "test")) as case:
        assert not case.ingest([folder]).refused
        assert decimals_of(GOLD) is None
    with Workspace.open(Settings(tmp_path / "w", None, "test")) as case:
        index = read_index(case.lake, [needed_columns()])
        value = value_of(index, read_prices(case.lake)).tolist()
        assert sorted(value)[1] == 8641
        assert sorted(value)[0] < 0
        assert decimals_told_by(GOLD).endswith("of node, 2026-04-01")
    assert format_minor(1_234_500_000, GOLD) == f"1.2345 {GOLD}"
    assert format_minor(1_234_500_000, RAW) == f"1,234,500,000 smallest units {RAW}"
    assert decimals_told_by(RAW) == ""


def test_a_token_on_which_lists_disagree_is_told_in_raw_units(tmp_path: Path) -> None:
    folders = [deliver(tmp_path / f"in{k}", f"node{k}", tokens=listed(k)) for k in (6, 9)]
    with Lake.open(tmp_path / "w") as lake:
        take_in(lake, folders[:1], IntakeOptions())
        assert told_decimals(lake)[GOLD].decimals == 6
        take_in(lake, folders[1:], IntakeOptions())
        assert told_decimals(lake) == {}


def test_rows_that_name_their_tokens_decimals_are_a_list_too(tmp_path: Path) -> None:
    tron, other = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb"
    usual = {"transaction_id": "ab" * 32, "block_timestamp": 1_772_323_200_000, "type": "Transfer", "from": tron, "to": other}
    folders = []
    for places in (9, 9, 8):
        folders.append(deliver(tmp_path / f"in{len(folders)}", f"node{len(folders)}"))
        row = {**usual, "value": str(len(folders)), "token_info": {"address": other, "decimals": places}}
        (folders[-1] / "trc20.jsonl").write_text(json.dumps(row) + "\n")
    with Lake.open(tmp_path / "w") as lake:
        take_in(lake, folders[:2], IntakeOptions())
        assert told_decimals(lake)[f"tron/{other}"].decimals == 9
        assert told_decimals(lake)[f"tron/{other}"].by.endswith("of node1, 2026-04-01")
        take_in(lake, folders[2:], IntakeOptions())
        assert told_decimals(lake) == {}


def test_no_list_overrules_what_is_known(tmp_path: Path) -> None:
    known = "ethereum/0xdAC17F958D2ee523a2206206994597C13D831ec7"
    folder = deliver(tmp_path / "in", "node", tokens=f"address,decimals\n{known.partition('/')[2]},18\n")
    with Lake.open(tmp_path / "w") as lake:
        take_in(lake, [folder], IntakeOptions())
        take_decimals(told_decimals(lake))
    assert (decimals_of(known), decimals_told_by(known)) == (6, "")
