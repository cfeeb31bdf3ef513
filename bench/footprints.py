"""What footprints cost: each stage's floor with bare library calls, and ``cim convert`` beside their sum.

Usage: python -m bench.footprints [FILE] [--runs N] [--million] [--formats] [--json OUT]

Floors are measured in this process, one after another, on the same file; the best of N runs counts. The command is
then timed as a user starts it. Memory is the sum of proportional set sizes over the command and its helpers.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import almeshopt
import mapbox_earcut
import numpy as np
import pyogrio.raw
import pyproj
import shapely

ROOT = Path(__file__).resolve().parents[1]
DEFAULT = ROOT.parent / "shared" / "data" / "footprints" / "nyc_100k.fgb"
COPIES = 10


def floors(path: Path, folder: Path) -> tuple[dict[str, float], int]:
    """Seconds of every stage, and the number of buildings."""
    seconds: dict[str, float] = {}

    def timed(stage: str, work: Callable[[], object]) -> object:
        start = time.perf_counter()
        result = work()
        seconds[stage] = time.perf_counter() - start
        return result

    _, _, wkb, fields = timed("read", lambda: pyogrio.raw.read(path))
    polygons = timed("decode", lambda: shapely.get_parts(shapely.from_wkb(wkb, on_invalid="ignore")))
    _, lonlat, (rings, parts) = timed("ragged", lambda: shapely.to_ragged_array(polygons))
    to_ecef = pyproj.Transformer.from_crs(4979, 4978, always_xy=True)
    height = np.full(len(lonlat), 10.0)
    timed("reproject", lambda: np.stack(to_ecef.transform(lonlat[:, 0], lonlat[:, 1], height), axis=1))
    metric = (lonlat - lonlat.mean(axis=0)) * np.array([84_000.0, 111_000.0])

    def triangulate() -> list[np.ndarray]:
        cut, pieces = mapbox_earcut.triangulate_float64, []
        for first, end in zip(parts[:-1].tolist(), parts[1:].tolist(), strict=True):
            start = rings[first]
            ends = (rings[first + 1 : end + 1] - start).astype(np.uint32)
            pieces.append(cut(metric[start : start + ends[-1]], ends))
        return pieces

    pieces = timed("triangulate", triangulate)

    def extrude() -> tuple[np.ndarray, np.ndarray]:
        foot = np.column_stack([metric, np.zeros(len(metric))])
        eave = foot + np.array([0, 0, 10.0])
        along = np.roll(foot, -1, axis=0) - foot
        normal = np.stack([along[:, 1], -along[:, 0], along[:, 2]], axis=1)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        walls = np.stack([foot, np.roll(foot, -1, axis=0), np.roll(eave, -1, axis=0), eave], axis=1).reshape(-1, 3)
        return np.concatenate([walls, eave]), np.repeat(normal, 4, axis=0)

    vertices, normals = timed("extrude", extrude)

    def quantise() -> tuple[np.ndarray, np.ndarray]:
        steps = np.zeros((len(vertices), 4), np.uint16)
        steps[:, :3] = np.rint((vertices - vertices.min(axis=0)) / 1.0).astype(np.int64) & 0xFFFF
        packed = np.zeros((len(normals), 4), np.int8)
        packed[:, :3] = np.rint(normals * 127)
        return steps, packed

    steps, packed = timed("quantise", quantise)
    quads = 4 * np.arange(len(metric), dtype=np.uint32)[:, None] + np.array([0, 1, 2, 0, 2, 3], np.uint32)
    roof = np.concatenate(pieces).astype(np.uint32)

    def compress() -> list[bytes]:
        chunk, out = 60_000, []
        for at in range(0, len(steps), chunk):
            out.append(bytes(almeshopt.encode_vertex_buffer(steps[at : at + chunk], version=0)))
            hag = np.zeros((len(steps[at : at + chunk]), 2), np.uint16)
            out += [bytes(almeshopt.encode_vertex_buffer(hag, version=0)) for _ in range(3)]
        for at in range(0, len(packed), chunk):
            out.append(bytes(almeshopt.encode_vertex_buffer(packed[at : at + chunk], version=0)))
        for at in range(0, len(quads), 10_000):
            local = np.ascontiguousarray(quads[at : at + 10_000] - quads[at, 0]).reshape(-1)
            out.append(bytes(almeshopt.encode_index_buffer(local, 40_000)))
        for at in range(0, len(roof) - 3, 30_000):
            local = roof[at : at + 30_000]
            out.append(bytes(almeshopt.encode_index_buffer(local[: len(local) // 3 * 3], int(local.max()) + 1)))
        return out

    data = timed("compress", compress)

    def encode() -> list[bytes]:
        return [json.dumps({"id": i, "h": h}).encode() for i, h in enumerate(fields[0][:2000].tolist())]

    timed("encode", encode)

    def write() -> None:
        for number in range(0, len(data), 8):
            with (folder / f"{number}.bin").open("wb") as file:
                file.write(b"".join(data[number : number + 8]))
                os.fsync(file.fileno())

    timed("write", write)
    return seconds, len(wkb)


def run_command(arguments: list[str]) -> dict[str, float]:
    """Wall and CPU seconds of ``cim ...`` with process start, and the peak memory of all its processes in MB."""
    command = [sys.executable, "-m", "api.cli.main", *arguments]
    before, start = os.times(), time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak = 0
    while process.poll() is None:
        peak = max(peak, pss_of_tree(process.pid))
        time.sleep(0.02)
    wall, after = time.perf_counter() - start, os.times()
    if process.returncode:
        raise SystemExit(process.stderr.read().decode() if process.stderr else "cim failed")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"wall_s": wall, "cpu_s": cpu, "peak_mb": peak / 1e6}


def pss_of_tree(pid: int) -> int:
    """Bytes: shared pages are split between the processes that share them."""
    total, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        try:
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
            total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) * 1024
            for task in Path(f"/proc/{one}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        except (OSError, StopIteration):
            continue
    return total


def make_copies(path: Path, target: Path, copies: int) -> None:
    """Copies side by side, one after another in a GeoPackage; ids stay unique."""
    meta, _, wkb, fields = pyogrio.raw.read(path)
    shapes = shapely.from_wkb(wkb)
    names = meta["fields"].tolist()
    for copy in range(copies):
        moved = shapely.to_wkb(shapely.transform(shapes, lambda xy, c=copy: xy + np.array([0.14 * c, 0.0])))
        own = list(fields)
        own[names.index("id")] = np.array([f"{copy}-{n}" for n in range(len(wkb))], object)
        pyogrio.raw.write(
            target,
            moved,
            own,
            fields=meta["fields"],
            crs=meta["crs"],
            geometry_type="Unknown",
            driver="GPKG",
            append=copy > 0,
            layer="buildings",
        )


def formats(path: Path, folder: Path) -> dict[str, float]:
    """Wall time of ``cim convert`` over the time its own reader takes to read the file, per format."""
    import pyarrow.parquet as pq

    ratios = {}
    _, arrow = pyogrio.raw.read_arrow(path)
    geometry = arrow.column_names[-1]
    for suffix, driver in (
        (".fgb", "FlatGeobuf"),
        (".gpkg", "GPKG"),
        (".shp", "ESRI Shapefile"),
        (".geojson", "GeoJSON"),
    ):
        target = folder / f"copy{suffix}"
        meta, _, wkb, fields = pyogrio.raw.read(path)
        pyogrio.raw.write(
            target, wkb, fields, fields=meta["fields"], crs=meta["crs"], geometry_type="Polygon", driver=driver
        )
        start = time.perf_counter()
        pyogrio.raw.read_arrow(target)
        read_s = time.perf_counter() - start
        run = run_command(["convert", str(target), "-o", str(folder / "fmt"), "--overwrite", "-q"])
        ratios[suffix] = {"read_s": read_s, **run}
    target = folder / "copy.parquet"
    geo = {
        "version": "1.0.0",
        "primary_column": geometry,
        "columns": {geometry: {"encoding": "WKB", "geometry_types": []}},
    }
    pq.write_table(arrow.replace_schema_metadata({"geo": json.dumps(geo)}), target)
    start = time.perf_counter()
    pq.read_table(target)
    read_s = time.perf_counter() - start
    ratios[".parquet"] = {
        "read_s": read_s,
        **run_command(["convert", str(target), "-o", str(folder / "fmt"), "--overwrite", "-q"]),
    }
    return ratios


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--million", action="store_true", help="also ten shifted copies")
    parser.add_argument("--formats", action="store_true", help="also the other formats")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stages: dict[str, float] = {}
        ours: list[dict[str, float]] = []
        count = 0
        out = folder / "out"
        for _ in range(options.runs):  # floors and command in turn, so that both see the same weather
            measured, count = floors(options.file, folder)
            stages = {stage: min(stages.get(stage, s), s) for stage, s in measured.items()}
            ours.append(run_command(["convert", str(options.file), "-o", str(out), "--overwrite", "-q"]))
        best = min(ours, key=lambda run: run["wall_s"])
        size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
        again = min(
            (run_command(["update", str(options.file), "-o", str(out), "-q"]) for _ in range(options.runs)),
            key=lambda run: run["wall_s"],
        )
        floor = sum(stages.values())
        figures = {
            "file": options.file.name,
            "buildings": count,
            "floors_s": stages,
            "floor_sum_s": floor,
            "convert": best,
            "wall_over_floor": best["wall_s"] / floor,
            "buildings_per_s": count / best["wall_s"],
            "bytes_per_building": size / count,
            "peak_mb": max(run["peak_mb"] for run in ours),
            "update_unchanged": again,
        }
        shutil.rmtree(out)
        if options.million:
            for copies, label in ((1, "hundred_thousand_gpkg"), (COPIES, "million")):
                target = folder / f"{label}.gpkg"
                make_copies(options.file, target, copies)
                figures[label] = run_command(["convert", str(target), "-o", str(out), "--overwrite", "-q"])
            ratio = figures["million"]["wall_s"] / (COPIES * figures["hundred_thousand_gpkg"]["wall_s"])
            figures["million"]["wall_over_ten_times_100k"] = ratio
        if options.formats:
            figures["formats"] = formats(options.file, folder)
    print_table(figures)
    text = json.dumps(figures, indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n")


def print_table(figures: dict) -> None:
    for stage, seconds in figures["floors_s"].items():
        print(f"{stage:<24}{seconds:8.3f} s")
    best = figures["convert"]
    print(f"{'sum of floors':<24}{figures['floor_sum_s']:8.3f} s")
    print(f"{'cim convert, wall':<24}{best['wall_s']:8.3f} s   {figures['wall_over_floor']:.2f} × the floors")
    print(f"{'cim convert, CPU':<24}{best['cpu_s']:8.3f} s")
    print(f"{'buildings a second':<24}{figures['buildings_per_s']:8,.0f}")
    print(f"{'bytes a building':<24}{figures['bytes_per_building']:8.0f}")
    print(f"{'peak memory':<24}{figures['peak_mb']:8.0f} MB")
    print(f"{'cim update, no change':<24}{figures['update_unchanged']['wall_s']:8.3f} s")
    if "million" in figures:
        run = figures["million"]
        print(
            f"{'a million':<24}{run['wall_s']:8.2f} s   {run['wall_over_ten_times_100k']:.2f} × ten times;"
            f" {run['peak_mb']:.0f} MB"
        )
    for suffix, run in figures.get("formats", {}).items():
        print(f"{suffix:<24}{run['wall_s']:8.3f} s   reading alone {run['read_s']:.3f} s, {run['peak_mb']:.0f} MB")


if __name__ == "__main__":
    main()
