"""Fronts along one street, 20 m wide, chainages and setbacks given by hand."""

from __future__ import annotations

import pyarrow as pa
import pytest
import shapely

from cim_core.errors import RulePackError
from cim_core.streets import derive_frontages
from cim_core.townscape.check import check_buildings

from .builders import TODAY, buildings_of, pack_of, rule, zones_of

STREETS = pa.table({"id": ["high", "back"], "class": ["main", "lane"], "width_m": [20.0, 6.0]})


def front(building: str, start: float, end: float, **more) -> dict:
    """A front on the north (left) side of the main street unless said otherwise."""
    return {
        "building_id": building,
        "dataset": "town",
        "street_id": "high",
        "side": "north",
        "line_side": "left",
        "chainage_from_m": start,
        "chainage_to_m": end,
        "length_m": end - start,
        "setback_m": 5.0,
        **more,
    }


def judge(kind: str, parameters: str, records: list[dict], fronts: list[dict], **more) -> list[dict]:
    schema = pa.schema(
        [
            *[(n, pa.string()) for n in ("building_id", "dataset", "street_id", "side", "line_side")],
            *[(n, pa.float64()) for n in ("chainage_from_m", "chainage_to_m", "length_m", "setback_m")],
            ("facade", pa.binary()),
        ]
    )
    table = check_buildings(
        buildings_of(*records),
        more.get("zones", zones_of()),
        pa.Table.from_pylist(fronts, schema=schema),
        [pack_of(rule(kind, parameters, applies_to=more.get("applies_to", "{}")))],
        TODAY,
        more.get("streets", STREETS),
    )
    return table.to_pylist()


SETBACKS = (
    "{limits: [{classes: [main], up_to_height_m: 24, limit_m: 5}, {classes: [main], limit_m: 8}], tolerance_m: 0.2}"
)


def test_a_setback_goes_by_road_class_and_height():
    tall = {"height_m": 30.0, "height_source": "field"}
    low = {"height_m": 12.0, "height_source": "field"}
    found = judge(
        "setback",
        SETBACKS,
        [low, low, low, tall, tall],
        [
            front("b0", 0, 10, setback_m=6.0),
            front("b1", 10, 20, setback_m=3.5),
            front("b2", 20, 30, setback_m=4.9),
            front("b3", 30, 40, setback_m=6.0),
            front("b4", 40, 50, setback_m=None),
            front("b0", 0, 10, street_id="back", setback_m=0.0),
        ],
    )
    assert [f["verdict"] for f in found] == ["pass", "fail", "pass", "fail", "no_data"]
    assert [f["margin"] for f in found] == [1.0, -1.5, 0.0, -2.0, None]
    assert [f["limit_text"] for f in found] == ["≥ 5 m"] * 3 + ["≥ 8 m"] * 2
    assert [f["limit_min"] for f in found] == [5.0, 5.0, 5.0, 8.0, 8.0]
    assert found[1]["message_zh"] == "沿街立面退道路红线 3.5 m，不符合控制要求（≥ 5 m），相差 1.5 m。"
    assert "Within the tolerance of 0.2 m" in found[2]["message_en"]
    assert (found[4]["source"], found[4]["measured_text"]) == ("setback_m: missing", None)
    assert {f["street_id"] for f in found} == {"high"}  # no line of the table is about lanes


def test_an_unknown_height_passes_only_what_every_height_would():
    found = judge(
        "setback",
        SETBACKS,
        [{}, {}, {}],
        [front("b0", 0, 10, setback_m=9.0), front("b1", 10, 20, setback_m=6.0), front("b2", 20, 30, setback_m=2.0)],
    )
    assert [f["verdict"] for f in found] == ["pass", "no_data", "fail"]
    assert [f["margin"] for f in found] == [1.0, None, -3.0]
    assert (found[1]["limit_text"], found[1]["limit_min"]) == ("≥ 5–8 m", None)
    assert "is not known" in found[1]["message_en"]


def test_an_unknown_road_class_passes_only_what_every_class_would():
    fronts = [front("b0", 0, 10, setback_m=9.0), front("b1", 10, 20, setback_m=6.0), front("b2", 20, 30, setback_m=1.0)]
    found = judge("setback", SETBACKS, [{"height_m": 9.0}] * 3, fronts, streets=None)
    assert [f["verdict"] for f in found] == ["pass", "no_data", "no_data"]


