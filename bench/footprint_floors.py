"""The least that each stage of footprints to tiles takes: bare calls of the libraries, warm, in one process."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import almeshopt
import mapbox_earcut
import numpy as np
import orjson
import pyarrow.compute as pc
import pyogrio.raw
import pyproj
import shapely

#: Vertices worked on at a time, so that they stay in the cache of the processor.
CHUNK = 60_000
LIBRARIES = "numpy, pyarrow, shapely, pyproj, pyogrio.raw, mapbox_earcut, almeshopt, orjson"
#: What a tile says beside its vertices: about as much JSON as a glTF with metadata has.
_HEADER = {"asset": {"version": "2.0"}, "accessors": [{"bufferView": n, "componentType": 5126} for n in range(24)]}


def measure_floors(path: Path, folder: Path) -> tuple[dict[str, float], int]:
    """Seconds of every stage, and the number of buildings. Call it again for warm figures."""
    seconds: dict[str, float] = {}

    def timed(stage: str, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = work()
        seconds[stage] = time.perf_counter() - start
        return result

    timed("start", lambda: subprocess.run([sys.executable, "-c", f"import {LIBRARIES}"], check=True))
    meta, table = timed("read", lambda: pyogrio.raw.read_arrow(path))
    column = table.column(table.column_names.index(meta["geometry_name"] or "wkb_geometry")).combine_chunks()

    def decode() -> tuple[Any, ...]:
        polygons = shapely.from_wkb(column.to_numpy(zero_copy_only=False), on_invalid="ignore")
        return polygons, *shapely.to_ragged_array(shapely.get_parts(polygons))[1:]

    polygons, lonlat, (rings, parts) = timed("decode", decode)
    timed("check", lambda: shapely.is_valid(polygons))
    to_ecef = pyproj.Transformer.from_crs(4979, 4978, always_xy=True)
    height = np.full(len(lonlat), 10.0)
    timed("reproject", lambda: to_ecef.transform(lonlat[:, 0], lonlat[:, 1], height))
    metric = (lonlat - lonlat.mean(axis=0)) * np.array([84_000.0, 111_000.0])
    roofs = timed("triangulate", lambda: _triangulate(metric, rings, parts))
    walls = timed("extrude and quantise", lambda: _extrude(metric))
    data = timed("compress", lambda: _compress(walls, len(metric), roofs))
    timed("encode", lambda: _encode(table, len(data)))
    timed("write", lambda: _write(data, folder))
    return seconds, table.num_rows


def _triangulate(metric: np.ndarray, rings: np.ndarray, parts: np.ndarray) -> np.ndarray:
    cut, pieces = mapbox_earcut.triangulate_float64, []
    for first, end in zip(parts[:-1].tolist(), parts[1:].tolist(), strict=True):
        start = rings[first]
        ends = (rings[first + 1 : end + 1] - start).astype(np.uint32)
        pieces.append(cut(metric[start : start + ends[-1]], ends))
    return np.concatenate(pieces).astype(np.uint32)


def _extrude(metric: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Walls of four vertices with their normals and a roof vertex, as 16-bit positions and 8-bit normals."""
    out = []
    for at in range(0, len(metric), CHUNK // 5):
        foot = metric[at : at + CHUNK // 5]
        steps = np.rint((foot - foot.min(axis=0)) * 100 % 65_535).astype(np.uint16)
        following = np.roll(steps, -1, axis=0)
        along = np.roll(foot, -1, axis=0) - foot
        along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
        positions = np.zeros((len(foot), 5, 4), np.uint16)
        positions[:, 0, :2] = positions[:, 3, :2] = positions[:, 4, :2] = steps
        positions[:, 1, :2] = positions[:, 2, :2] = following
        positions[:, 2:, 2] = 1000
        normals = np.zeros((len(foot), 5, 4), np.int8)
        normals[:, :4, 0], normals[:, :4, 1] = np.rint(along[:, 1:] * 127), np.rint(along[:, :1] * -127)
        normals[:, 4, 2] = 127
        out.append((positions.reshape(-1, 4), normals.reshape(-1, 4)))
    return out


def _compress(walls: list[tuple[np.ndarray, np.ndarray]], points: int, roofs: np.ndarray) -> list[bytes]:
    out = []
    for positions, normals in walls:
        feature = np.zeros((len(positions), 2), np.uint16)
        parts = [
            bytes(almeshopt.encode_vertex_buffer(one, version=0)) for one in (positions, normals, feature, feature)
        ]
        quads = 5 * np.arange(len(positions) // 5, dtype=np.uint32)[:, None] + np.array([0, 1, 2, 0, 2, 3], np.uint32)
        parts.append(bytes(almeshopt.encode_index_buffer(quads.reshape(-1), len(positions))))
        out.append(b"".join(parts))
    each = len(roofs) // len(walls) // 3 * 3
    for number in range(len(walls)):
        local = np.ascontiguousarray(roofs[number * each : (number + 1) * each])
        out[number] += bytes(almeshopt.encode_index_buffer(local, max(int(local.max()) + 1, points // len(walls))))
    return out


def _encode(table: Any, tiles: int) -> list[bytes]:
    """The attributes as property tables: joined text with offsets, numbers as they are; and the JSON of each tile."""
    out = []
    for column in table.columns[:-1]:
        whole = pc.cast(column, "string").combine_chunks() if column.type != "double" else column.combine_chunks()
        out += [buffer.to_pybytes() for buffer in whole.buffers() if buffer is not None]
    return out + [orjson.dumps(_HEADER) for _ in range(tiles)]


def _write(data: list[bytes], folder: Path) -> None:
    for number, part in enumerate(data):
        with (folder / f"{number}.bin").open("wb") as file:
            file.write(part)
            os.fsync(file.fileno())
        hashlib.sha256(part).hexdigest()
