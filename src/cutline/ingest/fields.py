"""What may stand in a field that names no entity: one check for each type of value, a whole column at a time."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from cutline.errors import IdentifierError
from cutline.ingest.identities import clean_countries
from cutline.ingest.kinds.declaration import Field, Value
from cutline.model.assets import CURRENCIES
from cutline.model.money import asset_id, parse_minor_column

_LONGEST_PRICE = 60
_PRICE = r"^[0-9]+(?:\.[0-9]+)?$"
_CURRENCY_EXPECTED = "a currency of ISO 4217, such as CNY"
_YES, _NO = ("1", "true", "yes"), ("0", "false", "no")

Checked = tuple[pl.Series, pl.Series | None]
"""A column in its type, and what was expected where a value was refused (None: nowhere)."""


def why(wrong: pl.Series, expected: str) -> pl.Series:
    """Say what was expected in the rows marked wrong."""
    return pl.DataFrame({"wrong": wrong}).select(pl.when("wrong").then(pl.lit(expected))).to_series()


def _text(values: pl.Series, _field: Field) -> Checked:
    return values, None


def _choice(values: pl.Series, field: Field) -> Checked:
    choices = list(field.choices)
    if values.is_in(choices).all():
        return values, None
    folded = values.str.to_lowercase().replace_strict(
        [c.lower() for c in choices], choices, default=None, return_dtype=pl.String
    )
    return folded, why(values.is_not_null() & folded.is_null(), "one of " + ", ".join(choices))


def _whole(values: pl.Series, field: Field) -> Checked:
    text = values.str.strip_suffix(".0")
    numbers = text.cast(pl.Int64, strict=False)
    least, most = map(int, field.choices)
    sound = numbers.is_between(least, most).fill_null(value=False)
    wrong = values.is_not_null() & ~sound
    return only(numbers, sound), why(wrong, f"a whole number from {least} to {most}")


def _number(values: pl.Series, field: Field) -> Checked:
    numbers = values.cast(pl.Float64, strict=False)
    least, most = map(float, field.choices)
    sound = numbers.is_between(least, most).fill_null(value=False)
    return only(numbers, sound), why(values.is_not_null() & ~sound, f"a number from {least:g} to {most:g}")


def _flag(values: pl.Series, _field: Field) -> Checked:
    text = values.str.to_lowercase()
    flags = text.is_in(_YES)
    known = flags | text.is_in(_NO)
    return only(flags, known.fill_null(value=False)), why(~known, "0 or 1")


def _country(values: pl.Series, _field: Field) -> Checked:
    """A country that is no code stays as it is written: it only says where somebody was."""
    codes, _ = clean_countries(values)
    return pl.DataFrame({"code": codes, "text": values}).select(pl.coalesce("code", "text")).to_series(), None


def _price(values: pl.Series, _field: Field) -> Checked:
    sound = (values.str.contains(_PRICE) & (values.str.len_bytes() <= _LONGEST_PRICE)).fill_null(value=False)
    return only(values, sound), why(values.is_not_null() & ~sound, "a decimal of at least 0")


def _currency(values: pl.Series, _field: Field) -> Checked:
    if values.is_in(list(CURRENCIES)).all():
        return values, None
    named = map_distinct(values, _currency_code)
    return named, why(values.is_not_null() & named.is_null(), _CURRENCY_EXPECTED)


def _currency_code(text: str) -> str | None:
    try:
        asset = asset_id(text)
    except IdentifierError:
        return None
    return asset if asset in CURRENCIES else None


def asset_on_chain(text: str) -> str | None:
    """Give the asset that `<chain> <symbol or id>` names; the chain may be empty."""
    chain, _, asset = text.partition(" ")
    try:
        return asset_id(asset, chain)
    except IdentifierError:
        return None


def _minor_units(values: pl.Series, _field: Field) -> Checked:
    return parse_minor_column(values, "", 0)


def map_distinct(values: pl.Series, name: Callable[[str], str | None]) -> pl.Series:
    """Give every text what a function says of it, asked once for each distinct one."""
    distinct = values.unique().drop_nulls()
    named = pl.Series([name(text) for text in distinct.to_list()], dtype=pl.String)
    return values.replace_strict(distinct, named, default=None, return_dtype=pl.String)


def only(values: pl.Series, mask: pl.Series) -> pl.Series:
    """Keep the values where the mask says so, null elsewhere."""
    if mask.all():
        return values
    return pl.DataFrame({"value": values, "mask": mask}).select(pl.when("mask").then("value")).to_series()


CHECKS: dict[Value, Callable[[pl.Series, Field], Checked]] = {
    Value.TEXT: _text,
    Value.CHOICE: _choice,
    Value.WHOLE: _whole,
    Value.NUMBER: _number,
    Value.FLAG: _flag,
    Value.COUNTRY: _country,
    Value.PRICE: _price,
    Value.CURRENCY: _currency,
    Value.MINOR: _minor_units,
}
"""The checks that need nothing but the column; times, assets and amounts are checked in `checking`, where their row is."""
