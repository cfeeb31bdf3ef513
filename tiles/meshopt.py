"""Buffers to EXT_meshopt_compression streams and back (vertex codec version 0, index codec version 1)."""

from __future__ import annotations

import importlib
from functools import cache
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

#: Metres per unit of the exponential filter: 2^-10, about a millimetre; 24-bit mantissas reach ±8 km.
FIXED_POINT_EXPONENT = -10


@cache
def _library() -> ModuleType:
    library = importlib.import_module("meshoptimizer")
    library.encode_vertex_version(0)
    library.encode_index_version(1)
    return library


def encode_attributes(rows: NDArray[np.generic]) -> bytes:
    """Encode (n, stride) rows whose size in bytes is a multiple of four."""
    return bytes(_library().encode_vertex_buffer(np.ascontiguousarray(rows)))


def encode_triangles(indices: NDArray[np.uint32], vertices: int) -> bytes:
    """Encode a triangle list (mode TRIANGLES)."""
    return bytes(_library().encode_index_buffer(np.ascontiguousarray(indices, np.uint32), len(indices), vertices))


def encode_sequence(indices: NDArray[np.uint32], vertices: int) -> bytes:
    """Encode any index list (mode INDICES)."""
    return bytes(_library().encode_index_sequence(np.ascontiguousarray(indices, np.uint32), len(indices), vertices))


def to_exponential(values: NDArray[np.float64] | NDArray[np.float32]) -> NDArray[np.uint32]:
    """Metres as the input of the EXPONENTIAL filter, all with one exponent: a millimetre grid. Range ±8,191 m."""
    mantissa = np.rint(np.asarray(values, np.float64) * 2.0**-FIXED_POINT_EXPONENT).astype(np.int64)
    return ((mantissa & 0xFFFFFF) | ((FIXED_POINT_EXPONENT & 0xFF) << 24)).astype(np.uint32)


def from_exponential(words: NDArray[np.uint32]) -> NDArray[np.float32]:
    """Undo the EXPONENTIAL filter (EXT_meshopt_compression, Appendix B)."""
    signed = words.view(np.int32) if words.flags.c_contiguous else np.ascontiguousarray(words).view(np.int32)
    exponent = signed >> 24
    mantissa = (signed << 8) >> 8
    return np.asarray(np.ldexp(mantissa.astype(np.float64), exponent), np.float32)


def decode_attributes(data: bytes, count: int, stride: int) -> NDArray[np.uint8]:
    """Decode mode ATTRIBUTES to (count, stride) bytes. Raises RuntimeError on a corrupt stream."""
    row = np.dtype((np.void, stride))
    decoded = _library().decode_vertex_buffer(count, stride, data, dtype=row)
    return np.asarray(decoded).view(np.uint8).reshape(count, stride)


def decode_triangles(data: bytes, count: int) -> NDArray[np.uint32]:
    """Decode mode TRIANGLES to (count,) indices. Raises RuntimeError on a corrupt stream."""
    return np.asarray(_library().decode_index_buffer(count, 4, data), np.uint32).reshape(-1)


def decode_sequence(data: bytes, count: int) -> NDArray[np.uint32]:
    """Decode mode INDICES to (count,) indices. Raises RuntimeError on a corrupt stream."""
    return np.asarray(_library().decode_index_sequence(count, 4, data), np.uint32).reshape(-1)


def merge_equal_vertices(rows: NDArray[np.uint8]) -> tuple[NDArray[np.uint32], int]:
    """For (n, stride) vertex records: the new index of each and the number of distinct ones, in order of appearance."""
    remap = np.empty(len(rows), np.uint32)
    every = np.arange(len(rows), dtype=np.uint32)  # without indices the library's wrapper looks at none
    unique = _library().generate_vertex_remap(remap, every, len(rows), np.ascontiguousarray(rows))
    return remap, int(unique)
