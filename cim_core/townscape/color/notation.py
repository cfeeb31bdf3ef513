"""Munsell notation as text: ``5YR 7/2``, neutrals ``N 6`` (GB/T 15608)."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cim_core.townscape.color.hue import HUE_FAMILIES, HUE_STEPS, parse_hue
from cim_core.townscape.color.palette import VALUE_MAX, MunsellColors
from cim_core.townscape.texts import format_numbers

_NOTATION = re.compile(r"^(?:N\s*(\d+(?:\.\d+)?)/?|(\S+)\s+(\d+(?:\.\d+)?)\s*/\s*(\d+(?:\.\d+)?))$", re.IGNORECASE)


def parse_notation(text: str) -> MunsellColors:
    """One color from its notation as in GB/T 15608 and GB/T 18922: ``5YR 7/2``, ``N 6``. Raises ValueError.

    >>> color = parse_notation("5YR 7/2")
    >>> float(color.hue[0]), float(color.value[0]), float(color.chroma[0])
    (15.0, 7.0, 2.0)
    """
    match = _NOTATION.match(text.strip())
    if match is None:
        raise ValueError(f"not a color like 5YR 7/2 or N 6: {text!r}")
    grey, hue, value, chroma = match.groups()
    numbers = (5.0, float(grey), 0.0) if grey else (parse_hue(hue), float(value), float(chroma))
    if not 0.0 <= numbers[1] <= VALUE_MAX or numbers[2] > 50.0:
        raise ValueError(f"value goes from 0 to 10 and chroma to 50: {text!r}")
    return MunsellColors(*(np.array([number]) for number in numbers))


def munsell_names(colors: MunsellColors) -> pa.Array:
    """One text a color with one decimal each, null where the color is unknown.

    >>> one = np.ones(1)
    >>> munsell_names(MunsellColors(17.5 * one, 6.2 * one, 4.1 * one)).to_pylist()
    ['7.5YR 6.2/4.1']
    """
    known = colors.is_known
    position = np.round(np.where(known, colors.hue, 5.0) % HUE_STEPS, 1)
    family = np.ceil(position / 10.0).astype(np.int64) - 1
    step = np.asarray(np.round(position - 10.0 * family, 1), np.float64)
    letters = pa.array(HUE_FAMILIES).take(pa.array(family % 10))
    value = format_numbers(colors.value, 1)
    chromatic = pc.binary_join_element_wise(
        pc.binary_join_element_wise(format_numbers(step, 1), letters, ""),
        pc.binary_join_element_wise(value, format_numbers(colors.chroma, 1), "/"),
        " ",
    )
    return pc.if_else(pa.array(colors.is_neutral), pc.binary_join_element_wise("N", value, " "), chromatic)
