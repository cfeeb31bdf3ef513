"""Arrow columns to an EXT_structural_metadata schema and property table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cim_core.errors import TilingError
from cim_core.features import FeatureBatch
from tiles.ragged import Indices


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a tile's features: its name there, the column it comes from, its type and its empty value."""

    name: str
    column: str
    type: pa.DataType
    no_data: str | float | int | None = None
    is_required: bool = False

    def to_json(self) -> dict[str, Any]:
        """The class property, as the schema says it."""
        if pa.types.is_string(self.type):
            out: dict[str, Any] = {"type": "STRING"}
        else:
            component = {pa.uint32(): "UINT32", pa.int32(): "INT32", pa.float64(): "FLOAT64"}[self.type]
            out = {"type": "SCALAR", "componentType": component}
        if self.is_required:
            out["required"] = True
        elif self.no_data is not None:
            out["noData"] = self.no_data
        return out


BUILDING_PROPERTIES = (
    Property("id", "id", pa.string(), is_required=True),
    Property("gid", "gid", pa.uint32(), is_required=True),
    Property("parent_id", "parent_id", pa.string(), no_data=""),
    Property("name", "name", pa.string(), no_data=""),
    Property("class", "kind", pa.string(), no_data=""),
    Property("height", "height_m", pa.float64(), no_data=-9999.0),
    Property("storeys", "storeys", pa.int32(), no_data=-1),
)
ELEMENT_PROPERTIES = (
    *BUILDING_PROPERTIES,
    Property("storey", "storey", pa.string(), no_data=""),
    Property("material", "material", pa.string(), no_data=""),
    Property("properties", "properties", pa.string(), no_data=""),
)
CLASSES: dict[str, tuple[Property, ...]] = {"building": BUILDING_PROPERTIES, "element": ELEMENT_PROPERTIES}


def property_records(batch: FeatureBatch, rows: Indices, class_name: str = "building") -> pa.Table:
    """The property columns of some rows, under their names in the tiles; a missing value becomes its no-data value.

    Raises TilingError when ``gid`` is missing or empty.
    """
    take = pa.array(rows)
    columns = {}
    for prop in CLASSES[class_name]:
        values = batch.column(prop.column)
        if values is None:
            values = pa.nulls(len(batch), prop.type)
        if prop.name == "gid" and values.null_count:
            raise TilingError("features have no gid", where=batch.meta.name, hint="number them before tiling")
        values = pc.cast(values.take(take), prop.type)
        if pa.types.is_floating(prop.type):
            values = pc.if_else(pc.is_finite(values), values, pa.scalar(None, prop.type))
        if prop.no_data is not None or values.null_count:
            values = pc.fill_null(values, pa.scalar("" if prop.no_data is None else prop.no_data, prop.type))
        columns[prop.name] = values
    return pa.table(columns)


def encode_property_table(records: pa.Table, class_name: str, add_view: Callable[[bytes], int]) -> dict[str, Any]:
    """The EXT_structural_metadata object with one class and one table; ``add_view`` stores a buffer, 8-byte aligned.

    A column that is empty throughout is left out, as the standard allows for properties that are not required.
    """
    properties: dict[str, Any] = {}
    for prop in CLASSES[class_name]:
        column = _one_chunk(records[prop.name])
        if pa.types.is_string(prop.type):
            offsets, values = _string_buffers(column)
            if not values:
                if prop.is_required:
                    raise TilingError(f"every {prop.name} is empty", hint="give the features ids")
                continue
            view = add_view(values)
            properties[prop.name] = {"values": view, "stringOffsets": add_view(offsets), "stringOffsetType": "UINT32"}
        else:
            data = column.to_numpy(zero_copy_only=False)
            if prop.no_data is not None and bool((data == prop.no_data).all()):
                continue
            properties[prop.name] = {"values": add_view(np.ascontiguousarray(data).tobytes())}
    schema = {
        "id": "xiushui_cim",
        "classes": {class_name: {"properties": {p.name: p.to_json() for p in CLASSES[class_name]}}},
    }
    return {
        "schema": schema,
        "propertyTables": [{"class": class_name, "count": records.num_rows, "properties": properties}],
    }


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _string_buffers(column: pa.Array) -> tuple[bytes, bytes]:
    """Offsets from zero as UINT32 and the UTF-8 bytes of a string column without nulls."""
    _, offset_buffer, data_buffer = column.buffers()
    offsets = np.frombuffer(offset_buffer, np.int32, len(column) + 1, 4 * column.offset)
    data = (
        b"" if data_buffer is None else data_buffer.slice(int(offsets[0]), int(offsets[-1] - offsets[0])).to_pybytes()
    )
    return (offsets - offsets[0]).astype("<u4").tobytes(), data
