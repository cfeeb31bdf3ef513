"""``ac-units`` 空调室外机: exposed air-conditioner units for each 100 m² of facade, each flat or the whole building."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from cim_core.features.schema import FACADE_SIDES
from cim_core.townscape.kinds.base import Message
from cim_core.townscape.kinds.numbers import Bound, Measured, number_kind, ratio
from cim_core.townscape.kinds.parameters import choice, parameter
from cim_core.townscape.texts import as_floats

_FACADE = tuple(f"facade_area_{side}_m2" for side, *_ in FACADE_SIDES)
#: What a rule may count by: the column, what it is divided by, and the words after the number.
_PER = {
    "building": ("", 1.0, "台", " units"),
    "facade_100_m2": ("facade", 100.0, "台/100 m² 外墙", " units per 100 m² of facade"),
    "flat": ("flat_count", 1.0, "台/户", " units per flat"),
}


def measure_ac_units(columns: pa.Table, parameters: Any) -> Measured:  # noqa: ANN401
    """Exposed units ÷ what the rule counts by; none at all is 0 whatever the facade measures."""
    units = as_floats(columns["ac_unit_count"])
    divisor, factor, zh, en = _PER[parameters.per]
    value, source = units, "ac_unit_count: field"
    if divisor:
        names = ("flat_count",) if divisor == "flat_count" else _FACADE
        by = np.sum([as_floats(columns[name]) for name in names], axis=0)
        value, source = ratio(units, by, factor), f"ac_unit_count ÷ {divisor}"
    where_zh, where_en = (pa.repeat(words, len(units)) for words in (zh, en))
    return Measured(np.where(units == 0, 0.0, value), source, where_zh=where_zh, where_en=where_en)


KIND = number_kind(
    id="ac-units",
    zh="外露空调室外机",
    en="Exposed air-conditioner units",
    unit="",
    attributes=("ac_unit_count", "flat_count", *_FACADE),
    measure=measure_ac_units,
    formula=Message(
        "外露室外机数，或 ÷ 外墙面积 × 100 m²，或 ÷ 住宅套数",
        "exposed units, or ÷ facade area × 100 m², or ÷ flats",
    ),
    high=Bound("max", "最大数量", "Most units", is_required=True),
    more=(("per", str, parameter(choice(*_PER), "计数单位", "Counted by", default="building")),),
)
