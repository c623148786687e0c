"""The words a typology may use: subjects, streams, ties to follow, columns with units, aggregates. Data, not code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cache

from cutline.model.entities import ENTITY_KINDS, INTERMEDIATE
from cutline.model.money import BASE_CURRENCY
from cutline.model.tables import PROTECTED_ATTRIBUTES, RELATIONS, TABLES, Column, Unit
from cutline.typologies.origins import ORIGINS
from cutline.typologies.wording import lexicons

SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}


class Sort(StrEnum):
    """What an expression is: only like may be compared or added."""

    NUMBER = "number"
    MONEY = "money"
    DURATION = "duration"
    CATEGORY = "category"
    ENTITY = "entity"
    TRUTH = "condition"


@dataclass(frozen=True, slots=True)
class Kind:
    """The sort of an expression, and for money in which asset."""

    sort: Sort
    asset: str = ""

    def __str__(self) -> str:
        return f"{self.sort} in {self.asset}" if self.asset else str(self.sort)


@dataclass(frozen=True, slots=True)
class Stream:
    """The rows of `table` in which the subject (or, `via` a tie, an entity tied to it) stands in column `role`."""

    table: str
    direction: str
    role: str
    via: str = ""

    def __str__(self) -> str:
        name = f"{self.table}.{self.direction}" if self.direction else self.table
        return f"{name} via {self.via}" if self.via else name


@dataclass(frozen=True, slots=True)
class Link:
    """A tie that `via` may follow: to which kinds of entity, through which relations."""

    kinds: tuple[str, ...]
    relations: tuple[str, ...]


SIDES: dict[str, tuple[tuple[str, str], ...]] = {
    "contacts": (
        ("in", "target"),
        ("out", "source"),
        ("in", "target_device"),
        ("out", "source_device"),
        ("in", "target_subscriber"),
        ("out", "source_subscriber"),
        ("in", "target_first_cell"),
        ("out", "source_first_cell"),
    ),
    "posts": (("", "author"), ("", "url"), ("", "item")),
    "sessions": (("", "handle"), ("", "device"), ("", "ip"), ("", "place")),
    "transfers": (("in", "payee"), ("out", "payer"), ("", "device"), ("", "ip")),
    "orders": (("", "account"), ("", "address"), ("", "user"), ("desk", "holder")),
    "movements": (("", "person"), ("paid", "payer"), ("in", "to_place"), ("out", "from_place")),
    "ties": (("in", "b"), ("out", "a")),
    "reports": (("about", "person"), ("made", "reporter")),
    "requests": (("", "about"), ("in", "holder")),
}
"""From which sides a table can be seen: (direction, column the subject stands in). `in` comes before `out`."""

ENDS = {"contacts": ("source", "target"), "transfers": ("payer", "payee"), "ties": ("a", "b")}
"""Tables whose rows lead from one entity to another, which is what a step needs."""

SUBJECTS: dict[str, tuple[str, ...]] = {
    **{kind: (kind,) for kind in ENTITY_KINDS if kind != INTERMEDIATE},
    "holder": ("account", "ecny_wallet", "address"),
    "payer": ("account", "ecny_wallet", "person"),
}
"""What a typology can be about. `holder` is whatever can hold money, `payer` whoever can pay for another."""

LINKS: dict[str, Link] = {
    "phone": Link(("phone",), ("registered_with", "uses", "owns")),
    "owner": Link(("person", "organisation"), ("owns",)),
    "account": Link(("account",), ("owns", "registered_with")),
    "wallet": Link(("ecny_wallet",), ("owns", "registered_with", "keys_for")),
    "handle": Link(("handle",), ("owns", "registered_with", "uses")),
    "device": Link(("device",), ("uses", "inserted_in", "carries")),
    "card": Link(("subscriber",), ("uses", "inserted_in", "carries", "owns")),
}


@dataclass(frozen=True, slots=True)
class Word:
    """One column as expressions see it.

    `pin` is the column that must be fixed by a filter before amounts may be compared or added; a `level` (a balance) may be
    compared but never added up.
    """

    kind: Kind
    needs: tuple[str, ...]
    nullable: bool = True
    pin: str = ""
    level: bool = False


DERIVED = {
    "value": Word(Kind(Sort.MONEY, BASE_CURRENCY), ("amount", "asset")),
    "hour": Word(Kind(Sort.NUMBER), (), nullable=False),
    "night": Word(Kind(Sort.TRUTH), (), nullable=False),
    "piece": Word(Kind(Sort.TRUTH), ("asset",), nullable=False),
}
"""Columns that are computed: value in the base currency at the time; hour of the day and night (23–6) in local time; whether
what was moved is a single piece (an item of its own, as an NFT) and not money."""

MONEY_WORDS = ("value", "piece")
"""Computed columns of transfers alone."""

NIGHT_HOURS = (23, 6)

KIND_OF = "_kind"
"""Behind the name of an entity column: of which kind the entity is, as in `b_kind = 'phone'`."""

SAYS = "says_"
"""Before the name of a lexicon: whether the row's text says one of its words, as in `says_no_skill`."""

TOLD = "_told"
"""Behind the name of a column: whether the source says anything there, as in `roaming_country_told`."""

