"""Buffers to EXT_meshopt_compression streams and back (vertex codec version 0, index codec version 1)."""

from __future__ import annotations

import importlib
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cim_core.errors import MissingExtraError

_SEQUENCE_HEADER = 0xD1  # index sequence, version 1
_UNUSED = 0xFFFFFFFF

#: Metres per unit of the exponential filter: 2^-10, about a millimetre; 24-bit mantissas reach ±8 km.
FIXED_POINT_EXPONENT = -10
#: For heights above ground, which carry storey lines: 2^-4, so that they are off by three centimetres at most.
COARSE_EXPONENT = -4


@cache
def _library() -> ModuleType:
    try:
        library = importlib.import_module("almeshopt")
    except ImportError as error:
        raise MissingExtraError(
            "the meshopt compressor is not available on this machine", hint="convert with --plain", where="almeshopt"
        ) from error
    library.set_index_encoder_version(1)
    return library


def encode_attributes(rows: NDArray[np.generic]) -> bytes:
    """Encode (n, stride) rows whose size in bytes is a multiple of four."""
    return bytes(_library().encode_vertex_buffer(np.ascontiguousarray(rows), version=0))


def encode_triangles(indices: NDArray[np.uint32], vertices: int) -> bytes:
    """Encode a triangle list (mode TRIANGLES)."""
    return bytes(_library().encode_index_buffer(np.ascontiguousarray(indices, np.uint32).reshape(-1), vertices))


def encode_sequence(indices: NDArray[np.uint32]) -> bytes:
    """Encode any index list (mode INDICES, version 1).

    Each index is a zigzag difference to the one before, with the low bit naming the baseline (always the first
    here), as a little-endian base-128 number; four zero bytes end the stream (EXT_meshopt_compression, Appendix A).
    """
    flat = np.ascontiguousarray(indices, np.uint32).reshape(-1).astype(np.int64)
    delta = np.diff(flat, prepend=0)
    value = (((delta << 1) ^ (delta >> 63)) << 1).astype(np.uint64)
    length = np.ones(len(value), np.int64)
    for shift in (7, 14, 21, 28):
        length += value >= np.uint64(1 << shift)
    ends = np.cumsum(length)
    out = np.zeros(int(ends[-1]) if len(ends) else 0, np.uint8)
    starts = ends - length
    for step in range(int(length.max(initial=0))):
        has = length > step
        byte = (value[has] >> np.uint64(7 * step)) & np.uint64(0x7F)
        out[starts[has] + step] = byte | np.where(length[has] > step + 1, 0x80, 0).astype(np.uint64)
    return bytes([_SEQUENCE_HEADER]) + out.tobytes() + bytes(4)


def to_exponential(
    values: NDArray[np.float64] | NDArray[np.float32], exponent: int = FIXED_POINT_EXPONENT
) -> NDArray[np.uint32]:
    """Metres as the input of the EXPONENTIAL filter, all on one grid of 2^exponent; ±8,191 m on that of millimetres."""
    mantissa = np.rint(np.asarray(values, np.float64) * 2.0**-exponent).astype(np.int64)
    return ((mantissa & 0xFFFFFF) | ((exponent & 0xFF) << 24)).astype(np.uint32)


def from_exponential(words: NDArray[np.uint32]) -> NDArray[np.float32]:
    """Undo the EXPONENTIAL filter (EXT_meshopt_compression, Appendix B)."""
    signed = words.view(np.int32) if words.flags.c_contiguous else np.ascontiguousarray(words).view(np.int32)
    exponent = signed >> 24
    mantissa = (signed << 8) >> 8
    return np.asarray(np.ldexp(mantissa.astype(np.float64), exponent), np.float32)


def to_octahedral(normals: NDArray[np.floating[Any]]) -> NDArray[np.int8]:
    """Unit normals (n, 3) as the input of the OCTAHEDRAL filter in 8 bits, (n, 4); to about a degree.

    Two numbers are stored, x and y of the normal's place on an octahedron, whose lower half (z < 0) is folded out.
    """
    size = np.abs(normals).sum(axis=1)
    x, y, z = (normals / np.where(size > 0, size, 1.0)[:, None]).T
    folded_x, folded_y = np.copysign(1 - np.abs(y), x), np.copysign(1 - np.abs(x), y)
    rows = np.zeros((len(normals), 4), np.int8)
    rows[:, 0] = np.rint(np.where(z < 0, folded_x, x) * 127)
    rows[:, 1] = np.rint(np.where(z < 0, folded_y, y) * 127)
    rows[:, 2] = 127
    return rows


