"""``cim convert``: source files become 3D Tiles in a folder, with a report of what was decided or dropped."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from api.pipeline.patching import patch_source
from api.pipeline.reports import ConversionReport, SourceReport, build_source_report
from api.pipeline.row_index import RowIndex
from api.pipeline.sources import OpenedSource, open_source
from cim_core.errors import SourceError, TilingError, UsageError
from cim_core.files import check_replaceable, staged_folder
from cim_core.issues import IssueLog, Severity
from cim_core.progress import Progress
from cim_core.terrain import HeightGrid
from converters.base import Produces, ReadOptions
from converters.footprints.trace import RowTrace
from tiles.build import Built, build_tileset
from tiles.group import write_group
from tiles.options import TileOptions, TilesetSummary
from tiles.patch import DrawnPlaces
from tiles.workers import WorkerPool, usable_cores

if TYPE_CHECKING:  # it opens stores, whose library takes a quarter of a second to import
    from api.pipeline.reference import Reference

#: Adds files to a finished folder before it is put in place, given the report of its source.
OnReport = Callable[[Path, SourceReport], None]


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

    The result, its ``report.json`` included, replaces ``out`` in one step at the end. With ``tile_options.reuse_from``
    equal to ``out``, only what changed is made anew, with the same result.
    Raises SourceError, GeoreferenceError, TilingError, UsageError.
    """
    started = time.perf_counter()
    pa.set_memory_pool(pa.system_memory_pool())  # Arrow's usual one keeps tens of megabytes for itself
    check_replaceable(out, overwrite=tile_options.overwrite)
    if any(path.resolve().is_relative_to(out.resolve()) for path in paths):
        raise UsageError("holds the source, which would be replaced", where=str(out), hint="give another -o")

    def write_report(folder: Path, *sources: SourceReport) -> None:
        ConversionReport.of(out, list(sources), started).write(folder)

    if len(paths) > 1:
        reports = _convert_group(paths, out, options, tile_options, progress, reference, surface, write_report)
        return ConversionReport.of(out, reports, started)
    report = None
    if reference is None and surface is None and tile_options.reuse_from == out:
        report = patch_source(
            paths[0], out, with_batches_for(paths[0], options, tile_options), tile_options, progress, write_report
        )
    if report is None:
        report = convert_source(paths[0], out, options, tile_options, progress, reference, surface, write_report)
    return ConversionReport.of(out, [report], started)


def convert_source(
    path: Path,
    out: Path,
    options: ReadOptions,
    tile_options: TileOptions,
    progress: Progress,
    reference: Reference | None = None,
    surface: HeightGrid | None = None,
    on_report: OnReport | None = None,
) -> SourceReport:
    """Convert one source into one tileset folder. Raises as ``convert_sources``."""
    log = IssueLog()
    reports: list[SourceReport] = []
    with WorkerPool(helpers_for(path, tile_options)) as workers:
        options = with_batches_for(path, options, tile_options)
        trace = RowTrace() if reference is None and surface is None else None
        source = open_source(path, options, log, progress, tile_options.ground, surface, trace)
        if reference is not None:
            from api.pipeline.reference import with_shift_check

            source = replace(source, stream=with_shift_check(source.stream, reference, log))

        def finish(folder: Path, summary: TilesetSummary, built: Built | None) -> None:
            reports.append(build_source_report(source, out, summary, log))
            drawn = DrawnPlaces.of(built) if built is not None and trace is not None else None
            if drawn is not None and trace is not None and trace.context:
                noted_rows = [row for issue in log if (row := issue.row) is not None]
                RowIndex.of(trace, noted_rows, drawn, tile_options.ground).write(folder)
            if on_report is not None:
                on_report(folder, reports[0])

        build_source_tileset(source, out, tile_options, log, progress, workers=workers, finish=finish)
    return reports[0]


#: A smaller file is done before a further process would be ready.
PARALLEL_FROM_BYTES = 4_000_000
#: Rows a batch where several processes share them.
BATCH_ROWS = 12_500


def helpers_for(path: Path, options: TileOptions) -> int:
    """Further processes worth starting for a source: none for a small one, else one for every other core."""
    size = path.stat().st_size if path.is_file() else 0
    return max(options.jobs or usable_cores(), 1) - 1 if size >= PARALLEL_FROM_BYTES else 0


def with_batches_for(path: Path, options: ReadOptions, tile_options: TileOptions) -> ReadOptions:
    """Smaller batches where several processes are to be kept busy; they change nothing in the result."""
    if not helpers_for(path, tile_options):
        return options
    return replace(options, batch_size=min(options.batch_size, BATCH_ROWS))


def build_source_tileset(
    source: OpenedSource,
    out: Path,
    tile_options: TileOptions,
    log: IssueLog,
    progress: Progress,
    *,
    may_be_empty: bool = False,
    workers: WorkerPool | None = None,
    finish: Callable[[Path, TilesetSummary, Built | None], None] | None = None,
) -> TilesetSummary:
    """Send a source to the tiler of its kind; ``finish`` may add files to the folder before it is put in place.

    Raises SourceError when nothing of it can be drawn, unless it has nothing or ``may_be_empty``.
    """
    finish = finish or (lambda *_: None)
    if source.converter.info.produces is Produces.POINT_CLOUD:
        from tiles.pointcloud import build_pointcloud  # its library takes a second to import

        list(source.stream.batches)  # reads the header; the points themselves go straight to the tiler
        meta = source.stream.meta
        log.features_out += 1
        return build_pointcloud(
            source.path,
            out,
            meta.crs,
            meta.heights,
            progress,
            overwrite=tile_options.overwrite,
            finish=lambda folder, summary: finish(folder, summary, None),
        )
    try:
        return build_tileset(
            source.stream,
            out,
            tile_options,
            log,
            progress,
            workers,
            finish=lambda built: finish(built.folder, built.summary, built),
        )
    except TilingError as error:
        if error.code != "nothing-to-draw":
            raise
        if log.features_in and not may_be_empty:
            raise _none_usable(source, log) from error
        with staged_folder(out, overwrite=tile_options.overwrite) as staging:
            finish(staging, _NOTHING, None)
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


def _convert_group(
    paths: Sequence[Path],
    out: Path,
    options: ReadOptions,
    tile_options: TileOptions,
    progress: Progress,
    reference: Reference | None,
    surface: HeightGrid | None,
    write_report: Callable[..., None],
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
        reports = [
            replace(report, tileset=str(out / name / "tileset.json"))
            for report, name in zip(reports, names, strict=True)
        ]
        write_report(staging, *reports)
    return reports


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