#: The main street runs east along y = 0, its right of way ends at y = 10.
MAIN_LINE = pa.table(
    {
        "id": ["high"],
        "class": ["main"],
        "width_m": [20.0],
        "geometry": [shapely.LineString([(0, 0), (200, 0)]).wkb],
    }
)


def setbacks(limit_m: float, streets: pa.Table = MAIN_LINE, **footprints: shapely.Geometry) -> dict[str, tuple]:
    """Verdict and distance of each building, frontages derived as an import does."""
    buildings = buildings_of(*({"id": name, "geometry": shape.wkb} for name, shape in footprints.items()))
    pack = pack_of(rule("setback", f"{{limits: [{{classes: [main], limit_m: {limit_m}}}]}}"))
    found = check_buildings(buildings, zones_of(), derive_frontages(buildings, streets), [pack], TODAY, streets)
    return {f["building_id"]: (f["verdict"], f["measured_value"]) for f in found.to_pylist()}


def test_a_building_further_back_than_fronts_reach_is_judged_by_a_wider_belt():
    shapes = {
        "at17": shapely.box(0, 27, 20, 37),
        "at20": shapely.box(40, 30, 60, 40),
        "far": shapely.box(80, 31, 90, 40),
    }
    assert setbacks(20, **shapes) == {"at17": ("fail", 17.0), "at20": ("pass", 20.0)}
    assert setbacks(3, **shapes) == {}


def test_a_front_too_narrow_to_be_a_frontage_is_judged():
    assert setbacks(3, narrow=shapely.box(110, 12, 111.5, 31)) == {"narrow": ("fail", 2.0)}


def test_what_stands_hidden_behind_another_building_is_judged_by_a_wide_belt():
    shapes = {"front": shapely.box(40, 13, 60, 20), "hidden": shapely.box(42, 25, 58, 31)}
    assert setbacks(20, **shapes) == {"front": ("fail", 3.0), "hidden": ("fail", 15.0)}


def test_what_stands_past_the_end_of_a_street_is_not_beside_it():
    assert setbacks(20, past=shapely.box(201, -5, 210, 5), beside=shapely.box(190, 25, 205, 40)) == {
        "beside": ("fail", 15.0)
    }


def test_a_street_of_unknown_width_leaves_the_belt_without_data():
    unknown = MAIN_LINE.set_column(2, "width_m", pa.array([None], pa.float64()))
    assert setbacks(20, unknown, at17=shapely.box(0, 17, 20, 37)) == {"at17": ("no_data", None)}


def test_a_building_past_the_reach_of_fronts_shows_the_part_in_the_belt():
    buildings = buildings_of({"geometry": shapely.box(0, 27, 20, 37).wkb})
    pack = pack_of(rule("setback", "{limits: [{limit_m: 20}]}"))
    (found,) = check_buildings(
        buildings, zones_of(), derive_frontages(buildings, MAIN_LINE), [pack], TODAY, MAIN_LINE
    ).to_pylist()
    assert found["street_id"] == "high"
    assert shapely.from_wkb(found["evidence"]).bounds == (0.0, 27.0, 20.0, 30.0)


def test_one_front_is_one_front():
    (found,) = judge("frontage-rate", "{min_percent: 50, line_setback_m: 5}", [{}], [front("b0", 0, 100)])
    assert "on the north side 0–100 m, 1 front holds" in found["message_en"]


def test_a_facade_width_goes_by_height():
    widths = "{limits: [{up_to_height_m: 24, limit_m: 80}, {up_to_height_m: 60, limit_m: 60}, {limit_m: 45}]}"
    found = judge(
        "facade-width",
        widths,
        [{"height_m": 20.0}, {"height_m": 24.0}, {"height_m": 25.0}, {"height_m": 61.0}],
        [front("b0", 0, 70), front("b1", 100, 181), front("b2", 200, 261), front("b3", 300, 345)],
    )
    assert [f["verdict"] for f in found] == ["pass", "fail", "fail", "pass"]
    assert [f["margin"] for f in found] == [10.0, -1.0, -1.0, 0.0]
    assert [f["limit_max"] for f in found] == [80.0, 80.0, 60.0, 45.0]


def test_height_to_width_divides_the_height_by_the_front():
    found = judge(
        "height-to-width",
        "{max: 1.5}",
        [{"height_m": 12.0}, {"height_m": 20.0}, {}],
        [front("b0", 0, 10), front("b1", 10, 20), front("b2", 20, 30)],
    )
    assert [(f["verdict"], f["measured_value"], f["margin"]) for f in found] == [
        ("pass", 1.2, pytest.approx(0.3)),
        ("fail", 2.0, -0.5),
        ("no_data", None, None),
    ]


