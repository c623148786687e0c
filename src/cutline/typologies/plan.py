"""The plan that typologies share: every selection, window and measure once, whoever asks for it.

selection   the rows of one stream that pass one filter                              (compacted once a block)
lane        a selection seen through one window, maybe only after another selection   (two pointers, once)
output      one aggregate over one lane                                               (one column of bounds, once)
program     postfix code over outputs, run by the one evaluator
crowd       a measure over everybody who shares a value with a row, set on rows before this plan runs
mark        a step that has happened: a flag on rows, set on another subject's timeline before this plan runs
match       a sequence whose letters come back: a flag on rows of its last step, set by a search before this plan runs
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TypeVar

from cutline.typologies.evaluator import Program
from cutline.typologies.trees import Tree
from cutline.typologies.vocabulary import Stream, order_of

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows of `stream` that pass `where`; a row with an unknown `argument` is a possible member only."""

    stream: Stream
    where: Tree | None
    argument: str


@dataclass(frozen=True, slots=True)
class Since:
    """A step that came before, `least_us` or longer ago: its row number `times` in the window, of so many different ones."""

    selection: int
    times: int = 1
    different: str = ""
    least_us: int = 0


@dataclass(frozen=True, slots=True)
class Lane:
    """A selection in the window (t - w, t], or in the one that ends `before` t; `others`: without the present row itself.

    With `since`, only members after a step that came before, in the same window.
    """

    selection: int
    window_us: int
    since: Since | None = None
    before_us: int = 0
    others: bool = False

    @property
    def reach_us(self) -> int:
        """How far back the window reaches."""
        return self.window_us + self.before_us

    @property
    def parts(self) -> tuple[Lane, ...]:
        """Itself, and the window of the step that came before: its rows that something can have followed by now."""
        if self.since is None:
            return (self,)
        least_us = self.since.least_us
        return self, Lane(self.since.selection, self.window_us - least_us, None, least_us)


@dataclass(frozen=True, slots=True)
class Ticks(Stream):
    """A stream without rows: moments `every_us` apart, for the subjects that have rows in the streams `of`.

    `reach_us` is how long after a subject's last row its windows may still change.
    """

    every_us: int = 0
    reach_us: int = 0
    of: tuple[Stream, ...] = ()

    def __str__(self) -> str:
        return f"every {self.every_us / 3_600_000_000:g} h"


@dataclass(frozen=True, slots=True)
class Output:
    """One aggregate over one lane; patterns and company may be told how soon, and how much of an amount must stay."""

    aggregate: str
    lane: int
    column: str
    within_us: int = 0
    keeping: float = 0.0


@dataclass(slots=True)
class Plan:
    """What the typologies of one subject need, each thing once. Filters load `columns[k]`, programs load `outputs[k]`."""

    subject: str
    selections: list[Selection] = field(default_factory=list)
    lanes: list[Lane] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    columns: list[tuple[str, str]] = field(default_factory=list)
    filters: dict[int, Program] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    crowds: list[Crowd] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    peerings: list[Peering] = field(default_factory=list)

    @property
    def streams(self) -> tuple[Stream, ...]:
        """The streams that some selection looks at, in the order in which one row enters them: `in` before `out`."""
        return tuple(sorted({s.stream for s in self.selections}, key=order_of))

    def lane(self, lane: Lane) -> int:
        """Number a lane."""
        return intern(self.lanes, lane)

    def output(self, output: Output) -> int:
        """Number an output."""
        return intern(self.outputs, output)

    def column(self, table: str, name: str) -> int:
        """Number a column that some filter reads."""
        return intern(self.columns, (table, name))

    def lanes_in(self, program: Program) -> tuple[Lane, ...]:
        """Give the lanes behind a program's outputs."""
        return tuple(dict.fromkeys(self.lanes[self.outputs[k].lane] for k in program.loads))


@dataclass(frozen=True, slots=True)
class Mark:
    """Set on a row of `stream` where `condition` holds on the timeline of the plan's subject there.

    `lane` sees the step that must have come before, whose latest rows are the witnesses (`times` of them, of `different`
    ones), or the one that must not have (`absent`), which has none.
    """

    name: str
    plan: Plan
    stream: Stream
    condition: Program
    lane: Lane
    times: int = 1
    different: str = ""
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Tied:
    """One end of a step whose letter other steps name, too, or (`kind` empty) whose values must differ.

    `stream` is the step's table as an entity of the kind sees it, `letter` a number; -1: nobody asks who stands there.
    """

    letter: int = -1
    kind: str = ""
    stream: Stream | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """A step of a match: its rows are a selection of a plan of its own; `times` of them, `different` at an end (or -1).

    `absences` are marks that its rows bear: what must not have happened before them.
    """

    plan: Plan
    selection: int
    ends: tuple[Tied, Tied]
    times: int = 1
    different: int = -1
    absences: tuple[Mark, ...] = ()

    @property
    def table(self) -> str:
        """The table of its rows."""
        return self.plan.selections[self.selection].stream.table


@dataclass(frozen=True, slots=True)
class Match:
    """Set on a row of the last step where rows of all the steps before it agree in every letter and keep every gap.

    `spans[i][j]`: the most microseconds from step i to step j, as all gaps together have it. `guards`: (k, step) that must be
    absent between steps k and k + 1.
    """

    name: str
    steps: tuple[Joined, ...]
    spans: tuple[tuple[int, ...], ...]
    guards: tuple[tuple[int, Joined], ...] = ()

    @property
    def table(self) -> str:
        """The table whose rows are marked."""
        return self.steps[-1].table

    def witness(self, step: int) -> str:
        """Name the rows of a step by which it had happened."""
        return f"{self.name}.{step}"

    @property
    def cut(self) -> str:
        """Name the column that says where a search was ended by its budget."""
        return f"{self.name}!"


@dataclass(frozen=True, slots=True)
class Crowd:
    """A measure over everybody who shares a value with a row, computed for every row of `stream`'s table before the plan runs.

    The subjects of `plan` are the values of a column, not entities: `by:transfers.terminal`.
    """

    name: str
    plan: Plan
    stream: Stream
    program: Program


@dataclass(frozen=True, slots=True)
class Peering:
    """A percentile (`rank`, 0 to 1) of a measure over all subjects of the plan's kind, taken at midnights before the sweep.

    `same`: apart for each class or age of them.
    """

    name: str
    plan: Plan
    program: Program
    rank: float
    same: tuple[str, ...] = ()


BY = "by:"
"""Begins the subject of a plan whose subjects are the values of a column."""

PEERS = "peers"
"""The aggregate of an output that reads what peers did until the last midnight."""

CROWD = "crowd"
"""The aggregate of an output that reads a crowd's column at the anchor's own row."""


def intern(items: list[T], item: T) -> int:
    """Give an item's number, adding it where it is new."""
    if item not in items:
        items.append(item)
    return items.index(item)
