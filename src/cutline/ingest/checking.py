"""Every field of some rows checked and given its type, column by column; what is refused, and why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from cutline.ingest.chunk import REJECT_SCHEMA, REST_KEPT
from cutline.ingest.delimited import Rows
from cutline.ingest.fields import CHECKS, Checked, asset_on_chain, map_distinct, only, why
from cutline.ingest.identities import TOLD_BY_SECOND, clean_identity
from cutline.ingest.kinds.declaration import Field, Identity, Kind, Value
from cutline.ingest.times import EXPECTED as TIME_EXPECTED
from cutline.ingest.times import parse_times
from cutline.model.assets import EXPECTED as ASSET_EXPECTED
from cutline.model.identifiers import Context, clean
from cutline.model.identifiers.chains import BITCOIN, CONFLUX, TRON
from cutline.model.money import parse_minor_column

KEPT_CHARACTERS = 4096
"""A reject keeps at most so much of the row as it was written, and of the value found."""

A_VALUE = "a value"
A_CURRENCY = "a currency beside the amount"
_TIED_TO_ROW = (Value.ASSET, Value.AMOUNT, Value.BALANCE)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a file's delivery says to its rows."""

    context: Context
    zone: str
    received_at: datetime


class Sheet:
    """Rows of one kind as text (`text`: the kind's columns, null where empty or absent), and what is known of them.

    `typed` grows by one column for every field and identity; a refused value is null there. Of a row that fails several checks
    the field that the kind names first is told. What says nothing for want of
    another field is left out of its row, which is kept.
    """

    def __init__(self, kind: Kind, text: pl.DataFrame, setting: Setting) -> None:
        self.kind = kind
        self.text = text
        self.setting = setting
        self.typed: dict[str, pl.Series] = {}
        self.local_times = pl.repeat(value=False, n=text.height, dtype=pl.Boolean, eager=True)
        self._order = {field.name: place for place, field in enumerate(kind.fields)}
        self._required = {field.name: field.required for field in kind.fields}
        self._faults: list[tuple[int, str, pl.Series, pl.Series]] = []
        self._partial: list[tuple[int, str, pl.Series, pl.Series]] = []

    def check(self) -> None:
        """Check all fields, then the identities they make up, then what must hold between them."""
        for field in self.kind.fields:
            if field.required:
                self._refuse_where(field.name, self.text[field.name].is_null(), A_VALUE)
        self._check_either()
        for field in self.kind.fields:
            if field.value not in (*_TIED_TO_ROW, Value.PART):
                self._check_alone(field)
        for identity in self.kind.identities:
            self._identify(identity)
        for value in _TIED_TO_ROW:
            for field in self.kind.fields:
                if field.value is value:
                    self._check_in_row(field)
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

    def rejects(self, rows: Rows) -> pl.DataFrame:
        """Give the refused rows, each once, with what was found and expected and the row as it was written, as JSON."""
        return _told(self._in_order(self._faults).unique("index", keep="first", maintain_order=True), rows)

    def partial(self, rows: Rows) -> pl.DataFrame:
        """Give what was left out of good rows, in the shape of rejects."""
        if not self._partial:
            return pl.DataFrame(schema=REJECT_SCHEMA)
        left_out = self._in_order(self._partial)
        left_out = left_out.filter(self.good.gather(left_out["index"]))
        return _told(left_out.with_columns(pl.col("expected") + REST_KEPT), rows)

    def _in_order(self, faults: list[tuple[int, str, pl.Series, pl.Series]]) -> pl.DataFrame:
        parts = [self._fault_rows(fault) for fault in faults]
        return pl.concat([*parts, _NO_FAULTS]).sort("index", "order", maintain_order=True)

    def _fault_rows(self, fault: tuple[int, str, pl.Series, pl.Series]) -> pl.DataFrame:
        order, field, found, expected = fault
        wrong = expected.is_not_null()
        return pl.DataFrame(
            {"index": wrong.arg_true(), "found": found.filter(wrong), "expected": expected.filter(wrong)}
        ).select(
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

    def _check_alone(self, field: Field) -> None:
        values = self.text[field.name]
        if field.value is not Value.TIME:
            self._keep(field, *CHECKS[field.value](values, field))
            return
        times = parse_times(values, self.setting.zone)
        self.local_times |= times.local
        self._keep(field, times.values, why(values.is_not_null() & times.values.is_null(), TIME_EXPECTED))

    def _check_in_row(self, field: Field) -> None:
        values = self.text[field.name]
        if field.value is Value.ASSET:
            self._keep(field, *self._assets(field, values))
            return
        below = values.str.starts_with("-").fill_null(value=False)
        if field.value is Value.AMOUNT or not below.any():
            self._keep(field, *self._minor(field, values))
            return
        minor, expected = self._minor(field, values.str.strip_prefix("-"))  # a balance below zero is an overdraft
        signed = pl.DataFrame({"m": minor, "b": below}).select(pl.when("b").then(-pl.col("m")).otherwise("m"))
        self._keep(field, signed.to_series(), expected)

    def _assets(self, field: Field, values: pl.Series) -> Checked:
        """A symbol is one of the delivery's chain, else of the chain that the row's address or item proves.

        What an item is offered for may be a coin that nobody can name: the offer is kept without its price.
        """
        said = self.setting.context.chain
        chain = pl.repeat(said, len(values), dtype=pl.String, eager=True)
        address = next((self.typed[i.name] for i in self.kind.identities if i.fields == ("address",)), None)
        if not said and address is not None:
            chain = address.str.extract(f"^address:({TRON}|{BITCOIN}|{CONFLUX})/", 1).fill_null("")
        item = next((self.typed[i.name] for i in self.kind.identities if i.fields == ("item",)), None)
        if not said and item is not None:
            chain = item.str.extract("^item:([^/]+)/", 1).fill_null("")
        pair = pl.DataFrame({"chain": chain, "asset": values}).select(pl.concat_str("chain", pl.lit(" "), "asset"))
        named = map_distinct(pair.to_series(), asset_on_chain)
        expected = why(values.is_not_null() & named.is_null(), ASSET_EXPECTED + "; a symbol alone needs a chain")
        if item is not None:
            self._partial.append((self._order[field.name], field.name, values, expected))
            return named, None
        return named, expected

    def _minor(self, field: Field, values: pl.Series) -> Checked:
        if field.asset.startswith("="):
            return parse_minor_column(values, field.asset[1:])
        assets = self.typed[field.asset]
        alone = values.is_not_null() & self.text[field.asset].is_null()
        if not self._required[field.asset] and alone.any():
            self._partial.append((self._order[field.name], field.name, values, why(alone, A_CURRENCY)))
        return parse_minor_column(only(values, assets.is_not_null()), assets)

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
        main = identity.fields[1 if identity.of in TOLD_BY_SECOND and len(columns) > 1 else 0]
        found = self.text[list(identity.fields)].select(pl.concat_str(pl.all(), separator="/", ignore_nulls=True)).to_series()
        self._refuse(main, expected, found if main != identity.fields[0] else None)

    def _check_either(self) -> None:
        if not self.kind.either:
            return
        filled = pl.any_horizontal(*(pl.all_horizontal(pl.col(*names).is_not_null()) for names in self.kind.either))
        wrong = self.text.select(~filled).to_series()
        self._refuse_where(self.kind.either[0][0], wrong, " or ".join(" and ".join(names) for names in self.kind.either))


def _told(faults: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    at = faults["index"]
    written = _as_written(rows.frame[at]) if rows.original is None else rows.original.gather(at)
    return faults.select(row=rows.row.gather(at), field="field", found="found", expected="expected", original=written)


def _as_written(frame: pl.DataFrame) -> pl.Series:
    told = ({name: value for name, value in record.items() if value is not None} for record in frame.iter_rows(named=True))
    return pl.Series([json.dumps(record, ensure_ascii=False)[:KEPT_CHARACTERS] for record in told], dtype=pl.String)


_NO_FAULTS = pl.DataFrame(
    schema={"index": pl.UInt32, "order": pl.Int64, "field": pl.String, "found": pl.String, "expected": pl.String}
)
