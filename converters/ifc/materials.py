"""Materials of objects: their names in one line, and layer by layer with thickness."""

from __future__ import annotations

from typing import Any

from converters.ifc.untyped import Entity, Model


def material_names(model: Model) -> dict[int, str]:
    """Material of every object by STEP id; layers and constituents joined by " / " from the outside in, as stated."""
    names: dict[int, str] = {}
    for relation in model.by_type("IfcRelAssociatesMaterial"):
        name = " / ".join(dict.fromkeys(n for n in _names(relation.RelatingMaterial) if n))
        for related in relation.RelatedObjects or ():
            if name:
                names[related.id()] = name
    for relation in model.by_type("IfcRelDefinesByType"):
        of_type = names.get(relation.RelatingType.id()) if relation.RelatingType is not None else None
        for related in relation.RelatedObjects or ():
            if of_type:
                names.setdefault(related.id(), of_type)
    return names


def material_layers(material: Entity, unit_m: float) -> list[dict[str, Any]]:
    """Name, and where stated thickness in metres and category, of every layer, constituent or part."""
    if material is None:
        return []
    kind = material.is_a()
    if kind == "IfcMaterialLayerSetUsage":
        material, kind = material.ForLayerSet, "IfcMaterialLayerSet"
    if kind == "IfcMaterialLayerSet":
        return [
            _part(layer.Material, thickness_m=round(float(layer.LayerThickness) * unit_m, 5))
            for layer in material.MaterialLayers or ()
        ]
    return [{"name": name} for name in _names(material) if name]


def _part(material: Entity | None, **values: Any) -> dict[str, Any]:  # noqa: ANN401 - plain values
    entry = {"name": material.Name if material is not None else None, **values}
    category = getattr(material, "Category", None)
    return {**entry, "category": category} if category else entry


def _names(material: Entity) -> list[str]:
    return [part.Name for part in materials_in(material)]


def materials_in(material: Entity | None) -> list[Entity]:
    """The materials of a layer, profile or constituent set, of a list or of a single one, as stated."""
    if material is None:
        return []
    kind = material.is_a()
    if kind == "IfcMaterial":
        return [material]
    if kind == "IfcMaterialList":
        return list(material.Materials)
    if kind in ("IfcMaterialLayerSetUsage", "IfcMaterialProfileSetUsage"):
        return materials_in(material.ForLayerSet if kind == "IfcMaterialLayerSetUsage" else material.ForProfileSet)
    parts = {
        "IfcMaterialLayerSet": "MaterialLayers",
        "IfcMaterialProfileSet": "MaterialProfiles",
        "IfcMaterialConstituentSet": "MaterialConstituents",
    }.get(kind)
    if parts is not None:
        return [part.Material for part in getattr(material, parts) or () if part.Material is not None]
    single = getattr(material, "Material", None)
    return [single] if single is not None else []
