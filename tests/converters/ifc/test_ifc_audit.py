"""Looks at a file beside converting it: position level by level, IDS, BCF read back, schema, differences."""

from __future__ import annotations

import json
from pathlib import Path

import ifcopenshell
import pytest
from bcf.bcfxml import load as load_bcf
from ifctester import ids

from api.pipeline.intake import check_ids, compare_files, inspect_position, validate_file, write_ids_report
from cim_core.errors import UnreadableSourceError, UsageError
from converters.base import ReadOptions
from converters.ifc.audit.ids_file import INTAKE_IDS
from sample_models.ifc_models.build import FOLDER

SHOPHOUSE = FOLDER / "shophouse-ifc4.ifc"


@pytest.fixture
def position(tmp_path, make_model):
    def look(crs=None, **values):
        path = tmp_path / "model.ifc"
        path.write_text(make_model(**values).text())
        return inspect_position(path, ReadOptions(crs=crs))

    return look


def levels(report):
    return [statement.level for statement in report.statements]


def test_the_sample_models_state_four_levels_and_the_best_is_used():
    report = inspect_position(FOLDER / "walkup-ifc2x3.ifc", ReadOptions())
    assert levels(report) == [50, 40, 20, 10]
    assert report.length_unit_m == 0.001
    assert "ePSet_MapConversion" in report.chosen
    assert report.refused is None
    assert "Eastings 447394.79" in report.statements[0].values


def test_a_preset_of_a_tool_is_named_and_refused(position):
    report = position(georeference="", site="(42,21,31,181945),(-71,-3,-24,-263305),0.")
    assert report.refused["code"] == "default-location"
    assert "Boston" in report.statements[0].against[0]
    assert "Revit" in report.statements[0].against[0]


def test_map_coordinates_in_the_site_need_a_crs(position):
    far = {"georeference": "", "origin": "447500.,4217000.,946."}
    assert position(**far).refused["code"] == "no-georeference"
    report = position(crs="EPSG:4547", **far)
    assert report.refused is None
    assert report.crs.startswith("CGCS2000")


def test_coordinates_on_the_map_and_a_conversion_are_counted_twice(position):
    report = position(origin="447500.,4217000.,946.")
    assert report.refused["code"] == "double-georeference"
    assert any("on the map" in text for text in report.statements[0].against)


@pytest.mark.parametrize(("north", "words"), [("(0.,1.,0.)", "3 components"), ("(0.,0.)", "no direction")])
def test_a_malformed_true_north_is_named(position, north, words):
    extra = f"#95=IFCDIRECTION({north});\n"
    report = position(true_north="#95", extra=extra)
    context = next(statement for statement in report.statements if statement.level == 40)
    assert any(words in text for text in context.against)


def test_map_coordinates_in_the_context_are_used_with_a_crs(tmp_path, make_model):
    extra = "#98=IFCAXIS2PLACEMENT3D(#96,$,$);\n#96=IFCCARTESIANPOINT((447500.,4217000.,946.));\n"
    path = tmp_path / "model.ifc"
    path.write_text(make_model(georeference="", extra=extra).text().replace("1.E-05,#8,", "1.E-05,#98,"))
    unnamed = inspect_position(path, ReadOptions())
    assert unnamed.refused["code"] == "absolute-coordinates"
    report = inspect_position(path, ReadOptions(crs="EPSG:4547"))
    assert report.refused is None
    assert "world coordinate system" in report.chosen


def test_the_shipped_specification_is_a_valid_ids():
    assert len(ids.open(str(INTAKE_IDS), validate=True).specifications) == 8


def test_a_model_without_classification_fails_one_requirement_only():
    result = check_ids(SHOPHOUSE)
    failed = [spec["name"] for spec in result["specifications"] if spec["status"] == "fail"]
    assert failed == ["建筑分类 Classification of the building"]
    assert result["status"] == "fail"
    storeys = next(spec for spec in result["specifications"] if spec["name"].startswith("楼层"))
    assert (storeys["status"], storeys["applicable"]) == ("pass", 3)


