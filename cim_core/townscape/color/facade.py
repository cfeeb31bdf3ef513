"""The colors of a facade in a photograph, and how they stand to a color card."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cim_core.errors import UsageError
from cim_core.townscape.color.clusters import find_clusters
from cim_core.townscape.color.munsell import srgb_to_munsell
from cim_core.townscape.color.notation import munsell_names
from cim_core.townscape.color.picture import (
    OUTSIDE,
    PARTS,
    WALL,
    MaskOptions,
    balance_white,
    classify,
    inside_polygon,
    rectify,
)
from cim_core.townscape.color.srgb import hex_of, lab_to_srgb, srgb_to_lab, srgb_to_linear
from cim_core.townscape.color.swatches import ColorCard, Match, match_colors

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]

WALL_PIXELS_MIN = 400


@dataclass(frozen=True, slots=True)
class PhotoOptions:
    """What is known of a photograph, all in its pixels (x right, y down).

    ``corners``: (4, 2) of the facade, clockwise from top left. ``card``: (n, 2) outline of the grey card, or None;
    ``card_rgb``: its true color, else only its tint is taken out. ``wall``: (n, 2) outline of the wall to look at, in
    place of guessing what is not wall.
    """

    corners: Floats
    card: Floats | None = None
    card_rgb: Bytes | None = None
    wall: Floats | None = None
    mask: MaskOptions = MaskOptions()  # noqa: RUF009 - frozen


@dataclass(frozen=True, slots=True)
class FacadeColor:
    """One dominant color. ``share`` of the wall pixels; ``match`` is None without a card of permitted colors."""

    hex_color: str
    munsell: str
    lab: tuple[float, float, float]
    share: float
    match: Match | None


@dataclass(frozen=True, slots=True)
class FacadeColors:
    """The dominant colors, largest first: the first is the main color.

    ``is_indicative``: without a grey card a photograph is off by 5 to 10 CIEDE2000. ``shares``: what the rectified
    picture (h, w, 3) consists of, by part; ``parts``: (h, w) positions in ``PARTS``.
    """

    colors: tuple[FacadeColor, ...]
    is_indicative: bool
    shares: dict[str, float]
    picture: Bytes
    parts: Bytes


def measure_facade_colors(photo: Bytes, options: PhotoOptions, card: ColorCard | None = None) -> FacadeColors:
    """Rectify, balance, mask, cluster and compare; the same photograph gives the same colors every time.

    ``photo``: (h, w, 3) 8-bit sRGB. Raises UsageError for wrong corners, an unusable grey card, or when hardly any wall
    is left to look at.
    """
    if options.card is not None:
        photo = balance_white(photo, _card_light(photo, options.card), options.card_rgb)
    picture = rectify(photo, options.corners)
    parts = _parts(photo, picture, options)
    wall = picture[parts == WALL]
    if len(wall) < WALL_PIXELS_MIN:
        raise UsageError(
            f"only {len(wall)} pixels of the picture are taken for wall", where="--corners", hint="outline it: --wall"
        )
    clusters = find_clusters(srgb_to_lab(wall))
    rgb = lab_to_srgb(clusters.lab)
    names = munsell_names(srgb_to_munsell(rgb)).to_pylist()
    matches = match_colors(clusters.lab, card) if card is not None else [None] * len(rgb)
    colors = tuple(
        FacadeColor(hex_color, name, (round(lightness, 1), round(a, 1), round(b, 1)), round(float(share), 4), match)
        for hex_color, name, (lightness, a, b), share, match in zip(
            hex_of(rgb), names, clusters.lab.tolist(), clusters.share, matches, strict=True
        )
    )
    counts = np.bincount(parts.ravel(), minlength=len(PARTS)) / parts.size
    shares = {name: round(float(count), 4) for name, count in zip(PARTS, counts, strict=True)}
    return FacadeColors(colors, options.card is None, shares, picture, parts)


def _card_light(photo: Bytes, outline: Floats) -> Floats:
    is_card = inside_polygon(outline, photo.shape[1], photo.shape[0])
    if is_card.sum() < 25:
        raise UsageError(
            "the grey card has fewer than 25 pixels", where="--card", hint="x,y of its corners in the picture"
        )
    return np.asarray(np.median(srgb_to_linear(photo[is_card]), axis=0))


def _parts(photo: Bytes, picture: Bytes, options: PhotoOptions) -> Bytes:
    if options.wall is None:
        return classify(picture, options.mask)
    marked = inside_polygon(options.wall, photo.shape[1], photo.shape[0])
    seen = rectify(np.repeat(marked[:, :, None].astype(np.uint8) * 255, 3, axis=2), options.corners)
    return np.where(seen[:, :, 0] > 127, WALL, OUTSIDE).astype(np.uint8)