_SORTS = {
    Unit.ENTITY: Sort.ENTITY,
    Unit.CATEGORY: Sort.CATEGORY,
    Unit.DURATION: Sort.DURATION,
    Unit.MINOR: Sort.MONEY,
    Unit.FLAG: Sort.TRUTH,
    Unit.NUMBER: Sort.NUMBER,
}


FACTS: dict[str, tuple[str, ...]] = {
    "class": ("I", "II", "III"),
    "tier": ("I", "II", "III", "IV"),
    "status": ("active", "limited", "suspended", "frozen", "closed"),
    "kind": ("voice", "data", "iot", "bsim", "soft", "hard", "sub"),
    "registrar": (),
    "certificate": (),
    "app_id": (),
    "reported_as": (),
}
"""Facts that a typology may ask for, and the words that they can be (none listed: any)."""

SAME_OWNER = "owner"

RELATIONS_ASKED = (*(relation for relation in RELATIONS if relation != "located_in"), SAME_OWNER)
"""Ties that a typology may ask for, between the entities or those who own them; `owner`: both have an owner in common.

Where somebody lives is not asked for."""


@cache
def word_of(table: str, name: str) -> Word | None:
    """Give a column of a table as expressions see it; None where there is none, or where its unit has no measure."""
    if name in DERIVED and (name not in MONEY_WORDS or table == "transfers"):
        return DERIVED[name]
    computed = _computed(table, name)
    if computed is not None:
        return computed
    column = next((c for c in TABLES[table].columns if c.name in (name, name.removesuffix(KIND_OF))), None)
    if column is not None and name == column.name + KIND_OF and column.unit is Unit.ENTITY:
        return Word(Kind(Sort.CATEGORY), (column.name,), not column.required)
    if column is None or column.unit not in _SORTS:
        return None
    pin = ""
    if column.unit is Unit.MINOR:
        pin = "asset" if "asset" in TABLES[table].names and name != "price" else "currency"
    nullable = not column.required or column.unit is Unit.MINOR  # an amount beyond 63 bits is unknown to the index
    return Word(Kind(_SORTS[column.unit]), (name,), nullable, pin, level="balance" in name)


def origin_of(table: str, name: str) -> tuple[str, str]:
    """Split 'source_abroad' into the entity column and the word about its id; two empty texts where it is no such word."""
    column, _, word = name.rpartition("_")
    known = (
        word in ORIGINS and column in TABLES[table].entity_columns and set(TABLES[table][column].kinds) & set(ORIGINS[word][2])
    )
    return (column, word) if known else ("", "")


def _computed(table: str, name: str) -> Word | None:
    """Give a word that is computed from a column's id or text, or from whether it is there at all."""
    columns: dict[str, Column] = {c.name: c for c in TABLES[table].columns if not c.protected}
    told = name.removesuffix(TOLD)
    if name.endswith(TOLD) and told in columns and columns[told].unit in _SORTS:
        return Word(Kind(Sort.TRUTH), (told,), nullable=False)
    if name.startswith(SAYS):
        lexicon = lexicons().get(name.removeprefix(SAYS))
        reads = tuple(c for c in lexicon.reads if c in columns) if lexicon else ()
        return Word(Kind(Sort.TRUTH), reads) if reads else None
    column = origin_of(table, name)[0]
    return Word(Kind(Sort.TRUTH), (column,)) if column else None


@cache
def words_of(table: str) -> tuple[str, ...]:
    """Give the names of all columns of a table that expressions may use."""
    columns = TABLES[table].columns
    origins = (f"{c.name}_{word}" for c in columns for word in ORIGINS)
    names = [*(c.name for c in columns), *DERIVED, *(f"{SAYS}{name}" for name in lexicons()), *origins]
    return tuple(n for n in names if word_of(table, n) is not None and not is_protected(table, n))


def is_protected(table: str, name: str) -> bool:
    """Tell whether a name is a protected attribute, which no typology may use."""
    marked = any(c.name == name and c.protected for c in TABLES[table].columns) if table in TABLES else False
    return marked or name in PROTECTED_ATTRIBUTES


@cache
def streams_of(subject: str, via: str = "") -> tuple[Stream, ...]:
    """Give the streams of a subject, or those of the entities that a tie leads to."""
    kinds = LINKS[via].kinds if via else SUBJECTS[subject]
    found: dict[tuple[str, str], Stream] = {}
    for table, sides in SIDES.items():
        for direction, role in sides:
            allowed = TABLES[table][role].kinds
            if any(k in allowed for k in kinds) and (table, direction) not in found:
                found[table, direction] = Stream(table, direction, role, via)
    return tuple(found.values())


def rank_of(table: str) -> int:
    """Give the place of a table in the order of simultaneous events: that of the vocabulary."""
    return list(TABLES).index(table)


def order_of(stream: Stream) -> tuple[int, str, int]:
    """Give the place of a stream among others: a table's own side before that of tied entities, `in` before `out`."""
    sides, side = SIDES.get(stream.table, ()), (stream.direction, stream.role)
    return rank_of(stream.table), stream.via, sides.index(side) if side in sides else len(sides)


def choices(word: str, known: Iterable[str]) -> str:
    """Say which words are known, and which of them is nearest to what was typed."""
    names = sorted(set(known))
    listed = ", ".join(names[:16]) + (" …" if len(names) > 16 else "")
    near = get_close_matches(word, names, n=1, cutoff=0.5)
    return f"one of: {listed}" + (f" (did you mean '{near[0]}'?)" if near else "")
