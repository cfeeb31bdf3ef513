"""A LAS or LAZ file becomes 3D Tiles on the globe; the octree is py3dtiles's, position and encoding are ours.

py3dtiles puts a cloud through PROJ without a height policy, writes bare .pnts (its GLB fails the glTF validator), a
preview that differs from run to run, boxes without extent and a time stamp. So the points are first projected one
by one into a local east-north-up frame, then sorted by py3dtiles in a child process that can be ended at any time,
then written anew as compressed GLB.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyproj
from numpy.typing import NDArray

from cim_core.crs.ecef import ecef_to_lonlat, enu_to_ecef_matrix, invert_rigid, lonlat_to_ecef, transform_points
from cim_core.crs.heights import HeightPolicy
from cim_core.crs.transform import to_lonlat
from cim_core.errors import TilingError
from cim_core.files import staged_folder
from cim_core.progress import Progress
from tiles.manifest import FolderWriter
from tiles.options import TilesetSummary
from tiles.points import encode_points_glb
from tiles.spec import Tile, Tileset
from tiles.tilemesh import corners_of, srgb_to_linear_u8

Floats = NDArray[np.float64]

CHUNK_POINTS = 1_000_000
STEP_M = 0.001
BOX_MARGIN_M = 0.01
_COLORLESS_GREY = 180
_SORT = """
import sys
from py3dtiles.convert import convert
if __name__ == "__main__":
    convert(sys.argv[1], sys.argv[2], overwrite=True, jobs=int(sys.argv[3]), use_process_pool=False)
