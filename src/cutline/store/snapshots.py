"""Published Parquet: the events of each table as one file that analysts and other tools read without the lake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cutline.model.tables import TABLES
from cutline.store.catalogue import Catalogue
from cutline.store.durable import settle, settle_all
from cutline.store.records import PART_ROWS


def publish(catalogue: Catalogue, events: Callable[[str, Sequence[str]], pa.Table], folder: Path) -> list[Path]:
    """Write every table's events to `<folder>/<table>.parquet`, each file replaced whole.

    The catalogue remembers the paths before the first byte is written, so that a purge finds them. Memory: one table.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder.resolve() / f"{name}.parquet" for name in TABLES]
    with catalogue.transaction():
        for path in paths:
            for name in (str(path), str(path.with_suffix(".draft"))):
                catalogue.run("DELETE FROM snapshots WHERE path = ?", [name])
                catalogue.run("INSERT INTO snapshots VALUES (?)", [name])
    for path in paths:
        draft = path.with_suffix(".draft")
        table = TABLES[path.stem]
        pq.write_table(
            events(table.name, table.names), draft, row_group_size=PART_ROWS, compression="zstd", compression_level=1
        )
        settle(draft)
        draft.replace(path)
    settle_all([folder])
    return paths
