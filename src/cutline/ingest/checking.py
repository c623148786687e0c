"""Every field of some rows checked and given its type, column by column; what is refused, and why."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from cutline.errors import IdentifierError
from cutline.ingest.chunk import REJECT_SCHEMA
from cutline.ingest.identities import clean_countries, clean_identity
from cutline.ingest.kinds.declaration import Field, Identity, Kind, Value
from cutline.ingest.times import EXPECTED as TIME_EXPECTED
from cutline.ingest.times import parse_times
from cutline.model.identifiers import Context, clean
from cutline.model.identifiers.chains import BITCOIN, CHAINS, CONFLUX, TRON
from cutline.model.money import asset_id, parse_minor_column
from cutline.model.assets import CURRENCIES, EXPECTED as ASSET_EXPECTED

KEPT_CHARACTERS = 4096
"""A reject keeps at most so much of the row as it was written, and of the value found."""

A_VALUE = "a value"
_LONGEST_PRICE = 60
_PRICE = r"^[0-9]+(?:\.[0-9]+)?$"
_CURRENCY_EXPECTED = "a currency of ISO 4217, such as CNY"
_YES, _NO = ("1", "true", "yes"), ("0", "false", "no")


@dataclass(frozen=True, slots=True)
class Setting:
    """What a file's delivery says to its rows."""

    context: Context
    zone: str
    received_at: datetime


class Sheet:
    """Rows of one kind as text (`text`: the kind's columns, null where empty or absent), and what has been found out about them.

    `typed` grows by one column for every field and identity; a refused value is null there. Of a row that fails several checks
    the field that the kind names first is told.
    """

    def __init__(self, kind: Kind, text: pl.DataFrame, setting: Setting) -> None:
        self.kind = kind
        self.text = text
        self.setting = setting
        self.typed: dict[str, pl.Series] = {}
        self.local_times = pl.repeat(value=False, n=text.height, dtype=pl.Boolean, eager=True)
        self._order = {field.name: place for place, field in enumerate(kind.fields)}
        self._faults: list[tuple[int, str, pl.Series, pl.Series]] = []

    def check(self) -> None:
        """Check all fields, then the identities they make up, then what must hold between them."""
        for field in self.kind.fields:
            if field.required:
                self._refuse_where(field.name, self.text[field.name].is_null(), A_VALUE)
        self._check_either()
        later = (Value.AMOUNT, Value.BALANCE, Value.ASSET)
        identified = [f for f in self.kind.fields if f.value not in (*later, Value.PART)]
        for field in identified:
            self._keep(field, *_CHECKS[field.value](self, field))
        for identity in self.kind.identities:
            self._identify(identity)
        for field in sorted((f for f in self.kind.fields if f.value in later), key=lambda f: f.value != Value.ASSET):
            self._keep(field, *_CHECKS[field.value](self, field))
        for first, last in self.kind.order:
            wrong = (self.typed[first] > self.typed[last]).fill_null(value=False)
            self._refuse_where(last, wrong, f"a time not before {first}")

    @property
    def good(self) -> pl.Series:
        """Which rows passed all checks."""
        bad = np.zeros(self.text.height, np.bool_)
        for _, _, _, expected in self._faults:
            bad |= expected.is_not_null().to_numpy()
        return pl.Series("good", ~bad)

    def rejects(self, row: pl.Series, original: pl.DataFrame) -> pl.DataFrame:
        """Give the refused rows, each once, with what was found and expected and the row as it was written, as JSON."""
        parts = [self._fault_rows(fault) for fault in self._faults]
        faults = pl.concat([*parts, _NO_FAULTS]).sort("index", "order", maintain_order=True).unique("index", keep="first")
        faults = faults.sort("index")
        at = faults["index"]
        written = [
            json.dumps({name: value for name, value in record.items() if value is not None}, ensure_ascii=False)[:KEPT_CHARACTERS]
            for record in original[at].iter_rows(named=True)
        ]
        return faults.select(
            row=row.gather(at), field="field", found="found", expected="expected", original=pl.Series(written, dtype=pl.String)
        ).cast(dict(REJECT_SCHEMA))  # type: ignore[arg-type]

    def _fault_rows(self, fault: tuple[int, str, pl.Series, pl.Series]) -> pl.DataFrame:
        order, field, found, expected = fault
        wrong = expected.is_not_null()
        return pl.DataFrame({"index": wrong.arg_true(), "found": found.filter(wrong), "expected": expected.filter(wrong)}).select(
            pl.col("index").cast(pl.UInt32),
            pl.lit(order, pl.Int64).alias("order"),
            pl.lit(field).alias("field"),
            pl.col("found").cast(pl.String).fill_null("").str.slice(0, KEPT_CHARACTERS),
            pl.col("expected").cast(pl.String),
        )

    def _refuse(self, field: str, expected: pl.Series, found: pl.Series | None = None) -> None:
        if expected.null_count() < len(expected):
            self._faults.append((self._order[field], field, self.text[field] if found is None else found, expected))

    def _refuse_where(self, field: str, wrong: pl.Series, expected: str) -> None:
        if wrong.any():
            self._refuse(field, why(wrong, expected))

    def _keep(self, field: Field, typed: pl.Series, expected: pl.Series | None) -> None:
        self.typed[field.name] = typed
        if expected is not None:
            self._refuse(field.name, expected)

    def _identify(self, identity: Identity) -> None:
        context = self.setting.context
        if not identity.fields:
            own = clean("organisation", context.deliverer, context)
            self.typed[identity.name] = pl.repeat(own, self.text.height, dtype=pl.String, eager=True)
            return
        columns = [self.text[name] for name in identity.fields]
        ids, expected = clean_identity(identity.of, columns, context)
        self.typed[identity.name] = ids
        main = identity.fields[1 if identity.of.endswith("account") and len(columns) > 1 else 0]
        found = self.text[list(identity.fields)].select(pl.concat_str(pl.all(), separator="/", ignore_nulls=True)).to_series()
        self._refuse(main, expected, found if main != identity.fields[0] else None)

    def _check_either(self) -> None:
        if not self.kind.either:
            return
        filled = pl.any_horizontal(*(pl.all_horizontal(pl.col(*names).is_not_null()) for names in self.kind.either))
        wrong = self.text.select(~filled).to_series()
        self._refuse_where(self.kind.either[0][0], wrong, " or ".join(" and ".join(names) for names in self.kind.either))


