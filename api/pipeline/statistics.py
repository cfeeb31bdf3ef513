"""How the heights of many buildings are spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Upper edges of the classes in metres: courtyard, walk-up and tower limits of residential design, then towers.
CLASS_EDGES_M = (0.0, 3.0, 6.0, 10.0, 18.0, 24.0, 36.0, 54.0, 80.0, 100.0, 150.0, 250.0, 1000.0)


@dataclass(frozen=True, slots=True)
class HeightClass:
    """Buildings with ``above_m`` < height ≤ ``up_to_m``."""

    above_m: float
    up_to_m: float
    buildings: int


@dataclass(frozen=True, slots=True)
class HeightStatistics:
    """Heights of the buildings that have one, in metres; ``rungs``: how each got it (``none`` has none)."""

    known: int
    unknown: int
    min_m: float | None
    p05_m: float | None
    median_m: float | None
    p95_m: float | None
    max_m: float | None
    mean_m: float | None
    histogram: list[HeightClass]
    rungs: dict[str, int]


def measure_heights(heights_m: NDArray[np.float64], rungs: dict[str, int]) -> HeightStatistics:
    """Statistics of (n,) heights, NaN where unknown.

    >>> measured = measure_heights(np.array([3.0, 6.5, 9.0, np.nan]), {"field": 3, "none": 1})
    >>> measured.known, measured.median_m, [row.buildings for row in measured.histogram]
    (3, 6.5, [1, 0, 2])
    """
    known = heights_m[np.isfinite(heights_m)]
    if not len(known):
        return HeightStatistics(0, len(heights_m), None, None, None, None, None, None, [], rungs)
    edges = np.array(CLASS_EDGES_M)
    # The first class takes everything up to its upper edge; 3.0 belongs to "up to 3".
    numbers = np.clip(np.searchsorted(edges, known, side="left") - 1, 0, len(edges) - 2)
    counts = np.bincount(numbers, minlength=len(edges) - 1)
    used = range(int(numbers.min()), int(numbers.max()) + 1)
    low, p05, median, p95, high = (round(float(value), 2) for value in np.percentile(known, [0, 5, 50, 95, 100]))
    return HeightStatistics(
        known=len(known),
        unknown=len(heights_m) - len(known),
        min_m=low,
        p05_m=p05,
        median_m=median,
        p95_m=p95,
        max_m=high,
        mean_m=round(float(known.mean()), 2),
        histogram=[HeightClass(float(edges[n]), float(edges[n + 1]), int(counts[n])) for n in used],
        rungs=rungs,
    )
