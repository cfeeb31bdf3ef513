"""Colors that materials carry: of walls of layers, which kernels leave without."""

from __future__ import annotations

import json

import ifcopenshell
import pytest

from sample_models.ifc_models.builder import IfcBuilder
from sample_models.ifc_models.plots import SHOPHOUSE
from sample_models.ifc_models.shapes import Style
from tests.converters.ifc.conftest import read_ifc

BRICK, PLASTER = "#b33333", "#f0ead6"


def walls(folder, kind: str):
    """Four walls of 10 × 8 × 3 m of brick outside and plaster inside, and a red door drawn in its own color."""
    builder = IfcBuilder("IFC4", kind, "层", SHOPHOUSE)
    storey = builder.add_storey("F1", 0.0)
    for size, at in (
        ((10.0, 0.3, 3.0), (0.0, 0.0, 0.0)),
        ((10.0, 0.3, 3.0), (0.0, 7.7, 0.0)),
        ((0.3, 7.4, 3.0), (0.0, 0.3, 0.0)),
        ((0.3, 7.4, 3.0), (9.7, 0.3, 0.0)),
    ):
        builder.element("IfcWall", "墙", storey, [builder.box(size, at)])
    builder.element("IfcSlab", "顶", storey, [builder.box((10.0, 8.0, 0.2), (0.0, 0.0, 3.0))], PredefinedType="ROOF")
    path = folder / "walls.ifc"
    builder.write(path)
    model = ifcopenshell.open(str(path))
    materials = [_material(model, name, color) for name, color in (("砖", BRICK), ("灰", PLASTER))]
    model.create_entity(
        "IfcRelAssociatesMaterial",
        GlobalId=ifcopenshell.guid.new(),
        RelatedObjects=model.by_type("IfcWall"),
        RelatingMaterial=_assembly(model, kind, materials),
    )
    model.write(str(path))
    return read_ifc(path)


def _material(model, name: str, color: str):
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    new = model.create_entity
    shading = new("IfcSurfaceStyleShading", new("IfcColourRgb", None, red, green, blue), 0.0)
    styled = new("IfcStyledItem", None, [new("IfcSurfaceStyle", None, "BOTH", [shading])])
    context = model.by_type("IfcGeometricRepresentationContext")[0]
    drawn = new("IfcStyledRepresentation", context, "Style", "Material", [styled])
    material = new("IfcMaterial", name)
    new("IfcMaterialDefinitionRepresentation", None, None, [drawn], material)
    return material


def _assembly(model, kind: str, materials):
    new = model.create_entity
    if kind == "layers":
        layers = new("IfcMaterialLayerSet", [new("IfcMaterialLayer", m, 0.15) for m in materials])
        return new("IfcMaterialLayerSetUsage", layers, "AXIS2", "POSITIVE", 0.0)
    if kind == "constituents":
        return new(
            "IfcMaterialConstituentSet", None, None, [new("IfcMaterialConstituent", None, None, m) for m in materials]
        )
    return new("IfcMaterialList", materials)


@pytest.mark.parametrize("kind", ["layers", "constituents", "list"])
def test_a_wall_has_the_color_of_its_outer_material(tmp_path, kind):
    building = walls(tmp_path, kind).building
    assert building["facade_main_color"] == BRICK
    assert [c["color"] for c in json.loads(building["facades"])["colors"]] == [BRICK]


def test_a_color_on_a_hundredth_of_the_facade_is_no_main_color(tmp_path):
    builder = IfcBuilder("IFC4", "bare", "素", SHOPHOUSE)
    storey = builder.add_storey("F1", 0.0)
    for size, at in (((10.0, 0.3, 3.0), (0.0, 0.0, 0.0)), ((10.0, 0.3, 3.0), (0.0, 7.7, 0.0))):
        builder.element("IfcWall", "墙", storey, [builder.box(size, at)])
    door = builder.styled(Style("door", "#804d33"), builder.box((0.6, 0.05, 1.0), (2.0, -0.1, 0.0)))
    builder.element("IfcDoor", "门", storey, door)
    path = tmp_path / "bare.ifc"
    builder.write(path)
    building = read_ifc(path).building
    assert building["facade_main_color"] is None
    (only,) = json.loads(building["facades"])["colors"]
    assert only["share"] < 0.02
