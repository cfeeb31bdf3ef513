"""Color cards: lists of codes a plan permits, the nearest code to a color, and whether a color fits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cim_core.errors import RulePackError
from cim_core.townscape.color.difference import measure_ciede2000
from cim_core.townscape.color.munsell import munsell_to_srgb, srgb_to_munsell
from cim_core.townscape.color.notation import munsell_names, parse_notation
from cim_core.townscape.color.srgb import hex_of, parse_hex, srgb_to_lab
from cim_core.townscape.yaml_nodes import Node, parse_yaml

Floats = NDArray[np.float64]

#: How a color stands to a card: words of ``fit`` in reports.
FITS = ("fit", "near", "off")
_SIZE_MAX = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Swatch:
    """One code of a card: 8-bit sRGB as ``#rrggbb`` and the notation it is published in."""

    code: str
    hex_color: str
    notation: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class ColorCard:
    """A list of permitted colors. ``fit_within``, ``near_within``: CIEDE2000 up to which a color fits or is near."""

    id: str
    zh: str
    en: str
    provenance: str
    fit_within: float
    near_within: float
    swatches: tuple[Swatch, ...]

    @property
    def lab(self) -> Floats:
        """CIELAB (n, 3) of the swatches."""
        return srgb_to_lab(parse_hex(pa.array([swatch.hex_color for swatch in self.swatches]))[0])

    def judge(self, distance: float) -> str:
        """``fit``, ``near`` or ``off``."""
        return FITS[0] if distance <= self.fit_within else FITS[1] if distance <= self.near_within else FITS[2]


@dataclass(frozen=True, slots=True)
class Match:
    """The nearest code of a card: CIEDE2000 to it, and how the color fits."""

    code: str
    hex_color: str
    notation: str
    distance: float
    fit: str


def match_colors(lab: Floats, card: ColorCard) -> list[Match]:
    """The nearest code of every CIELAB color (n, 3)."""
    apart = measure_ciede2000(np.asarray(lab)[:, None, :], card.lab[None, :, :])
    nearest = apart.argmin(axis=1)
    return [
        Match(swatch.code, swatch.hex_color, swatch.notation, round(distance, 2), card.judge(distance))
        for swatch, distance in ((card.swatches[n], float(apart[i, n])) for i, n in enumerate(nearest.tolist()))
    ]


def read_color_card(path: Path) -> ColorCard:
    """Load a card from YAML. Raises RulePackError with file, line and column."""
    try:
        if path.stat().st_size > _SIZE_MAX:
            raise RulePackError("the file is larger than 1 MiB", where=str(path))
        return parse_color_card(path.read_text(encoding="utf-8"), path.name)
    except OSError as error:
        raise RulePackError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise RulePackError("is not UTF-8 text", where=str(path)) from error


def parse_color_card(text: str, where: str = "color card") -> ColorCard:
    """Load a card from YAML text; a color is given as ``munsell`` or ``srgb``. Raises RulePackError."""
    root = parse_yaml(text, where).fields(required=("id", "name", "provenance", "fit_within", "near_within", "codes"))
    name = root["name"].fields(required=("zh", "en"))
    swatches: dict[str, Swatch] = {}
    for node in root["codes"].sequence():
        swatch = _parse_swatch(node)
        if swatch.code in swatches:
            raise node.error(f"the code {swatch.code!r} appears twice")
        swatches[swatch.code] = swatch
    if not swatches:
        raise root["codes"].error("a card needs at least one code")
    fit_within, near_within = root["fit_within"].number(), root["near_within"].number()
    if not 0 <= fit_within <= near_within:
        raise root["near_within"].error("near_within must not be below fit_within")
    return ColorCard(
        root["id"].text(), name["zh"].text(), name["en"].text(), root["provenance"].text(), fit_within, near_within,
        tuple(swatches.values()),
    )  # fmt: skip


def name_color(hex_color: str) -> str:
    """The Munsell name of one ``#rrggbb``. Raises ValueError for another text.

    >>> name_color("#9c4a3c")
    '8.6R 4.1/7.8'
    """
    rgb, is_valid = parse_hex(pa.array([hex_color]))
    if not is_valid[0]:
        raise ValueError(f"not a color like #8C8C87: {hex_color!r}")
    return str(munsell_names(srgb_to_munsell(rgb))[0].as_py())


def _parse_swatch(node: Node) -> Swatch:
    found = node.fields(required=("code", "name"), optional=("munsell", "srgb"))
    name = found["name"].fields(required=("zh", "en"))
    if ("munsell" in found) == ("srgb" in found):
        raise node.error("a color is given either as munsell or as srgb")
    given = found["munsell"] if "munsell" in found else found["srgb"]
    try:
        if "munsell" in found:
            notation = given.text()
            hex_color = hex_of(munsell_to_srgb(parse_notation(notation)))[0]
        else:
            hex_color = given.text().lower()
            notation = name_color(hex_color)
    except ValueError as error:
        raise given.error(str(error), "like 5YR 7/2, N 6 or #8C8C87") from error
    return Swatch(found["code"].text(), hex_color, notation, name["zh"].text(), name["en"].text())
