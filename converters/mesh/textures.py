"""Pictures painted on a model's triangles, as trimesh has read them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cim_core.features import FaceTextures, TextureImage
from cim_core.issues import IssueLog
from converters.pictures import PictureError, picture_of_pixels

Mesh = Any  # a trimesh object, which has no types


class Painter:
    """Carries every picture of a model once."""

    def __init__(self, log: IssueLog) -> None:
        self._log = log
        self._known: dict[int, TextureImage | None] = {}
        self._kept: list[Any] = []  # pictures are told apart by id, so they must live on

    def paint(self, mesh: Mesh, triangles: NDArray[np.uint32], feature_id: str) -> FaceTextures | None:
        """The picture on all triangles (T, 3) of a geometry, or None; one that cannot be used is warned of."""
        visual = mesh.visual
        if visual.kind != "texture" or visual.material is None or visual.uv is None:
            return None
        image = getattr(visual.material, "baseColorTexture", None) or getattr(visual.material, "image", None)
        uv = np.asarray(visual.uv, np.float64)
        if image is None or len(uv) != len(mesh.vertices) or not np.isfinite(uv).all():
            return None
        if id(image) not in self._known:
            self._known[id(image)] = self._picture(image, feature_id)
            self._kept.append(image)
        picture = self._known[id(image)]
        if picture is None:
            return None
        corners = uv[triangles.astype(np.int64), :2] * (1.0, -1.0) + (0.0, 1.0)  # trimesh counts from below
        return FaceTextures((picture,), np.zeros(len(triangles), np.int32), corners.astype(np.float32))

    def _picture(self, image: Any, feature_id: str) -> TextureImage | None:  # noqa: ANN401 - of Pillow
        try:
            picture = picture_of_pixels(np.asarray(image.convert("RGBA")))
        except (PictureError, OSError, ValueError) as error:
            self._log.warn(
                "texture-not-carried", f"keeps its plain color: {error}", feature_id=feature_id,
                hint="embed the picture as PNG or JPEG",
            )  # fmt: skip
            return None
        return TextureImage(picture.data, picture.media_type, has_alpha=picture.has_alpha)
