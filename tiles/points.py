"""One tile of a point cloud to a binary glTF."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.glb import Z_UP_TO_Y_UP
from tiles.glbwriter import MESHOPT, UNSIGNED_BYTE, GlbWriter

Floats = NDArray[np.float64]
POINTS = 0
UNLIT = "KHR_materials_unlit"


def encode_points_glb(positions_enu: Floats, colors: NDArray[np.uint8]) -> bytes:
    """The bytes of a GLB with one set of points, compressed, on a millimetre grid around their middle.

    ``positions_enu``: (n, 3) metres, z up. ``colors``: (n, 4) uint8, linear light.
    """
    middle = np.round((positions_enu.min(axis=0) + positions_enu.max(axis=0)) / 2)
    shift = np.eye(4)
    shift[:3, 3] = middle
    writer = GlbWriter(plain=False)
    attributes = {
        "POSITION": writer.add_floats((positions_enu - middle).astype("<f4"), "VEC3", bounds=True),
        "COLOR_0": writer.add_vertices(colors, UNSIGNED_BYTE, "VEC4", normalized=True),
    }
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "xiushui-cim"},
        "extensionsUsed": [MESHOPT, UNLIT],
        "extensionsRequired": [MESHOPT],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "matrix": (Z_UP_TO_Y_UP @ shift).T.reshape(-1).tolist()}],
        # Points have no normals: without an unlit material a viewer shades them as black metal (glTF's default).
        "materials": [{"pbrMetallicRoughness": {"metallicFactor": 0}, "extensions": {UNLIT: {}}}],
        "meshes": [{"primitives": [{"attributes": attributes, "mode": POINTS, "material": 0}]}],
    }
    return writer.finish(document)
