"""Rows with shapes (building elements, models): gathered as they are, and put on the globe a tile at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cim_core.crs.ecef import ecef_to_lonlat
from cim_core.crs.heights import HeightPolicy
from cim_core.features import ExpandedMesh, FaceTextures, FeatureBatch, MeshColumns
from cim_core.issues import IssueLog
from tiles.mesh import ElementMeshes
from tiles.metadata import property_records
from tiles.ragged import Indices

Floats = NDArray[np.float64]
_CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)


@dataclass(frozen=True, slots=True)
class ElementRows:
    """Rows with shapes of one or more batches.

    ``records``: their property columns. ``part``, ``place``: (N,) the mesh of each row and its number there.
    ``triangle_count``, ``shape_uses`` (how many rows have the same shape), ``center_lonlat_deg`` (N, 2), ``size_m``
    (N,): of each row; ``size_m`` is the diagonal of its box. ``ready_shapes``: what drawing has made of shapes, for the
    next tile that has them.
    """

    records: pa.Table
    meshes: list[tuple[MeshColumns, HeightPolicy]]
    part: Indices
    place: Indices
    triangle_count: Indices
    shape_uses: Indices
    center_lonlat_deg: Floats
    size_m: Floats
    ready_shapes: dict[tuple[int, int, bool], Any] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.part)

    def to_ecef(self, part: int, positions: Floats) -> Floats:
        """Earth-centred positions of points in the frame of a mesh."""
        mesh, heights = self.meshes[part]
        return mesh.placement.to_ecef(positions, heights)

    def expand(self, rows: Indices) -> ElementMeshes:
        """The triangles of some rows on the globe, in the order of ``rows``; every row has vertices of its own."""
        if len(rows) and (np.diff(self.part[rows]) < 0).any():
            raise ValueError("rows must be in reading order")
        pieces = [
            _Piece.of(self, int(part), self.place[rows[self.part[rows] == part]]) for part in np.unique(self.part[rows])
        ]
        shift = np.cumsum([0, *(len(piece.ecef) for piece in pieces)])
        return ElementMeshes(
            records=self.records.take(pa.array(rows)),
            positions_ecef=np.concatenate([piece.ecef for piece in pieces]) if pieces else np.zeros((0, 3)),
            hag_m=np.concatenate([piece.hag_m for piece in pieces]) if pieces else np.zeros(0),
            triangles=np.concatenate([piece.mesh.triangles + s for piece, s in zip(pieces, shift, strict=False)])
            if pieces
            else np.zeros((0, 3), np.int64),
            colors=np.concatenate([piece.mesh.colors for piece in pieces]) if pieces else np.zeros((0, 4), np.uint8),
            triangle_count=self.triangle_count[rows],
            textures=FaceTextures.join(
                [piece.mesh.textures for piece in pieces], [len(piece.mesh.triangles) for piece in pieces]
            ),
        )


@dataclass(frozen=True, slots=True)
class _Piece:
    """What one mesh has of a tile: the triangles in its frame, and their vertices on the globe and above ground."""

    mesh: ExpandedMesh
    ecef: Floats
    hag_m: Floats

    @classmethod
    def of(cls, rows: ElementRows, part: int, places: Indices) -> _Piece:
        mesh, _ = rows.meshes[part]
        whole = mesh.expand(places)
        ecef = rows.to_ecef(part, whole.positions) if len(whole.positions) else whole.positions
        return cls(whole, ecef, whole.positions[:, 2] - mesh.ground_z)


def gather_elements(batch: FeatureBatch, log: IssueLog) -> ElementRows:
    """The rows of a batch that have triangles.

    Rows that have no place on the globe are rejected into ``log``. Raises GeoreferenceError.
    """
    mesh = batch.mesh
    if mesh is None:
        raise ValueError("the batch has no mesh")
    low, high = mesh.boxes()
    corners = (low[:, None] + _CORNERS * (high - low)[:, None]).reshape(-1, 3)
    ecef = mesh.placement.to_ecef(corners, batch.meta.heights) if len(corners) else corners
    with np.errstate(invalid="ignore"):
        lonlat = ecef_to_lonlat(ecef)[:, :2].reshape(-1, 8, 2)
    records = property_records(batch, mesh.row, "element")
    is_lost = ~np.isfinite(ecef).all(axis=1).reshape(-1, 8).all(axis=1)
    for number in np.flatnonzero(is_lost):
        log.reject(
            "outside-crs",
            "has vertices that cannot be placed on the globe",
            feature_id=records["id"][int(number)].as_py(),
        )
    kept = np.flatnonzero(~is_lost)
    uses = np.bincount(mesh.shape, minlength=len(mesh.shape_vertices))
    return ElementRows(
        records=records.take(pa.array(kept)) if is_lost.any() else records,
        meshes=[(mesh, batch.meta.heights)],
        part=np.zeros(len(kept), np.int64),
        place=kept,
        triangle_count=mesh.triangle_count[kept],
        shape_uses=uses[mesh.shape[kept]],
        center_lonlat_deg=(lonlat.min(axis=1) + lonlat.max(axis=1))[kept] / 2,
        size_m=np.linalg.norm(high - low, axis=1)[kept],
    )


def concat_elements(parts: list[ElementRows]) -> ElementRows:
    """Several batches as one."""
    if len(parts) == 1:
        return parts[0]
    return ElementRows(
        records=pa.concat_tables([part.records for part in parts]).combine_chunks(),
        meshes=[mesh for part in parts for mesh in part.meshes],
        part=np.concatenate([part.part + n for n, part in enumerate(parts)]),
        place=np.concatenate([part.place for part in parts]),
        triangle_count=np.concatenate([part.triangle_count for part in parts]),
        shape_uses=np.concatenate([part.shape_uses for part in parts]),
        center_lonlat_deg=np.concatenate([part.center_lonlat_deg for part in parts]),
        size_m=np.concatenate([part.size_m for part in parts]),
    )
