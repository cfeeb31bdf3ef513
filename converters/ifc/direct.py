"""Very large triangulated bodies, read as they are: a kernel takes a minute for two million triangles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import ifcopenshell.util.placement
import ifcopenshell.util.unit
import numpy as np
from numpy.typing import NDArray

from converters.ifc.selection import Selection
from converters.ifc.shapes import Tessellation, UnusableShapeError
from converters.ifc.styles import color_bytes, color_of
from converters.ifc.untyped import Entity, Model

Floats = NDArray[np.float64]
#: A statement of so many bytes holds a hundred thousand triangles or more; smaller ones go through the kernel.
LARGE_BYTES = 1_500_000
_ID = re.compile(rb"\s*#(\d+)\s*=\s*IFCTRIANGULATEDFACESET\b", re.IGNORECASE)


class LargeBodies:
    """Products whose body is one very large IfcTriangulatedFaceSet, in which no opening is cut."""

    def __init__(self, path: Path, model: Model, selection: Selection) -> None:
        self._model = model
        self._item_by_product: dict[int, int] = {}
        large = set(find_large_statements(path)) if _has_any(model) else set()
        if not large:
            return
        self._unit_m = float(ifcopenshell.util.unit.calculate_unit_scale(model))
        cut = {relation.RelatingBuildingElement.id() for relation in model.by_type("IfcRelVoidsElement")}
        for step, representation in selection.representation_by_product.items():
            items = model.by_id(representation).Items
            if len(items) == 1 and items[0].id() in large and step not in cut:
                self._item_by_product[step] = items[0].id()

    def __contains__(self, step: int) -> bool:
        return step in self._item_by_product

    def read(self, step: int) -> tuple[str, Floats, Tessellation, NDArray[np.int32]]:
        """A name for the body, the matrix (4, 4) it stands at, the body, and the item each triangle is of.

        Raises UnusableShapeError where indices point beyond the points.
        """
        product, item = self._model.by_id(step), self._model.by_id(self._item_by_product[step])
        points = np.array(item.Coordinates.CoordList, float).reshape(-1, 3) * self._unit_m
        triangles = np.array(item.CoordIndex, np.int64).reshape(-1, 3) - 1
        through = getattr(item, "PnIndex", None)
        if through is not None:
            triangles = _checked(np.array(through, np.int64) - 1, len(points))[_checked(triangles, len(through))]
        triangles = _checked(triangles, len(points))
        matrix = np.eye(4)
        if product.ObjectPlacement is not None:
            matrix = np.array(ifcopenshell.util.placement.get_local_placement(product.ObjectPlacement), float)
            matrix[:3, 3] *= self._unit_m
        body = Tessellation(points, triangles.astype(np.uint32), _colors(item, len(triangles)))
        return f"direct-{item.id()}", matrix, body, np.full(len(triangles), item.id(), np.int32)


def find_large_statements(path: Path) -> Iterator[int]:
    """STEP ids of triangulated face sets whose statement takes ``LARGE_BYTES`` or more."""
    if path.stat().st_size < LARGE_BYTES:
        return
    data = np.memmap(path, np.uint8, "r")
    ends = np.concatenate([[-1], np.flatnonzero(data == ord(";"))])
    for number in np.flatnonzero(np.diff(ends) >= LARGE_BYTES).tolist():
        start = int(ends[number]) + 1
        found = _ID.match(data[start : start + 200].tobytes())
        if found:
            yield int(found[1])


def _has_any(model: Model) -> bool:
    try:
        return bool(model.by_type("IfcTriangulatedFaceSet"))
    except RuntimeError:  # not in this schema
        return False


def _checked(numbers: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    if numbers.size and (numbers.min() < 0 or numbers.max() >= count):
        raise UnusableShapeError("a face names a point that is not there")
    return numbers


def _colors(item: Entity, count: int) -> NDArray[np.uint8]:
    """Colors (count, 4) of the faces, by the item's color map or its style; else alpha 0."""
    style = color_of(item.StyledByItem or ()) or (0, 0, 0, 0)
    colors = np.tile(np.array([style], np.uint8), (count, 1))
    for color_map in getattr(item, "HasColours", None) or ():
        palette = np.array(color_map.Colours.ColourList, float).reshape(-1, 3)
        index = np.array(color_map.ColourIndex, np.int64) - 1
        if len(index) == count and index.min() >= 0 and index.max() < len(palette):
            opacity = getattr(color_map, "Opacity", None)
            alpha = round(255 * (1.0 if opacity is None else float(opacity)))
            colors = np.column_stack([color_bytes(palette)[index], np.full(count, max(alpha, 20), np.uint8)])
    return np.ascontiguousarray(colors)
