"""Files that are broken, hostile or not IFC: refused with a reason, or read with the broken element reported."""

from __future__ import annotations

import gzip

import pytest

from cim_core.errors import UnreadableSourceError, UnsupportedFeatureError
from converters.base import ModelOptions, Source
from converters.ifc import FORMAT
from converters.ifc.precheck import find_cycle, find_step_ids

SECOND_WALL = """#50=IFCWALL('0000000000000000000010',$,'second',$,$,#20,#51,$,$);
#51=IFCPRODUCTDEFINITIONSHAPE($,$,(#52));
#52=IFCSHAPEREPRESENTATION(#7,'Body',{kind},({item}));
#56=IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000011',$,$,$,(#50),#26);
"""


def second_wall(item_id: str, items: str, kind: str = "'SweptSolid'") -> str:
    return SECOND_WALL.format(item=item_id, kind=kind) + items


def test_an_empty_file_is_refused(read):
    with pytest.raises(UnreadableSourceError) as caught:
        read(b"")
    assert caught.value.code == "empty-file"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "PNG image"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "HTML page"),
        (gzip.compress(b"ISO-10303-21;"), "gzip"),
        ("ISO-10303-21;".encode("utf-16"), "UTF-16"),
        (b'{"type":"CityJSON"}', "CityJSON"),
    ],
    ids=["png", "html", "gzip", "utf-16", "cityjson"],
)
def test_something_else_named_ifc_is_refused_by_its_kind(read, content, kind):
    with pytest.raises(UnreadableSourceError, match=kind) as caught:
        read(content)
    assert caught.value.code == "not-ifc"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_refused(read, make_model, share):
    text = make_model().text()
    with pytest.raises(UnreadableSourceError) as caught:
        read(text[: int(len(text) * share)])
    assert caught.value.code == "truncated-ifc"


def test_an_unknown_schema_is_refused_with_the_supported_ones(read, make_model):
    with pytest.raises(UnsupportedFeatureError, match="IFC9X9") as caught:
        read(make_model(schema="IFC9X9"))
    assert "IFC2X3, IFC4, IFC4X3_ADD2" in caught.value.hint


@pytest.mark.parametrize(
    ("schema", "nearest"), [("IFC4X3", "IFC4X3_ADD2"), ("IFC4X1", "IFC4"), ("IFC4X3_RC2", "IFC4X3_ADD2")]
)
def test_a_schema_in_between_is_read_as_its_relative_and_said_so(read, make_model, schema, nearest):
    reading = read(make_model(schema=schema))
    assert nearest in reading.message("schema-mapped")
    assert len(reading.rows) == 2


def test_a_file_without_products_gives_no_features_and_a_warning(read):
    text = "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n"
    reading = read(text + "FILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;\n")
    assert reading.rows == []
    assert "no-elements" in reading.codes


def test_products_without_a_project_are_refused(read, make_model):
    with pytest.raises(UnreadableSourceError) as caught:
        read(make_model(project=""))
    assert caught.value.code == "no-project"


def test_a_string_without_an_end_is_refused_with_its_line(read, make_model):
    text = make_model().text().replace("'wall'", "'wall")
    with pytest.raises(UnreadableSourceError) as caught:
        read(text)
    assert caught.value.code == "open-string"
    line = next(i for i, line in enumerate(text.splitlines(), 1) if line.startswith("#40="))
    assert caught.value.where.endswith(f":{line}")


def test_a_byte_order_mark_is_named(read, make_model):
    with pytest.raises(UnreadableSourceError, match="byte order mark"):
        read("\ufeff" + make_model().text())


def test_windows_line_ends_are_fine(read, make_model):
    assert len(read(make_model().text().replace("\n", "\r\n")).rows) == 2


@pytest.mark.parametrize("number", ["1E400", "18446744073709551617.E.E"])
def test_a_number_that_is_none_is_refused_with_the_parsers_words(read, make_model, number):
    with pytest.raises(UnreadableSourceError, match=r"offset|parse"):
        read(make_model(origin=f"{number},0.,0."))


