"""A grid of geoid undulations and its value at any point inside."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cim_core.errors import GeoreferenceError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GeoidModel:
    """Undulations N in metres (h = H + N) at the nodes of a regular grid of degrees.

    ``undulation_m``: (rows, columns) float32, row 0 in the south, column 0 in the west, NaN where there is no data.
    Two models are equal if their name, place and ``digest`` (SHA-256 of the file, first 12 hex digits) are.
    """

    name: str
    west_deg: float
    south_deg: float
    lon_step_deg: float
    lat_step_deg: float
    undulation_m: NDArray[np.float32] = field(compare=False, repr=False)
    digest: str = ""

    @property
    def area_deg(self) -> tuple[float, float, float, float]:
        """West, south, east, north: where the model has an answer."""
        rows, columns = self.undulation_m.shape
        east = self.west_deg + (columns - 1) * self.lon_step_deg
        return self.west_deg, self.south_deg, east, self.south_deg + (rows - 1) * self.lat_step_deg

    def undulation_at(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> Floats:
        """N in metres, bilinear between the nodes; NaN where a position is no number.

        Raises GeoreferenceError for any position outside the model or in a hole of it.
        """
        lon, lat = np.broadcast_arrays(np.asarray(lon_deg, float), np.asarray(lat_deg, float))
        known = np.isfinite(lon) & np.isfinite(lat)
        west, south, east, north = self.area_deg
        inside = known & (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        rows, columns = self.undulation_m.shape
        column = np.where(inside, (lon - west) / self.lon_step_deg, 0.0)
        row = np.where(inside, (lat - south) / self.lat_step_deg, 0.0)
        c0 = np.clip(column.astype(np.int64), 0, columns - 2)
        r0 = np.clip(row.astype(np.int64), 0, rows - 2)
        fc, fr = column - c0, row - r0
        grid = self.undulation_m
        value: Floats = (grid[r0, c0] * (1 - fc) + grid[r0, c0 + 1] * fc) * (1 - fr)
        value = value + (grid[r0 + 1, c0] * (1 - fc) + grid[r0 + 1, c0 + 1] * fc) * fr
        is_missing = known & (~inside | np.isnan(value))
        if is_missing.any():
            first = int(np.flatnonzero(is_missing.ravel())[0])
            raise GeoreferenceError(
                f"{lon.ravel()[first]:.4f} E, {lat.ravel()[first]:.4f} N lies outside the geoid model {self.name} "
                f"({west:g}…{east:g} E, {south:g}…{north:g} N)",
                hint="give a grid of that place with --geoid, or, for a small area, one value with --geoid-undulation",
                code="outside-geoid",
            )
        return np.where(inside, value, np.nan)
