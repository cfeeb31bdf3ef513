"""A stream of features becomes a folder of 3D Tiles."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from cim_core.errors import TilingError
from cim_core.features import FeatureBatch, FeatureStream
from cim_core.files import staged_folder
from cim_core.issues import Issue, IssueLog
from cim_core.progress import Progress
from tiles.elements import ElementRows, concat_elements, gather_elements
from tiles.elementtiles import DetailedBuildings, ElementTiles, plan_elements
from tiles.footprints import gather_footprints
from tiles.leaf import EarlierTiles, WrittenTile, write_building_tiles
from tiles.manifest import FolderWriter
from tiles.metadata import BUILDING_PROPERTIES
from tiles.options import TileOptions, TilesetSummary
from tiles.places import Places
from tiles.quadtree import Cell, leaves_of
from tiles.rows import RowReader, RowStore
from tiles.shells import Shells
from tiles.tree import LeafTile, build_tree, union_regions
from tiles.workers import WorkerPool

#: What ``gather_footprints`` looks at; nothing else travels to another process.
_BUILDING_COLUMNS = {
    "geometry",
    "base_m",
    "height_m",
    "eave_height_m",
    "roof_form",
    *(prop.column for prop in BUILDING_PROPERTIES),
}
_TILES_A_TASK = 2


def build_tileset(
    stream: FeatureStream,
    out: Path,
    options: TileOptions,
    log: IssueLog,
    progress: Progress,
    workers: WorkerPool | None = None,
    finish: Callable[[Built], None] | None = None,
) -> TilesetSummary:
    """Tile every feature of the stream into ``out``: tileset.json, tiles/*.glb, manifest.json.

    Rows with triangles keep them, other rows are extruded from their footprint. Features that cannot be tiled are
    rejected into ``log``; ``log.features_out`` counts the rest. The same input gives the same bytes whatever the
    batch size and however many ``workers`` help. ``out`` is replaced as a whole or left as it was. Memory does not
    grow with the number of footprints: beyond some thousands they wait in a file beside ``out``. ``finish`` may add
    files to the folder before it takes the place of ``out``.

    Raises UsageError when ``out`` is in the way, TilingError when nothing is left to tile or features have no gid,
    GeoreferenceError, CancelledError.
    """
    with ExitStack() as stack:
        staging = stack.enter_context(staged_folder(out, overwrite=options.overwrite))
        workers = workers or stack.enter_context(WorkerPool(0))
        with _scratch(staging) as scratch:
            footprints, places = RowStore(scratch / "rows.arrow"), Places()
            elements, shells, records_only = _gather(stream, footprints, places, options, log, progress, workers)
            buildings = footprints.open()
            groups: list[_Buildings | ElementTiles | DetailedBuildings] = []
            if footprints.count:
                earlier = EarlierTiles.load(options.reuse_from, options.to_dict()) if options.reuse_from else None
                _give_back_memory()
                groups.append(_Buildings(places.tree(options.max_vertices), places, buildings, earlier))
            if elements:
                groups += plan_elements(concat_elements(elements), Shells.join(shells), options)
                records_only -= sum(len(g.names) for g in groups if isinstance(g, DetailedBuildings))
            if not groups:
                raise TilingError("no feature can be drawn", where=stream.meta.name, code="nothing-to-draw")
            if elements:
                _refuse_repeated_gids([group.gids for group in groups])
            with FolderWriter(staging) as writer:
                roots = [(group.root, group.write(writer, options, progress, workers)) for group in groups]
                summary = write_tree(writer, roots, options, records_only)
        log.features_out += summary.features + records_only
        if finish is not None:
            is_plain = len(groups) == 1 and isinstance(groups[0], _Buildings)
            finish(Built(staging, summary, places if is_plain else None, *roots[0]))
    return summary


@dataclass(frozen=True, slots=True)
class Built:
    """A tileset in its staging folder. ``places`` is there if it is of footprints only, with their tree and leaves."""

    folder: Path
    summary: TilesetSummary
    places: Places | None
    root: Cell
    leaves: dict[str, LeafTile]


def write_tree(
    writer: FolderWriter, roots: list[tuple[Cell, dict[str, LeafTile]]], options: TileOptions, records_only: int = 0
) -> TilesetSummary:
    """Write tileset.json over written leaves, then the manifest."""
    leaves = [part for _, by_path in roots for leaf in by_path.values() for part in leaf.whole()]
    for name, tileset in build_tree(roots).items():
        writer.write(name, orjson.dumps(tileset))
    region = union_regions([leaf.region for leaf in leaves])
    features = sum(leaf.features for leaf in leaves)
    total = writer.write_manifest(
        kind="3d-tiles",
        options=options.to_dict(),
        counts={"tiles": len(leaves), "features": features, "records_without_shape": records_only},
        bounds_deg=region[:4],
        height_range_m=region[4:],
    )
    return TilesetSummary(len(leaves), total, features, region[:4], region[4:])


@contextmanager
def _scratch(staging: Path) -> Iterator[Path]:
    """A folder for what must not stay, inside the staging folder so that it is swept with it."""
    folder = staging / ".scratch"
    folder.mkdir()
    yield folder
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


class _Gathered(NamedTuple):
    """A batch of footprints made ready, with what was said about it."""

    rows: pa.RecordBatch | None
    issues: list[Issue]


def gather_batch(batch: FeatureBatch, options: TileOptions) -> _Gathered:
    """``gather_footprints`` with a log of its own, to run in any process."""
    log = IssueLog()
    return _Gathered(gather_footprints(batch, options, log), log.issues)


def _gather(
    stream: FeatureStream,
    footprints: RowStore,
    places: Places,
    options: TileOptions,
    log: IssueLog,
    progress: Progress,
    workers: WorkerPool,
) -> tuple[list[ElementRows], list[Shells], int]:
    """Footprints into the store, in order; elements with triangles, shells, and the number of rows without a shape."""
    elements, shells, records_only, without_ground = [], list[Shells](), 0, 0
    pending: deque[Future[_Gathered] | _Gathered] = deque()

    def store(gathered: _Gathered) -> None:
        nonlocal without_ground
        log.issues.extend(gathered.issues)
        if gathered.rows is not None:
            without_ground += int(gathered.rows.column(".no_ground").true_count)
            places.append(gathered.rows)
            footprints.append(gathered.rows.drop_columns([".no_ground"]))

    for number, batch in enumerate(stream.batches, 1):
        if number % _BATCHES_TO_TRIM == 0:
            _give_back_memory()
        if batch.mesh is None:
            slim = replace(batch, records=batch.records.select(_known(batch.records.schema.names)))
            busy = sum(isinstance(item, Future) and not item.done() for item in pending)
            if busy < 2 * workers.helpers:
                pending.append(workers.submit(gather_batch, slim, options))
            else:
                pending.append(gather_batch(slim, options))
            while pending and (not isinstance(pending[0], Future) or pending[0].done() or len(pending) > _MOST_WAITING):
                store(_result(pending.popleft()))
        else:
            rejected = log.rejected
            shapes = gather_elements(batch, log)
            records_only += len(batch) - len(shapes) - (log.rejected - rejected)
            if len(shapes):
                elements.append(shapes)
                shells += [found] if (found := Shells.gather(batch, options)) else []
            progress.advance(len(batch))
        progress.advance(0)  # footprints are counted by who reads them; this only stops where that is asked for
    while pending:
        store(_result(pending.popleft()))
    if without_ground:
        log.note(
            "no-ground",
            f"{without_ground} buildings have neither a base elevation nor ground under them: "
            "placed at height 0 of the ellipsoid",
            where=stream.meta.name,
        )
    return elements, shells, records_only


_MOST_WAITING = 8
#: After so many batches the allocators return what lies idle: else it creeps up with the length of a file.
_BATCHES_TO_TRIM = 10


def _known(names: list[str]) -> list[str]:
    return [name for name in names if name in _BUILDING_COLUMNS]


def _result(item: Future[_Gathered] | _Gathered) -> _Gathered:
    return item.result() if isinstance(item, Future) else item


def _refuse_repeated_gids(gids: list[NDArray[np.uint32]]) -> None:
    every = np.sort(np.concatenate(gids))
    if (every[1:] == every[:-1]).any():
        raise TilingError("two features have the same gid", hint="number the whole stream once before tiling")


@dataclass(frozen=True, slots=True)
class _Buildings:
    """Footprints with their cell tree."""

    root: Cell
    places: Places
    rows: RowReader
    earlier: EarlierTiles | None

    @property
    def gids(self) -> NDArray[np.uint32]:
        """Of every building."""
        return self.places.records.all()["gid"]

    def write(
        self, writer: FolderWriter, options: TileOptions, progress: Progress, workers: WorkerPool
    ) -> dict[str, LeafTile]:
        """Write every leaf, helpers and this process side by side; leaves by cell path, in tree order."""
        leaves = leaves_of(self.root)
        progress.start("tiles", len(leaves))
        tasks = [leaves[at : at + _TILES_A_TASK] for at in range(0, len(leaves), _TILES_A_TASK)]
        waiting, given = deque(range(len(tasks))), deque[tuple[int, Future[list[WrittenTile]]]]()
        written: dict[int, list[WrittenTile]] = {}

        def run(number: int) -> Future[list[WrittenTile]] | list[WrittenTile]:
            tiles = [(f"tiles/{leaf.path}.glb", np.asarray(leaf.items)) for leaf in tasks[number]]
            work = partial(write_building_tiles, plain=options.plain, outline=options.outline, earlier=self.earlier)
            if self.rows.path is None or not workers.helpers or len(given) >= 2 * workers.helpers:
                return work(self.rows, tiles, writer.folder)
            return workers.submit(work, self.rows, tiles, writer.folder)

        def note(number: int, tiles: list[WrittenTile]) -> None:
            written[number] = tiles
            for tile in tiles:
                writer.adopt(tile.leaf.uri, tile.entry())
                progress.advance()

        while waiting or given:
            while given and (given[0][1].done() or not waiting):
                number, future = given.popleft()
                note(number, future.result())
            if waiting:
                number = waiting.popleft()
                outcome = run(number)
                if isinstance(outcome, Future):
                    given.append((number, outcome))
                else:
                    note(number, outcome)
        return {
            leaf.path: tile.leaf
            for number, task in enumerate(tasks)
            for leaf, tile in zip(task, written[number], strict=True)
        }


def _give_back_memory() -> None:
    """Return what both allocators hold of earlier batches to the system, which they do not do by themselves."""
    for pool in (pa.default_memory_pool(), pa.system_memory_pool()):
        pool.release_unused()
