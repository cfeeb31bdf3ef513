"""Hands a model only the files that lie beside it: no other folder, no network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

MAX_COMPANION_BYTES = 1 << 30


class Companions(Mapping[str, bytes]):
    """Materials, buffers and textures of a model by relative name; ``refused`` collects the names not handed out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self.refused: list[str] = []

    def __getitem__(self, name: str) -> bytes:
        clean = name.strip().replace("\\", "/").removeprefix("./")
        if ":" in clean or clean.startswith("/") or ".." in PurePosixPath(clean).parts:
            self.refused.append(name)
            raise KeyError(name)
        path = (self._folder / clean).resolve()
        if not path.is_relative_to(self._folder) or not path.is_file() or path.stat().st_size > MAX_COMPANION_BYTES:
            self.refused.append(name)
            raise KeyError(name)
        return path.read_bytes()

    def __iter__(self) -> Iterator[str]:
        return (path.name for path in sorted(self._folder.iterdir()) if path.is_file())

    def __len__(self) -> int:
        return sum(1 for _ in self)
