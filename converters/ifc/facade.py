"""Facades measured on the elements of a building: area, windows, open ground floor, colors and materials by side.

Faces count where they can be seen from outside (``visibility``), not by what the file says of them alone. Windows and
doors count by the rectangle of their body in the plane of the facade, panels of a curtain wall by their faces;
mullions and fins do not add to the area. The window-to-wall ratio is window area over facade area with its openings
(GB 50189-2015, 2.0.4, as window-to-wall ratio of one facade); transparency is the same over the lowest three metres,
with the clear part of doors.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cim_core.features.schema import FACADE_SIDES
from converters.ifc.joints import Looks
from converters.ifc.mesh import ModelMesh
from converters.ifc.visibility import OpenSpace, main_direction, sample_triangles

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

GROUND_BAND_M = 3.0
_UPRIGHT = 0.3
#: A face seen for the most part counts whole (eaves and canopies hide some of it), one hardly seen not at all.
_SEEN_WHOLE, _SEEN_NOT = 0.6, 0.1
_MIN_OPENING_SEEN = 0.05
#: A face of which another wall covers more than this is hidden by it.
_HIDDEN = 0.97
#: From this alpha on (of 255) a surface is not clear.
_CLEAR_BELOW = 230
#: In areas by color: no color is stated.
NO_COLOR = -1
WALLS = ("IfcWall", "IfcWallStandardCase", "IfcWallElementedCase")
_OPENINGS = ("IfcWindow", "IfcWindowStandardCase", "IfcDoor", "IfcDoorStandardCase")
_PANELS = ("IfcPlate", "IfcPlateStandardCase", "IfcCurtainWall")
_FACADE = (*WALLS, *_OPENINGS, *_PANELS)
#: What closes a building off, with cladding. Beams, columns and trim before a wall do not hide it.
_SHELL = (*_FACADE, "IfcSlab", "IfcSlabStandardCase", "IfcSlabElementedCase", "IfcRoof")
_SIDES = tuple(side for side, _, _ in FACADE_SIDES)


@dataclass(frozen=True, slots=True)
class FacadeMeasures:
    """Columns of the building, and the detail behind them: by side, by color and by material, areas in m².

    ``element_areas`` (n,) is what shows of each element, cladding before a wall and not the wall behind it;
    ``is_outside`` (n,) tells which belong to a facade, clad or not.
    """

    attributes: dict[str, float | None] = field(default_factory=dict)
    sides: dict[str, dict[str, float]] = field(default_factory=dict)
    color_areas: dict[int, float] = field(default_factory=dict)
    element_areas: Floats = field(default_factory=lambda: np.zeros(0))
    is_outside: Bools = field(default_factory=lambda: np.zeros(0, bool))


@dataclass(frozen=True, slots=True)
class _Faces:
    """Upright faces of what can be a facade, and of cladding: one row a triangle.

    ``seen`` is the share seen from outside, ``clad`` the share with cladding before it.
    """

    triangle: NDArray[np.int64]
    element: NDArray[np.int64]
    normal: Floats
    area_m2: Floats
    band_m2: Floats
    seen: Floats
    clad: Floats
    is_clear: Bools


def measure_facades(
    mesh: ModelMesh, members: Bools, elements: dict[str, list[Any]], ground_z: float, bearing_of_y_rad: float
) -> FacadeMeasures:
    """Measure the facades of the building whose elements are ``members`` (n,).

    ``bearing_of_y_rad`` is the true bearing of the frame's y axis. Areas count from the ground up. A building without
    walls, panels or openings has no measures.
    """
    kinds = np.array(elements["kind"])
    is_shell = members & np.isin(kinds, _SHELL)
    is_inside = np.array([value is False for value in elements["external"]], bool)
    can_be = is_shell & ~is_inside & np.isin(kinds, _FACADE)
    is_cladding = (kinds == "IfcCovering") & np.array([p == "CLADDING" for p in elements["predefined"]], bool)
    faces = _upright_faces(mesh, is_shell, can_be, members & is_cladding & ~is_inside, kinds, ground_z)
    if faces is None:
        return FacadeMeasures(element_areas=np.zeros(len(kinds)), is_outside=np.zeros(len(kinds), bool))
    side_of_face = _sides_of(faces.normal, bearing_of_y_rad)
    is_opening = np.isin(kinds, _OPENINGS)
    of_opening = is_opening[faces.element]
    of_cladding = is_cladding[faces.element]
    counted = ~of_opening & ~of_cladding
    seen_m2, seen_band = faces.area_m2 * faces.seen, faces.band_m2 * faces.seen
    sides = {name: np.zeros(4) for name in ("facade", "window", "band", "clear_band")}
    glass = counted & faces.is_clear
    for name, rows, values in (
        ("facade", counted, seen_m2), ("window", glass, seen_m2), ("band", counted, seen_band),
        ("clear_band", glass, seen_band),
    ):  # fmt: skip
        sides[name] += np.bincount(side_of_face[rows], values[rows], minlength=4)
    _add_openings(sides, mesh, faces, kinds, of_opening, ground_z, bearing_of_y_rad)
    shown_m2 = seen_m2 * (1.0 - faces.clad)
    opaque = ~faces.is_clear & (shown_m2 > 0)
    return FacadeMeasures(
        _attributes(sides),
        {side: {f"{k}_m2": round(float(v[i]), 3) for k, v in sides.items()} for i, side in enumerate(_SIDES)},
        _areas_by_color(mesh.colors[faces.triangle[opaque]], shown_m2[opaque]),
        np.bincount(faces.element, shown_m2, minlength=len(kinds)).astype(np.float64),
        np.bincount(faces.element, seen_m2, minlength=len(kinds)) > 0,
    )


def _upright_faces(
    mesh: ModelMesh, is_shell: Bools, can_be: Bools, is_cladding: Bools, kinds: NDArray[Any], ground_z: float
) -> _Faces | None:
    normals, areas = mesh.normals_and_areas()
    solid = is_shell[mesh.element] & (areas > 0)
    can_show = (can_be | is_cladding)[mesh.element]
    chosen = np.flatnonzero(can_show & (np.abs(normals[:, 2]) < _UPRIGHT) & (areas > 1e-6))
    if not len(chosen):
        return None
    corners = mesh.positions[mesh.triangles]
    level = normals[chosen] * [1.0, 1.0, 0.0]
    level /= np.linalg.norm(level, axis=1)[:, None]
    space = OpenSpace(corners[solid], areas[solid], main_direction(level, areas[chosen]), ground_z)
    samples = sample_triangles(corners[chosen], areas[chosen], 1.5 * space.pitch_m)
    is_seen = space.sees_out(samples.points, level[samples.triangle])
    upright = (np.abs(normals[:, 2]) < _UPRIGHT) & (areas > 0)
    element = mesh.element[chosen].astype(np.int64)
    facet = _facets(element, level, corners[chosen])
    seen_m2 = np.bincount(facet[samples.triangle], samples.area_m2 * is_seen)
    # A floor that ends in a wall belongs to the facade; a wall that ends in a wall does not.
    walls = (is_shell & np.isin(kinds, WALLS))[mesh.element]
    whole_m2 = np.bincount(facet, areas[chosen])
    tried = (seen_m2 > _SEEN_NOT * whole_m2)[facet[samples.triangle]]
    of = samples.triangle[tried]
    looks = Looks(samples.points[tried], level[of], element[of], space.reach_m)
    clad, hidden = (
        np.bincount(
            facet[of],
            samples.area_m2[tried] * looks.are_hidden_by(corners[rows], normals[rows], mesh.element[rows]),
            minlength=len(whole_m2),
        )
        / whole_m2
        for rows in (np.flatnonzero(blocks & upright) for blocks in (is_cladding[mesh.element], walls))
    )
    uncovered = np.where(hidden > _HIDDEN, 0.0, 1.0 - hidden)
    share = seen_m2 / np.maximum(whole_m2 * uncovered, 1e-9)
    share = np.where(share >= _SEEN_WHOLE, 1.0, np.where(share <= _SEEN_NOT, 0.0, share)) * uncovered
    heights = np.sort(corners[chosen][:, :, 2], axis=1)
    below = [area_below(heights, areas[chosen], z) for z in (ground_z, ground_z + GROUND_BAND_M)]
    colors = mesh.colors[chosen]
    is_panel = np.isin(kinds[element], _PANELS)
    is_clear = np.where(colors[:, 3] == 0, is_panel, colors[:, 3] < _CLEAR_BELOW)
    area_m2, band_m2 = areas[chosen] - below[0], below[1] - below[0]
    return _Faces(chosen, element, level, area_m2, band_m2, share[facet], clad[facet], is_clear)


def _facets(element: NDArray[np.int64], normal: Floats, corners: Floats) -> NDArray[np.int64]:
    """A number for the triangles of one element that lie in one plane: what is seen of a face is seen of it whole."""
    azimuth = np.round(np.degrees(np.arctan2(normal[:, 1], normal[:, 0])) / 3.0).astype(np.int64) % 120
    origin = corners[:, :, :2].reshape(-1, 2).min(axis=0)
    offset = np.einsum("ij,ij->i", corners[:, 0, :2] - origin, normal[:, :2])
    plane = np.round(offset / 0.05).astype(np.int64) & 0xFFFFF
    keys = (element << 28) | (azimuth << 20) | plane
    return np.unique(keys, return_inverse=True)[1]


def area_below(heights: Floats, area_m2: Floats, z: float) -> Floats:
    """Area of the part of triangles below a level; ``heights`` (t, 3) are the corners' z from low to high."""
    low, middle, high = heights.T
    with np.errstate(divide="ignore", invalid="ignore"):
        foot = (z - low) ** 2 / ((middle - low) * (high - low))
        head = 1.0 - (high - z) ** 2 / ((high - middle) * (high - low))
    share = np.where(z <= low, 0.0, np.where(z >= high, 1.0, np.where(z <= middle, foot, head)))
    return np.asarray(area_m2 * np.clip(np.nan_to_num(share), 0.0, 1.0))


