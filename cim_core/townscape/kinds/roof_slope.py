"""``roof-slope`` 屋面坡度: the slope of a pitched roof; a flat roof is what ``roof-form`` is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cim_core.townscape.kinds.base import Message
from cim_core.townscape.kinds.numbers import Bound, Measured, number_kind, recorded
from cim_core.townscape.texts import as_array


def measure_roof_slope(columns: pa.Table, _: Any) -> Measured:  # noqa: ANN401
    """``roof_slope_deg`` of every roof that is not recorded as flat."""
    is_flat = np.asarray(pc.fill_null(pc.equal(as_array(columns["roof_form"]), "flat"), False), bool)
    return replace(recorded(columns, "roof_slope_deg"), applies=~is_flat)


KIND = number_kind(
    id="roof-slope",
    zh="屋面坡度",
    en="Roof slope",
    unit="°",
    attributes=("roof_slope_deg", "roof_form"),
    measure=measure_roof_slope,
    formula=Message(
        "坡屋面与水平面的夹角；平屋面不判定",
        "angle of the pitched roof to the horizontal; flat roofs are not judged",
    ),
    low=Bound("min_deg", "最小坡度", "Least slope"),
    high=Bound("max_deg", "最大坡度", "Greatest slope"),
    decimals=1,
)
