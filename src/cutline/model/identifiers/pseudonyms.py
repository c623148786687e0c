"""Pseudonyms: what stands for a person or a number wherever nobody gave a reason to see it."""

from __future__ import annotations

import base64
import hmac

from cutline.errors import UsageError

_CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
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
    letters = base64.b32encode(hmac.digest(key, entity.encode(), "sha256")[:10]).decode().translate(_CROCKFORD)
    return f"{entity.partition(':')[0]}~{letters[:4]}-{letters[4:8]}-{letters[8:12]}"