def test_a_line_with_too_few_values_is_reported(read, make_model):
    text = (
        make_model().text().replace("#40=IFCWALL('0000000000000000000009',$,", "#40=IFCWALL('0000000000000000000009',")
    )
    assert "instance #40" in read(text).message("parser")


def test_an_element_without_a_global_id_gets_one_and_is_reported(read, make_model):
    reading = read(make_model().text().replace("IFCWALL('0000000000000000000009'", "IFCWALL($"))
    assert reading.row(kind="IfcWall")["id"] == "step-40"
    assert "missing-id" in reading.codes


def test_a_cyclic_placement_is_refused_before_the_parser_sees_it(read, make_model):
    cycle = "#20=IFCLOCALPLACEMENT(#99,#21);\n#99=IFCLOCALPLACEMENT(#20,#21);"
    with pytest.raises(UnreadableSourceError, match=r"cyclic placement #(20|99)") as caught:
        read(make_model(placement=cycle))
    assert caught.value.code == "cyclic-placement"


def test_a_cycle_is_found_and_a_tree_is_not_one():
    assert find_cycle([(1, None), (2, 1), (3, 2), (4, 2)]) is None
    assert find_cycle([(1, None), (2, 4), (3, 2), (4, 3)]) in {2, 3, 4}


def test_nesting_without_end_is_refused(read, make_model):
    with pytest.raises(UnreadableSourceError) as caught:
        read(make_model(extra="#70=IFCLABEL(" + "(" * 5000 + ")" * 5000 + ");\n"))
    assert caught.value.code == "too-deep"


def test_a_body_that_cannot_be_made_is_reported_and_the_rest_kept(read, make_model):
    broken = "#53=IFCEXTRUDEDAREASOLID(#44,#47,#36,-1.E300);\n"
    reading = read(make_model(extra=second_wall("#53", broken)))
    assert [row["name"] for row in reading.rows] == ["house", "wall"]
    issue = next(i for i in reading.log if i.code == "no-shape")
    assert (issue.feature_id, issue.where) == ("0000000000000000000010", "#50")
    assert reading.log.features_in == 3


def test_a_boolean_of_itself_costs_one_element_only(read, make_model):
    # The geometry kernel dies of this (stack overflow): the child process is lost, not the model.
    loop = "#53=IFCBOOLEANRESULT(.UNION.,#53,#43);\n"
    reading = read(make_model(extra=second_wall("#53", loop, "'CSG'")))
    assert [row["name"] for row in reading.rows] == ["house", "wall"]
    assert [i.feature_id for i in reading.log if i.code == "no-shape"] == ["0000000000000000000010"]


def test_a_class_that_does_not_exist_is_refused(read, make_model):
    with pytest.raises(UnreadableSourceError, match="IfcRoom is not a class of IFC4"):
        read(make_model(), model=ModelOptions(include=("IfcRoom",)))


def test_rooms_are_meshed_when_asked_for(read, make_model):
    room = (
        "#50=IFCSPACE('0000000000000000000010',$,'room',$,$,#20,#51,$,.ELEMENT.,$,$);\n"
        "#51=IFCPRODUCTDEFINITIONSHAPE($,$,(#52));\n#52=IFCSHAPEREPRESENTATION(#7,'Body','SweptSolid',(#43));\n"
    )
    reading = read(make_model(extra=room), model=ModelOptions(include=("IfcSpace",)))
    assert reading.row(kind="IfcSpace")["name"] == "room"
    assert "IfcSpace 1 of 1" in reading.message("classes")


def test_a_mapped_item_inside_itself_is_reported(read, make_model):
    loop = (
        "#53=IFCMAPPEDITEM(#54,#55);\n#54=IFCREPRESENTATIONMAP(#8,#52);\n"
        "#55=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#9,$,$);\n"
    )
    reading = read(make_model(extra=second_wall("#53", loop, "'MappedRepresentation'")))
    assert [row["name"] for row in reading.rows] == ["house", "wall"]
    assert reading.log.rejected == 1


