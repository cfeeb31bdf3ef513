"""CIEDE2000: how different two colors look; about 1 is just noticeable."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_25_POW_7 = 25.0**7


def measure_ciede2000(lab_a: Floats, lab_b: Floats) -> Floats:
    """Color difference of CIELAB colors (…, 3), broadcast against each other, with kL = kC = kH = 1.

    Sharma, Wu, Dalal: The CIEDE2000 color-difference formula (Color Research & Application 30, 2005), eq. 2 to 22.

    >>> round(float(measure_ciede2000(np.array([50.0, 2.6772, -79.7751]), np.array([50.0, 0.0, -82.7485]))), 4)
    2.0425
    """
    l1, a1, b1 = np.moveaxis(np.asarray(lab_a, float), -1, 0)
    l2, a2, b2 = np.moveaxis(np.asarray(lab_b, float), -1, 0)
    mean_chroma_7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2.0) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(mean_chroma_7 / (mean_chroma_7 + _25_POW_7))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = _angle_deg(a1, b1), _angle_deg(a2, b2)
    is_grey = c1 * c2 == 0
    turn = np.where(is_grey, 0.0, (h2 - h1 + 180.0) % 360.0 - 180.0)
    # A difference of exactly half a turn keeps its sign (Sharma eq. 10).
    turn = np.where((turn == -180.0) & (h2 > h1), 180.0, turn)
    delta_h = 2.0 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2.0)
    mean_l, mean_c = (l1 + l2) / 2.0, (c1 + c2) / 2.0
    total = h1 + h2
    mean_h = np.where(
        is_grey,
        total,
        np.where(np.abs(h1 - h2) <= 180.0, total / 2.0, np.where(total < 360.0, total + 360.0, total - 360.0) / 2.0),
    )
    weight_t = (
        1.0
        - 0.17 * _cos_deg(mean_h - 30.0)
        + 0.24 * _cos_deg(2.0 * mean_h)
        + 0.32 * _cos_deg(3.0 * mean_h + 6.0)
        - 0.20 * _cos_deg(4.0 * mean_h - 63.0)
    )
    s_l = 1.0 + 0.015 * (mean_l - 50.0) ** 2 / np.sqrt(20.0 + (mean_l - 50.0) ** 2)
    s_c = 1.0 + 0.045 * mean_c
    s_h = 1.0 + 0.015 * mean_c * weight_t
    rotation_deg = 30.0 * np.exp(-(((mean_h - 275.0) / 25.0) ** 2))
    r_c = 2.0 * np.sqrt(mean_c**7 / (mean_c**7 + _25_POW_7))
    r_t = -np.sin(np.radians(2.0 * rotation_deg)) * r_c
    by_l, by_c, by_h = (l2 - l1) / s_l, (c2 - c1) / s_c, delta_h / s_h
    return np.asarray(np.sqrt(np.maximum(by_l**2 + by_c**2 + by_h**2 + r_t * by_c * by_h, 0.0)))


def _angle_deg(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.degrees(np.arctan2(b, a)) % 360.0)


def _cos_deg(angle_deg: Floats) -> Floats:
    return np.asarray(np.cos(np.radians(angle_deg)))
