"""The words in which a tabular kind is declared: its fields, the entities they name, and the lake rows they give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

RECEIVED = "received_at"
"""A name that every source may use beside the kind's own: when the delivery was received."""


class Value(StrEnum):
    """What stands in a field that names no entity, which decides how it is checked."""

    TEXT = "text"
    CHOICE = "choice"
    TIME = "time"
    WHOLE = "whole"
    AMOUNT = "amount"
    MINOR = "minor"
    BALANCE = "balance"
    PRICE = "price"
    CURRENCY = "currency"
    ASSET = "asset"
    COUNTRY = "country"
    FLAG = "flag"
    NUMBER = "number"
    PART = "part"


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a source: whether a row can do without it, and what may stand in it.

    A `PART` is checked with the identity it belongs to. `asset` says in which field an amount's asset stands, or which it is.
    `choices` are the words of a CHOICE, or least and most of a number.
    """

    name: str
    value: Value = Value.TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    asset: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """An entity that a row names: `of` is a kind of entity or a shape of `identities.SHAPES`, read from one or two fields."""

    name: str
    of: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Const:
    """A value that is the same in every row."""

    value: str


@dataclass(frozen=True, slots=True)
class If:
    """One source where a field has one of some values (`""`: empty), another or nothing elsewhere."""

    field: str
    values: tuple[str, ...]
    then: Source
    otherwise: Source | None = None


@dataclass(frozen=True, slots=True)
class First:
    """The first source that is known."""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Join:
    """Texts of sources with something between them; unknown where one of them is."""

    between: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Attributes:
    """Some fields as a JSON object of those that are known, by name."""

    fields: tuple[str, ...]


Source = str | Const | If | First | Join | Attributes
"""Where a lake column's value comes from: the name of a field or identity, or one of the forms above."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one lake table: one for every source row in which all that `needs` names is known."""

    table: str
    columns: Mapping[str, Source]
    needs: tuple[str, ...] = ()
    at: Source | None = None
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Telling:
    """A token of which only other rows of the file tell the kind: it is a person where one of them has it as a person's.

    `token` becomes of the kind written in the made-up field `kind`; `other` and `other_kind` are the fields that tell.
    """

    token: str
    kind: str
    other: str
    other_kind: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One tabular kind of `formats.md`.

    `native` is the field with the source's own id, empty where there is none. `at` is when a row's event happened; the rows of
    ties and facts happen when they begin. `order` names pairs of times of which the first is not after the second. All
    fields of one tuple of `either` must be filled in. A header needs at least `least` of the columns.
    A kind that `grows` says more of one id from row to row: its rows differ by what they say, and none contradicts another.
    `told_by` says of which tokens other rows tell the kind; the file is then read twice.
    """

    name: str
    fields: tuple[Field, ...]
    identities: tuple[Identity, ...]
    rows: tuple[Rows, ...]
    at: Source = RECEIVED
    native: str = ""
    grows: bool = False
    order: tuple[tuple[str, str], ...] = ()
    either: tuple[tuple[str, ...], ...] = ()
    least: int = 0
    told_by: tuple[Telling, ...] = ()

    @property
    def required(self) -> tuple[str, ...]:
        """The ★ columns."""
        return tuple(field.name for field in self.fields if field.required)


def part(name: str) -> Field:
    """Declare a field that an identity is made of."""
    return Field(name, Value.PART)


def star(field: Field | str) -> Field:
    """Declare a ★ field: a text, or the given field."""
    given = Field(field) if isinstance(field, str) else field
    return Field(given.name, given.value, True, given.choices, given.asset)


def choice(name: str, *choices: str) -> Field:
    """Declare a field in which one of a few words stands; an unknown word is a reject, ★ or not."""
    return Field(name, Value.CHOICE, choices=choices)


def time(name: str) -> Field:
    """Declare a field in which a time stands."""
    return Field(name, Value.TIME)


def seconds(name: str) -> Field:
    """Declare a duration in whole seconds, of at most 31 days."""
    return Field(name, Value.WHOLE, choices=("0", str(31 * 86_400)))


def amount(name: str, asset: str = "currency", value: Value = Value.AMOUNT) -> Field:
    """Declare an amount in the main unit of the asset that the field `asset` names (`=CNY`: of that asset always)."""
    return Field(name, value, asset=asset)


def tie(a: str, relation: str, b: str, since: Source | None = None, until: Source | None = None) -> Rows:
    """Declare a tie between two identities of a row."""
    columns: dict[str, Source] = {"a": a, "b": b, "relation": Const(relation)}
    return _lasting("ties", columns, (a, b), relation, (since, until))


def fact(entity: str, attribute: str, value: Source, since: Source | None = None, until: Source | None = None) -> Rows:
    """Declare a fact about an identity of a row."""
    columns: dict[str, Source] = {"entity": entity, "attribute": Const(attribute), "value": value}
    return _lasting("facts", columns, (entity,), attribute, (since, until))


def _lasting(
    table: str, columns: dict[str, Source], needs: tuple[str, ...], suffix: str, span: tuple[Source | None, Source | None]
) -> Rows:
    since, until = span
    if since is not None:
        columns["valid_from"] = since
    if until is not None:
        columns["valid_to"] = until
    return Rows(table, columns, needs, since, suffix)
