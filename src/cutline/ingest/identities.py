"""How the entities of a row are spelled in its fields: in one, in two together, or of a kind that another field tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from cutline.errors import IdentifierError
from cutline.model.entities import ENTITY_KINDS
from cutline.model.identifiers import Context
from cutline.model.identifiers.accounts import find_iban
from cutline.model.identifiers.columns import (
    Cleaned,
    clean_account_columns,
    clean_column,
    clean_entity_column,
    clean_party_column,
)
from cutline.model.identifiers.country_names import find_country

COUNTRY_EXPECTED = "a country: a code of ISO 3166 such as KH or KHM, or its name in English or Chinese"
_SPELLED_ID = rf"^(?:{'|'.join(ENTITY_KINDS)}):"
_ACCOUNT_OR_ADDRESS = r"/|^0[xX][0-9a-fA-F]{40}$|^T[1-9A-HJ-NP-Za-km-z]{33}$|^cfx:|^bc1"
_IBAN_SHAPE = r"^[A-Z]{2}[0-9]{2}[A-Z0-9 ]{11,38}$"
TOLD_BY_SECOND = frozenset({"account", "optional account", "place", "country or place"})
"""Shapes of two fields of which the second is named where the pair is refused."""

_EMPLOYERS_AND_BODIES = ("employs", "member")

Columns = Sequence[pl.Series]


def clean_identity(of: str, columns: Columns, context: Context) -> Cleaned:
    """Give ids and refusals of an identity that is written in the given columns; `of` is a kind of entity or a shape."""
    if of in ENTITY_KINDS and len(columns) == 1:
        return clean_column(of, columns[0], context)
    return SHAPES[of](columns, context)


def _account(columns: Columns, context: Context) -> Cleaned:
    return clean_account_columns(columns[0], columns[1], context)


def _optional_account(columns: Columns, context: Context) -> Cleaned:
    """An account beside which no institution stands may be written whole, `institution/account` or an IBAN."""
    institution, number = columns
    whole = institution.is_null() & number.str.contains("/").fill_null(value=False)
    apart = clean_account_columns(institution, _where(number, ~whole), context)
    together = clean_column("account", _where(number, whole), context)
    return _either(apart, together)


def _party(columns: Columns, context: Context) -> Cleaned:
    return clean_party_column(columns[0], context)


def _payer_or_person(columns: Columns, context: Context) -> Cleaned:
    text = columns[0]
    spelled = text.str.contains(_SPELLED_ID).fill_null(value=False)
    paying = (text.str.contains(_ACCOUNT_OR_ADDRESS).fill_null(value=False) | _ibans(text)) & ~spelled
    named = clean_entity_column(_where(text, spelled), context)
    parties = clean_party_column(_where(text, paying), context)
    persons = clean_column("person", _where(text, ~paying & ~spelled), context)
    return _either(_either(named, parties), persons)


def _ibans(text: pl.Series) -> pl.Series:
    """Which texts are an IBAN whose check digits hold; where they do not, it is somebody's token that looks like one."""
    shaped = text.filter(text.str.contains(_IBAN_SHAPE).fill_null(value=False)).unique()
    return text.is_in(shaped.filter(pl.Series([_is_iban(t) for t in shaped.to_list()], dtype=pl.Boolean)).implode())


def _is_iban(text: str) -> bool:
    try:
        return find_iban(text) is not None
    except IdentifierError:
        return False


def _holder(columns: Columns, context: Context) -> Cleaned:
    text = columns[0]
    organisation = _equals(columns[1], "organisation") if len(columns) > 1 else _equals(text, "")
    return _by_kind(text, organisation, context)


def _other_by_relation(columns: Columns, context: Context) -> Cleaned:
    """Employers and what one is a member of are organisations, relatives and landlords persons."""
    return _by_kind(columns[0], columns[1].is_in(list(_EMPLOYERS_AND_BODIES)).fill_null(value=False), context)


def _by_kind(text: pl.Series, organisation: pl.Series, context: Context) -> Cleaned:
    spelled = text.str.contains(r"^(?:person|organisation):").fill_null(value=False)
    named = clean_entity_column(_where(text, spelled), context)
    organisations = clean_column("organisation", _where(text, organisation & ~spelled), context)
    persons = clean_column("person", _where(text, ~organisation & ~spelled), context)
    return _either(_either(named, organisations), persons)


def _card(columns: Columns, context: Context) -> Cleaned:
    """A SIM card goes by its IMSI, else by its ICCID."""
    imsi, iccid = columns
    named = clean_column("subscriber", _with("imsi ", imsi), context)
    other = clean_column("subscriber", _with("iccid ", iccid), context)
    frame = pl.DataFrame({"named": named[0], "why": named[1], "other": other[0], "other_why": other[1]})
    chosen = frame.select(pl.coalesce("named", "other").alias("id"), pl.coalesce("why", "other_why").alias("expected"))
    return chosen["id"], chosen["expected"]


def _handle(columns: Columns, context: Context) -> Cleaned:
    name, platform = columns
    return clean_column("handle", _joined("/", platform, name), context)


def _platform(columns: Columns, _context: Context) -> Cleaned:
    """A platform's name in the spelling that its handles have."""
    cleaned = columns[0].str.strip_chars().str.to_lowercase()
    return cleaned, _nothing(cleaned)


