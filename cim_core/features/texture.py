"""Pictures painted on triangles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cim_core.geometry.ragged import Indices

#: In ``FaceTextures.image``: the triangle has its color alone.
NO_IMAGE = -1


@dataclass(frozen=True, slots=True)
class TextureImage:
    """A picture as it goes into tiles: the bytes of a PNG or JPEG file, and whether it repeats across and upwards.

    ``has_alpha``: parts of it are see-through.
    """

    data: bytes
    media_type: str
    repeats: tuple[bool, bool] = (True, True)
    has_alpha: bool = False


@dataclass(frozen=True, slots=True)
class FaceTextures:
    """What is painted on T triangles.

    ``image``: (T,) int32 number in ``images``, or ``NO_IMAGE``. ``uv``: (T, 3, 2) float32, the place in the picture of
    each corner; 0, 0 is its upper left and 1, 1 its lower right corner, as in glTF.
    """

    images: tuple[TextureImage, ...]
    image: NDArray[np.int32]
    uv: NDArray[np.float32]

    def take(self, triangles: Indices | slice | NDArray[np.bool_]) -> FaceTextures:
        """Of some of the triangles, in the order given."""
        return FaceTextures(self.images, self.image[triangles], self.uv[triangles])

    @classmethod
    def join(cls, parts: Sequence[FaceTextures | None], counts: Sequence[int]) -> FaceTextures | None:
        """Those of several runs of triangles one after another, each picture once; None where no part has any.

        ``counts``: triangles of each part, also of those without textures.
        """
        if all(part is None for part in parts):
            return None
        number_by_image: dict[TextureImage, int] = {}
        image, uv = [], []
        for part, count in zip(parts, counts, strict=True):
            if part is None:
                image.append(np.full(count, NO_IMAGE, np.int32))
                uv.append(np.zeros((count, 3, 2), np.float32))
                continue
            numbers = [number_by_image.setdefault(one, len(number_by_image)) for one in part.images]
            # The last entry is what NO_IMAGE, counted from the end, leads to.
            image.append(np.array([*numbers, NO_IMAGE], np.int32)[part.image])
            uv.append(part.uv)
        return cls(tuple(number_by_image), np.concatenate(image), np.concatenate(uv))
