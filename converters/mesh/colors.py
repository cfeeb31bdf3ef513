"""One sRGB color a triangle, whatever way the model says it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Plain light plaster, for models that state no color.
DEFAULT_COLOR = (217, 212, 200, 255)


def face_colors(mesh: Any, *, is_linear: bool) -> NDArray[np.uint8]:  # noqa: ANN401  (a trimesh object)
    """Colors (T, 4) uint8 sRGB with alpha; ``is_linear`` says that factors and vertex colors are linear (glTF)."""
    count = len(mesh.faces)
    visual = mesh.visual
    if not visual.defined:
        return _plain(DEFAULT_COLOR, count)
    if visual.kind in ("face", "vertex"):
        by_face = visual.kind == "face"
        colors = _rgba(visual.face_colors) if by_face else _mean_of_corners(visual.vertex_colors, mesh.faces)
        return _to_srgb(colors) if is_linear else colors
    if visual.kind != "texture" or visual.material is None:
        return _plain(DEFAULT_COLOR, count)
    image = getattr(visual.material, "baseColorTexture", None) or getattr(visual.material, "image", None)
    if image is not None and visual.uv is not None:
        return _mean_of_corners(visual.to_color().vertex_colors, mesh.faces)
    color = _plain(visual.material.main_color, count)
    return _to_srgb(color) if is_linear else color


def _plain(color: object, count: int) -> NDArray[np.uint8]:
    return np.tile(_rgba(np.asarray(color).reshape(1, -1)), (count, 1))


def _mean_of_corners(vertex_colors: object, faces: NDArray[np.int64]) -> NDArray[np.uint8]:
    return _rgba(np.rint(_rgba(vertex_colors)[faces].mean(axis=1)).astype(np.uint8))


def _rgba(colors: object) -> NDArray[np.uint8]:
    values = np.asarray(colors)
    if np.issubdtype(values.dtype, np.floating):
        values = np.rint(np.clip(values, 0, 1) * 255)
    values = values.astype(np.uint8)
    if values.shape[1] == 3:
        values = np.column_stack([values, np.full(len(values), 255, dtype=np.uint8)])
    return np.ascontiguousarray(values[:, :4])


def _to_srgb(colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """IEC 61966-2-1 transfer function on the color channels; alpha stays."""
    linear = colors[:, :3] / 255.0
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.column_stack([np.rint(srgb * 255).astype(np.uint8), colors[:, 3]])
