"""Buildings and their elements; the attribute columns are those of ``BUILDING_ATTRIBUTES``."""

from __future__ import annotations

import pyarrow as pa

from cim_core.features import BUILDING_ATTRIBUTES
from cim_core.store.schema.spec import ColumnSpec, IndexSpec, Kind, TableSpec, Topic, number, text, whole

_IDENTITY = (
    *text("dataset", "id", required=True),
    *whole("gid", required=True),
    *text("parent_id"),
    *text("kind", required=True),
)


def _kind_of(arrow_type: pa.DataType) -> Kind:
    if pa.types.is_floating(arrow_type):
        return "double"
    return "integer" if pa.types.is_integer(arrow_type) else "text"


TOPIC = Topic(
    "buildings",
    (
        TableSpec(
            "buildings",
            "Buildings 建筑",
            (
                *_IDENTITY,
                *text("height_source"),
                *(ColumnSpec(attribute.name, _kind_of(attribute.type)) for attribute in BUILDING_ATTRIBUTES),
                *text("extra"),  # JSON of source columns outside the agreed list
            ),
            key=("dataset", "id"),
            unique=(("dataset", "gid"),),
            geometry="GEOMETRY",
            history="building",
            ignored=("gid",),  # the number a tile knows it by
        ),
        TableSpec(
            "elements",
            "Building elements 构件",
            (*_IDENTITY, *text("name", "storey", "material", "properties"), *number("base_m", "height_m")),
            key=("dataset", "id"),
            indexes=(IndexSpec("elements_parent", ("dataset", "parent_id")),),
        ),
    ),
)
