"""Staging of tile folders: as everywhere, with an error of the disk told as one of tiling."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cim_core import files
from cim_core.errors import TilingError


@contextmanager
def staged_folder(out: Path, *, overwrite: bool) -> Iterator[Path]:
    """Yield an empty folder that becomes ``out`` if the body succeeds.

    Raises UsageError as ``cim_core.files.check_replaceable``; TilingError when the disk refuses.
    """
    try:
        with files.staged_folder(out, overwrite=overwrite) as staging:
            yield staging
    except OSError as error:
        raise TilingError(f"cannot write: {error.strerror or error}", where=str(out)) from error


def write_file(path: Path, data: bytes) -> None:
    """Write and flush to disk, making the folder if needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
