"""One tile's meshes and property table to a binary glTF 2.0 with the 3D Tiles extensions."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from cim_core.errors import TilingError
from tiles import meshopt
from tiles.metadata import encode_property_table
from tiles.tilemesh import TileMesh, box_around, corners_of

Floats = NDArray[np.float64]

BYTE, UNSIGNED_BYTE, UNSIGNED_SHORT, UNSIGNED_INT, FLOAT = 5120, 5121, 5123, 5125, 5126
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963
MESHOPT = "EXT_meshopt_compression"
QUANTIZATION = "KHR_mesh_quantization"
OUTLINE = "CESIUM_primitive_outline"
MAX_FEATURES = 65_535
#: Largest step of 16-bit positions: rounding then moves a vertex by at most 0.87 × 1 cm. Above it a millimetre grid.
MAX_STEP_M = 0.01
#: Columns: glTF x, y, z from east, north, up (glTF is y up).
Z_UP_TO_Y_UP = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]], float)


def encode_glb(
    meshes: list[TileMesh], records: pa.Table | pa.RecordBatch, class_name: str, *, plain: bool, grid_m: float = 0.0
) -> bytes:
    """The bytes of a GLB: one node, one primitive a mesh, one property table.

    ``plain``: float attributes and no compression. ``grid_m``: positions need no finer grid than this (a coarser
    one compresses better). Raises TilingError for more than 65,535 features.
    """
    if records.num_rows > MAX_FEATURES:
        raise TilingError(f"{records.num_rows} features in one tile; feature ids reach {MAX_FEATURES}")
    writer = GlbWriter(plain=plain)
    low, high = box_around(meshes)
    step = max(float((high - low).max()) / 65535, grid_m) or 1e-3
    is_quantized = not plain and step <= max(MAX_STEP_M, grid_m)
    primitives = [_primitive(writer, mesh, low, step, records.num_rows, is_quantized) for mesh in meshes]
    matrix = Z_UP_TO_Y_UP.copy()
    if is_quantized:
        matrix = matrix @ np.array(
            [[step, 0, 0, low[0]], [0, step, 0, low[1]], [0, 0, step, low[2]], [0, 0, 0, 1]], float
        )
    used = ["EXT_mesh_features", "EXT_structural_metadata"]
    required = [] if plain else [QUANTIZATION, MESHOPT]
    if any(mesh.outline is not None for mesh in meshes):
        used.append(OUTLINE)
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "xiushui-cim"},
        "extensionsUsed": sorted(used + required),
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "matrix": matrix.T.reshape(-1).tolist()}],
        "meshes": [{"primitives": primitives}],
        "materials": [_material(mesh) for mesh in meshes],
        "extensions": {"EXT_structural_metadata": encode_property_table(records, class_name, writer.add_plain)},
    }
    if required:
        document["extensionsRequired"] = sorted(required)
    return writer.finish(document)


def _material(mesh: TileMesh) -> dict[str, Any]:
    material: dict[str, Any] = {"pbrMetallicRoughness": {"metallicFactor": 0, "roughnessFactor": 1}}
    if mesh.is_translucent:
        material["alphaMode"] = "BLEND"
    if mesh.is_double_sided:
        material["doubleSided"] = True
    return material


def _primitive(
    writer: GlbWriter, mesh: TileMesh, low: Floats, step: float, features: int, is_quantized: bool
) -> dict[str, Any]:
    attributes = {
        "POSITION": _positions(writer, mesh, low, step, is_quantized),
        "NORMAL": _normals(writer, mesh),
        "COLOR_0": writer.add_vertices(mesh.colors, UNSIGNED_BYTE, "VEC4", normalized=True),
        "_FEATURE_ID_0": writer.add_vertices(_padded(mesh.feature_ids.astype("<u2")), UNSIGNED_SHORT, "SCALAR"),
        "_HAG": writer.add_floats(mesh.hag_m.astype("<f4").reshape(-1, 1), "SCALAR", exponent=meshopt.COARSE_EXPONENT),
    }
    vertices = len(mesh.positions_enu)
    extensions: dict[str, Any] = {
        "EXT_mesh_features": {"featureIds": [{"featureCount": features, "attribute": 0, "propertyTable": 0}]}
    }
    primitive = {
        "attributes": attributes,
        "indices": writer.add_indices(mesh.triangles.reshape(-1), vertices, is_triangles=True),
        "material": writer.next_material(),
        "mode": 4,
        "extensions": extensions,
    }
    if mesh.outline is not None and len(mesh.outline):
        edges = mesh.outline[np.argsort(mesh.outline[:, 0], kind="stable")]
        extensions[OUTLINE] = {"indices": writer.add_indices(edges.reshape(-1), vertices, is_triangles=False)}
    return primitive


def _positions(writer: GlbWriter, mesh: TileMesh, low: Floats, step: float, is_quantized: bool) -> int:
    if not is_quantized:
        return writer.add_floats(mesh.positions_enu.astype("<f4"), "VEC3", bounds=True)
    steps = np.clip(np.rint((mesh.positions_enu - low) / step), 0, 65535).astype("<u2")
    rows = np.zeros((len(steps), 4), "<u2")
    rows[:, :3] = steps
    return writer.add_vertices(rows, UNSIGNED_SHORT, "VEC3", bounds=_bounds(steps))


def _bounds(rows: NDArray[Any]) -> tuple[list[float], list[float]]:
    low, high = corners_of(rows)
    return low.tolist(), high.tolist()


def _normals(writer: GlbWriter, mesh: TileMesh) -> int:
    if writer.plain:
        return writer.add_vertices(mesh.normals.astype("<f4"), FLOAT, "VEC3")
    rows = np.zeros((len(mesh.normals), 4), np.int8)
    rows[:, :3] = np.rint(mesh.normals * 127)
    return writer.add_vertices(rows, BYTE, "VEC3", normalized=True)


def _padded(values: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """A scalar column with a stride of four bytes, as vertex attributes must be aligned."""
    rows = np.zeros((len(values), 2), "<u2")
    rows[:, 0] = values
    return rows


class GlbWriter:
    """The buffer views and accessors of one GLB. Compressed streams and the table share the binary chunk."""

    def __init__(self, *, plain: bool) -> None:
        self.plain = plain
        self._chunks: list[bytes] = []
        self._size = 0
        self._fallback_size = 0
        self._views: list[dict[str, Any]] = []
        self._accessors: list[dict[str, Any]] = []
        self._materials = 0

    def next_material(self) -> int:
        """The index of the material of the next primitive: one each, in order."""
        self._materials += 1
        return self._materials - 1

    def add_plain(self, data: bytes) -> int:
        """A view of uncompressed bytes, 8-byte aligned."""
        self._views.append({"buffer": 0, "byteOffset": self._append(data), "byteLength": len(data)})
        return len(self._views) - 1

    def add_floats(
        self,
        rows: NDArray[np.float32],
        kind: str,
        *,
        bounds: bool = False,
        exponent: int = meshopt.FIXED_POINT_EXPONENT,
    ) -> int:
        """A float attribute: as it is, or on a grid of 2^exponent metres through the EXPONENTIAL filter."""
        if self.plain:
            box = _bounds(rows) if bounds else None
            return self.add_vertices(rows, FLOAT, kind, bounds=box)
        words = meshopt.to_exponential(rows, exponent)
        shown = meshopt.from_exponential(words)
        box = _bounds(shown) if bounds else None
        return self.add_vertices(words, FLOAT, kind, bounds=box, filter_name="EXPONENTIAL")

    def add_vertices(
        self,
        rows: NDArray[Any],
        component_type: int,
        kind: str,
        *,
        normalized: bool = False,
        bounds: tuple[list[float], list[float]] | None = None,
        filter_name: str = "NONE",
    ) -> int:
        """An accessor over (n, k) rows whose byte size is a multiple of four."""
        rows = np.ascontiguousarray(rows)
        stride = rows.shape[1] * rows.itemsize
        view: dict[str, Any] = {"target": ARRAY_BUFFER, "byteStride": stride}
        if self.plain:
            data = rows.tobytes()
            view = {"buffer": 0, "byteOffset": self._append(data), "byteLength": len(data), **view}
        else:
            data = meshopt.encode_attributes(rows)
            view |= self._compressed(data, len(rows), stride, "ATTRIBUTES", filter_name)
        accessor: dict[str, Any] = {"componentType": component_type, "count": len(rows), "type": kind}
        if normalized:
            accessor["normalized"] = True
        if bounds:
            accessor["min"], accessor["max"] = bounds
        return self._accessor(view, accessor)

    def add_indices(self, indices: NDArray[np.uint32], vertices: int, *, is_triangles: bool) -> int:
        """An index accessor, 16 bits wide where that suffices (65,535 is the restart value)."""
        is_short = vertices <= 65535
        stride = 2 if is_short else 4
        view: dict[str, Any] = {"target": ELEMENT_ARRAY_BUFFER}
        if self.plain:
            data = indices.astype("<u2" if is_short else "<u4").tobytes()
            view = {"buffer": 0, "byteOffset": self._append(data), "byteLength": len(data), **view}
        else:
            whole = indices.astype("<u2" if is_short else "<u4")
            # Regular patterns (walls, edges) take fewer bytes as rows of attributes than as indices.
            width = 6 if is_triangles else 2
            rows = np.concatenate([whole, np.zeros(-len(whole) % width, whole.dtype)]).reshape(-1, width)
            packed = meshopt.encode_attributes(rows)
            as_triangles = meshopt.encode_triangles(indices, vertices) if is_triangles else None
            if as_triangles is not None and len(as_triangles) <= len(packed):
                view |= self._compressed(as_triangles, len(indices), stride, "TRIANGLES", "NONE")
            else:
                view |= self._compressed(packed, len(rows), width * stride, "ATTRIBUTES", "NONE")
        component_type = UNSIGNED_SHORT if is_short else UNSIGNED_INT
        return self._accessor(view, {"componentType": component_type, "count": len(indices), "type": "SCALAR"})

    def finish(self, document: dict[str, Any]) -> bytes:
        """Header, JSON chunk, binary chunk."""
        binary = b"".join(self._chunks)
        buffers: list[dict[str, Any]] = [{"byteLength": len(binary)}]
        if self._fallback_size:
            fallback = {"byteLength": self._fallback_size, "extensions": {MESHOPT: {"fallback": True}}}
            buffers.append(fallback)
        document |= {"buffers": buffers, "bufferViews": self._views, "accessors": self._accessors}
        text = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
        text += b" " * (-(12 + 8 + len(text)) % 8)
        total = 12 + 8 + len(text) + 8 + len(binary)
        head = struct.pack("<4sII", b"glTF", 2, total) + struct.pack("<II", len(text), 0x4E4F534A)
        return b"".join([head, text, struct.pack("<II", len(binary), 0x004E4942), binary])

    def _compressed(self, data: bytes, count: int, stride: int, mode: str, filter_name: str) -> dict[str, Any]:
        """A view into the fallback buffer, which is declared but not stored, with its stream in the binary chunk."""
        extension = {
            "buffer": 0,
            "byteOffset": self._append(data),
            "byteLength": len(data),
            "byteStride": stride,
            "count": count,
            "mode": mode,
        }
        if filter_name != "NONE":
            extension["filter"] = filter_name
        size = count * stride
        view = {
            "buffer": 1,
            "byteOffset": self._fallback_size,
            "byteLength": size,
            "extensions": {MESHOPT: extension},
        }
        self._fallback_size += size + -size % 8
        return view

    def _accessor(self, view: dict[str, Any], accessor: dict[str, Any]) -> int:
        self._views.append(view)
        self._accessors.append({"bufferView": len(self._views) - 1, **accessor})
        return len(self._accessors) - 1

    def _append(self, data: bytes) -> int:
        offset = self._size
        padding = -len(data) % 8
        self._chunks.append(data + b"\0" * padding)
        self._size += len(data) + padding
        return offset
