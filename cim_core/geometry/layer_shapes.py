"""Shapes of a layer that somebody drew made sound: rings closed, crossings repaired, what is no shape told of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from cim_core.geometry.polygons import Defect, Geometries, Mask, decode_wkb, prepare_polygons
from cim_core.issues import IssueLog, row_name

#: A repair that changes more of an area than this is flagged.
AREA_CHANGE_TO_FLAG = 0.01
#: An area narrower than this is a slip of drawing: two outlines meant to meet.
SLIVER_WIDTH_M = 0.1
_WORDS = {
    Defect.NO_GEOMETRY: ("no-geometry", "has no geometry"),
    Defect.EMPTY: ("empty-geometry", "has an empty geometry"),
    Defect.NOT_A_POLYGON: ("not-a-polygon", "is no polygon"),
    Defect.NOT_FINITE: ("not-finite", "has a coordinate that is no number"),
    Defect.DEGENERATE: ("degenerate", "has no area"),
    Defect.TOO_MANY_VERTICES: ("too-many-vertices", "has more than 100,000 vertices"),
    Defect.UNREADABLE: ("unreadable-geometry", "has a geometry that cannot be read"),
    Defect.CURVED: ("curved", "is made of arcs"),
}


def read_areas(wkb: Geometries, ids: Sequence[str], log: IssueLog) -> Geometries:
    """Valid polygons of a column of WKB, None for a row that has none; what was done is in the log.

    A row without a polygon is rejected, a closed ring or a repair a warning. Coordinates may be in any unit.
    """
    geometries, defect, is_closed = decode_wkb(wkb)
    found = prepare_polygons(geometries, defect, is_closed)
    for row in np.flatnonzero(~found.is_usable).tolist():
        code, message = _WORDS[Defect(int(found.defect[row]))]
        log.reject(code, message, feature_id=ids[row], where=row_name(row + 1), hint="look at the shape in the source")
    _warn(log, ids, found.is_closed, "ring-closed", "had an open ring, which has been closed")
    is_changed = found.is_repaired & (found.area_change > AREA_CHANGE_TO_FLAG)
    _warn(log, ids, found.is_repaired & ~is_changed, "repaired", "was invalid and has been repaired")
    for row in np.flatnonzero(is_changed).tolist():
        log.warn(
            "repaired-changed",
            f"was invalid; the repair changed its area by {found.area_change[row]:.0%}",
            feature_id=ids[row],
            where=row_name(row + 1),
            hint="look at the shape in the source",
        )
    return found.polygons


def read_lines(wkb: Geometries, ids: Sequence[str], log: IssueLog) -> Geometries:
    """Lines of a column of WKB, None (and rejected) for a row without one, or one of no length."""
    lines, defect = _decode(wkb)
    defect[(defect == Defect.NONE) & ~(shapely.length(lines) > 0)] = Defect.DEGENERATE
    for row in np.flatnonzero(defect != Defect.NONE).tolist():
        code, message = _WORDS[Defect(int(defect[row]))]
        message = "has no length" if code == "degenerate" else message
        log.reject(code, message, feature_id=ids[row], where=row_name(row + 1), hint="look at the line in the source")
    lines[defect != Defect.NONE] = None
    return lines


def read_any(wkb: Geometries, ids: Sequence[str], log: IssueLog) -> Geometries:
    """Shapes of any kind, polygons among them made valid; a row keeps no geometry, with a warning, if it is not usable.

    A row that has none stays as it is.
    """
    geometries, defect = _decode(wkb)
    is_area = shapely.get_dimensions(geometries) == 2
    rows = np.flatnonzero(is_area & (defect == Defect.NONE))
    areas = IssueLog()
    geometries[rows] = read_areas(wkb[rows], [ids[row] for row in rows.tolist()], areas)
    for issue in areas:
        log.warn(issue.code, issue.message, feature_id=issue.feature_id, hint=issue.hint)
    is_bad = (defect != Defect.NONE) & (defect != Defect.NO_GEOMETRY) & (defect != Defect.EMPTY)
    for row in np.flatnonzero(is_bad).tolist():
        code, message = _WORDS[Defect(int(defect[row]))]
        log.warn(code, f"{message}; kept without a place", feature_id=ids[row], where=row_name(row + 1))
    geometries[defect != Defect.NONE] = None
    return geometries


def make_areas_valid(areas: Geometries) -> Geometries:
    """The same areas, those that cross themselves rebuilt from their rings; None and lines stay."""
    is_bad = ~shapely.is_valid(areas) & ~shapely.is_missing(areas) & (shapely.get_dimensions(areas) == 2)
    if not is_bad.any():
        return areas
    sound = areas.copy()
    sound[is_bad] = shapely.make_valid(areas[is_bad], method="structure", keep_collapsed=False)
    return sound


def width_m(areas: Geometries) -> NDArray[np.float64]:
    """How wide a long thin area is, metres: twice its area over its outline; a square of 1 m has 0.5."""
    length = shapely.length(areas)
    width: NDArray[np.float64] = np.zeros(len(areas))
    np.divide(2 * shapely.area(areas), length, out=width, where=length > 0)
    return width


def _decode(wkb: Geometries) -> tuple[Geometries, NDArray[np.uint8]]:
    geometries, defect, _ = decode_wkb(wkb)
    geometries = geometries.copy()
    defect[shapely.is_empty(geometries) & (defect == Defect.NONE)] = Defect.EMPTY
    coordinates, row = shapely.get_coordinates(geometries, return_index=True)
    is_bad = np.zeros(len(geometries), bool)
    is_bad[row[~np.isfinite(coordinates).all(axis=1)]] = True
    defect[is_bad & (defect == Defect.NONE)] = Defect.NOT_FINITE
    return geometries, defect


def _warn(log: IssueLog, ids: Sequence[str], rows: Mask, code: str, message: str) -> None:
    for row in np.flatnonzero(rows).tolist():
        log.warn(code, message, feature_id=ids[row], where=row_name(row + 1))
