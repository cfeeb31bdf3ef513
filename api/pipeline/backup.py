"""A workspace as a folder that can be trusted: every file with its SHA-256, the store as of one instant."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from api.workspace import SETTINGS_FILE, STORE_FILE, Workspace, checked_store_url
from cim_core.errors import StoreError, UsageError
from cim_core.files import staged_folder, write_file
from cim_core.progress import Progress
from cim_core.store import Store
from cim_core.store.changes import now_utc
from cim_core.store.schema import SCHEMA_VERSION

MANIFEST = "backup.json"
FORMAT = "xiushui-cim-backup"
_TRIES = 3
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds, or what was restored from one."""

    folder: str
    store: str
    files: int
    bytes: int
    changes: int
    chain_head: str
    rows: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


class _MovedOnError(Exception):
    """A file of the workspace went away while it was copied."""


def back_up(folder: Path, target: Path, progress: Progress) -> BackupReport:
    """Write a workspace as a new folder while the service and imports go on.

    The store is a GeoPackage as of one instant, also where it lives in PostGIS, so that a backup can be restored to
    either. Raises UsageError when the target is in use, StoreError, NotFoundError.
    """
    workspace = Workspace.load(folder)
    if target.resolve().is_relative_to(folder.resolve()):
        raise UsageError("lies inside the workspace", where=str(target), hint="name a folder elsewhere")
    with staged_folder(target, overwrite=None) as staging:
        for attempt in range(_TRIES):
            _clear(staging)
            _copy_store(workspace, staging / STORE_FILE, progress)
            try:
                files = _copy_files(folder, staging, progress)
                break
            except _MovedOnError as error:
                if attempt == _TRIES - 1:
                    raise StoreError(
                        f"imports keep replacing what is copied: {error}",
                        where=str(folder),
                        hint="wait for the imports to end",
                        code="backup-moving",
                    ) from error
        files[STORE_FILE] = _hash(staging / STORE_FILE)
        with Store.open(staging / STORE_FILE) as store:
            (changes, head), rows = store.chain_head(), store.count_rows()
        _remove_sidecars(staging / STORE_FILE)
        manifest = {
            "format": FORMAT,
            "program": version("xiushui-cim"),
            "schema_version": SCHEMA_VERSION,
            "made_at": now_utc(),
            "changes": changes,
            "chain_head": head,
            "rows": rows,
            "files": files,
        }
        write_file(staging / MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    return _report(target, str(target / STORE_FILE), manifest)


def restore(backup: Path, folder: Path, progress: Progress, store_url: str | None = None) -> BackupReport:
    """Make a new workspace from a backup, its store as a file or in the empty database of ``store_url``.

    Raises StoreError for a backup of which anything is missing, changed or added, UsageError when the folder is in
    use; then there is no new workspace.
    """
    manifest = read_manifest(backup)
    files = manifest["files"]
    progress.start("restore", len(files))
    with staged_folder(folder, overwrite=None) as staging:
        for name, expected in files.items():
            copied = _copy_and_hash(backup / name, staging / name)
            if copied != expected:
                raise _damaged(backup, f"{name} is not what was backed up")
            progress.advance()
        settings = replace(Workspace.load(staging), store_url=checked_store_url(store_url or ""))
        settings.save()
        if store_url:
            _move_store(staging / STORE_FILE, store_url, settings, folder, progress)
            (staging / STORE_FILE).unlink()
    return _report(folder, store_url or str(folder / STORE_FILE), manifest)


def read_manifest(backup: Path) -> dict[str, Any]:
    """The manifest of a backup whose files are all there and no others. Raises StoreError."""
    try:
        manifest: dict[str, Any] = orjson.loads((backup / MANIFEST).read_bytes())
        files: dict[str, Any] = manifest["files"]
        is_ours = manifest["format"] == FORMAT and STORE_FILE in files and SETTINGS_FILE in files
    except FileNotFoundError as error:
        raise StoreError("is no backup", where=str(backup), hint="make one: cim backup", code="no-backup") from error
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise _damaged(backup, f"{MANIFEST} cannot be read") from error
    if not is_ours or any(PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts for name in files):
        raise _damaged(backup, f"{MANIFEST} is not one of this program")
    if int(manifest["schema_version"]) > SCHEMA_VERSION:
        raise StoreError(
            "was made by a newer version of this program",
            where=str(backup),
            hint="update this program",
            code="store-version",
        )
    found = {path.relative_to(backup).as_posix() for path in backup.rglob("*") if path.is_file()} - {MANIFEST}
    if found != set(files):
        odd = min(found.symmetric_difference(files))
        raise _damaged(backup, f"{odd} is {'missing' if odd in files else 'not in the manifest'}")
    return manifest


def _copy_store(workspace: Workspace, path: Path, progress: Progress) -> None:
    with workspace.open_store() as store:
        if store.backend == "sqlite":
            progress.start("copy store")
            store.write_copy(path)
            return
        with Store.create(path, store.work_crs) as copy:
            store.copy_into(copy, progress)
    _remove_sidecars(path)


def _move_store(source: Path, url: str, settings: Workspace, folder: Path, progress: Progress) -> None:
    with Store.open(source) as store, Store.create(url, settings.crs, folder) as target:
        store.copy_into(target, progress)


def _copy_files(folder: Path, staging: Path, progress: Progress) -> dict[str, dict[str, Any]]:
    names = sorted(_files_to_copy(folder))
    progress.start("copy files", len(names))
    files: dict[str, dict[str, Any]] = {}
    for name in names:
        try:
            files[name] = _copy_and_hash(folder / name, staging / name)
        except FileNotFoundError as error:
            raise _MovedOnError(name) from error
        progress.advance()
    with Store.open(staging / STORE_FILE) as store:
        for record in store.datasets():
            wanted = None if record.tileset is None else f"tilesets/{record.id}/{record.tileset.version}/tileset.json"
            if wanted and wanted not in files and (folder / "tilesets" / record.id).exists():
                raise _MovedOnError(wanted)
    return files


def _files_to_copy(folder: Path) -> Iterator[str]:
    """Every file of a workspace but its store, locks, and what is under way or kept by a migration."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        is_hidden = any(part.startswith(".") for part in name.parts)
        is_store = len(name.parts) == 1 and name.name.startswith(Path(STORE_FILE).stem + ".")
        if not is_hidden and not is_store and path.is_file() and not path.is_symlink():
            yield name.as_posix()


def _copy_and_hash(source: Path, target: Path) -> dict[str, Any]:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as reader, target.open("wb") as writer:
        while chunk := reader.read(_CHUNK):
            writer.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return {"sha256": digest.hexdigest(), "bytes": size}


def _hash(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "bytes": path.stat().st_size}


def _remove_sidecars(path: Path) -> None:
    for suffix in ("-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).unlink()


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _damaged(backup: Path, what: str) -> StoreError:
    return StoreError(what, where=str(backup), hint="use another backup; nothing was restored", code="backup-damaged")


def _report(folder: Path, store: str, manifest: dict[str, Any]) -> BackupReport:
    sizes = [int(entry["bytes"]) for entry in manifest["files"].values()]
    return BackupReport(
        str(folder), store, len(sizes), sum(sizes), manifest["changes"], manifest["chain_head"], manifest["rows"]
    )