_NO_FAULTS = pl.DataFrame(
    schema={"index": pl.UInt32, "order": pl.Int64, "field": pl.String, "found": pl.String, "expected": pl.String}
)

Checked = tuple[pl.Series, pl.Series | None]
"""A column in its type, and what was expected where a value was refused (None: nowhere)."""


def why(wrong: pl.Series, expected: str) -> pl.Series:
    """Say what was expected in the rows marked wrong."""
    return pl.DataFrame({"wrong": wrong}).select(pl.when("wrong").then(pl.lit(expected))).to_series()


def _text(sheet: Sheet, field: Field) -> Checked:
    return sheet.text[field.name], None


def _choice(sheet: Sheet, field: Field) -> Checked:
    values = sheet.text[field.name]
    choices = list(field.choices)
    if values.is_in(choices).all():
        return values, None
    folded = values.str.to_lowercase().replace_strict([c.lower() for c in choices], choices, default=None, return_dtype=pl.String)
    return folded, why(values.is_not_null() & folded.is_null(), "one of " + ", ".join(choices))


def _time(sheet: Sheet, field: Field) -> Checked:
    values = sheet.text[field.name]
    times = parse_times(values, sheet.setting.zone)
    sheet.local_times |= times.local
    return times.values, why(values.is_not_null() & times.values.is_null(), TIME_EXPECTED)


def _whole(sheet: Sheet, field: Field) -> Checked:
    values = sheet.text[field.name].str.strip_suffix(".0")
    numbers = values.cast(pl.Int64, strict=False)
    least, most = map(int, field.choices)
    sound = numbers.is_between(least, most).fill_null(value=False)
    wrong = values.is_not_null() & ~sound
    return _only(numbers, sound), why(wrong, f"a whole number from {least} to {most}")


def _number(sheet: Sheet, field: Field) -> Checked:
    values = sheet.text[field.name]
    numbers = values.cast(pl.Float64, strict=False)
    least, most = map(float, field.choices)
    sound = numbers.is_between(least, most).fill_null(value=False)
    return _only(numbers, sound), why(values.is_not_null() & ~sound, f"a number from {least:g} to {most:g}")


