"""What an expression is once it is read: a tree of frozen nodes, each knowing where it began in its text."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from cutline.errors import Place, TypologyMeaningError, TypologySyntaxError


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a tree; `at` is the offset of its first character in the expression."""

    at: int = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A number, a sum of money in the asset's smallest unit, or a duration in seconds; `place`: where it is written."""

    value: Decimal
    sort: str
    asset: str = ""
    place: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A word in quotes."""

    value: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A column inside a filter."""

    name: str


@dataclass(frozen=True, slots=True)
class Tag(Node):
    """Whether a list says something of the subject or, in a filter, of the entity in a column."""

    of: str
    name: str


@dataclass(frozen=True, slots=True)
class Ask(Node):
    """What records say of the subject or of the entity in a column: a `fact`, its `age`, or whether it is `tied` to another.

    Or whether the row's two sides had `met`, in a window that ends `before` the row. In a filter `role` is the column in which
    the stream's own entity stands.
    """

    what: str
    of: str
    name: str = ""
    role: str = ""
    window_us: int = 0
    before_us: int = 0


@dataclass(frozen=True, slots=True)
class Measure(Node):
    """An aggregate over a stream in a window."""

    aggregate: str
    path: tuple[str, ...]
    where: Tree | None
    window_us: int
    before_us: int = 0
    via: str = ""
    by: str = ""
    within_us: int = 0
    keeping: float = 0.0


@dataclass(frozen=True, slots=True)
class Peers(Node):
    """What a share of the subject's peers did not exceed, by the same measure, at the last midnight.

    Peers are of the same kind and of the same class or age where `same` says so.
    """

    rank: str
    measure: Tree
    same: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Apply(Node):
    """An operator over arguments: + - * / neg, comparisons, and or not."""

    operator: str
    arguments: tuple[Tree, ...]


Tree = Constant | Text | Name | Tag | Ask | Measure | Peers | Apply


def with_role(tree: Tree, role: str) -> Tree:
    """Tell every question of a filter in which column the stream's own entity stands: the answer depends on it."""
    match tree:
        case Ask():
            return replace(tree, role=role)
        case Apply(arguments=arguments):
            return replace(tree, arguments=tuple(with_role(argument, role) for argument in arguments))
    return tree


@dataclass(frozen=True, slots=True)
class End:
    """One end of a step: a variable (`*`: anybody), itself or an entity tied to it."""

    variable: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Gap(Node):
    """When a step lies: from `least_us` to `most_us` after or before a step; between two steps where both are named."""

    least_us: int = 0
    most_us: int = 0
    after: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Times(Node):
    """How often a step must have happened, and which variable must be a different one each time (empty: any)."""

    number: Decimal = Decimal(1)
    different: str = ""


@dataclass(frozen=True, slots=True)
class Step(Node):
    """One step of a sequence: a row of `table` from one end to the other, or that there is none (`absent`)."""

    table: str
    source: End
    target: End
    where: Tree | None
    gap: Gap
    times: Times
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands, so that an error can point into it."""

    place: Place
    text: str
    one_line: bool = True

    def meaning(self, at: Node | int, found: str, expected: str) -> TypologyMeaningError:
        """Make the error for something that parses but means nothing."""
        offset = at if isinstance(at, int) else at.at
        return TypologyMeaningError(self.at(offset), found, expected, self._text(), offset)

    def syntax(self, at: int, found: str, expected: str) -> TypologySyntaxError:
        """Make the error for something that does not parse."""
        return TypologySyntaxError(self.at(at), found, expected, self._text(), at)

    def at(self, offset: int) -> Place:
        """Give the place of a character of the expression."""
        return Place(self.place.file, self.place.line, self.place.column + offset) if self.one_line else self.place

    def _text(self) -> str:
        return self.text if self.one_line else ""
