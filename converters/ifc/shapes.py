"""Triangles of the elements of an open model, in metres, each element settled on its own.

The hybrid kernel in local coordinates is an order of magnitude faster than OpenCASCADE in world coordinates: a mapped
representation is tessellated once and placed by a matrix. Threads buy nothing; processes do.
"""

from __future__ import annotations

from typing import Literal

import ifcopenshell.geom
import numpy as np
from numpy.typing import NDArray

from converters.ifc.selection import Selection
from converters.ifc.spool import Shape, SpoolWriter
from converters.ifc.untyped import Element, Model

_Kernel = Literal["hybrid-cgal-simple-opencascade", "opencascade"]
KERNEL: _Kernel = "hybrid-cgal-simple-opencascade"
_FALLBACK_KERNEL: _Kernel = "opencascade"


def geometry_settings(selection: Selection, *, with_openings: bool = True) -> Element:
    """Settings of the tessellation: local coordinates, stated colors only, the chosen contexts whatever their type."""
    settings: Element = ifcopenshell.geom.settings()  # type: ignore[no-untyped-call]
    settings.set("use-world-coords", False)
    settings.set("weld-vertices", True)
    settings.set("apply-default-materials", False)
    settings.set("disable-opening-subtractions", not with_openings)
    if selection.contexts:
        settings.set("context-ids", sorted(selection.contexts))
    return settings


def mesh_all(model: Model, selection: Selection, steps: list[int], spool: SpoolWriter) -> list[int]:
    """Mesh the products with one iterator; return the ids it produced nothing for."""
    if not steps:
        return []
    products = [model.by_id(step) for step in steps]
    settings = geometry_settings(selection)
    iterator = ifcopenshell.geom.iterator(settings, model, 1, include=products, geometry_library=KERNEL)
    missing = dict.fromkeys(steps)
    if iterator.initialize():
        while True:
            element: Element = iterator.get()  # type: ignore[no-untyped-call]
            step = int(element.id)
            shape = to_shape(element) if step in missing else None
            if shape is not None:
                spool.put_shape(shape)
                del missing[step]
            if not iterator.next():
                break
    return list(missing)


def mesh_one(model: Model, selection: Selection, step: int, spool: SpoolWriter) -> None:
    """Mesh one product with every means: both kernels, then without cutting its openings; else record why not."""
    spool.put_started(step)
    product = model.by_id(step)
    message = "its body is empty"
    for with_openings in (True, False):
        settings = geometry_settings(selection, with_openings=with_openings)
        for kernel in (KERNEL, _FALLBACK_KERNEL):
            try:
                element: Element = ifcopenshell.geom.create_shape(settings, product, geometry_library=kernel)
            except RuntimeError as error:
                message = _cause(str(error))
                continue
            shape = to_shape(element, is_uncut=not with_openings)
            if shape is not None:
                spool.put_shape(shape)
                return
    spool.put_failure(step, message)


def to_shape(element: Element, *, is_uncut: bool = False) -> Shape | None:
    """Placed triangles of one element, or None where it has none that are finite and not degenerate."""
    geometry = element.geometry
    local = np.frombuffer(geometry.verts_buffer, np.float64).reshape(-1, 3)
    triangles = np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3).astype(np.uint32)
    if not len(triangles) or not np.isfinite(local).all():
        return None
    matrix = np.frombuffer(element.transformation_buffer, np.float64).reshape(4, 4).T
    positions = local @ matrix[:3, :3].T + matrix[:3, 3]
    colors = _triangle_colors(geometry, len(triangles))
    if np.linalg.det(matrix[:3, :3]) < 0:  # a mirrored placement turns triangles inside out
        triangles = triangles[:, ::-1]
    return Shape(int(element.id), positions, triangles, colors, is_uncut)


def _triangle_colors(geometry: Element, count: int) -> NDArray[np.uint8]:
    palette = np.frombuffer(geometry.colors_buffer, np.float64).reshape(-1, 4)
    material = np.frombuffer(geometry.material_ids_buffer, np.int32)
    colors = np.zeros((count, 4), np.uint8)
    if len(palette) and len(material) == count:
        table = np.clip(np.nan_to_num(palette) * 255.0 + 0.5, 0, 255).astype(np.uint8)
        table[:, 3] = np.maximum(table[:, 3], 20)  # alpha 0 is kept for "no color stated"
        is_styled = (material >= 0) & (material < len(table))
        colors[is_styled] = table[material[is_styled]]
    return colors


def _cause(error: str) -> str:
    return error.split(". Product:")[0].splitlines()[0] if error else "no shape could be made"
