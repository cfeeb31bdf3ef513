"""Finds by how much one layer lies beside another that shows the same place, and whether web maps explain it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import NDArray

from cim_core.crs.shifted import bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02

Floats = NDArray[np.float64]

#: The widest shift looked for; BD-09 is at most about 1.6 km off.
SEARCH_M = 2_500.0
_MAX_CELLS = 1_024
_FINEST_CELL_M, _COARSEST_CELL_M = 4.0, 100.0
#: Outlines are blurred by this many cells, so that two hands drawing one wall still meet; what is wider than the second
#: number is taken out, so that walls are compared and not where a town is dense.
_BLUR_CELLS, _BACKGROUND_CELLS = 1.5, 6.0
#: How much of the two pictures must agree at the best shift, and how much more than as delivered.
_MIN_AGREEMENT, _MIN_GAIN = 0.2, 1.5
_METRES_PER_DEGREE = 111_195.0
_MAX_VERTICES = 2_000_000


class ShiftCause(StrEnum):
    """What explains a shift."""

    NONE = "none"
    GCJ_02 = "GCJ-02"
    BD_09 = "BD-09"
    REFERENCE_GCJ_02 = "reference in GCJ-02"
    REFERENCE_BD_09 = "reference in BD-09"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class BestShift:
    """How data fit a reference, as delivered and after the best shift.

    ``east_m``, ``north_m``: what must be added to the data. ``agreement_before``, ``agreement_after``: correlation of
    the two pictures of outlines, 0 to 1. ``resolution_m``: how fine the search was. ``cause`` names a web map's
    system if its offset at this place is the shift found.
    """

    east_m: float
    north_m: float
    agreement_before: float
    agreement_after: float
    resolution_m: float
    cause: ShiftCause

    @property
    def distance_m(self) -> float:
        """Length of the shift."""
        return math.hypot(self.east_m, self.north_m)

    @property
    def is_decisive(self) -> bool:
        """Whether the shifted data fit, and decisively better than as delivered."""
        return (
            self.cause is not ShiftCause.NONE
            and self.agreement_after >= _MIN_AGREEMENT
            and self.agreement_after >= _MIN_GAIN * self.agreement_before
        )

    def describe(self) -> str:
        """One sentence with the numbers."""
        return (
            f"the outlines fit the reference best after a shift of {self.east_m:+.0f} m east, {self.north_m:+.0f} m "
            f"north (agreement {self.agreement_before:.2f} → {self.agreement_after:.2f}, searched in steps of "
            f"{self.resolution_m:.0f} m)"
        )


def find_best_shift(data: NDArray[np.object_], reference: NDArray[np.object_]) -> BestShift | None:
    """The shift of ``data`` that fits ``reference`` best, within 2.5 km.

    Both are arrays of geometries in longitude and latitude (degrees, WGS 84). Their outlines are drawn on one grid of
    cells and compared at all shifts at once (cross-correlation by FFT). None where there is nothing to compare: one
    side is empty, or they lie farther apart than any web map shifts.
    """
    data_points, reference_points = shapely.get_coordinates(data), shapely.get_coordinates(reference)
    if len(data_points) == 0 or len(reference_points) == 0:
        return None
    middle_deg = (data_points.min(axis=0) + data_points.max(axis=0)) / 2
    to_metres = np.array([math.cos(math.radians(middle_deg[1])), 1.0]) * _METRES_PER_DEGREE
    window = _common_window(data_points, reference_points, SEARCH_M / to_metres)
    if window is None:
        return None
    low, high = (window - middle_deg) * to_metres
    cell_m = float(np.clip((high - low).max() / _MAX_CELLS, _FINEST_CELL_M, _COARSEST_CELL_M))
    shape = np.ceil((high - low) / cell_m).astype(np.int64) + 1
    pictures = [
        _draw(np.asarray(side, dtype=object), middle_deg, to_metres, low, cell_m, shape) for side in (data, reference)
    ]
    if any(not picture.any() for picture in pictures):
        return None
    shift_cells, before, after = _correlate(*pictures, reach=int(SEARCH_M / cell_m))
    east_m, north_m = shift_cells * cell_m
    cause = _explain(middle_deg, to_metres, np.array([east_m, north_m]), cell_m)
    return BestShift(float(east_m), float(north_m), before, after, cell_m, cause)


def _common_window(data: Floats, reference: Floats, margin_deg: Floats) -> Floats | None:
    """Corners (2, 2) of the box in which both can lie, with room to shift; None where they cannot meet."""
    low = np.maximum(data.min(axis=0), reference.min(axis=0) - margin_deg) - margin_deg
    high = np.minimum(data.max(axis=0), reference.max(axis=0) + margin_deg) + margin_deg
    return np.stack([low, high]) if (high - low > 2 * margin_deg - 1e-12).all() else None


def _draw(
    geometries: NDArray[np.object_],
    middle_deg: Floats,
    to_metres: Floats,
    low_m: Floats,
    cell_m: float,
    shape: NDArray[np.int64],
) -> Floats:
    """Outlines as a picture (columns, rows): one where a line runs, else zero."""
    flat = shapely.transform(shapely.force_2d(geometries), lambda lonlat: (lonlat - middle_deg) * to_metres)
    length_m = float(np.nansum(shapely.length(flat)))
    step_m = max(cell_m, length_m / _MAX_VERTICES)
    points = shapely.get_coordinates(shapely.segmentize(flat, step_m))
    index = np.floor((points - low_m) / cell_m).astype(np.int64)
    index = index[((index >= 0) & (index < shape)).all(axis=1)]
    picture = np.zeros(tuple(shape))
    picture[index[:, 0], index[:, 1]] = 1.0
    return picture


def _correlate(data: Floats, reference: Floats, *, reach: int) -> tuple[Floats, float, float]:
    """Best shift in cells (finer than one), and the correlation of the two pictures without it and with it."""
    size = [1 << int(np.ceil(np.log2(n + reach))) for n in data.shape]
    frequency = [np.fft.fftfreq(size[0])[:, None], np.fft.rfftfreq(size[1])[None, :]]
    square = -2 * np.pi**2 * (frequency[0] ** 2 + frequency[1] ** 2)
    band = np.exp(square * _BLUR_CELLS**2) - np.exp(square * _BACKGROUND_CELLS**2)
    spectra = [np.fft.rfft2(picture, s=size) * band for picture in (data, reference)]
    power = [float((np.fft.irfft2(spectrum, s=size) ** 2).sum()) for spectrum in spectra]
    product = np.fft.irfft2(np.conj(spectra[0]) * spectra[1], s=size) / math.sqrt(power[0] * power[1])
    offsets = np.arange(-reach, reach + 1)
    near = product[np.ix_(offsets % size[0], offsets % size[1])]
    peak = np.array(np.unravel_index(int(near.argmax()), near.shape))
    shift = (peak - reach).astype(np.float64)
    for axis in (0, 1):
        shift[axis] += _vertex_of_parabola(near, peak, axis)
    return shift, float(near[reach, reach]), float(near[tuple(peak)])


def _vertex_of_parabola(values: Floats, peak: NDArray[np.int64], axis: int) -> float:
    """Where between the cells the peak really lies (−0.5 to 0.5)."""
    if not 0 < peak[axis] < values.shape[axis] - 1:
        return 0.0
    step = np.eye(2, dtype=np.int64)[axis]
    before, here, after = (float(values[tuple(peak + k * step)]) for k in (-1, 0, 1))
    curvature = before - 2 * here + after
    return 0.0 if curvature >= 0 else 0.5 * (before - after) / curvature


def _explain(middle_deg: Floats, to_metres: Floats, shift_m: Floats, cell_m: float) -> ShiftCause:
    """The system whose offset at this place is the shift, to within two cells or 12 % of the offset."""
    here = middle_deg[None, :]
    candidates = {
        ShiftCause.NONE: np.zeros(2),
        ShiftCause.GCJ_02: (gcj02_to_wgs84(here) - here)[0] * to_metres,
        ShiftCause.BD_09: (bd09_to_wgs84(here) - here)[0] * to_metres,
        ShiftCause.REFERENCE_GCJ_02: (wgs84_to_gcj02(here) - here)[0] * to_metres,
        ShiftCause.REFERENCE_BD_09: (wgs84_to_bd09(here) - here)[0] * to_metres,
    }
    distance = {cause: float(np.hypot(*(shift_m - offset))) for cause, offset in candidates.items()}
    best = min(distance, key=lambda cause: distance[cause])
    is_shift = bool(np.hypot(*candidates[best]) > 0) or best is ShiftCause.NONE
    tolerance_m = max(2 * cell_m, 0.12 * float(np.hypot(*candidates[best])))
    return best if is_shift and distance[best] <= tolerance_m else ShiftCause.UNKNOWN
