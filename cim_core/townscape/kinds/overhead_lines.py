"""``overhead-lines`` 架空线: metres of overhead line along a street, or for each 100 m of it."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from cim_core.townscape.kinds.base import Message, Scope
from cim_core.townscape.kinds.by_class import CLASSES, measured_street
from cim_core.townscape.kinds.numbers import Bound, Measured, number_kind, ratio
from cim_core.townscape.kinds.parameters import choice, parameter
from cim_core.townscape.texts import as_floats


def measure_overhead_lines(columns: pa.Table, parameters: Any) -> Measured:  # noqa: ANN401
    """``overhead_line_m`` of a street, or ÷ its length × 100 m."""
    line_m = as_floats(columns["overhead_line_m"])
    if parameters.per == "100_m":
        line_m = ratio(line_m, as_floats(columns["length_m"]), 100.0)
    return measured_street(columns, parameters, line_m, "overhead_line_m: field")


KIND = number_kind(
    id="overhead-lines",
    zh="架空线长度",
    en="Overhead lines",
    unit="m",
    attributes=(),
    measure=measure_overhead_lines,
    formula=Message(
        "道路沿线架空线总长，或 ÷ 道路长度 × 100 m",
        "length of the overhead lines of a street, or ÷ length of the street × 100 m",
    ),
    high=Bound("max_m", "最大长度", "Greatest length", is_required=True),
    more=(("per", str, parameter(choice("street", "100_m"), "计量单位", "Counted by", default="street")), CLASSES),
    scope=Scope.STREET,
    missing="overhead_line_m",
    decimals=1,
)
