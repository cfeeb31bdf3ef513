"""GeoPackage (OGC 12-128r18)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from converters.base import FormatInfo, Produces, ReadOptions, Source
from converters.footprints.ogr import open_ogr
from converters.footprints.source import VectorSource

INFO = FormatInfo(
    id="geopackage",
    label="GeoPackage",
    suffixes=(".gpkg",),
    produces=Produces.BUILDINGS,
    media_type="application/geopackage+sqlite3",
    library="GDAL (pyogrio)",
)
_SQLITE_MAGIC = b"SQLite format 3\x00"
_APPLICATION_ID = slice(68, 72)
_APPLICATION_IDS = (b"GPKG", b"GP10", b"GP11")


def recognises(source: Source) -> bool:
    """An SQLite database that calls itself a GeoPackage, by header or suffix."""
    if not source.head.startswith(_SQLITE_MAGIC):
        return False
    return source.head[_APPLICATION_ID] in _APPLICATION_IDS or source.path.suffix.lower() == ".gpkg"


@contextmanager
def open_source(source: Source, options: ReadOptions) -> Iterator[VectorSource]:
    """Stream the layer with footprints through GDAL. Raises SourceError."""
    with open_ogr(source.path, options.batch_size, driver="GPKG", layer=options.layer, has_layers=True) as vector:
        yield vector
