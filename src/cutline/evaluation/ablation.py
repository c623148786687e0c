"""The same world with something taken away, to see what the figures owe to it."""

from __future__ import annotations

from cutline.graph.index import EventTable, Index


def without_tags(index: Index) -> Index:
    """Give the index as if no list had ever been loaded: who is clear only because of a tag is not clear here.

    The columns of all other tables are shared, not copied; entities keep their codes. Nothing covers the tags any more, so
    a typology that needs a list says it cannot assess.
    """
    if "tags" not in index.tables:
        return index
    tags = index.tables["tags"]
    bare = EventTable(
        "tags",
        tags.t_us[:0],
        {name: values[:0] for name, values in tags.columns.items()},
        dict.fromkeys(tags.categories, ()),
        type(tags.coverage)(None, None),
    )
    return Index(index.entities, index.kinds, {**index.tables, "tags": bare}, index.cite, index.known)
