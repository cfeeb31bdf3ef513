"""Storeys that are missing, out of order, or of a building three kilometres high."""

from __future__ import annotations

import pytest

from cim_core.issues import IssueLog
from converters.ifc.storeys import estimate_storeys, report_storeys

SECOND_STOREY = """#70=IFCBUILDINGSTOREY('0000000000000000000070',$,{name},$,$,#71,$,$,.ELEMENT.,{elevation});
#71=IFCLOCALPLACEMENT(#20,#72);
#72=IFCAXIS2PLACEMENT3D(#73,$,$);
#73=IFCCARTESIANPOINT((0.,0.,3.));
"""


def without_storeys(text: str) -> str:
    lines = [line for line in text.splitlines() if not line.startswith(("#26=", "#29="))]
    return "\n".join(lines).replace("(#40),#26)", "(#40),#25)")


def test_a_model_without_storeys_has_derived_ones_that_are_not_taken_for_stated(read, make_model):
    text = without_storeys(make_model().text().replace("#36,3.)", "#36,12.4)"))
    reading = read(text)
    assert reading.building["storeys"] is None
    assert reading.building["storeys_derived"] == 4  # 12.4 m at 3 m a storey
    assert "would have 4, kept as derived and not judged" in reading.message("no-storeys")


def test_a_building_three_kilometres_high_is_warned_of_and_gets_no_storeys(read, make_model):
    reading = read(without_storeys(make_model().text().replace("#36,3.)", "#36,3000.)")))
    assert "3,000.00 m high" in reading.message("building-size")
    assert reading.building["storeys_derived"] is None
    assert "more than is believable" in reading.message("no-storeys")


@pytest.mark.parametrize(
    ("name", "elevation", "told"),
    [
        ("'2F'", "-3.", "stated elevation"),  # stands 3 m above the ground storey, and says it is below it
        ("'2F'", "3.", None),
        ("'roof'", "$", None),
    ],
)
def test_storeys_out_of_order_are_told(read, make_model, name, elevation, told):
    extra = SECOND_STOREY.format(name=name, elevation=elevation)
    text = make_model(extra=extra).text().replace("$,$,$,#25,(#26))", "$,$,$,#25,(#70,#26))")
    reading = read(text)
    assert ("storeys-out-of-order" in reading.codes) is (told is not None)
    if told:
        assert f"its {told} is the smaller one (-3 after 0)" in reading.message("storeys-out-of-order")
    assert reading.building["storeys_derived"] is None


@pytest.mark.parametrize(
    ("names", "is_wrong"),
    [(["1F", "3F", "2F"], True), (["B1", "1F", "2F"], False), (["-1", "1", "2"], False), (["二层", "一层"], False),
     (["Level 2", "Level 1"], True), (["2层", "1层"], True), (["+3.00", "+0.00"], False)],
)  # fmt: skip
def test_numbers_in_names_tell_the_order(names, is_wrong):
    storeys = [
        {"id": name, "step": n, "name": name, "building": 1, "stated_m": None, "placed_m": 3.0 * n}
        for n, name in enumerate(names)
    ]
    log = IssueLog()
    report_storeys(storeys, log)
    assert [issue.code for issue in log] == ["storeys-out-of-order"] * is_wrong


def test_the_estimate_is_one_storey_to_three_metres():
    assert [estimate_storeys(h) for h in (None, 0.0, 1.0, 4.4, 4.6, 54.0, 3000.0)] == [None, None, 1, 1, 2, 18, None]
