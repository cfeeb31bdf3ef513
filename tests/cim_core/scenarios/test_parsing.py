from __future__ import annotations

import pyproj
import pytest
import shapely

from cim_core.errors import ScenarioFileError
from cim_core.scenarios import ChangeKind, Ref, parse_scenario, read_scenario

CRS = pyproj.CRS(4547)
FILE = """\
id: west-2026
name: {zh: 西街, en: West}
project: prj-21
changes:
- demolish: buildings/yx-1
  note: unsafe
- add:
    id: n1
    footprint: [[0, 0], [10, 0], [10, 5], [0, 5]]
    height_m: 9
    storeys: 3
- replace:
    buildings: [buildings/way/2, buildings/yx-3]
    by: {design: ifc-shop}
- replace:
    buildings: buildings/yx-4
    by: {id: n2, footprint: [[0, 0], [0, 5], [10, 0]], height_m: 6}
- set:
    buildings: [buildings/yx-5]
    facade_main_color: '#c9b28f'
    eave_height_m:
"""


def test_a_file_becomes_an_ordered_list(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(FILE, encoding="utf-8")
    found = read_scenario(path, CRS)
    assert (found.id, found.name_zh, found.project) == ("west-2026", "西街", "prj-21")
    kinds = [change.kind for change in found.changes]
    assert kinds == [ChangeKind.DEMOLISH, ChangeKind.ADD, ChangeKind.REPLACE, ChangeKind.REPLACE, ChangeKind.SET]
    first, new, design, drawn, colored = found.changes
    assert (first.buildings, first.note, first.where) == ((Ref("buildings", "yx-1"),), "unsafe", "s.yaml:5:3")
    assert shapely.from_wkb(new.footprint).area == 50
    assert (new.new_id, new.attributes) == ("n1", {"height_m": 9.0, "storeys": 3})
    assert (design.design, design.buildings[0]) == (Ref("ifc-shop", ""), Ref("buildings", "way/2"))
    assert shapely.from_wkb(drawn.footprint).exterior.is_ccw
    assert colored.attributes == {"facade_main_color": "#c9b28f", "eave_height_m": None}


def test_footprints_in_degrees_come_into_the_work_crs():
    corners = "[[114, 38], [114.001, 38], [114.001, 38.001]]"
    text = f"crs: EPSG:4490\nchanges:\n- add: {{id: n, footprint: {corners}, height_m: 3}}\n"
    (change,) = parse_scenario(text, "s", CRS).changes
    west, south, *_ = shapely.from_wkb(change.footprint).bounds
    assert west == pytest.approx(500_000, abs=0.01)
    assert south == pytest.approx(4_207_498.0, abs=1)


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        ("buildings/yx-1", "yx-1", "s.yaml:5:13", "names no building"),
        ("- add:", "- build:", "s.yaml:8:5", "unknown key 'build'"),
        ("height_m: 9", "height_m: tall", "s.yaml:10:15", "expected a number"),
        ("height_m: 9", "height_m: 0", "s.yaml:10:15", "higher than 0"),
        ("height_m: 9", "hight_m: 9", "s.yaml:8:5", "'height_m' is missing"),
        ("    height_m: 9\n", "    height_m: 9\n    wings: 2\n", "s.yaml:11:12", "no attribute 'wings'"),
        ("storeys: 3", "storeys: -3", "s.yaml:11:14", "at least 0"),
        ("storeys: 3", "roof_form: dome", "s.yaml:11:16", "unknown value 'dome'"),
        ("[10, 5], [0, 5]]", "[0, 5], [10, 5]]", "s.yaml:9:16", "no simple polygon"),
        ("[10, 0], [10, 5], [0, 5]]", "[10, 0]]", "s.yaml:9:16", "three corners"),
        ("buildings/way/2, buildings/yx-3", "buildings/yx-3, buildings/yx-3", "s.yaml:13:33", "named twice"),
        ("'#c9b28f'", "beige", "s.yaml:20:24", "no color"),
        ("id: n1", "id: a/b", "s.yaml:8:9", "cannot be an id"),
        ("name: {zh: 西街, en: West}", "name: {zh: 西街}", "s.yaml:2:7", "'en' is missing"),
        ("id: west-2026", "crs: EPSG:1", "s.yaml:1:6", "unknown CRS"),
    ],
)
def test_a_mistake_is_named_with_line_and_column(old, new, where, message):
    assert old in FILE
    with pytest.raises(ScenarioFileError) as caught:
        parse_scenario(FILE.replace(old, new, 1), "s.yaml", CRS)
    assert (caught.value.where, message in caught.value.message) == (where, True), str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "changes: []", "changes: [{}]", "changes: [{demolish: []}]", "a: [", "- 1", "x: \x00"]
)
def test_nonsense_is_refused(text):
    with pytest.raises(ScenarioFileError):
        parse_scenario(text, "s", CRS)
