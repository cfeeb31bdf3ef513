"""Feature streams built in code, with numbers that can be checked by hand."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyproj
import shapely

from cim_core.crs.heights import HeightDatum, HeightPolicy
from cim_core.crs.placement import MapPlacement
from cim_core.features import FeatureBatch, FeatureStream, MeshColumns, SourceMeta, with_gids

CGCS2000_GK_114E = pyproj.CRS(4547)
CHINA_1985 = HeightPolicy(HeightDatum.CHINA_1985, -15.6)
#: Somewhere in the county seat, EPSG:4547 metres, and a ground elevation above the 1985 datum.
SEAT_EAST, SEAT_NORTH, SEAT_GROUND = 461_000.0, 4_217_000.0, 1033.0


def box_at_seat(width: float = 10.0, depth: float = 20.0, dx: float = 0.0, dy: float = 0.0) -> shapely.Polygon:
    return shapely.box(SEAT_EAST + dx, SEAT_NORTH + dy, SEAT_EAST + dx + width, SEAT_NORTH + dy + depth)


def meta(crs: pyproj.CRS = CGCS2000_GK_114E, heights: HeightPolicy = CHINA_1985) -> SourceMeta:
    return SourceMeta("test", "test.fgb", "test", crs, "given", heights)


def building_stream(
    footprints: Sequence[shapely.Geometry | bytes | None],
    *,
    height_m: float | Sequence[float | None] = 30.0,
    base_m: float | Sequence[float | None] | None = SEAT_GROUND,
    batch_size: int = 1000,
    crs: pyproj.CRS = CGCS2000_GK_114E,
    heights: HeightPolicy = CHINA_1985,
    **columns: Sequence[object],
) -> FeatureStream:
    count = len(footprints)
    wkb = [shape if isinstance(shape, bytes | None) else shapely.to_wkb(shape) for shape in footprints]

    def each(value):
        return [value] * count if value is None or isinstance(value, float | int) else list(value)

    records = pa.RecordBatch.from_pydict(
        {
            "id": pa.array([f"b-{n}" for n in range(count)], pa.string()),
            "parent_id": pa.nulls(count, pa.string()),
            "kind": pa.array(["building"] * count, pa.string()),
            "name": pa.array([f"楼 {n}" if n % 2 else None for n in range(count)], pa.string()),
            "geometry": pa.array(wkb, pa.binary()),
            "height_m": pa.array(each(height_m), pa.float64()),
            "base_m": pa.array(each(base_m), pa.float64()),
            **{name: pa.array(values) for name, values in columns.items()},
        }
    )
    batches = (
        FeatureBatch(records.slice(start, batch_size), meta(crs, heights)) for start in range(0, count, batch_size)
    )
    return with_gids(FeatureStream(meta(crs, heights), batches, count))


def mesh_stream(elements: int = 2, *, alpha: int = 255, batch_size: int = 1000) -> FeatureStream:
    """Unit cubes in a row along x, 2 m apart, standing 1 m above the ground, preceded by their building's record."""
    import trimesh

    batches = []
    for start in range(0, elements, batch_size):
        numbers = range(start, min(start + batch_size, elements))
        cubes = [trimesh.creation.box((1, 1, 1)) for _ in numbers]
        for n, cube in zip(numbers, cubes, strict=True):
            cube.apply_translation((2 * n + 0.5, 0.5, 1.5))
        head = start == 0
        count = len(cubes) + head
        kinds = ["building"] * head + ["IfcWall"] * len(cubes)
        ids = ["house"] * head + [f"wall-{n}" for n in numbers]
        records = pa.RecordBatch.from_pydict(
            {
                "id": pa.array(ids),
                "parent_id": pa.array([None] * head + ["house"] * len(cubes), pa.string()),
                "kind": pa.array(kinds),
                "name": pa.array([f"n {i}" for i in ids]),
                "storey": pa.array([None] * head + ["L1"] * len(cubes), pa.string()),
                "properties": pa.array([None] * head + ['{"a":1}'] * len(cubes), pa.string()),
            }
        )
        faces = np.concatenate([cube.faces + 8 * i for i, cube in enumerate(cubes)]).astype(np.uint32)
        color = np.tile(np.array([[255, 188, 0, 255]], np.uint8), (len(faces), 1))
        color[: len(faces) // 2, 3] = alpha
        mesh = MeshColumns.of_triangles(
            positions=np.concatenate([cube.vertices for cube in cubes]),
            triangles=faces,
            triangle_row=np.repeat(np.arange(head, count), 12).astype(np.uint32),
            triangle_color=color,
            placement=MapPlacement(CGCS2000_GK_114E, SEAT_EAST, SEAT_NORTH, SEAT_GROUND),
        )
        batches.append(FeatureBatch(records, meta(), mesh))
    return with_gids(FeatureStream(meta(), iter(batches), elements + 1))


def glb_json(path: Path) -> dict:
    data = path.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    return json.loads(data[20 : 20 + length])
