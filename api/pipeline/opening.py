"""Opening a workspace for writing: made where there is none, one writer at a time."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow.compute as pc
import shapely

from api.workspace import DEFAULT_CRS, Workspace, checked_store_url
from cim_core.crs.geoid import WORKSPACE_GEOID, bundled_geoid, encode_gtx, find_geoid
from cim_core.crs.heights import HeightPolicy
from cim_core.crs.placement import PointPlacement
from cim_core.crs.transform import to_lonlat
from cim_core.errors import GeoreferenceError, NotFoundError, UsageError
from cim_core.features import FeatureBatch, SourceMeta
from cim_core.files import write_atomically
from cim_core.locks import folder_lock
from cim_core.progress import Progress


def open_or_create_workspace(
    folder: Path, *, crs: str = DEFAULT_CRS, heights: HeightPolicy | None = None, store_url: str | None = None
) -> Workspace:
    """The workspace in a folder with its store, made if missing with ``crs``, ``heights`` and ``store_url``.

    Raises UsageError when it has its store elsewhere already.
    """
    try:
        workspace = Workspace.load(folder)
    except NotFoundError:
        title = folder.resolve().name
        workspace = Workspace(folder, {"zh": title, "en": title}, crs=crs, heights=heights or HeightPolicy())
        workspace = replace(workspace, store_url=checked_store_url(store_url or ""))
        workspace.save()
    if store_url and store_url != workspace.store_url:
        raise UsageError(
            "the workspace has its store elsewhere already",
            where="--store",
            hint="leave --store out; to move a town: cim backup, then cim restore --store",
        )
    if not workspace.has_store():
        workspace.create_store()
    return workspace


@contextmanager
def locked_workspace(folder: Path, progress: Progress) -> Iterator[None]:
    """Hold a workspace against other imports and checks; readers, such as the server, go on.

    Of a workspace that was to be made in the block nothing stays when the block fails.
    """
    with folder_lock(folder, lambda: progress.start("waiting for another import")):
        is_new = not (folder / "workspace.json").exists()
        before = {path.name for path in folder.iterdir()}
        try:
            yield
        except BaseException:
            if is_new:
                _remove_others(folder, before)
            raise


def _remove_others(folder: Path, kept: set[str]) -> None:
    for path in folder.iterdir():
        if path.name in kept:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def with_geoid_of(folder: Path, heights: HeightPolicy, existing: Workspace | None) -> HeightPolicy:
    """The policy with the geoid model of the workspace, which has one for all its datasets. Raises UsageError."""
    if heights.geoid == bundled_geoid():
        return HeightPolicy.by_model(heights.datum, find_geoid(folder))
    if existing is not None and heights.geoid is not None and existing.has_store():
        with existing.open_store() as store:
            in_use = {record.heights.geoid for record in store.datasets()} - {None}
        if any(model.digest != heights.geoid.digest for model in in_use if model is not None):
            raise UsageError(
                "the workspace uses another geoid model already",
                where="--geoid",
                hint="leave --geoid out, or begin a new workspace with this model",
            )
    return heights


def keep_geoid(workspace: Workspace, heights: HeightPolicy | None) -> None:
    """Keep a model of the user's own in the workspace, so that every later look at its heights uses it."""
    if heights is not None and heights.geoid is not None and heights.geoid.digest != bundled_geoid().digest:
        write_atomically(workspace.folder / WORKSPACE_GEOID, encode_gtx(heights.geoid))


def choose_work_crs(meta: SourceMeta, batches: Iterable[FeatureBatch]) -> str:
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
