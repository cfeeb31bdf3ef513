"""``right-of-way`` 道路红线宽度: the width of a street between the edges of its right of way."""

from __future__ import annotations

from cim_core.townscape.kinds.base import Message, Scope
from cim_core.townscape.kinds.by_class import CLASSES, measured_street
from cim_core.townscape.kinds.numbers import Bound, number_kind
from cim_core.townscape.texts import as_floats

KIND = number_kind(
    id="right-of-way",
    zh="道路红线宽度",
    en="Right of way",
    unit="m",
    attributes=(),
    measure=lambda columns, p: measured_street(columns, p, as_floats(columns["width_m"]), "width_m: field"),
    formula=Message("道路红线之间的宽度", "width between the edges of the right of way"),
    low=Bound("min_m", "最小宽度", "Least width"),
    high=Bound("max_m", "最大宽度", "Greatest width"),
    more=(CLASSES,),
    scope=Scope.STREET,
    missing="width_m",
)
