"""A facade out of a photograph: seen straight on, in neutral light, without what is not wall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cim_core.errors import UsageError
from cim_core.townscape.color.srgb import linear_to_srgb, srgb_to_lab, srgb_to_linear

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]
Bools = NDArray[np.bool_]

SIDE_MAX = 900

#: What a pixel of a rectified facade is, by its position here.
PARTS = ("wall", "sky", "plants", "glass", "signs", "street", "outside")
WALL, SKY, PLANTS, GLASS, SIGNS, STREET, OUTSIDE = range(7)


@dataclass(frozen=True, slots=True)
class MaskOptions:
    """What is taken for something other than wall; CIELAB numbers, heights as shares of the picture from its top.

    ``sky``: lighter than ``sky_lightness`` and bluish or almost white, from the top edge down without a break.
    ``plants``: yellow-green to green hues above a chroma. ``glass``: darker than ``glass_lightness`` (openings, shade).
    ``signs``: more colorful than ``sign_chroma`` in the lower part. ``street``: the lowest strip (cars, people).
    """

    sky_lightness: float = 55.0
    plant_hue_deg: tuple[float, float] = (95.0, 165.0)
    plant_chroma: float = 14.0
    glass_lightness: float = 28.0
    sign_chroma: float = 55.0
    sign_from: float = 0.55
    street_from: float = 0.94


def rectify(picture: Bytes, corners: Floats) -> Bytes:
    """The quadrangle seen straight on, (h, w, 3) 8-bit sRGB; bilinear, at most ``SIDE_MAX`` pixels a side.

    ``corners``: (4, 2) pixels x, y of top left, top right, bottom right and bottom left in ``picture`` (H, W, 3).
    Raises UsageError for corners outside the picture or not in this order.
    """
    corners = np.asarray(corners, np.float64)
    _check_corners(corners, picture.shape[1], picture.shape[0])
    sides = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    width, height = (sides[0] + sides[2]) / 2.0, (sides[1] + sides[3]) / 2.0
    scale = min(1.0, SIDE_MAX / max(width, height))
    columns, rows = max(round(width * scale), 8), max(round(height * scale), 8)
    square = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float64)
    transform = _homography(square, corners)
    x, y = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    mapped = np.stack([x, y, np.ones_like(x)], axis=-1) @ transform.T
    return _sample(picture, mapped[..., 0] / mapped[..., 2] - 0.5, mapped[..., 1] / mapped[..., 2] - 0.5)


def balance_white(picture: Bytes, card: Floats, card_rgb: Bytes | None = None) -> Bytes:
    """The picture in the light that makes a grey card neutral.

    ``card``: linear sRGB (3,) the card has in the picture; ``card_rgb``: the color it really has. Without it only the
    tint is removed and the lightness of the card stays. Raises UsageError for a card too dark or burnt out to tell.
    """
    card = np.asarray(card, np.float64)
    if card.min() < 0.01 or card.max() > 0.98:
        raise UsageError(
            "the card is too dark or burnt out in this picture", hint="choose the middle of the grey field"
        )
    luminance = card @ np.array([0.2126, 0.7152, 0.0722])
    wanted = np.full(3, luminance) if card_rgb is None else srgb_to_linear(card_rgb)
    return linear_to_srgb(srgb_to_linear(picture) * (wanted / card))


def classify(picture: Bytes, options: MaskOptions | None = None) -> Bytes:
    """What every pixel of a rectified facade (h, w, 3) is, as positions in ``PARTS``: (h, w) uint8."""
    options = options or MaskOptions()
    lab = srgb_to_lab(picture.reshape(-1, 3)).reshape(picture.shape)
    lightness, a, b = np.moveaxis(lab, -1, 0)
    chroma, hue_deg = np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360.0
    down = ((np.arange(picture.shape[0]) + 0.5) / picture.shape[0])[:, None]
    parts = np.full(picture.shape[:2], WALL, np.uint8)
    parts[lightness < options.glass_lightness] = GLASS
    low, high = options.plant_hue_deg
    parts[(hue_deg >= low) & (hue_deg <= high) & (chroma > options.plant_chroma)] = PLANTS
    parts[(chroma > options.sign_chroma) & (down >= options.sign_from)] = SIGNS
    is_bluish = (hue_deg > 200.0) & (hue_deg < 300.0) & (chroma > 5.0) & (lightness > options.sky_lightness)
    is_white = (lightness > 97.0) & (chroma < 3.0)
    parts[np.logical_and.accumulate(is_bluish | is_white, axis=0)] = SKY
    parts[np.broadcast_to(down >= options.street_from, parts.shape)] = STREET
    return parts


def inside_polygon(polygon: Floats, width: int, height: int) -> Bools:
    """(height, width) whether the middle of each pixel is in a polygon of pixel corners (n, 2)."""
    import shapely

    shape = shapely.polygons(np.asarray(polygon, np.float64))
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    return np.asarray(shapely.contains_xy(shape, x.ravel(), y.ravel()).reshape(height, width), bool)


def _check_corners(corners: Floats, width: int, height: int) -> None:
    hint = "four points x,y: top left, top right, bottom right, bottom left"
    if corners.shape != (4, 2) or not np.isfinite(corners).all():
        raise UsageError("a facade has four corners", where="--corners", hint=hint)
    if (corners < -0.5).any() or (corners[:, 0] > width + 0.5).any() or (corners[:, 1] > height + 0.5).any():
        raise UsageError(f"a corner is outside the picture of {width} × {height} pixels", where="--corners", hint=hint)
    edge = np.roll(corners, -1, axis=0) - corners
    turn = edge[:, 0] * np.roll(edge[:, 1], -1) - edge[:, 1] * np.roll(edge[:, 0], -1)
    if (turn <= 1.0).any():
        raise UsageError("the corners do not go round the facade clockwise", where="--corners", hint=hint)


def _homography(source: Floats, target: Floats) -> Floats:
    """The (3, 3) projective transform that takes four points to four points."""
    rows = []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    return np.append(np.linalg.solve(np.array(rows), target.ravel()), 1.0).reshape(3, 3)


def _sample(picture: Bytes, x: Floats, y: Floats) -> Bytes:
    """Bilinear in linear light, so that edges keep their brightness."""
    height, width = picture.shape[:2]
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, along = (x - left)[..., None], (y - top)[..., None]
    light = _LINEAR_OF_BYTE
    upper = light[picture[top, left]] * (1 - across) + light[picture[top, right]] * across
    lower = light[picture[bottom, left]] * (1 - across) + light[picture[bottom, right]] * across
    return linear_to_srgb(upper * (1 - along) + lower * along)


_LINEAR_OF_BYTE = srgb_to_linear(np.arange(256, dtype=np.uint8))
