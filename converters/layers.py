"""Vector files read as plain layers (streets, zones, projects): attributes as they are, geometry as WKB."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyproj
import shapely

from cim_core.errors import UnknownFormatError
from cim_core.geometry.polygons import decode_wkb
from cim_core.issues import IssueLog
from converters.base import ReadOptions, Source
from converters.builtin import REGISTRY
from converters.footprints.reader import FootprintFormat
from converters.georeference import check_position, resolve_crs

_BATCH_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class VectorLayer:
    """A table with its attributes and ``geometry`` (WKB in ``crs``, null where a feature has none)."""

    table: pa.Table
    crs: pyproj.CRS
    crs_reason: str


def read_layer(path: Path, crs: str | None = None) -> VectorLayer:
    """Read a whole vector file. Raises SourceError, GeoreferenceError, UnknownFormatError."""
    source = Source.open(path)
    converter = REGISTRY.for_source(source)
    if not isinstance(converter, FootprintFormat):
        raise UnknownFormatError(
            f"is {converter.info.label}, a vector layer is needed", where=str(path), hint="give GeoJSON, GeoPackage, …"
        )
    with converter.open_source(source, ReadOptions(crs=crs, batch_size=_BATCH_ROWS)) as opened:
        resolved = resolve_crs(crs, opened.declared, str(path), may_be_shifted=True)
        table = pa.Table.from_batches(list(opened.batches))
        fields = [field for field in opened.fields if field != "geometry"]
        table = table.select([*fields, opened.geometry_column]).rename_columns([*fields, "geometry"])
    shapes, _, _ = decode_wkb(np.asarray(table.column("geometry").to_numpy(), dtype=object))
    check_position(shapely.bounds(shapes), resolved.crs, str(path), IssueLog())
    if resolved.unshift is not None:
        moved = shapely.to_wkb(shapely.transform(shapes, resolved.unshift))
        table = table.set_column(table.column_names.index("geometry"), "geometry", pa.array(moved, pa.binary()))
    return VectorLayer(table, resolved.crs, resolved.reason)
