"""How identifiers are written down: what is folded away before any kind looks at a spelling."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from cutline.errors import IdentifierError, UsageError

RESERVED_SCOPES = frozenset({"id", "imei", "imsi", "iccid"})
"""Scopes that claim more than one issuer's word; no deliverer may be called so, or its tokens would pass for national ones."""

MAX_TOKEN = 200
OPEN, CLOSE = "⟨", "⟩"
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SEPARATORS = re.compile(r"[\s\-‐‑‒–—―−.()/·]+")
_SPACES = re.compile(r"\s+")
_SPREADSHEET = re.compile(r"(\+?[0-9]+)\.0")


@dataclass(frozen=True, slots=True)
class Context:
    """What a delivery says that a spelling alone does not.

    `deliverer` is the delivery's `source`, which scopes its tokens and service codes; `country` completes national numbers and
    bare bank codes; `national_tokens` is `person_tokens: national`; `chain` and `platform` are the delivery's, row's or list's.
    """

    deliverer: str
    country: str = "CN"
    national_tokens: bool = False
    chain: str = ""
    platform: str = ""

    def __post_init__(self) -> None:
        if self.deliverer.strip().lower() in RESERVED_SCOPES:
            raise UsageError(f"a deliverer called {self.deliverer!r}: the name is reserved; give the delivery another `source`")


def fold(text: str) -> str:
    """Bring a spelling to plain characters: full-width forms, invisible marks and outer spaces go."""
    if text.isascii():
        return text.strip()
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip()


def drop_separators(text: str) -> str:
    """Remove what people write between groups of digits: spaces, dashes, dots, brackets, slashes.

    What spreadsheets add goes too: a leading apostrophe, a trailing `.0`.
    """
    text = text.lstrip("'")
    number = _SPREADSHEET.fullmatch(text)
    return number[1] if number else _SEPARATORS.sub("", text)


def is_digits(text: str) -> bool:
    """Say whether a text is one or more of the digits 0 to 9 and nothing else."""
    return text.isascii() and text.isdigit()


def read_token(what: str, text: str) -> str:
    """Check an issuer's opaque token: its case and inner characters are the issuer's own and stay."""
    token = _SPACES.sub(" ", fold(text))
    if not token or len(token) > MAX_TOKEN or not token.isprintable() or OPEN in token or CLOSE in token:
        raise IdentifierError(what, text[:MAX_TOKEN], f"1 to {MAX_TOKEN} printable characters")
    return token


def scope_of(source: str) -> str:
    """Spell a source as the first part of its tokens' ids, which ends at the first slash."""
    return _SPACES.sub(" ", fold(source)).replace("/", "%2F")


def split_scope(text: str) -> tuple[str, str | None]:
    """Take apart a displayed token, `9f2c ⟨icbc⟩`: the token, and the scope where one stands."""
    text = text.strip()
    if not text.endswith(CLOSE) or OPEN not in text:
        return text, None
    token, _, scope = text[:-1].rpartition(OPEN)
    return token.rstrip(), scope_of(scope) or None


def show_scoped(rest: str) -> str:
    """Write a scoped token for a person: `9f2c ⟨icbc⟩`."""
    scope, _, token = rest.partition("/")
    return f"{token} {OPEN}{scope}{CLOSE}"


def in_groups(text: str, size: int = 4) -> str:
    """Write a long number in groups, as it stands on a card."""
    return " ".join(text[k : k + size] for k in range(0, len(text), size))


def veil(text: str, head: int, tail: int) -> str:
    """Hide the middle of a text: at most `head` first and `tail` last characters stay, and at least four are hidden.

    A text too short for that is hidden wholly. The length stays.
    """
    if len(text) < head + tail + 4:
        return "*" * len(text)
    return text[:head] + "*" * (len(text) - head - tail) + (text[-tail:] if tail else "")
