"""A building model from afar: its outline, or the blocks of its storeys, raised to height and roof, in its colors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from cim_core.features import FeatureBatch
from cim_core.issues import IssueLog
from tiles.exterior import Exterior, main_color
from tiles.extrude import extrude
from tiles.footprints import Footprints, footprints_of, gather_footprints
from tiles.options import TileOptions
from tiles.ragged import Indices
from tiles.tilemesh import TileMesh, srgb_to_linear_u8

Colors = NDArray[np.uint8]

#: A face that looks up by more than this is roof.
_ROOF = 0.3
_PLAIN = (0xEB, 0xE8, 0xE2)
#: What looks up within this of the top of a block is its roof.
_ROOF_REACH_M = 1.5


@dataclass(frozen=True, slots=True)
class Shells:
    """Footprints ready to extrude, of buildings whose elements have shapes; ``row_by_id`` says which is whose.

    ``blocks`` are of those that step back upwards, from below upwards, with the id of the building in each row and the
    heights ``.from_z`` and ``.to_z`` in the frame of the mesh.
    """

    rows: pa.Table
    row_by_id: dict[str, int]
    blocks: pa.Table | None = None

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
        return None if rows is None else cls.of_rows(pa.table(rows), _gather_blocks(batch, options))

    @classmethod
    def of_rows(cls, rows: pa.Table, blocks: pa.Table | None) -> Shells:
        """With their ids looked up."""
        return cls(rows, {name: n for n, name in enumerate(rows.column("id").to_pylist())}, blocks)

    @classmethod
    def join(cls, parts: list[Shells]) -> Shells | None:
        """Those of several batches."""
        if not parts:
            return None
        blocks = [part.blocks for part in parts if part.blocks is not None]
        rows = pa.concat_tables([part.rows for part in parts]).combine_chunks()
        return cls.of_rows(rows, pa.concat_tables(blocks).combine_chunks() if blocks else None)

    def build(self, building: str, exterior: Exterior, enu_to_ecef: NDArray[np.float64], *, outline: bool) -> _Shell:
        """The mesh of one building in the frame given by the matrix, and its property row."""
        whole = _batch_of(self.rows.slice(self.row_by_id[building], 1))
        footprint = footprints_of(whole)
        blocks = None if self.blocks is None else self.blocks.filter(pc.equal(self.blocks.column("id"), building))
        if blocks is None or not len(blocks):
            walls, roof = (main_color(exterior.colors[exterior.looks_up == up], _PLAIN) for up in (False, True))
            mesh = extrude(footprint, enu_to_ecef, outline=outline)
            return _Shell(_painted(mesh, walls[None], roof[None]), footprint.records)
        stacked = footprints_of(_batch_of(blocks.select(whole.schema.names)))
        walls, roof = _colors_by_block(blocks, stacked, exterior)
        stands_on_air = np.asarray(blocks.column(".from_m").to_numpy()) > 0.0
        mesh = _painted(extrude(stacked, enu_to_ecef, outline=outline, has_underside=stands_on_air), walls, roof)
        return _Shell(replace(mesh, feature_ids=np.zeros_like(mesh.feature_ids)), footprint.records)


@dataclass(frozen=True, slots=True)
class _Shell:
    mesh: TileMesh
    records: pa.RecordBatch


def _gather_blocks(batch: FeatureBatch, options: TileOptions) -> pa.Table | None:
    """Blocks as footprint rows; the roof of a building is on its topmost block, the others end level."""
    blocks = batch.blocks
    if blocks is None:
        return None
    base_z, count = blocks.base_z, len(blocks.row)
    is_top = np.append(blocks.row[1:] != blocks.row[:-1], True)
    part = FeatureBatch(batch.records.take(pa.array(blocks.row)), batch.meta)
    part = part.with_column("geometry", pa.array(shapely.to_wkb(blocks.outline), pa.binary()))
    part = part.with_column("height_m", pa.array(blocks.to_m))
    form = part.column("roof_form")
    if form is not None:
        part = part.with_column("roof_form", pc.if_else(pa.array(is_top), form, pa.scalar(None, form.type)))
    rows = gather_footprints(part, options, IssueLog())
    if rows is None or rows.num_rows < count:  # one is no area: the whole outline has to do
        return None
    table = pa.table(rows)
    base_m = table.column(".base_m").to_numpy()
    bottom_m = np.where(blocks.from_m > 0, base_m + blocks.from_m, table.column(".bottom_m").to_numpy())
    for name, values in (
        (".bottom_m", bottom_m),
        (".eave_m", np.maximum(table.column(".eave_m").to_numpy(), bottom_m)),
    ):
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(values))
    for name, values in (
        (".from_m", blocks.from_m),
        (".from_z", base_z + blocks.from_m),
        (".to_z", base_z + blocks.to_m),
    ):
        table = table.append_column(name, pa.array(values))
    return table


def _colors_by_block(blocks: pa.Table, stacked: Footprints, exterior: Exterior) -> tuple[Colors, Colors]:
    """Of each block (B, 3) the colors of walls, of what shows at its height, and of roofs, of what is near its top."""
    from_z, to_z = (blocks.column(name).to_numpy() for name in (".from_z", ".to_z"))
    slope_m = stacked.top_m - stacked.eave_m
    walls: list[Colors] = []
    roofs: list[Colors] = []
    for low, high, rise in zip(from_z, to_z, slope_m, strict=True):
        within = (exterior.z > low) & (exterior.z < high - rise) & ~exterior.looks_up
        near_top = (exterior.z > high - rise - _ROOF_REACH_M) & (exterior.z < high + _ROOF_REACH_M) & exterior.looks_up
        for chosen, every, found in ((within, ~exterior.looks_up, walls), (near_top, exterior.looks_up, roofs)):
            found.append(main_color(exterior.colors[chosen if chosen.any() else every], _PLAIN))
    return np.array(walls, np.uint8), np.array(roofs, np.uint8)


def _painted(mesh: TileMesh, walls: Colors, roof: Colors) -> TileMesh:
    """In the colors (B, 3) of the walls and roofs of its rows."""
    row: Indices = mesh.feature_ids[mesh.place].astype(np.int64)
    is_roof = mesh.normals[mesh.facing][:, 2] > _ROOF
    opaque = np.full((len(is_roof), 1), 255, np.uint8)
    colors = np.concatenate([np.where(is_roof[:, None], roof[row], walls[row]).astype(np.uint8), opaque], axis=1)
    return replace(mesh, colors=srgb_to_linear_u8(colors))


def _batch_of(rows: pa.Table) -> pa.RecordBatch:
    return rows.combine_chunks().to_batches()[0]
