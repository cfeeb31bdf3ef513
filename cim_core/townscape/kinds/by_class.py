"""Judging a number of a street: by road class, named after the street, its centreline as evidence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cim_core.features.places import ROAD_CLASSES
from cim_core.townscape.kinds.base import Floats
from cim_core.townscape.kinds.numbers import Measured
from cim_core.townscape.kinds.parameters import choices, parameter
from cim_core.townscape.places import shapes
from cim_core.townscape.texts import as_array

_CLASSES = tuple(code.value for code in ROAD_CLASSES)
#: Which streets a rule judges; none named: all.
CLASSES = ("classes", tuple[str, ...], parameter(choices(*_CLASSES), "道路等级", "Road classes", default=()))


def measured_street(columns: pa.Table, parameters: Any, value: Floats, source: str) -> Measured:  # noqa: ANN401
    """A figure of every street of the rule's classes; a street of unknown class is judged by none that names some."""
    geometry, name = as_array(columns["geometry"]), as_array(columns["id"])
    in_zh, in_en = (pc.coalesce(as_array(columns[n]), name) for n in ("name_zh", "name_en"))
    is_class = pc.is_in(as_array(columns["class"]), pa.array(parameters.classes, pa.string()))
    return Measured(
        value,
        source,
        where_zh=pc.binary_join_element_wise("（", in_zh, "）", ""),
        where_en=pc.binary_join_element_wise(" (", in_en, ")", ""),
        applies=np.asarray(is_class, bool) | (not parameters.classes),
        evidence=lambda rows: shapes(geometry.take(pa.array(rows))),
    )
