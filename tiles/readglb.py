"""Read back what ``tiles.glb`` writes (and other GLBs of the same kind), undoing compression and quantisation.

Independent of the writer on purpose: the structural checker and the tests judge the bytes, not the intentions.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from tiles import meshopt

Floats = NDArray[np.float64]

_COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTH = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_SCALARS = {
    "INT8": "<i1",
    "UINT8": "<u1",
    "INT16": "<i2",
    "UINT16": "<u2",
    "INT32": "<i4",
    "UINT32": "<u4",
    "INT64": "<i8",
    "UINT64": "<u8",
    "FLOAT32": "<f4",
    "FLOAT64": "<f8",
}


class GlbError(ValueError):
    """The bytes are not the glTF they claim to be."""


@dataclass(frozen=True, slots=True)
class Glb:
    """JSON and binary chunk of a binary glTF."""

    document: dict[str, Any]
    binary: bytes

    def view_bytes(self, index: int) -> bytes:
        """The bytes of a buffer view, decompressed and filtered. Raises GlbError."""
        view = self.document["bufferViews"][index]
        packed = meshopt_of(view)
        if packed is None:
            if view["buffer"] != 0:
                raise GlbError(f"buffer view {index} is in a buffer that is not stored")
            start = view.get("byteOffset", 0)
            return self._slice(start, view["byteLength"], index)
        data = self._slice(packed.get("byteOffset", 0), packed["byteLength"], index)
        count, stride = packed["count"], packed["byteStride"]
        if count * stride != view["byteLength"]:
            raise GlbError(f"buffer view {index} is {view['byteLength']} bytes, its stream {count * stride}")
        try:
            return _decompress(data, count, stride, packed["mode"], packed.get("filter", "NONE"))
        except RuntimeError as error:
            raise GlbError(f"buffer view {index}: {error}") from error

    def accessor(self, index: int) -> NDArray[Any]:
        """The values of an accessor as stored, (n,) or (n, k); normalised integers are not scaled. Raises GlbError."""
        accessor = self.document["accessors"][index]
        view = self.document["bufferViews"][accessor["bufferView"]]
        dtype = np.dtype(_COMPONENTS[accessor["componentType"]])
        width, count = _WIDTH[accessor["type"]], accessor["count"]
        size = width * dtype.itemsize
        stride = view.get("byteStride", size)
        offset = accessor.get("byteOffset", 0)
        data = self.view_bytes(accessor["bufferView"])
        if offset + stride * (count - 1) + size > len(data):
            raise GlbError(f"accessor {index} reaches beyond its buffer view")
        table = np.ndarray((count, width), dtype, data, offset, (stride, dtype.itemsize))
        return table[:, 0] if width == 1 else table

    def node_matrices(self) -> list[tuple[int, Floats]]:
        """(mesh, 4×4 row-major matrix to the scene) of every node with a mesh, and of every instance; parents count."""
        found: list[tuple[int, Floats]] = []
        nodes = self.document.get("nodes", [])

        def visit(index: int, parent: Floats) -> None:
            node = nodes[index]
            matrix = parent @ _local_matrix(node)
            if "mesh" in node:
                found.extend((node["mesh"], matrix @ place) for place in self.instance_matrices(node))
            for child in node.get("children", ()):
                visit(child, matrix)

        for root in self.document["scenes"][self.document.get("scene", 0)]["nodes"]:
            visit(root, np.eye(4))
        return found

    def instance_matrices(self, node: dict[str, Any]) -> list[Floats]:
        """4×4 row-major matrices of a node's instances in its own frame; of a node without instances the identity."""
        attributes = node.get("extensions", {}).get("EXT_mesh_gpu_instancing", {}).get("attributes")
        if attributes is None:
            return [np.eye(4)]
        names = {"TRANSLATION": "translation", "ROTATION": "rotation", "SCALE": "scale"}
        columns = {names[name]: self.accessor(index) for name, index in attributes.items() if name in names}
        count = len(next(iter(columns.values())))
        return [_local_matrix({name: values[n] for name, values in columns.items()}) for n in range(count)]

    def positions(self, primitive: dict[str, Any], matrix: Floats) -> Floats:
        """Positions (n, 3) of a primitive in the tile's frame, z up, metres."""
        stored = self.accessor(primitive["attributes"]["POSITION"]).astype(np.float64)
        y_up = stored @ matrix[:3, :3].T + matrix[:3, 3]
        return np.stack([y_up[:, 0], -y_up[:, 2], y_up[:, 1]], axis=1)

    def property_column(self, name: str, table: int = 0) -> list[str] | NDArray[Any]:
        """The values of a property: text and names of enum values as a list, scalars as an array.

        Raises GlbError or KeyError.
        """
        metadata = self.document["extensions"]["EXT_structural_metadata"]
        described = metadata["propertyTables"][table]
        prop = metadata["schema"]["classes"][described["class"]]["properties"][name]
        count = described["count"]
        if name not in described["properties"] and "default" in prop:
            return np.full(count, prop["default"]) if prop["type"] == "SCALAR" else [prop["default"]] * count
        stored = described["properties"][name]
        values = self.view_bytes(stored["values"])
        if prop["type"] == "SCALAR":
            dtype = np.dtype(_SCALARS[prop["componentType"]])
            if len(values) < count * dtype.itemsize:
                raise GlbError(f"property {name} has {len(values)} bytes for {count} values")
            return np.frombuffer(values, dtype, count)
        if prop["type"] == "ENUM":
            enum = metadata["schema"]["enums"][prop["enumType"]]
            name_by_value = {value["value"]: value["name"] for value in enum["values"]}
            codes = np.frombuffer(values, np.dtype(_SCALARS[enum["valueType"]]), count).tolist()
            return [name_by_value[code] for code in codes]
        offsets = self.view_bytes(stored["stringOffsets"])
        dtype = np.dtype(_SCALARS[stored.get("stringOffsetType", "UINT32")])
        if len(offsets) != (count + 1) * dtype.itemsize:
            raise GlbError(f"property {name} has {len(offsets) // dtype.itemsize} string offsets for {count} values")
        at = np.frombuffer(offsets, dtype).tolist()
        if any(a > b for a, b in pairwise(at)) or at[-1] > len(values):
            raise GlbError(f"string offsets of {name} are out of order")
        return [values[a:b].decode("utf-8") for a, b in pairwise(at)]

    def _slice(self, start: int, length: int, index: int) -> bytes:
        if start + length > len(self.binary):
            raise GlbError(f"buffer view {index} reaches beyond the binary chunk")
        return self.binary[start : start + length]


