"""Ground heights as a regular grid: the one source of terrain for building bases and for terrain tiles."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray

from cim_core.crs.heights import HeightPolicy
from cim_core.crs.transform import transform_xy

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeightGrid:
    """A digital elevation model in memory.

    ``elevation_m``: (rows, columns) float32, row 0 in the north, NaN where there is no data; values belong to cell
    centres. ``x_origin``, ``y_origin``: the outer corner of the north-west cell in ``crs`` (x east, y north).
    """

    elevation_m: NDArray[np.float32]
    x_origin: float
    y_origin: float
    x_step: float
    y_step: float
    crs: pyproj.CRS
    heights: HeightPolicy

    @property
    def digest(self) -> str:
        """A name for all that is in it: equal grids, equal name."""
        geoid = "" if self.heights.geoid is None else self.heights.geoid.digest
        corner = (self.elevation_m.shape, self.x_origin, self.y_origin, self.x_step, self.y_step)
        about = repr((corner, self.crs.to_wkt(), self.heights.describe(), geoid))
        found = hashlib.blake2b(about.encode(), digest_size=16)
        found.update(np.ascontiguousarray(self.elevation_m).data)
        return found.hexdigest()

    def sample(self, x: ArrayLike, y: ArrayLike, crs: pyproj.CRS) -> Floats:
        """Elevation in metres above the grid's own datum, bilinear between cell centres; NaN outside."""
        gx, gy = transform_xy(x, y, crs, self.crs) if crs != self.crs else (np.asarray(x, float), np.asarray(y, float))
        rows, columns = self.elevation_m.shape
        column = (gx - self.x_origin) / self.x_step - 0.5
        row = (self.y_origin - gy) / self.y_step - 0.5
        inside = (column >= -0.5) & (column <= columns - 0.5) & (row >= -0.5) & (row <= rows - 0.5)
        column = np.clip(np.where(inside, column, 0), 0, columns - 1)
        row = np.clip(np.where(inside, row, 0), 0, rows - 1)
        c0 = np.clip(column.astype(np.int64), 0, max(columns - 2, 0))
        r0 = np.clip(row.astype(np.int64), 0, max(rows - 2, 0))
        c1, r1 = np.minimum(c0 + 1, columns - 1), np.minimum(r0 + 1, rows - 1)
        fc, fr = column - c0, row - r0
        value = (
            self._weighted(r0, c0, (1 - fr) * (1 - fc))
            + self._weighted(r0, c1, (1 - fr) * fc)
            + self._weighted(r1, c0, fr * (1 - fc))
            + self._weighted(r1, c1, fr * fc)
        )
        return np.where(inside, value, np.nan)

    def _weighted(self, row: NDArray[np.int64], column: NDArray[np.int64], weight: Floats) -> Floats:
        """A corner's share; a cell without data does not spoil a point on which it has no weight."""
        return np.where(weight == 0, 0.0, self.elevation_m[row, column] * weight)

    def lowest_under(self, footprints: NDArray[np.object_], crs: pyproj.CRS) -> Floats:
        """Lowest ground (m) along each footprint's outline, (n,); NaN where a footprint leaves the grid.

        The base of a building is its lowest adjacent ground, so that nothing floats (GB/T 50353 counts height
        from the outdoor ground).
        """
        coordinates, index = shapely.get_coordinates(footprints, return_index=True)
        elevation = self.sample(coordinates[:, 0], coordinates[:, 1], crs)
        lowest = np.full(len(footprints), np.inf)
        with np.errstate(invalid="ignore"):
            np.minimum.at(lowest, index, elevation)
        return np.where(np.isfinite(lowest), lowest, np.nan)
