"""Munsell notation as text: ``5YR 7/2``, neutrals ``N 6`` (GB/T 15608)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cim_core.townscape.color.hue import HUE_FAMILIES, HUE_STEPS
from cim_core.townscape.color.palette import MunsellColors
from cim_core.townscape.texts import format_numbers


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
