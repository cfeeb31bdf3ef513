"""A number for the content of every row, so that a later run knows which rows of a file have changed.

Multilinear hashing (Carter and Wegman 1979; Lemire and Kaser 2014): 64-bit words, mixed first by a bijection so that
round coordinates do no harm, times one odd random number for each place, summed modulo 2⁶⁴. Two different rows get the
same number with a probability of about 2⁻⁶³. It guards against accidents, not against an adversary.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Digests = NDArray[np.uint64]

_WORD = 8
_GOLDEN, _MIX_1, _MIX_2 = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def digest_rows(records: pa.RecordBatch, skip: frozenset[str] = frozenset()) -> Digests:
    """(n,) one number a row, the same in every process and batch; columns named in ``skip`` do not count."""
    total = np.zeros(records.num_rows, np.uint64)
    for number, (name, column) in enumerate(zip(records.schema.names, records.columns, strict=True)):
        if name not in skip:
            total += mix(_digest_column(column) + _keys(number + 1)[-1])
    return total


def mix(words: Digests) -> Digests:
    """The bijection of splitmix64 (Steele, Lea and Flood 2014)."""
    words = (words ^ (words >> np.uint64(30))) * _MIX_1
    words = (words ^ (words >> np.uint64(27))) * _MIX_2
    return np.asarray(words ^ (words >> np.uint64(31)), np.uint64)


def _digest_column(column: pa.Array) -> Digests:
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    kind = column.type
    values: Digests
    if pa.types.is_boolean(kind):
        values = pc.cast(column, pa.uint8()).fill_null(0).to_numpy().astype(np.uint64)
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
        values = _as_words(column.fill_null(0).to_numpy())
    elif pa.types.is_null(kind):
        values = np.zeros(len(column), np.uint64)
    else:
        values = _digest_bytes(_as_binary(column))
    if column.null_count:
        values[pc.is_null(column).to_numpy(zero_copy_only=False)] = _GOLDEN
    return values


def _as_words(values: NDArray[np.generic]) -> Digests:
    """Numbers by their bits, so that -0.0, NaN and long integers are told apart too."""
    if values.dtype.kind == "f":
        return np.asarray(values.astype(np.float64).view(np.uint64), np.uint64)
    return np.asarray(values.astype(np.int64 if values.dtype.kind == "i" else np.uint64).view(np.uint64), np.uint64)


def _as_binary(column: pa.Array) -> pa.Array:
    kind = column.type
    if any(test(kind) for test in (pa.types.is_binary, pa.types.is_large_binary)):
        return column
    if any(test(kind) for test in (pa.types.is_string, pa.types.is_large_string)):
        return pc.cast(column, pa.large_binary() if pa.types.is_large_string(kind) else pa.binary())
    if pa.types.is_temporal(kind) or pa.types.is_decimal(kind):
        return pc.cast(pc.cast(column, pa.string()), pa.binary())
    return pa.array([None if value is None else repr(value).encode() for value in column.to_pylist()], pa.binary())


def _digest_bytes(column: pa.Array) -> Digests:
    """Of every value: its words, the last one ending with the value and so overlapping, and its length."""
    _, offsets, data = column.buffers()
    width = np.int64 if pa.types.is_large_binary(column.type) else np.int32
    at = np.frombuffer(offsets, width, len(column) + 1, np.dtype(width).itemsize * column.offset).astype(np.int64)
    start, size = at[:-1] - at[0], np.diff(at)
    held = np.zeros(int(at[-1] - at[0]) + _WORD, np.uint8)
    if data is not None:
        held[:-_WORD] = np.frombuffer(data, np.uint8)[at[0] : at[-1]]
    words = np.ndarray(len(held) - _WORD + 1, "<u8", held.data, strides=(1,))
    count = -(-size // _WORD)
    ends = np.cumsum(count)
    place = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - count, count)
    row_start, row_size = np.repeat(start, count), np.repeat(size, count)
    found = words[row_start + np.minimum(_WORD * place, np.maximum(row_size - _WORD, 0))]
    short = row_size < _WORD
    if short.any():
        found = np.where(
            short, found & ((np.uint64(1) << (8 * row_size.clip(0, 7)).astype(np.uint64)) - np.uint64(1)), found
        )
    products = mix(found) * _keys(int(count.max(initial=0)))[place]
    result = size.astype(np.uint64) * _GOLDEN
    some = count > 0
    if some.any():
        result[some] += np.add.reduceat(products, (ends - count)[some])
    return result


def _keys(count: int) -> Digests:
    """One odd number for each place of a word in a value."""
    return mix(np.arange(1, count + 1, dtype=np.uint64) * _GOLDEN) | np.uint64(1)
