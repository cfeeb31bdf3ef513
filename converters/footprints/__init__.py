"""Building footprints with heights: one module a vector format, one engine for all."""

from converters.footprints import flatgeobuf, geojson, geopackage, geoparquet, shapefile
from converters.footprints.reader import FootprintFormat

FORMATS = tuple(
    FootprintFormat(module.INFO, module.recognises, module.open_source)
    for module in (flatgeobuf, geopackage, geoparquet, shapefile, geojson)
)

__all__ = ["FORMATS", "FootprintFormat"]
