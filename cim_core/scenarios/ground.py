"""Whether a building that a scenario draws can stand where it is drawn."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from cim_core.errors import ScenarioConflictError
from cim_core.geometry.layer_shapes import width_m
from cim_core.scenarios.changes import Change
from cim_core.townscape.texts import as_array

#: A building may be drawn this far outside the box around those that stand: a new district, not another county.
TOWN_MARGIN_M = 3_000.0
#: Less is no building: a slip of drawing, or degrees taken for metres.
LEAST_AREA_M2, LEAST_WIDTH_M = 1.0, 0.25
#: Shared walls overlap by the width of a drawn line; more of the smaller footprint than this is two buildings in one.
MOST_SHARED = 0.02


class Ground:
    """The footprints that stand (``dataset``, ``id``, ``geometry`` as WKB, work CRS), looked up when first asked."""

    def __init__(self, base: pa.Table) -> None:
        self._base = base

    def require_room(self, change: Change, drawn: Sequence[bytes], gone: Collection[int]) -> None:
        """Raise ScenarioConflictError unless a drawn building fits: a size, a place in the town, nothing in its way.

        ``drawn``: footprints that the scenario drew before; ``gone``: rows of the base that it removed before.
        """
        footprint = shapely.from_wkb(change.footprint)
        width = float(width_m(np.array([footprint], object))[0])
        if footprint.area < LEAST_AREA_M2 or width < LEAST_WIDTH_M:
            raise ScenarioConflictError(
                f"the footprint of new/{change.new_id} has {footprint.area:.2g} m2 and is {width * 100:.2g} cm wide",
                where=change.where,
                hint="corners are metres in the CRS the file names (crs: …), or in that of the town",
                code="footprint-too-small",
            )
        if self._box is not None and (away_m := float(shapely.distance(self._box, footprint))) > TOWN_MARGIN_M:
            raise ScenarioConflictError(
                f"new/{change.new_id} stands {away_m / 1000:,.1f} km outside the town",
                where=change.where,
                hint="check its corners and the crs of the file",
                code="outside-town",
            )
        self._require_free(change, footprint, drawn, gone)

    def _require_free(
        self, change: Change, footprint: shapely.Geometry, drawn: Sequence[bytes], gone: Collection[int]
    ) -> None:
        rows = [row for row in self._tree.query(footprint, predicate="intersects").tolist() if row not in gone]
        others = np.array([*self._shapes[rows], *(shapely.from_wkb(one) for one in drawn)], object)
        smaller_m2 = np.minimum(shapely.area(others), footprint.area)
        shared_m2 = shapely.area(shapely.intersection(others, footprint))
        in_the_way = np.flatnonzero(shared_m2 > MOST_SHARED * smaller_m2)
        if len(in_the_way) == 0:
            return
        first = int(in_the_way[np.argmax(shared_m2[in_the_way])])
        name = self._name(rows[first]) if first < len(rows) else "another new building"
        raise ScenarioConflictError(
            f"new/{change.new_id} stands on {name} by {shared_m2[first]:,.1f} m2",
            where=change.where,
            hint="replace or demolish what is there first, or draw it beside",
            code="stands-on-another",
        )

    @cached_property
    def _shapes(self) -> NDArray[np.object_]:
        return np.asarray(shapely.from_wkb(as_array(self._base["geometry"]).to_numpy(zero_copy_only=False)), object)

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self._shapes)

    @cached_property
    def _box(self) -> shapely.Geometry | None:
        bounds = shapely.total_bounds(self._shapes)
        return shapely.box(*bounds) if np.isfinite(bounds).all() else None

    def _name(self, row: int) -> str:
        return f"{self._base['dataset'][row].as_py()}/{self._base['id'][row].as_py()}"
