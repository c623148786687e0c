"""Lists of tokens: how many decimals a token has, by which list, and what is no such number."""

from pathlib import Path

import pytest

from cutline.errors import SourceError
from cutline.ingest.readers.token_lists import TokenLists
from cutline.model.assets import decimals_of
from tests.ingest.delivered import DELIVERY, deliver, read_all

NINE, SIX, NFT = ("0x" + pair * 20 for pair in ("11", "22", "33"))
LIST = f"address,symbol,name,decimals,total_supply\n{NINE},GOLD,Gold,9,1\n{SIX},USDT,not what it says,6,1\n"
ON_ETHEREUM = DELIVERY + "chain: ethereum\n"


def read(tmp_path: Path, text: str, name: str = "tokens.csv", delivery: str = ON_ETHEREUM):
    return read_all(TokenLists(), deliver(tmp_path, name, text, delivery))


def test_decimals_are_facts_of_the_contract_with_the_version_of_the_list(tmp_path: Path) -> None:
    result = read(tmp_path, LIST)
    assert result.rejects.is_empty()
    assert result.tables["facts"].select("entity", "attribute", "value").rows() == [
        (f"address:evm/{NINE}", "token_decimals", result.tables["facts"]["value"][0]),
        (f"address:evm/{SIX}", "token_decimals", result.tables["facts"]["value"][1]),
    ]
    asset, places, version = result.tables["facts"]["value"][0].split(" ")
    assert (asset, places, len(version)) == (f"ethereum/{NINE}", "9", 12)
    assert decimals_of(asset) is None


@pytest.mark.parametrize(
    ("told", "good"), [("", True), ("0", True), ("36", True), ("37", False), ("-1", False), ("six", False)]
)
def test_what_is_no_number_of_decimals_is_a_reject(tmp_path: Path, told: str, good: bool) -> None:
    result = read(tmp_path, f"address,decimals\n{NINE},{told}\n")
    assert (result.keys.height, result.rejects.height) == ((1, 0) if good else (0, 1))
    assert ("facts" in result.tables) is (good and told != "")


def test_single_pieces_have_no_decimals(tmp_path: Path) -> None:
    result = read(tmp_path, f"address,decimals,kind\n{NFT},0,ERC721\n{NINE},9,ERC20\n")
    assert result.tables["facts"]["entity"].to_list() == [f"address:evm/{NINE}"]


def test_a_list_may_be_json_lines_and_needs_a_chain(tmp_path: Path) -> None:
    line = f'{{"address": "{NINE}", "decimals": 9}}\n'
    assert read(tmp_path, line, "tokens.json").tables["facts"].height == 1
    with pytest.raises(SourceError, match="a chain that nothing names"):
        read(tmp_path / "elsewhere", line, "tokens.json", DELIVERY)
