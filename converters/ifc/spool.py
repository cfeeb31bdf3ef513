"""The file through which the child process hands over shapes one by one, so that a crash loses one element only."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

#: step id, kind, vertices (or message bytes), triangles
_HEADER = np.dtype([("step", "<i8"), ("kind", "<i4"), ("size", "<i4"), ("triangles", "<i4"), ("flags", "<i4")])
_SHAPE, _STARTED, _FAILED = 0, 1, 2
#: flag of a shape whose openings could not be cut out
UNCUT = 1


@dataclass(frozen=True, slots=True)
class Shape:
    """Triangles of one element: positions (v, 3) float64 metres, triangles (t, 3), colors (t, 4) uint8.

    A color of alpha 0 means that the model states none.
    """

    step: int
    positions: NDArray[np.float64]
    triangles: NDArray[np.uint32]
    colors: NDArray[np.uint8]
    is_uncut: bool = False


@dataclass(slots=True)
class SpoolContent:
    """What a spool holds: shapes and failures by STEP id, and the element that was in work when it ended."""

    shapes: dict[int, Shape] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)
    in_work: int | None = None

    @property
    def settled(self) -> set[int]:
        """Ids that need no further work."""
        return set(self.shapes) | set(self.failures)


class SpoolWriter:
    """Appends records; each is flushed, so that it survives the death of the process."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("ab")

    def _put(self, step: int, kind: int, size: int, triangles: int, flags: int, *parts: bytes) -> None:
        header = np.array([(step, kind, size, triangles, flags)], _HEADER).tobytes()
        self._file.write(header + b"".join(parts))
        self._file.flush()

    def put_shape(self, shape: Shape) -> None:
        """Hand over one element's triangles."""
        self._put(
            shape.step,
            _SHAPE,
            len(shape.positions),
            len(shape.triangles),
            UNCUT if shape.is_uncut else 0,
            np.ascontiguousarray(shape.positions, "<f8").tobytes(),
            np.ascontiguousarray(shape.triangles, "<u4").tobytes(),
            np.ascontiguousarray(shape.colors, np.uint8).tobytes(),
        )

    def put_started(self, step: int) -> None:
        """Say which element is in work, to blame it if the process dies."""
        self._put(step, _STARTED, 0, 0, 0)

    def put_failure(self, step: int, message: str) -> None:
        """Say why an element has no shape."""
        text = message.encode()[:4000]
        self._put(step, _FAILED, len(text), 0, 0, text)

    @classmethod
    def rewrite(cls, path: Path, content: SpoolContent) -> SpoolWriter:
        """Start the file anew with what was read from it, without a record cut by a crash."""
        path.unlink(missing_ok=True)
        writer = cls(path)
        for shape in content.shapes.values():
            writer.put_shape(shape)
        for step, message in content.failures.items():
            writer.put_failure(step, message)
        return writer

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_spool(path: Path) -> SpoolContent:
    """Read all complete records; a record cut by a crash is ignored."""
    content = SpoolContent()
    data = path.read_bytes() if path.exists() else b""
    offset = 0
    while offset + _HEADER.itemsize <= len(data):
        step, kind, size, triangles, flags = np.frombuffer(data, _HEADER, 1, offset)[0].item()
        offset += _HEADER.itemsize
        length = 24 * size + 16 * triangles if kind == _SHAPE else size
        if offset + length > len(data):
            break
        if kind == _SHAPE:
            content.shapes[step] = Shape(
                step,
                np.frombuffer(data, "<f8", 3 * size, offset).reshape(-1, 3),
                np.frombuffer(data, "<u4", 3 * triangles, offset + 24 * size).reshape(-1, 3),
                np.frombuffer(data, np.uint8, 4 * triangles, offset + 24 * size + 12 * triangles).reshape(-1, 4),
                bool(flags & UNCUT),
            )
        elif kind == _FAILED:
            content.failures[step] = data[offset : offset + length].decode(errors="replace")
        content.in_work = step if kind == _STARTED else None
        offset += length
    return content
