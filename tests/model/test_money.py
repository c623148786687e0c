"""Exact money, and the names of what is paid with."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutline.errors import IdentifierError
from cutline.model.assets import CURRENCIES, TOKENS
from cutline.model.money import (
    AMOUNT_OUT_OF_RANGE,
    MAX_MINOR,
    asset_id,
    canonical_asset,
    decimals_of,
    display_asset,
    format_minor,
    parse_minor_column,
)

USDT = "tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
ASSETS = st.sampled_from(["CNY", "JPY", "KWD", USDT, "bitcoin/native", "ethereum/native"])


def parse(text: str | None, asset: str = "CNY") -> tuple[int | None, str | None]:
    minor, expected = parse_minor_column(pl.Series([text], dtype=pl.String), asset)
    assert minor.dtype == pl.Decimal(38, 0)
    return (None if minor[0] is None else int(minor[0])), expected[0]


@given(st.integers(0, MAX_MINOR), ASSETS, st.integers(0, 3))
def test_every_amount_survives_to_the_unit(minor: int, asset: str, zeros: int) -> None:
    places = decimals_of(asset)
    assert places is not None
    whole, part = divmod(minor, 10**places)
    text = f"{whole}.{part:0{places}d}{'0' * zeros}" if places else str(whole)
    assert parse(text, asset) == (minor, None)


@given(st.lists(st.tuples(st.decimals(0, 10**12, places=2).map(str), ASSETS), max_size=8))
def test_each_row_has_its_own_asset(rows: list[tuple[str, str]]) -> None:
    values = pl.Series([value for value, _ in rows], dtype=pl.String)
    minor, expected = parse_minor_column(values, pl.Series([asset for _, asset in rows], dtype=pl.String))
    for (value, asset), got, why in zip(rows, minor.to_list(), expected.to_list(), strict=True):
        exact = Decimal(value).scaleb(decimals_of(asset) or 0)
        assert (got, why) == ((exact, None) if exact == int(exact) else (None, "at most 0 decimals"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-3", "amount ≥ 0"),
        ("−3.00", "amount ≥ 0"),
        ("1,234.50", "a decimal without thousand separators"),
        ("1 234", "a decimal without thousand separators"),
        ("1.505", "at most 2 decimals"),
        ("1e3", "a plain decimal such as 1234.50: a program that writes an exponent may have rounded"),
        ("NaN", "a plain decimal such as 1234.50"),
        ("+5", "a plain decimal such as 1234.50"),
        (".", "a plain decimal such as 1234.50"),
        ("١٢", "a plain decimal such as 1234.50"),
        ("9" * 37, AMOUNT_OUT_OF_RANGE),
        ("1" + "0" * 400, AMOUNT_OUT_OF_RANGE),
    ],
)
def test_refusals_say_what_was_expected(text: str, expected: str) -> None:
    assert parse(text) == (None, expected)


@pytest.mark.parametrize(
    ("text", "minor"),
    [("0", 0), ("0.00", 0), ("5.", 500), (".5", 50), (" 00012.30 ", 1230), ("1.500", 150), ("9" * 36, 10**38 - 100)],
)
def test_plain_decimals(text: str, minor: int) -> None:
    assert parse(text) == (minor, None)


def test_empty_is_unknown() -> None:
    assert parse("") == parse(None) == parse("  ") == (None, None)


def test_unknown_decimals_are_refused_unless_the_source_gives_them() -> None:
    assert parse("5", "ethereum/0x0000000000000000000000000000000000000001") == (None, "an asset whose decimals are known")
    values = pl.Series(["5", "7.5"])
    assert parse_minor_column(values, "x", decimals=pl.Series([0, 3]))[0].to_list() == [Decimal(5), Decimal(7500)]
    assert parse_minor_column(values.head(1), "CNY", decimals=0)[0].to_list() == [Decimal(5)]


@pytest.mark.parametrize(
    ("text", "asset"),
    [
        ("cny", "CNY"),
        ("RMB", "CNY"),
        ("数字人民币", "CNY"),
        ("eth/0xdac17f958d2ee523a2206206994597c13d831ec7", "ethereum/0xdAC17F958D2ee523a2206206994597C13D831ec7"),
        ("TRX", "tron/native"),
        ("btc", "bitcoin/native"),
        ("XBT", "bitcoin/native"),
        ("ETH", "ethereum/native"),
        ("tron/USDT", USDT),
        ("Tron/Native", "tron/native"),
        ("ethereum/0xdac17f958d2ee523a2206206994597c13d831ec7/7", "ethereum/0xdAC17F958D2ee523a2206206994597C13D831ec7/7"),
    ],
)
def test_an_asset_has_one_spelling(text: str, asset: str) -> None:
    assert canonical_asset(text) == canonical_asset(asset) == asset


@pytest.mark.parametrize("text", ["", "USDT", "CFX", "QQQ", "tron/", "/native", "ethereum/0x12", "tron/0x/1/"])
def test_what_names_no_asset_is_refused(text: str) -> None:
    with pytest.raises(IdentifierError):
        canonical_asset(text)


def test_symbols_are_names_per_chain() -> None:
    assert asset_id("USDT", "tron") == asset_id("", "trx", "41a614f803b6fd780986a42c78ec9c7f77e6ded13c") == USDT
    assert asset_id("usdt", "eth") != asset_id("USDT", "bsc")
    assert asset_id("CFX", "conflux-espace") == "conflux-espace/native"
    assert asset_id("CNY", "tron") == "CNY"
    with pytest.raises(IdentifierError, match="chain"):
        asset_id("USDT", "", "0xdac17f958d2ee523a2206206994597c13d831ec7")
    with pytest.raises(IdentifierError):
        asset_id("USDT", "", "")


def test_the_table_of_tokens_is_in_canonical_spelling() -> None:
    for token in TOKENS:
        asset = f"{token.chain}/{token.contract}"
        assert canonical_asset(asset) == asset_id(token.symbol, token.chain) == asset
        assert decimals_of(asset) == token.decimals


def test_decimals() -> None:
    known = {"CNY": 2, "JPY": 0, "KWD": 3, "tron/native": 6, "bsc/native": 18, "bitcoin/native": 8, "ethereum/0x1/7": 0}
    assert {asset: decimals_of(asset) for asset in known} == known
    assert decimals_of("tron/Txyz") is decimals_of("waves/native") is None
    assert len(CURRENCIES) > 150


@pytest.mark.parametrize(
    ("amount", "asset", "en", "zh"),
    [
        (123450, "CNY", "¥1,234.50", "1,234.50元"),
        (-5, "CNY", "-¥0.05", "-0.05元"),
        (1234500000, USDT, "1,234.50 USDT", "1,234.50 USDT"),
        (1234567, "tron/native", "1.234567 TRX", "1.234567 TRX"),
        (1234, "JPY", "1,234 JPY", "1,234日元"),
        (7, "x/y", "7 smallest units x/y", "7 最小单位 x/y"),
    ],
)
def test_amounts_for_people(amount: int, asset: str, en: str, zh: str) -> None:
    assert (format_minor(amount, asset), format_minor(amount, asset, "zh")) == (en, zh)


def test_names_for_people() -> None:
    assert [display_asset(a) for a in ("CNY", "tron/native", USDT, "x/y")] == ["CNY", "TRX", "USDT (Tron)", "x/y"]