def _maker(columns: Columns, context: Context) -> Cleaned:
    """Who made or issued a thing: an address by its shape, an id where one is written, else an account of the platform."""
    text, platform = columns
    spelled = text.str.contains(_SPELLED_ID).fill_null(value=False)
    address = (
        text.str.contains(_ACCOUNT_OR_ADDRESS).fill_null(value=False)
        & ~spelled
        & ~text.str.contains("/").fill_null(value=False)
    )
    named = clean_entity_column(_where(text, spelled), context)
    addresses = clean_column("address", _where(text, address), context)
    handles = _handle([_where(text, ~spelled & ~address), platform], context)
    return _either(_either(named, addresses), handles)


def _place(columns: Columns, context: Context) -> Cleaned:
    """A region of the country in a second column, or of the delivery's country."""
    region, country = columns
    home = country.fill_null(context.country)
    return _in_country(region, home, context)


def _country_or_place(columns: Columns, context: Context) -> Cleaned:
    region, country = columns
    return _in_country(region, country, context)


def _home_place(columns: Columns, context: Context) -> Cleaned:
    return _in_country(columns[0], pl.Series([context.country]).new_from_index(0, len(columns[0])), context)


def _country(columns: Columns, context: Context) -> Cleaned:
    nowhere = pl.Series([None], dtype=pl.String).new_from_index(0, len(columns[0]))
    return _in_country(nowhere, columns[0], context)


def _in_country(region: pl.Series, country: pl.Series, context: Context) -> Cleaned:
    """A region that names its own country, `CN/Ruili`, is taken at its word."""
    codes = clean_countries(country)
    named, _ = clean_countries(region.str.extract("^([A-Za-z]{2,3})/", 1))
    frame = pl.DataFrame({"code": codes[0], "region": region, "whole": named.is_not_null()})
    text = frame.select(
        pl.when(pl.col("region").is_null())
        .then("code")
        .when("whole")
        .then("region")
        .otherwise(pl.concat_str("code", pl.lit("/"), "region"))
    )
    ids, expected = clean_column("place", text.to_series(), context)
    why = pl.DataFrame({"country": codes[1], "place": expected}).select(pl.coalesce("country", "place")).to_series()
    return ids, why


def clean_countries(values: pl.Series) -> Cleaned:
    """Give two-letter codes of countries, written as codes or names, and what was expected where a value is none."""
    spelled = values.unique().drop_nulls().to_list()
    codes = pl.Series([find_country(text) for text in spelled], dtype=pl.String)
    found = values.replace_strict(pl.Series(spelled, dtype=pl.String), codes, default=None, return_dtype=pl.String)
    frame = pl.DataFrame({"wrong": values.is_not_null() & found.is_null()})
    return found, frame.select(pl.when("wrong").then(pl.lit(COUNTRY_EXPECTED))).to_series()


def _person_of_issuer(columns: Columns, context: Context) -> Cleaned:
    """A person's token belongs to the issuer that the row names, else to the deliverer."""
    token, issuer = columns
    if context.national_tokens:
        issuer = _where(issuer, issuer.is_not_null() & (issuer != context.deliverer))
    spelled = pl.DataFrame({"token": token, "issuer": issuer}).select(
        pl.when(pl.col("issuer").is_null()).then("token").otherwise(pl.format("{} ⟨{}⟩", "token", "issuer"))
    )
    return clean_column("person", spelled.to_series(), context)


def _national_person(columns: Columns, context: Context) -> Cleaned:
    return clean_column("person", columns[0], Context(context.deliverer, context.country, national_tokens=True))


def _tagged(columns: Columns, context: Context) -> Cleaned:
    """An id, or a kind and a value."""
    entity, kind, value = columns
    pair = _joined(":", kind, value)
    written = pl.DataFrame({"entity": entity, "pair": pair}).select(pl.coalesce("entity", "pair")).to_series()
    return clean_entity_column(written, context)


SHAPES: Mapping[str, Callable[[Columns, Context], Cleaned]] = {
    "account": _account,
    "card": _card,
    "country": _country,
    "country or place": _country_or_place,
    "entity": lambda columns, context: clean_entity_column(columns[0], context),
    "handle": _handle,
    "holder": _holder,
    "home place": _home_place,
    "maker": _maker,
    "national person": _national_person,
    "optional account": _optional_account,
    "other by relation": _other_by_relation,
    "party": _party,
    "payer or person": _payer_or_person,
    "person of issuer": _person_of_issuer,
    "place": _place,
    "platform": _platform,
    "tagged": _tagged,
}
"""The shapes that are not simply one kind of entity in one column."""


def _where(values: pl.Series, mask: pl.Series) -> pl.Series:
    return pl.DataFrame({"value": values, "mask": mask}).select(pl.when("mask").then("value")).to_series()


def _equals(values: pl.Series, word: str) -> pl.Series:
    return (values == word).fill_null(value=False)


def _with(word: str, values: pl.Series) -> pl.Series:
    return pl.DataFrame({"value": values}).select(pl.concat_str(pl.lit(word), "value")).to_series()


def _joined(between: str, first: pl.Series, second: pl.Series) -> pl.Series:
    return pl.DataFrame({"a": first, "b": second}).select(pl.concat_str("a", pl.lit(between), "b")).to_series()


def _nothing(values: pl.Series) -> pl.Series:
    return pl.Series("expected", [None], dtype=pl.String).new_from_index(0, len(values))


def _either(one: Cleaned, other: Cleaned) -> Cleaned:
    """Put together two cleanings of disjoint rows."""
    frame = pl.DataFrame({"a": one[0], "b": other[0], "x": one[1], "y": other[1]})
    chosen = frame.select(pl.coalesce("a", "b").alias("id"), pl.coalesce("x", "y").alias("expected"))
    return chosen["id"], chosen["expected"]