def _flag(sheet: Sheet, field: Field) -> Checked:
    values = sheet.text[field.name].str.to_lowercase()
    flags = values.is_in(_YES)
    known = flags | values.is_in(_NO)
    return _only(flags, known.fill_null(value=False)), why(~known, "0 or 1")


def _country(sheet: Sheet, field: Field) -> Checked:
    """A country that is no code stays as it is written: it only says where somebody was."""
    values = sheet.text[field.name]
    codes, _ = clean_countries(values)
    return pl.DataFrame({"code": codes, "text": values}).select(pl.coalesce("code", "text")).to_series(), None


def _price(sheet: Sheet, field: Field) -> Checked:
    values = sheet.text[field.name]
    sound = (values.str.contains(_PRICE) & (values.str.len_bytes() <= _LONGEST_PRICE)).fill_null(value=False)
    return _only(values, sound), why(values.is_not_null() & ~sound, "a decimal of at least 0")


def _currency(sheet: Sheet, field: Field) -> Checked:
    values = sheet.text[field.name]
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


def _asset(sheet: Sheet, field: Field) -> Checked:
    """A symbol is one of the delivery's chain, else of the chain that the row's address proves."""
    values = sheet.text[field.name]
    said = sheet.setting.context.chain
    addresses = sheet.text["address"] if "address" in sheet.text.columns else None
    chain = pl.repeat(said, len(values), dtype=pl.String, eager=True)
    if not said and addresses is not None:
        proven = "|".join((TRON, BITCOIN, CONFLUX))
        chain = sheet.typed["wallet"].str.extract(f"^address:({proven})/", 1).fill_null("")
    pair = pl.DataFrame({"chain": chain, "asset": values}).select(pl.concat_str("chain", pl.lit(" "), "asset")).to_series()
    named = map_distinct(pair, _asset_on_chain)
    return named, why(values.is_not_null() & named.is_null(), ASSET_EXPECTED + "; a symbol alone needs a chain")


def _asset_on_chain(text: str) -> str | None:
    chain, _, asset = text.partition(" ")
    try:
        return asset_id(asset, chain)
    except IdentifierError:
        return None


def _amount(sheet: Sheet, field: Field) -> Checked:
    return _minor(sheet, field, sheet.text[field.name])


def _balance(sheet: Sheet, field: Field) -> Checked:
    """A balance may be below zero: an overdraft."""
    values = sheet.text[field.name]
    below = values.str.starts_with("-").fill_null(value=False)
    if not below.any():
        return _minor(sheet, field, values)
    minor, expected = _minor(sheet, field, values.str.strip_prefix("-"))
    return pl.DataFrame({"m": minor, "b": below}).select(pl.when("b").then(-pl.col("m")).otherwise("m")).to_series(), expected


def _minor(sheet: Sheet, field: Field, values: pl.Series) -> Checked:
    if field.asset.startswith("="):
        return parse_minor_column(values, field.asset[1:])
    assets = sheet.typed[field.asset]
    if assets.null_count():
        values = _only(values, assets.is_not_null())
    return parse_minor_column(values, assets)


def map_distinct(values: pl.Series, name: Callable[[str], str | None]) -> pl.Series:
    """Give every text what a function says of it, asked once for each distinct one."""
    distinct = values.unique().drop_nulls()
    named = pl.Series([name(text) for text in distinct.to_list()], dtype=pl.String)
    return values.replace_strict(distinct, named, default=None, return_dtype=pl.String)


def _only(values: pl.Series, mask: pl.Series) -> pl.Series:
    if mask.all():
        return values
    return pl.DataFrame({"value": values, "mask": mask}).select(pl.when("mask").then("value")).to_series()


_CHECKS: dict[Value, Callable[[Sheet, Field], Checked]] = {
    Value.TEXT: _text,
    Value.CHOICE: _choice,
    Value.TIME: _time,
    Value.WHOLE: _whole,
    Value.NUMBER: _number,
    Value.FLAG: _flag,
    Value.COUNTRY: _country,
    Value.PRICE: _price,
    Value.CURRENCY: _currency,
    Value.ASSET: _asset,
    Value.AMOUNT: _amount,
    Value.BALANCE: _balance,
}
