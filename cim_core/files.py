"""Writing that never leaves half a result: files replaced in one step, folders staged beside their target."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cim_core.errors import TilingError, UsageError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
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


def write_file(path: Path, data: bytes) -> None:
    """Write and flush to disk, making the folder if needed; for files in a staged folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def staged_folder(out: Path, *, overwrite: bool | None) -> Iterator[Path]:
    """A fresh folder beside ``out`` that takes its place when the block ends well, and vanishes when it does not.

    What killed runs left beside ``out`` is swept first.

    Raises UsageError as ``check_replaceable``; TilingError when the disk refuses.
    """
    check_replaceable(out, overwrite=overwrite)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        sweep_stale_staging(out)
        staging = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}.staging-"))
    except OSError as error:
        raise _cannot_write(error, out.parent) from error
    try:
        with _held(staging):
            staging.chmod(0o755)
            yield staging
            _sync_folder(staging)
            replace_folder(staging, out)
            _sync_folder(out.parent)
    except OSError as error:
        raise _cannot_write(error, out) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _cannot_write(error: OSError, where: Path) -> TilingError:
    if error.errno in _NO_ROOM:
        hint = "free some space, then run the same command again; what was there before is still there"
        return TilingError("cannot write: the disk is full", where=str(where), hint=hint, code="disk-full")
    return TilingError(f"cannot write: {error.strerror or error}", where=str(where))


def check_replaceable(out: Path, *, overwrite: bool | None) -> None:
    """Raise UsageError unless ``out`` is free, empty, or (with ``overwrite``) an earlier result of this program.

    ``overwrite`` None: the caller never replaces anything.
    """
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
        hint = "give another folder" if overwrite is None else "add --overwrite, or give another folder"
        raise UsageError("is not empty", where=where, hint=hint)
    if not any((out / name).exists() for name in OUTPUT_MARKERS):
        raise UsageError(
            "holds other files and is not replaced, not even on request",
            where=where,
            hint="name another folder, or empty this one yourself",
        )


def replace_folder(staging: Path, out: Path) -> None:
    """Put a finished folder in the place of ``out``; the old one is removed last.

    Where the system can, the two change places in one step; else the old one is moved aside first, and moved back
    if the swap fails. Raises OSError.
    """
    if not out.exists():
        staging.rename(out)
        return
    if _exchange(staging, out):
        shutil.rmtree(staging, ignore_errors=True)
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


def sweep_stale_staging(out: Path) -> None:
    """Remove what killed runs left beside ``out``; a folder in use by a living run is locked and stays.

    Where a run was killed between moving the old folder aside and the new one in, the old one is put back.
    """
    for aside in sorted(out.parent.glob(f".{out.name}.old-*")):
        if not out.exists() and (aside / "content").exists():
            (aside / "content").rename(out)
        shutil.rmtree(aside, ignore_errors=True)
    for stale in out.parent.glob(f".{out.name}.staging-*"):
        if not _is_held(stale):
            shutil.rmtree(stale, ignore_errors=True)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Lock a folder for as long as this process lives, so that no other run takes it for a left-over."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_held(folder: Path) -> bool:
    if sys.platform == "win32":
        return True  # without a lock nobody can tell; left-overs stay
    import fcntl

    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change names in one step (renameat2, Linux); False where the system cannot."""
    if sys.platform != "linux":
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    return bool(rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
