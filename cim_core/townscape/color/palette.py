"""A palette: ranges of hue, value and chroma that a rule allows or forbids, and the distance of colors to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cim_core.townscape.color.hue import NEUTRAL_CHROMA, hue_excess, hue_name

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

VALUE_MAX = 10.0


@dataclass(frozen=True, slots=True)
class MunsellColors:
    """Colors as columns: ``hue`` in (0, 100], ``value`` 0 to 10, ``chroma`` from 0; NaN in all three where unknown."""

    hue: Floats
    value: Floats
    chroma: Floats

    @property
    def is_known(self) -> Bools:
        """Where there is a color."""
        return ~np.isnan(self.value)

    def take(self, rows: NDArray[np.int64]) -> MunsellColors:
        """Some of the colors."""
        return MunsellColors(self.hue[rows], self.value[rows], self.chroma[rows])

    @property
    def is_neutral(self) -> Bools:
        """Where the chroma is so low that the hue means nothing."""
        return self.chroma < NEUTRAL_CHROMA


@dataclass(frozen=True, slots=True)
class ColorTolerance:
    """Measuring tolerance: hue in steps of the 100-step circle, value and chroma in Munsell units."""

    hue_steps: float = 0.0
    value: float = 0.0
    chroma: float = 0.0

    def at_least(self, other: ColorTolerance) -> ColorTolerance:
        """The wider of both in each part."""
        return ColorTolerance(
            max(self.hue_steps, other.hue_steps), max(self.value, other.value), max(self.chroma, other.chroma)
        )


@dataclass(frozen=True, slots=True)
class MunsellRange:
    """One block of the color solid. ``hue`` is an arc (start, end) run upwards, or None for any hue.

    ``is_neutral`` marks the range ``N``: chroma below ``NEUTRAL_CHROMA``, any hue.
    """

    value: tuple[float, float]
    chroma: tuple[float, float]
    hue: tuple[float, float] | None = None
    is_neutral: bool = False

    def describe(self) -> str:
        """The range in Munsell notation, e.g. ``5YR–5Y 6–9/1–3`` or ``N 4–6.5``."""
        value = _interval(*self.value, VALUE_MAX)
        if self.is_neutral:
            return f"N {value}"
        hue = "*" if self.hue is None else f"{hue_name(self.hue[0])}–{hue_name(self.hue[1])}"
        return f"{hue} {value}/{_interval(*self.chroma, np.inf)}"

    def excess(self, colors: MunsellColors) -> tuple[Floats, Floats, Floats]:
        """Signed excess (hue steps, value, chroma) of each color: positive outside, zero or negative inside.

        A bound that no color can pass (value 0 and 10, chroma 0 and infinity) leaves infinite room, and so does
        the hue of a neutral color.
        """
        low = self.value[0] - colors.value if self.value[0] > 0 else np.full(colors.value.shape, -np.inf)
        high = colors.value - self.value[1] if self.value[1] < VALUE_MAX else np.full(colors.value.shape, -np.inf)
        pale = self.chroma[0] - colors.chroma if self.chroma[0] > 0 else np.full(colors.chroma.shape, -np.inf)
        strong = colors.chroma - self.chroma[1]
        if self.hue is None:
            hue = np.full(colors.hue.shape, -np.inf)
        else:
            hue = np.where(colors.is_neutral, -np.inf, hue_excess(colors.hue, *self.hue))
        return hue, np.maximum(low, high), np.maximum(pale, strong)


@dataclass(frozen=True, slots=True)
class Palette:
    """A named union of ranges."""

    id: str
    zh: str
    en: str
    ranges: tuple[MunsellRange, ...]

    def describe(self) -> str:
        """Both names and the ranges, for a report."""
        return f"{self.zh} {self.en}: {', '.join(r.describe() for r in self.ranges)}"


def neutral_range(value: tuple[float, float]) -> MunsellRange:
    """The greys between two values."""
    return MunsellRange(value=value, chroma=(0.0, NEUTRAL_CHROMA), is_neutral=True)


def contains(palettes: tuple[Palette, ...], colors: MunsellColors, tolerance: ColorTolerance, sign: int) -> Bools:
    """Where a color lies in the union of the palettes, grown (+1), as it is (0) or shrunk (-1) by the tolerance."""
    inside = np.zeros(colors.value.shape, bool)
    for block in _ranges(palettes):
        hue, value, chroma = block.excess(colors)
        inside |= (
            _holds(hue, sign * tolerance.hue_steps)
            & _holds(value, sign * tolerance.value)
            & _holds(chroma, sign * tolerance.chroma)
        )
    return inside & colors.is_known


def signed_distance(palettes: tuple[Palette, ...], colors: MunsellColors) -> Floats:
    """Distance of each color to the palettes in value steps: positive outside, zero or negative inside.

    Outside it is D. Nickerson's index of fading (1936), (C/5)·2ΔH + 6ΔV + 3ΔC, divided by 6, to the nearest range:
    ``d = ΔV + ΔC/2 + ΔH·C/15`` with ΔH, ΔV, ΔC the excess over the range and C the color's chroma. So one step of
    value counts as two of chroma, and as three of hue at chroma 5. Inside it is minus the room to the nearest
    bound in the same weights.
    """
    nearest = np.full(colors.value.shape, np.inf)
    for block in _ranges(palettes):
        hue, value, chroma = block.excess(colors)
        # A neutral color outside a chromatic range has no hue to blame (infinite room); 0 · inf must not arise.
        weighted = np.stack([_weigh(hue, colors.chroma / 15.0), value, chroma / 2.0])
        outside = np.maximum(weighted, 0.0).sum(axis=0)
        nearest = np.minimum(nearest, np.where(outside > 0, outside, weighted.max(axis=0)))
    return np.where(colors.is_known, nearest, np.nan)


def _weigh(steps: Floats, weight: Floats) -> Floats:
    finite = np.isfinite(steps)
    return np.where(finite, np.where(finite, steps, 0.0) * weight, steps)


def _holds(excess: Floats, allowance: float) -> Bools:
    return excess <= allowance + 1e-9


def _ranges(palettes: tuple[Palette, ...]) -> list[MunsellRange]:
    return [block for palette in palettes for block in palette.ranges]


def _interval(low: float, high: float, ceiling: float) -> str:
    if low <= 0 and high >= ceiling:
        return "*"
    if high >= ceiling:
        return f"≥{low:g}"
    return f"≤{high:g}" if low <= 0 else f"{low:g}–{high:g}"
