"""Makes clean polygons of whatever a column of geometries holds, and says for every row what was wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import shapely
from numpy.typing import NDArray

Geometries = NDArray[np.object_]
Mask = NDArray[np.bool_]

#: A footprint with more vertices is refused: it is a coastline or an error, and one such shape would hold up a tile.
MAX_VERTICES = 100_000
#: Area over squared outline length under which a polygon is a line (a square has 1/16, a 1 km × 1 mm sliver 2.5e-7).
DEGENERATE_RATIO = 1e-10
_NAN_BYTES = (
    b"\x00\x00\x00\x00\x00\x00\xf8\x7f",
    b"\x00\x00\x00\x00\x00\x00\xf8\xff",
    b"\x7f\xf8\x00\x00\x00\x00\x00\x00",
)

_POLYGON, _MULTIPOLYGON, _COLLECTION = 3, 6, 7


class Defect(IntEnum):
    """Why a row has no usable polygon."""

    NONE = 0
    NO_GEOMETRY = 1
    EMPTY = 2
    NOT_A_POLYGON = 3
    NOT_FINITE = 4
    DEGENERATE = 5
    TOO_MANY_VERTICES = 6
    UNREADABLE = 7
    CURVED = 8


@dataclass(frozen=True, slots=True)
class PreparedPolygons:
    """Row by row: a valid 2D Polygon or MultiPolygon with counter-clockwise shells, or the defect.

    ``polygons``: (n,) Polygon or MultiPolygon, None where ``defect`` is not NONE.
    ``defect``: (n,) uint8 of ``Defect``.
    ``is_closed``: rings were open and have been closed.
    ``is_repaired``: the shape was invalid (self-crossing, hole outside …) and has been rebuilt.
    ``area_change``: |area after − area before| / area after for repaired rows, else 0.
    ``is_partial``: a collection's points and lines were left out, its polygons kept.
    ``has_z``: there were heights in the coordinates, which are left out.
    """

    polygons: Geometries
    defect: NDArray[np.uint8]
    is_closed: Mask
    is_repaired: Mask
    area_change: NDArray[np.float64]
    is_partial: Mask
    has_z: Mask

    @property
    def is_usable(self) -> Mask:
        """Rows that have a polygon."""
        return np.asarray(self.defect == Defect.NONE, dtype=bool)


def decode_wkb(wkb: Geometries) -> tuple[Geometries, NDArray[np.uint8], Mask]:
    """Geometries of a column of WKB (bytes or None), defects (n,) and which rows had open rings that were closed."""
    defect = np.zeros(len(wkb), dtype=np.uint8)
    is_closed = np.zeros(len(wkb), dtype=bool)
    with np.errstate(invalid="ignore"):
        try:
            geometries = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
        except NotImplementedError:
            is_curved = np.array([data is not None and _is_curved(data) for data in wkb])
            defect[is_curved] = Defect.CURVED
            straight = wkb.copy()
            straight[is_curved] = None
            geometries = np.asarray(shapely.from_wkb(straight, on_invalid="ignore"), dtype=object)
        for row in np.flatnonzero(shapely.is_missing(geometries) & (defect == Defect.NONE)):
            data = wkb[row]
            if data is None:
                defect[row] = Defect.NO_GEOMETRY
                continue
            geometries[row] = shapely.from_wkb(data, on_invalid="fix")
            is_closed[row] = geometries[row] is not None
            if not is_closed[row]:
                has_nan = any(pattern in data for pattern in _NAN_BYTES)
                defect[row] = Defect.NOT_FINITE if has_nan else Defect.UNREADABLE
    return geometries, defect, is_closed


def prepare_polygons(
    geometries: Geometries, defect: NDArray[np.uint8] | None = None, is_closed: Mask | None = None
) -> PreparedPolygons:
    """Repair, classify and orient a column of geometries; ``defect`` and ``is_closed`` come from ``decode_wkb``.

    Z is dropped, shells run counter-clockwise, multi-part shapes stay one row. Coordinates may be in any unit.
    """
    n = len(geometries)
    defect = np.zeros(n, dtype=np.uint8) if defect is None else defect.copy()
    geometries = geometries.copy()
    area_change = np.zeros(n)

    def mark(mask: Mask, reason: Defect) -> None:
        defect[mask & (defect == Defect.NONE)] = reason

    # 1. What is there at all
    kind = shapely.get_type_id(geometries)
    mark(kind < 0, Defect.NO_GEOMETRY)
    mark(shapely.is_empty(geometries), Defect.EMPTY)
    is_partial = (kind == _COLLECTION) & (defect == Defect.NONE)
    if is_partial.any():
        geometries[is_partial] = _polygon_parts(geometries[is_partial])
    is_partial &= ~shapely.is_missing(geometries)
    mark(~((kind == _POLYGON) | (kind == _MULTIPOLYGON) | is_partial), Defect.NOT_A_POLYGON)
    geometries[defect != Defect.NONE] = None
    has_z = np.asarray(shapely.has_z(geometries), dtype=bool)
    if has_z.any():
        geometries = shapely.force_2d(geometries)

    # 2. Numbers that are none, shapes that are too large
    coordinates, row = shapely.get_coordinates(geometries, return_index=True)
    is_bad = np.zeros(n, dtype=bool)
    is_bad[row[~np.isfinite(coordinates).all(axis=1)]] = True
    mark(is_bad, Defect.NOT_FINITE)
    mark(np.bincount(row, minlength=n) > MAX_VERTICES, Defect.TOO_MANY_VERTICES)
    geometries[defect != Defect.NONE] = None

    # 3. Invalid shapes, rebuilt from their rings
    is_repaired = ~shapely.is_valid(geometries) & (defect == Defect.NONE)
    if is_repaired.any():
        before = geometries[is_repaired]
        after = _rebuild(before)
        geometries[is_repaired] = after
        after_area = np.nan_to_num(shapely.area(after))
        change = np.abs(after_area - shapely.area(before))
        area_change[is_repaired] = np.divide(change, after_area, out=np.ones_like(change), where=after_area > 0)

    # 4. Lines in the guise of polygons
    with np.errstate(over="ignore", invalid="ignore"):
        area, length = shapely.area(geometries), shapely.length(geometries)
        mark(~(area > DEGENERATE_RATIO * length**2), Defect.DEGENERATE)
    is_usable = defect == Defect.NONE
    geometries[~is_usable] = None
    return PreparedPolygons(
        polygons=np.asarray(shapely.orient_polygons(geometries), dtype=object),
        defect=defect,
        is_closed=(np.zeros(n, dtype=bool) if is_closed is None else is_closed) & is_usable,
        is_repaired=is_repaired & is_usable,
        area_change=np.where(is_usable, area_change, 0.0),
        is_partial=is_partial & is_usable,
        has_z=has_z & is_usable,
    )


def _rebuild(geometries: Geometries) -> Geometries:
    """Valid polygons from the rings of invalid ones; None where nothing with an area is left."""
    rebuilt = _polygon_parts(shapely.make_valid(geometries, method="structure", keep_collapsed=False))
    # GEOS 3.14 may return two polygons that share an edge for a ring that touches itself; a union joins them.
    is_invalid = ~shapely.is_valid(rebuilt) & ~shapely.is_missing(rebuilt)
    if is_invalid.any():
        rebuilt[is_invalid] = _polygon_parts(shapely.union_all(rebuilt[is_invalid, None], axis=1))
    return rebuilt


def _is_curved(wkb: bytes) -> bool:
    """Whether the WKB type is one of the arc types 8 to 14 of ISO 13249-3 (flags for Z, M and SRID put aside)."""
    type_id = int.from_bytes(wkb[1:5], "little" if wkb[0] else "big") & 0x0FFFFFFF
    return 8 <= type_id % 1000 <= 14


def _polygon_parts(geometries: Geometries) -> Geometries:
    """The polygons in each (possibly nested) collection as one Polygon or MultiPolygon; None where there is none."""
    parts, row = shapely.get_parts(geometries, return_index=True)
    while (shapely.get_type_id(parts) > _POLYGON).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        row = row[inner]
    keep = (shapely.get_type_id(parts) == _POLYGON) & ~shapely.is_empty(parts)
    parts, row = parts[keep], row[keep]
    result = np.full(len(geometries), None, dtype=object)
    count = np.bincount(row, minlength=len(geometries))
    is_single = count[row] == 1
    result[row[is_single]] = parts[is_single]
    if not is_single.all():
        rows = np.unique(row[~is_single])
        result[rows] = shapely.multipolygons(parts[~is_single], indices=np.searchsorted(rows, row[~is_single]))
    return result
