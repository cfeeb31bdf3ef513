"""Rows of a file of streets, zones, plan units, corridors, projects or a map layer: checked, in the work CRS."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from api.pipeline.placing import TOWN_MARGIN_M
from api.pipeline.projects import check_project_rows
from cim_core.errors import SourceError
from cim_core.geometry.layer_shapes import read_any, read_areas, read_lines
from cim_core.geometry.polygons import decode_wkb
from cim_core.issues import IssueLog
from cim_core.store import Store
from cim_core.store.importing import to_crs
from cim_core.townscape.plan_areas import check_plan_areas, reject_slivers
from converters.layers import read_layer

Shapes = NDArray[np.object_]

_LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)
_POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_LINE_LAYERS = {"streets": "centrelines", "corridors": "lines from viewpoint to target"}
_AREA_LAYERS = {"zones": "polygons", "units": "polygons"}


def read_town_layer(
    store: Store, path: Path, layer: str, crs: str | None, log: IssueLog, allow_far: bool = False
) -> pa.Table:
    """The rows that are kept, ``geometry`` as WKB in the work CRS; ``features in = rows + rejected`` in the log.

    ``allow_far``: keep areas that lie far outside the town. Raises SourceError for the wrong kind of geometry and where
    nothing is left, GeoreferenceError, UnknownFormatError, ModelError.
    """
    read = read_layer(path, crs)
    table = check_project_rows(read.table, path) if layer == "projects" else read.table
    ids = _names(table)
    wkb = np.asarray(table["geometry"].to_numpy(), dtype=object)
    log.features_in = table.num_rows
    if layer in _LINE_LAYERS | _AREA_LAYERS:
        _refuse_other_kinds(wkb, ids, layer, path)
    make = read_areas if layer in _AREA_LAYERS else read_lines if layer in _LINE_LAYERS else read_any
    shapes = to_crs(make(wkb, ids, log), read.crs, store.work_crs)
    if layer in _AREA_LAYERS:
        shapes = reject_slivers(shapes, ids, log)
        shapes = shapes if allow_far else _reject_far(shapes, ids, store, log)
    if layer in _LINE_LAYERS | _AREA_LAYERS:
        kept = np.flatnonzero(~shapely.is_missing(shapes))
        if len(kept) == 0 and table.num_rows:
            first = log.issues[0]
            raise SourceError(
                f"no usable feature among {table.num_rows:,}: {first.feature_id} {first.message}",
                where=str(path),
                hint=first.hint,
                code=first.code,
            )
        table, shapes = table.take(pa.array(kept)), shapes[kept]
    if layer in _AREA_LAYERS and "id" in table.column_names:
        table, shapes = check_plan_areas(table, shapes, layer, log)
    log.features_out = table.num_rows
    geometry = pa.array(shapely.to_wkb(shapes), pa.binary())
    return table.set_column(table.column_names.index("geometry"), "geometry", geometry)


def _refuse_other_kinds(wkb: Shapes, ids: Sequence[str], layer: str, path: Path) -> None:
    """Refuse a layer of the wrong kind of geometry as a whole: most likely it is the wrong file."""
    words, wanted = {**_LINE_LAYERS, **_AREA_LAYERS}[layer], _LINES if layer in _LINE_LAYERS else _POLYGONS
    types = shapely.get_type_id(decode_wkb(wkb)[0])
    collection = int(shapely.GeometryType.GEOMETRYCOLLECTION)
    is_wrong = ~np.isin(types, [-1, *map(int, wanted)]) & ~((types == collection) & (wanted is _POLYGONS))
    wrong = np.flatnonzero(is_wrong)
    if len(wrong):
        raise SourceError(
            f"{layer} are {words}, but {len(wrong):,} of {len(ids):,} geometries are not (e.g. {ids[int(wrong[0])]})",
            where=str(path),
            hint="check that this is the file you mean, and --as",
            code="wrong-geometry",
        )


def _reject_far(shapes: Shapes, ids: Sequence[str], store: Store, log: IssueLog) -> Shapes:
    """Without the areas far outside the box around the buildings; a town without buildings has no outside."""
    extents = [record.extent_deg for record in store.datasets() if record.extent_deg is not None]
    if not extents:
        return shapes
    boxes = np.array([store.to_work_box(extent) for extent in extents])
    town = shapely.box(*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))
    away_m = np.nan_to_num(shapely.distance(shapes, town))
    kept = shapes.copy()
    for row in np.flatnonzero(away_m > TOWN_MARGIN_M).tolist():
        message = f"lies {away_m[row] / 1000:,.1f} km outside the town"
        hint = "check its coordinates; with --allow-far it is taken"
        log.reject("outside-town", message, feature_id=ids[row], hint=hint)
        kept[row] = None
    return kept


def _names(table: pa.Table) -> list[str]:
    """What the rows are called in issues: their id, else their row number."""
    given = table["id"].to_pylist() if "id" in table.column_names else [None] * table.num_rows
    return [f"row {row}" if value in (None, "") else str(value) for row, value in enumerate(given, 1)]