def test_a_face_index_out_of_range_is_reported(read, make_model):
    faces = (
        "#53=IFCTRIANGULATEDFACESET(#54,$,$,((1,2,99)),$);\n"
        "#54=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(1.,0.,0.),(0.,1.,0.)),$);\n"
    )
    reading = read(make_model(extra=second_wall("#53", faces, "'Tessellation'")))
    assert {row["name"] for row in reading.rows} >= {"house", "wall"}


def test_a_storey_that_contains_its_own_building_does_not_hang(read, make_model):
    cycle = "#57=IFCRELAGGREGATES('0000000000000000000012',$,$,$,#26,(#25));\n"
    reading = read(make_model(extra=cycle))
    assert reading.row(kind="IfcWall")["parent_id"] == reading.building["id"]
    assert "IfcBuilding #25 stands in IfcBuildingStorey #26" in reading.message("cyclic-structure")


def test_the_structure_holds_where_the_wrong_relation_comes_first(read, make_model):
    text = make_model().text().replace("#29=", "#5=IFCRELAGGREGATES('0000000000000000000012',$,$,$,#26,(#25));\n#29=")
    objects = read(text).objects
    parents = {row["kind"]: row["parent_id"] for row in objects}
    ids = {row["kind"]: row["id"] for row in objects}
    assert parents["IfcBuildingStorey"] == ids["IfcBuilding"]
    assert parents["IfcBuilding"] != ids["IfcBuildingStorey"]


def test_elements_that_contain_each_other_are_cut_apart(read, make_model):
    twin = "#53=IFCEXTRUDEDAREASOLID(#44,#47,#36,2.);\n"
    circle = (
        "#61=IFCRELAGGREGATES('0000000000000000000021',$,$,$,#40,(#50));\n"
        "#62=IFCRELAGGREGATES('0000000000000000000022',$,$,$,#50,(#40));\n"
    )
    text = make_model(extra=second_wall("#53", twin) + circle).text()
    lines = [line for line in text.splitlines() if "IFCRELCONTAINEDINSPATIALSTRUCTURE" not in line]
    reading = read("\n".join(lines))
    assert reading.codes & {"cyclic-structure"}
    assert sum(row["parent_id"] is None for row in reading.objects if row["kind"] == "IfcWall") == 1


def test_an_element_without_a_body_is_named(read, make_model):
    text = make_model(extra="#50=IFCWALL('0000000000000000000010',$,'bare',$,$,#20,$,$,$);\n").text()
    (issue,) = [issue for issue in read(text).log.issues if issue.code == "without-body"]
    assert (issue.feature_id, issue.where) == ("0000000000000000000010", "#50")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_names_in_raw_bytes_are_read_and_told(read, make_model, encoding):
    text = make_model().text().replace("'house'", "'秀水西街12号楼𠮷'").replace("'wall'", "'外墙 A''1'")
    reading = read(text.encode(encoding))
    assert reading.building["name"] == "秀水西街12号楼𠮷"
    assert reading.row(kind="IfcWall")["name"] == "外墙 A'1"
    assert encoding in reading.message("raw-text")


def test_western_names_in_raw_bytes_are_no_chinese(read, make_model):
    text = make_model().text().replace("'house'", "'Gebäude für Bürger'").replace("'wall'", "'Außenwand'")
    reading = read(text.encode("latin-1"))
    assert (reading.building["name"], reading.row(kind="IfcWall")["name"]) == ("Gebäude für Bürger", "Außenwand")


def test_escaped_names_say_nothing(read, make_model):
    escaped = "'" + chr(92) + "X2" + chr(92) + "79C06C34" + chr(92) + "X0" + chr(92) + "'"
    reading = read(make_model().text().replace("'house'", escaped))
    assert reading.building["name"] == "秀水"
    assert "raw-text" not in reading.codes


