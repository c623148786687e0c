from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from cutline.errors import SourceError
from cutline.ingest.blocks import read_head
from cutline.ingest.readers.tagpack import TagPack
from cutline.ingest.readers.tags_ofac import OfacList
from tests.ingest.delivered import Result, deliver, discover, read_all
from tests.ingest.readers.reference import reference_files

BITCOIN, TRON = "1NDyJtNTjmwk5xPNhjgAMu4HDHigtobu1s", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
EVM = "0xdac17f958d2ee523a2206206994597c13d831ec7"


def read_list(folder: Path, name: str, text: str) -> Result:
    file = deliver(folder, name, text)
    assert OfacList().recognises(read_head(file.path))
    return read_all(OfacList(), file)


def read_pack(folder: Path, text: str) -> Result:
    file = deliver(folder, "pack.yaml", text)
    assert TagPack().recognises(read_head(file.path))
    return read_all(TagPack(), file)


def test_the_chain_of_a_listed_address_is_its_shape_s(tmp_path: Path) -> None:
    result = read_list(tmp_path, "sanctioned_addresses_USDT.txt", f"{EVM}\n{TRON}\n\n{BITCOIN}\n")
    tags = result.tables["tags"]
    assert tags["entity"].str.extract("^address:([a-z]+)/").to_list() == ["evm", "tron", "bitcoin"]
    assert set(tags["tag"]) == {"sanctioned"}
    assert set(tags["list"]) == {"OFAC SDN"}
    assert set(tags["occurred_at"]) == {datetime(2026, 4, 1, tzinfo=UTC)}
    assert result.read == 3


def test_the_ticker_decides_where_a_shape_leaves_a_doubt(tmp_path: Path) -> None:
    result = read_list(tmp_path, "sanctioned_addresses_BCH.txt", "18M8bJWMzWHDBMxoLqjHHAffdRy4SrzkfB\n")
    assert result.tables["tags"]["entity"][0].startswith("address:bitcoin-cash/")


def test_a_broken_address_is_a_reject_and_a_comment_is_none(tmp_path: Path) -> None:
    result = read_list(tmp_path, "sanctioned_addresses_XBT.txt", f"# as of 2024\n{BITCOIN}\n{BITCOIN[:-1]}t\n")
    assert (result.read, result.keys.height, result.tables["tags"].height) == (3, 2, 1)
    assert result.rejects.select("row", "field", "found").rows() == [(3, "address", f"{BITCOIN[:-1]}t")]


@pytest.mark.parametrize("text", ["time,amount\n1,2\n", "hello world\n", "a\nb\n", "{}\n", "title: x\ntags: []\n"])
def test_other_texts_are_no_lists_of_addresses(tmp_path: Path, text: str) -> None:
    assert not OfacList().recognises(read_head(deliver(tmp_path, "x.txt", text).path))


PACK = f"""\
title: Some exchanges
creator: someone
category: exchange
currency: BTC
label: exchange A
lastmod: 2024-05-01
source: https://example.invalid
tags:
- address: {BITCOIN}
- address: '{EVM}'
  currency: ETH
  label: exchange B
  abuse: service_hack
- address: {TRON}
  currency: USDT
  category: user
  abuse: scam
- address: {BITCOIN}x
- label: nobody
- just a text
- address: cosmos1nynns8ex9fq6sjjfj8k79ymkdz4sqth06xexae
  currency: ATOM
  category: gambling
"""


def test_a_tag_inherits_what_it_does_not_say(tmp_path: Path) -> None:
    result = read_pack(tmp_path, PACK)
    told = result.tables["tags"].select(pl.col("entity").str.extract("^address:([^/]+)"), "tag").rows()
    assert told == [("bitcoin", "exchange"), ("evm", "exchange"), ("evm", "stolen"), ("tron", "fraud"), ("atom", "gambling")]
    first = result.tables["tags"].row(0, named=True)
    assert (first["list"], first["occurred_at"].date().isoformat()) == ("Some exchanges", "2024-04-30")
    assert json.loads(first["note"])["label"] == "exchange A"
    assert (result.read, result.rejects["row"].to_list()) == (7, [4, 5, 6])


@pytest.mark.parametrize(
    ("label", "tag"), [("Asset listed under US Treasury OFAC Sanctions List", "sanctioned"), ("someone", "labelled")]
)
def test_a_pack_without_a_category_is_read_by_its_label(tmp_path: Path, label: str, tag: str) -> None:
    text = f"title: t\ncategory: user\nlabel: {label}\ncurrency: BTC\ntags:\n- address: {BITCOIN}\n"
    assert read_pack(tmp_path, text).tables["tags"]["tag"].to_list() == [tag]


@pytest.mark.parametrize(
    "text",
    [
        "title: [\ntags:\n- address: x\n",
        "title: t\ntags:\n  address: x\n",
        "a: !!python/object/apply:os.system ['true']\ntags:\n- address: x\n",
        "a: " + "[" * 20_000 + "\ntags:\n- address: x\n",
    ],
)
def test_a_page_that_is_no_pack_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError):
        read_pack(tmp_path, text)


def test_a_pack_that_multiplies_itself_stays_small(tmp_path: Path) -> None:
    aliases = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
    text = f"a0: &a0 [x]\n{aliases}title: t\ncategory: exchange\ncurrency: BTC\ntags:\n- address: {BITCOIN}\n  context: *a11\n"
    assert read_pack(tmp_path, text).keys.height == 1


@pytest.mark.data
def test_the_published_lists_add_up() -> None:
    read = accepted = 0
    for path in reference_files("ofac"):
        assert OfacList().recognises(read_head(path))
        result = read_all(OfacList(), discover([path])[0])
        read, accepted = read + result.read, accepted + result.keys.height
        assert result.read == sum(bool(line.strip()) for line in path.read_text().splitlines())
    assert (read, accepted) == (654, 654)


WITH_REJECTS = {"exchange-wallets-bitfinexcom.yaml", "exchange-wallets-kucoin.yaml", "plustoken.yaml"}


@pytest.mark.data
def test_the_published_packs_add_up() -> None:
    read, rejected, tags, with_rejects = 0, 0, set(), set()
    for path in reference_files("tagpacks"):
        assert TagPack().recognises(read_head(path))
        (chunk,) = TagPack().read(discover([path])[0])
        assert chunk.read == chunk.keys.height + chunk.rejects.height
        assert chunk.read == sum("address:" in line.split("#")[0] and "{" not in line for line in path.read_text().splitlines())
        read, rejected = read + chunk.read, rejected + chunk.rejects.height
        with_rejects |= {path.name} if chunk.rejects.height else set()
        tags |= set(chunk.tables["tags"]["tag"])
    assert read == 3255
    assert with_rejects <= WITH_REJECTS, "shapes of small chains that nothing proves, and two broken addresses"
    assert rejected < 30
    assert tags >= {"exchange", "mixer", "sanctioned", "frozen", "stolen", "fraud"}
