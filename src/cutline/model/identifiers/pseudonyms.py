"""Pseudonyms: what stands for a person or a number wherever nobody gave a reason to see it."""

from __future__ import annotations

import hmac

from cutline.errors import UsageError

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS, _SIZE = 3, 4
MIN_KEY_BYTES = 16


def pseudonym(entity: str, key: bytes) -> str:
    """Give the keyed pseudonym of an id: `phone~7F3K-Q2MD-5TXA`, the same for the same key, not reversible without it.

    Sixty bits of HMAC-SHA-256 over the whole id in Crockford's base 32: at ten million entities of a kind the odds that any
    two share one are below one in twenty thousand.
    """
    check_key(key)
    return _spell(entity, key)


def check_key(key: bytes) -> None:
    """Refuse a key that could be guessed."""
    if len(key) < MIN_KEY_BYTES:
        raise UsageError(f"the pseudonym key has {len(key)} bytes, expected at least {MIN_KEY_BYTES}")


def spell_all(entities: list[str], key: bytes) -> list[str]:
    """Give the pseudonyms of many ids."""
    check_key(key)
    return [_spell(entity, key) for entity in entities]


def _spell(entity: str, key: bytes) -> str:
    number = int.from_bytes(hmac.digest(key, entity.encode(), "sha256")[:8], "big") >> 4
    letters = [_LETTERS[number >> shift & 31] for shift in range(55, -1, -5)]
    groups = ("".join(letters[k : k + _SIZE]) for k in range(0, _GROUPS * _SIZE, _SIZE))
    return f"{entity.partition(':')[0]}~{'-'.join(groups)}"
