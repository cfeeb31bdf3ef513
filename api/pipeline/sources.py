"""Opening sources: the format that reads a file, its stream, and building bases put on the ground."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from api.pipeline.surface import with_surface_heights
from cim_core.crs.heights import Floats, HeightPolicy
from cim_core.crs.transform import to_lonlat
from cim_core.errors import UsageError
from cim_core.features import FeatureBatch, FeatureStream, SourceMeta, with_gids
from cim_core.issues import IssueLog
from cim_core.progress import Progress
from cim_core.terrain import HeightGrid
from converters.base import Converter, Produces, ReadOptions, Source
from converters.builtin import REGISTRY
from converters.footprints.reader import FootprintFormat
from converters.footprints.trace import RowTrace


@dataclass(frozen=True, slots=True)
class OpenedSource:
    """A source with the format that reads it and its stream of features, numbered from zero."""

    path: Path
    converter: Converter
    stream: FeatureStream


def open_source(
    path: Path,
    options: ReadOptions,
    log: IssueLog,
    progress: Progress,
    ground: HeightGrid | None = None,
    surface: HeightGrid | None = None,
    trace: RowTrace | None = None,
) -> OpenedSource:
    """Find the format, read, number the features and stand them on the ground.

    With ``surface``, a surface model, buildings without height and storeys take theirs from it. ``trace`` is told what
    became of every row of a vector file. Raises SourceError when the file cannot be used as a whole, UsageError for a
    surface without a ground.
    """
    source = Source.open(path)
    converter = REGISTRY.for_source(source)
    options = replace(options, ground=ground)
    if trace is not None and isinstance(converter, FootprintFormat):
        stream = converter.read(source, options, log, progress, trace)
    elif surface is None:
        stream = converter.read(source, options, log, progress)
    else:
        stream = _read_with_surface(converter, source, options, log, progress, ground, surface)
    stream = with_gids(stream)
    if ground is not None and converter.info.produces is Produces.BUILDINGS:
        stream = with_ground(stream, ground, log)
    return OpenedSource(path, converter, stream)


def _read_with_surface(
    converter: Converter,
    source: Source,
    options: ReadOptions,
    log: IssueLog,
    progress: Progress,
    ground: HeightGrid | None,
    surface: HeightGrid,
) -> FeatureStream:
    if ground is None:
        raise UsageError(
            "heights from a surface need the ground under it", where="--dsm", hint="add --terrain with the ground's DEM"
        )
    stream = converter.read(source, replace(options, keep_without_height=True), log, progress)
    return with_surface_heights(stream, surface, ground, log, keep_without_height=options.keep_without_height)


def read_ground(path: Path, heights: HeightPolicy | None, crs: str | None = None) -> HeightGrid:
    """The elevation model buildings stand on. Raises SourceError or GeoreferenceError."""
    from converters.dem import read_height_grid  # raster libraries only where terrain is used

    return read_height_grid(path, heights, crs)


def with_ground(stream: FeatureStream, ground: HeightGrid, log: IssueLog) -> FeatureStream:
    """The stream with every missing ``base_m`` of a footprint replaced by its lowest adjacent ground.

    The ground's elevation is restated in the source's own height datum, so that one policy places both.
    """

    def fill() -> Iterator[FeatureBatch]:
        off_terrain = filled = 0
        for batch in stream.batches:
            standing, missing, off = stand_on(batch, ground)
            filled += missing
            off_terrain += off
            yield standing
        if filled:
            log.note("base-from-terrain", f"{filled - off_terrain} buildings stand on their lowest adjacent ground")
        if off_terrain:
            log.warn(
                "outside-terrain", f"{off_terrain} buildings are outside the terrain and have no ground under them"
            )

    return replace(stream, batches=fill())


def stand_on(batch: FeatureBatch, ground: HeightGrid) -> tuple[FeatureBatch, int, int]:
    """A batch with every missing ``base_m`` of a footprint filled in, how many were missing, and how many still are."""
    base = _column(batch, "base_m")
    geometry = batch.column("geometry")
    if batch.mesh is not None or geometry is None:
        return batch, 0, 0
    missing = np.isnan(base) & ~np.asarray(pc.is_null(geometry))
    if missing.any():
        footprints = shapely.from_wkb(np.asarray(geometry.to_numpy(zero_copy_only=False), dtype=object)[missing])
        lowest_m = ground.lowest_under(footprints, batch.meta.crs)
        base[missing] = _restate(lowest_m, footprints, ground.heights, batch.meta)
    filled = batch.with_column("base_m", pa.array(base, from_pandas=True))
    return filled, int(missing.sum()), int(np.isnan(base[missing]).sum())


def _restate(elevation_m: Floats, footprints: np.ndarray, heights: HeightPolicy, meta: SourceMeta) -> Floats:
    """Elevations above another datum in the source's own; geoid undulations are taken at the middles of footprints."""
    if heights == meta.heights:
        return elevation_m
    west, south, east, north = shapely.bounds(footprints).T
    lonlat_deg = to_lonlat((west + east) / 2, (south + north) / 2, meta.crs)
    return meta.heights.from_ellipsoidal(heights.to_ellipsoidal(elevation_m, *lonlat_deg), *lonlat_deg)


def _column(batch: FeatureBatch, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    values = batch.column(name)
    if values is None:
        return np.full(len(batch), np.nan)
    return np.array(pc.cast(values, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
