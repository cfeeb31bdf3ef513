"""``cim inspect``: what a source holds and what converting it would give, from one read and without writing."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from api.pipeline.estimate import SizeEstimate, Workload, estimate_size
from api.pipeline.reports import crs_label
from api.pipeline.sources import open_source
from api.pipeline.statistics import HeightStatistics, measure_heights
from cim_core.crs.ecef import ecef_to_lonlat
from cim_core.crs.transform import to_lonlat
from cim_core.features import FeatureBatch
from cim_core.issues import IssueLog
from cim_core.progress import Progress
from converters.base import Produces, ReadOptions, Source
from converters.dem import is_raster

if TYPE_CHECKING:
    from api.pipeline.inspect_dem import ElevationReport

#: Columns that every batch has and no source brings.
_OWN_COLUMNS = frozenset({"gid", "parent_id", "kind", "geometry", "height_source"})
_BOX_CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class FieldReport:
    """One column: its type, how many features have a usable value, and the agreed attribute it is taken for, if any.

    ``field`` is the source's own name; ``example`` is the first value.
    """

    field: str
    type: str
    filled: int
    share: float
    taken_for: str
    example: str


@dataclass(frozen=True, slots=True)
class ExpectedIssue:
    """One kind of issue: how often, and the first of them in words."""

    code: str
    severity: str
    count: int
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What ``cim inspect --json`` prints. ``bounds_deg`` is west, south, east, north."""

    path: str
    format: str
    becomes: str
    crs: str
    crs_reason: str
    height_datum: str
    features_in: int
    usable: int
    rejected: int
    kinds: dict[str, int]
    bounds_deg: tuple[float, float, float, float] | None
    fields: list[FieldReport]
    heights: HeightStatistics | None
    issues: list[ExpectedIssue]
    estimate: SizeEstimate
    seconds: float
    elevation: ElevationReport | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


def inspect_source(path: Path, options: ReadOptions, progress: Progress) -> Inspection:
    """Read a source once as ``cim convert`` would, and report. Raises SourceError, GeoreferenceError, UsageError."""
    started = time.perf_counter()
    log = IssueLog()
    if is_raster(Source.open(path)):
        return _inspect_terrain(path, options, log, started)
    source = open_source(path, options, log, progress)
    meta, survey = source.stream.meta, _Survey()
    for batch in source.stream.batches:
        survey.add(batch)
    return Inspection(
        path=str(path),
        format=source.converter.info.id,
        becomes=source.converter.info.produces.value,
        crs=crs_label(meta.crs),
        crs_reason=meta.crs_reason,
        height_datum=meta.heights.describe(),
        features_in=log.features_in,
        usable=survey.features,
        rejected=log.rejected,
        kinds=dict(survey.kinds.most_common()),
        bounds_deg=survey.bounds_deg(),
        fields=survey.fields(meta.fields),
        heights=survey.heights(),
        issues=_expected_issues(log),
        estimate=estimate_size(survey.work, is_point_cloud=source.converter.info.produces is Produces.POINT_CLOUD),
        seconds=round(time.perf_counter() - started, 3),
    )


def _inspect_terrain(path: Path, options: ReadOptions, log: IssueLog, started: float) -> Inspection:
    from api.pipeline.inspect_dem import inspect_dem  # raster libraries only where there is a raster

    dem = inspect_dem(path, options, log)
    return Inspection(
        path=str(path),
        format="geotiff",
        becomes="terrain",
        crs=crs_label(dem.grid.crs),
        crs_reason="given with --crs" if options.crs else "declared in the raster",
        height_datum=dem.grid.heights.describe(),
        features_in=0,
        usable=0,
        rejected=0,
        kinds={},
        bounds_deg=dem.bounds_deg,
        fields=[],
        heights=None,
        issues=_expected_issues(log),
        estimate=SizeEstimate(0, 0, 0),
        seconds=round(time.perf_counter() - started, 3),
        elevation=dem.report,
    )


@dataclass(slots=True)
class _Column:
    type: str
    filled: int = 0
    example: str = ""


