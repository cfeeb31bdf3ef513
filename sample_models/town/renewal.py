"""The synthetic life of the projects: figures, money, papers, control lines, moves, and one ready-made scenario.

All of it is invented and says so. Three projects have figures that show what the checks say: ``prj-01`` demolishes
65 % of what stands (above the limit of 20 %), ``prj-02`` keeps every limit, ``prj-34`` overlaps three others; control
lines cross ``prj-15``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import box

from sample_models.town.attributes import Building
from sample_models.town.frame import to_grid
from sample_models.town.projects import Project
from sample_models.town.write import write_features, write_json, write_yaml

STAGES = (
    "unit_planning", "checkup", "urban_design", "character_area", "programme", "scheme_design", "implementation",
    "supervision", "operation",
)  # fmt: skip
#: Stage from which a paper is granted, in the order of the papers.
_GRANTED_FROM = {"approval": 5, "land": 6, "planning_permit": 7, "construction_permit": 7, "completion": 9}
_DEPARTMENTS = {
    "residential": "住建部门（示例）",
    "public_service": "城管部门（示例）",
    "ecology": "水利园林部门（示例）",
    "culture": "文旅部门（示例）",
    "commerce": "商务部门（示例）",
    "industry": "工信部门（示例）",
}
#: Borders of the renewal units in the local frame, metres: west | centre | east, south | north.
_WEST_M, _EAST_M, _NORTH_M = -570.0, 240.0, -330.0
#: Floor areas m², then households: all, to resettle, resettled near.
_FIGURES: dict[str, tuple[float, float, float, int, int, int]] = {
    "prj-01": (48_000.0, 31_200.0, 58_000.0, 420, 420, 300),
    "prj-02": (22_000.0, 4_000.0, 7_600.0, 310, 60, 35),
    "prj-21": (60_000.0, 2_400.0, 1_600.0, 260, 12, 12),
    "prj-24": (18_000.0, 2_700.0, 4_500.0, 0, 0, 0),
    "prj-25": (15_000.0, 4_500.0, 6_000.0, 0, 0, 0),
    "prj-26": (26_000.0, 5_000.0, 9_000.0, 0, 0, 0),
    "prj-27": (52_000.0, 0.0, 0.0, 640, 0, 0),
    "prj-32": (3_900.0, 3_900.0, 0.0, 24, 24, 10),
}
_PLACELESS = ("prj-23", "prj-35")
#: Id, names, kind and shape in the local frame.
_CONTROL_LINES = (
    (
        "line-farmland",
        "永久基本农田（示例）",
        "Permanent farmland (sample)",
        "permanent_farmland",
        box(1400, -560, 1520, -440),
    ),
    (
        "line-ecology",
        "生态保护红线（示例）",
        "Ecological red line (sample)",
        "ecological_red_line",
        box(-1700, 820, -1450, 1200),
    ),
)
_PLANNER, _INSPECTOR, _APPROVER = "规划员（示例）", "巡查员（示例）", "审批员（示例）"
SCENARIO_FILE = "scenario-west.yaml"
LINES_FILE = "control-lines.geojson"
RENEWAL_FILE = "renewal.json"
#: A stretch of Xiushui West Street: what is too high gives way, what is loud becomes quiet.
_BY_DESIGN, _BY_MASS = "yx-000041", "yx-000045"
_QUIET = ("yx-000040", "yx-000046", "yx-000281")
_GREY_ROOFS = ("yx-000039", "yx-000048")
_WALL, _ROOF = "#c9b8a2", "#746b62"
_DESIGN = "design-shophouse"


def project_properties(project: Project) -> dict[str, Any]:
    """A project as it is written to the file of projects."""
    return {
        "id": project.id,
        "name_zh": project.name_zh,
        "name_en": project.name_en,
        "type": project.type,
        "batch": project.batch,
        "stage": project.stage,
        "geometry_note": project.note_zh,
        "geometry_note_en": project.note_en,
        "synthetic_geometry": True,
        "restricted": project.id == "prj-19",
        **_record(project),
    }


def _record(project: Project) -> dict[str, Any]:
    """What the library knows beside names, type, batch and stage; invented, the same on every run."""
    number, stage = int(project.id[-2:]), STAGES.index(project.stage) + 1
    start = 2024 + number % 3
    record: dict[str, Any] = {
        "code": f"YX-2024-{number:03d}",
        "unit_id": _unit(project),
        "lead_department": _DEPARTMENTS[project.type],
        "starts_on": f"{start}-03-01",
        "ends_on": f"{start + 1 + number % 2}-11-30",
        "investment": _investment(number, start),
        "procedures": [_procedure(kind, granted, stage, start) for kind, granted in _GRANTED_FROM.items()],
        "milestones": [{"name": "方案批复（示例）", "due_on": f"{start}-06-30"}],
        "placeless": project.id in _PLACELESS,
    }
    if project.id in _FIGURES:
        existing, demolished, new, households, to_resettle, near = _FIGURES[project.id]
        record |= {
            "existing_floor_m2": existing,
            "demolished_floor_m2": demolished,
            "new_floor_m2": new,
            "planned_floor_m2": existing - demolished + new,
            "households": households,
            "households_to_resettle": to_resettle,
            "households_resettled_near": near,
        }
    return record


def write_renewal(folder: Path, buildings: Sequence[Building]) -> None:
    """Write the control lines, the scenario, and what the demo workspace does with the projects."""
    write_features(
        folder / LINES_FILE,
        [(shape, {"id": i, "name_zh": zh, "name_en": en, "kind": kind}) for i, zh, en, kind, shape in _CONTROL_LINES],
    )
    by_id = {building.id: building for building in buildings}
    write_yaml(
        folder / SCENARIO_FILE,
        _scenario(by_id),
        "Synthetic scenario for a stretch of Xiushui West Street; illustrative.",
    )
    write_json(folder / RENEWAL_FILE, _demo(by_id[_BY_DESIGN]))


def _unit(project: Project) -> str | None:
    if project.shape is None:
        return None
    x, y = project.shape.centroid.coords[0]
    column = "w" if x < _WEST_M else "c" if x < _EAST_M else "e"
    return f"unit-{column}{'n' if y >= _NORTH_M else 's'}"


def _investment(number: int, start: int) -> list[dict[str, Any]]:
    """Amounts in whole 100,000 CNY over two years."""
    shares = (
        ("central", start, 3),
        ("special_bond", start, 5),
        ("county", start + 1, 2),
        ("social", start + 1, number % 4),
    )
    unit_cny = 100_000.0 * (5 + number * 7 % 40)
    return [{"source": s, "year": year, "amount_cny": n * unit_cny} for s, year, n in shares if n]


def _procedure(kind: str, granted_from: int, stage: int, year: int) -> dict[str, Any]:
    if stage >= granted_from:
        return {"kind": kind, "status": "granted", "granted_on": f"{year}-0{granted_from % 9 + 1}-15"}
    return {"kind": kind, "status": "in_progress" if stage + 1 == granted_from else "pending"}


def _corners(shape: shapely.Polygon) -> list[list[float]]:
    ring = np.round(shapely.get_coordinates(to_grid(shape).exterior), 2)[:-1]
    return [[float(x), float(y)] for x, y in ring]


def _refs(ids: Iterable[str]) -> list[str]:
    return [f"buildings/{ident}" for ident in ids]


def _scenario(by_id: dict[str, Building]) -> dict[str, Any]:
    mass = by_id[_BY_MASS]
    return {
        "id": "xiushui-west",
        "name": {"zh": "秀水西街沿街更新（示例）", "en": "Xiushui West Street renewal (sample)"},
        "project": "prj-21",
        "synthetic": True,
        "changes": [
            {"replace": {"buildings": _refs([_BY_DESIGN]), "by": {"design": _DESIGN}}, "note": "超高，改建两层商铺"},
            {
                "replace": {
                    "buildings": _refs([_BY_MASS]),
                    "by": {
                        "id": "west-45",
                        "footprint": _corners(mass.shape),
                        "base_m": mass.base_m,
                        "height_m": 11.4,
                        "storeys": 3,
                        "use": "mixed",
                        "style": "harmonised",
                        "roof_form": "gable",
                        "roof_color": _ROOF,
                        "facade_main_color": _WALL,
                        "facade_material": "grey_brick",
                    },
                },
                "note": "七层改三层",
            },
            {"set": {"buildings": _refs(_QUIET), "style": "harmonised", "facade_main_color": _WALL}},
            {"set": {"buildings": _refs(_GREY_ROOFS), "roof_color": _ROOF}},
        ],
    }


def _demo(replaced: Building) -> dict[str, Any]:
    """The design that takes a building's place, at its south-west corner along its longest wall, and the moves."""
    ring = shapely.get_coordinates(to_grid(replaced.shape).exterior)[:-1]
    corner = ring[np.argmin(ring.sum(axis=1))]
    walls = np.roll(ring, -1, axis=0) - ring
    east, north = max(walls.tolist(), key=lambda wall: abs(wall[0]))
    angle = math.degrees(math.atan2(north, east))
    angle = angle - 180.0 if angle > 90 else angle + 180.0 if angle < -90 else angle
    return {
        "synthetic": True,
        "design": {
            "id": _DESIGN,
            "name": {"zh": "秀水西街更新设计（示例）", "en": "Design for Xiushui West Street (sample)"},
            "file": "ifc/shophouse-ifc4.ifc",
            "at_grid": [round(float(corner[0]), 2), round(float(corner[1]), 2)],
            "base_m": replaced.base_m,
            "bearing_deg": round(-angle, 2),
        },
        "scenario": SCENARIO_FILE,
        "control_lines": LINES_FILE,
        "moves": [
            _submit("prj-21", _PLANNER, "rule_pack", "rules.yaml"),
            {"project": "prj-21", "act": "approve", "by": _APPROVER, "reason": "规则包已绑定"},
            _submit("prj-02", _PLANNER, "area_scheme", "schemes/xiguan.pdf"),
            _submit("prj-04", _INSPECTOR, "inspection", "inspections/xiang.pdf"),
            {"project": "prj-04", "act": "return", "by": _APPROVER, "reason": "整改照片不全"},
        ],
    }


def _submit(project: str, by: str, kind: str, reference: str) -> dict[str, Any]:
    return {"project": project, "act": "submit", "by": by, "evidence": {kind: reference}}
