"""sRGB texts and numbers to CIE XYZ and CIELAB (IEC 61966-2-1; white D65, 2° observer)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Linear sRGB to XYZ, IEC 61966-2-1.
SRGB_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
#: XYZ of D65 white as the matrix above gives it.
WHITE_D65 = SRGB_TO_XYZ.sum(axis=1)

_HEX_DIGIT = np.full(256, 255, np.uint8)
for _digit in "0123456789abcdefABCDEF":
    _HEX_DIGIT[ord(_digit)] = int(_digit, 16)


def parse_hex(texts: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """8-bit sRGB (n, 3) of ``#rrggbb`` texts, and which texts were that; the others give 0, 0, 0.

    >>> parse_hex(pa.array(["#9C4A3C", "red", None]))[0].tolist()
    [[156, 74, 60], [0, 0, 0], [0, 0, 0]]
    """
    is_valid = np.array(pc.fill_null(pc.match_substring_regex(texts, "^#[0-9A-Fa-f]{6}$"), False), bool)
    padded = pc.if_else(pa.array(is_valid), texts, "#000000")
    letters = np.frombuffer("".join(padded.to_pylist()).encode("ascii"), np.uint8).reshape(len(texts), 7)
    digits = _HEX_DIGIT[letters[:, 1:]]
    return (digits[:, 0::2] * 16 + digits[:, 1::2]).astype(np.uint8), is_valid


def srgb_to_linear(rgb: NDArray[np.uint8]) -> Floats:
    """Linear light 0 to 1 of 8-bit sRGB, any shape."""
    encoded = np.asarray(rgb, np.float64) / 255.0
    linear: Floats = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return linear


def linear_to_srgb(linear: Floats) -> NDArray[np.uint8]:
    """8-bit sRGB of linear light, any shape; what is out of gamut is cut off."""
    light = np.clip(np.asarray(linear, np.float64), 0.0, 1.0)
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(encoded * 255.0).astype(np.uint8)


def srgb_to_xyz(rgb: NDArray[np.uint8]) -> Floats:
    """XYZ (n, 3), white Y = 1, of 8-bit sRGB (n, 3)."""
    return np.asarray(srgb_to_linear(rgb) @ SRGB_TO_XYZ.T)


def xyz_to_lab(xyz: Floats, white: Floats = WHITE_D65) -> Floats:
    """CIELAB (n, 3) of XYZ (n, 3) under the given white (CIE 15:2004, 8.2.1)."""
    ratio = np.asarray(xyz, float) / white
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def lab_to_srgb(lab: Floats) -> NDArray[np.uint8]:
    """8-bit sRGB (n, 3) of CIELAB D65 (n, 3), the inverse of ``srgb_to_lab``."""
    lab = np.asarray(lab, np.float64)
    fy = (lab[..., 0] + 16) / 116
    f = np.stack([fy + lab[..., 1] / 500, fy, fy - lab[..., 2] / 200], axis=-1)
    ratio = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29))
    return linear_to_srgb((ratio * WHITE_D65) @ np.linalg.inv(SRGB_TO_XYZ).T)


def hex_of(rgb: NDArray[np.uint8]) -> list[str]:
    """``#rrggbb`` of 8-bit sRGB (n, 3).

    >>> hex_of(np.array([[156, 74, 60]], np.uint8))
    ['#9c4a3c']
    """
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in np.asarray(rgb, np.uint8).reshape(-1, 3).tolist()]


def srgb_to_lab(rgb: NDArray[np.uint8]) -> Floats:
    """CIELAB D65 (n, 3) of 8-bit sRGB (n, 3)."""
    return xyz_to_lab(srgb_to_xyz(rgb))