def test_remarks_open_in_a_bim_tool_at_their_objects(tmp_path):
    model = ifcopenshell.open(str(SHOPHOUSE))
    walls = model.by_type("IfcWall")
    for wall in walls[:2]:
        wall.Name = None
    path = tmp_path / "unnamed.ifc"
    model.write(str(path))
    result = check_ids(path)
    target = tmp_path / "remarks.bcf"
    write_ids_report(result, target)
    read = load_bcf(str(target))
    assert read.version.version_id == "2.1"
    topics = {topic.topic.title: topic for topic in read.topics.values()}
    (named,) = [topic for title, topic in topics.items() if title.startswith("外墙标识")]
    (view,) = named.viewpoints.values()
    selected = view.visualization_info.components.selection.component
    assert {component.ifc_guid for component in selected} == {wall.GlobalId for wall in walls[:2]}


def test_reports_as_page_and_json_hold_the_same_and_escape_the_model(tmp_path):
    model = ifcopenshell.open(str(SHOPHOUSE))
    wall = model.by_type("IfcWall")[0]
    relations = [r for r in model.by_type("IfcRelAssociatesMaterial") if wall in r.RelatedObjects]
    for relation in relations:
        relation.RelatedObjects = [item for item in relation.RelatedObjects if item != wall]
    wall.Name = "<script>alert(1)</script>"
    path = tmp_path / "model.ifc"
    model.write(str(path))
    result = check_ids(path)
    for name in ("report.html", "report.json"):
        write_ids_report(result, tmp_path / name)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert json.loads((tmp_path / "report.json").read_bytes()) == result
    with pytest.raises(UsageError):
        write_ids_report(result, tmp_path / "report.docx")


def test_a_missing_attribute_breaks_the_schema(tmp_path):
    assert validate_file(SHOPHOUSE)["status"] == "pass"
    text = SHOPHOUSE.read_text(encoding="utf-8")
    start = text.index("IFCCOLOURRGB(")
    end = text.index(");", start)
    broken = text[:start] + "IFCCOLOURRGB($,$,0.5,0.5" + text[end:]
    path = tmp_path / "broken.ifc"
    path.write_text(broken, encoding="utf-8")
    result = validate_file(path)
    assert result["status"] == "fail"
    assert {finding["kind"] for finding in result["findings"]} == {"IfcColourRgb"}


def test_versions_differ_by_what_was_changed(tmp_path):
    model = ifcopenshell.open(str(SHOPHOUSE))
    windows = model.by_type("IfcWindow")
    gone, moved = windows[0].GlobalId, windows[1].GlobalId
    windows[1].Name = "改名 renamed"
    location = windows[1].ObjectPlacement.RelativePlacement.Location
    at = model.create_entity(
        "IfcCartesianPoint", Coordinates=[v + d for v, d in zip(location.Coordinates, (0.5, 0.0, 0.0), strict=True)]
    )
    axes = model.create_entity("IfcAxis2Placement3D", Location=at)
    windows[1].ObjectPlacement = model.create_entity(
        "IfcLocalPlacement", PlacementRelTo=windows[1].ObjectPlacement.PlacementRelTo, RelativePlacement=axes
    )
    model.remove(windows[0])
    value = next(p for p in model.by_type("IfcPropertySingleValue") if p.Name == "NumberOfStoreys").NominalValue
    value.wrappedValue = 3
    new = tmp_path / "v2.ifc"
    model.write(str(new))
    result = compare_files(SHOPHOUSE, new)
    assert [row["id"] for row in result["removed"]] == [gone]
    assert result["counts"]["added"] == 0
    changes = {row["id"]: row["changes"] for row in result["changed"]}
    assert changes[moved]["placement"]["moved_m"] == pytest.approx(0.5)
    assert changes[moved]["name"][1] == "改名 renamed"
    assert "shape" not in changes[moved]
    storeys = [c["properties"]["Pset_BuildingCommon.NumberOfStoreys"] for c in changes.values() if "properties" in c]
    assert storeys == [[2, 3]]
    same = compare_files(SHOPHOUSE, SHOPHOUSE)["counts"]
    assert (same["changed"], same["added"], same["removed"]) == (0, 0, 0)


@pytest.mark.parametrize("content", [b"", b"ISO-10303-21;\nHEADER;", b"\x89PNG\r\n"])
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "bad.ifc"
    path.write_bytes(content)
    with pytest.raises(UnreadableSourceError):
        check_ids(path)
