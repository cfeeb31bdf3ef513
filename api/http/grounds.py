"""The ground of the town as its buildings tell it: the elevation each stands on, above the ellipsoid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from api.http.geojson import undulations
from cim_core.crs.transform import to_lonlat
from cim_core.scenarios import PlaceState
from cim_core.store import Store

#: Tables whose change makes other grounds.
_READ_TABLES = ("buildings", "datasets", "place_states")


@dataclass(frozen=True, slots=True)
class Grounds:
    """Footprints in the work CRS of the buildings whose base is known, and that base above the ellipsoid, metres."""

    footprints: shapely.STRtree
    ground_m: NDArray[np.float64]

    @classmethod
    def of(cls, store: Store) -> Grounds:
        """The buildings that stand in a store."""
        table = store.buildings(columns=("dataset", "base_m", "geometry"), state=PlaceState.EXISTING)
        base_m = np.asarray(table.column("base_m").to_numpy(), dtype=np.float64)
        footprints = np.asarray(shapely.from_wkb(table.column("geometry").to_numpy()), dtype=object)
        known = np.flatnonzero(np.isfinite(base_m) & ~shapely.is_missing(footprints))
        middles = shapely.centroid(footprints[known])
        lon_deg, lat_deg = to_lonlat(shapely.get_x(middles), shapely.get_y(middles), store.work_crs)
        names = table.column("dataset").to_pylist()
        heights = {record.id: record.heights for record in store.datasets()}
        lift_m = undulations([names[row] for row in known.tolist()], heights, lon_deg, lat_deg)
        return cls(shapely.STRtree(footprints[known]), base_m[known] + lift_m)

    def lowest_in(self, outlines: NDArray[np.object_]) -> NDArray[np.float64]:
        """The lowest ground of the buildings each outline touches; NaN where it touches none."""
        lowest = np.full(len(outlines), np.inf)
        outline, building = self.footprints.query(outlines, predicate="intersects")
        np.minimum.at(lowest, outline, self.ground_m[building])
        return np.where(np.isfinite(lowest), lowest, np.nan)

    def nearest_to(self, points: NDArray[np.object_]) -> NDArray[np.float64]:
        """The ground of the building nearest to each point; NaN for a missing point or without buildings."""
        found = np.full(len(points), np.nan)
        if len(self.footprints):
            point, building = self.footprints.query_nearest(points, all_matches=False)
            found[point] = self.ground_m[building]
        return found


class KeptGrounds:
    """The grounds of one store, read again only when buildings were written. For several threads."""

    def __init__(self) -> None:
        self._kept: tuple[int, Grounds] | None = None

    def of(self, store: Store) -> Grounds:
        """The grounds as they are now."""
        now, kept = store.last_change(_READ_TABLES), self._kept
        if kept is None or kept[0] != now:
            kept = self._kept = (now, Grounds.of(store))
        return kept[1]
