"""One tile's meshes and property table to a binary glTF 2.0 with the 3D Tiles extensions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cim_core.errors import TilingError
from tiles import meshopt
from tiles.glbwriter import BYTE, FLOAT, MESHOPT, UNSIGNED_BYTE, UNSIGNED_SHORT, GlbWriter, bounds_of
from tiles.instances import InstancedMesh
from tiles.materials import encode_materials
from tiles.metadata import encode_property_table
from tiles.tilemesh import TileMesh, box_around, corners_of, take_rows

Floats = NDArray[np.float64]

QUANTIZATION = "KHR_mesh_quantization"
OUTLINE = "CESIUM_primitive_outline"
INSTANCING = "EXT_mesh_gpu_instancing"
INSTANCE_FEATURES = "EXT_instance_features"
MAX_FEATURES = 65_535
#: Largest step of 16-bit positions: rounding then moves a vertex by at most 0.87 × 1 cm. Above it a millimetre grid.
MAX_STEP_M = 0.01
#: Columns: glTF x, y, z from east, north, up (glTF is y up).
Z_UP_TO_Y_UP = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]], float)


def encode_glb(
    meshes: list[TileMesh],
    records: pa.Table | pa.RecordBatch,
    class_name: str,
    *,
    plain: bool,
    grid_m: float | None = None,
    instances: Sequence[InstancedMesh] = (),
) -> bytes:
    """The bytes of a GLB: one node, one primitive a mesh, one property table.

    ``plain``: float attributes and no compression. ``grid_m``: positions lie on a grid of this step that is turned to
    the heading of the first mesh. Raises TilingError for more than 65,535 features.
    """
    if records.num_rows > MAX_FEATURES:
        raise TilingError(f"{records.num_rows} features in one tile; feature ids reach {MAX_FEATURES}")
    writer = GlbWriter(plain=plain)
    grid = None if plain or not meshes else _Grid.on_streets(meshes, grid_m) if grid_m else _Grid.of_16_bits(meshes)
    matrix = Z_UP_TO_Y_UP if grid is None else Z_UP_TO_Y_UP @ grid.to_enu
    primitives = [[_primitive(writer, mesh, grid, records.num_rows) for mesh in meshes]] if meshes else []
    nodes: list[dict[str, Any]] = [{"mesh": 0, "matrix": matrix.T.reshape(-1).tolist()}] if meshes else []
    for item in instances:
        nodes.append(_instanced_node(writer, item, len(primitives), records.num_rows))
        primitives.append([_primitive(writer, item.mesh, None, records.num_rows, has_heights=False)])
    used = ["EXT_mesh_features", "EXT_structural_metadata"]
    required = [] if plain else [QUANTIZATION, MESHOPT]
    if any(mesh.outline is not None for mesh in (*meshes, *(item.mesh for item in instances))):
        used.append(OUTLINE)
    if instances:
        used += [INSTANCE_FEATURES, INSTANCING]
        required = [*required, INSTANCING]
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "xiushui-cim"},
        "extensionsUsed": sorted({*used, *required}),
        "scene": 0,
        "scenes": [{"nodes": list(range(len(nodes)))}],
        "nodes": nodes,
        "meshes": [{"primitives": some} for some in primitives],
        **encode_materials([*meshes, *(item.mesh for item in instances)], writer.add_bytes),
        "extensions": {
            "EXT_structural_metadata": encode_property_table(records, class_name, writer.add_table, is_plain=plain)
        },
    }
    if required:
        document["extensionsRequired"] = sorted(required)
    return writer.finish(document)


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where stored positions stand for: ``turn`` (3, 3) from east-north-up, then ``low`` and ``step`` in metres.

    ``is_short``: they are 16-bit; else whole numbers in floats, two vertices a row of the compressed stream, so that
    a vertex is told from the one before the last. Then the second number of three is the height: the other two of a
    wall's normal are one, and which side of the wall (OCTAHEDRAL filter).
    """

    turn: Floats
    low: Floats
    step: float
    is_short: bool

    @classmethod
    def of_16_bits(cls, meshes: list[TileMesh]) -> _Grid | None:
        """The finest that holds all; None where that is too coarse."""
        low, high = box_around(meshes)
        step = float((high - low).max()) / 65535 or 1e-3
        return cls(np.eye(3), low, step, is_short=True) if step <= MAX_STEP_M else None

    @classmethod
    def on_streets(cls, meshes: list[TileMesh], step: float) -> _Grid:
        """Turned so that along most walls one coordinate hardly changes: along them, up, and across."""
        cos, sin = np.cos(meshes[0].heading_rad), np.sin(meshes[0].heading_rad)
        turn = np.array([[cos, sin, 0], [0, 0, 1], [sin, -cos, 0]])
        low = np.min([corners_of(mesh.positions_enu @ turn.T)[0] for mesh in meshes], axis=0)
        return cls(turn, low, step, is_short=False)

    @property
    def to_enu(self) -> Floats:
        """The matrix from stored positions."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.turn.T * self.step
        matrix[:3, 3] = self.turn.T @ self.low
        return matrix

    def steps(self, positions_enu: Floats) -> Floats:
        """Positions (n, 3) in whole steps."""
        return np.rint((positions_enu @ self.turn.T - self.low) / self.step)


def _instanced_node(writer: GlbWriter, item: InstancedMesh, mesh: int, features: int) -> dict[str, Any]:
    """A node that draws its mesh once for every place (EXT_mesh_gpu_instancing, EXT_instance_features)."""
    attributes = {
        "TRANSLATION": writer.add_instanced(item.translation_m.astype("<f4"), "VEC3"),
        "ROTATION": writer.add_instanced(item.rotation.astype("<f4"), "VEC4"),
        "_FEATURE_ID_0": writer.add_instanced(item.feature_ids.astype("<f4").reshape(-1, 1), "SCALAR"),
    }
    if (item.scale != 1.0).any():
        attributes["SCALE"] = writer.add_instanced(item.scale.astype("<f4"), "VEC3")
    ids = {"featureCount": len(item.feature_ids), "attribute": 0, "propertyTable": 0}
    return {
        "mesh": mesh,
        "matrix": Z_UP_TO_Y_UP.T.reshape(-1).tolist(),
        "extensions": {INSTANCING: {"attributes": attributes}, INSTANCE_FEATURES: {"featureIds": [ids]}},
    }


def _primitive(
    writer: GlbWriter, mesh: TileMesh, grid: _Grid | None, features: int, *, has_heights: bool = True
) -> dict[str, Any]:
    per_row = 2 if grid is not None and not grid.is_short else 1
    hag_m = mesh.hag_m.astype("<f4").reshape(-1, 1)
    attributes = {
        "POSITION": _positions(writer, mesh, grid),
        "NORMAL": _normals(writer, mesh, grid),
    }
    ids = _padded(mesh.feature_ids.astype("<u2"))[mesh.place]
    attributes["_FEATURE_ID_0"] = writer.add_vertices(ids, UNSIGNED_SHORT, "SCALAR")
    if has_heights:
        exponent = meshopt.COARSE_EXPONENT
        attributes["_HAG"] = writer.add_floats(hag_m, "SCALAR", place=mesh.place, exponent=exponent, per_row=per_row)
    of_table = {"featureCount": features, "attribute": 0, "propertyTable": 0}
    extensions: dict[str, Any] = {"EXT_mesh_features": {"featureIds": [of_table]}}
    if len(mesh.colors) > 1:
        attributes["COLOR_0"] = writer.add_vertices(mesh.colors, UNSIGNED_BYTE, "VEC4", normalized=True)
    if mesh.uv is not None:
        attributes["TEXCOORD_0"] = writer.add_vertices(mesh.uv.astype("<f4"), FLOAT, "VEC2")
    primitive = {
        "attributes": attributes,
        "indices": writer.add_triangles(mesh.triangles, mesh.vertices),
        "material": writer.next_material(),
        "mode": 4,
        "extensions": extensions,
    }
    if mesh.outline is not None and len(mesh.outline):
        extensions[OUTLINE] = {"indices": writer.add_edges(mesh.outline, mesh.vertices)}
    return primitive


def _positions(writer: GlbWriter, mesh: TileMesh, grid: _Grid | None) -> int:
    if grid is None:
        return writer.add_floats(mesh.positions_enu.astype("<f4"), "VEC3", place=mesh.place, bounds=True)
    steps = grid.steps(mesh.positions_enu)
    if not grid.is_short:
        return writer.add_floats(steps, "VEC3", place=mesh.place, bounds=True, exponent=0, per_row=2)
    rows = np.zeros((len(steps), 4), "<u2")
    rows[:, :3] = np.clip(steps, 0, 65535)
    return writer.add_vertices(take_rows(rows, mesh.place), UNSIGNED_SHORT, "VEC3", bounds=bounds_of(rows[:, :3]))


def _normals(writer: GlbWriter, mesh: TileMesh, grid: _Grid | None) -> int:
    if writer.plain:
        return writer.add_vertices(mesh.normals.astype("<f4")[mesh.facing], FLOAT, "VEC3")
    turned = mesh.normals if grid is None else mesh.normals @ grid.turn.T
    filter_name = "NONE" if grid is None or grid.is_short else "OCTAHEDRAL"
    if filter_name == "OCTAHEDRAL":
        rows = meshopt.to_octahedral(turned)
    else:
        rows = np.zeros((len(turned), 4), np.int8)
        rows[:, :3] = np.rint(turned * 127)
    words = take_rows(rows.view(np.uint32).reshape(-1), mesh.facing).view(np.int8).reshape(-1, 4)
    return writer.add_vertices(words, BYTE, "VEC3", normalized=True, filter_name=filter_name)


def _padded(values: NDArray[np.uint32]) -> NDArray[np.uint16]:
    """16-bit numbers with a stride of four bytes, as vertex attributes must be aligned: a little-endian word each."""
    return np.ascontiguousarray(values, "<u4").view("<u2").reshape(-1, 2)
