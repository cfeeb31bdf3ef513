"""sRGB to Munsell hue, value and chroma, thousands of colors at once.

The value follows ASTM D1535 from the luminance. Hue and chroma are found by Newton's method on the renotation grid:
between grid points the curve of constant chroma is an arc about illuminant C or a straight line (see ``ovoid``),
chromaticity is linear in chroma, and linear in luminance between value planes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cim_core.townscape.color.hue import HUE_STEPS
from cim_core.townscape.color.palette import VALUE_MAX, MunsellColors
from cim_core.townscape.color.renotation import (
    CHROMA_STEP,
    HUE_STEP,
    WHITE_C_XY,
    Renotation,
    load_renotation,
    luminance_of_value,
)
from cim_core.townscape.color.srgb import SRGB_TO_XYZ, WHITE_D65, linear_to_srgb, srgb_to_xyz

Floats = NDArray[np.float64]

CHROMA_MAX = 50.0
#: CAT02 (CIE 159:2004), cone-like responses of XYZ.
_CAT02 = np.array([[0.7328, 0.4296, -0.1624], [-0.7036, 1.6975, 0.0061], [0.0030, 0.0136, 0.9834]])
_ITERATIONS = 30
_PRECISION_XY = 1e-7


def srgb_to_munsell(rgb: NDArray[np.uint8]) -> MunsellColors:
    """Munsell colors of 8-bit sRGB (n, 3), adapted from D65 to illuminant C by CAT02."""
    return xyz_c_to_munsell(_adapt_d65_to_c(srgb_to_xyz(np.asarray(rgb, np.uint8).reshape(-1, 3))))


def xyz_c_to_munsell(xyz: Floats) -> MunsellColors:
    """Munsell colors of XYZ (n, 3) under illuminant C, white Y = 1. Black has chroma 0."""
    luminance = np.clip(xyz[:, 1], 0.0, 1.0) * 100.0
    value = _value_of_luminance(luminance)
    total = xyz.sum(axis=1)
    is_black = total <= 1e-9
    xy = np.where(is_black[:, None], WHITE_C_XY, xyz[:, :2] / np.where(is_black, 1.0, total)[:, None])
    hue, chroma = _invert(xy, luminance)
    return MunsellColors(np.where(hue % HUE_STEPS == 0, HUE_STEPS, hue % HUE_STEPS), value, chroma)


def munsell_to_xy(hue: Floats, luminance: Floats, chroma: Floats) -> Floats:
    """Chromaticity (n, 2) under illuminant C; hue in steps, luminance in percent, chroma 0 to 50."""
    table = load_renotation()
    upper = np.clip(np.searchsorted(table.luminance, luminance, side="right"), 1, len(table.values) - 1)
    low, high = table.luminance[upper - 1], table.luminance[upper]
    part = np.clip((luminance - low) / (high - low), 0.0, 1.0)[:, None]
    below, above = _plane_xy(table, upper - 1, hue, chroma), _plane_xy(table, upper, hue, chroma)
    return below * (1.0 - part) + above * part


def munsell_to_srgb(colors: MunsellColors) -> NDArray[np.uint8]:
    """8-bit sRGB (n, 3) of Munsell colors, adapted from illuminant C to D65; what is out of gamut is cut off."""
    luminance = luminance_of_value(colors.value)
    hue = np.where(np.isfinite(colors.hue), colors.hue, 5.0)
    x, y = munsell_to_xy(hue, luminance, np.clip(colors.chroma, 0.0, CHROMA_MAX - 1e-3)).T
    xyz = np.stack([x / y, np.ones_like(x), (1.0 - x - y) / y], axis=-1) * (luminance / 100.0)[:, None]
    return linear_to_srgb(xyz @ np.linalg.inv(_cat02_d65_to_c()).T @ np.linalg.inv(SRGB_TO_XYZ).T)


def _adapt_d65_to_c(xyz: Floats) -> Floats:
    return np.asarray(xyz @ _cat02_d65_to_c().T)


def _cat02_d65_to_c() -> Floats:
    white_c = np.array([WHITE_C_XY[0], WHITE_C_XY[1], 1.0 - WHITE_C_XY.sum()]) / WHITE_C_XY[1]
    gain = (_CAT02 @ white_c) / (_CAT02 @ WHITE_D65)
    return np.asarray(np.linalg.inv(_CAT02) @ np.diag(gain) @ _CAT02)


_VALUE_GRID = np.linspace(0.0, VALUE_MAX, 4001)
_LUMINANCE_GRID = luminance_of_value(_VALUE_GRID)


def _value_of_luminance(luminance: Floats) -> Floats:
    return np.interp(luminance, _LUMINANCE_GRID, _VALUE_GRID)


def _plane_xy(table: Renotation, plane: NDArray[np.int64], hue: Floats, chroma: Floats) -> Floats:
    """Chromaticity (n, 2) on one value plane each."""
    position = (hue % HUE_STEPS) / HUE_STEP
    column = np.minimum(position.astype(np.int64), table.rho.shape[1] - 2)
    along = position - column
    ring = np.clip((chroma / CHROMA_STEP).astype(np.int64), 0, table.rho.shape[2] - 2)
    outwards = (chroma / CHROMA_STEP - ring)[:, None]
    inner = _ring_xy(table, plane, column, along, ring)
    outer = _ring_xy(table, plane, column, along, ring + 1)
    return inner * (1.0 - outwards) + outer * outwards


def _ring_xy(
    table: Renotation, plane: NDArray[np.int64], column: NDArray[np.int64], along: Floats, ring: NDArray[np.int64]
) -> Floats:
    rho = table.rho[plane, column, ring] * (1.0 - along) + table.rho[plane, column + 1, ring] * along
    phi = table.phi[plane, column, ring] * (1.0 - along) + table.phi[plane, column + 1, ring] * along
    arc = WHITE_C_XY + np.stack([rho * np.cos(phi), rho * np.sin(phi)], axis=-1)
    start, end = table.xy[plane, column, ring], table.xy[plane, column + 1, ring]
    chord = start * (1.0 - along)[:, None] + end * along[:, None]
    return np.where(table.is_radial[plane, column, ring][:, None], arc, chord)


def _invert(xy: Floats, luminance: Floats) -> tuple[Floats, Floats]:
    """Hue and chroma whose chromaticity is ``xy``: damped Newton steps, only for the colors not yet exact."""
    hue, chroma = _first_guess(xy, luminance)
    error = _distance(hue, luminance, chroma, xy)
    open_rows = np.flatnonzero(error > _PRECISION_XY)
    damping = np.ones(len(xy))
    for _ in range(_ITERATIONS):
        if len(open_rows) == 0:
            break
        h, c, lum, target = hue[open_rows], chroma[open_rows], luminance[open_rows], xy[open_rows]
        step_h, step_c = _newton_step(h, lum, c, target)
        scale = damping[open_rows]
        new_h = (h + scale * np.clip(step_h, -10.0, 10.0)) % HUE_STEPS
        new_c = np.clip(c + scale * np.clip(step_c, -8.0, 8.0), 0.0, CHROMA_MAX)
        new_error = _distance(new_h, lum, new_c, target)
        better = new_error < error[open_rows]
        improved = open_rows[better]
        hue[improved], chroma[improved], error[improved] = new_h[better], new_c[better], new_error[better]
        damping[open_rows] = np.where(better, 1.0, scale * 0.5)
        open_rows = open_rows[(error[open_rows] > _PRECISION_XY) & (damping[open_rows] > 1e-3)]
    return hue, chroma


def _newton_step(hue: Floats, luminance: Floats, chroma: Floats, target: Floats) -> tuple[Floats, Floats]:
    here = munsell_to_xy(hue, luminance, chroma)
    tiny = 1e-4
    by_hue = (munsell_to_xy(hue + tiny, luminance, chroma) - here) / tiny
    by_chroma = (munsell_to_xy(hue, luminance, chroma + tiny) - here) / tiny
    missing = target - here
    determinant = by_hue[:, 0] * by_chroma[:, 1] - by_hue[:, 1] * by_chroma[:, 0]
    determinant = np.where(np.abs(determinant) < 1e-15, np.inf, determinant)
    step_h = (missing[:, 0] * by_chroma[:, 1] - missing[:, 1] * by_chroma[:, 0]) / determinant
    step_c = (by_hue[:, 0] * missing[:, 1] - by_hue[:, 1] * missing[:, 0]) / determinant
    return step_h, step_c


def _first_guess(xy: Floats, luminance: Floats) -> tuple[Floats, Floats]:
    """Hue by the angle and chroma by the radius of the chroma 6 ring of the nearest value plane."""
    table = load_renotation()
    offset = xy - WHITE_C_XY
    radius, angle = np.hypot(offset[:, 0], offset[:, 1]), np.arctan2(offset[:, 1], offset[:, 0])
    plane = np.abs(table.luminance[None, :] - luminance[:, None]).argmin(axis=1)
    hue, chroma = np.empty(len(xy)), np.empty(len(xy))
    hues = np.arange(table.phi.shape[1]) * HUE_STEP
    for p in np.unique(plane):
        rows = plane == p
        start = table.phi[p, 0, 3]
        turned = start + (angle[rows] - start) % (2 * np.pi)
        hue[rows] = np.interp(turned, table.phi[p, :, 3], hues)
        chroma[rows] = 6.0 * radius[rows] / np.interp(hue[rows], hues, table.rho[p, :, 3])
    return hue, np.clip(chroma, 0.0, CHROMA_MAX - 1e-3)


def _distance(hue: Floats, luminance: Floats, chroma: Floats, xy: Floats) -> Floats:
    offset = munsell_to_xy(hue, luminance, chroma) - xy
    return np.hypot(offset[:, 0], offset[:, 1])
