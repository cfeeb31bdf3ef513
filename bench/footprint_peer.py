"""py3dtiles' own tiler of solids on the same buildings: ``wkbs_to_tileset`` of its ``export`` command, as a process.

It extrudes nothing and knows no CRS, so that is done for it beforehand and is not timed.
"""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pyogrio.raw
import shapely

from bench.processes import run

PROGRAM = """
import pickle, sys
import numpy as np
from py3dtiles.export import wkbs_to_tileset
with open(sys.argv[1], "rb") as file:
    solids = pickle.load(file)
wkbs_to_tileset(solids, [str(n) for n in range(len(solids))], np.eye(4, dtype=np.float32).flatten(), sys.argv[2])
"""
#: Its triangle indices are bytes.
_MOST_POINTS = 60


def run_peer(python: str, path: Path, count: int, folder: Path) -> dict[str, float]:
    """Time and memory of the peer for the first ``count`` buildings of a file in degrees."""
    solids = folder / "solids.pickle"
    solids.write_bytes(pickle.dumps(_solids(path, count)))
    out = folder / "peer"
    out.mkdir(exist_ok=True)
    return run([python, "-c", PROGRAM, str(solids), str(out)])


def _solids(path: Path, count: int) -> list[bytes]:
    """Roofs and walls as MultiPolygon Z in metres, y up as it wants them."""
    _, _, wkb, fields = pyogrio.raw.read(path, max_features=count)
    shapes = shapely.from_wkb(wkb)
    west, south = shapely.total_bounds(shapes)[:2]
    solids = []
    for shape, height in zip(shapes, _heights(fields), strict=True):
        ring = np.asarray(shapely.get_exterior_ring(shapely.get_parts(shape)[0]).coords)[:_MOST_POINTS]
        ground = np.column_stack([(ring[:, 0] - west) * 84_000, np.zeros(len(ring)), (south - ring[:, 1]) * 111_000])
        roof = ground + np.array([0.0, height, 0.0])
        walls = [np.array([a, b, d, c, a]) for a, b, c, d in zip(ground, ground[1:], roof, roof[1:], strict=False)]
        solids.append(
            shapely.to_wkb(shapely.MultiPolygon([shapely.Polygon(roof), *map(shapely.Polygon, walls)]), flavor="iso")
        )
    return solids


def _heights(fields: list[np.ndarray]) -> np.ndarray:
    numbers = next(values for values in fields if values.dtype == np.float64)
    return np.nan_to_num(numbers, nan=10.0)
