"""Columns of texts of one length as matrices of bytes, and back, without a copy of each text."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]


def to_bytes(texts: pl.Series, width: int) -> Bytes:
    """Give ASCII texts of `width` characters (no nulls) as a matrix (rows, width)."""
    arrow = texts.to_arrow().cast(pa.large_string())
    offsets = np.frombuffer(arrow.buffers()[1], np.int64)[arrow.offset : arrow.offset + len(arrow) + 1]
    data = np.frombuffer(arrow.buffers()[2] or b"", np.uint8)
    return data[offsets[0] : offsets[-1]].reshape(len(texts), width)


def to_texts(matrix: Bytes) -> pl.Series:
    """Give the rows of a matrix of ASCII bytes as texts."""
    rows, width = matrix.shape
    offsets = np.arange(0, width * rows + 1, max(width, 1), dtype=np.int64)
    data = np.ascontiguousarray(matrix).tobytes()
    return pl.Series(pa.LargeStringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(data))).cast(pl.String)
