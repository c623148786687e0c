"""Identifiers: every spelling that sources use for a thing, and the one id it gets.

An id is `kind:canonical`. Scalars are for lists, requests and the command line; events go through `columns`.
"""

from cutline.model.identifiers.accounts import clean_account, clean_institution, is_bank_card
from cutline.model.identifiers.kinds import clean, clean_entity, clean_party, display, mask
from cutline.model.identifiers.pseudonyms import is_pseudonym, pseudonym
from cutline.model.identifiers.spelling import Context

__all__ = [
    "Context",
    "clean",
    "clean_account",
    "clean_entity",
    "clean_institution",
    "clean_party",
    "display",
    "entity_id",
    "is_bank_card",
    "is_pseudonym",
    "mask",
    "pseudonym",
]


def entity_id(kind: str, canonical: str) -> str:
    """Join a kind and a canonical spelling that is known to be one; unchecked spellings go through `clean`."""
    return f"{kind}:{canonical}"
