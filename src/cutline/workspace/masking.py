"""Who is shown: pseudonyms, unless somebody says why the clear is needed, which the audit log keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cutline.errors import UsageError
from cutline.model.entities import ENTITY_KINDS
from cutline.model.identifiers import pseudonym
from cutline.model.reasons import check_reason

PUBLIC_KINDS = frozenset({"place", "cell", "website", "item"})
"""What names no person and no number: shown as it is."""

Show = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Access:
    """A wish to see ids in the clear, and why."""

    unmask: bool = False
    reason: str = ""

    def check(self) -> None:
        """Refuse the clear without a reason, and a reason without the clear."""
        if self.unmask and not self.reason.strip():
            raise UsageError('--unmask shows people in the clear; say why: --unmask --reason "…" (it goes into the audit log)')
        if self.unmask:
            check_reason(self.reason)
        if self.reason and not self.unmask:
            raise UsageError("--reason is given without --unmask; add --unmask, or leave the reason out")


def shower(key: bytes, access: Access) -> Show:
    """Give the function that says how an id appears."""
    known: dict[str, str] = {}

    def show(entity: str) -> str:
        if access.unmask or entity.partition(":")[0] in PUBLIC_KINDS:
            return entity
        if entity not in known:
            known[entity] = pseudonym(entity, key)
        return known[entity]

    return show


def show_plain(value: Any, show: Show) -> Any:
    """Replace every id in JSON-ready values by how it appears."""
    match value:
        case str():
            return show(value) if _is_id(value) else value
        case dict():
            return {k: show_plain(v, show) for k, v in value.items()}
        case list() | tuple():
            return [show_plain(v, show) for v in value]
    return value


def _is_id(text: str) -> bool:
    kind, colon, rest = text.partition(":")
    return bool(colon and rest) and kind in ENTITY_KINDS
