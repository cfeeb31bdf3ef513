"""``cim color``: the name of a color, and the colors of a facade in a photograph with a report to look at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image, ImageOps

from cim_core.errors import UnreadableSourceError, UsageError
from cim_core.townscape.color.facade import FacadeColors, PhotoOptions, measure_facade_colors
from cim_core.townscape.color.munsell import munsell_to_srgb, srgb_to_munsell
from cim_core.townscape.color.notation import munsell_names, parse_notation
from cim_core.townscape.color.palette import signed_distance
from cim_core.townscape.color.srgb import hex_of, parse_hex, srgb_to_lab
from cim_core.townscape.color.swatches import ColorCard, match_colors, read_color_card
from cim_core.townscape.rulepack import read_rule_pack

PIXELS_MAX = 64_000_000


@dataclass(frozen=True, slots=True)
class ColorReport:
    """What ``cim color name --json`` prints. ``palettes``: distance to every palette of a pack in value steps."""

    hex_color: str
    munsell: str
    value: float
    chroma: float
    lab: tuple[float, float, float]
    nearest: dict[str, Any] | None
    palettes: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, ready for JSON."""
        return asdict(self)


def name_of_color(text: str, card: Path | None = None, pack: Path | None = None) -> ColorReport:
    """Say what a color is called and how it stands to a color card and to the palettes of a rule pack.

    ``text``: ``#rrggbb`` or Munsell notation. Raises UsageError for anything else, RulePackError.
    """
    rgb = _parse_color(text)
    munsell = srgb_to_munsell(rgb)
    lab = srgb_to_lab(rgb)
    swatches = None if card is None else read_color_card(card)
    palettes = () if pack is None else tuple(read_rule_pack(pack).palettes.values())
    distances = [float(signed_distance((palette,), munsell)[0]) for palette in palettes]
    return ColorReport(
        hex_color=hex_of(rgb)[0],
        munsell=str(munsell_names(munsell)[0].as_py()),
        value=round(float(munsell.value[0]), 2),
        chroma=round(float(munsell.chroma[0]), 2),
        lab=tuple(round(float(v), 2) for v in lab[0]),  # type: ignore[arg-type]
        nearest=None if swatches is None else asdict(match_colors(lab, swatches)[0]),
        palettes=[
            {"id": p.id, "zh": p.zh, "en": p.en, "inside": d <= 0, "distance": round(max(d, 0.0), 2)}
            for p, d in zip(palettes, distances, strict=True)
        ],
    )


@dataclass(frozen=True, slots=True)
class PhotoReport:
    """What ``cim color photo --json`` prints. ``main``: the largest color; ``indicative``: measured without a card."""

    image: str
    main: dict[str, Any]
    colors: list[dict[str, Any]]
    indicative: bool
    shares: dict[str, float]
    card: str | None
    report: str | None

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, ready for JSON."""
        return asdict(self)


def measure_photo(
    image: Path, options: PhotoOptions, card: Path | None = None, report: Path | None = None
) -> PhotoReport:
    """Measure the colors of a facade and write the report picture (``.png``) or page (``.html``).

    Raises UnreadableSourceError for what is no picture, UsageError for wrong corners or an unknown kind of report.
    """
    from api.pipeline.photo_report import write_report

    if report is not None and report.suffix.lower() not in {".png", ".html"}:
        raise UsageError("a report is a .png or an .html file", where="--report")
    photo = read_photo(image)
    swatches: ColorCard | None = None if card is None else read_color_card(card)
    found: FacadeColors = measure_facade_colors(photo, options, swatches)
    if report is not None:
        write_report(report, photo, options, found, swatches, image.name)
    colors = [asdict(color) for color in found.colors]
    return PhotoReport(
        image=str(image),
        main=colors[0],
        colors=colors,
        indicative=found.is_indicative,
        shares=found.shares,
        card=None if swatches is None else swatches.id,
        report=None if report is None else str(report),
    )


def read_photo(path: Path) -> NDArray[np.uint8]:
    """A picture as (h, w, 3) 8-bit sRGB, turned upright by its EXIF. Raises UnreadableSourceError."""
    try:
        with Image.open(path) as opened:
            if opened.width * opened.height > PIXELS_MAX:
                raise UnreadableSourceError("the picture has more than 64 million pixels", where=str(path))
            upright = ImageOps.exif_transpose(opened)
            return np.asarray(upright.convert("RGB"), np.uint8)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadableSourceError(f"is not a picture that can be read: {error}", where=str(path)) from error


def parse_points(texts: tuple[str, ...], option: str) -> NDArray[np.float64]:
    """Points of texts ``x,y``. Raises UsageError naming the option."""
    try:
        points = np.array([[float(part) for part in text.split(",")] for text in texts])
    except ValueError as error:
        raise UsageError("points are written x,y", where=option, hint=f"e.g. {option} 120,80 900,60") from error
    if points.ndim != 2 or points.shape[1] != 2:
        raise UsageError("points are written x,y", where=option, hint=f"e.g. {option} 120,80 900,60")
    return points


def parse_rgb(text: str, option: str) -> NDArray[np.uint8]:
    """8-bit sRGB (3,) of ``#rrggbb`` or Munsell notation. Raises UsageError."""
    return np.asarray(_parse_color(text, option)[0], np.uint8)


def _parse_color(text: str, where: str = "COLOR") -> NDArray[np.uint8]:
    rgb, is_valid = parse_hex(pa.array([text.strip() if text.startswith("#") else f"#{text.strip()}"]))
    if is_valid[0]:
        return rgb
    try:
        return munsell_to_srgb(parse_notation(text))
    except ValueError as error:
        raise UsageError(f"{text!r} is no color", where=where, hint="write #8C8C87, 5YR 7/2 or N 6") from error