def _sides_of(normals: Floats, bearing_of_y_rad: float) -> NDArray[np.int64]:
    """0 north, 1 east, 2 south, 3 west: the quarter of the compass that normals point to."""
    azimuth = np.degrees(np.arctan2(normals[:, 0], normals[:, 1]) + bearing_of_y_rad)
    return np.floor(((azimuth + 45.0) % 360.0) / 90.0).astype(np.int64) % 4


def _add_openings(
    sides: dict[str, Floats],
    mesh: ModelMesh,
    faces: _Faces,
    kinds: NDArray[Any],
    of_opening: Bools,
    ground_z: float,
    bearing_of_y_rad: float,
) -> None:
    """Add windows and doors seen from outside: their rectangle, on the side their largest seen face looks to."""
    rows = np.flatnonzero(of_opening)
    count = len(kinds)
    all_m2 = np.bincount(faces.element[rows], faces.area_m2[rows], minlength=count)
    seen_m2 = np.bincount(faces.element[rows], (faces.area_m2 * faces.seen)[rows], minlength=count)
    outside = np.flatnonzero((seen_m2 > _MIN_OPENING_SEEN * all_m2) & (all_m2 > 0))
    if not len(outside):
        return
    order = rows[np.argsort((faces.area_m2 * faces.seen)[rows], kind="stable")]
    largest = np.zeros(count, np.int64)
    largest[faces.element[order]] = order
    normal = faces.normal[largest]
    width_m, low, high = _rectangles(mesh, outside, normal)
    area = width_m * np.maximum(high - np.maximum(low, ground_z), 0.0)
    top = ground_z + GROUND_BAND_M
    band = width_m * np.maximum(np.minimum(high, top) - np.maximum(low, ground_z), 0.0)
    side = _sides_of(normal[outside], bearing_of_y_rad)
    is_window = np.char.startswith(kinds[outside].astype(str), "IfcWindow")
    # Of a door only its clear panes, one face of each: what looks outwards as the door does.
    ahead = np.einsum("ij,ij->i", faces.normal, normal[faces.element]) > 0.7
    panes = np.flatnonzero(of_opening & faces.is_clear & ahead)
    pane_m2 = np.bincount(faces.element[panes], faces.area_m2[panes], minlength=count)[outside]
    pane_band = np.bincount(faces.element[panes], faces.band_m2[panes], minlength=count)[outside]
    for name, values in (
        ("facade", area), ("window", np.where(is_window, area, np.minimum(pane_m2, area))), ("band", band),
        ("clear_band", np.where(is_window, band, np.minimum(pane_band, band))),
    ):  # fmt: skip
        sides[name] += np.bincount(side, values, minlength=4)


