"""What footprints cost: each stage's floor with bare library calls, and ``cim convert`` beside their sum.

Usage: python -m bench.footprints [FILE] [--runs N] [--only] [--update] [--formats] [--million] [--peer PYTHON]
    [--json OUT]

Floors are measured in this process, one after another, on the same file and in turn with the command, which is timed
as a user starts it; the best of N runs counts for both. Memory is the sum of proportional set sizes over the command
and its helpers.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pyogrio.raw
import shapely

from bench.footprint_floors import measure_floors
from bench.footprint_peer import run_peer
from bench.processes import ROOT, best, run_cim

DEFAULT = ROOT.parent / "shared" / "data" / "footprints" / "nyc_100k.fgb"
DRIVERS = {".fgb": "FlatGeobuf", ".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".geojson": "GeoJSON"}
PEER_BUILDINGS = 10_000
COPIES = (1, 3, 10)
#: A format may cost this much more than the plainest one than its own reader does, and what timing alone scatters.
READER_SHARE, SCATTER_S = 1.3, 0.15

Figures = dict[str, Any]


def measure_conversion(path: Path, folder: Path, runs: int) -> Figures:
    """Floors and conversions in turn, so that both see the same weather."""
    floors: dict[str, float] = {}
    ours, count, out = [], 0, folder / "out"
    for _ in range(runs):
        measured, count = measure_floors(path, folder)
        floors = {stage: min(floors.get(stage, s), s) for stage, s in measured.items()}
        ours.append(run_cim("convert", path, "-o", out, "--overwrite", "-q"))
    convert, total = best(ours), sum(floors.values())
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    return {
        "buildings": count,
        "floors_s": floors,
        "floor_sum_s": total,
        "convert": convert,
        "wall_over_floor": convert["wall_s"] / total,
        "cpu_over_floor": convert["cpu_s"] / total,
        "buildings_per_s": count / convert["wall_s"],
        "bytes_per_building": size / count,
        "index_bytes_per_building": (out / "rows.arrow").stat().st_size / count,
    }


def write_copy(
    source: Path, target: Path, *, shift_deg: float = 0.0, copy: int = 0, changed: int | None = None
) -> None:
    """The file in another format, moved, with its own ids; ``changed`` is a row whose building is raised by a metre."""
    meta, _, wkb, fields = pyogrio.raw.read(source)
    names, fields = meta["fields"].tolist(), list(fields)
    if changed is not None:
        at = next(n for n, values in enumerate(fields) if values.dtype == np.float64)
        fields[at] = fields[at].copy()
        fields[at][changed] += 1.0
    if shift_deg or copy:
        wkb = shapely.to_wkb(shapely.transform(shapely.from_wkb(wkb), lambda xy: xy + np.array([shift_deg, 0.0])))
    if "id" in names and (shift_deg or copy):
        at = names.index("id")
        fields[at] = fields[at] + copy * _ids_apart(fields[at])
    pyogrio.raw.write(
        target,
        wkb,
        fields,
        fields=meta["fields"],
        crs=meta["crs"],
        geometry_type="Polygon" if target.suffix != ".gpkg" else "Unknown",
        driver=DRIVERS[target.suffix],
        append=copy > 0,
        layer="buildings" if target.suffix == ".gpkg" else None,
    )


def _ids_apart(ids: np.ndarray) -> int:
    """How much a copy's ids, numbers in the file, lie above those of the copy before."""
    if ids.dtype.kind not in "iu":
        raise SystemExit(f"copies need numbers as ids, not {ids.dtype}")
    return int(ids.max()) + 1


def measure_update(path: Path, folder: Path, runs: int) -> Figures:
    """``cim update`` of a GeoPackage with no building changed, and with one; the result beside a new conversion."""
    source, out, fresh = folder / "town.gpkg", folder / "updated", folder / "fresh"
    versions = [folder / f"version{n}.gpkg" for n in (0, 1)]
    write_copy(path, versions[0])
    write_copy(path, versions[1], changed=pyogrio.read_info(path)["features"] // 2)
    shutil.copyfile(versions[0], source)
    run_cim("convert", source, "-o", out, "-q")
    nothing = best([run_cim("update", source, "-o", out, "-q") for _ in range(runs)])
    one = []
    for number in range(runs):  # the change, and back
        shutil.copyfile(versions[(number + 1) % 2], source)
        before = {tile.name: tile.stat().st_ino for tile in (out / "tiles").iterdir()}
        one.append(run_cim("update", source, "-o", out, "-q"))
        after = {tile.name: tile.stat().st_ino for tile in (out / "tiles").iterdir()}
    run_cim("convert", source, "-o", fresh, "-q")
    return {
        "nothing_changed": nothing,
        "one_changed": best(one),
        "tiles": len(after),
        "tiles_written": sum(before.get(name) != inode for name, inode in after.items()),
        "equals_new_conversion": _digest_files(out) == _digest_files(fresh),
    }


def _digest_files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "report.json"
    }


