"""``population-density`` 人口密度: people of a plan unit for each square kilometre."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from cim_core.townscape.kinds.base import Message, Scope
from cim_core.townscape.kinds.numbers import Bound, Measured, number_kind, ratio
from cim_core.townscape.kinds.planned import LEVEL, measured_unit
from cim_core.townscape.texts import as_floats


def measure_population_density(columns: pa.Table, parameters: Any) -> Measured:  # noqa: ANN401
    """``population`` ÷ area, people a square kilometre."""
    density = ratio(as_floats(columns["population"]), as_floats(columns["area_m2"]), 1e6)
    return measured_unit(columns, parameters, density, "population ÷ area")


KIND = number_kind(
    id="population-density",
    zh="人口密度",
    en="Population density",
    unit="/km²",
    attributes=(),
    measure=measure_population_density,
    formula=Message("人口 ÷ 用地面积（km²）", "population ÷ area in km²"),
    low=Bound("min_per_km2", "最小密度", "Least density"),
    high=Bound("max_per_km2", "最大密度", "Greatest density"),
    more=(LEVEL,),
    scope=Scope.PLAN_UNIT,
    missing="population",
    decimals=0,
)