def test_a_frontage_rate_counts_the_walls_on_the_line():
    # stretch 0–100 m: 60 m stand 5 ± 1 m back, 20 m stand 9 m back, 20 m are open; another stretch begins at 200 m
    found = judge(
        "frontage-rate",
        "{min_percent: 70, line_setback_m: 5, break_m: 40}",
        [{}, {}, {}, {}],
        [
            front("b0", 0, 40),
            front("b1", 60, 80, setback_m=9.0),
            front("b2", 80, 100, setback_m=5.9),
            front("b3", 200, 230),
        ],
    )
    assert [f["measured_value"] for f in found] == [60.0, 60.0, 60.0, 100.0]
    assert [(f["verdict"], f["margin"]) for f in found] == [("fail", -10.0)] * 3 + [("pass", 30.0)]
    assert (found[0]["measured_text"], found[0]["limit_text"], found[0]["unit"]) == ("60 %", "≥ 70 %", "%")
    assert found[0]["message_zh"] == (
        "所在街段贴线率 60 %，北侧 0–100 m 段（3 个界面），不符合控制要求（≥ 70 %），相差 10 个百分点。"
    )
    assert "60 % on the north side 0–100 m, 3 fronts" in found[0]["message_en"]


def test_a_wall_of_unknown_setback_leaves_the_rate_open_only_where_it_matters():
    fronts = [front("b0", 0, 60), front("b1", 60, 100, setback_m=None)]
    open_, low = (
        judge("frontage-rate", f"{{min_percent: {p}, line_setback_m: 5}}", [{}, {}], fronts)[0] for p in (70, 50)
    )
    assert (open_["verdict"], low["verdict"]) == ("no_data", "pass")
    assert "could turn the answer" in open_["message_en"]


def test_each_side_of_a_street_is_its_own_stretch_and_overlaps_count_once():
    found = judge(
        "permeability",
        "{min_percent: 30}",
        [{}, {}, {}, {}],
        [
            front("b0", 0, 30),
            front("b1", 20, 50),
            front("b2", 80, 100),
            front("b3", 0, 100, side="south", line_side="right"),
        ],
    )
    assert [f["measured_value"] for f in found] == [30.0, 30.0, 30.0, 0.0]
    assert [f["verdict"] for f in found] == ["pass", "pass", "pass", "fail"]
    assert found[3]["margin"] == -30.0


def test_the_evidence_of_permeability_is_the_gaps():
    wall = lambda x0, x1: {"facade": shapely.LineString([(x0, 0), (x1, 0)]).wkb}  # noqa: E731
    spans = {"b0": (0, 30), "b1": (20, 50), "b2": (60, 90), "b3": (95, 100)}
    fronts = [front(b, *ends) | wall(*ends) for b, ends in spans.items()]
    found = judge("permeability", "{min_percent: 30}", [{}, {}, {}, {}], fronts)
    gaps = shapely.MultiLineString([[(50, 0), (60, 0)], [(90, 0), (95, 0)]])
    assert all(shapely.from_wkb(f["evidence"]).equals(gaps) for f in found)
    (closed,) = judge("permeability", "{min_percent: 30}", [{}], fronts[:1])
    assert shapely.from_wkb(closed["evidence"]).equals(shapely.LineString([(0, 0), (30, 0)]))


def test_the_same_eave_rate_is_the_share_at_the_middle_eave():
    eaves = [{"eave_height_m": 9.0}, {"eave_height_m": 9.4}, {"height_m": 12.0, "roof_form": "flat"}, {}]
    fronts = [front("b0", 0, 40), front("b1", 40, 60), front("b2", 60, 80)]
    found = judge("same-eave-rate", "{min_percent: 70}", eaves[:3], fronts)
    # median weighted by 40, 20 and 20 m of front is 9 m; 9.4 m is within 0.5 m, 12 m is not: 60 of 80 m
    assert [(f["verdict"], f["measured_value"], f["margin"]) for f in found] == [("pass", 75.0, 5.0)] * 3
    # 20 m more of unknown eave: between 60 and 80 of 100 m
    assert (
        judge("same-eave-rate", "{min_percent: 70}", eaves, [*fronts, front("b3", 80, 100)])[0]["verdict"] == "no_data"
    )
    assert judge("same-eave-rate", "{min_percent: 60}", eaves, [*fronts, front("b3", 80, 100)])[0]["verdict"] == "pass"


