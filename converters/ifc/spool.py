"""The file through which a worker hands over shapes one by one, so that a crash loses one element only.

The reader maps it: shapes stay on disk until they are needed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_HEADER = np.dtype([("step", "<i8"), ("kind", "<i4"), ("size", "<i4"), ("triangles", "<i4"), ("flags", "<i4")])
_SHAPE, _STARTED, _FAILED, _PLACED = 0, 1, 2, 3
_DIGEST_BYTES = 16
#: flag of an element whose openings could not be cut out
UNCUT = 1
#: flag of a shape with pictures on it
PAINTED = 1


@dataclass(frozen=True, slots=True)
class Shape:
    """A tessellation around an origin of its own: positions (v, 3) metres, triangles (t, 3), colors (t, 4) uint8.

    A color of alpha 0 means that the model states none. ``digest``: equal for equal shapes. A painted shape has the
    number of the picture on each triangle (t,), −1 for none, and the places (t, 3, 2) of its corners in it.
    ``triangles_before``: how many there were where it was thinned out, else 0.
    """

    digest: bytes
    positions: Floats
    triangles: NDArray[np.uint32]
    colors: NDArray[np.uint8]
    image: NDArray[np.int32] | None = None
    uv: NDArray[np.float32] | None = None
    triangles_before: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """An element: the number of its shape in the spool, where it stands, and by which engine it was made."""

    shape: int
    matrix: Floats
    is_uncut: bool = False
    engine: int = 0


@dataclass(frozen=True, slots=True)
class Started:
    """What was in work: elements (none: all that were left) and the attempt."""

    steps: tuple[int, ...]
    attempt: int


@dataclass(slots=True)
class SpoolContent:
    """What a spool holds; ``end`` is where the last whole record ends."""

    shapes: list[Shape] = field(default_factory=list)
    placed: dict[int, Placed] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)
    in_work: Started | None = None
    end: int = 0

    @property
    def settled(self) -> set[int]:
        """STEP ids that need no further work."""
        return set(self.placed) | set(self.failures)


class SpoolWriter:
    """Appends records; each is flushed, so that it survives the death of the process."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("ab")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def _put(self, step: int, kind: int, size: int, triangles: int, flags: int, *parts: bytes) -> None:
        header = np.array([(step, kind, size, triangles, flags)], _HEADER).tobytes()
        self._file.write(header + b"".join(parts))
        self._file.flush()

    def put_shape(self, shape: Shape) -> None:
        """Hand over a shape; it is numbered by its place among the shapes."""
        parts = [
            shape.digest,
            np.ascontiguousarray(shape.positions, "<f8").tobytes(),
            np.ascontiguousarray(shape.triangles, "<u4").tobytes(),
            np.ascontiguousarray(shape.colors, np.uint8).tobytes(),
        ]
        if shape.image is not None and shape.uv is not None:
            parts += [
                np.ascontiguousarray(shape.image, "<i4").tobytes(),
                np.ascontiguousarray(shape.uv, "<f4").tobytes(),
            ]
        flags = PAINTED if shape.image is not None else 0
        self._put(shape.triangles_before, _SHAPE, len(shape.positions), len(shape.triangles), flags, *parts)

    def put_placed(self, step: int, placed: Placed) -> None:
        """Settle an element: it has this shape at this place."""
        flags = (UNCUT if placed.is_uncut else 0) | placed.engine << 1
        self._put(step, _PLACED, placed.shape, 0, flags, np.ascontiguousarray(placed.matrix, "<f8").tobytes())

    def put_started(self, steps: tuple[int, ...], attempt: int) -> None:
        """Say which elements are in work, to blame them if the process dies."""
        self._put(0, _STARTED, len(steps), 0, attempt, np.array(steps, "<i8").tobytes())

    def put_failure(self, step: int, message: str) -> None:
        """Settle an element: it has no shape, and why."""
        text = message.encode()[:4000]
        self._put(step, _FAILED, len(text), 0, 0, text)


def cut_to_whole_records(path: Path) -> SpoolContent:
    """Read a spool and cut off a record that a crash left unfinished."""
    content = read_spool(path)
    if path.exists():
        with path.open("rb+") as file:
            file.truncate(content.end)
    return content


def read_spool(path: Path) -> SpoolContent:
    """Everything that was handed over; a record cut short at the end is ignored."""
    content = SpoolContent()
    if not path.exists() or not path.stat().st_size:
        return content
    data = np.memmap(path, np.uint8, "r")
    offset = 0
    while offset + _HEADER.itemsize <= len(data):
        step, kind, size, triangles, flags = data[offset : offset + _HEADER.itemsize].view(_HEADER)[0].item()
        start = offset + _HEADER.itemsize
        end = start + _payload_bytes(kind, size, triangles, flags)
        if end > len(data):
            break
        if kind == _SHAPE:
            content.shapes.append(_shape(data[start:end], size, triangles, step, is_painted=bool(flags & PAINTED)))
        elif kind == _PLACED:
            matrix = np.frombuffer(data, "<f8", 16, start).reshape(4, 4)
            content.placed[step] = Placed(size, matrix, bool(flags & UNCUT), flags >> 1)
        elif kind == _FAILED:
            content.failures[step] = data[start:end].tobytes().decode(errors="replace")
        content.in_work = None
        if kind == _STARTED:
            content.in_work = Started(tuple(np.frombuffer(data, "<i8", size, start).tolist()), flags)
        content.end = offset = end
    return content


def _payload_bytes(kind: int, size: int, triangles: int, flags: int) -> int:
    if kind == _SHAPE:
        return _DIGEST_BYTES + 24 * size + (44 if flags & PAINTED else 16) * triangles
    return {_PLACED: 128, _STARTED: 8 * size}.get(kind, size)


def _shape(data: NDArray[np.uint8], size: int, triangles: int, before: int, *, is_painted: bool) -> Shape:
    at = _DIGEST_BYTES + 24 * size
    paint = at + 16 * triangles
    return Shape(
        data[:_DIGEST_BYTES].tobytes(),
        np.frombuffer(data, "<f8", 3 * size, _DIGEST_BYTES).reshape(-1, 3),
        np.frombuffer(data, "<u4", 3 * triangles, at).reshape(-1, 3),
        np.frombuffer(data, np.uint8, 4 * triangles, at + 12 * triangles).reshape(-1, 4),
        np.frombuffer(data, "<i4", triangles, paint) if is_painted else None,
        np.frombuffer(data, "<f4", 6 * triangles, paint + 4 * triangles).reshape(-1, 3, 2) if is_painted else None,
        before,
    )
