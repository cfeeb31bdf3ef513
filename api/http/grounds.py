"""The ground of the town as its buildings tell it: the elevation each stands on, above the ellipsoid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from api.http.geojson import undulations
from cim_core.crs.transform import to_lonlat
from cim_core.store import Store


@dataclass(frozen=True, slots=True)
class Grounds:
    """Footprints in the work CRS of the buildings whose base is known, and that base above the ellipsoid, metres."""

    footprints: NDArray[np.object_]
    ground_m: NDArray[np.float64]

    @classmethod
    def of(cls, store: Store) -> Grounds:
        """The buildings of a store."""
        table = store.buildings(columns=("dataset", "base_m", "geometry"))
        base_m = np.asarray(table.column("base_m").to_numpy(), dtype=np.float64)
        footprints = np.asarray(shapely.from_wkb(table.column("geometry").to_numpy()), dtype=object)
        known = np.flatnonzero(np.isfinite(base_m) & ~shapely.is_missing(footprints))
        middles = shapely.centroid(footprints[known])
        lon_deg, lat_deg = to_lonlat(shapely.get_x(middles), shapely.get_y(middles), store.work_crs)
        names = table.column("dataset").to_pylist()
        heights = {record.id: record.heights for record in store.datasets()}
        lift_m = undulations([names[row] for row in known.tolist()], heights, lon_deg, lat_deg)
        return cls(footprints[known], base_m[known] + lift_m)

    def lowest_in(self, outlines: NDArray[np.object_]) -> NDArray[np.float64]:
        """The lowest ground of the buildings each outline touches; NaN where it touches none."""
        lowest = np.full(len(outlines), np.inf)
        outline, building = shapely.STRtree(self.footprints).query(outlines, predicate="intersects")
        np.minimum.at(lowest, outline, self.ground_m[building])
        return np.where(np.isfinite(lowest), lowest, np.nan)

    def nearest_to(self, points: NDArray[np.object_]) -> NDArray[np.float64]:
        """The ground of the building nearest to each point; NaN for a missing point or without buildings."""
        found = np.full(len(points), np.nan)
        if len(self.footprints):
            point, building = shapely.STRtree(self.footprints).query_nearest(points, all_matches=False)
            found[point] = self.ground_m[building]
        return found
