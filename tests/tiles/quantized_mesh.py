"""A small decoder of quantized-mesh-1.0, written from the format's description and not from our encoder."""

from __future__ import annotations

import gzip
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass
class DecodedTile:
    center: np.ndarray
    sphere: tuple[np.ndarray, float]
    occlusion: np.ndarray
    low: float
    high: float
    u: np.ndarray
    v: np.ndarray
    height: np.ndarray
    triangles: np.ndarray
    edges: dict[str, np.ndarray]
    normals: np.ndarray


def decode_tile(path: Path) -> DecodedTile:
    data = gzip.decompress(path.read_bytes())
    at = 88
    head = struct.unpack_from("<3d2f4d3d", data)
    (count,) = struct.unpack_from("<I", data, at)
    at += 4
    columns = []
    for _ in range(3):
        coded = np.frombuffer(data, "<u2", count, at).astype(np.int64)
        columns.append(np.cumsum((coded >> 1) ^ -(coded & 1)))
        at += 2 * count
    assert count <= 65536
    (triangles,) = struct.unpack_from("<I", data, at)
    codes = np.frombuffer(data, "<u2", 3 * triangles, at + 4)
    at += 4 + 6 * triangles
    indices, highest = [], 0
    for code in codes.tolist():
        indices.append(highest - code)
        highest += code == 0
    edges = {}
    for name in ("west", "south", "east", "north"):
        (length,) = struct.unpack_from("<I", data, at)
        edges[name] = np.frombuffer(data, "<u2", length, at + 4)
        at += 4 + 2 * length
    kind, length = struct.unpack_from("<BI", data, at)
    assert (kind, length) == (1, 2 * count)
    xy = np.frombuffer(data, "u1", length, at + 5).reshape(-1, 2) / 255 * 2 - 1
    assert at + 5 + length == len(data)
    z = 1 - np.abs(xy).sum(axis=1)
    folded = (1 - np.abs(xy[:, ::-1])) * np.where(xy < 0, -1, 1)
    normals = np.column_stack([np.where(z[:, None] < 0, folded, xy), z])
    low, high = head[3:5]
    return DecodedTile(
        center=np.array(head[:3]),
        sphere=(np.array(head[5:8]), head[8]),
        occlusion=np.array(head[9:12]),
        low=low,
        high=high,
        u=columns[0] / 32767,
        v=columns[1] / 32767,
        height=low + columns[2] / 32767 * (high - low),
        triangles=np.array(indices).reshape(-1, 3),
        edges=edges,
        normals=normals / np.linalg.norm(normals, axis=1, keepdims=True),
    )
