"""The third rung of the height ladder: a building without height and storeys takes it from a surface model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from cim_core.features import FeatureBatch, FeatureStream
from cim_core.issues import IssueLog
from cim_core.surface import measure_surface_heights
from cim_core.terrain import HeightGrid


def with_surface_heights(
    stream: FeatureStream, surface: HeightGrid, ground: HeightGrid, log: IssueLog, *, keep_without_height: bool
) -> FeatureStream:
    """The stream with every missing ``height_m`` of a footprint measured as surface minus ground.

    ``height_source`` becomes ``surface`` there. What stays without a height is rejected unless
    ``keep_without_height``.
    """

    def fill() -> Iterator[FeatureBatch]:
        measured = 0
        for batch in stream.batches:
            filled, count = _fill(batch, surface, ground)
            measured += count
            yield filled if keep_without_height or batch.mesh is not None else _without_heightless(filled, log)
        if measured:
            log.note("height-from-surface", f"{measured:,} buildings have their height from the surface model")

    return replace(stream, batches=fill())


def _fill(batch: FeatureBatch, surface: HeightGrid, ground: HeightGrid) -> tuple[FeatureBatch, int]:
    height, geometry = batch.column("height_m"), batch.column("geometry")
    if batch.mesh is not None or height is None or geometry is None or height.null_count == 0:
        return batch, 0
    is_missing = np.asarray(pc.and_(pc.is_null(height), pc.is_valid(geometry)).to_numpy(zero_copy_only=False), bool)
    footprints = shapely.from_wkb(np.asarray(geometry.to_numpy(zero_copy_only=False), dtype=object)[is_missing])
    found = measure_surface_heights(np.asarray(footprints, dtype=object), batch.meta.crs, surface, ground)
    height_m = np.array(pc.cast(height, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    height_m[is_missing] = np.round(found.height_m, 2)
    is_measured = np.zeros(len(batch), dtype=bool)
    is_measured[is_missing] = np.isfinite(found.height_m)
    source = batch.column("height_source")
    if source is None:
        source = pa.nulls(len(batch), pa.string())
    source = pc.if_else(pa.array(is_measured), pa.scalar("surface"), source)
    filled = batch.with_column("height_m", pa.array(height_m, from_pandas=True)).with_column("height_source", source)
    return filled, int(is_measured.sum())


def _without_heightless(batch: FeatureBatch, log: IssueLog) -> FeatureBatch:
    """Reject what no rung of the ladder gave a height."""
    height = batch.column("height_m")
    if height is None or height.null_count == 0:
        return batch
    is_known = height.is_valid().to_numpy(zero_copy_only=False)
    lost = batch.filter(~is_known)
    for number, feature_id in enumerate(lost.records.column("id").to_pylist()):
        log.reject(
            "no-height",
            "has neither a height nor storeys, and the surface model does not show it",
            feature_id=feature_id,
            where=lost.where(number),
            hint="check that the surface model covers it, or add heights to the data",
        )
    return batch.filter(is_known)
