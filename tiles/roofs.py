"""Which footprints take a pitched roof, and the shape of that roof over four corners.

A pitched roof needs a footprint of four corners: its own, or those of the smallest rectangle around it when the
footprint fills at least 95 % of that. Everything else stays flat.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FLAT, GABLE, HIP, PYRAMID = 0, 1, 2, 3
PITCHED_FORMS = {"gable": GABLE, "hip": HIP, "pyramid": PYRAMID}
MIN_FILL = 0.95
MIN_QUAD_FILL = 0.85
CORNER_TOLERANCE_M = 0.05
DEFAULT_RISE_PER_WIDTH = 0.25


def shape_for_roofs(
    geometry: NDArray[np.object_], forms: NDArray[np.object_] | None, planar_scale: Floats
) -> tuple[NDArray[np.object_], NDArray[np.uint8], Floats]:
    """Geometries with four corners where a pitched roof is built, roof code per row, default rise in metres.

    ``planar_scale``: (n, 2) metres per coordinate unit east and north.
    """
    roof = np.zeros(len(geometry), np.uint8)
    rise_m = np.zeros(len(geometry))
    if forms is None:
        return geometry, roof, rise_m
    for form, code in PITCHED_FORMS.items():
        roof[forms == form] = code
    single = (shapely.get_num_geometries(geometry) == 1) & (
        shapely.get_num_interior_rings(shapely.get_geometry(geometry, 0)) == 0
    )
    rows = np.flatnonzero((roof != FLAT) & single)
    roof[~single] = FLAT
    if not len(rows):
        return geometry, roof, rise_m
    metric = _scaled(shapely.get_geometry(geometry[rows], 0), planar_scale[rows])
    simple = shapely.simplify(metric, CORNER_TOLERANCE_M)
    rectangle = shapely.oriented_envelope(metric)
    is_rectangle = shapely.get_type_id(rectangle) == 3
    fill = shapely.area(metric) / np.where(is_rectangle, shapely.area(rectangle), np.inf)
    has_corners = (
        (shapely.get_num_coordinates(simple) == 5)
        & (shapely.area(simple) > 0.999 * shapely.area(shapely.convex_hull(simple)))
        & (fill >= MIN_QUAD_FILL)
    )
    pitched = has_corners | (fill >= MIN_FILL)
    shape = np.where(has_corners, simple, rectangle)[pitched]
    shape = shapely.orient_polygons(shape)
    corners = shapely.get_coordinates(shape).reshape(-1, 5, 2)
    sides = np.linalg.norm(np.diff(corners, axis=1), axis=2)
    rise_m[rows[pitched]] = DEFAULT_RISE_PER_WIDTH * (sides[:, :2] + sides[:, 2:]).min(axis=1) / 2
    out = geometry.copy()
    out[rows[pitched]] = _scaled(shape, 1 / planar_scale[rows[pitched]])
    roof[rows[~pitched]] = FLAT
    return out, roof, rise_m


def _scaled(geometry: NDArray[np.object_], factor: Floats) -> NDArray[np.object_]:
    """Every geometry with its coordinates times its own factor (n, 2)."""
    each = np.repeat(factor, shapely.get_num_coordinates(geometry), axis=0)
    return np.asarray(shapely.transform(geometry, lambda xy: xy * each), object)


def build_pitched(eave: Floats, up_m: Floats, roof: NDArray[np.uint8]) -> tuple[Floats, NDArray[np.int64]]:
    """Roof faces over four eave corners.

    ``eave``: (n, 4, 3) counter-clockwise from above, metres. ``up_m``: (n, 3) from eave to ridge level.
    Returns the 14 face vertices per roof, (n, 14, 3), in the order of ``FACE_TRIANGLES``, and which ends are
    vertical gables is told by ``roof``. The ridge runs along the longer side; a hip is set in by half the width.
    """
    first = np.linalg.norm(eave[:, 1] - eave[:, 0], axis=1) + np.linalg.norm(eave[:, 3] - eave[:, 2], axis=1)
    second = np.linalg.norm(eave[:, 2] - eave[:, 1], axis=1) + np.linalg.norm(eave[:, 0] - eave[:, 3], axis=1)
    turn = (second > first).astype(np.int64)
    order = (np.arange(4) + turn[:, None]) % 4
    t0, t1, t2, t3 = np.moveaxis(np.take_along_axis(eave, order[:, :, None], axis=1), 1, 0)
    start, end = (t3 + t0) / 2, (t1 + t2) / 2
    axis = end - start
    length = np.linalg.norm(axis, axis=1)
    width = np.minimum(first, second) / 2
    inset = np.select([roof == GABLE, roof == HIP], [0.0 * length, np.minimum(width, length) / 2], length / 2)
    step = axis * (inset / length)[:, None]
    r0, r1 = start + step + up_m, end - step + up_m
    return np.stack([t0, t1, r1, r0, t2, t3, r0, r1, t1, t2, r1, t3, t0, r0], axis=1), order


#: Triangles of one pitched roof into its 14 vertices: two slopes of two, two ends of one.
FACE_TRIANGLES = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7], [8, 9, 10], [11, 12, 13]], np.int64)
#: First vertex and second and third corner of the face each vertex belongs to, for flat normals.
FACE_OF_VERTEX = np.array([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3], np.int64)
FACE_CORNERS = np.array([[0, 1, 3], [4, 5, 7], [8, 9, 10], [11, 12, 13]], np.int64)
#: Which of the 14 vertices lie on the ridge.
IS_RIDGE = np.array([0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 1], bool)
#: Edges to draw: around both slopes, and the sides of the ends.
FACE_EDGES = np.array(
    [[0, 1], [1, 2], [2, 3], [0, 3], [4, 5], [5, 6], [6, 7], [4, 7], [9, 10], [8, 10], [12, 13], [11, 13]], np.int64
)
