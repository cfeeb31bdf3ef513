"""Calm default colors for elements whose model states none, and the color that dominates a set of triangles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: sRGB with alpha by IFC class; the nearest entry of the element's class name wins.
DEFAULT_COLORS: dict[str, tuple[int, int, int, int]] = {
    "IfcWall": (222, 217, 208, 255),
    "IfcWallStandardCase": (222, 217, 208, 255),
    "IfcCurtainWall": (158, 184, 196, 150),
    "IfcPlate": (158, 184, 196, 150),
    "IfcWindow": (150, 178, 192, 160),
    "IfcDoor": (148, 116, 86, 255),
    "IfcSlab": (198, 195, 189, 255),
    "IfcRoof": (124, 122, 122, 255),
    "IfcBeam": (176, 170, 162, 255),
    "IfcColumn": (186, 181, 174, 255),
    "IfcMember": (150, 148, 146, 255),
    "IfcStair": (190, 186, 180, 255),
    "IfcStairFlight": (190, 186, 180, 255),
    "IfcRailing": (118, 120, 122, 255),
    "IfcCovering": (214, 208, 198, 255),
    "IfcFooting": (168, 164, 158, 255),
    "IfcFurnishingElement": (182, 158, 130, 255),
    "IfcFurniture": (182, 158, 130, 255),
    "IfcSite": (168, 178, 150, 255),
    "IfcSpace": (170, 196, 214, 70),
    "IfcOpeningElement": (214, 190, 170, 70),
    "IfcGeographicElement": (150, 168, 130, 255),
}
_OTHER = (200, 196, 190, 255)


def default_color(kind: str) -> tuple[int, int, int, int]:
    """The calm default color of an IFC class, sRGB and alpha."""
    return DEFAULT_COLORS.get(kind, _OTHER)


def dominant_color(colors: NDArray[np.uint8], areas_m2: NDArray[np.float64]) -> str | None:
    """The "#rrggbb" with the largest total area among triangles whose color is stated, or None."""
    stated = colors[:, 3] > 0
    if not stated.any() or areas_m2[stated].sum() <= 0:
        return None
    packed = colors[stated, :3].astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    values, inverse = np.unique(packed, return_inverse=True)
    return f"#{int(values[np.bincount(inverse, areas_m2[stated]).argmax()]):06x}"
