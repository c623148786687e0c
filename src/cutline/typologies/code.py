"""A program while it is being written."""

from __future__ import annotations

from dataclasses import dataclass, field

from cutline.errors import Place
from cutline.typologies.evaluator import Op, Program
from cutline.typologies.trees import Ask


@dataclass(slots=True)
class Code:
    """Postfix code while it is being written."""

    rows: list[tuple[Op, int]] = field(default_factory=list)
    constants: list[float] = field(default_factory=list)
    places: list[Place | None] = field(default_factory=list)
    words: list[tuple[str, str]] = field(default_factory=list)
    tags: list[tuple[str, str]] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)

    def add(self, op: Op, argument: int = 0) -> None:
        """Append one operation."""
        self.rows.append((op, argument))

    def constant(self, value: float, place: Place | None = None) -> None:
        """Push a number; `place`: where it is written, if it is."""
        self.constants.append(value)
        self.places.append(place)
        self.add(Op.CONST, len(self.constants) - 1)

    def word(self, column: str, value: str) -> None:
        """Push the code of a category's word, known only when there is an index."""
        self.words.append((column, value))
        self.add(Op.WORD, len(self.words) - 1)

    def tag(self, of: str, name: str) -> None:
        """Push whether a list says this of the subject or of a column's entity."""
        self.tags.append((of, name))
        self.add(Op.TAG, len(self.tags) - 1)

    def ask(self, ask: Ask) -> None:
        """Push what records say."""
        self.asks.append(ask)
        self.add(Op.ASK, len(self.asks) - 1)

    def done(self) -> Program:
        """Freeze the code."""
        return Program(
            tuple(self.rows),
            tuple(self.constants),
            tuple(self.words),
            tuple(self.tags),
            tuple(self.places),
            tuple(self.asks),
        )
