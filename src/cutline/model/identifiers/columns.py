"""Identifiers by the column: the face that events use.

A column is cleaned once per distinct spelling. The commonest shapes are decided by vectorised expressions (`shapes`), which say
exactly what the scalar functions say; what they leave goes through the scalar functions. Memory: one index of four bytes a row
and the distinct spellings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from cutline.errors import IdentifierError
from cutline.model.identifiers.accounts import IBAN, clean_institution, clean_number
from cutline.model.identifiers.kinds import KINDS, clean, clean_entity, clean_party
from cutline.model.identifiers.pseudonyms import spell_all
from cutline.model.identifiers.shapes import ACCOUNT_SHAPE, PARTY_SHAPE, SHAPES, Shape
from cutline.model.identifiers.spelling import Context

Cleaned = tuple[pl.Series, pl.Series]
"""Ids (null where unknown or refused), and what was expected where a spelling was refused (null elsewhere)."""

Scalar = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Spellings:
    """A column's distinct spellings, and for every row which one it has (null where the row has none)."""

    distinct: pl.Series
    codes: pl.Series

    def spread(self, values: pl.Series) -> pl.Series:
        """Give every row the value of its spelling."""
        return values.gather(self.codes)


def clean_column(kind: str, values: pl.Series, context: Context) -> Cleaned:
    """Give the ids of a column of spellings of one kind; empty ones are unknown. Rows and order are those of `values`."""
    if kind not in KINDS:
        raise IdentifierError("kind", kind, "a kind of entity")
    return _clean_distinct(values, lambda text: clean(kind, text, context), SHAPES.get(kind), context)


def clean_account_columns(institutions: pl.Series, accounts: pl.Series, context: Context) -> Cleaned:
    """Give the ids of accounts from their institutions and numbers; an IBAN needs no institution.

    An account without an institution is unknown, for it cannot be named; whoever requires one refuses the empty field.
    """
    place, place_refused = _clean_distinct(institutions, lambda text: clean_institution(text, context), None, context)
    number, refused = _clean_distinct(accounts, clean_number, ACCOUNT_SHAPE, context)
    frame = pl.DataFrame({"place": place, "place_refused": place_refused, "number": number, "refused": refused})
    iban = pl.col("number").str.starts_with(IBAN + "/")
    named = pl.concat_str(pl.lit("account:"), pl.col("place"), pl.lit("/"), pl.col("number"))
    chosen = frame.select(
        pl.when(iban).then(pl.lit("account:") + pl.col("number")).otherwise(named).alias("id"),
        pl.when(iban | pl.col("number").is_null() & pl.col("refused").is_null())
        .then(None)
        .otherwise(pl.coalesce("refused", "place_refused"))
        .alias("expected"),
    )
    return chosen["id"], chosen["expected"]


def clean_party_column(values: pl.Series, context: Context) -> Cleaned:
    """Give the ids of payers or payees that may be accounts (`institution/account`), wallets or addresses."""
    return _clean_distinct(values, lambda text: clean_party(text, context), PARTY_SHAPE, context)


def clean_entity_column(values: pl.Series, context: Context) -> Cleaned:
    """Give the canonical ids of entities written as ids, as in tags and requests."""
    return _clean_distinct(values, lambda text: clean_entity(text, context), None, context)


def pseudonym_column(ids: pl.Series, key: bytes) -> pl.Series:
    """Give the keyed pseudonyms of a column of ids; null stays null."""
    spellings = _distinct(ids)
    return spellings.spread(spell_all(spellings.distinct, key)).alias(ids.name)


def _distinct(values: pl.Series) -> Spellings:
    arrow = values.cast(pl.String).to_arrow()
    encoded = arrow.cast(pa.large_string()).dictionary_encode()
    codes = pl.Series(encoded.indices).cast(pl.UInt32)
    return Spellings(pl.Series("text", encoded.dictionary, dtype=pl.String), codes)


def _clean_distinct(values: pl.Series, scalar: Scalar, shape: Shape | None, context: Context) -> Cleaned:
    spellings = _distinct(values)
    text = spellings.distinct.str.strip_chars()
    quick = shape(text, context) if shape is not None else pl.repeat(None, len(text), dtype=pl.String, eager=True)
    found: list[str | None] = []
    expected: list[str | None] = []
    slow = quick.is_null() & (text != "")
    for spelling in spellings.distinct.filter(slow).to_list():
        try:
            found.append(scalar(spelling))
            expected.append(None)
        except IdentifierError as error:
            found.append(None)
            expected.append(error.expected)
    places = slow.arg_true()
    ids = quick.scatter(places, pl.Series(found, dtype=pl.String)) if found else quick
    blank = pl.repeat(None, len(text), dtype=pl.String, eager=True)
    why = blank.scatter(places, pl.Series(expected, dtype=pl.String)) if found else blank
    return spellings.spread(ids).alias(values.name), spellings.spread(why).alias("expected")
