"""Numbers as sources write them: numeric columns, and text such as "10 m", "33 ft" or "3层"."""

from __future__ import annotations

from enum import Enum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_NUMBER = r"(?P<number>[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)"
FEET_M = 0.3048


class Unit(Enum):
    """Which words may follow the digits of a quantity."""

    LENGTH = r"(?P<unit>m|米|公尺|met(?:er|re)s?|ft|feet|foot|')?"
    STOREYS = r"(?P<unit>层|楼|f|fl|floors?|storeys?|story|stories|levels?)?"
    PLAIN = r"(?P<unit>年)?"


def parse_numbers(column: pa.Array, unit: Unit) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Values (n,) float64 with NaN where missing, and (n,) True where there is something that is not a number.

    Feet become metres. Empty text is missing, not unreadable.
    """
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        values = pc.cast(column, pa.float64(), safe=False)
        return values.to_numpy(zero_copy_only=False).astype(np.float64), np.zeros(len(column), dtype=bool)
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return np.full(len(column), np.nan), pc.is_valid(column).to_numpy(zero_copy_only=False)
    text = pc.utf8_trim_whitespace(column)
    parts = pc.extract_regex(text, pattern=rf"(?i)^{_NUMBER}\s*{unit.value}$")
    number = pc.struct_field(parts, "number")
    values = pc.cast(pc.if_else(pc.is_valid(parts), number, None), pa.float64()).to_numpy(zero_copy_only=False)
    values = values.astype(np.float64)
    if unit is Unit.LENGTH:
        is_feet = pc.match_substring_regex(pc.struct_field(parts, "unit"), "(?i)^f|^'")
        values = np.where(pc.fill_null(is_feet, False).to_numpy(zero_copy_only=False), values * FEET_M, values)
    has_text = pc.fill_null(pc.not_equal(text, ""), False)
    is_unreadable = pc.and_(has_text, pc.invert(pc.is_valid(parts)))
    return values, is_unreadable.to_numpy(zero_copy_only=False)
