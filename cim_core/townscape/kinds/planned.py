"""Judging an area ratio of plan units: against the limit of the rule, or the figure planned for each unit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cim_core.features.places import PLAN_LEVELS
from cim_core.townscape.kinds.base import Floats
from cim_core.townscape.kinds.numbers import Measured
from cim_core.townscape.kinds.parameters import choice, flag, parameter
from cim_core.townscape.places import shapes
from cim_core.townscape.texts import as_array, as_floats

_LEVELS = tuple(code.value for code in PLAN_LEVELS)
#: Which units a rule judges.
LEVEL = ("level", str, parameter(choice(*_LEVELS), "层级", "Level", default="parcel"))
#: Whether the figure planned for the unit is the limit.
BY_PLAN = ("by_plan", bool, parameter(flag, "按规划指标", "By the planned figure", default=False))


def planned(columns: pa.Table, column: str, parameters: Any) -> Floats | None:  # noqa: ANN401
    """The planned figure of every unit where the rule goes by it, else None (the rule's own limit)."""
    return as_floats(columns[column]) if parameters.by_plan else None


def measured_unit(columns: pa.Table, parameters: Any, value: Floats, source: str, **more: Any) -> Measured:  # noqa: ANN401
    """A figure of every plan unit of the rule's level, named after the unit, its outline as evidence."""
    geometry, name = as_array(columns["geometry"]), as_array(columns["id"])
    in_zh, in_en = (pc.coalesce(as_array(columns[n]), name) for n in ("name_zh", "name_en"))
    is_level = pc.fill_null(pc.equal(as_array(columns["level"]), parameters.level), False)
    return Measured(
        value,
        source,
        where_zh=pc.binary_join_element_wise("（", in_zh, "）", ""),
        where_en=pc.binary_join_element_wise(" (", in_en, ")", ""),
        applies=np.asarray(is_level, bool),
        evidence=lambda rows: shapes(geometry.take(pa.array(rows))),
        **more,
    )
