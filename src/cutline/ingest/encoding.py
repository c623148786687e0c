"""Which of the agreed encodings a file is written in: UTF-8, GB18030 or latin-1."""

from __future__ import annotations

import re
from collections.abc import Iterable

UTF8, GB18030, LATIN1 = "utf-8", "gb18030", "latin-1"
EITHER, NEITHER = "either", "neither"
"""Two Chinese characters of GB18030 are now and then two letters of UTF-8 as well: 诈骗 is; such a line follows the others."""

ENOUGH_LINES = 20_000
"""A judgement rests on at most so many lines that are not plain ASCII."""

_HIGH = re.compile(rb"[\x80-\xff]+")
_FIRST_OF_THREE_BYTES = "\u0800"
_NEVER_LATIN1 = re.compile(rb"[\x80-\x9f\xfe\xff]")


def recognise_encoding(blocks: Iterable[bytes]) -> str:
    """Name the encoding in which most lines make sense; UTF-8 where none does, so that the bad lines become rejects.

    `blocks` are whole lines of raw bytes. A file that is UTF-8 but for a few damaged rows stays UTF-8; a GB18030 file is known
    by Chinese characters standing in pairs of high bytes, a latin-1 file by lone letters among ASCII.
    """
    votes = {UTF8: 0, GB18030: 0, LATIN1: 0, EITHER: 0, NEITHER: 0}
    seen = 0
    for block in blocks:
        if block.isascii():
            continue
        for line in block.split(b"\n"):
            if line.isascii():
                continue
            votes[_vote(line)] += 1
            seen += 1
        if seen >= ENOUGH_LINES:
            break
    votes[GB18030 if votes[GB18030] > votes[UTF8] else UTF8] += votes[EITHER]
    best = max((UTF8, GB18030, LATIN1), key=lambda name: votes[name])
    return best if 2 * votes[best] >= seen else UTF8


def _vote(line: bytes) -> str:
    chinese = _is_chinese(line)
    if _decodes(line, UTF8):
        return EITHER if chinese and max(line.decode()) < _FIRST_OF_THREE_BYTES else UTF8
    if chinese:
        return GB18030
    return NEITHER if _NEVER_LATIN1.search(line) else LATIN1


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_chinese(line: bytes) -> bool:
    runs = _HIGH.findall(line)
    together = sum(len(run) for run in runs if len(run) > 1)
    if 2 * together < sum(map(len, runs)) or not _decodes(line, GB18030):
        return False
    wide = [c for c in line.decode(GB18030) if c > "\x7f"]
    common = sum("\u4e00" <= c <= "\u9fff" or "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uffef" for c in wide)
    return 2 * common >= len(wide)
