"""manifest.json: what is in a tileset folder, with the SHA-256 of every file and no time stamp."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import orjson

from tiles.staging import write_file

MANIFEST_NAME = "manifest.json"


@cache
def generator_name() -> str:
    """Name and version of this software."""
    try:
        return f"xiushui-cim {version('xiushui-cim')}"
    except PackageNotFoundError:
        return "xiushui-cim (not installed)"


@dataclass(slots=True)
class FolderWriter:
    """Writes files under one folder and remembers their digests."""

    folder: Path
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def total_bytes(self) -> int:
        """Bytes written so far."""
        return sum(int(entry["bytes"]) for entry in self.files.values())

    def write(self, name: str, data: bytes) -> None:
        """Write one file, ``name`` relative with forward slashes."""
        write_file(self.folder / name, data)
        self.files[name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}

    def adopt(self, name: str) -> None:
        """Remember a file that something else wrote."""
        data = (self.folder / name).read_bytes()
        self.files[name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}

    def write_manifest(self, **about: Any) -> None:  # noqa: ANN401
        """Write manifest.json with the given facts (JSON values) and all files."""
        manifest = {"format": 1, "generator": generator_name(), **about, "files": self.files}
        write_file(
            self.folder / MANIFEST_NAME,
            orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE),
        )