@dataclass(slots=True)
class _Survey:
    """Adds up batches; holds the heights of the buildings and nothing else of a feature."""

    features: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    work: Workload = field(default_factory=Workload)
    _columns: dict[str, _Column] = field(default_factory=dict)
    _heights: list[NDArray[np.float64]] = field(default_factory=list)
    _rungs: Counter[str] = field(default_factory=Counter)
    _corners: list[NDArray[np.float64]] = field(default_factory=list)

    def add(self, batch: FeatureBatch) -> None:
        self.features += len(batch)
        kinds = batch.column("kind")
        if kinds is not None:
            self.kinds.update({str(row["values"]): int(row["counts"]) for row in pc.value_counts(kinds).to_pylist()})
        self._add_columns(batch)
        self._add_heights(batch)
        self._add_shapes(batch)

    def _add_columns(self, batch: FeatureBatch) -> None:
        for name, values in zip(batch.records.schema.names, batch.records.columns, strict=True):
            if name in _OWN_COLUMNS:
                continue
            column = self._columns.setdefault(name, _Column(str(values.type)))
            column.filled += len(values) - values.null_count
            if not column.example and values.null_count < len(values):
                column.example = str(pc.drop_null(values)[0].as_py())[:60]

    def _add_heights(self, batch: FeatureBatch) -> None:
        heights, kinds, rungs = (batch.column(name) for name in ("height_m", "kind", "height_source"))
        if heights is None or kinds is None:
            return
        is_building = pc.equal(kinds, "building")
        self._heights.append(
            np.asarray(pc.cast(heights.filter(is_building), pa.float64()).to_numpy(zero_copy_only=False), np.float64)
        )
        if rungs is not None:
            known = pc.fill_null(rungs.filter(is_building), "none")
            self._rungs.update({str(row["values"]): int(row["counts"]) for row in pc.value_counts(known).to_pylist()})

    def _add_shapes(self, batch: FeatureBatch) -> None:
        points = batch.column("points")
        if points is not None:
            self.work.points += int(pc.sum(points).as_py() or 0)
        geometry = batch.column("geometry")
        if batch.mesh is not None and len(batch.mesh.row):
            self.work.elements += len(batch)
            self.work.text_bytes += _text_bytes(batch)
            self.work.triangles += int(batch.mesh.triangle_count.sum())
            low, high = batch.mesh.bounds()
            placed = batch.mesh.placement.to_ecef(low + _BOX_CORNERS * (high - low), batch.meta.heights)
            self._corners.append(ecef_to_lonlat(placed)[:, :2])
        elif geometry is not None and geometry.null_count < len(geometry):
            shapes = shapely.from_wkb(np.asarray(pc.drop_null(geometry).to_numpy(zero_copy_only=False), dtype=object))
            self.work.ring_vertices += int(shapely.get_num_coordinates(shapes).sum())
            west, south, east, north = shapely.total_bounds(shapes)
            steps = np.linspace(0.0, 1.0, 9)
            x, y = west + (east - west) * steps, south + (north - south) * steps
            ring_x = np.concatenate([x, x, np.full(9, west), np.full(9, east)])
            ring_y = np.concatenate([np.full(9, south), np.full(9, north), y, y])
            self._corners.append(np.stack(to_lonlat(ring_x, ring_y, batch.meta.crs), axis=-1))

    def bounds_deg(self) -> tuple[float, float, float, float] | None:
        if not self._corners:
            return None
        lonlat_deg = np.concatenate(self._corners)
        (west, south), (east, north) = lonlat_deg.min(axis=0), lonlat_deg.max(axis=0)
        return float(west), float(south), float(east), float(north)

    def fields(self, source_by_attribute: dict[str, str]) -> list[FieldReport]:
        """Columns that hold something or were found in the source, the agreed ones first."""
        reports = [
            FieldReport(
                field=source_by_attribute.get(name, name),
                type=column.type,
                filled=column.filled,
                share=round(column.filled / self.features, 4) if self.features else 0.0,
                taken_for=name if name in source_by_attribute else "",
                example=column.example,
            )
            for name, column in self._columns.items()
            if name in source_by_attribute or (column.filled and name != "id")
        ]
        return sorted(reports, key=lambda report: not report.taken_for)

    def heights(self) -> HeightStatistics | None:
        heights_m = np.concatenate(self._heights) if self._heights else np.zeros(0)
        return measure_heights(heights_m, dict(self._rungs.most_common())) if len(heights_m) else None


def _text_bytes(batch: FeatureBatch) -> int:
    """Bytes of what the tiles carry as text of each element."""
    columns = (batch.column(name) for name in ("id", "name", "storey", "material", "properties"))
    return sum(int(pc.sum(pc.binary_length(column)).as_py() or 0) for column in columns if column is not None)


def _expected_issues(log: IssueLog) -> list[ExpectedIssue]:
    counts = Counter((issue.code, issue.severity) for issue in log)
    first = {(issue.code, issue.severity): issue for issue in reversed(list(log))}
    order = {"rejected": 0, "warning": 1, "note": 2}
    found = [
        ExpectedIssue(code, severity.value, count, first[code, severity].message, first[code, severity].hint)
        for (code, severity), count in counts.items()
    ]
    return sorted(found, key=lambda issue: (order[issue.severity], -issue.count))