def measure_formats(path: Path, folder: Path, runs: int) -> Figures:
    """Per format: the bare reader, ``cim convert``, and both beside FlatGeobuf, whose reader is nearly free."""
    readers: dict[str, Callable[[Path], object]] = dict.fromkeys(DRIVERS, pyogrio.raw.read_arrow)
    readers[".parquet"] = pq.read_table
    found: Figures = {suffix: {"read_s": 1e9, "runs": []} for suffix in readers}
    for suffix in DRIVERS:
        write_copy(path, folder / f"copy{suffix}")
    table = pyogrio.raw.read_arrow(folder / "copy.fgb")[1]
    geometry = table.column_names[-1]
    about = {
        "version": "1.0.0",
        "primary_column": geometry,
        "columns": {geometry: {"encoding": "WKB", "geometry_types": []}},
    }
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(about)}), folder / "copy.parquet")
    del table
    for _ in range(runs):
        for suffix, read in readers.items():
            start = time.perf_counter()
            read(folder / f"copy{suffix}")
            found[suffix]["read_s"] = min(found[suffix]["read_s"], time.perf_counter() - start)
            run = run_cim("convert", folder / f"copy{suffix}", "-o", folder / "format", "--overwrite", "-q")
            found[suffix]["runs"].append(run)
    for figures in found.values():
        figures |= best(figures.pop("runs"))
    plain = found[".fgb"]
    for figures in found.values():
        figures["wall_more_s"] = figures["wall_s"] - plain["wall_s"]
        figures["read_more_s"] = max(figures["read_s"] - plain["read_s"], 0.0)
        figures["is_within"] = figures["wall_more_s"] <= READER_SHARE * figures["read_more_s"] + SCATTER_S
    return found


def measure_growth(path: Path, folder: Path) -> Figures:
    """Wall, CPU and memory of one, three and ten shifted copies, streamed from a GeoPackage."""
    target, found = folder / "copies.gpkg", {}
    for copy in range(max(COPIES)):
        write_copy(path, target, shift_deg=0.14 * copy, copy=copy)
        if copy + 1 in COPIES:
            run = run_cim("convert", target, "-o", folder / "grown", "--overwrite", "-q")
            found[str(copy + 1)] = run | {"buildings": pyogrio.read_info(target)["features"]}
    first = found["1"]
    for copies, run in found.items():
        run["wall_over_linear"] = run["wall_s"] / (int(copies) * first["wall_s"])
        more = run["buildings"] - first["buildings"]
        run["growth_bytes_per_building"] = (run["peak_mb"] - first["peak_mb"]) * 1e6 / more if more else 0.0
    return found


def measure_peer(python: str, path: Path, folder: Path, runs: int) -> Figures:
    """py3dtiles' tiler and ours on the same few buildings, in turn."""
    small = folder / "few.fgb"
    meta, _, wkb, fields = pyogrio.raw.read(path, max_features=PEER_BUILDINGS)
    pyogrio.raw.write(
        small, wkb, fields, fields=meta["fields"], crs=meta["crs"], geometry_type="Polygon", driver="FlatGeobuf"
    )
    theirs, ours = [], []
    for _ in range(runs):
        theirs.append(run_peer(python, path, PEER_BUILDINGS, folder))
        ours.append(run_cim("convert", small, "-o", folder / "few", "--overwrite", "-q"))
    found = {"buildings": len(wkb), "py3dtiles": best(theirs), "cim": best(ours)}
    return found | {"py3dtiles_over_cim": found["py3dtiles"]["wall_s"] / found["cim"]["wall_s"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", action="store_true", help="without the floors and the plain conversion")
    parser.add_argument("--update", action="store_true", help="also cim update")
    parser.add_argument("--formats", action="store_true", help="also the other formats")
    parser.add_argument("--million", action="store_true", help="also three and ten shifted copies")
    parser.add_argument("--peer", metavar="PYTHON", help="also py3dtiles' tiler, in this Python")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures: Figures = {"file": options.file.name}
        if not options.only:
            figures |= measure_conversion(options.file, folder, options.runs)
        if options.update:
            figures["update"] = measure_update(options.file, folder, options.runs)
        if options.formats:
            figures["formats"] = measure_formats(options.file, folder, options.runs)
        if options.million:
            figures["growth"] = measure_growth(options.file, folder)
        if options.peer:
            figures["peer"] = measure_peer(options.peer, options.file, folder, min(options.runs, 2))
    print_table(figures)
    text = json.dumps(figures, indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n")


def print_table(figures: Figures) -> None:
    def row(label: str, run: dict[str, float], more: str = "") -> None:
        print(f"{label:<28}{run['wall_s']:8.2f} s  CPU {run['cpu_s']:6.2f} s  {run['peak_mb']:5.0f} MB  {more}")

    for stage, seconds in figures.get("floors_s", {}).items():
        print(f"  {stage:<26}{seconds:8.3f} s")
    if convert := figures.get("convert"):
        print(f"{'sum of floors':<28}{figures['floor_sum_s']:8.3f} s")
        row("cim convert", convert, f"{figures['wall_over_floor']:.2f} × the floors")
        print(f"{'buildings a second':<28}{figures['buildings_per_s']:8,.0f}")
        index = f"of which {figures['index_bytes_per_building']:.0f} in rows.arrow"
        print(f"{'bytes a building':<28}{figures['bytes_per_building']:8.0f}    {index}")
    if update := figures.get("update"):
        row("cim update, nothing changed", update["nothing_changed"])
        written = f"{update['tiles_written']} of {update['tiles']} tiles; "
        row("cim update, one changed", update["one_changed"], f"{written}as anew: {update['equals_new_conversion']}")
    for suffix, run in figures.get("formats", {}).items():
        row(f"from {suffix}", run, f"reader {run['read_s']:.3f} s; within {run['is_within']}")
    for run in figures.get("growth", {}).values():
        more = f"{run['wall_over_linear']:.2f} × linear; {run['growth_bytes_per_building']:.0f} B more a building"
        row(f"{run['buildings']:,} buildings", run, more)
    if peer := figures.get("peer"):
        row("py3dtiles", peer["py3dtiles"], f"{peer['buildings']:,} buildings")
        row("cim convert", peer["cim"], f"py3dtiles takes {peer['py3dtiles_over_cim']:.1f} × as long")


if __name__ == "__main__":
    main()
