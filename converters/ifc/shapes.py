"""Tessellations of elements handed to the spool: each distinct shape once, each element with its place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from converters.ifc.spool import Placed, Shape, SpoolWriter

Floats = NDArray[np.float64]

#: Shapes that differ by less than this are one.
SAME_M = 1e-5
#: And whose places in a picture differ by less than this share of it.
SAME_UV = 1e-5
#: Nothing built is larger; what is comes of a broken number.
MAX_SIZE_M = 1e6
#: Area vectors of a closed body cancel out up to this share; a sheet or a terrain is far from it.
_OPEN_SHARE = 0.02
#: Less volume than this share of the cube over its area is none: faces drawn from both sides.
_FLAT_SHARE = 1e-6


@dataclass(frozen=True, slots=True)
class Tessellation:
    """Triangles of an element around the origin of ``matrix`` (4, 4), which may mirror.

    positions (v, 3) metres, triangles (t, 3), colors (t, 4) with alpha 0 where none is stated; of a painted body also
    the number of the picture on each triangle (t,), −1 for none, and the places (t, 3, 2) of its corners in it.
    ``triangles_before``: how many there were where the body was thinned out.
    """

    positions: Floats
    triangles: NDArray[np.uint32]
    colors: NDArray[np.uint8]
    image: NDArray[np.int32] | None = None
    uv: NDArray[np.float32] | None = None
    triangles_before: int = 0


class UnusableShapeError(ValueError):
    """A body that came out empty, not finite or absurdly large; the message is for the report."""


@dataclass(slots=True)
class ShapeBook:
    """Writes shapes and elements to a spool; what is there already is not written again."""

    spool: SpoolWriter
    numbers: dict[bytes, int] = field(default_factory=dict)
    _by_key: dict[tuple[str, bool], tuple[int, Floats]] = field(default_factory=dict)

    def put(
        self,
        step: int,
        key: str,
        matrix: Floats,
        tessellate: Callable[[], Tessellation],
        *,
        is_uncut: bool = False,
        engine: int = 0,
    ) -> None:
        """Settle an element. Of equal ``key`` is equal tessellation, asked for once. Raises UnusableShapeError."""
        is_mirrored = bool(np.linalg.det(matrix[:3, :3]) < 0)
        if not np.isfinite(matrix).all() or np.abs(matrix[:3, 3]).max() > 100 * MAX_SIZE_M:
            raise UnusableShapeError("its place is not a finite number of metres")
        if (key, is_mirrored) not in self._by_key:
            self._by_key[key, is_mirrored] = self._number(tessellate(), is_mirrored=is_mirrored)
        number, origin = self._by_key[key, is_mirrored]
        placed = np.array(matrix)
        if is_mirrored:
            placed = placed @ np.diag([-1.0, 1.0, 1.0, 1.0])
        placed[:3, 3] += placed[:3, :3] @ origin
        self.spool.put_placed(step, Placed(number, placed, is_uncut, engine))

    def _number(self, body: Tessellation, *, is_mirrored: bool) -> tuple[int, Floats]:
        """The number of the shape and where its origin was; a mirrored one is kept with its triangles turned."""
        if not len(body.triangles):
            raise UnusableShapeError("its body is empty")
        if not np.isfinite(body.positions).all() or np.ptp(body.positions, axis=0).max() > MAX_SIZE_M:
            raise UnusableShapeError("its body has coordinates beyond all measure")
        positions, triangles, uv = body.positions, body.triangles, body.uv
        if is_mirrored:
            positions, triangles = positions * (-1.0, 1.0, 1.0), triangles[:, ::-1]
            uv = None if uv is None else uv[:, ::-1]
        if is_inside_out(positions, triangles):
            triangles, uv = triangles[:, ::-1], None if uv is None else uv[:, ::-1]
        origin = positions[0].copy()
        local = positions - origin
        digest = digest_shape(local, triangles, body.colors, body.image, uv)
        if digest not in self.numbers:
            whole = np.ascontiguousarray(triangles)
            shape = Shape(digest, local, whole, body.colors, body.image, uv, body.triangles_before)
            self.spool.put_shape(shape)
            self.numbers[digest] = len(self.numbers)
        return self.numbers[digest], origin


def is_inside_out(positions: Floats, triangles: NDArray[np.uint32]) -> bool:
    """Whether a closed body has its faces turned inwards, as kernels leave what a mapped item mirrors.

    Closed is a body whose area vectors cancel out; its volume, counted from the middle, then has the sign of its
    faces (divergence theorem).
    """
    corners = (positions - positions.mean(axis=0))[triangles]
    area_vectors = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    whole = np.linalg.norm(area_vectors, axis=1).sum()
    if np.linalg.norm(area_vectors.sum(axis=0)) > _OPEN_SHARE * whole:
        return False
    six_volumes = float(np.einsum("ij,ij->", corners[:, 0], area_vectors))
    return bool(six_volumes < -_FLAT_SHARE * whole**1.5)


def digest_shape(
    local: Floats,
    triangles: NDArray[np.uint32],
    colors: NDArray[np.uint8],
    image: NDArray[np.int32] | None = None,
    uv: NDArray[np.float32] | None = None,
) -> bytes:
    """Equal for shapes whose vertices, counted from the first, agree to a hundredth of a millimetre."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(np.rint(local / SAME_M).astype(np.int64).tobytes())
    digest.update(np.ascontiguousarray(triangles).tobytes())
    digest.update(np.ascontiguousarray(colors).tobytes())
    if image is not None and uv is not None:
        digest.update(image.tobytes() + np.rint(uv / SAME_UV).astype(np.int64).tobytes())
    return digest.digest()
