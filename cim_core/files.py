"""Writing that never leaves half a result: files replaced in one step, folders staged beside their target."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cim_core.errors import UsageError

#: A folder that holds none of these was not written by this program and is never replaced.
OUTPUT_MARKERS = ("tileset.json", "layer.json", "report.json", "workspace.json")


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees either the old or the new content, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextmanager
def staged_folder(out: Path, *, overwrite: bool) -> Iterator[Path]:
    """A fresh folder beside ``out`` that takes its place when the block ends well, and vanishes when it does not.

    Raises UsageError as ``check_replaceable``, OSError when the disk refuses.
    """
    check_replaceable(out, overwrite=overwrite)
    out.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}.staging-"))
    try:
        staging.chmod(0o755)
        yield staging
        sync_folder(staging)
        replace_folder(staging, out)
        sync_folder(out.parent)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def check_replaceable(out: Path, *, overwrite: bool) -> None:
    """Raise UsageError unless ``out`` is free, empty, or (with ``overwrite``) an earlier result of this program."""
    if not out.exists():
        return
    where = str(out)
    if not out.is_dir():
        raise UsageError("is a file, a folder is needed", where=where, hint="name another output folder")
    if out.samefile(Path.cwd()) or out.is_mount():
        raise UsageError(
            "cannot be replaced: it is the current folder or a mounted disk",
            where=where,
            hint="name a folder inside it, e.g. " + str(out / "out"),
        )
    if not any(out.iterdir()):
        return
    if not overwrite:
        raise UsageError("is not empty", where=where, hint="add --overwrite, or give another folder")
    if not any((out / name).exists() for name in OUTPUT_MARKERS):
        raise UsageError(
            "holds other files and is not replaced, not even on request",
            where=where,
            hint="name another folder, or empty this one yourself",
        )


def replace_folder(staging: Path, out: Path) -> None:
    """Put a finished folder in the place of ``out``; the old one is moved aside first and removed last."""
    if not out.exists():
        staging.rename(out)
        return
    old = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}.old-"))
    try:
        out.rename(old / "content")
        try:
            staging.rename(out)
        except BaseException:
            (old / "content").rename(out)
            raise
    finally:
        if out.exists():
            shutil.rmtree(old, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Flush a folder's list of names to disk, where the system can."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
