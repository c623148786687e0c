"""Columns that grow batch by batch; a row's number is its id."""

from typing import Any

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[Any]


class Table:
    """A growing set of equal-length columns. Columns a batch does not name take their default."""

    def __init__(self, **columns: tuple[str, int]) -> None:
        self._spec = columns
        self._parts: dict[str, list[Column]] = {name: [] for name in columns}
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def add(self, rows: int, **values: Any) -> npt.NDArray[np.int64]:
        """Appends rows and returns their numbers. A scalar stands for every row."""
        unknown = values.keys() - self._spec.keys()
        if unknown:
            raise KeyError(f"no column {sorted(unknown)}; expected some of {sorted(self._spec)}")
        for name, (dtype, default) in self._spec.items():
            given = np.asarray(values.get(name, default)).astype(dtype)
            self._parts[name].append(np.broadcast_to(given, (rows,)))
        self._rows += rows
        return np.arange(self._rows - rows, self._rows, dtype=np.int64)

    def __getitem__(self, name: str) -> Column:
        parts = self._parts[name]
        if len(parts) != 1 or not parts[0].flags.writeable:
            whole = np.concatenate(parts) if parts else np.empty(0, self._spec[name][0])
            self._parts[name] = [whole]
        return self._parts[name][0]

    def put(self, name: str, rows: Column | slice, values: Any) -> None:
        """Overwrites a column at some rows."""
        self[name][rows] = values

    def keep(self, mask: npt.NDArray[np.bool_]) -> None:
        """Drops the rows that the mask does not name; ids change, so only for event tables."""
        for name in self._spec:
            self._parts[name] = [self[name][mask]]
        self._rows = int(mask.sum())
