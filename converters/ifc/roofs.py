"""Roofs measured on their faces: form, slope, eave and ridge above ground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from converters.ifc.mesh import ModelMesh

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: IfcRoofTypeEnum to our forms (ISO 16739-1, 6.1.2.26).
ROOF_FORMS = {
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
#: Tiles, copings and gutters follow the roof; its boards and slabs say where it is.
_BODIES = ("IfcSlab", "IfcSlabStandardCase", "IfcSlabElementedCase", "IfcRoof")
_FACING_UP = 0.3
_PITCHED_FROM_DEG = 5.0
_PITCHED_SHARE = 0.3
_DIRECTION_DEG = 45.0
_DIRECTION_SHARE = 0.1
_RIDGE_M = 0.5
_MAX_PARAPET_M = 2.0


@dataclass(frozen=True, slots=True)
class RoofMeasures:
    """Form (a code of ``ROOF_FORMS``), slope of its pitched faces, and heights above ground in metres.

    Of a flat roof the eave is the edge of the roof, a parapet included, and there is no ridge.
    """

    form: str | None = None
    slope_deg: float | None = None
    eave_m: float | None = None
    ridge_m: float | None = None
    is_stated: bool = False


def measure_roof(
    mesh: ModelMesh, is_roof: Bools, elements: dict[str, list[Any]], ground_z: float, outer_walls: Bools
) -> RoofMeasures:
    """Measure the main roof among the elements ``is_roof`` (n,); a canopy or lean-to does not name the house.

    The stated form with the largest area counts, else the form its faces have. Slope is the angle that the larger
    part of the pitched area has; eave and ridge are the lowest and highest point of the upper faces. The edge of a flat
    roof is the top of its parapet, found among ``outer_walls`` (n,), else the roof itself.
    """
    forms = np.array(elements["roof"], dtype=object)
    stated = np.array([ROOF_FORMS.get(form or "") or "" for form in elements["roof"]])
    bodies = is_roof & np.isin(np.array(elements["kind"]), _BODIES)
    main = bodies if bodies.any() else is_roof
    normals, areas = mesh.normals_and_areas()
    up = np.flatnonzero(main[mesh.element] & (normals[:, 2] > _FACING_UP))
    if not len(up):
        return RoofMeasures()
    form_of_face = forms[mesh.element[up]]
    known = stated[mesh.element[up]] != ""
    form = None
    if known.any():
        names, index = np.unique(form_of_face[known].astype(str), return_inverse=True)
        largest = names[np.bincount(index, areas[up][known]).argmax()]
        form, up = ROOF_FORMS[largest], up[form_of_face == largest]
    normal, area = normals[up], areas[up]
    tilt_deg = np.degrees(np.arccos(np.clip(normal[:, 2], -1.0, 1.0)))
    z = mesh.positions[mesh.triangles[up]][:, :, 2]
    is_pitched = tilt_deg > _PITCHED_FROM_DEG
    found = form or _form_of(normal[is_pitched], area[is_pitched], float(area.sum()), z[is_pitched])
    if found == "flat" or not is_pitched.any():
        edge_z = _edge(mesh, float(z[np.argmax(area)].max()), outer_walls)
        slope = float(np.average(tilt_deg, weights=area)) if form != "flat" else 0.0
        return RoofMeasures(found, round(slope, 1), round(edge_z - ground_z, 3), None, form is not None)
    slope = _weighted_median(tilt_deg[is_pitched], area[is_pitched])
    low, high = float(z[is_pitched].min()), float(z[is_pitched].max())
    return RoofMeasures(found, round(slope, 1), round(low - ground_z, 3), round(high - ground_z, 3), form is not None)


def _edge(mesh: ModelMesh, roof_z: float, outer_walls: Bools) -> float:
    """Top of the parapet of a flat roof: outer walls that end at most two metres above it; higher ones are a house."""
    top = mesh.upper[:, 2]
    is_parapet = outer_walls & (mesh.lower[:, 2] < roof_z + 0.5) & (top > roof_z) & (top < roof_z + _MAX_PARAPET_M)
    return float(top[is_parapet].max()) if is_parapet.any() else roof_z


def _form_of(normal: Floats, area: Floats, whole_m2: float, z: Floats) -> str:
    """The form that pitched faces make by the directions they fall: none flat, one shed, two opposite gable, four hip.

    Four faces that meet in a point are a pyramid.
    """
    if area.sum() < _PITCHED_SHARE * whole_m2:
        return "flat"
    azimuth = np.degrees(np.arctan2(normal[:, 0], normal[:, 1])) % 360.0
    first = azimuth[np.argmax(area)]
    quarter = np.floor(((azimuth - first + _DIRECTION_DEG) % 360.0) / 90.0).astype(np.int64) % 4
    share = np.bincount(quarter, area, minlength=4) / area.sum()
    has = share > _DIRECTION_SHARE
    if has.sum() == 1:
        return "shed"
    if has.sum() == 2:
        return "gable" if has[2] else "other"
    if has.all():
        top = np.array([z[quarter == q].max() for q in range(4)])
        balanced = share.min() > 0.2 and np.ptp(top) < _RIDGE_M
        return "pyramid" if balanced and share.max() < 0.3 else "hip"
    return "other"


def _weighted_median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    cumulated = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(cumulated, cumulated[-1] / 2)])
