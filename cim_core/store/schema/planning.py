"""The places of the planning: districts, units and parcels in one table, and view corridors."""

from __future__ import annotations

import pyarrow as pa

from cim_core.features.places import PLAN_UNIT_ATTRIBUTES, VIEW_CORRIDOR_ATTRIBUTES
from cim_core.features.schema import Attribute
from cim_core.store.schema.spec import ColumnSpec, IndexSpec, TableSpec, Topic, number, text


def attribute_columns(attributes: tuple[Attribute, ...]) -> tuple[ColumnSpec, ...]:
    """A column for every agreed attribute, in order."""
    return tuple(column for a in attributes for column in (number if pa.types.is_floating(a.type) else text)(a.name))


TOPIC = Topic(
    "planning",
    (
        TableSpec(
            "plan_units",
            "Districts, units and parcels 片区、单元、地块",
            (*text("id", required=True), *attribute_columns(PLAN_UNIT_ATTRIBUTES), *text("properties")),
            key=("id",),
            indexes=(IndexSpec("plan_units_parent", ("parent_id",)),),
            geometry="GEOMETRY",
            history="plan-unit",
        ),
        TableSpec(
            "view_corridors",
            "View corridors 视线通廊",
            (*text("id", required=True), *attribute_columns(VIEW_CORRIDOR_ATTRIBUTES), *text("properties")),
            key=("id",),
            geometry="GEOMETRY",
            history="view-corridor",
        ),
    ),
)