def from_octahedral(rows: NDArray[np.int8]) -> NDArray[np.int8]:
    """Undo the OCTAHEDRAL filter in 8 bits (EXT_meshopt_compression, Appendix B)."""
    x, y, one = (rows[:, k].astype(np.float64) for k in range(3))
    z = one - np.abs(x) - np.abs(y)
    fold = np.maximum(-z, 0)
    x, y = x - np.where(x >= 0, fold, -fold), y - np.where(y >= 0, fold, -fold)
    scale = 127 / np.sqrt(x * x + y * y + z * z)
    columns = [*(np.rint(value * scale).astype(np.int8) for value in (x, y, z)), rows[:, 3]]
    return np.stack(columns, axis=1)


def decode_attributes(data: bytes, count: int, stride: int) -> NDArray[np.uint8]:
    """Decode mode ATTRIBUTES to (count, stride) bytes. Raises RuntimeError on a corrupt stream."""
    return np.asarray(_library().decode_vertex_buffer(data, count, stride, dtype=np.uint8)).reshape(count, stride)


def decode_triangles(data: bytes, count: int) -> NDArray[np.uint32]:
    """Decode mode TRIANGLES to (count,) indices. Raises RuntimeError on a corrupt stream."""
    return np.asarray(_library().decode_index_buffer(data, count), np.uint32).reshape(-1)


def decode_sequence(data: bytes, count: int) -> NDArray[np.uint32]:
    """Decode mode INDICES to (count,) indices. Raises RuntimeError on a corrupt stream."""
    if not data or data[0] != _SEQUENCE_HEADER or data[-4:] != bytes(4):
        raise RuntimeError("not an index sequence of version 1")
    raw = np.frombuffer(data, np.uint8)[1:-4]
    ends = np.flatnonzero(raw < 0x80)
    if len(ends) != count:
        raise RuntimeError(f"{len(ends)} indices in the stream, {count} expected")
    starts = np.concatenate([[0], ends[:-1] + 1])
    place = np.arange(len(raw)) - np.repeat(starts, ends - starts + 1)
    value = np.add.reduceat((raw & 0x7F).astype(np.int64) << (7 * place), starts) if count else np.zeros(0, np.int64)
    baseline, zigzag = value & 1, value >> 1
    delta = (zigzag >> 1) ^ -(zigzag & 1)
    # Each of the two baselines is a running sum of its own differences.
    indices = np.where(baseline == 0, np.cumsum(np.where(baseline == 0, delta, 0)), 0)
    indices += np.where(baseline == 1, np.cumsum(np.where(baseline == 1, delta, 0)), 0)
    return indices.astype(np.uint32)


def order_for_compression(triangles: NDArray[np.int64], vertices: int) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Triangles (T, 3) in strip-like order, and their vertices in order of use, each of which the codec rewards.

    Returns the old numbers of the vertices that are used, in their new order, and the triangles in new numbers.
    """
    flat = np.ascontiguousarray(triangles, np.uint32).reshape(-1)
    strip = np.asarray(_library().optimize_vertex_cache_strip(flat, vertices), np.uint32)
    remap = np.asarray(_library().optimize_vertex_fetch_remap(strip, vertices)[0], np.uint32)
    used = np.flatnonzero(remap != _UNUSED)
    order = np.empty(len(used), np.int64)
    order[remap[used]] = used
    return order, remap[strip].reshape(-1, 3)


def merge_equal_vertices(rows: NDArray[np.uint8]) -> tuple[NDArray[np.uint32], int]:
    """For (n, stride) vertex records: the new index of each and the number of distinct ones, in order of appearance."""
    words = np.ascontiguousarray(rows).view(np.float32)  # compared bit by bit
    remap, unique = _library().generate_vertex_remap(np.arange(len(rows), dtype=np.uint32), words)
    return np.asarray(remap, np.uint32), int(unique)
