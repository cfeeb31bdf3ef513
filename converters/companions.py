"""Hands a model only the files that lie beside it: no other folder, no network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from converters.archive import TOP_FOLDER

MAX_COMPANION_BYTES = 1 << 30


class Companions(Mapping[str, bytes]):
    """Materials, buffers and textures of a model by relative name; ``refused`` collects the names not handed out.

    ``unpacked``: the folder is one of those ``archive.unpack`` made, which has the folders of the ZIP beside it.
    """

    def __init__(self, folder: Path, *, unpacked: bool = False) -> None:
        self._folder = folder.resolve()
        self._root = self._folder.parent if unpacked else self._folder
        self._unpacked = unpacked
        self.refused: list[str] = []

    def __getitem__(self, name: str) -> bytes:
        clean = name.strip().replace("\\", "/").removeprefix("./")
        if ":" in clean or "\x00" in clean or clean.startswith("/") or ".." in PurePosixPath(clean).parts:
            self.refused.append(name)
            raise KeyError(name)
        path = self._path(PurePosixPath(clean)).resolve()
        if not path.is_relative_to(self._root) or not path.is_file() or path.stat().st_size > MAX_COMPANION_BYTES:
            self.refused.append(name)
            raise KeyError(name)
        return path.read_bytes()

    def _path(self, name: PurePosixPath) -> Path:
        if not self._unpacked:
            return self._folder / name
        own = () if self._folder.name == TOP_FOLDER else (self._folder.name,)
        return self._root / ("-".join([*own, *name.parts[:-1]]) or TOP_FOLDER) / name.name

    def __iter__(self) -> Iterator[str]:
        return (path.name for path in sorted(self._folder.iterdir()) if path.is_file())

    def __len__(self) -> int:
        return sum(1 for _ in self)
