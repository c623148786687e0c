"""Exact money: decimals of a source become integers in the asset's smallest unit, and amounts become text for people.

No float is ever used. An amount of zero is kept: card checks, and dust that poisons address books, move nothing and mean much;
sums do not feel them.
"""

from __future__ import annotations

import polars as pl

from cutline.model.assets import asset_id, canonical_asset, decimals_of, display_asset, symbol_of

__all__ = [
    "AMOUNT_OUT_OF_RANGE",
    "BASE_CURRENCY",
    "MAX_MINOR",
    "asset_id",
    "canonical_asset",
    "decimals_of",
    "display_asset",
    "format_minor",
    "in_words",
    "parse_minor_column",
]

MAX_MINOR = 10**38 - 1
BASE_CURRENCY = "CNY"
"""What values of different assets are compared in."""

AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
"""What was expected where an amount is refused for its size; for a person it is spelled in `in_words`."""

_IN_WORDS = {AMOUNT_OUT_OF_RANGE: "an amount of at most 38 digits in the smallest unit of its asset"}
_MINOR_TYPE = pl.Decimal(38, 0)
_PLAIN = r"^(?:[0-9]+\.?[0-9]*|\.[0-9]+)$"
_NEGATIVE = r"^[-−(]"
_GROUPED = r"^[0-9]{1,3}(?:[,' _][0-9]{2,3})+(?:\.[0-9]*)?$"
_EXPONENT = r"^[0-9]*\.?[0-9]*[eE][+-]?[0-9]+$"
_SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$"}
_NAMES_ZH = {
    "CNY": "元", "USD": "美元", "EUR": "欧元", "GBP": "英镑", "HKD": "港元", "MOP": "澳门元", "TWD": "新台币",
    "JPY": "日元", "KRW": "韩元",
    "SGD": "新加坡元", "THB": "泰铢", "MMK": "缅元", "KHR": "瑞尔", "LAK": "基普", "VND": "越南盾",
    "PHP": "菲律宾比索", "MYR": "林吉特",
    "AED": "迪拉姆", "RUB": "卢布",
}  # fmt: skip


def parse_minor_column(
    values: pl.Series, assets: pl.Series | str, decimals: pl.Series | int | None = None
) -> tuple[pl.Series, pl.Series]:
    """Give amounts in the smallest unit of their assets, exactly, and what was expected where one was refused.

    `values` are decimal texts in the main unit; `assets` are canonical ids, one for all or one for each row; `decimals`
    overrides what is known of the assets (0 for values that are already in the smallest unit). Returns (decimal(38,0), text):
    both null where the value is empty. Refused: signs, thousand separators, exponents, more decimals than the asset has
    (zeros at the end do not count), assets of unknown decimals, and `amount_out_of_range` beyond decimal(38,0).
    """
    frame = pl.DataFrame({"text": values.cast(pl.String).str.strip_chars(), "places": _places(len(values), assets, decimals)})
    frame = frame.with_columns(text=pl.when(pl.col("text") != "").then(pl.col("text")))
    whole = pl.col("text").str.extract(r"^([0-9]*)", 1)
    fraction = pl.col("text").str.extract(r"\.([0-9]*)$", 1).fill_null("").str.strip_chars_end("0")
    frame = frame.with_columns(plain=pl.col("text").str.contains(_PLAIN), whole=whole, fraction=fraction)
    zeros = pl.lit("0").repeat_by((pl.col("places") - pl.col("fraction").str.len_bytes()).clip(0)).list.join("")
    digits = pl.concat_str("whole", "fraction", zeros).str.strip_chars_start("0")
    frame = frame.with_columns(expected=_refusal(), digits=digits)
    frame = frame.with_columns(
        expected=pl.coalesce(
            "expected",
            pl.when(pl.col("text").is_not_null() & (pl.col("digits").str.len_bytes() > 38)).then(pl.lit(AMOUNT_OUT_OF_RANGE)),
        )
    )
    sound = pl.col("text").is_not_null() & pl.col("expected").is_null()
    padded = pl.when(pl.col("digits") == "").then(pl.lit("0")).otherwise("digits")
    minor = frame.select(minor=pl.when(sound).then(padded).cast(_MINOR_TYPE))["minor"]
    return minor.alias(values.name), frame["expected"]


def in_words(expected: str) -> str:
    """Spell what was expected for a person: a code in words, anything else as it is."""
    return _IN_WORDS.get(expected, expected)


def _places(rows: int, assets: pl.Series | str, decimals: pl.Series | int | None) -> pl.Series:
    if isinstance(decimals, pl.Series):
        return decimals.cast(pl.Int64)
    if decimals is not None:
        return pl.repeat(decimals, rows, dtype=pl.Int64, eager=True)
    if isinstance(assets, str):
        return pl.repeat(decimals_of(assets), rows, dtype=pl.Int64, eager=True)
    known = assets.unique().drop_nulls().cast(pl.String)
    table = pl.DataFrame({"asset": known, "places": pl.Series([decimals_of(a) for a in known.to_list()], dtype=pl.Int64)})
    return assets.cast(pl.String).alias("asset").to_frame().join(table, on="asset", how="left", maintain_order="left")["places"]


def _refusal() -> pl.Expr:
    text = pl.col("text")
    places = pl.col("places")
    return (
        pl.when(text.is_null())
        .then(None)
        .when(text.str.contains(_NEGATIVE))
        .then(pl.lit("amount ≥ 0"))
        .when(text.str.contains(_GROUPED))
        .then(pl.lit("a decimal without thousand separators"))
        .when(text.str.contains(_EXPONENT))
        .then(pl.lit("a plain decimal such as 1234.50: a program that writes an exponent may have rounded"))
        .when(~pl.col("plain"))
        .then(pl.lit("a plain decimal such as 1234.50"))
        .when(places.is_null())
        .then(pl.lit("an asset whose decimals are known"))
        .when(pl.col("fraction").str.len_bytes() > places)
        .then(pl.format("at most {} decimals", places))
        .otherwise(None)
    )


def format_minor(amount: int, asset: str, lang: str = "en") -> str:
    """Write an amount of smallest units for a person: `¥1,234.50`, `1,234.50 USDT`, in Chinese `1,234.50元`.

    Trailing zeros beyond two decimals go; an asset of unknown decimals is written in smallest units and says so.
    """
    places = decimals_of(asset)
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    if places is None:
        unit = "最小单位" if lang == "zh" else "smallest units"
        return f"{sign}{size:,} {unit} {asset}"
    whole, part = divmod(size, 10**places)
    fraction = str(part).zfill(places) if places else ""
    fraction = fraction[:2] + fraction[2:].rstrip("0")
    number = f"{whole:,}" + (f".{fraction}" if fraction else "")
    if lang == "zh":
        return sign + number + _NAMES_ZH.get(asset, f" {symbol_of(asset)}")
    return f"{sign}{_SIGNS[asset]}{number}" if asset in _SIGNS else f"{sign}{number} {symbol_of(asset)}"
