"""Heights and storeys of one building that cannot all be true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

#: Heights that differ by less, in metres, are the same height rounded differently.
HEIGHT_SLACK_M = 0.1
#: Metres from floor to floor that are believed: from the lowest attic to a tall hall.
STOREY_M = (2.0, 20.0)
#: What may stand below the first floor or above the last, in metres: half-basements, attics, roofs.
ROOF_M = 10.0


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Rows whose figures contradict each other, and what to say of them."""

    holds: Bools
    attributes: tuple[str, str]
    zh: str
    en: str


def find_contradictions(buildings: pa.Table) -> list[Contradiction]:
    """Pairs of figures that exclude each other, one entry a pair; rows without both figures are not in it.

    ``buildings`` has any of ``height_m``, ``eave_height_m``, ``ridge_height_m`` and ``storeys``. An eave or ridge is
    not above the highest point, an eave not above the ridge, and a storey is ``STOREY_M`` high.
    """
    top_m, eave_m, ridge_m, storeys = (
        _floats(buildings, name) for name in ("height_m", "eave_height_m", "ridge_height_m", "storeys")
    )
    least_m, most_m = STOREY_M
    has_storeys = storeys > 0
    with np.errstate(invalid="ignore"):
        pairs = (
            (eave_m > top_m + HEIGHT_SLACK_M, "eave_height_m", "height_m", "檐口高于最高点", "the eave above the top"),
            (
                ridge_m > top_m + HEIGHT_SLACK_M,
                "ridge_height_m",
                "height_m",
                "屋脊高于最高点",
                "the ridge above the top",
            ),
            (eave_m > ridge_m + HEIGHT_SLACK_M, "eave_height_m", "ridge_height_m", "檐口高于屋脊", "eave above ridge"),
            (
                has_storeys & (top_m > storeys * most_m + ROOF_M),
                "storeys",
                "height_m",
                "层数过少",
                "too few storeys for the height",
            ),
            (
                has_storeys & (top_m < storeys * least_m),
                "storeys",
                "height_m",
                "层数过多",
                "too many storeys for the height",
            ),
        )
    return [
        Contradiction(
            holds, (a, b), f"记录相互矛盾：{zh}（{a}、{b}）", f"The figures contradict each other: {en} ({a}, {b})"
        )
        for holds, a, b, zh, en in pairs
        if holds.any()
    ]


def _floats(table: pa.Table, name: str) -> Floats:
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    column = table[name]
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return np.asarray(pc.cast(whole, pa.float64()).to_numpy(zero_copy_only=False), np.float64)
