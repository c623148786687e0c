"""Which reader a file is for: known by its content and columns, named by the user, or described in a mapping."""

from __future__ import annotations

import re
from pathlib import Path

from cutline.errors import UnknownFormatError, UsageError
from cutline.ingest.blocks import read_head
from cutline.ingest.chunk import Head, Reader, SourceFile
from cutline.ingest.kinds import rank_kinds
from cutline.ingest.mapped import read_mapping
from cutline.ingest.readers import READERS

_SHOWN_COLUMNS = 12
_IS_NAME = re.compile(r"[^\W\d][^\d@:/+]{0,39}[0-9]{0,2}")


def recognise(file: SourceFile, as_kind: str | None = None, mapping: Path | None = None) -> Reader:
    """Give the reader for a file: the mapping's, the named kind's, else the first that knows the content.

    Raises UnknownFormatError with the columns found, the nearest kind and what it lacks; UsageError for a kind that does not
    exist or a mapping together with a kind; SourceError for an empty or unreadable file.
    """
    if mapping is not None:
        if as_kind is not None:
            raise UsageError("--as and --mapping exclude each other: a mapping says itself what the rows are")
        return read_mapping(mapping)
    if as_kind is not None:
        named = reader_of(as_kind)
        read_head(file.path)
        return named
    head = read_head(file.path)
    for reader in READERS:
        if reader.recognises(head):
            return reader
    raise _unknown(file, head)


def reader_of(kind: str) -> Reader:
    """Give the reader of a kind. Raises UsageError for one that does not exist."""
    named = next((reader for reader in READERS if reader.kind == kind), None)
    if named is None:
        raise UsageError(f"no kind {kind!r}; expected one of {', '.join(sorted({r.kind for r in READERS}))}")
    return named


def _unknown(file: SourceFile, head: Head) -> UnknownFormatError:
    """Say what was found without saying whom: a file without a header begins with somebody's record."""
    begin = head.text.strip()[:1]
    if begin == "[" or not any(head.columns):
        found = f"no reader knows a file that begins with {begin!r}"
        return UnknownFormatError(str(file.path), found, "a format of formats.md: CSV with a header, or one object a line")
    shown = ", ".join(head.columns[:_SHOWN_COLUMNS]) + (", …" if len(head.columns) > _SHOWN_COLUMNS else "")
    nearest = rank_kinds(head.columns)[0]
    if not nearest.known:
        if not all(_IS_NAME.fullmatch(name) for name in head.columns):
            found = f"a first line of {len(head.columns)} values that are no names of columns"
            return UnknownFormatError(str(file.path), found, "a header row with the columns of a known kind", _NEXT)
        return UnknownFormatError(str(file.path), f"the columns {shown}", "the columns of a known kind", _NEXT)
    lacks = f"which lacks {', '.join(nearest.missing)}" if nearest.missing else "of which too few columns are there"
    return UnknownFormatError(
        str(file.path), f"the columns {shown}", f"a known kind; the nearest is {nearest.kind.name}, {lacks}", _NEXT
    )


_NEXT = "describe the file in a mapping (examples/mappings)"
