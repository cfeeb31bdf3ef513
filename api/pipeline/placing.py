"""Whether a building model stands in the town it is meant for: a wrong position shows by the distance."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from cim_core.crs.transform import transform_xy
from cim_core.errors import GeoreferenceError
from cim_core.features import FeatureBatch
from cim_core.store import Store

#: A model may stand this far outside the box around the buildings there: a new district, but not another county.
TOWN_MARGIN_M = 3_000.0


def model_footprints(batches: Iterable[FeatureBatch], store: Store) -> NDArray[np.object_]:
    """Footprints of the buildings of a model in the work CRS; None for a building without one."""
    found = [
        _moved(batch.records.filter(pc.equal(batch.column("kind"), "building")), batch, store) for batch in batches
    ]
    return np.concatenate(found) if found else np.empty(0, object)


def check_in_town(outlines: NDArray[np.object_], town: pa.Table, *, where: str, hint: str) -> None:
    """Refuse footprints (work CRS) that lie far outside the box around the buildings of ``town``; an empty one is none.

    Raises GeoreferenceError "outside-town".
    """
    shapes = shapely.from_wkb(town["geometry"].to_numpy())
    if shapely.is_missing(shapes).all() or shapely.is_missing(outlines).all():
        return
    area, model = (shapely.box(*shapely.total_bounds(one)) for one in (shapes, outlines))
    away_m = float(shapely.distance(area, model))
    if away_m > TOWN_MARGIN_M:
        raise GeoreferenceError(
            f"stands {away_m / 1000:,.1f} km outside the town", where=where, hint=hint, code="outside-town"
        )


def _moved(rows: pa.RecordBatch, batch: FeatureBatch, store: Store) -> NDArray[np.object_]:
    footprints = shapely.from_wkb(rows.column("geometry").to_numpy(zero_copy_only=False))
    return np.asarray(
        shapely.transform(
            footprints,
            lambda xy: np.stack(transform_xy(xy[:, 0], xy[:, 1], batch.meta.crs, store.work_crs), axis=-1),
        ),
        object,
    )
