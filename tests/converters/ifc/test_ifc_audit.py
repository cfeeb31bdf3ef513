"""Looks at a file beside converting it: position level by level, IDS, BCF read back, schema, differences."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import ifcopenshell
import pytest
from bcf.bcfxml import load as load_bcf
from ifctester import ids

from api.pipeline.intake import check_ids, compare_files, inspect_position, validate_file, write_ids_report
from cim_core.errors import UnreadableSourceError, UsageError
from converters.base import ReadOptions
from converters.ifc.audit.ids_file import INTAKE_IDS
from sample_models.ifc_models.build import FOLDER, MODELS

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
    assert position(**far).refused["code"] == "absolute-coordinates"
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


@pytest.mark.parametrize("name", MODELS)
def test_the_sample_models_say_all_that_the_intake_asks(name):
    result = check_ids(FOLDER / name)
    assert [spec["name"] for spec in result["specifications"] if spec["status"] == "fail"] == []
    assert sum(r["failed"] for spec in result["specifications"] for r in spec["requirements"]) == 0
    assert result["status"] == "pass"
    counts = {spec["name"].split()[0]: spec["applicable"] for spec in result["specifications"]}
    assert counts["建筑"] == counts["建筑分类"] == 1
    assert counts["楼层"] == {"shophouse-ifc4.ifc": 3, "walkup-ifc2x3.ifc": 7, "office-ifc4x3.ifc": 9}[name]


@pytest.fixture
def broken(tmp_path):
    """The shophouse with five things wrong; the path, and the objects at fault by specification and requirement."""
    model = ifcopenshell.open(str(SHOPHOUSE))
    (building,) = model.by_type("IfcBuilding")
    walls = model.by_type("IfcWall")
    for wall in walls[:2]:
        wall.Name = None
    _let_go(model, "IfcRelAssociatesMaterial", walls[2])
    _let_go(model, "IfcRelAssociatesClassification", building)
    (storeys,) = [p for p in model.by_type("IfcPropertySingleValue") if p.Name == "NumberOfStoreys"]
    storeys.Name = "Storeys"
    path = tmp_path / "broken.ifc"
    model.write(str(path))
    guids = [wall.GlobalId for wall in walls]
    return path, {
        ("建筑", "NumberOfStoreys"): {building.GlobalId},
        ("建筑分类", "classified"): {building.GlobalId},
        ("外墙标识", "Name"): set(guids[:2]),
        ("外墙标识", "material"): {guids[2]},
    }


def _let_go(model, kind, item):
    for relation in model.by_type(kind):
        if item in relation.RelatedObjects:
            rest = [other for other in relation.RelatedObjects if other != item]
            if rest:
                relation.RelatedObjects = rest
            else:
                model.remove(relation)


def _planted(title, text, planted):
    """The key of what was planted that a specification and a requirement are about."""
    (key,) = [key for key in planted if title.split()[0] == key[0] and key[1].lower() in text.lower()]
    return key


def test_what_was_planted_is_remarked_and_nothing_else(broken):
    path, planted = broken
    result = check_ids(path)
    found = {
        _planted(spec["name"], requirement["text"], planted): {o["id"] for o in requirement["objects"]}
        for spec in result["specifications"]
        for requirement in spec["requirements"]
        if requirement["status"] == "fail"
    }
    assert found == planted
    assert sum(r["failed"] for spec in result["specifications"] for r in spec["requirements"]) == 5
    failed = {spec["name"].split()[0] for spec in result["specifications"] if spec["status"] == "fail"}
    assert failed == {"建筑", "建筑分类", "外墙标识"}


def test_the_page_and_the_json_have_a_row_for_each_of_them(broken, tmp_path):
    path, planted = broken
    result = check_ids(path)
    for name in ("report.html", "report.json"):
        write_ids_report(result, tmp_path / name)
    assert json.loads((tmp_path / "report.json").read_bytes()) == result
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    rows = re.findall(r"<tr><td>(\w+)</td><td>[^<]*</td><td>([^<]+)</td>", page)
    assert sorted(guid for _, guid in rows) == sorted(guid for guids in planted.values() for guid in guids)
    assert {kind for kind, _ in rows} == {"IfcBuilding", "IfcWall"}


def test_the_remarks_open_in_a_bim_tool_at_their_objects(broken, tmp_path):
    path, planted = broken
    target = tmp_path / "remarks.bcf"
    write_ids_report(check_ids(path), target)
    read = load_bcf(str(target))
    assert read.version.version_id == "2.1"
    found = {}
    for topic in read.topics.values():
        title, text = topic.topic.title.split(": ", 1)
        (view,) = topic.viewpoints.values()
        selected = view.visualization_info.components.selection.component
        found[_planted(title, text, planted)] = {component.ifc_guid for component in selected}
    assert found == planted


@pytest.fixture
def zipped(tmp_path):
    path = tmp_path / "shophouse.ifczip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(SHOPHOUSE, "shophouse.ifc")
    return path


def test_every_look_reads_a_zip_as_it_reads_the_model_in_it(zipped):
    plain, packed = inspect_position(SHOPHOUSE, ReadOptions()), inspect_position(zipped, ReadOptions())
    assert packed.file == "shophouse.ifczip"
    assert (packed.statements, packed.chosen, packed.elements) == (plain.statements, plain.chosen, plain.elements)
    for look in (check_ids, validate_file):
        plain, packed = look(SHOPHOUSE), look(zipped)
        assert {**packed, "file": ""} == {**plain, "file": ""}
    counts = compare_files(SHOPHOUSE, zipped)["counts"]
    assert (counts["added"], counts["removed"], counts["changed"]) == (0, 0, 0)
    assert counts["same"] > 50


def test_a_zip_of_several_models_is_refused_before_it_is_parsed(zipped):
    with zipfile.ZipFile(zipped, "a") as archive:
        archive.writestr("second.ifc", "ISO-10303-21;")
    with pytest.raises(UnreadableSourceError) as refusal:
        check_ids(zipped)
    assert refusal.value.code == "ifczip-models"


def test_reports_escape_the_model_and_a_form_nobody_knows_is_refused(tmp_path):
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


def test_rules_of_the_schema_are_run(tmp_path):
    text = SHOPHOUSE.read_text(encoding="utf-8")
    solid = re.search(r"(#\d+=IFCEXTRUDEDAREASOLID\(#\d+,#\d+,#\d+,)[0-9.]+\)", text)
    assert solid is not None
    path = tmp_path / "negative.ifc"
    path.write_text(text.replace(solid[0], f"{solid[1]}-3.)"), encoding="utf-8")
    (finding,) = validate_file(path)["findings"]
    assert (finding["kind"], finding["attribute"]) == ("IfcExtrudedAreaSolid", "IfcPositiveLengthMeasure.WR1")
    assert "-3.0 > 0.0" in finding["message"]
    assert "\n" not in finding["message"]


def test_a_version_that_only_stands_elsewhere_is_not_the_same(tmp_path):
    text = SHOPHOUSE.read_text(encoding="utf-8")
    new = tmp_path / "moved.ifc"
    new.write_text(text.replace("447502.72", "447602.72"), encoding="utf-8")
    result = compare_files(SHOPHOUSE, new)
    assert result["position"] == [{"fact": "conversion.Eastings", "old": 447502.72, "new": 447602.72}]
    assert result["counts"]["changed"] == 0
    assert compare_files(SHOPHOUSE, SHOPHOUSE)["position"] == []


def test_the_intake_asks_for_a_system_one_can_look_up(tmp_path):
    path = tmp_path / "nonsense.ifc"
    text = SHOPHOUSE.read_text(encoding="utf-8")
    path.write_text(text.replace("'EPSG:4547'", "'my coordinates'"), encoding="utf-8")
    failed = [s for s in check_ids(path)["specifications"] if s["status"] == "fail"]
    assert [s["name"] for s in failed] == ["坐标参照系 Projected CRS"]
    assert "{'pattern'" not in failed[0]["requirements"][0]["text"]


def test_a_damaged_specification_is_named_and_not_the_model(tmp_path):
    specification = tmp_path / "office.ids"
    specification.write_text("<ids", encoding="utf-8")
    with pytest.raises(UnreadableSourceError) as refused:
        check_ids(SHOPHOUSE, specification)
    assert refused.value.where == "office.ids"


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
