"""GeoParquet 1.x with WKB geometry, through pyarrow (the GDAL that comes with pyogrio reads no Parquet)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyproj
from pyproj.exceptions import CRSError

from cim_core.errors import GeoreferenceError, UnreadableSourceError, UnsupportedFeatureError, UsageError
from converters.base import FormatInfo, Produces, ReadOptions, Source
from converters.footprints.ahead import read_ahead
from converters.footprints.source import VectorSource
from converters.georeference import DeclaredCrs

INFO = FormatInfo(
    id="geoparquet",
    label="GeoParquet",
    suffixes=(".parquet", ".geoparquet"),
    produces=Produces.BUILDINGS,
    media_type="application/vnd.apache.parquet",
    library="Apache Arrow (pyarrow)",
)
_MAGIC = b"PAR1"
_USUAL_NAMES = ("geometry", "geom", "wkb_geometry")


def recognises(source: Source) -> bool:
    """The magic bytes."""
    return source.head.startswith(_MAGIC)


@contextmanager
def open_source(source: Source, options: ReadOptions) -> Iterator[VectorSource]:
    """Stream record batches. Raises SourceError."""
    import pyarrow.parquet as pq

    where = str(source.path)
    if options.layer is not None:
        raise UsageError("a Parquet file has no layers", where=where, hint="leave out --layer")
    try:
        file = pq.ParquetFile(source.path)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableSourceError(
            f"cannot be read: {error}", where=where, hint="the file may be damaged or cut off; export it again"
        ) from error
    with file:
        schema = file.schema_arrow
        geo = _geo_metadata(schema, where)
        geometry = _geometry_column(schema, geo, where)
        # A bounding-box column exists for filters only (GeoParquet 1.1 "covering").
        columns = [name for name in schema.names if name == geometry or not pa.types.is_struct(schema.field(name).type)]
        parts = file.iter_batches(batch_size=options.batch_size, columns=columns)
        with read_ahead(lambda: _next_batch(parts, where)) as batches:
            yield VectorSource(
                fields=tuple(name for name in columns if name != geometry),
                geometry_column=geometry,
                row_id_column=None,
                declared=lambda: _declared_crs(geo, geometry, where),
                total=file.metadata.num_rows,
                batches=batches,
                read_columns=lambda names: file.read(columns=names),
            )


def _next_batch(parts: Iterator[pa.RecordBatch], where: str) -> pa.RecordBatch | None:
    try:
        return next(parts, None)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableSourceError(f"cannot be read: {error}", where=where, hint="export it again") from error


def _geo_metadata(schema: pa.Schema, where: str) -> dict[str, Any] | None:
    raw = (schema.metadata or {}).get(b"geo")
    if raw is None:
        return None
    try:
        geo = json.loads(raw)
        geo["columns"][geo["primary_column"]]["encoding"]
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableSourceError("has damaged GeoParquet metadata", where=where, hint="export it again") from error
    return dict(geo)


def _geometry_column(schema: pa.Schema, geo: dict[str, Any] | None, where: str) -> str:
    if geo is None:
        names = [name for name in schema.names if name.lower() in _USUAL_NAMES and _is_binary(schema.field(name).type)]
        if len(names) != 1:
            raise UnreadableSourceError(
                "is a Parquet table without a geometry column", where=where, hint="export it as GeoParquet with WKB"
            )
        return str(names[0])
    name = str(geo["primary_column"])
    encoding = geo["columns"][name]["encoding"]
    if encoding != "WKB":
        raise UnsupportedFeatureError(
            f"the geometry encoding {encoding!r} is not read", where=where, hint="export it with WKB geometry"
        )
    if name not in schema.names:
        raise UnreadableSourceError(f"names a geometry column {name!r} that is not there", where=where)
    return name


def _is_binary(kind: pa.DataType) -> bool:
    if isinstance(kind, pa.ExtensionType):
        kind = kind.storage_type
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _declared_crs(geo: dict[str, Any] | None, column: str, where: str) -> DeclaredCrs:
    """GeoParquet 1.1: PROJJSON, null for unknown, and OGC:CRS84 where the member is absent."""
    if geo is None:
        return DeclaredCrs(None, "the Parquet file has no GeoParquet metadata")
    meta = geo["columns"][column]
    if "crs" not in meta:
        return DeclaredCrs(pyproj.CRS(4326), "because GeoParquet without a crs member is OGC:CRS84")
    if meta["crs"] is None:
        return DeclaredCrs(None, "the GeoParquet metadata says that it is unknown")
    try:
        return DeclaredCrs(pyproj.CRS.from_json_dict(meta["crs"]), "declared in the GeoParquet metadata")
    except (CRSError, TypeError, AttributeError) as error:
        raise GeoreferenceError(
            "the GeoParquet metadata has a coordinate system that is not known",
            where=where,
            hint="give it with --crs",
            code="unknown-crs",
        ) from error
