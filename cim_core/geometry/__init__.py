"""Vectorised planar geometry: whole columns of shapes at once, no loop over features."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cim_core.geometry.column import PreparedColumn, prepare_column
    from cim_core.geometry.polygons import Defect, PreparedPolygons, decode_wkb, prepare_polygons

#: Loaded when asked for: the process that parses models needs index arithmetic, and no Arrow.
_MODULE_BY_NAME = {
    "Defect": "cim_core.geometry.polygons",
    "PreparedColumn": "cim_core.geometry.column",
    "PreparedPolygons": "cim_core.geometry.polygons",
    "decode_wkb": "cim_core.geometry.polygons",
    "prepare_column": "cim_core.geometry.column",
    "prepare_polygons": "cim_core.geometry.polygons",
}

__all__ = ["Defect", "PreparedColumn", "PreparedPolygons", "decode_wkb", "prepare_column", "prepare_polygons"]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name in _MODULE_BY_NAME:
        return getattr(import_module(_MODULE_BY_NAME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
