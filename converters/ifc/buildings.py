"""What is measured of a whole building: footprint, height, eave, colors, material, from its elements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cim_core.features.schema import MATERIALS, USES, Code
from converters.ifc.colors import dominant_color
from converters.ifc.mesh import ModelMesh

#: IFC classes that make up a building's mass; equipment, furniture, railings and the site do not.
_MASS = (
    "IfcWall", "IfcWallStandardCase", "IfcWallElementedCase", "IfcSlab", "IfcSlabStandardCase", "IfcSlabElementedCase",
    "IfcRoof", "IfcCurtainWall", "IfcColumn", "IfcColumnStandardCase", "IfcBeam", "IfcBeamStandardCase", "IfcPlate",
    "IfcPlateStandardCase", "IfcMember", "IfcMemberStandardCase", "IfcCovering",
)  # fmt: skip
_PLAN = ("IfcWall", "IfcWallStandardCase", "IfcWallElementedCase", "IfcSlab", "IfcSlabStandardCase", "IfcColumn")
_FACADE = ("IfcWall", "IfcWallStandardCase", "IfcWallElementedCase")
_ROOF_FORMS = {
    "FLAT_ROOF": "flat",
    "GABLE_ROOF": "gable",
    "GAMBREL_ROOF": "gable",
    "HIP_ROOF": "hip",
    "HIPPED_GABLE_ROOF": "hip",
    "MANSARD_ROOF": "hip",
    "PAVILION_ROOF": "pyramid",
    "SHED_ROOF": "shed",
    "BARREL_ROOF": "other",
    "BUTTERFLY_ROOF": "other",
    "DOME_ROOF": "other",
    "RAINBOW_ROOF": "other",
    "FREEFORM": "other",
}
_MAX_PLAN_TRIANGLES = 30_000
_UPWARD_ONLY_FROM = 6_000
_GAP_M = 0.05
_MIN_HOLE_M2 = 4.0
_VERTICAL, _UPWARD = 0.3, 0.3


@dataclass(frozen=True, slots=True)
class BuildingMeasures:
    """Measured values of one building; ``footprint`` is in the frame of the placement, None where nothing has area."""

    footprint: shapely.Geometry | None
    height_m: float | None
    attributes: dict[str, Any] = field(default_factory=dict)


def measure_building(
    mesh: ModelMesh, members: NDArray[np.bool_], elements: dict[str, list[Any]], facts: dict[str, Any]
) -> BuildingMeasures:
    """Measure the building whose elements are ``members`` (n,).

    Height is from the ground to the top of walls, slabs, roofs and the like; the footprint is the union of what
    walls, slabs and columns cover in plan (roofs too where there is nothing else).
    """
    kinds, roles = np.array(elements["kind"]), np.array(elements["role"])
    predefined = np.array([p or "" for p in elements["predefined"]])
    ground_z = float(facts["ground_z"])
    mass = members & np.isin(kinds, _MASS)
    counted = mass if mass.any() else members & (kinds != "IfcSite")
    height_m = float(mesh.upper[counted, 2].max() - ground_z) if counted.any() else None
    is_roof = members & ((kinds == "IfcRoof") | (roles == "IfcRoof") | np.isin(predefined, ("ROOF", "ROOFING")))
    plan = members & np.isin(kinds, _PLAN) & ~is_roof & (predefined != "LANDING")
    glass = members & (roles == "IfcCurtainWall") & np.isin(kinds, ("IfcPlate", "IfcCurtainWall"))
    footprint = measure_footprint(mesh, plan | glass) or measure_footprint(mesh, counted)
    external = np.array([e is True for e in elements["external"]])
    walls = members & np.isin(kinds, _FACADE) & ~is_roof
    facade = (walls & external if (walls & external).any() else walls) | glass
    normals, areas = mesh.normals_and_areas()
    of_facade = facade[mesh.element] & (np.abs(normals[:, 2]) < _VERTICAL)
    of_roof = is_roof[mesh.element] & (normals[:, 2] > _UPWARD)
    roof_forms = np.array(elements["roof"], dtype=object)
    form = _roof_form(roof_forms[mesh.element[of_roof]], areas[of_roof])
    main = dominant_color(mesh.colors[of_facade], areas[of_facade])
    attributes = {
        "roof_form": _ROOF_FORMS.get(form or ""),
        "roof_color": dominant_color(mesh.colors[of_roof], areas[of_roof]),
        "facade_main_color": main,
        "color_source": "design" if main else None,
        "facade_material": _facade_material(mesh, of_facade, areas, elements["material"]),
        "use": match_code(facts["occupancy"], USES),
        "year_built": facts["year"],
        "storeys": facts["storeys"],
        "address": facts["address"],
        "eave_height_m": _eave_height(mesh, is_roof & (roof_forms == form), form, ground_z),
    }
    return BuildingMeasures(footprint, height_m, attributes)


def measure_footprint(mesh: ModelMesh, members: NDArray[np.bool_]) -> shapely.Geometry | None:
    """What the members cover in plan: union of their level faces, gaps up to 10 cm closed; the hull for huge models."""
    chosen = mesh.triangles[members[mesh.element]]
    corners = mesh.positions[chosen][:, :, :2]
    edges = corners[:, 1:] - corners[:, :1]
    double_area = edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0]
    if len(corners) > _UPWARD_ONLY_FROM:  # half the work, the same plan where bodies are closed
        double_area = np.maximum(double_area, 0.0)
    corners = corners[np.abs(double_area) > 1e-6]
    if not len(corners):
        return None
    if len(corners) > _MAX_PLAN_TRIANGLES:
        return shapely.convex_hull(shapely.multipoints(corners.reshape(-1, 2)))
    rings = np.concatenate([corners, corners[:, :1]], axis=1)
    covered = shapely.union_all(shapely.polygons(rings), grid_size=0.001)
    closed = shapely.buffer(shapely.buffer(covered, _GAP_M, join_style="mitre"), -_GAP_M, join_style="mitre")
    parts = [_without_small_holes(p) for p in shapely.get_parts(shapely.simplify(closed, 0.02)) if p.area > 1.0]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _without_small_holes(polygon: shapely.Polygon) -> shapely.Polygon:
    holes = [ring for ring in polygon.interiors if shapely.Polygon(ring).area >= _MIN_HOLE_M2]
    return shapely.Polygon(polygon.exterior, holes)


def _roof_form(forms: NDArray[np.object_], areas: NDArray[np.float64]) -> str | None:
    """The stated form of the roof with the largest area: a canopy or a lean-to does not name the house."""
    area_by_form: dict[str, float] = {}
    for form, area in zip(forms, areas, strict=True):
        if form in _ROOF_FORMS:
            area_by_form[form] = area_by_form.get(form, 0.0) + float(area)
    return max(area_by_form, key=area_by_form.__getitem__, default=None)


def _eave_height(mesh: ModelMesh, is_roof: NDArray[np.bool_], form: str | None, ground_z: float) -> float | None:
    """Height of the lowest edge of a pitched roof; None for flat roofs and where no roof form is stated."""
    if not is_roof.any() or _ROOF_FORMS.get(form or "") in (None, "flat"):
        return None
    return float(mesh.lower[is_roof, 2].min() - ground_z)


def _facade_material(
    mesh: ModelMesh, of_facade: NDArray[np.bool_], areas: NDArray[np.float64], materials: Sequence[str | None]
) -> str | None:
    """The code of the material that covers most of the facade, by the words in its name."""
    area_by_code: dict[str, float] = {}
    by_element = np.bincount(mesh.element[of_facade], areas[of_facade], minlength=len(materials))
    for index in np.flatnonzero(by_element):
        code = match_material(materials[index])
        if code is not None:
            area_by_code[code] = area_by_code.get(code, 0.0) + float(by_element[index])
    return max(area_by_code, key=area_by_code.__getitem__, default=None)


@lru_cache(maxsize=4096)
def match_material(name: str | None) -> str | None:
    """The material code of the first layer whose name says one ("青砖墙 / 砂浆" → grey_brick)."""
    for layer in (name or "").split(" / "):
        code = match_code(layer, MATERIALS)
        if code is not None:
            return code
    return None


def match_code(text: Any, codes: tuple[Code, ...]) -> str | None:  # noqa: ANN401 - any property value
    """The code whose value, label or alias is contained in the text; the longest match wins."""
    lowered = str(text or "").strip().lower()
    found = [
        (len(word), code.value)
        for code in codes
        for word in (code.value, code.value.replace("_", " "), code.zh.lower(), code.en.lower(), *code.aliases)
        if word and word.lower() in lowered
    ]
    return max(found)[1] if found else None
