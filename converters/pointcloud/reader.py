"""Reads the header of a LAS or LAZ file: position, extent and density, never the points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyproj
import shapely
from pyproj.exceptions import CRSError

from cim_core.crs.local import is_map_crs
from cim_core.errors import GeoreferenceError, UnreadableSourceError
from cim_core.features import FeatureBatch, FeatureStream, SourceMeta
from cim_core.features.schema import IDENTITY_FIELDS
from cim_core.issues import IssueLog
from cim_core.progress import Progress
from converters.base import FormatInfo, Produces, ReadOptions, Source
from converters.georeference import DeclaredCrs, check_position, resolve_crs, settle_heights

if TYPE_CHECKING:
    from laspy import LasHeader

INFO = FormatInfo(
    id="pointcloud",
    label="Point cloud (LAS, LAZ)",
    suffixes=(".las", ".laz"),
    produces=Produces.POINT_CLOUD,
    media_type="application/vnd.las",
    library="laspy",
)
_MAGIC = b"LASF"
_FURTHER_FIELDS = (
    pa.field("name", pa.string()),
    pa.field("path", pa.string()),
    pa.field("points", pa.int64()),
    pa.field("density_per_m2", pa.float64(), metadata={"unit": "1/m2"}),
    pa.field("lowest_m", pa.float64(), metadata={"unit": "m"}),
    pa.field("highest_m", pa.float64(), metadata={"unit": "m"}),
)


@dataclass(frozen=True, slots=True)
class PointCloudFormat:
    """LAS 1.0 to 1.4, plain or compressed."""

    info: FormatInfo = INFO

    def recognises(self, source: Source) -> bool:
        """The magic bytes."""
        return source.head.startswith(_MAGIC)

    def read(self, source: Source, options: ReadOptions, log: IssueLog, progress: Progress) -> FeatureStream:
        """One row: ``path``, ``points``, the extent as footprint in the source's CRS. Raises SourceError."""
        where = str(source.path)
        progress.start("read")
        header = _read_header(source)
        _check_complete(source, header, where)
        resolved = resolve_crs(options.crs, _declared(header, where), where)
        extent = shapely.box(*header.mins[:2], *header.maxs[:2])
        log.features_in += 1
        if not (np.isfinite(header.mins).all() and np.isfinite(header.maxs).all()):
            raise UnreadableSourceError("has an extent that is no number", where=where, hint="export it again")
        if header.point_count:
            check_position(np.array([extent.bounds]), resolved.crs, where, log)
        meta = SourceMeta(
            name=options.name or source.path.stem,
            path=where,
            format_id=self.info.id,
            crs=resolved.crs,
            crs_reason=resolved.reason,
            heights=settle_heights(options.heights, resolved.vertical, where, log),
        )
        log.note("crs", meta.crs_reason, where=where)
        if header.point_count == 0:
            log.reject("no-points", "the point cloud has no points", feature_id=source.path.stem)
            return FeatureStream(meta, iter([]), 0)
        log.note("points", f"{header.point_count:,} points, format {header.point_format.id}", where=where)
        return FeatureStream(meta, iter([FeatureBatch(_record(source, header, extent, meta), meta)]), 1)


FORMAT = PointCloudFormat()


def _read_header(source: Source) -> LasHeader:
    import laspy

    try:
        with laspy.open(source.path) as reader:
            return reader.header
    except Exception as error:
        # laspy raises LaspyException, struct.error, ValueError or what its decompressor meets.
        raise UnreadableSourceError(
            f"cannot be read as a point cloud: {type(error).__name__}: {error}",
            where=str(source.path),
            hint="the file may be damaged or cut off; copy it again",
        ) from error


def _check_complete(source: Source, header: LasHeader, where: str) -> None:
    """Uncompressed records have a fixed length, so a cut-off file shows."""
    if header.are_points_compressed:
        return
    needed = header.offset_to_point_data + header.point_count * header.point_format.size
    if source.path.stat().st_size < needed:
        raise UnreadableSourceError(
            f"is cut off: {header.point_count:,} points are announced",
            where=where,
            hint="copy it again",
            code="truncated",
        )


def _declared(header: LasHeader, where: str) -> Callable[[], DeclaredCrs]:
    def declare() -> DeclaredCrs:
        try:
            crs: pyproj.CRS | None = header.parse_crs()
        except (CRSError, ValueError, TypeError, KeyError) as error:
            raise GeoreferenceError(
                "the header has a coordinate system that is not known",
                where=where,
                hint="give it with --crs",
                code="unknown-crs",
            ) from error
        reason = "declared in the header" if crs else "the header declares none"
        return DeclaredCrs(crs, reason)

    return declare


def _record(source: Source, header: LasHeader, extent: shapely.Polygon, meta: SourceMeta) -> pa.RecordBatch:
    width, depth = header.maxs[:2] - header.mins[:2]
    is_metric = is_map_crs(meta.crs) and width > 0 and depth > 0
    row = {
        "id": source.path.stem,
        "kind": "pointcloud",
        "name": meta.name,
        "geometry": shapely.to_wkb(extent),
        "path": str(source.path),
        "points": int(header.point_count),
        "density_per_m2": float(header.point_count / (width * depth)) if is_metric else None,
        "lowest_m": float(header.mins[2]),
        "highest_m": float(header.maxs[2]),
    }
    return pa.RecordBatch.from_pylist([row], schema=pa.schema([*IDENTITY_FIELDS, *_FURTHER_FIELDS]))
