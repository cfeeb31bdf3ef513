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
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import UserDefinedType

Geometries = NDArray[np.object_]

_HEADER = np.dtype(
    [("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs_id", "<i4"), ("envelope", "<f8", (4,))], align=False
)
_HEADER_BYTES = 40
_FLAGS_XY_ENVELOPE_LITTLE_ENDIAN = 0b0000_0011
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
#: SQL literals of the flags (bits 1-3: envelope) by where the WKB starts, counted from 1.
_FLAGS_BY_START: dict[int, list[str]] = {}
for _flags in range(64):
    if (_flags >> 1) & 0b111 < len(_ENVELOPE_BYTES):
        _FLAGS_BY_START.setdefault(9 + _ENVELOPE_BYTES[(_flags >> 1) & 0b111], []).append(f"x'{_flags:02x}'")


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
        return _FromWkb(bindvalue, sa.literal_column(str(self.srs_id)))

    def column_expression(self, column: sa.ColumnElement[bytes]) -> sa.ColumnElement[bytes] | None:
        """Let the database give WKB back: PostGIS writes it, SQLite cuts it out of the GeoPackageBinary."""
        return _AsWkb(column)


def srs_id_of(column: sa.ColumnElement[Any]) -> int:
    """EPSG code a geometry column is stored with."""
    return column.type.srs_id if isinstance(column.type, Geom) else 0


@compiles(Geom, "postgresql")
def _geom_postgis(kind: Geom, _compiler: object, **_: Any) -> str:  # noqa: ANN401 - SQLAlchemy hands its own options on
    return f"geometry({kind.kind},{kind.srs_id:d})"


class _FromWkb(FunctionElement[bytes]):
    """(bound WKB, EPSG code). The code is a literal, hence part of what a compiled statement is kept under."""

    inherit_cache = True


class _AsWkb(FunctionElement[bytes]):
    """(geometry column,), of its type."""

    inherit_cache = True

    def __init__(self, column: sa.ColumnElement[bytes]) -> None:
        super().__init__(column)
        self.type = column.type


class BboxHits(FunctionElement[bool]):
    """Rows whose geometry's envelope meets a box: the R*Tree on SQLite, ``&&`` on PostGIS.

    Arguments are the column, the four bounds and the EPSG code. Without ``_is_implicitly_boolean`` SQLAlchemy renders
    ``… = 1`` on SQLite and the query becomes a full scan.
    """

    inherit_cache = True
    _is_implicitly_boolean = True
    type = sa.Boolean()


#: The parameters of ``bbox_hits``, in the order of a box.
BOX_PARAMETERS = ("box_min_x", "box_min_y", "box_max_x", "box_max_y")


def bbox_hits(column: sa.Column[Any]) -> BboxHits:
    """The condition that a geometry column's envelope meets a box, given by ``BOX_PARAMETERS`` in the column's CRS.

    Spatial indexes hold 32-bit bounds rounded outwards, so that a neighbour up to a metre off may be among the hits.
    """
    bounds: list[sa.ColumnElement[float]] = [sa.bindparam(name, type_=sa.Double()) for name in BOX_PARAMETERS]
    return BboxHits(column, *bounds, sa.literal_column(str(srs_id_of(column))))


def _parts(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> list[str]:  # noqa: ANN401 - SQLAlchemy hands its own options on
    return [compiler.process(part, **kw) for part in element.clauses]


@compiles(_FromWkb, "sqlite")
def _from_wkb_sqlite(element: _FromWkb, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy hands its own options on
    return _parts(element, compiler, **kw)[0]


@compiles(_AsWkb, "sqlite")
def _as_wkb_sqlite(element: _AsWkb, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy hands its own options on
    (blob,) = _parts(element, compiler, **kw)
    # Ours have the flags 3; a GIS program that adds a row may leave the envelope out or give it more dimensions.
    flags, ours = f"substr({blob}, 4, 1)", 9 + _ENVELOPE_BYTES[1]
    others = " ".join(
        f"WHEN {flags} IN ({', '.join(literals)}) THEN substr({blob}, {start})"
        for start, literals in _FLAGS_BY_START.items()
        if start != ours
    )
    return f"CASE WHEN {flags} = x'03' THEN substr({blob}, {ours}) {others} ELSE substr({blob}, {ours}) END"


@compiles(_FromWkb)
def _from_wkb_postgis(element: _FromWkb, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy hands its own options on
    return "ST_GeomFromWKB({}, {})".format(*_parts(element, compiler, **kw))


@compiles(_AsWkb)
def _as_wkb_postgis(element: _AsWkb, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy hands its own options on
    return "ST_AsBinary({})".format(*_parts(element, compiler, **kw))


@compiles(BboxHits, "sqlite")
def _bbox_sqlite(element: BboxHits, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy hands its own options on
    column: Any = next(iter(element.clauses))
    _, low_x, low_y, high_x, high_y, _ = _parts(element, compiler, **kw)
    return (
        f"{column.table.name}.fid IN (SELECT id FROM rtree_{column.table.name}_{column.name}"  # noqa: S608 - names of our own tables, values are bound
        f" WHERE maxx >= {low_x} AND minx <= {high_x} AND maxy >= {low_y} AND miny <= {high_y})"
    )


@compiles(BboxHits)
def _bbox_postgis(element: BboxHits, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy hands its own options on
    return "{} && ST_MakeEnvelope({}, {}, {}, {}, {})".format(*_parts(element, compiler, **kw))
