"""Finding the footprint in a workspace on which a model without a position is laid."""

from __future__ import annotations

from pathlib import Path

import shapely

from api.workspace import Workspace
from cim_core.errors import GeoreferenceError, NotFoundError, UsageError
from converters.targets import FootprintTarget


def find_target(folder: Path, name: str, bearing_deg: float | None = None) -> FootprintTarget:
    """The footprint and ground of a building, named ``id`` or ``dataset/id``.

    The base counts from the workspace's height datum. Raises NotFoundError for no such building, UsageError for a name
    that several have, GeoreferenceError for one without a footprint or a base.
    """
    with Workspace.load(folder).open_store() as store:
        dataset, _, rest = name.partition("/")
        columns = ("id", "dataset", "geometry", "base_m")
        found = store.buildings(ids=(name,), columns=columns)
        if found.num_rows == 0 and rest:
            found = store.buildings(dataset=dataset, ids=(rest,), columns=columns)
        crs = store.work_crs
    rows = found.to_pylist()
    if not rows:
        raise NotFoundError(f"there is no building '{name}'", where="--match-footprint", hint="give its id")
    if len(rows) > 1:
        names = ", ".join(f"{row['dataset']}/{row['id']}" for row in rows)
        raise UsageError(f"'{name}' names {len(rows)} buildings", where="--match-footprint", hint=f"say which: {names}")
    row = rows[0]
    if row["geometry"] is None or row["base_m"] is None:
        missing = "footprint" if row["geometry"] is None else "base elevation"
        raise GeoreferenceError(
            f"the building '{name}' has no {missing}",
            where="--match-footprint",
            hint="import the workspace's terrain, or give --at",
            code="match-target",
        )
    polygon = shapely.from_wkb(row["geometry"])
    return FootprintTarget(f"{row['dataset']}/{row['id']}", polygon, crs, float(row["base_m"]), bearing_deg)
