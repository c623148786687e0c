"""Pseudonyms: what stands for a person or a number wherever nobody gave a reason to see it."""

from __future__ import annotations

import hmac
import re

import numpy as np
import polars as pl

from cutline.errors import UsageError
from cutline.model.identifiers.texts import to_texts

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS = np.frombuffer(_ALPHABET.encode(), np.uint8)
_SHIFTS = np.arange(59, 3, -5, dtype=np.uint64)
MIN_KEY_BYTES = 16
_SHAPE = re.compile(r"[a-z_]+~[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){2}")


def pseudonym(entity: str, key: bytes) -> str:
    """Give the keyed pseudonym of an id: `phone~7F3K-Q2MD-5TXA`, the same for the same key, not reversible without it.

    Sixty bits of HMAC-SHA-256 over the whole id in Crockford's base 32: among ten million entities of a kind the odds that any
    two share one are below one in twenty thousand.
    """
    number = int.from_bytes(_digest(entity, _checked(key)), "big")
    letters = "".join(_ALPHABET[number >> shift & 31] for shift in _SHIFTS.tolist())
    return f"{entity.partition(':')[0]}~{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def is_pseudonym(text: str) -> bool:
    """Say whether a text is spelled as pseudonyms are; an id may hold a `~` too, as a web page's path does."""
    return _SHAPE.fullmatch(text) is not None


def spell_all(entities: pl.Series, key: bytes) -> pl.Series:
    """Give the pseudonyms of a column of ids (no nulls)."""
    _checked(key)
    digests = b"".join([_digest(entity, key) for entity in entities.to_list()])
    numbers = np.frombuffer(digests, ">u8").astype(np.uint64)
    letters = _LETTERS[(numbers[:, None] >> _SHIFTS) & np.uint64(31)]
    grouped = np.insert(letters, [0, 4, 8], np.frombuffer(b"~--", np.uint8), axis=1)
    return entities.str.extract("^([^:]*)", 1) + to_texts(grouped)


def _checked(key: bytes) -> bytes:
    if len(key) < MIN_KEY_BYTES:
        raise UsageError(f"the pseudonym key has {len(key)} bytes, expected at least {MIN_KEY_BYTES}")
    return key


def _digest(entity: str, key: bytes) -> bytes:
    return hmac.digest(key, entity.encode(), "sha256")[:8]
