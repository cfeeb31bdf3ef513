"""``cim import``: sources into a workspace: rows to the store, tiles to a version folder, findings anew."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from api.pipeline.convert import build_source_tileset, helpers_for, with_batches_for
from api.pipeline.derive import Derived, derive
from api.pipeline.ground import adopt_ground, find_ground
from api.pipeline.opening import (
    choose_work_crs,
    keep_geoid,
    locked_workspace,
    open_or_create_workspace,
    with_geoid_of,
)
from api.pipeline.placing import check_in_town, model_footprints
from api.pipeline.reference import report_shift, workspace_reference
from api.pipeline.reports import SourceReport, build_source_report, crs_label
from api.pipeline.sources import OpenedSource, open_source, read_ground
from api.pipeline.stored_batches import StoredBatches
from api.pipeline.systems import find_named_system
from api.pipeline.versions import newest_version, publish_tileset, sweep_versions, tileset_info
from api.workspace import Workspace, is_plain_name
from cim_core.catalogue.levels import level_number, level_of_dataset
from cim_core.errors import UsageError
from cim_core.features import FeatureBatch
from cim_core.issues import IssueLog
from cim_core.progress import Progress
from cim_core.scenarios import PlaceState
from cim_core.store import DatasetKind, DatasetRecord, TilesetInfo
from cim_core.terrain import HeightGrid
from converters.base import Produces, ReadOptions
from tiles.options import TileOptions
from tiles.workers import WorkerPool


@dataclass(frozen=True, slots=True)
class DatasetIdentity:
    """What a dataset is called and what a user must know of it. A design is a proposal: it does not stand yet."""

    id: str
    name_zh: str = ""
    name_en: str = ""
    synthetic: bool = False
    cim_level: str = ""
    is_design: bool = False


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What ``cim import --json`` prints."""

    workspace: str
    dataset: str
    features_in: int
    features_out: int
    issues: int
    tiles: int
    bytes: int
    crs: str
    buildings: int
    elements: int
    frontages: int
    project_links: int
    findings: dict[str, int]
    seconds: float
    source: SourceReport

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, ready for JSON."""
        return asdict(self)


def import_source(
    paths: Sequence[Path],
    folder: Path,
    identity: DatasetIdentity,
    options: ReadOptions,
    progress: Progress,
    *,
    terrain: Path | None = None,
    dsm: Path | None = None,
    work_crs: str | None = None,
    store_url: str | None = None,
    derive_after: bool = True,
    allow_far: bool = False,
) -> ImportReport:
    """Import a source as a dataset, replacing it if it exists; imports into one workspace wait for each other.

    A building model that stands far outside the town is refused ("outside-town") unless ``allow_far``.
    Raises CimError; then the workspace is as it was.
    """
    started = time.perf_counter()
    if not is_plain_name(identity.id):
        raise UsageError(
            f"'{identity.id}' cannot be a dataset name", where="--dataset", hint="use letters, digits, '.', '_' and '-'"
        )
    if len(paths) != 1:
        raise UsageError("one source makes one dataset", where="SOURCE", hint="call cim import once per file")
    existing = Workspace.load(folder) if (folder / "workspace.json").exists() else None
    options = _settle_options(options, folder, existing)
    progress.start(f"import {identity.id}")
    ground = find_ground(existing, terrain, options.heights)
    log = IssueLog()
    surface = None if dsm is None else read_ground(dsm, options.heights)
    source = open_source(paths[0], with_batches_for(paths[0], options, TileOptions()), log, progress, ground, surface)
    batches = StoredBatches(source.stream)
    source = replace(source, stream=batches.stream(source.stream, progress))
    new_crs = work_crs or (choose_work_crs(source.stream.meta, batches) if existing is None else existing.crs)
    has_rows = batches.rows > 0
    with locked_workspace(folder, progress):
        workspace = open_or_create_workspace(folder, crs=new_crs, heights=options.heights, store_url=store_url)
        keep_geoid(workspace, options.heights)
        is_model = source.converter.info.produces is Produces.ELEMENTS
        _compare_with_town(
            workspace, identity.id, batches, log, is_bound=is_model and not allow_far, where=paths[0].name
        )
        adopt_ground(workspace, terrain, ground, log, progress)
        report, tileset = _build_tileset(workspace, identity.id, source, ground, log, progress, has_rows=has_rows)
        with workspace.open_store() as store:
            record = replace(_record(identity, source, batches), tileset=tileset)
            counts = store.import_features(record, batches, progress)
            if source.stream.objects is not None:
                store.save_model_objects(identity.id, source.stream.objects)
            state = PlaceState.PROPOSED if identity.is_design else PlaceState.EXISTING
            store.set_dataset_state(identity.id, state)
            derived = derive(store, progress, folder=folder) if derive_after else Derived()
        sweep_versions(workspace, identity.id, "" if tileset is None else tileset.version)
    return ImportReport(
        workspace=str(folder),
        dataset=identity.id,
        features_in=report.features_in,
        features_out=report.features_out,
        issues=len(report.issues),
        tiles=report.tiles,
        bytes=report.bytes,
        crs=report.crs,
        buildings=counts.buildings,
        elements=counts.elements,
        frontages=derived.frontages,
        project_links=derived.project_links,
        findings=derived.findings,
        seconds=round(time.perf_counter() - started, 3),
        source=report,
    )


def _settle_options(options: ReadOptions, folder: Path, existing: Workspace | None) -> ReadOptions:
    """The options with what the workspace knows: named systems, heights, the geoid model."""
    heights = options.heights
    if heights is None and existing is not None:
        heights = existing.heights
    elif heights is not None and heights.geoid is not None:
        heights = with_geoid_of(folder, heights, existing)
    # A building without a height cannot be drawn, but it stands in the town and is judged "no data".
    return replace(options, crs=find_named_system(options.crs, folder), heights=heights, keep_without_height=True)


def _build_tileset(
    workspace: Workspace,
    dataset: str,
    source: OpenedSource,
    ground: HeightGrid | None,
    log: IssueLog,
    progress: Progress,
    *,
    has_rows: bool,
) -> tuple[SourceReport, TilesetInfo | None]:
    """Build and publish the tileset of a dataset; None where its rows have nothing to draw, e.g. no heights."""
    staging = workspace.tilesets_folder / dataset / ".new"
    shutil.rmtree(staging, ignore_errors=True)
    try:
        options = TileOptions(ground=ground, overwrite=True, reuse_from=newest_version(workspace, dataset))
        with WorkerPool(helpers_for(source.path, options)) as workers:
            summary = build_source_tileset(
                source, staging, options, log, progress, may_be_empty=has_rows, workers=workers
            )
        report = build_source_report(source, staging, summary, log)
        if not summary.tiles:
            return replace(report, tileset=""), None
        version = publish_tileset(workspace, dataset, staging)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    path = workspace.tileset_folder(dataset, version) / "tileset.json"
    return replace(report, tileset=str(path)), tileset_info(version, summary)


def _compare_with_town(
    workspace: Workspace, dataset: str, batches: StoredBatches, log: IssueLog, *, is_bound: bool, where: str
) -> None:
    """Warn if what is imported lies beside the buildings that are there; refuse a model bound to the town far from it.

    Raises GeoreferenceError.
    """
    if not batches.rows:
        return
    with workspace.open_store() as store:
        if is_bound:
            town = store.buildings(columns=("dataset", "geometry"))
            others = town.filter(pc.not_equal(town["dataset"], dataset))
            hint = (
                "check its position with cim ifc inspect, give --at or --match-footprint, or confirm with --allow-far"
            )
            check_in_town(model_footprints(batches, store), others, where=where, hint=hint)
        reference = workspace_reference(store, dataset)
    if reference is not None:
        report_shift(batches, reference, log)


def _record(identity: DatasetIdentity, source: OpenedSource, batches: Iterable[FeatureBatch]) -> DatasetRecord:
    meta = source.stream.meta
    level = level_number(identity.cim_level) or _level_of(source.converter.info.produces.value, batches)
    return DatasetRecord(
        id=identity.id,
        name_zh=identity.name_zh or meta.name,
        name_en=identity.name_en or meta.name,
        kind=DatasetKind(source.converter.info.produces.value),
        crs=crs_label(meta.crs),
        crs_reason=meta.crs_reason,
        heights=meta.heights,
        source_file=source.path.name,
        format_id=source.converter.info.id,
        synthetic=identity.synthetic,
        cim_level=f"CIM{level}",
    )


def _level_of(kind: str, batches: Iterable[FeatureBatch]) -> int:
    """The CIM level of what is imported, where nobody says it."""
    stated, has_heights, is_textured = set[int | None](), False, False
    for batch in batches:
        levels, heights_m = batch.column("cim_level"), batch.column("height_m")
        stated |= set() if levels is None else set(levels.unique().to_pylist())
        has_heights |= heights_m is not None and heights_m.null_count < len(heights_m)
        is_textured |= batch.mesh is not None and batch.mesh.is_textured
    return level_of_dataset(kind, stated, has_heights=has_heights, is_textured=is_textured)
