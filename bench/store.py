"""What the store takes for what a town of 100,000 buildings asks of it, as a GeoPackage and in PostGIS.

Usage: python -m bench.store [--buildings N] [--json FILE] [--url postgresql://…]
    [--only geopackage|postgis]

It says on standard error what it measures; 100,000 buildings in both take a minute or two.

PostGIS is measured when ``--url`` names an empty database, or on a server of its own where one is installed.
Every figure is the best of its runs or the median of its queries; the town is made up, the same every time.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyproj
import shapely

from cim_core.crs.heights import HeightPolicy
from cim_core.features import FeatureBatch, SourceMeta
from cim_core.store import Box, DatasetKind, DatasetRecord, Store
from cim_core.store.buildings import BUILDING_COLUMNS, select_buildings
from cim_core.store.geom import BOX_PARAMETERS
from cim_core.store.prepared import Prepared
from cim_core.store.schema import Tables

CRS = "EPSG:4547"
X0, Y0, SIDE_M = 430_000.0, 4_210_000.0, 30_000.0
BATCH = 20_000
ZONES = 600
#: Measured on a prototype with a few columns (library calls without the store around them), for comparison.
YARDSTICK = {
    "insert": (1.06, 0.91), "bbox 10, 7 columns": (0.026, 0.17), "bbox 579, 7 columns": (0.90, 3.1),
    "bbox 10, 7, rows": (0.026, 0.17), "bbox 579, 7, rows": (0.90, 3.1), "one edit": (0.17, 0.21),
    "reads/s, 7 columns": (13_981, 7_772), "join": (0.34, 0.64),
}  # fmt: skip
#: What the yardstick asks: id, WKB, height and JSON among seven columns; the store's own answer has 59, as Arrow.
SEVEN = ("dataset", "id", "gid", "geometry", "height_m", "storeys", "extra")


def build_town(count: int) -> tuple[list[FeatureBatch], np.ndarray]:
    """Clustered footprints of 5 to 12 corners with names, uses, storeys and colors; and their middles (n, 2)."""
    random = np.random.default_rng(7)
    centres = random.uniform(0, SIDE_M, (60, 2))
    middles = centres[random.integers(0, 60, count)] + random.normal(0, 900.0, (count, 2)) + (X0, Y0)
    corners = random.integers(5, 13, count)
    starts = np.concatenate([[0], np.cumsum(corners)[:-1]])
    owner = np.repeat(np.arange(count), corners)
    turn = (np.arange(len(owner)) - starts[owner]) / corners[owner] * 2 * np.pi
    radius = random.uniform(4, 12, count)[owner]
    points = middles[owner] + radius[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    footprints = shapely.polygons(shapely.linearrings(points, indices=owner))
    storeys = random.integers(1, 12, count)
    columns = {
        "id": [f"b{i:06}" for i in range(count)],
        "kind": ["building"] * count,
        "name": [f"楼 {i}" for i in range(count)],
        "use": np.array(["residential", "commercial", "school", "other"])[random.integers(0, 4, count)],
        "storeys": pa.array(storeys, pa.int16()),
        "height_m": storeys * 3.2,
        "base_m": random.uniform(900, 980, count),
        "year_built": pa.array(random.integers(1950, 2025, count), pa.int16()),
        "facade_main_color": [f"#{value:06x}" for value in random.integers(0, 1 << 24, count)],
        "geometry": shapely.to_wkb(footprints),
    }
    table = pa.table(columns).combine_chunks()
    meta = SourceMeta("made-up", Path("made-up"), "bench", pyproj.CRS(CRS), "made up", HeightPolicy())
    return [FeatureBatch(batch, meta) for batch in table.to_batches(max_chunksize=BATCH)], middles


class Figures(dict[str, float]):
    """Figures by name; each is told on standard error as it comes, so that one sees how far it is."""

    def __setitem__(self, name: str, value: float) -> None:
        super().__setitem__(name, value)
        sys.stderr.write(f"{name:28}{value:14,.3f}\n")


def measure(work: Callable[[], object], runs: int) -> float:
    """Seconds of the best run."""
    return min(_timed(work) for _ in range(runs))


def median_ms(work: Callable[[int], object], times: int) -> float:
    """Milliseconds of the median call, after some that are not counted."""
    for number in range(5):
        work(number)
    return statistics.median(_timed(lambda number=number: work(number)) for number in range(times)) * 1000


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def box_side_m(middles: np.ndarray, wanted: int) -> float:
    """The side of a square that holds so many buildings at the middle building of the town, in the median."""
    tree = shapely.STRtree(shapely.points(middles))
    sample = middles[:: max(1, len(middles) // 200)]
    low, high = 1.0, SIDE_M
    for _ in range(30):
        side = (low + high) / 2
        boxes = shapely.box(*(sample - side / 2).T, *(sample + side / 2).T)
        found = np.bincount(tree.query(boxes, predicate="intersects")[0], minlength=len(sample))
        low, high = (side, high) if np.median(found) < wanted else (low, side)
    return high


def measure_store(location: Path | str, count: int, url_of_readers: str) -> dict[str, float]:
    """All figures of one kind of database."""
    batches, middles = build_town(count)
    record = DatasetRecord("town", "镇", "Town", DatasetKind.BUILDINGS)
    figures = Figures()
    with Store.create(location, CRS) as store:
        figures["insert"] = measure(lambda: store.import_features(record, batches), 1)
        figures["import again, same"] = measure(lambda: store.import_features(record, batches), 2)
        changed = [_one_storey_more(batch) for batch in batches]
        figures["import again, all changed"] = measure(lambda: store.import_features(record, changed), 1)
        near = middles[np.random.default_rng(1).integers(0, count, 400)]
        for wanted in (10, 579):
            half = box_side_m(middles, wanted) / 2
            boxes = np.concatenate([near - half, near + half], axis=1).tolist()
            name = f"bbox {wanted}"
            median_ms(lambda i, boxes=boxes: store.buildings(bbox=tuple(boxes[i % 400]), columns=SEVEN), 400)  # warms
            figures[name] = median_ms(lambda i, boxes=boxes: store.buildings(bbox=tuple(boxes[i % 400])), 200)
            figures[f"{name}, 7 columns"] = median_ms(
                lambda i, boxes=boxes: store.buildings(bbox=tuple(boxes[i % 400]), columns=SEVEN), 200
            )
            figures[f"{name}, 7, rows"] = median_ms(
                lambda i, boxes=boxes: _seven_rows(store, tuple(boxes[i % 400])), 200
            )
        figures["by id"] = median_ms(lambda i: store.building("town", f"b{i * 37 % count:06}"), 300)
        figures["one edit"] = median_ms(lambda i: _edit(store, f"town/b{i * 41 % count:06}", i), 200)
        name = "town/b000041"
        store.edit("building", name, {"storeys": 77}, version=store.version("building", name))
        figures["as of"] = median_ms(lambda _: store.as_of("building", name, known_at="2026-01-01"), 200)
        zones = _zones()
        figures["join"] = measure(lambda: _join(store, zones), 2)
        figures["copy"] = measure(lambda: _copy(store), 1)
    for name, value in _contend(url_of_readers, count, near.tolist()).items():
        figures[name] = value
    return figures


def _seven_rows(store: Store, box: Box) -> list[tuple[Any, ...]]:
    """The statement of a box alone, without Arrow: what the yardstick measured."""
    with store._ask() as connection:  # noqa: SLF001 - the inside is what is measured
        return boxes_query(store._tables, SEVEN).rows(connection, dict(zip(BOX_PARAMETERS, box, strict=True)))  # noqa: SLF001


@cache
def boxes_query(tables: Tables, columns: tuple[str, ...]) -> Prepared:
    """The select of a box, compiled once."""
    return Prepared(select_buildings(tables, frozenset(BOX_PARAMETERS), columns))


def _one_storey_more(batch: FeatureBatch) -> FeatureBatch:
    storeys = pa.array(np.asarray(batch.column("storeys")) + 1, pa.int16())
    return FeatureBatch(batch.with_column("storeys", storeys).records, batch.meta)


def _edit(store: Store, name: str, number: int) -> None:
    store.edit("building", name, {"storeys": 20 + number % 50}, version=store.version("building", name))


def _zones() -> np.ndarray:
    random = np.random.default_rng(3)
    middles = random.uniform((X0, Y0), (X0 + SIDE_M, Y0 + SIDE_M), (ZONES, 2))
    return np.asarray(shapely.buffer(shapely.points(middles), 1500.0))


def _join(store: Store, zones: np.ndarray) -> int:
    """Which building stands in which zone, the way checks do it: geometry from the store, a tree of shapely."""
    table = store.buildings(columns=("gid", "geometry"))
    points = shapely.centroid(shapely.from_wkb(table.column("geometry").to_numpy()))
    return len(shapely.STRtree(points).query(zones, predicate="contains")[0])


def _copy(store: Store) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "copy.gpkg"
        if store.backend == "sqlite":
            store.write_copy(path)
            return
        with Store.create(path, CRS) as target:
            store.copy_into(target)


def _contend(location: str, count: int, near: list[list[float]], seconds: float = 3.0) -> dict[str, float]:
    """Four processes read small boxes while one edits: reads a second in all, and how long a write takes."""
    context = multiprocessing.get_context("spawn")
    found: dict[str, float] = {}
    with context.Pool(5) as pool:
        for name, columns in (("reads/s", BUILDING_COLUMNS), ("reads/s, 7 columns", SEVEN)):
            jobs = [pool.apply_async(_read_on, (location, near[number::4], seconds, columns)) for number in range(4)]
            writes = pool.apply_async(_write_on, (location, count, seconds)).get()
            found[name] = sum(job.get() for job in jobs) / seconds
    found["write p50"] = statistics.median(writes) * 1000
    return {**found, "write p99": float(np.percentile(writes, 99)) * 1000}


def _read_on(location: str, near: list[list[float]], seconds: float, columns: tuple[str, ...]) -> int:
    with Store.open(location) as store:
        reads, end = 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            x, y = near[reads % len(near)]
            store.buildings(bbox=(x - 20, y - 20, x + 20, y + 20), columns=columns)
            reads += 1
    return reads


def _write_on(location: str, count: int, seconds: float) -> list[float]:
    times: list[float] = []
    with Store.open(location) as store:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            number = len(times)
            times.append(_timed(lambda number=number: _edit(store, f"town/b{number * 43 % count:06}", number)))
    return times


@contextmanager
def postgis(url: str | None) -> Iterator[str | None]:
    """The database to measure: the one named, else one of a server of its own, else none."""
    if url:
        yield url
        return
    from tests.postgis_server import find_programs, running_server

    if find_programs() is None:
        yield None
        return
    with running_server() as server:
        yield server.url(server.create())


def main() -> None:
    """Measure, print a table, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--buildings", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--url")
    parser.add_argument("--only", choices=("geopackage", "postgis"))
    words = parser.parse_args()
    found: dict[str, Any] = {}
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp())
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        path = folder / "cim.gpkg"
        if words.only != "postgis":
            found["GeoPackage"] = measure_store(path, words.buildings, str(path))
            found["GeoPackage"]["MB"] = path.stat().st_size / 1e6
        url = None if words.only == "geopackage" else stack.enter_context(postgis(words.url))
        if url:
            found["PostGIS"] = measure_store(url, words.buildings, url)
    sys.stdout.write(f"{words.buildings:,} buildings; seconds for bulk work, milliseconds (median) for single calls\n")
    names = list(next(iter(found.values())))
    for name in names:
        cells = "".join(f"{kind.get(name, float('nan')):14,.3f}" for kind in found.values())
        yard = YARDSTICK.get(name)
        sys.stdout.write(f"{name:28}{cells}{'' if yard is None else f'   yardstick {yard[0]:,} / {yard[1]:,}'}\n")
    if words.json:
        words.json.write_text(json.dumps({"buildings": words.buildings, **found}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
