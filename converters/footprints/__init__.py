"""Building footprints with heights: one module a vector format, one engine for all."""

from converters.footprints import flatgeobuf, geojson, geopackage
from converters.footprints.reader import FootprintFormat

FORMATS = tuple(
    FootprintFormat(module.INFO, module.recognises, module.open_source) for module in (flatgeobuf, geopackage, geojson)
)

__all__ = ["FORMATS", "FootprintFormat"]
