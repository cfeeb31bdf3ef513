"""Vectorised planar geometry: whole columns of shapes at once, no loop over features."""

from cim_core.geometry.column import PreparedColumn, prepare_column
from cim_core.geometry.polygons import Defect, PreparedPolygons, decode_wkb, prepare_polygons

__all__ = ["Defect", "PreparedColumn", "PreparedPolygons", "decode_wkb", "prepare_column", "prepare_polygons"]
