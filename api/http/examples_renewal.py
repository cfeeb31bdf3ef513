"""Worked answers of projects and scenarios; tests hold each against its model."""

from __future__ import annotations

from api.http.examples import Example

_NAME = {"zh": "秀水西街风貌提升", "en": "Xiushui West Street townscape upgrade"}
_RING = [[[113.4001, 38.0801], [113.4002, 38.0801], [113.4002, 38.0802], [113.4001, 38.0801]]]
_POLYGON = {"type": "Polygon", "coordinates": _RING}
_PROJECT: Example = {
    "type": "Feature",
    "id": "prj-01",
    "geometry": _POLYGON,
    "properties": {
        "id": "prj-01",
        "name": {"zh": "秀水西街立面整治", "en": "Xiushui West facades"},
        "type": "culture",
        "batch": "implementation",
        "stage": "scheme_design",
        "stage_order": 6,
        "buildings": 12,
        "geometry_note": "",
        "synthetic_geometry": True,
        "unit_id": "unit-west",
        "starts_on": "2026-03-01",
        "ends_on": "2027-06-30",
        "investment_cny": 12000000.0,
        "maturity_percent": 40.0,
        "version": 1,
    },
}
PROJECTS: Example = {"type": "FeatureCollection", "features": [_PROJECT]}
_LINK: Example = {
    "project_id": "prj-01",
    "dataset": "yuxian",
    "building_id": "yx-000123",
    "gid": 122,
    "building_name": "供销社旧楼",
    "area_share": 1.0,
    "relation": "within",
    "buffer_m": None,
    "origin": "manual",
    "included": True,
    "action": "reface",
    "reason": "facade survey of May",
    "by": "planner",
    "recorded_from": "2026-05-04T08:30:00.000Z",
}
LINK: Example = {"link": _LINK}
PROGRESS: Example = {
    "maturity_percent": 40.0,
    "missing_procedures": ["planning_permit", "construction_permit", "completion"],
    "allowed_transitions": ["implementation", "programme", "character_area"],
    "gate": {"evidence": ["scheme_model", "check_report"], "checks": ["demolition-share"]},
}
PROJECT: Example = {
    **_PROJECT,
    "record": {"id": "prj-01", "households": 120},
    "progress": PROGRESS,
    "warnings": [],
    "links": [_LINK],
}
MOVE: Example = {
    "id": "5f0c2b7a9d3e",
    "project_id": "prj-01",
    "origin": "scheme_design",
    "target": "implementation",
    "status": "submitted",
    "submitted_by": "planner",
    "submitted_at": "2026-05-04T08:30:00.000Z",
    "evidence": [{"kind": "scheme_model", "reference": "models/scheme.ifc"}],
    "reason": "",
    "decided_by": None,
    "decided_at": None,
    "decision_note": "",
}
MOVES: Example = {
    "project_id": "prj-01",
    "stage": "scheme_design",
    "taken_over": {
        "stage": "programme",
        "by": "Wang",
        "at": "2026-01-12T01:20:00.000Z",
        "reason": "projects taken over from library.xlsx",
    },
    "progress": PROGRESS,
    "moves": [MOVE],
}
MOVED: Example = {"move": MOVE, "stage": "scheme_design", "progress": PROGRESS}
CHECKS: Example = {
    "source": "MOHURD notice on urban renewal, 2021",
    "checked_on": "2026-05-04",
    "checks": [
        {
            "project_id": "prj-01",
            "check": "demolition-share",
            "name": {"zh": "拆除比例", "en": "Demolished share"},
            "verdict": "fail",
            "original_verdict": None,
            "measured": 0.25,
            "linked": 0.27,
            "limit_min": None,
            "limit_max": 0.2,
            "margin": -0.05,
            "clause": {"zh": "2021 年通知，拆除面积", "en": "Notice of 2021, demolition"},
            "provenance": "verified",
            "waivable": True,
            "message": {"zh": "拆除比例 25 %，不符合要求（≤ 20 %）。", "en": "Demolished share 25 % breaks ≤ 20 %."},
        }
    ],
}
_TOTAL: Example = {
    "key": "scheme_design",
    "name": {"zh": "方案设计", "en": "Scheme design"},
    "projects": 6,
    "buildings": 240,
    "buildings_without_floor": 3,
    "existing_floor_m2": 184000.0,
    "demolished_floor_m2": 12000.0,
    "new_floor_m2": 21000.0,
    "floor_after_m2": 193000.0,
    "households": 1200,
    "households_to_resettle": 90,
    "households_resettled_near": 60,
    "investment_cny": 230000000.0,
    "verdicts_before": {"pass": 190, "fail": 50},
    "verdicts_after": {"pass": 222, "fail": 18},
}
TOTALS: Example = {"by": "stage", "groups": [_TOTAL], "total": {**_TOTAL, "key": "all"}}
SCHEMA: Example = {"record": {"type": "object"}, "patch": {"type": "object"}}
_SUMMARY: Example = {
    "changes": 4,
    "places": {"removed": 1, "proposed": 1, "changed": 12},
    "differences": {"worse": 0, "lost": 0, "better": 9, "changed": 2, "appeared": 3, "gone": 3},
    "buildings_with_another_verdict": 9,
    "clauses": [
        {
            "clause": "3.4.2",
            "kind": "facade-main-color",
            "rule_id": "color-west",
            "worse": 0,
            "lost": 0,
            "better": 9,
            "changed": 2,
            "appeared": 1,
            "gone": 1,
            "before": {"pass": 60, "fail": 9},
            "after": {"pass": 69, "fail": 0},
        }
    ],
}
SCENARIO: Example = {
    "id": "xiushui-west-2026",
    "name": _NAME,
    "state": "draft",
    "project_id": "prj-21",
    "note": "",
    "created_by": "planner",
    "decided_by": None,
    "decided_at": None,
    "reason": None,
    "checked_at": "2026-05-04T08:30:00.000Z",
    "stale": False,
    "synthetic": True,
    "version": 2,
    "summary": _SUMMARY,
}
SCENARIOS: Example = {"scenarios": [SCENARIO]}
SCENARIO_DETAIL: Example = {
    **SCENARIO,
    "place_codes": ["existing", "proposed", "removed", "changed", "reshaped"],
    "states": [
        {
            "dataset": "buildings",
            "place_url": "/api/v1/scenarios/xiushui-west-2026/state/buildings/place",
            "verdict_url": "/api/v1/scenarios/xiushui-west-2026/state/buildings/verdict",
        }
    ],
}
CHANGES: Example = {
    "scenario_id": "xiushui-west-2026",
    "changes": [
        {
            "position": 0,
            "kind": "replace",
            "buildings": ["buildings/yx-000123"],
            "new_id": None,
            "attributes": {},
            "design": "design-shophouse",
            "note": "",
            "footprint": None,
        }
    ],
}
_SIDE: Example = {
    "verdict": "fail",
    "value": 15.2,
    "text": "15.2 m",
    "limit": "≤ 12 m",
    "margin": -3.2,
    "message": {"zh": "超高 3.2 m", "en": "3.2 m too high"},
}
DIFF: Example = {
    "scenario_id": "xiushui-west-2026",
    "stale": False,
    "total": 1,
    "summary": _SUMMARY,
    "differences": [
        {
            "dataset": "buildings",
            "building_id": "yx-000123",
            "gid": 122,
            "rule_id": "height-core",
            "kind": "building-height",
            "clause": "3.2.1",
            "nature": "rigid",
            "zone_id": "core",
            "street_id": None,
            "unit": "m",
            "difference": "better",
            "before": _SIDE,
            "after": {**_SIDE, "verdict": "pass", "value": 9.0, "text": "9 m", "margin": 3.0},
        }
    ],
}
SHAPES: Example = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": "new/n1",
            "geometry": _POLYGON,
            "properties": {
                "dataset": "new",
                "building_id": "n1",
                "gid": None,
                "state": "proposed",
                "drawn": True,
                "base_m": 946.0,
                "height_m": 9.0,
                "position_deg": [113.4001, 38.0801, 930.4],
                "attributes": {"height_m": 9.0},
                "changes": [1],
                "verdict_before": None,
                "verdict_after": "pass",
            },
        }
    ],
}
