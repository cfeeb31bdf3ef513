"""Where the curve of constant chroma between two neighbouring hues is drawn as an arc about white, and where straight.

Read off the chromaticity charts of ASTM D1535 by P. Centore, "An open-source inversion algorithm for the Munsell
renotation" (Color Research & Application 37, 2012), and carried by colour-science as conditions; here as data.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Per value: (lowest chroma it holds from, arcs of hue drawn about white). Elsewhere the curve is straight.
RADIAL_ARCS: dict[int, tuple[tuple[int, tuple[tuple[float, float], ...]], ...]] = {
    1: (
        (2, ((15, 30), (60, 85))),
        (4, ((12.5, 27.5), (57.5, 80))),
        (6, ((55, 80),)),
        (8, ((67.5, 77.5),)),
        (10, ((72.5, 77.5),)),
    ),
    2: (
        (2, ((15, 27.5), (77.5, 80))),
        (4, ((12.5, 30), (62.5, 80))),
        (6, ((7.5, 22.5), (62.5, 80))),
        (8, ((7.5, 15), (60, 80))),
        (10, ((65, 77.5),)),
    ),
    3: (
        (2, ((10, 37.5), (65, 85))),
        (4, ((5, 37.5), (55, 72.5))),
        (6, ((7.5, 37.5), (57.5, 82.5))),
        (12, ((7.5, 42.5), (57.5, 80))),
    ),
    4: ((2, ((7.5, 42.5), (57.5, 85))), (6, ((7.5, 40), (57.5, 82.5))), (10, ((7.5, 40), (57.5, 80)))),
    5: ((2, ((5, 37.5), (55, 85))), (4, ((2.5, 42.5), (55, 85))), (10, ((2.5, 42.5), (55, 82.5)))),
    6: (
        (2, ((5, 37.5), (55, 87.5))),
        (6, ((5, 42.5), (57.5, 87.5))),
        (8, ((5, 42.5), (60, 85))),
        (12, ((5, 42.5), (60, 82.5))),
        (16, ((5, 42.5), (60, 80))),
    ),
    7: (
        (2, ((5, 42.5), (60, 85))),
        (8, ((5, 42.5), (60, 82.5))),
        (10, ((5, 25), (30, 42.5), (60, 82.5))),
        (12, ((7.5, 27.5), (30, 42.5), (80, 82.5))),
        (14, ((7.5, 15), (32.5, 40), (80, 82.5))),
    ),
    8: ((2, ((5, 40), (60, 85))), (14, ((5, 15), (32.5, 40), (60, 85)))),
    9: ((2, ((5, 40), (55, 80))), (6, ((5, 42.5),)), (16, ((35, 42.5),))),
}


def radial_cells(
    values: NDArray[np.float64], hue_middles: NDArray[np.float64], chromas: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether each cell (value plane, hue interval, chroma) is an arc; planes below 1 and above 9 follow 1 and 9."""
    is_radial = np.zeros((len(values), len(hue_middles), len(chromas)), bool)
    for plane, value in enumerate(np.clip(values, 1, 9)):
        for chroma_from, arcs in RADIAL_ARCS[round(float(value))]:
            rings = chromas >= chroma_from
            inside = np.zeros(len(hue_middles), bool)
            for start, end in arcs:
                inside |= (hue_middles > start) & (hue_middles < end)
            is_radial[plane][:, rings] = inside[:, None]
    return is_radial
