"""Runs a PROJ transformer over arrays of any shape; pyproj takes one element for a scalar, and warns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray
from pyproj.enums import TransformDirection

Floats = NDArray[np.float64]


def apply_transformer(
    transformer: pyproj.Transformer, *axes: ArrayLike, is_inverse: bool = False
) -> tuple[Floats, ...]:
    """Transformed coordinate arrays in the broadcast shape of ``axes``; infinite where there is no result."""
    run: Callable[..., Sequence[Floats]] = transformer.transform
    direction = TransformDirection.INVERSE if is_inverse else TransformDirection.FORWARD
    arrays = np.broadcast_arrays(*(np.asarray(axis, dtype=np.float64) for axis in axes))
    shape = arrays[0].shape
    if arrays[0].size == 1:
        single = run(*(float(array.item()) for array in arrays), direction=direction)
        return tuple(np.full(shape, value, dtype=np.float64) for value in single)
    if arrays[0].size == 0:
        return tuple(np.zeros(shape) for _ in arrays)
    return tuple(np.asarray(values) for values in run(*arrays, direction=direction))