def parse_glb(data: bytes) -> Glb:
    """Header and chunks. Raises GlbError."""
    if len(data) < 20 or data[:4] != b"glTF":
        raise GlbError("is not a binary glTF")
    _, version, total = struct.unpack_from("<4sII", data)
    if version != 2 or total != len(data):
        raise GlbError(f"says version {version} and {total} bytes, has {len(data)} bytes")
    length, kind = struct.unpack_from("<II", data, 12)
    if kind != 0x4E4F534A or 20 + length > len(data):
        raise GlbError("has no JSON chunk")
    try:
        document = orjson.loads(data[20 : 20 + length])
    except orjson.JSONDecodeError as error:
        raise GlbError(f"JSON chunk: {error}") from error
    at = 20 + length
    if at == len(data):
        return Glb(document, b"")
    size, kind = struct.unpack_from("<II", data, at)
    if kind != 0x004E4942 or at + 8 + size != len(data):
        raise GlbError("binary chunk does not end with the file")
    return Glb(document, data[at + 8 :])


def meshopt_of(view: dict[str, Any]) -> dict[str, Any] | None:
    """The compression extension of a buffer view, or None."""
    packed: dict[str, Any] | None = view.get("extensions", {}).get("EXT_meshopt_compression")
    return packed


def _decompress(data: bytes, count: int, stride: int, mode: str, filter_name: str) -> bytes:
    if mode == "ATTRIBUTES":
        rows = meshopt.decode_attributes(data, count, stride)
        if filter_name == "EXPONENTIAL":
            return meshopt.from_exponential(rows.reshape(-1).view(np.uint32)).astype("<f4").tobytes()
        if filter_name == "OCTAHEDRAL" and stride == 4:
            return meshopt.from_octahedral(rows.view(np.int8)).tobytes()
        if filter_name != "NONE":
            raise GlbError(f"filter {filter_name} is not supported")
        return rows.tobytes()
    decode = meshopt.decode_triangles if mode == "TRIANGLES" else meshopt.decode_sequence
    return decode(data, count).astype("<u2" if stride == 2 else "<u4").tobytes()


def _local_matrix(node: dict[str, Any]) -> Floats:
    if "matrix" in node:
        return np.array(node["matrix"], float).reshape(4, 4).T
    matrix = np.eye(4)
    x, y, z, w = node.get("rotation", (0.0, 0.0, 0.0, 1.0))
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix[:3, :3] = turn * np.array(node.get("scale", (1.0, 1.0, 1.0)))
    matrix[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return matrix
