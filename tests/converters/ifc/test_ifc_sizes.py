"""Models of the wrong size and with odd storeys: warned of and counted by what is there; very many triangles."""

from __future__ import annotations

import pytest


def faceted_wall(side: int) -> str:
    """A second wall: a sheet of ``side`` × ``side`` squares, two triangles each, in one element."""
    points = ",".join(f"({x}.,{y}.,{(x * y) % 7 / 10})" for y in range(side + 1) for x in range(side + 1))
    corner = [y * (side + 1) + x + 1 for y in range(side) for x in range(side)]
    faces = ",".join(f"({c},{c + 1},{c + side + 2}),({c},{c + side + 2},{c + side + 1})" for c in corner)
    return (
        "#50=IFCWALL('0000000000000000000010',$,'sheet',$,$,#20,#51,$,$);\n"
        "#51=IFCPRODUCTDEFINITIONSHAPE($,$,(#52));\n#52=IFCSHAPEREPRESENTATION(#7,'Body','Tessellation',(#53));\n"
        f"#53=IFCTRIANGULATEDFACESET(#54,$,$,({faces}),$);\n#54=IFCCARTESIANPOINTLIST3D(({points}));\n"
    )


def storey(step: int, elevation: float, window: bool) -> str:
    """A storey of the house with a placement of its own, and a window in it."""
    guid = f"00000000000000000000{step}"
    text = (
        f"#{step}0=IFCBUILDINGSTOREY('{guid}',$,'storey {step}',$,$,#{step}1,$,$,.ELEMENT.,{elevation});\n"
        f"#{step}1=IFCLOCALPLACEMENT(#20,#{step}2);\n#{step}2=IFCAXIS2PLACEMENT3D(#{step}3,$,$);\n"
        f"#{step}3=IFCCARTESIANPOINT((0.,0.,{elevation}));\n"
    )
    if window:
        text += (
            f"#{step}4=IFCWINDOW('{guid[:-3]}w{step}',$,'window',$,$,#{step}1,$,$,1.,1.,$,$,$);\n"
            f"#{step}5=IFCRELCONTAINEDINSPATIALSTRUCTURE('{guid[:-3]}r{step}',$,$,$,(#{step}4),#{step}0);\n"
        )
    return text


def with_storeys(make_model, *storeys: tuple[int, float, bool]) -> str:
    extra = "".join(storey(*one) for one in storeys)
    steps = ",".join(["#26", *(f"#{step}0" for step, *_ in storeys)])
    return make_model(extra=extra).text().replace("$,$,$,#25,(#26))", f"$,$,$,#25,({steps}))")


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        (".MILLI.", {"no-footprint": "nothing that covers ground"}),  # 10 × 5 m taken for millimetres: 0.5 cm²
        (".KILO.", {"building-size": "the building is 10,000.00 m long"}),
    ],
)
def test_a_model_in_the_wrong_unit_is_told_of_by_its_size(read, make_model, unit, words):
    reading = read(make_model(unit=f"#14=IFCSIUNIT(*,.LENGTHUNIT.,{unit},.METRE.);"))
    for code, text in words.items():
        assert text in reading.message(code)


def test_a_building_three_kilometres_tall_is_kept_and_warned_of(read, make_model):
    text = make_model().text().replace("(#44,#47,#36,3.)", "(#44,#47,#36,3000.)")
    reading = read(text)
    assert reading.building["height_m"] == pytest.approx(3000.0)
    (issue,) = [issue for issue in reading.log if issue.code == "building-size"]
    assert "3,000.00 m high" in issue.message
    assert issue.severity == "warning"


def test_storeys_count_in_any_order_by_their_windows(read, make_model):
    """The ground storey and the loft have none; the two others come from above to below."""
    reading = read(with_storeys(make_model, (72, 6.0, True), (71, 3.0, True), (73, 9.0, False)))
    assert reading.building["storeys"] == 2
    assert "2 of 4 IfcBuildingStorey have doors or windows" in reading.message("building")


def test_without_storeys_there_is_no_number_of_them(read, make_model):
    lines = [line for line in make_model().text().splitlines() if not line.startswith(("#26=", "#29="))]
    reading = read("\n".join(lines).replace("(#40),#26)", "(#40),#25)"))
    assert reading.building["storeys"] is None
    assert reading.building["height_m"] == pytest.approx(3.0)


def test_one_element_of_very_many_triangles_is_read_whole(read, make_model):
    side = 250
    reading = read(make_model(extra=faceted_wall(side)))
    assert reading.log.rejected == 0
    (mesh,) = [batch.mesh for batch in reading.batches]
    assert int(mesh.expand(range(len(mesh.row))).triangle_count.sum()) == 2 * side**2 + 12
