"""``footway-width`` 人行道净宽: the least clear width of the footways of a street."""

from __future__ import annotations

from cim_core.townscape.kinds.base import Message, Scope
from cim_core.townscape.kinds.by_class import CLASSES, measured_street
from cim_core.townscape.kinds.numbers import Bound, number_kind
from cim_core.townscape.texts import as_floats

KIND = number_kind(
    id="footway-width",
    zh="人行道净宽",
    en="Clear width of footways",
    unit="m",
    attributes=(),
    measure=lambda columns, p: measured_street(
        columns, p, as_floats(columns["footway_width_m"]), "footway_width_m: field"
    ),
    formula=Message("人行道最窄处的净宽", "clear width of the footways at their narrowest"),
    low=Bound("min_m", "最小净宽", "Least clear width", is_required=True),
    more=(CLASSES,),
    scope=Scope.STREET,
    missing="footway_width_m",
)
