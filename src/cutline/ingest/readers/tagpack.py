"""Tag packs: YAML pages that say of addresses whose they are or what they did, as published by GraphSense.

What the page says at its head holds for every tag that does not say it itself. One entry may carry several well-known tags. The
pack's own words (label, actor, category, abuse, confidence, source, context) are kept in the note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from cutline.errors import IdentifierError, SourceError
from cutline.ingest.blocks import open_text
from cutline.ingest.chunk import Chunk, Head, SourceFile
from cutline.ingest.delivery import received_at
from cutline.ingest.readers.draft import Draft, context_of
from cutline.ingest.times import parse_times
from cutline.model.identifiers.chains import chain_name
from cutline.model.identifiers.columns import clean_column

LARGEST_PACK_BYTES = 32 << 20

WELL_KNOWN = {
    "exchange": "exchange",
    "mixing_service": "mixer",
    "mixer": "mixer",
    "coinjoin": "mixer",
    "bridge": "bridge",
    "defi_bridge": "bridge",
    "merchant": "merchant",
    "black_list": "frozen",
    "sanction": "sanctioned",
    "sanctions": "sanctioned",
    "service_hack": "stolen",
    "hack": "stolen",
    "theft": "stolen",
    "scam": "fraud",
    "fraud": "fraud",
    "phishing": "fraud",
    "ponzi_scheme": "fraud",
    "investment_fraud": "fraud",
}
"""Words of the packs' taxonomy and the tag that Cutline's typologies know; other words stay as they are."""

_NOTHING_SAID = frozenset({"user", "entity", "address"})
_SANCTIONS_LIST = re.compile(r"\bofac\b|sanction", re.IGNORECASE)
_HEAD = (
    "title",
    "address",
    "currency",
    "network",
    "category",
    "abuse",
    "label",
    "actor",
    "confidence",
    "source",
    "context",
    "lastmod",
)
_NOTED = ("label", "actor", "category", "abuse", "confidence", "source", "context")
_IS_PACK = re.compile(r"^tags:\s*(?:#.*)?$", re.MULTILINE)
_HAS_ADDRESS = re.compile(r"^\s*(?:-\s+)?address:", re.MULTILINE)


class TagPack:
    """Reads a TagPack page as tags."""

    kind = "tagpack"

    def recognises(self, head: Head) -> bool:
        """Say whether the text is YAML with a list of tags, the first of which name addresses."""
        return _IS_PACK.search(head.text) is not None and _HAS_ADDRESS.search(head.text) is not None

    def read(self, file: SourceFile) -> Iterator[Chunk]:
        """Give the tags of the page in one chunk. Memory: the page, at most 32 MB. Raises SourceError where it is no YAML."""
        yield _chunk(file, read_entries(file.path))


def read_entries(path: Path) -> list[dict[str, Any]]:
    """Give the tags of a page, numbered from 1, with what its head says where they say nothing themselves."""
    pack = _load(path)
    tags = pack.get("tags")
    if not isinstance(tags, list):
        raise SourceError(str(path), "a tag pack whose `tags` is no list", "a list of tags with addresses")
    return [_entry(number, tag, pack) for number, tag in enumerate(tags, 1)]


def _load(path: Path) -> Mapping[str, Any]:
    held = bytearray()
    for text in open_text(path):
        held += text
        if len(held) > LARGEST_PACK_BYTES:
            raise SourceError(str(path), "a tag pack of more than 32 MB", "smaller packs")
    try:
        pack = yaml.load(bytes(held).decode(errors="replace"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise SourceError(str(path), f"no YAML ({str(error)[:200]})", "a TagPack page") from error
    if not isinstance(pack, dict):
        raise SourceError(str(path), f"a {type(pack).__name__}", "a TagPack page: names and values, and a list `tags`")
    return pack


def _entry(number: int, tag: Any, pack: Mapping[str, Any]) -> dict[str, Any]:
    own: Mapping[str, Any] = tag if isinstance(tag, dict) else {}
    said = {name: _text(own.get(name, pack.get(name))) for name in _HEAD}
    original = yaml.safe_dump(tag, allow_unicode=True, default_flow_style=True, width=1 << 20).strip() if own else str(tag)
    concepts = own.get("concepts", pack.get("concepts"))
    words = [_text(word) for word in concepts] if isinstance(concepts, list) else []
    return {"row": number, "original": original, **said, "tags": _tags(said, [w for w in words if w])}


def _tags(said: Mapping[str, str | None], concepts: list[str]) -> list[str]:
    words = [w.strip().lower() for w in (said["abuse"], said["category"], *concepts) if w]
    known = {WELL_KNOWN[w] for w in words if w in WELL_KNOWN}
    if not known and any(_SANCTIONS_LIST.search(said[name] or "") for name in ("label", "title")):
        known = {"sanctioned"}
    return sorted(known or {w for w in words if w not in _NOTHING_SAID} or {"labelled"})


def _text(value: Any) -> str | None:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if value is None or isinstance(value, list | dict):
        return None
    return str(value).strip() or None


def _chain(currency: str) -> str:
    try:
        return chain_name(currency)
    except IdentifierError:
        return ""


def _chunk(file: SourceFile, entries: list[dict[str, Any]]) -> Chunk:
    text = dict.fromkeys(("original", *_HEAD), pl.String())
    schema: dict[str, pl.DataType] = {"row": pl.Int64(), **text, "tags": pl.List(pl.String)}
    rows = pl.DataFrame(entries, schema=schema)
    rows = rows.with_columns(native=pl.concat_str("currency", "label", "address", separator="/", ignore_nulls=True))
    draft = Draft(file, TagPack.kind, rows.with_columns(pl.col("tags").list.join(",")))
    draft.need("address")
    names = rows.select(pl.coalesce("network", "currency").fill_null("")).to_series()
    chains = {name: _chain(name) for name in names.unique()}
    prefix = names.replace_strict(chains, return_dtype=pl.String)
    spelled = rows.with_columns(chain=prefix).select(
        pl.when(pl.col("chain") != "").then(pl.concat_str("chain", pl.lit("/"), "address")).otherwise("address")
    )
    entity, refused = clean_column("address", spelled.to_series(), context_of(file))
    draft.refuse("address", rows["address"], refused)
    said_at = parse_times(rows["lastmod"], file.delivery.zone).values
    tags = rows.select(
        "row",
        "native",
        entity=entity,
        tag="tags",
        list=pl.coalesce("title", pl.lit(file.name)),
        list_version=pl.lit(file.sha256[:12]),
        occurred_at=said_at,
        note=pl.struct(n for n in _NOTED).struct.json_encode(),
    ).with_columns(pl.col("occurred_at").fill_null(received_at(file)))
    tags = tags.explode("tag").with_columns(event_id=pl.concat_str("native", pl.lit("/"), "tag"))
    return draft.chunk({"tags": tags}, "native")
