"""``cim convert``: source files become 3D Tiles in a folder, with a report of what was decided or dropped."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pyproj

from api.pipeline.sources import OpenedSource, open_source
from cim_core.errors import SourceError, TilingError, UsageError
from cim_core.files import check_replaceable, staged_folder, write_atomically
from cim_core.issues import IssueLog, Severity
from cim_core.progress import Progress
from cim_core.terrain import HeightGrid
from converters.base import Produces, ReadOptions
from tiles.build import build_tileset
from tiles.group import write_group
from tiles.options import TileOptions, TilesetSummary
from tiles.workers import WorkerPool, usable_cores

if TYPE_CHECKING:  # it opens stores, whose library takes a quarter of a second to import
    from api.pipeline.reference import Reference


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What became of one source. Counts balance: ``features_in == features_out + rejected``."""

    path: str
    format: str
    crs: str
    crs_reason: str
    heights: str
    fields: dict[str, str]
    features_in: int
    features_out: int
    rejected: int
    tileset: str
    tiles: int
    bytes: int
    bounds_deg: tuple[float, float, float, float]
    height_range_m: tuple[float, float]
    issues: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ConversionReport:
    """What ``cim convert --json`` prints and ``report.json`` holds."""

    output: str
    features_in: int
    features_out: int
    issues: int
    tiles: int
    bytes: int
    crs: str
    seconds: float
    sources: list[SourceReport]

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, ready for JSON."""
        return asdict(self)


def convert_sources(
    paths: Sequence[Path],
    out: Path,
    options: ReadOptions,
    tile_options: TileOptions,
    progress: Progress,
    reference: Reference | None = None,
    surface: HeightGrid | None = None,
) -> ConversionReport:
    """Convert one source into ``out``, or several into a folder each under ``out`` with one root tileset.

    With ``reference``, each source is compared with it and a shift like those of web maps is warned of. ``surface``
    gives heights to buildings that have none.

    The result replaces ``out`` in one step at the end. Raises SourceError, GeoreferenceError, TilingError, UsageError.
    """
    started = time.perf_counter()
    check_replaceable(out, overwrite=tile_options.overwrite)
    if any(path.resolve().is_relative_to(out.resolve()) for path in paths):
        raise UsageError("holds the source, which would be replaced", where=str(out), hint="give another -o")
    if len(paths) == 1:
        reports = [convert_source(paths[0], out, options, tile_options, progress, reference, surface)]
    else:
        reports = _convert_group(paths, out, options, tile_options, progress, reference, surface)
    report = ConversionReport(
        output=str(out),
        features_in=sum(r.features_in for r in reports),
        features_out=sum(r.features_out for r in reports),
        issues=sum(len(r.issues) for r in reports),
        tiles=sum(r.tiles for r in reports),
        bytes=sum(r.bytes for r in reports),
        crs=" + ".join(sorted({r.crs for r in reports})),
        seconds=round(time.perf_counter() - started, 3),
        sources=reports,
    )
    write_atomically(out / "report.json", orjson.dumps(report.to_dict(), option=orjson.OPT_INDENT_2))
    return report


def convert_source(
    path: Path,
    out: Path,
    options: ReadOptions,
    tile_options: TileOptions,
    progress: Progress,
    reference: Reference | None = None,
    surface: HeightGrid | None = None,
) -> SourceReport:
    """Convert one source into one tileset folder. Raises as ``convert_sources``."""
    log = IssueLog()
    with WorkerPool(helpers_for(path, tile_options)) as workers:
        if workers.helpers:  # smaller batches keep all processes busy; they change nothing in the result
            options = replace(options, batch_size=min(options.batch_size, BATCH_ROWS))
        source = open_source(path, options, log, progress, tile_options.ground, surface)
        if reference is not None:
            from api.pipeline.reference import with_shift_check

            source = replace(source, stream=with_shift_check(source.stream, reference, log))
        summary = build_source_tileset(source, out, tile_options, log, progress, workers=workers)
    return build_source_report(source, out, summary, log)


#: A smaller file is done before a further process would be ready.
PARALLEL_FROM_BYTES = 4_000_000
#: Rows a batch where several processes share them.
BATCH_ROWS = 12_500


def helpers_for(path: Path, options: TileOptions) -> int:
    """Further processes worth starting for a source: none for a small one, else one for every other core."""
    size = path.stat().st_size if path.is_file() else 0
    return max(options.jobs or usable_cores(), 1) - 1 if size >= PARALLEL_FROM_BYTES else 0


def build_source_tileset(
    source: OpenedSource,
    out: Path,
    tile_options: TileOptions,
    log: IssueLog,
    progress: Progress,
    *,
    may_be_empty: bool = False,
    workers: WorkerPool | None = None,
) -> TilesetSummary:
    """Send a source to the tiler of its kind.

    Raises SourceError when nothing of it can be drawn, unless it has nothing or ``may_be_empty``.
    """
    if source.converter.info.produces is Produces.POINT_CLOUD:
        from tiles.pointcloud import build_pointcloud  # its library takes a second to import

        list(source.stream.batches)  # reads the header; the points themselves go straight to the tiler
        meta = source.stream.meta
        summary = build_pointcloud(source.path, out, meta.crs, meta.heights, progress, overwrite=tile_options.overwrite)
        log.features_out += 1
        return summary
    try:
        return build_tileset(source.stream, out, tile_options, log, progress, workers)
    except TilingError as error:
        if error.code != "nothing-to-draw":
            raise
        if log.features_in and not may_be_empty:
            raise _none_usable(source, log) from error
        with staged_folder(out, overwrite=tile_options.overwrite):
            return _NOTHING


_NOTHING = TilesetSummary(tiles=0, bytes=0, features=0, bounds_deg=(0.0, 0.0, 0.0, 0.0), height_range_m=(0.0, 0.0))


def _none_usable(source: OpenedSource, log: IssueLog) -> SourceError:
    """Why not one of a source's features can be drawn: the commonest reason, in its own words."""
    counts = ", ".join(f"{count:,} × {code}" for code, count in _rejections(log).most_common())
    first = next(issue for issue in log if issue.severity is Severity.REJECTED)
    return SourceError(
        f"none of the {log.features_in:,} features can be used: {counts} (e.g. {first.feature_id}: {first.message})",
        where=str(source.path),
        hint=first.hint,
        code="nothing-usable",
    )