def _rectangles(mesh: ModelMesh, chosen: NDArray[np.int64], normal: Floats) -> tuple[Floats, Floats, Floats]:
    """Width along the facade, lowest and highest z of each chosen element's body."""
    is_chosen = np.zeros(len(normal), bool)
    is_chosen[chosen] = True
    rows = np.flatnonzero(is_chosen[mesh.element])
    element = np.repeat(mesh.element[rows].astype(np.int64), 3)
    points = mesh.positions[mesh.triangles[rows].reshape(-1)]
    along = points[:, 1] * normal[element, 0] - points[:, 0] * normal[element, 1]
    starts = np.flatnonzero(np.diff(element, prepend=-1))
    width_m = np.maximum.reduceat(along, starts) - np.minimum.reduceat(along, starts)
    return width_m, mesh.lower[chosen, 2], mesh.upper[chosen, 2]


def _attributes(sides: dict[str, Floats]) -> dict[str, float | None]:
    attributes: dict[str, float | None] = {}
    whole = {name: float(values.sum()) for name, values in sides.items()}
    attributes["window_wall_ratio"] = _ratio(whole["window"], whole["facade"])
    front = int(np.argmax(sides["clear_band"]))  # the side with most clear glass at the foot
    attributes["ground_floor_transparency"] = _ratio(float(sides["clear_band"][front]), float(sides["band"][front]))
    for index, side in enumerate(_SIDES):
        one = {name: float(values[index]) for name, values in sides.items()}
        attributes[f"facade_area_{side}_m2"] = round(one["facade"], 2)
        attributes[f"window_wall_ratio_{side}"] = _ratio(one["window"], one["facade"])
        attributes[f"ground_floor_transparency_{side}"] = _ratio(one["clear_band"], one["band"])
    return attributes


def _ratio(part: float, whole: float) -> float | None:
    return round(min(part / whole, 1.0), 4) if whole > 1.0 else None


def _areas_by_color(colors: NDArray[np.uint8], areas: Floats) -> dict[int, float]:
    """Seen area in m² by 0xRRGGBB; what has no stated color is under ``NO_COLOR``."""
    stated = colors[:, 3] > 0
    packed = colors[stated, :3].astype(np.int64) @ np.array([65536, 256, 1])
    values, inverse = np.unique(packed, return_inverse=True)
    found = dict(zip(values.tolist(), np.bincount(inverse, areas[stated], minlength=len(values)).tolist(), strict=True))
    unstated = float(areas[~stated].sum())
    return {**found, NO_COLOR: unstated} if unstated > 0 else found
