"""``cim import``: sources into a workspace: rows to the store, tiles to a version folder, findings anew."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import shapely
import yaml

from api.pipeline.convert import SourceReport, build_source_report, build_source_tileset
from api.pipeline.derive import Derived, derive
from api.pipeline.reference import report_shift, workspace_reference
from api.pipeline.sources import OpenedSource, open_source, read_ground
from api.pipeline.systems import find_named_system
from api.workspace import DEFAULT_CRS, Workspace, is_plain_name
from cim_core.crs.geoid import WORKSPACE_GEOID, bundled_geoid, encode_gtx, find_geoid
from cim_core.crs.heights import HeightPolicy
from cim_core.crs.placement import PointPlacement
from cim_core.crs.transform import to_lonlat
from cim_core.errors import GeoreferenceError, NotFoundError, UsageError
from cim_core.features import FeatureBatch, FeatureStream, SourceMeta
from cim_core.files import write_atomically
from cim_core.issues import IssueLog
from cim_core.progress import Progress
from cim_core.store import DatasetKind, DatasetRecord, Store, TilesetInfo
from cim_core.terrain import HeightGrid
from cim_core.townscape.rulepack import check_references, read_rule_pack
from converters.base import ReadOptions
from converters.layers import read_layer
from tiles.options import TileOptions, TilesetSummary
from tiles.terrain import build_terrain

#: What ``--as`` accepts beside buildings and models.
TOWN_LAYERS = ("streets", "zones", "projects", "rules", "terrain", "layer")
_KEPT_VERSIONS = 2


@dataclass(frozen=True, slots=True)
class DatasetIdentity:
    """What a dataset is called and what a user must know of it."""

    id: str
    name_zh: str = ""
    name_en: str = ""
    synthetic: bool = False
    cim_level: str = ""


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


def open_or_create_workspace(folder: Path, *, crs: str = DEFAULT_CRS, heights: HeightPolicy | None = None) -> Workspace:
    """The workspace in a folder with its store, made if missing with ``crs`` and ``heights``."""
    try:
        workspace = Workspace.load(folder)
    except NotFoundError:
        title = folder.resolve().name
        workspace = Workspace(folder, {"zh": title, "en": title}, crs=crs, heights=heights or HeightPolicy())
        workspace.save()
    if not workspace.store_path.exists():
        Store.create(workspace.store_path, workspace.crs).close()
    return workspace


def import_source(
    paths: Sequence[Path],
    folder: Path,
    identity: DatasetIdentity,
    options: ReadOptions,
    progress: Progress,
    *,
    terrain: Path | None = None,
    work_crs: str | None = None,
    derive_after: bool = True,
) -> ImportReport:
    """Import one or more sources of one format as a dataset, replacing it if it exists. Raises CimError."""
    started = time.perf_counter()
    if not is_plain_name(identity.id):
        raise UsageError(
            f"'{identity.id}' cannot be a dataset name", where="--dataset", hint="use letters, digits, '.', '_' and '-'"
        )
    if len(paths) != 1:
        raise UsageError("one source makes one dataset", where="SOURCE", hint="call cim import once per file")
    existing = Workspace.load(folder) if (folder / "workspace.json").exists() else None
    options = replace(options, crs=find_named_system(options.crs, folder))
    if options.heights is None and existing is not None:
        options = replace(options, heights=existing.heights)
    elif options.heights is not None and options.heights.geoid is not None:
        options = replace(options, heights=_with_geoid_of(folder, options.heights, existing))
    progress.start(f"import {identity.id}")
    # A building without a height cannot be drawn, but it stands in the town and is judged "no data".
    options = replace(options, keep_without_height=True)
    ground = _ground(existing, terrain, options)
    log = IssueLog()
    source = open_source(paths[0], options, log, progress, ground)
    batches = list(source.stream.batches)
    source = replace(source, stream=FeatureStream(source.stream.meta, iter(batches), len(batches)))
    if existing is not None:
        _compare_with_town(existing, identity.id, batches, log)
    workspace = open_or_create_workspace(
        folder, crs=work_crs or choose_work_crs(source.stream.meta, batches), heights=options.heights
    )
    _keep_dem(workspace, terrain)
    _keep_geoid(workspace, options.heights)

    staging = workspace.tilesets_folder / identity.id / ".new"
    shutil.rmtree(staging, ignore_errors=True)
    try:
        summary = build_source_tileset(source, staging, TileOptions(ground=ground, overwrite=True), log, progress)
        report = build_source_report(source, staging, summary, log)
        version = publish_tileset(workspace, identity.id, staging)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    with Store.open(workspace.store_path) as store:
        record = replace(_record(identity, source), tileset=_tileset_info(version, summary))
        counts = store.import_features(record, batches, progress)
        derived = derive(store, progress) if derive_after else Derived()
    _sweep_versions(workspace, identity.id, version)
    tileset = str(workspace.tileset_folder(identity.id, version) / "tileset.json")
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
        source=replace(report, tileset=tileset),
    )


def _with_geoid_of(folder: Path, heights: HeightPolicy, existing: Workspace | None) -> HeightPolicy:
    """The policy with the geoid model of the workspace, which has one for all its datasets. Raises UsageError."""
    if heights.geoid == bundled_geoid():
        return HeightPolicy.by_model(heights.datum, find_geoid(folder))
    if existing is not None and existing.store_path.exists() and heights.geoid is not None:
        with Store.open(existing.store_path) as store:
            in_use = {record.heights.geoid for record in store.datasets()} - {None}
        if any(model.digest != heights.geoid.digest for model in in_use if model is not None):
            raise UsageError(
                "the workspace uses another geoid model already",
                where="--geoid",
                hint="leave --geoid out, or begin a new workspace with this model",
            )
    return heights


def _keep_geoid(workspace: Workspace, heights: HeightPolicy | None) -> None:
    """Keep a model of the user's own in the workspace, so that every later look at its heights uses it."""
    if heights is not None and heights.geoid is not None and heights.geoid.digest != bundled_geoid().digest:
        write_atomically(workspace.folder / WORKSPACE_GEOID, encode_gtx(heights.geoid))


