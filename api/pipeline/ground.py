"""The ground of a workspace: one elevation model, kept, drawn as terrain, and stood upon by its buildings."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from api.pipeline.sources import read_ground
from api.workspace import Workspace
from cim_core.crs.heights import HeightPolicy
from cim_core.files import write_atomically
from cim_core.issues import IssueLog
from cim_core.progress import Progress
from cim_core.terrain import HeightGrid
from tiles.terrain import build_terrain


def find_ground(workspace: Workspace | None, terrain: Path | None, heights: HeightPolicy | None) -> HeightGrid | None:
    """The elevation model named, else the one the workspace keeps. Raises SourceError, GeoreferenceError."""
    if terrain is not None:
        return read_ground(terrain, heights)
    if workspace is not None and workspace.dem_path.exists():
        crs = _crs_path(workspace)
        stated = crs.read_text(encoding="utf-8") if crs.exists() else None
        return read_ground(workspace.dem_path, workspace.heights, stated)
    return None


def adopt_ground(
    workspace: Workspace, terrain: Path | None, grid: HeightGrid | None, log: IssueLog, progress: Progress
) -> None:
    """Make the elevation model of an import the terrain of a workspace that has none; else say that it is not."""
    if terrain is None or grid is None:
        return
    if workspace.dem_path.exists():
        if workspace.dem_path.read_bytes() != terrain.read_bytes():
            log.warn(
                "terrain-not-kept",
                f"only this dataset stands on {terrain.name}; the workspace has its own terrain",
                hint="cim import DEM --as terrain replaces it",
            )
    elif grid.heights == workspace.heights:
        import_terrain(terrain, workspace, progress)
    else:
        log.warn(
            "terrain-not-kept",
            f"only this dataset stands on {terrain.name}; the workspace has other heights: "
            f"{workspace.heights.describe()}",
            hint="begin a new workspace with these heights",
        )


def import_terrain(dem: Path, workspace: Workspace, progress: Progress, crs: str | None = None) -> str:
    """Build the terrain of a workspace from an elevation model in the workspace's own height datum.

    The model is kept, so that buildings imported later stand on it. ``crs`` is for a grid that does not name its own.
    Returns the version. Raises CimError; then the old terrain stays.
    """
    staging = workspace.terrain_folder / ".new"
    shutil.rmtree(staging, ignore_errors=True)
    try:
        build_terrain(read_ground(dem, workspace.heights, crs), staging, progress=progress)
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
    write_atomically(workspace.dem_path, dem.read_bytes())
    if crs is None:
        _crs_path(workspace).unlink(missing_ok=True)
    else:
        write_atomically(_crs_path(workspace), crs.encode())
    return version


def _crs_path(workspace: Workspace) -> Path:
    """CRS of the kept elevation model, where it had to be stated."""
    return workspace.dem_path.with_suffix(".crs")
