"""Where a model without a position is to stand, as the town says it: the footprint of a building that is there."""

from __future__ import annotations

from dataclasses import dataclass

import pyproj
import shapely


@dataclass(frozen=True, slots=True)
class FootprintTarget:
    """A footprint to lay a model's outline on: ``polygon`` in ``crs`` (projected, metres), its ground at ``base_m``.

    ``bearing_deg`` is the true bearing of the model's y axis where the user knows it; it decides between turns.
    """

    id: str
    polygon: shapely.Geometry
    crs: pyproj.CRS
    base_m: float
    bearing_deg: float | None = None
