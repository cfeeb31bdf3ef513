"""The shapes of a model as mesh columns, and which of them are worth measuring."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cim_core.crs.placement import Placement
from cim_core.features import FaceTextures, MeshColumns, TextureImage
from converters.ifc.colors import default_color
from converters.ifc.mesh import ModelShapes
from converters.ifc.spool import Shape

#: Classes (by the beginnings of their names) that say nothing of a building's outline, facades and roof.
_FITTINGS = (
    "IfcFurni", "IfcSystemFurniture", "IfcFlow", "IfcDistribution", "IfcEnergyConversion", "IfcSanitary", "IfcElectric",
    "IfcLightFixture", "IfcLamp", "IfcPipe", "IfcDuct", "IfcCable", "IfcValve", "IfcAirTerminal", "IfcOutlet",
    "IfcReinforcing", "IfcTendon", "IfcFastener", "IfcMechanicalFastener", "IfcDiscreteAccessory",
    "IfcTransportElement", "IfcSpace", "IfcOpening", "IfcGeographic",
)  # fmt: skip
#: Below this many triangles all are measured.
_MEASURED_ALL = 200_000


def worth_measuring(shapes: ModelShapes, kinds: list[str]) -> NDArray[np.bool_]:
    """Which elements (n,) a building is measured by: in a large model not its furniture and installations."""
    triangles = np.array([len(shape.triangles) for shape in shapes.shapes], np.int64)[shapes.shape]
    is_fitting = np.array([kind.startswith(_FITTINGS) for kind in kinds], bool)
    if triangles.sum() <= _MEASURED_ALL or is_fitting.all():
        return np.ones(len(kinds), bool)
    return ~is_fitting


def mesh_columns(
    shapes: ModelShapes,
    kinds: list[str],
    first_row: int,
    placement: Placement,
    ground_z: float,
    images: tuple[TextureImage, ...] = (),
) -> MeshColumns:
    """The columns of elements in the frame of the placement; the first element is row ``first_row``.

    Where a model states no color it is the calm default of the element's class; a shape that elements of several
    classes share is then there once for each. ``images``: the pictures that shapes name by number.
    """
    is_bare = np.array([bool((shape.colors[:, 3] == 0).any()) for shape in shapes.shapes], bool)
    palette = np.array([default_color(kind) for kind in kinds], np.uint8).reshape(-1, 4)
    tint = np.where(is_bare[shapes.shape], palette.view(np.uint32).reshape(-1), 0).astype(np.int64)
    pairs, number = np.unique(shapes.shape * (1 << 32) + tint, return_inverse=True)
    used = [(shapes.shapes[pair >> 32], pair & 0xFFFFFFFF) for pair in pairs.tolist()]
    return MeshColumns(
        positions=_joined([shape.positions for shape, _ in used], 3, np.float64),
        triangles=_joined([shape.triangles for shape, _ in used], 3, np.uint32),
        triangle_color=_joined([_colored(shape.colors, color) for shape, color in used], 4, np.uint8),
        shape_vertices=np.array([len(shape.positions) for shape, _ in used], np.int64),
        shape_triangles=np.array([len(shape.triangles) for shape, _ in used], np.int64),
        row=np.arange(first_row, first_row + len(shapes), dtype=np.int64),
        shape=number.astype(np.int64),
        matrix=shapes.matrix,
        placement=placement,
        ground_z=ground_z,
        textures=FaceTextures.join(
            [_painted(shape, images) for shape, _ in used], [len(shape.triangles) for shape, _ in used]
        ),
    )


def _painted(shape: Shape, images: tuple[TextureImage, ...]) -> FaceTextures | None:
    return None if shape.image is None or shape.uv is None else FaceTextures(images, shape.image, shape.uv)


def _colored(colors: NDArray[np.uint8], default: int) -> NDArray[np.uint8]:
    return np.where(colors[:, 3:] > 0, colors, np.array([default], np.uint32).view(np.uint8))


def _joined(parts: list[NDArray[Any]], width: int, dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros((0, width), dtype)
