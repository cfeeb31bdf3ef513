"""What is measured of a whole building: footprint, height, eave, colors, material, from its elements."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cim_core.features.schema import USES
from converters.ifc.colors import dominant_color
from converters.ifc.facade import WALLS, measure_facades
from converters.ifc.finishes import match_code, measure_finishes
from converters.ifc.mesh import ModelMesh, ModelShapes
from converters.ifc.roofs import measure_roof
from converters.ifc.storeys import estimate_storeys

#: IFC classes that make up a building's mass; equipment, furniture, railings and the site do not.
_MASS = (
    "IfcWall", "IfcWallStandardCase", "IfcWallElementedCase", "IfcSlab", "IfcSlabStandardCase", "IfcSlabElementedCase",
    "IfcRoof", "IfcCurtainWall", "IfcColumn", "IfcColumnStandardCase", "IfcBeam", "IfcBeamStandardCase", "IfcPlate",
    "IfcPlateStandardCase", "IfcMember", "IfcMemberStandardCase", "IfcCovering",
)  # fmt: skip
_PLAN = ("IfcWall", "IfcWallStandardCase", "IfcWallElementedCase", "IfcSlab", "IfcSlabStandardCase", "IfcColumn")
_MAX_PLAN_TRIANGLES = 30_000
_UPWARD_ONLY_FROM = 6_000
_GAP_M = 0.05
_MIN_HOLE_M2 = 4.0
_UPWARD = 0.3
_MIN_SIZE_M, _MAX_SIZE_M = 1.0, 1_000.0


@dataclass(frozen=True, slots=True)
class BuildingMeasures:
    """Measured values of one building; ``footprint`` is in the frame of the placement, None where nothing has area.

    ``length_m`` is the longer side of the box around its mass.
    ``detail`` is what the attributes come from: facades by side, colors with Munsell and materials by area.
    """

    footprint: shapely.Geometry | None
    height_m: float | None
    length_m: float | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    detail: dict[str, Any] = field(default_factory=dict)

    def size_complaints(self) -> list[str]:
        """What no building is: shorter than 1 m or longer than 1,000 m in plan, or higher than that."""
        found = []
        if self.length_m is not None and not _MIN_SIZE_M <= self.length_m <= _MAX_SIZE_M:
            found.append(f"the building is {_metres(self.length_m)} m long")
        if self.height_m is not None and not 0.0 < self.height_m <= _MAX_SIZE_M:
            found.append(f"the building is {_metres(self.height_m)} m high")
        return found


def _metres(value: float) -> str:
    return f"{value:,.2f}" if value >= 0.1 else f"{value:.2g}"


def measure_building(
    mesh: ModelMesh,
    members: NDArray[np.bool_],
    elements: dict[str, list[Any]],
    facts: dict[str, Any],
    bearing_of_y_rad: float = 0.0,
) -> BuildingMeasures:
    """Measure the building whose elements are ``members`` (n,).

    Height is from the ground to the top of walls, slabs, roofs and the like; the footprint is the union of what
    walls, slabs and columns cover in plan (roofs too where there is nothing else), and of what lies between walls
    under a roof where floors are not modelled. ``bearing_of_y_rad`` is the true
    bearing of the frame's y axis, for the sides that facades face.
    """
    kinds = np.array(elements["kind"])
    ground_z = float(facts["ground_z"])
    mass = members & np.isin(kinds, _MASS)
    counted = mass if mass.any() else members & (kinds != "IfcSite")
    height_m = float(mesh.upper[counted, 2].max() - ground_z) if counted.any() else None
    of_roof = members & is_roof(elements)
    footprint = measure_footprint(mesh, members & is_plan(elements)) or measure_footprint(mesh, counted)
    footprint = _without_rooms(footprint, mesh, of_roof)
    facades = measure_facades(mesh, members, elements, ground_z, bearing_of_y_rad)
    finishes = measure_finishes(facades, elements["material"])
    outer_walls = members & np.isin(kinds, WALLS) & facades.is_outside
    roof = measure_roof(mesh, of_roof, elements, ground_z, outer_walls)
    colors = finishes.color_attributes()
    attributes = {
        "roof_form": roof.form,
        "roof_slope_deg": roof.slope_deg,
        "roof_color": _roof_color(mesh, of_roof),
        **colors,
        "color_source": "design" if colors["facade_main_color"] else None,
        "facade_material": finishes.main_material,
        "use": match_code(facts["occupancy"], USES),
        "year_built": facts["year"],
        "storeys": facts["storeys"],
        "storeys_derived": None if facts["storeys"] else estimate_storeys(roof.eave_m or height_m),
        "address": facts["address"],
        "eave_height_m": roof.eave_m,
        "ridge_height_m": roof.ridge_m,
        **facades.attributes,
        "cim_level": facts.get("cim_level"),
    }
    detail = {
        "sides": facades.sides,
        "colors": finishes.colors,
        "materials": finishes.materials,
        "roof_form_is_stated": roof.is_stated,
    }
    length_m = None
    if counted.any():
        length_m = float((mesh.upper[counted, :2].max(axis=0) - mesh.lower[counted, :2].min(axis=0)).max())
    return BuildingMeasures(footprint, height_m, length_m, attributes, detail)


def _roof_color(mesh: ModelMesh, members: NDArray[np.bool_]) -> str | None:
    normals, areas = mesh.normals_and_areas()
    of_roof = members[mesh.element] & (normals[:, 2] > _UPWARD)
    return dominant_color(mesh.colors[of_roof], areas[of_roof])


def model_outline(shapes: ModelShapes, elements: dict[str, list[Any]]) -> shapely.Geometry | None:
    """What a whole model covers in plan, in its own coordinates: walls, slabs and columns, else its mass."""
    plan = is_plan(elements)
    chosen = plan if plan.any() else np.isin(np.array(elements["kind"]), _MASS)
    return measure_footprint(shapes.join(chosen), chosen) if chosen.any() else None


def is_roof(elements: dict[str, list[Any]]) -> NDArray[np.bool_]:
    """Which elements (n,) are roof, by class, part or predefined type."""
    kinds, roles = np.array(elements["kind"]), np.array(elements["role"])
    predefined = np.array([p in ("ROOF", "ROOFING") for p in elements["predefined"]], bool)
    return np.asarray((kinds == "IfcRoof") | (roles == "IfcRoof") | predefined, bool)


def is_plan(elements: dict[str, list[Any]]) -> NDArray[np.bool_]:
    """Which elements (n,) stand on the ground or carry a floor: walls, slabs, columns, panels of curtain walls."""
    kinds, roles = np.array(elements["kind"]), np.array(elements["role"])
    is_landing = np.array([p == "LANDING" for p in elements["predefined"]], bool)
    bodies = np.isin(kinds, _PLAN) & ~is_roof(elements) & ~is_landing
    panels = (roles == "IfcCurtainWall") & np.isin(kinds, ("IfcPlate", "IfcCurtainWall"))
    return np.asarray(bodies | panels, bool)


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


def _without_rooms(
    footprint: shapely.Geometry | None, mesh: ModelMesh, of_roof: NDArray[np.bool_]
) -> shapely.Geometry | None:
    """Fill what walls enclose, unless it is open to the sky while the rest is roofed: that is a court."""
    if footprint is None or not any(part.interiors for part in shapely.get_parts(footprint)):
        return footprint
    outline = shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(footprint)])
    roof = measure_footprint(mesh, of_roof)
    if roof is None:
        return outline
    filled = shapely.union_all([footprint, shapely.intersection(outline, roof)], grid_size=0.001)
    parts = [_without_small_holes(part) for part in shapely.get_parts(filled) if part.area > 1.0]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _without_small_holes(polygon: shapely.Polygon) -> shapely.Polygon:
    holes = [ring for ring in polygon.interiors if shapely.Polygon(ring).area >= _MIN_HOLE_M2]
    return shapely.Polygon(polygon.exterior, holes)