def test_street_enclosure_is_the_median_of_width_over_height():
    # D = 5 + 20 + 5 = 30 m; positions at 5, 15 … 35: H = (10 + 20) / 2 = 15 m → 2; at 45, 55: H = (40 + 20) / 2 → 1
    heights = [{"height_m": 10.0}, {"height_m": 40.0}, {"height_m": 20.0}, {"height_m": 9.0}]
    fronts = [
        front("b0", 0, 40),
        front("b1", 40, 60),
        front("b2", 0, 60, side="south", line_side="right"),
        front("b3", 300, 310),
    ]
    found = judge("street-enclosure", "{max_d_h: 2, min_d_h: 1, step_m: 10}", heights, fronts)
    assert [f["verdict"] for f in found] == ["pass", "pass", "pass", "no_data"]
    assert [f["measured_value"] for f in found] == [2.0, 2.0, 2.0, None]
    assert "H/W 0.5" in found[0]["message_zh"]
    assert "No front stands across the street" in found[3]["message_en"]
    wide = judge("street-enclosure", "{max_d_h: 1.5}", heights, fronts)
    assert (wide[0]["verdict"], wide[0]["margin"]) == ("fail", -0.5)
    # four of the six positions settle the median whatever b1 is; without b0 they are open
    without_b1, without_b0 = [heights[0], {}, *heights[2:]], [{}, *heights[1:]]
    assert judge("street-enclosure", "{max_d_h: 2}", without_b1, fronts)[0]["verdict"] == "pass"
    assert judge("street-enclosure", "{max_d_h: 2}", without_b0, fronts)[0]["verdict"] == "no_data"
    assert judge("street-enclosure", "{max_d_h: 2}", heights, fronts, streets=None)[0]["verdict"] == "no_data"


def test_zones_and_uses_narrow_a_street_side_in_their_own_way():
    fronts = [front("b0", 0, 40), front("b1", 40, 80, setback_m=9.0), front("b2", 80, 120)]
    records = [{"use": "commercial"}, {"use": "residential"}, {"use": "commercial"}]
    parameters = "{min_percent: 60, line_setback_m: 5}"
    # uses choose who is told; the wall of the others still counts
    by_use = judge("frontage-rate", parameters, records, fronts, applies_to="{uses: [commercial]}")
    assert [(f["building_id"], f["measured_text"]) for f in by_use] == [("b0", "66.7 %"), ("b2", "66.7 %")]
    # zones choose which wall is measured: b0 and b1 stand in the zone
    zones = zones_of(core=shapely.box(-5, -5, 35, 15))
    by_zone = judge("frontage-rate", parameters, records, fronts, zones=zones, applies_to="{zones: [core]}")
    assert [(f["building_id"], f["zone_id"], f["measured_text"]) for f in by_zone] == [
        ("b0", "core", "50 %"),
        ("b1", "core", "50 %"),
    ]
    assert judge("frontage-rate", parameters, records, fronts, applies_to="{streets: [back]}") == []


def test_fronts_without_chainage_have_no_data():
    bare = [front("b0", 0, 10) | {"chainage_from_m": None, "chainage_to_m": None, "length_m": 10.0}]
    for kind, parameters in (
        ("frontage-rate", "{min_percent: 60, line_setback_m: 5}"),
        ("permeability", "{min_percent: 60}"),
        ("same-eave-rate", "{min_percent: 60}"),
        ("street-enclosure", "{max_d_h: 2}"),
    ):
        (found,) = judge(kind, parameters, [{"height_m": 9.0, "eave_height_m": 9.0}], bare)
        assert found["verdict"] == "no_data", kind
        assert found["message_en"]


@pytest.mark.parametrize(
    ("kind", "parameters", "word"),
    [
        ("setback", "{limits: []}", "at least one limit"),
        ("setback", "{limits: [{classes: [motorway], limit_m: 3}]}", "motorway"),
        ("permeability", "{}", "min_percent or max_percent"),
        ("street-enclosure", "{min_d_h: 2, max_d_h: 1}", "above"),
        ("forbidden-color", "{forbidden: [loud], parts: [main], required: [roof]}", "required"),
    ],
)
def test_impossible_parameters_are_refused(kind, parameters, word):
    with pytest.raises(RulePackError, match=word):
        pack_of(rule(kind, parameters))
