"""Shapes drawn many times in one tile: stored once, placed by matrices, told apart by a feature id each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cim_core.crs.ecef import invert_rigid, transform_points
from tiles.elements import ElementRows
from tiles.mesh import build_shape_meshes
from tiles.ragged import Indices
from tiles.tilemesh import TileMesh, corners_of

Floats = NDArray[np.float64]

#: A shape is instanced in a tile where that spares at least so many triangles; each is a draw call of its own.
MIN_SPARED_TRIANGLES = 600
#: A place that no turn, scale and shift describes to within this is drawn from vertices of its own.
MAX_MISFIT_M = 0.002


@dataclass(frozen=True, slots=True)
class InstancedMesh:
    """A mesh around an origin of its own and its n places in the tile's frame.

    ``translation_m`` (n, 3), ``rotation`` (n, 4) unit quaternions x, y, z, w, ``scale`` (n, 3); a vertex is scaled,
    turned, then shifted. ``feature_ids``: (n,) rows of the tile's property table.
    """

    mesh: TileMesh
    translation_m: Floats
    rotation: Floats
    scale: Floats
    feature_ids: NDArray[np.uint32]

    @property
    def corners_enu(self) -> tuple[Floats, Floats]:
        """Lowest and highest corner of a box around all places."""
        low, high = corners_of(self.mesh.positions_enu)
        turn = turns_of(self.rotation) * self.scale[:, None, :]
        center = np.einsum("nij,j->ni", turn, (low + high) / 2) + self.translation_m
        reach = np.einsum("nij,j->ni", np.abs(turn), (high - low) / 2)
        return (center - reach).min(axis=0), (center + reach).max(axis=0)


def split_instances(
    elements: ElementRows, rows: Indices, enu_to_ecef: Floats, *, outline: bool
) -> tuple[Indices, Indices, list[InstancedMesh]]:
    """Which rows of a tile have vertices of their own, which are instances, and the instances.

    Feature ids count the rows with vertices of their own first, then the instances, each in the order returned.
    """
    part, place = elements.part[rows], elements.place[rows]
    shape = np.array([elements.meshes[p][0].shape[n] for p, n in zip(part.tolist(), place.tolist(), strict=True)])
    _, group, uses = np.unique(np.stack([part, shape], axis=1), axis=0, return_inverse=True, return_counts=True)
    spared = (uses[group] - 1) * elements.triangle_count[rows]
    candidates = np.flatnonzero(spared >= MIN_SPARED_TRIANGLES)
    if not len(candidates):
        return rows, rows[:0], []
    turn, shift = _places_enu(elements, rows[candidates], enu_to_ecef)
    scale, rotation, misfit = decompose(turn)
    fits = misfit * elements.size_m[rows[candidates]] <= MAX_MISFIT_M
    chosen = candidates[fits]
    order = np.argsort(group[chosen], kind="stable")
    instanced = chosen[order]
    own = np.setdiff1d(np.arange(len(rows)), instanced)
    scale, rotation, shift = (values[fits][order] for values in (scale, rotation, shift))
    ids = np.arange(len(own), len(rows), dtype=np.uint32)
    found: list[InstancedMesh] = []
    for at in np.split(np.arange(len(instanced)), np.flatnonzero(np.diff(group[instanced])) + 1):
        row = int(rows[instanced[at[0]]])
        meshes = _shape_meshes(elements, row, outline=outline)
        for mesh in meshes:
            # The engine paints by instance ids only what has vertex ids too: those of the first instance.
            first = replace(mesh, feature_ids=np.full_like(mesh.feature_ids, ids[at[0]]))
            found.append(InstancedMesh(first, shift[at], rotation[at], scale[at], ids[at]))
    return rows[own], rows[instanced], found


def _shape_meshes(elements: ElementRows, row: int, *, outline: bool) -> list[TileMesh]:
    part, place = int(elements.part[row]), int(elements.place[row])
    mesh = elements.meshes[part][0]
    key = (part, int(mesh.shape[place]), outline)
    if key not in elements.ready_shapes:
        elements.ready_shapes[key] = build_shape_meshes(*mesh.shape_of(place), outline=outline)
    meshes: list[TileMesh] = elements.ready_shapes[key]
    return meshes


def _places_enu(elements: ElementRows, rows: Indices, enu_to_ecef: Floats) -> tuple[Floats, Floats]:
    """Matrices (n, 3, 3) and shifts (n, 3) from shapes to the tile's frame, exact at the origin of each shape.

    The globe is taken as flat over one element: over 50 m that errs by 0.2 mm.
    """
    turn, shift = np.zeros((len(rows), 3, 3)), np.zeros((len(rows), 3))
    to_enu = invert_rigid(enu_to_ecef)
    for part in np.unique(elements.part[rows]):
        of_part = np.flatnonzero(elements.part[rows] == part)
        matrix = elements.meshes[part][0].matrix[elements.place[rows[of_part]]]
        origin = matrix[:, :3, 3]
        steps = np.concatenate([np.zeros((1, 3)), np.eye(3)])
        probes = (origin[:, None] + steps).reshape(-1, 3)
        enu = transform_points(to_enu, elements.to_ecef(int(part), probes)).reshape(-1, 4, 3)
        axes = np.swapaxes(enu[:, 1:] - enu[:, :1], 1, 2)
        turn[of_part], shift[of_part] = axes @ matrix[:, :3, :3], enu[:, 0]
    return turn, shift


def decompose(matrices: Floats) -> tuple[Floats, Floats, Floats]:
    """Matrices (n, 3, 3) as scale (n, 3) and unit quaternion (n, 4) x, y, z, w; and how far off that is, per metre."""
    scale = np.linalg.norm(matrices, axis=1)
    scale = np.where(np.abs(scale - 1.0) < 1e-6, 1.0, scale)
    turn = matrices / scale[:, None, :]
    rotation = _quaternions(turn)
    misfit = np.abs(turns_of(rotation) - turn).max(axis=(1, 2)) if len(turn) else np.zeros(0)
    return scale, rotation, misfit


def turns_of(rotation: Floats) -> Floats:
    """Rotation matrices (n, 3, 3) of unit quaternions x, y, z, w."""
    x, y, z, w = rotation.T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0)


def _quaternions(turn: Floats) -> Floats:
    """Unit quaternions of rotation matrices by the largest of the four squares (Shepperd 1978)."""
    m00, m11, m22 = turn[:, 0, 0], turn[:, 1, 1], turn[:, 2, 2]
    squares = np.stack([1 + m00 - m11 - m22, 1 - m00 + m11 - m22, 1 - m00 - m11 + m22, 1 + m00 + m11 + m22], axis=1)
    a, b, c = turn[:, 2, 1] - turn[:, 1, 2], turn[:, 0, 2] - turn[:, 2, 0], turn[:, 1, 0] - turn[:, 0, 1]
    d, e, f = turn[:, 1, 0] + turn[:, 0, 1], turn[:, 0, 2] + turn[:, 2, 0], turn[:, 2, 1] + turn[:, 1, 2]
    by_largest = np.stack(
        [
            np.stack([squares[:, 0], d, e, a], axis=1),
            np.stack([d, squares[:, 1], f, b], axis=1),
            np.stack([e, f, squares[:, 2], c], axis=1),
            np.stack([a, b, c, squares[:, 3]], axis=1),
        ],
        axis=1,
    )
    chosen = by_largest[np.arange(len(turn)), squares.argmax(axis=1)]
    return np.asarray(chosen / np.linalg.norm(chosen, axis=1, keepdims=True))
