"""Hue names and arithmetic on the Munsell circle of 100 steps: 5R = 5, 10R = 10, 2.5YR = 12.5 … 10RP = 100.

The circle is the one of GB/T 15608: five main hues R, Y, G, B, P and five between them, ten steps each.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

HUE_FAMILIES = ("R", "YR", "Y", "GY", "G", "BG", "B", "PB", "P", "RP")
HUE_STEPS = 100.0

#: Below this chroma a color is called neutral (``N``) and has no hue.
NEUTRAL_CHROMA = 0.5

_NAME = re.compile(r"^(\d+(?:\.\d+)?)(R|YR|Y|GY|G|BG|B|PB|P|RP)$")


def parse_hue(name: str) -> float:
    """Position in (0, 100] of a hue name. Raises ValueError.

    >>> parse_hue("5R"), parse_hue("2.5YR"), parse_hue("10RP"), parse_hue("0R")
    (5.0, 12.5, 100.0, 100.0)
    """
    match = _NAME.match(name.strip().upper())
    if match is None or float(match[1]) > 10.0:
        raise ValueError(f"not a hue name like 5YR: {name!r}")
    position = HUE_FAMILIES.index(match[2]) * 10.0 + float(match[1])
    return position or HUE_STEPS


def hue_name(position: float, decimals: int = 1) -> str:
    """The name of a position on the circle, the step in (0, 10].

    >>> hue_name(15.0), hue_name(100.0), hue_name(0.04), hue_name(12.53)
    ('5YR', '10RP', '10RP', '2.5YR')
    """
    rounded = round(position % HUE_STEPS, decimals) or HUE_STEPS
    family, step = divmod(rounded, 10.0)
    step = round(step, decimals)
    if step == 0.0:
        family, step = family - 1, 10.0
    return f"{step:g}{HUE_FAMILIES[int(family) % 10]}"


def hue_difference(a: ArrayLike, b: ArrayLike) -> Floats:
    """Signed steps from ``b`` to ``a`` the short way round, in [-50, 50).

    >>> float(hue_difference(2.0, 99.0)), float(hue_difference(99.0, 2.0))
    (3.0, -3.0)
    """
    difference: Floats = (np.asarray(a, float) - np.asarray(b, float) + 50.0) % HUE_STEPS - 50.0
    return difference


def hue_excess(hue: ArrayLike, start: float, end: float) -> Floats:
    """Signed steps from the arc that runs upwards from ``start`` to ``end``, wrapping at 100.

    Positive outside: the steps to the nearer end. Zero or negative inside: minus the steps to the nearer end.

    >>> [float(hue_excess(h, 95.0, 5.0)) for h in (100.0, 5.0, 8.0, 90.0)]
    [-5.0, 0.0, 3.0, 5.0]
    """
    width = (end - start) % HUE_STEPS
    offset = (np.asarray(hue, float) - start) % HUE_STEPS
    inside = offset <= width
    to_end = np.where(inside, width - offset, offset - width)
    to_start = np.where(inside, offset, HUE_STEPS - offset)
    nearest = np.minimum(to_start, to_end)
    return np.where(inside, -nearest, nearest)
