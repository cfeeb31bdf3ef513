"""Write a folder beside its target and swap it in whole; an error or Ctrl-C leaves the old one untouched."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cim_core.errors import TilingError, UsageError


@contextmanager
def staged_folder(out: Path, *, overwrite: bool) -> Iterator[Path]:
    """Yield an empty folder that becomes ``out`` if the body succeeds.

    Raises UsageError when ``out`` exists, is not empty, and ``overwrite`` is off, or is a file; TilingError when the
    disk refuses.
    """
    if out.exists() and not out.is_dir():
        raise UsageError("is a file, a folder is needed", where=str(out), hint="name another output folder")
    if not overwrite and out.is_dir() and any(out.iterdir()):
        raise UsageError("already exists and is not empty", where=str(out), hint="add --overwrite to replace it")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{out.name}.staging-", dir=out.parent))
    except OSError as error:
        raise TilingError(f"cannot write: {error.strerror}", where=str(out.parent)) from error
    try:
        staging.chmod(0o755)
        yield staging
        _sync_folder(staging)
        _swap(staging, out)
    except OSError as error:
        raise TilingError(f"cannot write: {error.strerror or error}", where=str(out)) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def write_file(path: Path, data: bytes) -> None:
    """Write and flush to disk, making the folder if needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _swap(staging: Path, out: Path) -> None:
    """Rename ``staging`` to ``out``; an old folder is moved aside first and moved back if that fails."""
    if not out.exists():
        staging.rename(out)
    else:
        aside = staging.with_name(staging.name.replace(".staging-", ".old-"))
        out.rename(aside)
        try:
            staging.rename(out)
        except BaseException:
            aside.rename(out)
            raise
        shutil.rmtree(aside, ignore_errors=True)
    _sync_folder(out.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
