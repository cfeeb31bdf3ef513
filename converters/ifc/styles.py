"""Colors of surface styles, and of the materials that carry them: of a wall of layers, of its outer one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from converters.ifc.materials import materials_in
from converters.ifc.untyped import Entity, Model

#: Red, green, blue in sRGB and alpha, 0 to 255; alpha 0 is kept for "no color stated".
Color = tuple[int, int, int, int]
MIN_ALPHA = 20


def material_colors(model: Model) -> dict[int, Color]:
    """The color of every object whose material, or that of its type, has one.

    Of layers, profiles, constituents and lists the first that has a color counts: layers are stated from the outside
    in. Kernels color bodies by single materials only.
    """
    try:
        if not model.by_type("IfcMaterialDefinitionRepresentation"):
            return {}
    except RuntimeError:  # not in this schema
        return {}
    of_material: dict[int, Color | None] = {}
    colors: dict[int, Color] = {}
    for relation in model.by_type("IfcRelAssociatesMaterial"):
        for material in materials_in(relation.RelatingMaterial):
            if material.id() not in of_material:
                found = (color_of(items) for items in _styled_by(material))
                of_material[material.id()] = next((color for color in found if color is not None), None)
            color = of_material[material.id()]
            if color is not None:
                colors.update((related.id(), color) for related in relation.RelatedObjects or ())
                break
    for relation in model.by_type("IfcRelDefinesByType"):
        of_type = colors.get(relation.RelatingType.id()) if relation.RelatingType is not None else None
        if of_type is not None:
            for related in relation.RelatedObjects or ():
                colors.setdefault(related.id(), of_type)
    return colors


def _styled_by(material: Entity) -> Iterator[tuple[Entity, ...]]:
    for definition in getattr(material, "HasRepresentation", None) or ():
        for representation in definition.Representations or ():
            yield tuple(representation.Items or ())


def is_colored_diffusely(styled_items: tuple[Entity, ...]) -> bool:
    """Whether a style states a diffuse color beside that of the surface, which kernels prefer."""
    return any(getattr(shading, "DiffuseColour", None) is not None for shading in _shadings(styled_items))


def color_of(styled_items: tuple[Entity, ...]) -> Color | None:
    """The surface color of styled items, or None where they have none."""
    for shading in _shadings(styled_items):
        color = shading.SurfaceColour
        red, green, blue = color_bytes(np.array([color.Red, color.Green, color.Blue], float)).tolist()
        opaque = 1.0 - float(getattr(shading, "Transparency", None) or 0.0)
        return red, green, blue, max(round(255 * opaque), MIN_ALPHA)
    return None


def _shadings(styled_items: tuple[Entity, ...]) -> Iterator[Entity]:
    for styled in styled_items:
        for style in getattr(styled, "Styles", None) or ():
            for surface in (style.Styles or ()) if style.is_a("IfcPresentationStyleAssignment") else (style,):
                for shading in (surface.Styles or ()) if surface.is_a("IfcSurfaceStyle") else ():
                    if shading.is_a("IfcSurfaceStyleShading"):
                        yield shading


def color_bytes(shares: Any) -> NDArray[np.uint8]:  # noqa: ANN401 - an array of any shape
    """Shares from 0 to 1 as bytes."""
    scaled: NDArray[np.float64] = np.nan_to_num(np.asarray(shares, float)) * 255.0 + 0.5
    return np.clip(scaled, 0, 255).astype(np.uint8)
