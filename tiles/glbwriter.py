"""The buffer views and accessors of a binary glTF, plain or compressed with meshopt."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from tiles import meshopt
from tiles.tilemesh import corners_of, take_rows

BYTE, UNSIGNED_BYTE, UNSIGNED_SHORT, UNSIGNED_INT, FLOAT = 5120, 5121, 5123, 5125, 5126
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963
MESHOPT = "EXT_meshopt_compression"
#: About what the description of a compressed view takes beyond that of a plain one.
_TABLE_VIEW_BYTES = 160
_POOR_TRIANGLE_BYTES = 1.5
#: So many edges tell which way of packing them is smaller.
_SAMPLE_EDGES = 1024


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

    def add_table(self, data: bytes, stride: int) -> int:
        """A view of a property column, 8-byte aligned; compressed in elements of ``stride`` bytes where that pays."""
        if not self.plain and stride % 4 == 0 and len(data) % stride == 0 and len(data) > _TABLE_VIEW_BYTES:
            rows = np.frombuffer(data, np.uint8).reshape(-1, stride)
            packed = meshopt.encode_attributes(rows)
            if len(packed) + _TABLE_VIEW_BYTES < len(data):
                self._views.append(self._compressed(packed, len(rows), stride, "ATTRIBUTES", "NONE"))
                return len(self._views) - 1
        return self.add_bytes(data)

    def add_bytes(self, data: bytes) -> int:
        """A view of bytes as they are, 8-byte aligned."""
        self._views.append({"buffer": 0, "byteOffset": self._append(data), "byteLength": len(data)})
        return len(self._views) - 1

    def add_floats(
        self,
        rows: NDArray[Any],
        kind: str,
        *,
        place: NDArray[np.int64] | None = None,
        bounds: bool = False,
        exponent: int = meshopt.FIXED_POINT_EXPONENT,
        per_row: int = 1,
    ) -> int:
        """A float attribute of the vertices at ``place`` in ``rows``, or of all rows.

        As it is, or on a grid of 2^exponent through the EXPONENTIAL filter, ``per_row`` vertices a row of the stream.
        """
        if self.plain:
            box = bounds_of(rows) if bounds else None
            return self.add_vertices(rows if place is None else take_rows(rows, place), FLOAT, kind, bounds=box)
        words = meshopt.to_exponential(rows, exponent)
        box = bounds_of(meshopt.from_exponential(words)) if bounds else None
        words = words if place is None else take_rows(words, place)
        return self.add_vertices(words, FLOAT, kind, bounds=box, filter_name="EXPONENTIAL", per_row=per_row)

    def add_vertices(
        self,
        rows: NDArray[Any],
        component_type: int,
        kind: str,
        *,
        normalized: bool = False,
        bounds: tuple[list[float], list[float]] | None = None,
        filter_name: str = "NONE",
        per_row: int = 1,
    ) -> int:
        """An accessor over (n, k) rows whose byte size is a multiple of four.

        ``per_row``: so many vertices are one element of the compressed stream; only for tightly packed attributes, as
        a view that says its stride must have that of its stream (EXT_meshopt_compression, JSON schema updates).
        """
        rows = np.ascontiguousarray(rows)
        stride = rows.shape[1] * rows.itemsize
        view: dict[str, Any] = {"target": ARRAY_BUFFER}
        if per_row == 1:
            view["byteStride"] = stride
        if self.plain:
            data = rows.tobytes()
            view = {"buffer": 0, "byteOffset": self._append(data), "byteLength": len(data), **view}
        else:
            elements = _in_rows(rows.reshape(-1), per_row * rows.shape[1])
            packed = meshopt.encode_attributes(elements)
            view |= self._compressed(packed, len(elements), per_row * stride, "ATTRIBUTES", filter_name)
        accessor: dict[str, Any] = {"componentType": component_type, "count": len(rows), "type": kind}
        if normalized:
            accessor["normalized"] = True
        if bounds:
            accessor["min"], accessor["max"] = bounds
        return self._accessor(view, accessor)

    def add_instanced(self, rows: NDArray[np.float32], kind: str) -> int:
        """An accessor over (n, k) values of which every instance has one; never compressed, as they are few."""
        data = np.ascontiguousarray(rows).tobytes()
        view = {"buffer": 0, "byteOffset": self._append(data), "byteLength": len(data)}
        return self._accessor(view, {"componentType": FLOAT, "count": len(rows), "type": kind})

    def add_triangles(self, triangles: NDArray[np.uint32], vertices: int) -> int:
        """An accessor over the indices of (T, 3) triangles."""
        flat = triangles.reshape(-1)
        if self.plain:
            return self._plain_indices(flat, vertices)
        dtype = _index_type(vertices)
        packed = meshopt.encode_triangles(flat, vertices)
        if len(packed) > _POOR_TRIANGLE_BYTES * len(triangles):
            # Regular patterns that share few vertices take fewer bytes as rows of two triangles.
            rows = _in_rows(flat.astype(dtype), 6)
            other = meshopt.encode_attributes(rows)
            if len(other) < len(packed):
                return self._packed_indices(other, len(flat), dtype, "ATTRIBUTES", len(rows), 6 * dtype.itemsize)
        return self._packed_indices(packed, len(flat), dtype, "TRIANGLES", len(flat), dtype.itemsize)

    def add_edges(self, edges: NDArray[np.uint32], vertices: int) -> int:
        """An accessor over the indices of (E, 2) edges: short ones in pairs or wide ones one by one, as is smaller."""
        flat = edges.reshape(-1)
        if self.plain:
            return self._plain_indices(flat, vertices)
        short = _index_type(vertices)
        some = edges[:_SAMPLE_EDGES]
        pairs, singles = (meshopt.encode_attributes(rows) for rows in (some.astype(short), some.reshape(-1, 1)))
        if len(pairs) <= len(singles):
            data = meshopt.encode_attributes(edges.astype(short))
            return self._packed_indices(data, len(flat), short, "ATTRIBUTES", len(edges), 2 * short.itemsize)
        data = meshopt.encode_attributes(flat.astype("<u4").reshape(-1, 1))
        return self._packed_indices(data, len(flat), np.dtype("<u4"), "ATTRIBUTES", len(flat), 4)

    def _plain_indices(self, flat: NDArray[np.uint32], vertices: int) -> int:
        dtype = _index_type(vertices)
        data = flat.astype(dtype).tobytes()
        view = {"buffer": 0, "byteOffset": self._append(data), "byteLength": len(data), "target": ELEMENT_ARRAY_BUFFER}
        return self._accessor(view, _index_accessor(dtype, len(flat)))

    def _packed_indices(
        self, data: bytes, indices: int, dtype: np.dtype[Any], mode: str, elements: int, stride: int
    ) -> int:
        view = {"target": ELEMENT_ARRAY_BUFFER, **self._compressed(data, elements, stride, mode, "NONE")}
        return self._accessor(view, _index_accessor(dtype, indices))

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


def _index_type(vertices: int) -> np.dtype[Any]:
    """16 bits where that suffices (65,535 is the restart value)."""
    return np.dtype("<u2" if vertices <= 65535 else "<u4")


def _index_accessor(dtype: np.dtype[Any], count: int) -> dict[str, Any]:
    kind = UNSIGNED_SHORT if dtype.itemsize == 2 else UNSIGNED_INT
    return {"componentType": kind, "count": count, "type": "SCALAR"}


def _in_rows(flat: NDArray[Any], width: int) -> NDArray[Any]:
    """Values in rows of ``width``, the last one filled up with zeros."""
    missing = -len(flat) % width
    if missing:
        flat = np.concatenate([flat, np.zeros(missing, flat.dtype)])
    return flat.reshape(-1, width)


def bounds_of(rows: NDArray[Any]) -> tuple[list[float], list[float]]:
    """Smallest and largest value of every column, as an accessor says them."""
    low, high = corners_of(rows)
    return low.tolist(), high.tolist()
