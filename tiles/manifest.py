"""manifest.json: what is in a tileset folder, with the SHA-256 of every file and no time stamp."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

import orjson

from cim_core.files import write_file

MANIFEST_NAME = "manifest.json"
_WRITERS = 4
_MOST_PENDING = 16


@cache
def generator_name() -> str:
    """Name and version of this software."""
    try:
        return f"xiushui-cim {version('xiushui-cim')}"
    except PackageNotFoundError:
        return "xiushui-cim (not installed)"


class FolderWriter:
    """Writes files under one folder and remembers their digests.

    Digests and flushing to disk happen in the background, a bounded number of files at a time; an error of the disk
    is raised by a later call. Leaving the ``with`` block ends the background work, finished or not.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, dict[str, Any]] = {}
        self._pool = ThreadPoolExecutor(_WRITERS)
        self._pending: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def write(self, name: str, data: bytes) -> None:
        """Write one file, ``name`` relative with forward slashes. Raises OSError, also of an earlier file."""
        while len(self._pending) >= _MOST_PENDING:
            self._pending.popleft().result()
        self._pending.append(self._pool.submit(self._store, name, data))

    def adopt(self, name: str, about: dict[str, Any]) -> None:
        """Take over a file that is there already: flush it to disk, list what is known of it. Raises OSError."""
        while len(self._pending) >= _MOST_PENDING:
            self._pending.popleft().result()
        self._pending.append(self._pool.submit(self._flush, name, about))

    def write_manifest(self, **about: Any) -> int:  # noqa: ANN401
        """Wait for all files, write manifest.json with the given facts (JSON values); the bytes of the whole folder.

        Raises OSError.
        """
        while self._pending:
            self._pending.popleft().result()
        manifest = {"format": 1, "generator": generator_name(), **about, "files": self.files}
        data = orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        write_file(self.folder / MANIFEST_NAME, data)
        return len(data) + sum(int(entry["bytes"]) for entry in self.files.values())

    def _store(self, name: str, data: bytes) -> None:
        write_file(self.folder / name, data)
        self.files[name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}

    def _flush(self, name: str, about: dict[str, Any]) -> None:
        descriptor = os.open(self.folder / name, os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self.files[name] = about
