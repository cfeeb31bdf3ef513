"""Arrow columns to an EXT_structural_metadata schema and property table."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.errors import TilingError
from cim_core.features import ATTRIBUTE_BY_NAME, FeatureBatch
from tiles.ragged import Indices

#: Name of the enum value of features that have no code.
_NO_CODE = "unknown"
#: So many texts tell how long they are; so wide a row the codec takes (EXT_meshopt_compression).
_SAMPLE_TEXTS = 1024
_WIDEST_STRIDE = 252


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a tile's features: its name there, the column it comes from, its type and its empty value.

    A text with few values is an ``enum``: ``codes`` are its values in every tile, else those that occur in the tile.
    """

    name: str
    column: str
    type: pa.DataType
    no_data: str | float | int | None = None
    is_required: bool = False
    enum: str = ""
    codes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The class property, as the schema says it."""
        if self.enum:
            return {"type": "ENUM", "enumType": self.enum}
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
    Property("class", "kind", pa.string(), no_data="", enum="feature_class"),
    Property(
        "use",
        "use",
        pa.string(),
        no_data="",
        enum="building_use",
        codes=tuple(code.value for code in ATTRIBUTE_BY_NAME["use"].codes),
    ),
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
    """``property_columns`` as a table."""
    return pa.table(property_columns(batch, rows, class_name))


def property_columns(batch: FeatureBatch, rows: Indices, class_name: str = "building") -> dict[str, pa.Array]:
    """The property columns of some rows, under their names in the tiles; a missing value becomes its no-data value.

    Raises TilingError when ``gid`` is missing or empty.
    """
    take = None if len(rows) == len(batch) else pa.array(rows)
    columns = {}
    for prop in CLASSES[class_name]:
        values = batch.column(prop.column)
        if values is None:
            values = pa.nulls(len(batch), prop.type)
        if prop.name == "gid" and values.null_count:
            raise TilingError("features have no gid", where=batch.meta.name, hint="number them before tiling")
        values = pc.cast(values if take is None else values.take(take), prop.type)
        if pa.types.is_floating(prop.type):
            values = pc.if_else(pc.is_finite(values), values, pa.scalar(None, prop.type))
        if prop.no_data is not None or values.null_count:
            values = pc.fill_null(values, pa.scalar("" if prop.no_data is None else prop.no_data, prop.type))
        columns[prop.name] = values
    return columns


def encode_property_table(
    records: pa.Table | pa.RecordBatch,
    class_name: str,
    add_view: Callable[[bytes, int], int],
    *,
    is_plain: bool = False,
) -> dict[str, Any]:
    """The EXT_structural_metadata object with one class and one table.

    ``add_view`` stores a buffer, 8-byte aligned, given its bytes and how many of them make one value.

    As the standard allows for properties that are not required, a column that is empty throughout is left out, and
    one text for all is the default of its property. Numbers take the smallest type that holds them exactly; offsets of
    texts only if ``is_plain``, as wide ones compress to less. Behind the last text there may be some zeros, which
    make a whole number of rows.
    """
    described: dict[str, Any] = {}
    stored: dict[str, Any] = {}
    enums: dict[str, Any] = {}
    for prop in CLASSES[class_name]:
        column = _one_chunk(records.column(prop.name))
        if prop.enum:
            coded = _encode_enum(prop, column)
            if coded is not None:
                enums[prop.enum], described[prop.name], data = coded
                if "default" not in described[prop.name]:
                    stored[prop.name] = {"values": add_view(data, len(data) // len(column))}
            continue
        described[prop.name] = prop.to_json()
        if pa.types.is_string(prop.type):
            offsets, values = _string_buffers(column)
            if not values:
                if prop.is_required:
                    raise TilingError(f"every {prop.name} is empty", hint="give the features ids")
            elif not prop.is_required and len(text := column.unique()) == 1:
                described[prop.name]["default"] = text[0].as_py()
            else:
                stride = 4 if is_plain else _stride_of_texts(offsets)
                padding = 0 if is_plain else -len(values) % stride
                # Behind the texts, not before them: CesiumJS reads so many bytes from the start as the texts have.
                values += bytes(padding)
                kind, dtype = ("UINT16", "<u2") if is_plain and len(values) <= 0xFFFF else ("UINT32", "<u4")
                stored[prop.name] = {
                    "values": add_view(values, stride),
                    "stringOffsets": add_view(offsets.astype(dtype).tobytes(), np.dtype(dtype).itemsize),
                    "stringOffsetType": kind,
                }
        else:
            data = column.to_numpy(zero_copy_only=False)
            if prop.no_data is not None and bool((data == prop.no_data).all()):
                continue
            component, exact = _smallest(data, described[prop.name]["componentType"])
            described[prop.name]["componentType"] = component
            stored[prop.name] = {"values": add_view(np.ascontiguousarray(exact).tobytes(), exact.itemsize)}
    schema: dict[str, Any] = {"id": "xiushui_cim", "classes": {class_name: {"properties": described}}}
    if enums:
        schema["enums"] = enums
    return {
        "schema": schema,
        "propertyTables": [{"class": class_name, "count": records.num_rows, "properties": stored}],
    }


def _encode_enum(prop: Property, column: pa.Array) -> tuple[dict[str, Any], dict[str, Any], bytes] | None:
    """The enum, the class property and the values of a coded text; None where it is empty throughout.

    One value for all is the property's default. What is no code is the no-data value.
    """
    present = sorted(text for text in column.unique().to_pylist() if text)
    names = list(prop.codes) or present
    if not set(present) & set(names):
        return None
    codes = pc.index_in(column, value_set=pa.array(names, pa.string()))
    described = prop.to_json()
    if codes.null_count:
        codes = pc.fill_null(codes, len(names))
        names = [*names, _NO_CODE]
        described["noData"] = _NO_CODE
    elif len(present) == 1:
        described["default"] = present[0]
    kind, dtype = ("UINT8", "u1") if len(names) <= 0xFF else ("UINT16", "<u2")
    values = [{"name": name, "value": number} for number, name in enumerate(names)]
    data = codes.to_numpy(zero_copy_only=False).astype(dtype)
    return {"valueType": kind, "values": values}, described, data.tobytes()


def _smallest(data: NDArray[Any], component: str) -> tuple[str, NDArray[Any]]:
    """FLOAT64 as FLOAT32 and INT32 as INT16 where no value changes."""
    narrow = {"FLOAT64": ("FLOAT32", np.float32), "INT32": ("INT16", np.int16)}.get(component)
    if narrow is not None:
        with np.errstate(over="ignore"):
            small = data.astype(narrow[1])
        if bool((small == data).all()):
            return narrow[0], small
    return component, data


def _stride_of_texts(offsets: NDArray[np.int32]) -> int:
    """Bytes a row for texts: whole ones of the commonest length, whose letters then stand below each other."""
    common = int(np.bincount(np.diff(offsets)[:_SAMPLE_TEXTS]).argmax())
    stride = math.lcm(4, max(common, 1))
    return stride if stride <= _WIDEST_STRIDE else 4


def _one_chunk(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    if isinstance(column, pa.Array):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _string_buffers(column: pa.Array) -> tuple[NDArray[np.int32], bytes]:
    """Offsets from zero and the UTF-8 bytes of a string column without nulls."""
    _, offset_buffer, data_buffer = column.buffers()
    offsets = np.frombuffer(offset_buffer, np.int32, len(column) + 1, 4 * column.offset)
    data = (
        b"" if data_buffer is None else data_buffer.slice(int(offsets[0]), int(offsets[-1] - offsets[0])).to_pybytes()
    )
    return offsets - offsets[0], data
