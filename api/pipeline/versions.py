"""Versions of a dataset's tileset: a folder each, named by content; the newest is drawn, the one before it kept."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from api.workspace import Workspace
from cim_core.store import TilesetInfo
from tiles.options import TilesetSummary

_KEPT_VERSIONS = 2


def newest_version(workspace: Workspace, dataset: str) -> Path | None:
    """The folder of the dataset's tileset before this one: tiles whose buildings are the same are linked from it."""
    folder = workspace.tilesets_folder / dataset
    versions = list(folder.glob("*/manifest.json"))
    return max(versions, key=lambda path: path.stat().st_mtime_ns).parent if versions else None


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


def sweep_versions(workspace: Workspace, dataset: str, current: str) -> None:
    """Keep the version in use and the one before it, which open pages may still load."""
    folders = sorted(
        (path for path in (workspace.tilesets_folder / dataset).iterdir() if path.is_dir() and path.name != current),
        key=lambda path: path.stat().st_mtime_ns,
        reverse=True,
    )
    for old in folders[_KEPT_VERSIONS - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


def tileset_info(version: str, summary: TilesetSummary) -> TilesetInfo:
    """What the store keeps of a tileset version."""
    return TilesetInfo(
        version, summary.bounds_deg, summary.height_range_m, summary.tiles, summary.bytes, summary.features
    )
