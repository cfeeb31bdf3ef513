"""Every kind of property that IFC has is read, with its unit; doubtful sizes, storeys and units are told."""

from __future__ import annotations

import json

import ifcopenshell
import ifcopenshell.guid
import pytest

from converters.ifc.properties import PropertyReader

MILLIMETRES = "#14=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);"


@pytest.fixture
def wall():
    model = ifcopenshell.file(schema="IFC4")
    new = model.create_entity
    new("IfcUnitAssignment", [new("IfcSIUnit", None, "LENGTHUNIT", "MILLI", "METRE"),
                              new("IfcSIUnit", None, "PRESSUREUNIT", "KILO", "PASCAL")])  # fmt: skip
    return model, new("IfcWall", ifcopenshell.guid.new())


def read(model, item, kind: str, **values):
    new = model.create_entity
    name = "HasProperties" if kind == "IfcPropertySet" else "Quantities"
    owner = new(kind, GlobalId=ifcopenshell.guid.new(), Name="Set", **{name: values["of"]})
    new("IfcRelDefinesByProperties", ifcopenshell.guid.new(), RelatedObjects=[item], RelatingPropertyDefinition=owner)
    return PropertyReader(model).read(item)["Set"]


def test_tables_references_set_points_and_lists_are_read(wall):
    model, item = wall
    new = model.create_entity
    length, pressure = (lambda v: new("IfcLengthMeasure", v)), (lambda v: new("IfcPressureMeasure", v))
    found = read(
        model,
        item,
        "IfcPropertySet",
        of=[
            new("IfcPropertyTableValue", "曲线", DefiningValues=[length(1.0), length(2.0)],
                DefinedValues=[pressure(10.0), pressure(20.0)]),
            new("IfcPropertyReferenceValue", "材料", PropertyReference=new("IfcMaterial", "青砖")),
            new("IfcPropertyBoundedValue", "宽", UpperBoundValue=length(3.0), LowerBoundValue=length(1.0),
                SetPointValue=length(2.0)),
            new("IfcPropertyListValue", "列", ListValues=[length(5.0), length(6.0)]),
        ],
    )  # fmt: skip
    assert found == {
        "曲线 of [mm]": [1.0, 2.0],
        "曲线 [kPa]": [10.0, 20.0],
        "材料": "青砖",
        "宽 min [mm]": 1.0,
        "宽 max [mm]": 3.0,
        "宽 set [mm]": 2.0,
        "列 [mm]": [5.0, 6.0],
    }


def test_quantities_within_quantities_are_read(wall):
    model, item = wall
    new = model.create_entity
    layer = new("IfcPhysicalComplexQuantity", "层", HasQuantities=[new("IfcQuantityLength", "厚", LengthValue=240.0)],
                Discrimination="layer")  # fmt: skip
    assert read(model, item, "IfcElementQuantity", of=[layer]) == {"层/厚 [mm]": 240.0}


def test_sets_whose_properties_are_attributes_are_read(wall):
    model, _ = wall
    new = model.create_entity
    lining = new("IfcDoorLiningProperties", ifcopenshell.guid.new(), Name="Lining", LiningDepth=100.0)
    door = new("IfcDoor", ifcopenshell.guid.new())
    new("IfcRelDefinesByProperties", ifcopenshell.guid.new(), RelatedObjects=[door], RelatingPropertyDefinition=lining)
    assert PropertyReader(model).read(door) == {"Lining": {"LiningDepth [mm]": 100.0}}


def test_a_building_of_centimetres_is_told_as_one(read_model):
    reading = read_model(unit=MILLIMETRES)  # 10 × 5 × 3 mm
    assert "0.01 m long" in reading.message("building-size")


def test_more_storeys_than_fit_are_told(read_model):
    properties = (
        "#61=IFCPROPERTYSINGLEVALUE('NumberOfStoreys',$,IFCINTEGER(7),$);\n"
        "#62=IFCPROPERTYSET('0000000000000000000021',$,'Pset_BuildingCommon',$,(#61));\n"
        "#63=IFCRELDEFINESBYPROPERTIES('0000000000000000000022',$,$,$,(#25),#62);\n"
    )
    assert "7 storeys" in read_model(extra=properties).message("storeys-doubtful")
    assert "storeys-doubtful" not in read_model().codes


def test_a_project_without_a_unit_of_length_is_told(read, make_model):
    text = make_model().text().replace("(#7),#13);", "(#7),$);")
    assert "metres are taken" in read(text).message("no-length-unit")


@pytest.fixture
def read_model(read, make_model):
    return lambda **values: read(make_model(**values))


def test_what_is_read_fits_into_json(wall):
    model, item = wall
    found = read(model, item, "IfcPropertySet", of=[
        model.create_entity("IfcPropertySingleValue", "真", NominalValue=model.create_entity("IfcLogical", "UNKNOWN"))
    ])  # fmt: skip
    assert json.loads(json.dumps(found)) == {"真": "UNKNOWN"}