def _compare_with_town(workspace: Workspace, dataset: str, batches: Sequence[FeatureBatch], log: IssueLog) -> None:
    """Warn if what is imported lies beside the buildings that are there."""
    if not batches or not workspace.store_path.exists():
        return
    with Store.open(workspace.store_path) as store:
        reference = workspace_reference(store, dataset)
    if reference is not None:
        report_shift(batches, reference, log)


def import_town_layer(
    path: Path,
    folder: Path,
    layer: str,
    name: str,
    crs: str | None,
    progress: Progress,
    *,
    derive_after: bool = True,
) -> int:
    """Import streets, zones, projects, a rule pack, terrain or a named map layer in place of the old. Returns rows.

    Frontages, project links and findings are derived anew. Raises SourceError, GeoreferenceError, RulePackError,
    UsageError.
    """
    workspace = open_or_create_workspace(folder)
    progress.start(f"import {layer}")
    with Store.open(workspace.store_path) as store:
        rows = _put_town_layer(store, workspace, path, layer, name, crs, progress)
        if derive_after and layer not in {"layer", "terrain"}:
            derive(store, progress)
    return rows


def _put_town_layer(
    store: Store, workspace: Workspace, path: Path, layer: str, name: str, crs: str | None, progress: Progress
) -> int:
    if layer == "terrain":
        import_terrain(path, workspace, progress)
        return 1
    if layer == "rules":
        pack = read_rule_pack(path)
        check_references(pack, zones=_ids(store.zones()), streets=_ids(store.streets()) or None)
        store.save_rule_pack(yaml.safe_load(path.read_text(encoding="utf-8")))  # as written; just validated
        return len(pack.rules)
    rows = read_layer(path, find_named_system(crs, workspace.folder))
    if layer == "layer":
        return store.import_map_layer(name, rows.table, rows.crs)
    put = {"streets": store.import_streets, "zones": store.import_zones, "projects": store.import_projects}
    if layer not in put:
        raise UsageError(f"'{layer}' is not a kind of layer", where="--as", hint="one of " + ", ".join(TOWN_LAYERS))
    return put[layer](rows.table, rows.crs)


def import_terrain(dem: Path, workspace: Workspace, progress: Progress) -> str:
    """Build the terrain of a workspace from an elevation model in the workspace's own height datum.

    The model is kept, so that buildings imported later stand on it. Returns the version. Raises CimError.
    """
    _keep_dem(workspace, dem, replace_old=True)
    staging = workspace.terrain_folder / ".new"
    shutil.rmtree(staging, ignore_errors=True)
    try:
        build_terrain(read_ground(dem, workspace.heights), staging, progress=progress)
        digest = hashlib.sha256()
        for path in sorted(staging.rglob("*")):
            if path.is_file():
                digest.update(path.read_bytes())
        version = digest.hexdigest()[:12]
        target = workspace.terrain_version_folder(version)
        if not target.exists():
            staging.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    for old in workspace.terrain_folder.iterdir():
        if old.name != version:
            shutil.rmtree(old, ignore_errors=True)
    return version


