"""Plane similarities (4 parameters): between a local grid and a map, and their least-squares fit to control points."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cim_core.errors import GeoreferenceError, UsageError

Floats = NDArray[np.float64]

ARCSEC_RAD = math.pi / 648_000
#: Residuals above this show a wrong pair or a wrong model (domain practice for town grids).
MAX_RMSE_M = 0.1
MIN_POINTS, RECOMMENDED_POINTS = 2, 4
_LEAST_SPREAD_M = 1.0


@dataclass(frozen=True, slots=True)
class Similarity:
    """``x' = tx + s (x cos θ + y sin θ)``, ``y' = ty + s (−x sin θ + y cos θ)``: PROJ's signs, positive is clockwise.

    ``rotation_arcsec`` is θ in seconds of arc, ``scale`` is s (1 for none, not ppm), x is east and y north.
    """

    tx_m: float
    ty_m: float
    scale: float = 1.0
    rotation_arcsec: float = 0.0

    def apply(self, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
        """Coordinates in the other system, in metres."""
        in_x, in_y = np.asarray(x, float), np.asarray(y, float)
        cos, sin = self._cos_sin()
        return self.tx_m + in_x * cos + in_y * sin, self.ty_m - in_x * sin + in_y * cos

    def inverse(self) -> Similarity:
        """The way back."""
        cos, sin = self._cos_sin()
        square = self.scale**2
        return Similarity(
            (-cos * self.tx_m + sin * self.ty_m) / square,
            (-sin * self.tx_m - cos * self.ty_m) / square,
            1 / self.scale,
            -self.rotation_arcsec,
        )

    def _cos_sin(self) -> tuple[float, float]:
        angle_rad = self.rotation_arcsec * ARCSEC_RAD
        return self.scale * math.cos(angle_rad), self.scale * math.sin(angle_rad)


@dataclass(frozen=True, slots=True)
class SimilarityFit:
    """A fitted similarity and what is left at each control point.

    ``residuals_m``: (n, 2) east and north, known minus calculated. ``is_checked`` says that there are more points than
    the two which any similarity fits exactly, so that the residuals prove something.
    """

    similarity: Similarity
    residuals_m: Floats

    @property
    def rmse_m(self) -> float:
        """Root of the mean squared distance of the points."""
        return float(np.sqrt((self.residuals_m**2).sum(axis=1).mean()))

    @property
    def max_m(self) -> float:
        """Distance of the worst point."""
        return float(np.hypot(*self.residuals_m.T).max())

    @property
    def is_checked(self) -> bool:
        """Whether there are more points than parameters need."""
        return len(self.residuals_m) > MIN_POINTS


def fit_similarity(local_xy: ArrayLike, known_xy: ArrayLike) -> SimilarityFit:
    """The similarity from ``local_xy`` to ``known_xy`` (n, 2), x east and y north in metres, by least squares.

    Raises UsageError for fewer than two points, points that coincide, or coordinates that are no numbers;
    GeoreferenceError where the points fit only if they are mirrored, as with x and y swapped on one side.
    """
    local, known = np.asarray(local_xy, float), np.asarray(known_xy, float)
    if local.shape != known.shape or local.ndim != 2 or local.shape[1] != 2:
        raise ValueError("control points are two arrays of shape (n, 2)")
    if len(local) < MIN_POINTS:
        raise UsageError(
            f"{len(local)} control point; 4 parameters need at least {MIN_POINTS}",
            hint=f"give {RECOMMENDED_POINTS} or more, spread over the area",
            code="too-few-points",
        )
    if not (np.isfinite(local).all() and np.isfinite(known).all()):
        raise UsageError("a control point has a coordinate that is no number", code="not-finite")
    local_middle, known_middle = local.mean(axis=0), known.mean(axis=0)
    a, b = local - local_middle, known - known_middle
    if min(np.hypot(*a.T).max(), np.hypot(*b.T).max()) < _LEAST_SPREAD_M:
        raise UsageError("the control points lie on one spot", hint="spread them over the area", code="points-coincide")
    power = float((a**2).sum())
    along = float((a * b).sum())
    across = float((a[:, 1] * b[:, 0] - a[:, 0] * b[:, 1]).sum())
    mirrored = math.hypot(float((a[:, 0] * b[:, 0] - a[:, 1] * b[:, 1]).sum()), float((a * b[:, ::-1]).sum()))
    if len(local) > MIN_POINTS and mirrored > 1.5 * math.hypot(along, across):
        raise GeoreferenceError(
            "the control points fit only as a mirror image: x and y are swapped on one side",
            hint="x is east and y north on both sides; Chinese survey files call the northing X",
            code="axes-swapped",
        )
    cos, sin = along / power, across / power
    tx_m = float(known_middle[0] - local_middle[0] * cos - local_middle[1] * sin)
    ty_m = float(known_middle[1] + local_middle[0] * sin - local_middle[1] * cos)
    similarity = Similarity(tx_m, ty_m, math.hypot(cos, sin), math.atan2(sin, cos) / ARCSEC_RAD)
    return SimilarityFit(similarity, known - np.stack(similarity.apply(*local.T), axis=-1))