def _rejections(log: IssueLog) -> Counter[str]:
    return Counter(issue.code for issue in log if issue.severity is Severity.REJECTED)


def build_source_report(source: OpenedSource, out: Path, summary: TilesetSummary, log: IssueLog) -> SourceReport:
    """The report of one source. Raises SourceError if the books do not balance, which is a defect of a converter."""
    if not log.is_balanced():
        raise SourceError(
            f"{log.features_in} features in, {log.features_out} out and {log.rejected} rejected do not add up",
            where=str(source.path),
            hint="please report this file: it shows a defect of the converter",
            code="unbalanced",
        )
    meta = source.stream.meta
    return SourceReport(
        path=str(source.path),
        format=source.converter.info.id,
        crs=crs_label(meta.crs),
        crs_reason=meta.crs_reason,
        heights=meta.heights.describe(),
        fields=dict(meta.fields),
        features_in=log.features_in,
        features_out=log.features_out,
        rejected=log.rejected,
        tileset=str(out / "tileset.json"),
        tiles=summary.tiles,
        bytes=summary.bytes,
        bounds_deg=summary.bounds_deg,
        height_range_m=summary.height_range_m,
        issues=log.to_dicts(),
    )


def _convert_group(
    paths: Sequence[Path],
    out: Path,
    options: ReadOptions,
    tile_options: TileOptions,
    progress: Progress,
    reference: Reference | None,
    surface: HeightGrid | None,
) -> list[SourceReport]:
    names = _folder_names(paths)
    with staged_folder(out, overwrite=tile_options.overwrite) as staging:
        reports = [
            convert_source(path, staging / name, options, tile_options, progress, reference, surface)
            for path, name in zip(paths, names, strict=True)
        ]
        regions = {
            name: (*report.bounds_deg, *report.height_range_m)
            for name, report in zip(names, reports, strict=True)
            if report.tiles
        }
        if regions:
            write_group(staging, regions)
    return [
        SourceReport(**{**asdict(report), "tileset": str(out / name / "tileset.json")})
        for report, name in zip(reports, names, strict=True)
    ]


def _folder_names(paths: Sequence[Path]) -> list[str]:
    """A folder name per source: its stem, made unique with a number."""
    names: list[str] = []
    for path in paths:
        stem = path.name.split(".")[0] or "source"
        name, number = stem, 2
        while name in names:
            name, number = f"{stem}-{number}", number + 1
        names.append(name)
    return names


def crs_label(crs: pyproj.CRS) -> str:
    """``EPSG:4547``, or the name of a CRS without a code."""
    authority = crs.to_authority()
    return ":".join(authority) if authority else str(crs.name)
