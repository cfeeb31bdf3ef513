"""Numbers and sentences as Arrow columns, so that a hundred thousand messages cost no Python loop."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

#: Up to so many numbers are written one by one.
_FEW = 16
#: So many decimals at most, where a number is close to a limit.
MOST_DECIMALS = 6
#: A difference below this is of arithmetic.
_SAME = 5e-7
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def format_numbers(values: NDArray[np.float64], decimals: int, suffix: str = "") -> pa.Array:
    """Rounded numbers as text, without trailing zeros; null for NaN.

    >>> format_numbers(np.array([12.0, 3.256, np.nan]), 2, " m").to_pylist()
    ['12 m', '3.26 m', None]
    """
    rounded = np.round(values, decimals) + 0.0
    if len(rounded) <= _FEW:
        return pa.array([_format_one(value, suffix) for value in rounded.tolist()], pa.string())
    encoded = pa.array(np.where(np.isfinite(rounded), rounded, np.nan)).dictionary_encode()
    distinct = encoded.dictionary.to_numpy(zero_copy_only=False)
    if len(distinct) > len(rounded) // 2:
        return _format_rounded(rounded, suffix)
    return _format_rounded(distinct, suffix).take(encoded.indices)


def format_apart(
    values: NDArray[np.float64],
    limits: Sequence[NDArray[np.float64] | float | None],
    decimals: int,
    suffix: str = "",
) -> pa.Array:
    """The same with as many decimals (up to 6) as it takes to stand on the right side of every limit.

    >>> format_apart(np.array([0.875, 0.8804, 34.01]), [0.875, 34.0], 1).to_pylist()
    ['0.875', '0.88', '34.01']
    """
    text = format_numbers(values, decimals, suffix)
    bounds = [np.broadcast_to(np.asarray(limit, np.float64), len(values)) for limit in limits if limit is not None]
    rows = np.flatnonzero(np.isfinite(values))
    for places in range(decimals, MOST_DECIMALS):
        shown, exact = np.round(values[rows], places), values[rows]
        is_unclear = np.zeros(len(rows), bool)
        for bound in bounds:
            limit = bound[rows]
            is_unclear |= np.isfinite(limit) & (_side(shown - limit, 1e-9) != _side(exact - limit, _SAME))
        rows = rows[is_unclear]
        if len(rows) == 0:
            break
        mask = np.zeros(len(values), bool)
        mask[rows] = True
        text = pc.replace_with_mask(text, pa.array(mask), format_numbers(values[rows], places + 1, suffix))
    return text


def format_difference(values: NDArray[np.float64], decimals: int, suffix: str = "") -> pa.Array:
    """The same with as many decimals (up to 6) as it takes to show that it is not nothing.

    >>> format_difference(np.array([0.004, 1.5, 0.0]), 2).to_pylist()
    ['0.004', '1.5', '0']
    """
    return format_apart(values, [0.0], decimals, suffix)


def _side(difference: NDArray[np.float64], slack: float) -> NDArray[np.float64]:
    return np.where(np.abs(difference) < slack, 0.0, np.sign(difference))


def _format_one(value: float, suffix: str) -> str | None:
    """What ``_format_rounded`` writes, for so few numbers that columns would cost more."""
    if not math.isfinite(value):
        return None
    return (str(int(value)) if value == math.trunc(value) else _arrow_text(value)) + suffix


def _arrow_text(value: float) -> str:
    if 1e-4 <= abs(value) < 1e15:
        return repr(value)
    return str(pc.cast(pa.scalar(value), pa.string()).as_py())


def _format_rounded(rounded: NDArray[np.float64], suffix: str) -> pa.Array:
    is_unknown = ~np.isfinite(rounded)
    whole = rounded == np.trunc(rounded)
    as_integer = pc.cast(pa.array(np.where(is_unknown, 0, rounded).astype(np.int64)), pa.string())
    text = pc.if_else(pa.array(whole), as_integer, pc.cast(pa.array(rounded), pa.string()))
    if suffix:
        text = pc.binary_join_element_wise(text, suffix, "")
    return pc.if_else(pa.array(is_unknown), pa.scalar(None, pa.string()), text)


def fill_template(template: str, columns: Mapping[str, pa.Array | str], length: int) -> pa.Array:
    """One sentence a row from ``"… {name} …"``; a null or missing value becomes an empty text.

    >>> fill_template("{a} m", {"a": pa.array(["1", None])}, 2).to_pylist()
    ['1 m', ' m']
    """
    pieces = _PLACEHOLDER.split(template)
    parts = [columns.get(piece, "") if i % 2 else piece for i, piece in enumerate(pieces)]
    if all(isinstance(part, str) for part in parts):
        return repeat("".join(parts), length)
    return pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")


def repeat(text: str | None, length: int) -> pa.Array:
    """The same text (or null) on every row."""
    return pa.repeat(pa.scalar(text, pa.string()), length)


def as_array(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """One contiguous array."""
    if isinstance(column, pa.ChunkedArray):
        return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return column


def as_floats(column: pa.Array | pa.ChunkedArray) -> NDArray[np.float64]:
    """Numbers as float64 with NaN for null."""
    return np.asarray(pc.cast(as_array(column), pa.float64()).to_numpy(zero_copy_only=False), np.float64)
