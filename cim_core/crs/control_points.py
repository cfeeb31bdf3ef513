"""A local system from control points: pairs of its own coordinates and known ones, judged by their residuals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
from numpy.typing import NDArray

from cim_core.crs.local import LocalSystem, is_map_crs
from cim_core.crs.similarity import MAX_RMSE_M, RECOMMENDED_POINTS, SimilarityFit, fit_similarity
from cim_core.crs.transform import is_cgcs2000_or_wgs84, to_lonlat
from cim_core.errors import GeoreferenceError

Floats = NDArray[np.float64]

#: A grid that differs in scale by more than this is not in metres, or not this town's.
_MAX_SCALE_CHANGE = 0.01
#: The system holds around its points: their box, widened by its own size and at least by this.
_LEAST_MARGIN_DEG = 0.02


@dataclass(frozen=True, slots=True)
class ControlPoints:
    """``local_xy`` and ``known_xy``: (n, 2) east and north in metres; ``names``: what each point is called."""

    names: tuple[str, ...]
    local_xy: Floats
    known_xy: Floats


@dataclass(frozen=True, slots=True)
class FittedSystem:
    """A system with its fit; ``warnings`` say what to distrust."""

    system: LocalSystem
    fit: SimilarityFit
    points: ControlPoints
    warnings: tuple[str, ...]

    def residual_rows(self) -> list[dict[str, Any]]:
        """One row a point: name, residuals east and north and their length in metres (known minus calculated)."""
        return [
            {"point": name, "east_m": float(east), "north_m": float(north), "distance_m": float(np.hypot(east, north))}
            for name, (east, north) in zip(self.points.names, self.fit.residuals_m, strict=True)
        ]


def fit_local_system(
    points: ControlPoints, base: pyproj.CRS, *, name_zh: str, name_en: str, source: str = "", force: bool = False
) -> FittedSystem:
    """Four parameters from local coordinates to ``base``, and the system they make.

    Raises GeoreferenceError if the points fit worse than 0.1 m (RMSE) or the scale is off by more than 1 %, unless
    ``force``; always if ``base`` is not a projected CRS on CGCS2000. UsageError for too few points.
    """
    if not is_map_crs(base) or not is_cgcs2000_or_wgs84(base):
        raise GeoreferenceError(
            f"{base.name} is not a map on CGCS2000",
            where="--to",
            hint="give the CRS of the known coordinates, e.g. --to EPSG:4547",
            code="bad-fit-target",
        )
    fit = fit_similarity(points.local_xy, points.known_xy)
    if not force:
        _refuse_bad(fit, points)
    record = {
        "points": len(points.names),
        "rmse_m": round(fit.rmse_m, 4),
        "max_m": round(fit.max_m, 4),
        **({"source": source} if source else {}),
        **({"forced": True} if force and fit.rmse_m > MAX_RMSE_M else {}),
    }
    system = LocalSystem(
        name_zh, name_en, base, fit.similarity, valid_area_deg=_area_of(points.known_xy, base), fit=record
    )
    return FittedSystem(system, fit, points, _warnings(fit, len(points.names)))


def _refuse_bad(fit: SimilarityFit, points: ControlPoints) -> None:
    if abs(fit.similarity.scale - 1) > _MAX_SCALE_CHANGE:
        raise GeoreferenceError(
            f"the fit changes lengths by a factor of {fit.similarity.scale:.6f}; a grid in metres stays within 1 %",
            hint="check units, the order of the columns and the pairing of points; --force keeps it",
            code="scale-implausible",
        )
    if fit.rmse_m > MAX_RMSE_M:
        worst = int(np.hypot(*fit.residuals_m.T).argmax())
        raise GeoreferenceError(
            f"the control points fit only to {fit.rmse_m:.3f} m (RMSE), more than {MAX_RMSE_M:g} m; "
            f"worst is {points.names[worst]} with {fit.max_m:.3f} m",
            hint="check that point and the pairing; --force keeps the result and records its RMSE",
            code="residuals-too-large",
        )


def _warnings(fit: SimilarityFit, count: int) -> tuple[str, ...]:
    if not fit.is_checked:
        return (f"two points always fit: nothing checks them; give {RECOMMENDED_POINTS} or more",)
    if count < RECOMMENDED_POINTS:
        return (f"{count} points barely check themselves; {RECOMMENDED_POINTS} or more are advised",)
    return ()


def _area_of(known_xy: Floats, base: pyproj.CRS) -> tuple[float, float, float, float]:
    lon_deg, lat_deg = to_lonlat(known_xy[:, 0], known_xy[:, 1], base)
    if not (np.isfinite(lon_deg).all() and np.isfinite(lat_deg).all()):
        raise GeoreferenceError(
            f"a known coordinate has no place in {base.name}",
            where="--to",
            hint="check the CRS and the zone prefix of the eastings",
            code="outside-crs",
        )
    low, high = np.array([lon_deg.min(), lat_deg.min()]), np.array([lon_deg.max(), lat_deg.max()])
    margin = np.maximum(high - low, _LEAST_MARGIN_DEG)
    west, south, east, north = (round(float(value), 4) for value in (*(low - margin), *(high + margin)))
    return west, south, east, north