"""


def build_pointcloud(
    path: Path,
    out: Path,
    crs: pyproj.CRS,
    heights: HeightPolicy,
    progress: Progress,
    *,
    overwrite: bool = False,
    jobs: int = 2,
    finish: Callable[[Path, TilesetSummary], None] | None = None,
) -> TilesetSummary:
    """Tile a LAS or LAZ file into ``out``: tileset.json, tiles/*.glb, manifest.json. ``features`` counts points.

    Every point is projected on its own from ``crs``; its z becomes ellipsoidal by ``heights``. ``out`` is replaced
    as a whole or left as it was; nothing else stays behind, nor does any process. ``finish`` may add files to the
    folder before it takes the place of ``out``.

    Raises UsageError when ``out`` is in the way, TilingError when there are no points on the globe or sorting fails,
    GeoreferenceError, CancelledError.
    """
    with staged_folder(out, overwrite=overwrite) as staging, _scratch_folder() as scratch:
        local = scratch / "local.las"
        progress.start("project")
        enu_to_ecef = _project(path, local, crs, heights, progress)
        progress.start("sort")
        sorted_folder = scratch / "sorted"
        _sort_in_child(local, sorted_folder, scratch, jobs, progress)
        local.unlink()
        with FolderWriter(staging) as writer:
            tree = _TreeWriter(sorted_folder, writer, enu_to_ecef, progress)
            tileset = tree.write()
            writer.write("tileset.json", orjson.dumps(tileset))
            low, high = tree.region[0], tree.region[1]
            bounds = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
            height_range_m = (float(low[2]), float(high[2]))
            total = writer.write_manifest(
                kind="3d-tiles",
                options={"step_m": STEP_M},
                counts={"tiles": tree.tiles, "points": tree.points},
                bounds_deg=bounds,
                height_range_m=height_range_m,
            )
        summary = TilesetSummary(tree.tiles, total, tree.points, bounds, height_range_m)
        if finish is not None:
            finish(staging, summary)
    return summary


def _project(path: Path, target: Path, crs: pyproj.CRS, heights: HeightPolicy, progress: Progress) -> Floats:
    """Write the points in the east-north-up frame of their middle, with 16-bit colors; return that frame's matrix."""
    laspy = importlib.import_module("laspy")
    with laspy.open(path) as reader:
        if reader.header.point_count == 0:
            raise TilingError("the point cloud has no points", where=str(path))
        (x0, y0, z0), (x1, y1, _) = reader.header.mins, reader.header.maxs
        lon_deg, lat_deg = to_lonlat([(x0 + x1) / 2], [(y0 + y1) / 2], crs)
        height_m = heights.to_ellipsoidal(z0, lon_deg[0], lat_deg[0])
        origin = float(lon_deg[0]), float(lat_deg[0]), float(height_m)
        if not np.isfinite(origin).all():
            raise TilingError("the point cloud is not on the globe in its CRS", where=str(path), hint="check --crs")
        enu_to_ecef = enu_to_ecef_matrix(*origin)
        header = laspy.LasHeader(point_format=2, version="1.2")
        header.scales, header.offsets = np.full(3, STEP_M), np.zeros(3)
        gain = _color_gain(laspy, path)
        with laspy.open(target, mode="w", header=header) as writer:
            for chunk in reader.chunk_iterator(CHUNK_POINTS):
                lon_deg, lat_deg = to_lonlat(chunk.x, chunk.y, crs)
                ecef = lonlat_to_ecef(lon_deg, lat_deg, heights.to_ellipsoidal(np.asarray(chunk.z), lon_deg, lat_deg))
                enu = transform_points(invert_rigid(enu_to_ecef), ecef)
                good = np.isfinite(enu).all(axis=1) & (np.abs(enu) < 1e6).all(axis=1)
                points = laspy.ScaleAwarePointRecord.zeros(int(good.sum()), header=header)
                points.x, points.y, points.z = enu[good].T
                points.red, points.green, points.blue = _colors(chunk, gain)[good].T
                writer.write_points(points)
                progress.advance(len(chunk))
    return enu_to_ecef


def _color_gain(laspy: Any, path: Path) -> int:  # noqa: ANN401
    """257 where a file keeps 8-bit colors in its 16-bit fields, else 1; 0 where it has none or all are black."""
    with laspy.open(path) as reader:
        if "red" not in reader.header.point_format.dimension_names:
            return 0
        brightest = max(
            int(max(chunk.red.max(), chunk.green.max(), chunk.blue.max()))
            for chunk in reader.chunk_iterator(CHUNK_POINTS)
        )
    return 0 if brightest == 0 else 257 if brightest <= 255 else 1


def _colors(chunk: Any, gain: int) -> NDArray[np.uint16]:  # noqa: ANN401
    """Colors (n, 3) of 16 bits; without any, one grey."""
    if gain == 0:
        return np.full((len(chunk), 3), _COLORLESS_GREY * 257, np.uint16)
    stored = np.stack([chunk.red, chunk.green, chunk.blue], axis=1).astype(np.uint32)
    return np.minimum(stored * gain, 65535).astype(np.uint16)


@contextmanager
def _scratch_folder() -> Iterator[Path]:
    """A temporary folder with a short path (socket names are limited to about 100 bytes), gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="cim-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sort_in_child(source: Path, target: Path, scratch: Path, jobs: int, progress: Progress) -> None:
    """Run py3dtiles in a process group of its own. Raises TilingError; ends the group on any exception."""
    command = [sys.executable, "-c", _SORT, str(source), str(target), str(jobs)]
    environment = {**os.environ, "TMPDIR": str(scratch), "TEMP": str(scratch), "PYTHONWARNINGS": "ignore"}
    log_path = scratch / "log.txt"
    with log_path.open("wb") as log:
        child = subprocess.Popen(  # noqa: S603 — our own interpreter and text
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
        )
        try:
            while child.poll() is None:
                progress.advance(0)
                time.sleep(0.05)
        except BaseException:
            _end(child)
            raise
    if child.returncode != 0:
        _end(child)
        last = log_path.read_text(errors="replace").strip().splitlines()[-1:] or ["no message"]
        message = f"py3dtiles stopped with status {child.returncode}: {last[0]}"
        raise TilingError(message, hint="see whether memory or disk ran out")


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a child and its workers."""
    if os.name == "nt":
        child.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()


@dataclass(slots=True)
class _TreeWriter:
    """Writes py3dtiles's octree again: one frame, tight boxes, no preview."""

    source: Path
    writer: FolderWriter
    enu_to_ecef: Floats
    progress: Progress
    tiles: int = 0
    points: int = 0
    region: Floats = field(default_factory=lambda: np.array([[np.inf] * 3, [-np.inf] * 3]))

    def write(self) -> Tileset:
        tileset = json.loads((self.source / "tileset.json").read_bytes())
        self.progress.start("tiles")
        # The root holds only a preview that duplicates its first child.
        top = tileset["root"]
        matrix = _matrix(top)
        if top.get("children"):
            (top,) = top["children"]
            matrix = matrix @ _matrix(top)
        root, low, high = self._tile(top, matrix, "r")
        root["transform"] = self.enu_to_ecef.T.reshape(-1).tolist()
        diagonal_m = float(np.linalg.norm(high - low))
        error = max(2 * root["geometricError"], diagonal_m / 4, 1.0)
        return {"asset": {"version": "1.1"}, "geometricError": round(error, 3), "root": root}

    def _tile(self, node: dict[str, Any], matrix: Floats, name: str) -> tuple[Tile, Floats, Floats]:
        """Write a tile and its children; its JSON and the corners of all its points."""
        positions, rgb = parse_pnts((self.source / node["content"]["uri"]).read_bytes())
        placed = transform_points(matrix, positions)
        low, high = corners_of(placed)
        uri = f"tiles/{name}.glb"
        colors = np.full((len(rgb), 4), 255, np.uint8)
        colors[:, :3] = rgb
        self.writer.write(uri, encode_points_glb(placed, srgb_to_linear_u8(colors)))
        self.tiles += 1
        lonlat = ecef_to_lonlat(transform_points(self.enu_to_ecef, placed))
        west_south_low, east_north_high = corners_of(lonlat)
        self.region[0] = np.minimum(self.region[0], west_south_low)
        self.region[1] = np.maximum(self.region[1], east_north_high)
        self.progress.advance()
        children = []
        for number, child in enumerate(node.get("children", ())):
            tile, child_low, child_high = self._tile(child, matrix @ _matrix(child), f"{name}{number}")
            low, high = np.minimum(low, child_low), np.maximum(high, child_high)
            children.append(tile)
        if node["refine"] == "ADD" or not children:
            self.points += len(placed)
        middle = ((low + high) / 2).tolist()
        half = ((high - low) / 2 + BOX_MARGIN_M).tolist()
        out: Tile = {
            "boundingVolume": {"box": [*middle, half[0], 0.0, 0.0, 0.0, half[1], 0.0, 0.0, 0.0, half[2]]},
            "geometricError": round(float(node["geometricError"]), 3),
            "refine": node["refine"],
            "content": {"uri": uri},
        }
        if children:
            out["children"] = children
            errors = [1.5 * child["geometricError"] for child in children]
            out["geometricError"] = max(out["geometricError"], *errors, 0.01)
        return out, low, high


def parse_pnts(data: bytes) -> tuple[Floats, NDArray[np.uint8]]:
    """Positions (n, 3) and sRGB colors (n, 3) of a .pnts tile (3D Tiles 1.0, 10.3). Raises TilingError."""
    if data[:4] != b"pnts":
        raise TilingError("py3dtiles wrote something that is not a point tile")
    table_size = int.from_bytes(data[12:16], "little")
    table = json.loads(data[28 : 28 + table_size])
    count, at = table["POINTS_LENGTH"], 28 + table_size
    positions = np.frombuffer(data, "<f4", 3 * count, at + table["POSITION"]["byteOffset"]).reshape(-1, 3)
    rgb = np.frombuffer(data, "u1", 3 * count, at + table["RGB"]["byteOffset"]).reshape(-1, 3)
    return positions.astype(np.float64), rgb


def _matrix(node: dict[str, Any]) -> Floats:
    return np.array(node["transform"], float).reshape(4, 4).T if "transform" in node else np.eye(4)
