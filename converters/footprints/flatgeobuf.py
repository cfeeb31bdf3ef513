"""FlatGeobuf (flatgeobuf.org, version 3)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from converters.base import FormatInfo, Produces, ReadOptions, Source
from converters.footprints.ogr import open_ogr
from converters.footprints.source import VectorSource

INFO = FormatInfo(
    id="flatgeobuf",
    label="FlatGeobuf",
    suffixes=(".fgb",),
    produces=Produces.BUILDINGS,
    media_type="application/flatgeobuf",
    library="GDAL (pyogrio)",
)
_MAGIC = b"fgb\x03fgb"


def recognises(source: Source) -> bool:
    """The magic bytes."""
    return source.head.startswith(_MAGIC)


@contextmanager
def open_source(source: Source, options: ReadOptions) -> Iterator[VectorSource]:
    """Stream through GDAL. Raises SourceError."""
    with open_ogr(source.path, options.batch_size, layer=options.layer) as vector:
        yield vector