def test_a_twin_is_called_alike_in_rows_and_in_the_tree(read, make_model):
    """The one without a body comes first: the drawn one is the second, in the tiles and where a click looks it up."""
    text = make_model(extra="#31=IFCDOOR('0000000000000000000009',$,'first',$,$,#20,$,$,$,$,$,$,$);\n").text()
    reading = read(text)
    assert reading.row(kind="IfcWall")["id"] == "0000000000000000000009-2"
    names = {row["id"]: row["kind"] for row in reading.objects}
    assert names["0000000000000000000009-2"] == "IfcWall"
    assert names["0000000000000000000009"] == "IfcDoor"


def test_duplicate_ids_are_kept_apart_and_reported(read, make_model):
    twin = "#53=IFCEXTRUDEDAREASOLID(#44,#47,#36,2.);\n"
    text = make_model(extra=second_wall("#53", twin)).text().replace("0000000000000000000010", "0000000000000000000009")
    reading = read(text)
    ids = [row["id"] for row in reading.rows]
    assert ids == ["0000000000000000000003", "0000000000000000000009", "0000000000000000000009-2"]
    assert "duplicate-id" in reading.codes


def test_duplicate_step_ids_are_reported(read, make_model):
    reading = read(make_model(extra="#22=IFCCARTESIANPOINT((0.,0.,0.));\n"))
    assert "#22" in reading.message("duplicate-step-ids")


def test_rooms_and_holes_are_left_out_and_counted(read, make_model):
    room = (
        "#50=IFCSPACE('0000000000000000000010',$,'room',$,$,#20,#51,$,.ELEMENT.,$,$);\n"
        "#51=IFCPRODUCTDEFINITIONSHAPE($,$,(#52));\n#52=IFCSHAPEREPRESENTATION(#7,'Body','SweptSolid',(#43));\n"
    )
    reading = read(make_model(extra=room))
    assert "1 IfcSpace" in reading.message("left-out")
    assert reading.log.features_in == 2


def test_a_model_without_a_building_is_one(read, make_model):
    text = make_model().text()
    lines = [line for line in text.splitlines() if not line.startswith(("#25=", "#28=", "#29="))]
    reading = read("\n".join(lines))
    assert "no-building" in reading.codes
    assert reading.building["id"] == "0000000000000000000001"
    assert reading.row(kind="IfcWall")["parent_id"] == "0000000000000000000001"


def test_a_body_in_an_oddly_typed_context_is_not_lost(read, make_model):
    text = make_model().text().replace("CONTEXT($,'Model',3", "CONTEXT($,'Sketch',3")
    assert len(read(text).rows) == 2


def test_ifc_is_recognised_by_name_or_by_content(tmp_path, make_model):
    by_name, by_content, other = tmp_path / "a.ifc", tmp_path / "b.txt", tmp_path / "c.stp"
    by_name.write_bytes(b"\x89PNG")
    by_content.write_text(make_model().text())
    other.write_text(make_model(schema="AUTOMOTIVE_DESIGN").text())
    assert FORMAT.recognises(Source.open(by_name))
    assert FORMAT.recognises(Source.open(by_content))
    assert not FORMAT.recognises(Source.open(other))


def test_a_step_id_beyond_all_numbers_is_refused(read, make_model):
    with pytest.raises(UnreadableSourceError, match="cannot be parsed"):
        read(make_model(extra="#18446744073709551617=IFCLABEL('x');\n"))


def test_step_ids_are_those_of_statements_and_not_of_references_that_begin_a_line():
    text = b"#1=IFCWALL(\n#2,\r\n  #33 = IFCX();\n#4\t=IFCY(#5=);\n\n#123456789012345678901=IFCZ();\n#7"
    assert find_step_ids(text).tolist() == [1, 33, 4]
