"""Thins out a body of more triangles than an element may have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from converters.ifc.shapes import Tessellation

#: The meshoptimizer's word for: as far off as the budget needs.
_ANY_ERROR = 1e9


def thin_out(body: Tessellation, budget: int) -> Tessellation:
    """The body with about ``budget`` triangles at most, each color with its share of them, or the body as it is.

    Edges between colors and open edges stay where that leaves enough room. Where the simplifier is not installed the
    body stays whole.
    """
    count = len(body.triangles)
    if count <= budget:
        return body
    try:
        import almeshopt
    except ImportError:  # pragma: no cover - a machine without its wheel
        return body
    vertices = np.ascontiguousarray(body.positions - body.positions[0], np.float32)
    _, color = np.unique(np.ascontiguousarray(body.colors).view(np.uint32).reshape(-1), return_inverse=True)
    kept: list[NDArray[np.uint32]] = []
    colors: list[NDArray[np.uint8]] = []
    for number in range(int(color.max()) + 1):
        chosen = np.flatnonzero(color == number)
        target = 3 * max(int(budget * len(chosen) / count), 1)
        flat = np.ascontiguousarray(body.triangles[chosen].reshape(-1), np.uint32)
        options = almeshopt.SIMPLIFY_LOCK_BORDER | almeshopt.SIMPLIFY_SPARSE
        fewer, _ = almeshopt.simplify(flat, vertices, target, _ANY_ERROR, options=options)
        if len(fewer) > 1.5 * target:
            rougher, _ = almeshopt.simplify(flat, vertices, target, _ANY_ERROR, sloppy=True)
            fewer = rougher if len(rougher) else fewer  # a color does not go for good
        triangles = np.asarray(fewer, np.uint32).reshape(-1, 3)
        kept.append(triangles)
        colors.append(np.repeat(body.colors[chosen[:1]], len(triangles), axis=0))
    used, corners = np.unique(np.concatenate(kept), return_inverse=True)
    return replace(
        body,
        positions=body.positions[used],
        triangles=corners.reshape(-1, 3).astype(np.uint32),
        colors=np.concatenate(colors),
        triangles_before=count,
    )
