"""Geometry in the database: WKB for callers, GeoPackageBinary in SQLite, PostGIS geometry elsewhere.

GeoPackageBinary (OGC 12-128r19, 2.1.3): magic ``GP``, version 0, flags, srs_id, an x-y envelope, then WKB.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import UserDefinedType

Geometries = NDArray[np.object_]

_HEADER = np.dtype(
    [("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs_id", "<i4"), ("envelope", "<f8", (4,))], align=False
)
_HEADER_BYTES = 40
_FLAGS_XY_ENVELOPE_LITTLE_ENDIAN = 0b0000_0011
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)


def encode_gpkg(geometries: Geometries, srs_id: int) -> list[bytes | None]:
    """GeoPackageBinary of each geometry, with envelope and without z; None for a missing or empty one."""
    flat = shapely.force_2d(geometries)
    is_present = ~(shapely.is_missing(flat) | shapely.is_empty(flat))
    headers = np.zeros(len(flat), dtype=_HEADER)
    headers["magic"], headers["flags"], headers["srs_id"] = b"GP", _FLAGS_XY_ENVELOPE_LITTLE_ENDIAN, srs_id
    headers["envelope"] = shapely.bounds(flat)[:, [0, 2, 1, 3]]
    packed = headers.tobytes()
    bodies = shapely.to_wkb(flat, byte_order=1)
    return [
        packed[i * _HEADER_BYTES : (i + 1) * _HEADER_BYTES] + body if present else None
        for i, (body, present) in enumerate(zip(bodies, is_present.tolist(), strict=True))
    ]


def wkb_of(blob: bytes) -> bytes:
    """The WKB inside a GeoPackageBinary, whatever its envelope."""
    return blob[8 + _ENVELOPE_BYTES[min((blob[3] >> 1) & 0b111, 4)] :]


def geometries_from_wkb(values: pa.Array | pa.ChunkedArray | None, rows: int) -> Geometries:
    """Shapely geometries (n,) of a WKB column; None where it is null or the column is missing."""
    if values is None:
        return np.full(rows, None, dtype=object)
    return np.asarray(shapely.from_wkb(values.to_numpy(zero_copy_only=False)), dtype=object)


class Geom(UserDefinedType[bytes]):
    """A geometry column that takes and gives WKB; ``srs_id`` is the EPSG code it is stored with."""

    cache_ok = True

    def __init__(self, kind: str = "GEOMETRY", srs_id: int = 0) -> None:
        self.kind = kind
        self.srs_id = srs_id

    def get_col_spec(self, **_: object) -> str:
        """The declared type, which is also what ``gpkg_geometry_columns`` says."""
        return self.kind

    def bind_processor(self, dialect: Dialect) -> Callable[[bytes | None], bytes | None] | None:
        """Wrap WKB into GeoPackageBinary on SQLite; PostGIS wraps it in SQL."""
        if dialect.name != "sqlite":
            return None

        def wrap(wkb: bytes | None) -> bytes | None:
            return None if wkb is None else encode_gpkg(np.array([shapely.from_wkb(wkb)], dtype=object), self.srs_id)[0]

        return wrap

    def bind_expression(self, bindvalue: sa.BindParameter[bytes]) -> sa.ColumnElement[bytes] | None:
        """Let PostGIS read the WKB; SQLite stores the blob as it is."""
        return _FromWkb(bindvalue, self.srs_id)

    def column_expression(self, column: sa.ColumnElement[bytes]) -> sa.ColumnElement[bytes] | None:
        """Let PostGIS give WKB back; SQLite gives the blob."""
        return _AsWkb(column)

    def result_processor(self, dialect: Dialect, _coltype: object) -> Callable[[bytes | None], bytes | None] | None:
        """Take the WKB out of the GeoPackageBinary on SQLite."""
        if dialect.name != "sqlite":
            return None
        return lambda blob: None if blob is None else wkb_of(blob)


def srs_id_of(column: sa.ColumnElement[Any]) -> int:
    """EPSG code a geometry column is stored with."""
    return column.type.srs_id if isinstance(column.type, Geom) else 0


@compiles(Geom, "postgresql")
def _geom_postgis(kind: Geom, _compiler: object, **_: Any) -> str:  # noqa: ANN401 - SQLAlchemy hands its own options on
    return f"geometry({kind.kind},{kind.srs_id:d})"


class _FromWkb(sa.ColumnElement[bytes]):
    inherit_cache = False

    def __init__(self, value: sa.ColumnElement[bytes], srs_id: int) -> None:
        self.value, self.srs_id = value, srs_id


class _AsWkb(sa.ColumnElement[bytes]):
    inherit_cache = False

    def __init__(self, value: sa.ColumnElement[bytes]) -> None:
        self.value = value
        self.type = value.type


class BboxHits(sa.ColumnElement[bool]):
    """Rows whose geometry's envelope meets a box: the R*Tree on SQLite, ``&&`` on PostGIS.

    ``box`` is (min x, min y, max x, max y) in the column's CRS. Without ``_is_implicitly_boolean`` SQLAlchemy
    renders ``… = 1`` on SQLite and the query becomes a full scan.
    """

    inherit_cache = False
    _is_implicitly_boolean = True
    type = sa.Boolean()

    def __init__(self, column: sa.Column[Any], box: tuple[float, float, float, float]) -> None:
        self.column, self.box = column, box


def bbox_hits(column: sa.Column[Any], box: tuple[float, float, float, float]) -> BboxHits:
    """The condition that a geometry column's envelope meets ``box`` in the column's CRS."""
    return BboxHits(column, box)


@compiles(_FromWkb, "sqlite")
def _from_wkb_sqlite(element: _FromWkb, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy hands its own options on
    return compiler.process(element.value, **kw)


@compiles(_FromWkb)
def _from_wkb_postgis(element: _FromWkb, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy hands its own options on
    return f"ST_GeomFromWKB({compiler.process(element.value, **kw)}, {element.srs_id:d})"


@compiles(_AsWkb, "sqlite")
def _as_wkb_sqlite(element: _AsWkb, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy hands its own options on
    return compiler.process(element.value, **kw)


@compiles(_AsWkb)
def _as_wkb_postgis(element: _AsWkb, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy hands its own options on
    return f"ST_AsBinary({compiler.process(element.value, **kw)})"


@compiles(BboxHits, "sqlite")
def _bbox_sqlite(element: BboxHits, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy hands its own options on
    table = element.column.table
    index = f"rtree_{table.name}_{element.column.name}"
    low_x, low_y, high_x, high_y = (_literal(value, compiler, **kw) for value in element.box)
    return (
        f"{table.name}.fid IN (SELECT id FROM {index}"  # noqa: S608 - names of our own tables, values are bound
        f" WHERE maxx >= {low_x} AND minx <= {high_x} AND maxy >= {low_y} AND miny <= {high_y})"
    )


@compiles(BboxHits)
def _bbox_postgis(element: BboxHits, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy hands its own options on
    box = ", ".join(_literal(value, compiler, **kw) for value in element.box)
    return f"{compiler.process(element.column, **kw)} && ST_MakeEnvelope({box}, {srs_id_of(element.column):d})"


def _literal(value: float, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy hands its own options on
    return compiler.process(sa.literal(float(value), sa.Double()), **kw)
