"""The CIM level of a model by its content, and the tree and typed values it is told from."""

from __future__ import annotations

import json

import ifcopenshell
import pytest

from converters.ifc.facts import collect_facts
from converters.ifc.levels import cim_level_of, measure_content
from converters.ifc.selection import select_products
from converters.ifc.semantics import OBJECT_COLUMNS
from converters.ifc.stream import objects_table
from sample_models.ifc_models.build import FOLDER

BARE = {
    "elements_with_body": 10.0,
    "spaces": 0.0,
    "share_with_material_and_properties": 0.2,
    "share_with_type_material_and_properties": 0.1,
    "elements_with_production_information": 0.0,
}


@pytest.mark.parametrize(
    ("more", "level"),
    [
        ({"elements_with_body": 0.0}, None),
        ({}, 4),
        ({"spaces": 1.0}, 5),
        ({"share_with_material_and_properties": 0.5}, 5),
        ({"spaces": 1.0, "share_with_type_material_and_properties": 0.6}, 5),
        (
            {
                "spaces": 1.0,
                "share_with_type_material_and_properties": 0.6,
                "elements_with_production_information": 1.0,
            },
            6,
        ),
    ],
)
def test_the_highest_level_whose_conditions_all_hold(more, level):
    assert cim_level_of({**BARE, **more}) == level


def test_content_is_counted_over_elements_with_a_body():
    sets = json.dumps({"property_sets": {"Pset_ManufacturerOccurrence": {}, "Pset_WallCommon": {}}})
    objects = {
        "id": ["room", "wall", "window", "ghost"],
        "kind": ["IfcSpace", "IfcWall", "IfcWindow", "IfcWall"],
        "semantics": [None, sets, None, sets],
        "material": [None, "brick", "glass", "brick"],
        "type_name": [None, "W240", None, "W240"],
    }
    content = measure_content(objects, {"wall", "window"})
    assert content == {
        "elements_with_body": 2,
        "spaces": 1,
        "share_with_material_and_properties": 0.5,
        "share_with_type_material_and_properties": 0.5,
        "elements_with_production_information": 1,
    }


@pytest.mark.parametrize("name", ["shophouse-ifc4.ifc", "walkup-ifc2x3.ifc", "office-ifc4x3.ifc"])
def test_every_object_hangs_on_another_and_holes_are_passed_over(name):
    model = ifcopenshell.open(str(FOLDER / name))
    objects = collect_facts(model, select_products(model))["objects"]
    assert set(objects) == {*OBJECT_COLUMNS, "cim_level"}
    ids = set(objects["id"])
    roots = [kind for kind, parent in zip(objects["kind"], objects["parent_id"], strict=True) if parent is None]
    assert roots == ["IfcProject"]
    assert {parent for parent in objects["parent_id"] if parent} <= ids
    assert "IfcOpeningElement" not in objects["kind"]
    assert objects_table(objects).num_rows == len(ids)


def test_lengths_keep_the_unit_of_the_file():
    model = ifcopenshell.open(str(FOLDER / "walkup-ifc2x3.ifc"))
    objects = collect_facts(model, select_products(model))["objects"]
    row = objects["name"].index("南外墙 一层")
    semantics = json.loads(objects["semantics"][row])
    length = semantics["quantities"]["BaseQuantities"]["Length"]
    assert length == {"value": 44000.0, "type": "IfcQuantityLength", "unit": "mm"}
    assert semantics["materials"][0]["thickness_m"] > 0.01  # layers in metres whatever the file's unit
    assert objects["elevation_m"][objects["name"].index("二层")] == pytest.approx(0.6 + 2.8)
