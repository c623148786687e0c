"""What can go wrong, always with what, where, found, expected and what to do next.

CutlineError
├── UsageError           the call itself makes no sense: a missing reason, a bad option, a seed that does not exist
├── IdentifierError      a spelling that is no such identifier; the row that holds it becomes a reject
├── SourceError          a file that cannot be read as what it claims to be; nothing of it enters the lake
│   └── UnknownFormatError   no reader recognises the file
├── TypologyError        a typology that cannot be used; the message points at file, line and column
│   ├── TypologySyntaxError          the text does not parse
│   └── TypologyMeaningError        it parses, but a name, a unit or a type is wrong
├── WorkspaceError       the workspace cannot be used as it is
│   ├── WorkspaceLockedError   another process holds it
│   └── WorkspaceVersionError  it was written by a newer version
├── AccessError          the caller may not see or do this
└── AuditError           the audit log does not add up
"""

from __future__ import annotations

from dataclasses import dataclass


class CutlineError(Exception):
    """The root: every error that a user can meet and act upon."""

    exit_code = 1


class UsageError(CutlineError):
    """The call makes no sense as it stands."""

    exit_code = 2


class IdentifierError(CutlineError):
    """A spelling that is no identifier of the kind it stands for."""

    def __init__(self, what: str, found: str, expected: str) -> None:
        self.what = what
        self.found = found
        self.expected = expected
        super().__init__(f"{what} is {found!r}, expected {expected}")


class SourceError(CutlineError):
    """A file that cannot be read; nothing of it enters the lake."""

    def __init__(self, where: str, found: str, expected: str, next_step: str = "") -> None:
        self.where = where
        self.found = found
        self.expected = expected
        super().__init__(f"{where}: {found}; expected {expected}" + (f"; {next_step}" if next_step else ""))


class UnknownFormatError(SourceError):
    """No reader recognises the file."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece of text stands: file, and line and column from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class TypologyError(CutlineError):
    """A typology that cannot be used; the message shows the place and what was expected."""

    def __init__(self, place: Place, found: str, expected: str, text: str = "", at: int = 0) -> None:
        self.place = place
        self.found = found
        self.expected = expected
        picture = f"\n    {text}\n    {' ' * at}^" if text else ""
        super().__init__(f"{place}: {found}; expected {expected}{picture}")


class TypologySyntaxError(TypologyError):
    """The text does not parse."""


class TypologyMeaningError(TypologyError):
    """It parses, but a name, a unit or a type is wrong."""


class WorkspaceError(CutlineError):
    """The workspace cannot be used as it is."""


class WorkspaceLockedError(WorkspaceError):
    """Another process holds the workspace."""


class WorkspaceVersionError(WorkspaceError):
    """The workspace was written by a newer version."""


class AccessError(CutlineError):
    """The caller may not see or do this."""

    exit_code = 3


class AuditError(CutlineError):
    """The audit log does not add up."""
