"""What makes a row the same row again: a stable 64-bit hash of its values.

The hash depends on names, values and seed alone: not on the order of columns, on the machine or on a library's version. A null
adds nothing, so that an absent column equals an empty one. Two different rows of ten million meet by chance about three
times in a million loads.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pyarrow as pa
from numba import njit, uint64
from numpy.typing import NDArray

from cutline.model.kernels import kernel

_K1 = np.uint64(0x9E3779B185EBCA87)
_K2 = np.uint64(0xC2B2AE3D27D4EB4F)
_K3 = np.uint64(0x165667B19E3779F9)
_INLINE_BYTES = 12


def hash_rows(frame: pl.DataFrame, columns: Sequence[str], seed: int) -> pl.Series:
    """Hash the named columns of each row: text, integers, times, decimals, flags, floats. Gives UInt64, named `hash`."""
    total = np.zeros(frame.height, np.uint64)
    for name in columns:
        _add_column(total, frame[name], np.uint64(hash_text(name, seed)))
    return pl.Series("hash", _finish(total, np.uint64(seed & 0xFFFF_FFFF_FFFF_FFFF)), pl.UInt64)


def hash_text(text: str, seed: int = 0) -> int:
    """Hash one text as `hash_rows` hashes a value; for seeds made of a deliverer and a kind."""
    data = np.frombuffer(text.encode(), np.uint8)
    return int(_hash_bytes(data, 0, len(data), np.uint64(seed & 0xFFFF_FFFF_FFFF_FFFF)))


def to_hex(hashes: pl.Series) -> pl.Series:
    """Write 64-bit hashes as 16 hexadecimal digits, to serve as event ids."""
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    nibbles = hashes.to_numpy().astype(">u8").view(np.uint8).reshape(-1, 8)
    text = np.empty((len(hashes), 16), np.uint8)
    text[:, 0::2], text[:, 1::2] = digits[nibbles >> 4], digits[nibbles & 15]
    offsets = pa.py_buffer(np.arange(0, 16 * len(hashes) + 1, 16, dtype=np.int64))
    series = pl.from_arrow(pa.Array.from_buffers(pa.large_string(), len(hashes), [None, offsets, pa.py_buffer(text)]))
    return pl.Series(hashes.name, series)


def _add_column(total: NDArray[np.uint64], values: pl.Series, seed: np.uint64) -> None:
    valid = values.is_not_null().to_numpy()
    kind = values.dtype
    if kind == pl.String:
        array = values.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
        _, views, *texts = array.buffers()
        data = [np.frombuffer(text, np.uint8) for text in texts if text is not None and text.size]
        begins = np.cumsum([0, *(0 if text is None else text.size for text in texts)])
        whole = data[0] if len(data) == 1 else np.concatenate([*data, np.empty(0, np.uint8)])
        words = np.frombuffer(views, np.uint64).reshape(-1, 2)[array.offset : array.offset + len(array)]
        _add_texts(total, words, whole, begins, (valid, seed))
    elif isinstance(kind, pl.Decimal):
        array = values.rechunk().to_arrow()
        words = np.frombuffer(array.buffers()[1], np.uint64).reshape(-1, 2)[array.offset : array.offset + len(array)]
        _add_words(total, words, valid, seed)
    else:
        physical = values.to_physical().fill_null(0 if kind != pl.Boolean else False)
        bits = physical.to_numpy().view(np.uint64) if kind == pl.Float64 else physical.cast(pl.Int64).to_numpy().view(np.uint64)
        _add_words(total, np.ascontiguousarray(bits).reshape(-1, 1), valid, seed)


@njit(cache=True, inline="always")
def _avalanche(h: np.uint64) -> np.uint64:
    h ^= h >> uint64(33)
    h *= _K2
    h ^= h >> uint64(29)
    h *= _K3
    return h ^ (h >> uint64(32))


@njit(cache=True, inline="always")
def _mix(h: np.uint64, word: np.uint64) -> np.uint64:
    h = (h ^ (word * _K2)) * _K1
    return h ^ (h >> uint64(31))


@kernel
def _hash_bytes(data: NDArray[np.uint8], start: int, end: int, seed: np.uint64) -> np.uint64:
    h = seed ^ (uint64(end - start) * _K1)
    at = start
    while at + 8 <= end:
        word = uint64(0)
        for k in range(8):
            word |= uint64(data[at + k]) << uint64(8 * k)
        h = _mix(h, word)
        at += 8
    word = uint64(0)
    for k in range(end - at):
        word |= uint64(data[at + k]) << uint64(8 * k)
    return _avalanche((h ^ (word * _K2)) * _K1)


@kernel
def _add_texts(total, views, data, begins, which):  # type: ignore[no-untyped-def]
    """Add the hashes of Arrow string views: up to twelve bytes stand in the view itself, longer texts in one of the buffers."""
    valid, seed = which
    for i in range(len(total)):
        if not valid[i]:
            continue
        low, high = views[i, 0], views[i, 1]
        length = np.int64(low & uint64(0xFFFF_FFFF))
        if length > _INLINE_BYTES:
            start = begins[np.int64(high & uint64(0xFFFF_FFFF))] + np.int64(high >> uint64(32))
            total[i] += _hash_bytes(data, start, start + length, seed)
            continue
        h = seed ^ (uint64(length) * _K1)
        word = low >> uint64(32) | high << uint64(32)
        if length >= 8:
            h = _mix(h, word)
            word = high >> uint64(32)
        total[i] += _avalanche((h ^ (word * _K2)) * _K1)


@kernel
def _add_words(total, words, valid, seed):  # type: ignore[no-untyped-def]
    for i in range(len(total)):
        if valid[i]:
            h = seed
            for k in range(words.shape[1]):
                h = _mix(h, words[i, k])
            total[i] += _avalanche(h)


@kernel
def _finish(total: NDArray[np.uint64], seed: np.uint64) -> NDArray[np.uint64]:
    for i in range(len(total)):
        total[i] = _avalanche(total[i] ^ (seed * _K1))
    return total
