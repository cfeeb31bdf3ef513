"""FeatureBatch: the one currency between converters, the store and tiles. A city is a stream of batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyproj
from numpy.typing import NDArray

from cim_core.crs.heights import HeightPolicy
from cim_core.features.blocks import Blocks
from cim_core.features.mesh import MeshColumns
from cim_core.issues import row_name


@dataclass(frozen=True, slots=True)
class SourceMeta:
    """What is true of a whole source: where it came from, its CRS and why we believe it, its heights.

    ``extra_fields`` are source columns outside the agreed list; they travel as further columns of ``records``.
    """

    name: str
    path: str
    format_id: str
    crs: pyproj.CRS
    crs_reason: str
    heights: HeightPolicy
    fields: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeatureBatch:
    """A bounded run of features as columns.

    ``records`` has the identity fields of ``schema.IDENTITY_FIELDS`` and any attribute columns; ``geometry`` is a
    WKB footprint (Polygon or MultiPolygon, x east then y north whatever the authority's axis order) in
    ``meta.crs``, with ``base_m`` and ``height_m`` beside it; or the shape is in ``mesh``; or both.
    ``blocks``: how rows with a footprint step back upwards, where they do.
    ``source_rows``: (n,) the row of the source that each came from, counted from 1, where the source has rows.
    """

    records: pa.RecordBatch
    meta: SourceMeta
    mesh: MeshColumns | None = None
    source_rows: NDArray[np.int64] | None = None
    blocks: Blocks | None = None

    def __len__(self) -> int:
        return int(self.records.num_rows)

    def column(self, name: str) -> pa.Array | None:
        """The named column, or None where the batch does not have it."""
        index = self.records.schema.get_field_index(name)
        return None if index < 0 else self.records.column(index)

    def where(self, number: int) -> str:
        """Where in the source a feature of the batch is, for issues; empty if that is not known."""
        return "" if self.source_rows is None else row_name(int(self.source_rows[number]))

    def filter(self, wanted: NDArray[np.bool_]) -> FeatureBatch:
        """The wanted rows, without ``mesh`` and ``blocks``."""
        rows = None if self.source_rows is None else self.source_rows[wanted]
        return FeatureBatch(self.records.filter(pa.array(wanted)), self.meta, source_rows=rows)

    def with_column(self, name: str, values: pa.Array) -> FeatureBatch:
        """A copy with one column added or replaced."""
        index = self.records.schema.get_field_index(name)
        if index < 0:
            records = self.records.append_column(name, values)
        else:
            records = self.records.set_column(index, name, values)
        return replace(self, records=records)


@dataclass(frozen=True, slots=True)
class FeatureStream:
    """A source opened for reading: what is known beforehand, and its batches (consumed once).

    ``objects`` is the tree of a building model, one row an object, with shape or without.
    """

    meta: SourceMeta
    batches: Iterator[FeatureBatch]
    total: int | None = None
    objects: pa.Table | None = None


def with_gids(stream: FeatureStream, start: int = 0) -> FeatureStream:
    """The same stream with a dense ``gid`` column counted from ``start`` in reading order."""

    def number() -> Iterator[FeatureBatch]:
        gid = start
        for batch in stream.batches:
            yield batch.with_column("gid", pa.array(np.arange(gid, gid + len(batch), dtype=np.uint32)))
            gid += len(batch)

    return replace(stream, batches=number())
