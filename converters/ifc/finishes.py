"""Colors and materials of facades by the area that is seen of each, with their Munsell notation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cim_core.features.schema import MATERIALS, Code
from cim_core.townscape.color.difference import measure_ciede2000
from cim_core.townscape.color.munsell import srgb_to_munsell
from cim_core.townscape.color.notation import munsell_names
from cim_core.townscape.color.srgb import srgb_to_lab
from converters.ifc.facade import NO_COLOR, FacadeMeasures

#: Colors closer than this (CIEDE2000) are taken as one: paint of the same tone in two materials.
_SAME_COLOR = 5.0
_MAX_COLORS = 8
#: A color with less than this share of the facade is a detail, not an accent; from the second share on it is secondary.
_MIN_ACCENT, _MIN_SECONDARY = 0.005, 0.05
#: A color on less of the facade than this is not its main color, whatever the rest may be.
_MIN_MAIN = 0.25
_MAX_MATERIALS = 12


@dataclass(frozen=True, slots=True)
class Finishes:
    """Colors and materials from the largest area down; ``main_material`` is a code of ``MATERIALS`` or None."""

    colors: list[dict[str, Any]] = field(default_factory=list)
    materials: list[dict[str, Any]] = field(default_factory=list)
    main_material: str | None = None

    def color_attributes(self) -> dict[str, Any]:
        """Main, secondary and accent color as "#rrggbb" with their shares; none where most of the facade states none.

        Where all of the facade states its color, one that is not there has the share 0; else it is not known.
        """
        main = self.colors[0] if self.colors and self.colors[0]["share"] >= _MIN_MAIN else None
        rest = self.colors[1:] if main else []
        secondary = next((c for c in rest if c["share"] >= _MIN_SECONDARY), None)
        accent = next((c for c in rest if c is not secondary and c["share"] >= _MIN_ACCENT), None)
        is_whole = main is not None and sum(c["share"] for c in self.colors) > 1.0 - _MIN_ACCENT
        ranked = {"main": main, "secondary": secondary, "accent": accent}
        colors = {f"facade_{part}_color": c["color"] if c else None for part, c in ranked.items()}
        no_share = 0.0 if is_whole else None
        return colors | {f"facade_{part}_share": c["share"] if c else no_share for part, c in ranked.items()}


def measure_finishes(facades: FacadeMeasures, materials: Sequence[str | None]) -> Finishes:
    """Group what is seen of the facades by color and by material name."""
    by_name: dict[str, float] = {}
    by_code: dict[str, float] = {}
    for index in np.flatnonzero(facades.element_areas):
        area = float(facades.element_areas[index])
        name = materials[index] or ""
        by_name[name] = by_name.get(name, 0.0) + area
        code = match_material(name)
        if code is not None:
            by_code[code] = by_code.get(code, 0.0) + area
    whole = sum(by_name.values()) or 1.0
    listed = sorted(by_name.items(), key=lambda item: (-item[1], item[0]))[:_MAX_MATERIALS]
    return Finishes(
        _group_colors(facades.color_areas),
        [
            {"material": name, "code": match_material(name), "area_m2": round(area, 2), "share": round(area / whole, 4)}
            for name, area in listed
        ],
        max(by_code, key=by_code.__getitem__, default=None),
    )


def _group_colors(area_by_color: dict[int, float]) -> list[dict[str, Any]]:
    """Like colors joined to the one with the largest area, the largest groups first; shares of all that is seen."""
    whole_m2 = sum(area_by_color.values())
    packed = np.array(sorted(area_by_color.keys() - {NO_COLOR}, key=lambda c: (-area_by_color[c], c)), np.int64)
    if not len(packed):
        return []
    areas = np.array([area_by_color[int(c)] for c in packed])
    rgb = np.stack([packed >> 16, packed >> 8, packed], axis=1).astype(np.uint8)
    lab = srgb_to_lab(rgb)
    group = np.full(len(packed), -1)
    leaders: list[int] = []
    for row in range(len(packed)):
        if group[row] < 0:
            near = (measure_ciede2000(lab[row], lab) < _SAME_COLOR) & (group < 0)
            group[near] = len(leaders)
            leaders.append(row)
    total = np.bincount(group, areas)
    order = np.argsort(-total, kind="stable")[:_MAX_COLORS]
    chosen: NDArray[np.int64] = np.array(leaders)[order]
    munsell = munsell_names(srgb_to_munsell(rgb[chosen])).to_pylist()
    return [
        {
            "color": f"#{int(packed[row]):06x}",
            "munsell": name,
            "area_m2": round(float(total[number]), 2),
            "share": round(float(total[number] / whole_m2), 4),
        }
        for row, number, name in zip(chosen, order, munsell, strict=True)
    ]


@lru_cache(maxsize=4096)
def match_material(name: str | None) -> str | None:
    """The material code of the first layer whose name says one ("青砖墙 / 砂浆" → grey_brick)."""
    for layer in (name or "").split(" / "):
        code = match_code(layer, MATERIALS)
        if code is not None:
            return code
    return None


def match_code(text: Any, codes: tuple[Code, ...]) -> str | None:  # noqa: ANN401 - any property value
    """The code whose value, label or alias is contained in the text; the longest match wins."""
    lowered = str(text or "").strip().lower()
    found = [
        (len(word), code.value)
        for code in codes
        for word in (code.value, code.value.replace("_", " "), code.zh.lower(), code.en.lower(), *code.aliases)
        if word and word.lower() in lowered
    ]
    return max(found)[1] if found else None
