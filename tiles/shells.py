"""A building model from afar: its outline, raised to its height and roof, in the colors it shows outside."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cim_core.features import FeatureBatch
from cim_core.issues import IssueLog
from tiles.exterior import Exterior, main_color
from tiles.extrude import extrude
from tiles.footprints import footprints_of, gather_footprints
from tiles.options import TileOptions
from tiles.tilemesh import TileMesh, srgb_to_linear_u8

#: A face that looks up by more than this is roof.
_ROOF = 0.3
_PLAIN = (0xEB, 0xE8, 0xE2)


@dataclass(frozen=True, slots=True)
class Shells:
    """Footprints ready to extrude, of buildings whose elements have shapes; ``row_by_id`` says which is whose."""

    rows: pa.Table
    row_by_id: dict[str, int]

    @classmethod
    def gather(cls, batch: FeatureBatch, options: TileOptions) -> Shells | None:
        """The rows of a batch without triangles but with an outline and a height; None where there is none."""
        if batch.mesh is None or "geometry" not in batch.records.schema.names:
            return None
        has_shape = np.zeros(len(batch), bool)
        has_shape[batch.mesh.row] = True
        wanted = ~has_shape & np.asarray(batch.records.column("geometry").is_valid())
        if not wanted.any():
            return None
        # What cannot be raised has no shell, which is no loss to report: its elements are there.
        rows = gather_footprints(batch.filter(wanted), options, IssueLog())
        return None if rows is None else cls.of_rows(pa.table(rows))

    @classmethod
    def of_rows(cls, rows: pa.Table) -> Shells:
        """With their ids looked up."""
        return cls(rows, {name: n for n, name in enumerate(rows.column("id").to_pylist())})

    @classmethod
    def join(cls, parts: list[Shells]) -> Shells | None:
        """Those of several batches."""
        return cls.of_rows(pa.concat_tables([part.rows for part in parts]).combine_chunks()) if parts else None

    def build(self, building: str, exterior: Exterior, enu_to_ecef: NDArray[np.float64], *, outline: bool) -> _Shell:
        """The mesh of one building in the frame given by the matrix, and its property row."""
        number = self.row_by_id[building]
        row = self.rows.slice(number, 1).combine_chunks().to_batches()[0]
        footprint = footprints_of(row)
        mesh = extrude(footprint, enu_to_ecef, outline=outline)
        walls, roof = (main_color(exterior.colors[exterior.looks_up == up], _PLAIN) for up in (False, True))
        is_roof = mesh.normals[mesh.facing][:, 2] > _ROOF
        opaque = np.full((len(is_roof), 1), 255, np.uint8)
        colors = np.concatenate([np.where(is_roof[:, None], roof, walls).astype(np.uint8), opaque], axis=1)
        return _Shell(replace(mesh, colors=srgb_to_linear_u8(colors)), footprint.records)


@dataclass(frozen=True, slots=True)
class _Shell:
    mesh: TileMesh
    records: pa.RecordBatch
