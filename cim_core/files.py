"""Writing that never leaves half a result: files replaced in one step, folders staged beside their target."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cim_core.errors import UsageError


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

    Raises UsageError if ``out`` has content and ``overwrite`` is off.
    """
    if out.exists() and any(out.iterdir()) and not overwrite:
        raise UsageError("is not empty", where=str(out), hint="add --overwrite, or give another folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}.staging-"))
    try:
        staging.chmod(0o755)
        yield staging
        replace_folder(staging, out)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def replace_folder(staging: Path, out: Path) -> None:
    """Put a finished folder in the place of ``out``; the old one is moved aside first and removed last."""
    if not out.exists():
        staging.replace(out)
        return
    old = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}.old-"))
    out.replace(old / "content")
    try:
        staging.replace(out)
    except BaseException:
        (old / "content").replace(out)
        raise
    finally:
        if out.exists():
            shutil.rmtree(old, ignore_errors=True)
