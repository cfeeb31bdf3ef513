"""Three-valued truth of every row: true, false, or not to be known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Truth:
    """Where a condition holds and where it cannot be known; false elsewhere."""

    holds: Bools
    is_unknown: Bools


_NUMERIC: Mapping[str, np.ufunc] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


def compare_numbers(left: object, sign: str, right: object) -> Truth:
    """A comparison of numbers, row by row; NaN is unknown."""
    a, b = np.asarray(left, np.float64), np.asarray(right, np.float64)
    is_unknown = np.isnan(a) | np.isnan(b)
    return Truth(np.asarray(_NUMERIC[sign](a, b), bool) & ~is_unknown, is_unknown)


def all_of(parts: list[Truth]) -> Truth:
    """True where all are, false where one is false, else unknown."""
    holds = np.logical_and.reduce([part.holds for part in parts])
    fails = np.logical_or.reduce([~part.holds & ~part.is_unknown for part in parts])
    return Truth(holds, ~holds & ~fails)


def any_of(parts: list[Truth]) -> Truth:
    """True where one is, false where all are false, else unknown."""
    return negate(all_of([negate(part) for part in parts]))


def negate(part: Truth) -> Truth:
    """True and false exchanged."""
    return Truth(~part.holds & ~part.is_unknown, part.is_unknown)
