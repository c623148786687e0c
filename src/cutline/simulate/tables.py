"""Columns that grow batch by batch; a row's number is its id."""

from typing import Any

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[Any]


class Table:
    """A growing set of equal-length columns. Columns a batch does not name take their default.

    What a batch gives is laid into a column when somebody next looks at it: many small batches cost what they hold, no more.
    """

    def __init__(self, **columns: tuple[str, int]) -> None:
        self._spec = columns
        self._laid = {name: np.empty(0, dtype) for name, (dtype, _) in columns.items()}
        self._filled = dict.fromkeys(columns, 0)
        self._given: dict[str, list[tuple[int, int, Column]]] = {name: [] for name in columns}
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def add(self, rows: int, **values: Any) -> npt.NDArray[np.int64]:
        """Appends rows and returns their numbers. A scalar stands for every row."""
        unknown = values.keys() - self._spec.keys()
        if unknown:
            raise KeyError(f"no column {sorted(unknown)}; expected some of {sorted(self._spec)}")
        first = self._rows
        self._rows += rows
        for name, value in values.items():
            self._given[name].append((first, self._rows, np.array(value, dtype=self._spec[name][0])))
        return np.arange(first, self._rows, dtype=np.int64)

    def __getitem__(self, name: str) -> Column:
        if self._filled[name] < self._rows:
            self._lay(name)
        return self._laid[name][: self._rows]

    def lay(self) -> None:
        """Lays every column, so that several threads can read the table."""
        for name in self._spec:
            self._lay(name)

    def _lay(self, name: str) -> None:
        dtype, default = self._spec[name]
        filled, column = self._filled[name], self._laid[name]
        if len(column) < self._rows:
            column = np.empty(max(self._rows, len(column) + len(column) // 8), dtype)
            column[:filled] = self._laid[name][:filled]
        column[filled : self._rows] = default
        for first, end, value in self._given[name]:
            column[first:end] = value
        self._given[name].clear()
        self._laid[name], self._filled[name] = column, self._rows

    def put(self, name: str, rows: Column | slice, values: Any) -> None:
        """Overwrites a column at some rows."""
        self[name][rows] = values

    def keep(self, mask: npt.NDArray[np.bool_]) -> None:
        """Drops the rows that the mask does not name; ids change, so only for event tables."""
        for name in self._spec:
            self._laid[name] = self[name][mask]
        self._rows = int(mask.sum())
        self._filled = dict.fromkeys(self._spec, self._rows)
