"""Vectorised planar geometry: whole columns of shapes at once, no loop over features."""

from cim_core.geometry.polygons import Defect, PreparedPolygons, decode_wkb, prepare_polygons

__all__ = ["Defect", "PreparedPolygons", "decode_wkb", "prepare_polygons"]
