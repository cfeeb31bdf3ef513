"""The Munsell renotation (Newhall, Nickerson, Judd 1943, with its extrapolation) as regular arrays, loaded once.

The numbers are those colour-science carries. Only its table is executed, when the first color is converted: importing
the package would import its plots too, which takes five times as long as the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cim_core.townscape.color.hue import parse_hue
from cim_core.townscape.color.ovoid import radial_cells

Floats = NDArray[np.float64]

#: Chromaticity of illuminant C, 2° observer, for which the renotation is given.
WHITE_C_XY = np.array([0.31006, 0.31616])
HUE_STEP = 2.5
CHROMA_STEP = 2.0
_HUES = 40
_CHROMAS = 26
_TABLE = ("notation", "datasets", "munsell", "all.py")


@dataclass(frozen=True, slots=True)
class Renotation:
    """Polar chromaticity about illuminant C on a grid of value, hue and chroma.

    ``values``: (P,) the value planes, rising. ``luminance``: (P,) Y of each plane, white 100. ``rho``, ``phi``:
    (P, 41, 26) radius in xy and angle in radians for hues 0, 2.5 … 100 and chromas 0, 2 … 50; the angle rises
    along the hue axis without jumps, and hue 100 is hue 0 one turn later. ``xy``: (P, 41, 26, 2) the same places.
    ``is_radial``: (P, 40, 26) whether the curve to the next hue is an arc about white (else straight).
    """

    values: Floats
    luminance: Floats
    rho: Floats
    phi: Floats
    xy: Floats
    is_radial: NDArray[np.bool_]


def luminance_of_value(value: Floats) -> Floats:
    """Luminance factor Y in percent of a Munsell value 0 to 10 (ASTM D1535)."""
    v = np.asarray(value, float)
    return np.asarray(v * (1.1914 + v * (-0.22533 + v * (0.23352 + v * (-0.020484 + v * 0.00081939)))))


@cache
def load_renotation() -> Renotation:
    """The table; chromas beyond the published ones of a hue are continued along its last two."""
    xy = _published_xy()
    values = np.array(sorted(value for value in xy if len({hue for hue, _ in xy[value]}) == _HUES))
    grid = np.full((len(values), _HUES, _CHROMAS, 2), np.nan)
    grid[:, :, 0] = WHITE_C_XY
    for plane, value in enumerate(values):
        for (hue, chroma), place in xy[value].items():
            grid[plane, round(hue / HUE_STEP) % _HUES, round(chroma / CHROMA_STEP)] = place
    _continue_outwards(grid)
    offset = grid - WHITE_C_XY
    rho = np.hypot(offset[..., 0], offset[..., 1])
    phi = np.arctan2(offset[..., 1], offset[..., 0])
    phi[:, :, 0] = phi[:, :, 1]
    phi = np.unwrap(np.concatenate([phi, phi[:, :1]], axis=1), axis=1)
    # All chromas of a plane must count their turns from the same place.
    phi -= 2 * np.pi * np.round((phi[:, :1] - phi[:, :1, 1:2]) / (2 * np.pi))
    rho = np.concatenate([rho, rho[:, :1]], axis=1)
    closed = np.concatenate([grid, grid[:, :1]], axis=1)
    hue_middles = (np.arange(_HUES, dtype=np.float64) + 0.5) * HUE_STEP
    is_radial = radial_cells(values, hue_middles, np.arange(_CHROMAS, dtype=np.float64) * CHROMA_STEP)
    for array in (rho, phi, closed, is_radial):
        array.setflags(write=False)
    return Renotation(values, luminance_of_value(values), rho, phi, closed, is_radial)


def _published_xy() -> dict[float, dict[tuple[float, float], tuple[float, float]]]:
    package = find_spec("colour")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("colour-science is not installed", name="colour")
    # As a module, so that its compiled form is used: compiling the table takes longer than all the rest.
    found = spec_from_file_location("munsell_table", Path(package.origin).parent.joinpath(*_TABLE))
    if found is None or found.loader is None:
        raise ModuleNotFoundError("the renotation of colour-science is missing", name="colour.notation")
    table = module_from_spec(found)
    found.loader.exec_module(table)
    xy: dict[float, dict[tuple[float, float], tuple[float, float]]] = {}
    for (hue, value, chroma), (x, y, _) in table.MUNSELL_COLOURS_ALL:
        xy.setdefault(float(value), {})[parse_hue(hue), float(chroma)] = (float(x), float(y))
    return xy


def _continue_outwards(grid: Floats) -> None:
    """Fill the chromas that were not published, in place, by the last step outwards."""
    for chroma in range(1, _CHROMAS):
        missing = np.isnan(grid[:, :, chroma, 0])
        if chroma == 1 and missing.any():
            raise ValueError("the renotation lacks chroma 2 of some hue")
        grid[:, :, chroma][missing] = (2 * grid[:, :, chroma - 1] - grid[:, :, chroma - 2])[missing]
