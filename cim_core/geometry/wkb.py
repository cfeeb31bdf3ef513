"""Well-known binary of plain polygons as arrays: one ring in two dimensions, as nearly all buildings are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]

_HEADER_BYTES = 13
_POINT_BYTES = 16
_FEWEST_POINTS = 4


def are_simple(wkb: pa.Array) -> Mask:
    """Which values are little-endian two-dimensional polygons of one ring."""
    data, start, size = _bytes_of(wkb)
    points_bytes = size - _HEADER_BYTES
    may = np.flatnonzero((points_bytes >= _FEWEST_POINTS * _POINT_BYTES) & (points_bytes % _POINT_BYTES == 0))
    result = np.zeros(len(wkb), bool)
    head = data[start[may, None] + np.arange(_HEADER_BYTES)]
    kind, rings, points = (np.ascontiguousarray(head[:, k : k + 4]).view("<u4")[:, 0] for k in (1, 5, 9))
    result[may] = (head[:, 0] == 1) & (kind == 3) & (rings == 1) & (points == points_bytes[may] // _POINT_BYTES)
    return result


def read_simple(wkb: pa.Array, rows: Indices) -> tuple[Floats, Indices]:
    """Coordinates (V, 2) of the closed rings of rows that ``are_simple``, one after another, and how many each has."""
    data, start, size = _bytes_of(wkb)
    change = np.zeros(len(data) + 1, np.int8)
    change[start[rows] + _HEADER_BYTES] = 1
    change[(start + size)[rows]] -= 1
    xy = data[np.cumsum(change[:-1], dtype=np.int8).view(bool)].view("<f8").reshape(-1, 2)
    return xy, (size[rows] - _HEADER_BYTES) // _POINT_BYTES


def encode_simple(xy: Floats, count: Indices) -> pa.Array:
    """The way back of ``read_simple``: a column of binary polygons."""
    offsets = np.zeros(len(count) + 1, np.int32)
    np.cumsum(_HEADER_BYTES + _POINT_BYTES * count, out=offsets[1:])
    data = np.zeros(int(offsets[-1]), np.uint8)
    head = np.zeros((len(count), _HEADER_BYTES), np.uint8)
    head[:, 0], head[:, 1], head[:, 5] = 1, 3, 1
    head[:, 9:] = count.astype("<u4")[:, None].view(np.uint8)
    at_head = offsets[:-1, None] + np.arange(_HEADER_BYTES)
    is_point = np.ones(len(data), bool)
    is_point[at_head.reshape(-1)] = False
    data[at_head] = head
    data[is_point] = np.ascontiguousarray(xy, "<f8").reshape(-1).view(np.uint8)
    return pa.Array.from_buffers(pa.binary(), len(count), [None, pa.py_buffer(offsets), pa.py_buffer(data)])


def _bytes_of(wkb: pa.Array) -> tuple[NDArray[np.uint8], Indices, Indices]:
    """The bytes of a binary column, first byte and size of every value (size 0 where null)."""
    _, offsets, values = wkb.buffers()
    width = np.dtype(np.int64 if pa.types.is_large_binary(wkb.type) else np.int32)
    at = np.frombuffer(offsets, width, len(wkb) + 1, width.itemsize * wkb.offset).astype(np.int64)
    data = np.zeros(0, np.uint8) if values is None else np.frombuffer(values, np.uint8)
    size = np.diff(at)
    if wkb.null_count:
        size = np.where(wkb.is_null().to_numpy(zero_copy_only=False), 0, size)
    return data[at[0] : at[-1]], at[:-1] - at[0], size