def publish_tileset(workspace: Workspace, dataset: str, staging: Path) -> str:
    """Move a finished tileset to its version folder, named by the hash of its manifest; an equal one is kept."""
    manifest = staging / "manifest.json"
    content = manifest if manifest.exists() else staging / "tileset.json"
    version = hashlib.sha256(content.read_bytes()).hexdigest()[:12]
    target = workspace.tileset_folder(dataset, version)
    if target.exists():
        shutil.rmtree(staging)
    else:
        staging.rename(target)
    return version


def _sweep_versions(workspace: Workspace, dataset: str, current: str) -> None:
    """Keep the version in use and the one before it, which open pages may still load."""
    folders = sorted(
        (path for path in (workspace.tilesets_folder / dataset).iterdir() if path.is_dir() and path.name != current),
        key=lambda path: path.stat().st_mtime_ns,
        reverse=True,
    )
    for old in folders[_KEPT_VERSIONS - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


def _record(identity: DatasetIdentity, source: OpenedSource) -> DatasetRecord:
    meta = source.stream.meta
    authority = meta.crs.to_authority()
    return DatasetRecord(
        id=identity.id,
        name_zh=identity.name_zh or meta.name,
        name_en=identity.name_en or meta.name,
        kind=DatasetKind(source.converter.info.produces.value),
        crs=":".join(authority) if authority else meta.crs.name,
        crs_reason=meta.crs_reason,
        heights=meta.heights,
        source_file=source.path.name,
        format_id=source.converter.info.id,
        synthetic=identity.synthetic,
        cim_level=identity.cim_level,
    )


def _tileset_info(version: str, summary: TilesetSummary) -> TilesetInfo:
    return TilesetInfo(
        version, summary.bounds_deg, summary.height_range_m, summary.tiles, summary.bytes, summary.features
    )


def _ground(workspace: Workspace | None, terrain: Path | None, options: ReadOptions) -> HeightGrid | None:
    if terrain is not None:
        return read_ground(terrain, options.heights)
    if workspace is not None and workspace.dem_path.exists():
        return read_ground(workspace.dem_path, workspace.heights)
    return None


def _keep_dem(workspace: Workspace, terrain: Path | None, *, replace_old: bool = False) -> None:
    """Copy the elevation model into the workspace, so that the next import stands on the same ground."""
    if terrain is None or (workspace.dem_path.exists() and not replace_old):
        return
    workspace.dem_path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(terrain, workspace.dem_path)


def choose_work_crs(meta: SourceMeta, batches: Sequence[FeatureBatch]) -> str:
    """The work CRS of a new workspace: the source's own if it is in metres, else the CGCS2000 zone it lies in.

    A working choice, not a belief about the source. Raises GeoreferenceError outside China.
    """
    authority = meta.crs.to_authority()
    if meta.crs.is_projected and authority:
        return ":".join(authority)
    for batch in batches:
        footprints = batch.column("geometry")
        if footprints is not None and footprints.null_count < len(footprints):
            first = shapely.from_wkb(pc.drop_null(footprints)[0].as_py())
            lon_deg, _ = to_lonlat(first.centroid.x, first.centroid.y, meta.crs)
            return cgcs2000_zone_crs(float(lon_deg))
        if batch.mesh is not None and isinstance(batch.mesh.placement, PointPlacement):
            return cgcs2000_zone_crs(batch.mesh.placement.lon_deg)
    return DEFAULT_CRS


def cgcs2000_zone_crs(lon_deg: float) -> str:
    """The CGCS2000 3-degree Gauss-Kruger CRS (without zone prefix) of a longitude. Raises GeoreferenceError outside.

    >>> cgcs2000_zone_crs(113.4054)
    'EPSG:4547'
    """
    meridian = round(lon_deg / 3) * 3
    if not 75 <= meridian <= 135:
        raise GeoreferenceError(
            f"longitude {lon_deg:.3f} is outside the CGCS2000 zones", hint="name the work CRS with --work-crs"
        )
    return f"EPSG:{4534 + (meridian - 75) // 3}"


def _ids(table: pa.Table) -> list[str]:
    return [str(value) for value in table.column("id").to_pylist()]
