"""A stream of features becomes a folder of 3D Tiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from cim_core.crs.ecef import ecef_to_lonlat, enu_to_ecef_matrix, transform_points
from cim_core.errors import TilingError
from cim_core.features import FeatureStream
from cim_core.files import staged_folder
from cim_core.issues import IssueLog
from cim_core.progress import Progress
from tiles.extrude import extrude
from tiles.footprints import Footprints, concat_footprints, gather_footprints, take_footprints
from tiles.glb import encode_glb
from tiles.manifest import FolderWriter
from tiles.mesh import ElementMeshes, build_element_meshes, concat_elements, gather_elements, take_elements
from tiles.options import TileOptions, TilesetSummary
from tiles.quadtree import Cell, build_quadtree, leaves_of
from tiles.ragged import Indices, starts_of
from tiles.tilemesh import TileMesh, box_around, corners_of
from tiles.tree import LeafTile, Region, build_tree, union_regions

Floats = NDArray[np.float64]

#: Box margin in metres: more than rounding to 16-bit steps moves a vertex.
BOX_MARGIN_M = 0.02


def build_tileset(
    stream: FeatureStream, out: Path, options: TileOptions, log: IssueLog, progress: Progress
) -> TilesetSummary:
    """Tile every feature of the stream into ``out``: tileset.json, tiles/*.glb, manifest.json.

    Rows with triangles keep them, other rows are extruded from their footprint. Features that cannot be tiled are
    rejected into ``log``; ``log.features_out`` counts the rest. The same input gives the same bytes whatever the
    batch size. ``out`` is replaced as a whole or left as it was.

    Raises UsageError when ``out`` is in the way, TilingError when nothing is left to tile or features have no gid,
    GeoreferenceError, CancelledError.
    """
    with staged_folder(out, overwrite=options.overwrite) as staging:
        footprints, elements, records_only = _gather(stream, options, log, progress)
        candidates = (_footprint_group(footprints, options), _element_group(elements, options))
        groups = [group for group in candidates if group is not None]
        if not groups:
            raise TilingError("no feature can be drawn", where=stream.meta.name, code="nothing-to-draw")
        _refuse_repeated_gids(groups)
        with FolderWriter(staging) as writer:
            roots = [(group.root, _write_group(group, writer, options, progress)) for group in groups]
            leaves = [leaf for _, by_path in roots for leaf in by_path.values()]
            writer.write("tileset.json", orjson.dumps(build_tree(roots)))
            region = union_regions([leaf.region for leaf in leaves])
            features = sum(leaf.features for leaf in leaves)
            total = writer.write_manifest(
                kind="3d-tiles",
                options=options.to_dict(),
                counts={"tiles": len(leaves), "features": features, "records_without_shape": records_only},
                bounds_deg=region[:4],
                height_range_m=region[4:],
            )
    log.features_out += features + records_only
    return TilesetSummary(len(leaves), total, features, region[:4], region[4:])


@dataclass(frozen=True, slots=True)
class _Group:
    """Features of one kind with their cell tree and how to draw the rows of a leaf."""

    class_name: str
    prefix: str
    root: Cell
    records: pa.Table
    draw: Callable[[Indices], tuple[list[TileMesh], pa.Table, Floats, Region]]


def _gather(
    stream: FeatureStream, options: TileOptions, log: IssueLog, progress: Progress
) -> tuple[list[Footprints], list[ElementMeshes], int]:
    footprints, elements, records_only = [], [], 0
    progress.start("read", stream.total)
    for batch in stream.batches:
        if batch.mesh is None:
            gathered = gather_footprints(batch, options, log)
            if gathered is not None:
                footprints.append(gathered)
        else:
            rejected = log.rejected
            shapes = gather_elements(batch, log)
            records_only += len(batch) - len(shapes) - (log.rejected - rejected)
            if len(shapes):
                elements.append(shapes)
        progress.advance(len(batch))
    without_ground = sum(part.without_ground for part in footprints)
    if without_ground:
        log.note(
            "no-ground",
            f"{without_ground} buildings have neither a base elevation nor ground under them: "
            "placed at height 0 of the ellipsoid",
            where=stream.meta.name,
        )
    return footprints, elements, records_only


def _refuse_repeated_gids(groups: list[_Group]) -> None:
    gids = np.concatenate([group.records["gid"].to_numpy() for group in groups])
    if len(np.unique(gids)) != len(gids):
        raise TilingError("two features have the same gid", hint="number the whole stream once before tiling")


def _write_group(group: _Group, writer: FolderWriter, options: TileOptions, progress: Progress) -> dict[str, LeafTile]:
    leaves = leaves_of(group.root)
    progress.start("tiles", len(leaves))
    written = {}
    for leaf in leaves:
        meshes, records, matrix, region = group.draw(leaf.items)
        uri = f"tiles/{group.prefix}{leaf.path}.glb"
        writer.write(uri, encode_glb(meshes, records, group.class_name, plain=options.plain))
        low, high = box_around(meshes)
        low, high = low - BOX_MARGIN_M, high + BOX_MARGIN_M
        region = union_regions([region, _region_of_box(low, high, matrix)])
        written[leaf.path] = LeafTile(uri, matrix, low, high, region, len(leaf.items))
        progress.advance()
    return written


def _footprint_group(parts: list[Footprints], options: TileOptions) -> _Group | None:
    if not parts:
        return None
    buildings = concat_footprints(parts)
    start = starts_of(buildings.vertex_count)
    low = np.minimum.reduceat(buildings.lonlat_deg, start)
    high = np.maximum.reduceat(buildings.lonlat_deg, start)
    root = build_quadtree(_metric((low + high) / 2), 5 * buildings.vertex_count, options.max_vertices)

    def draw(rows: Indices) -> tuple[list[TileMesh], pa.Table, Floats, Region]:
        some = take_footprints(buildings, rows)
        west_south, east_north = low[rows].min(axis=0), high[rows].max(axis=0)
        lon, lat = (west_south + east_north) / 2
        matrix = enu_to_ecef_matrix(float(lon), float(lat), float(some.base_m.min()))
        heights = float(some.bottom_m.min()), float(some.top_m.max())
        region = _padded_region(west_south[0], west_south[1], east_north[0], east_north[1], *heights)
        return [extrude(some, matrix, outline=options.outline)], some.records, matrix, region

    return _Group("building", "", root, buildings.records, draw)


def _element_group(parts: list[ElementMeshes], options: TileOptions) -> _Group | None:
    if not parts:
        return None
    elements = concat_elements(parts)
    root = build_quadtree(_metric(elements.center_lonlat_deg), elements.triangle_count, options.max_vertices)

    def draw(rows: Indices) -> tuple[list[TileMesh], pa.Table, Floats, Region]:
        some = take_elements(elements, rows)
        lonlat = ecef_to_lonlat(some.positions_ecef)
        low, high = corners_of(lonlat)
        lon, lat = (low[:2] + high[:2]) / 2
        matrix = enu_to_ecef_matrix(float(lon), float(lat), float(low[2]))
        region = _padded_region(low[0], low[1], high[0], high[1], low[2], high[2])
        return build_element_meshes(some, matrix, outline=options.outline), some.records, matrix, region

    return _Group("element", "e", root, elements.records, draw)


def _metric(lonlat_deg: Floats) -> Floats:
    """A plane with equal scale east and north at the middle latitude, for cells that are square on the ground."""
    middle = np.radians((lonlat_deg[:, 1].min() + lonlat_deg[:, 1].max()) / 2)
    return np.asarray(lonlat_deg * np.array([np.cos(middle), 1.0]))


def _region_of_box(low: Floats, high: Floats, enu_to_ecef: Floats) -> Region:
    """The region of a box's corners: a box is flat, so its corners stick out of the region of its content."""
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    lonlat = ecef_to_lonlat(transform_points(enu_to_ecef, corners))
    (west, south, bottom), (east, north, top) = lonlat.min(axis=0), lonlat.max(axis=0)
    return _padded_region(west, south, east, north, bottom, top)


def _padded_region(west: float, south: float, east: float, north: float, low: float, high: float) -> Region:
    """A region with the box margin around it, so that rounding stays inside."""
    degrees = BOX_MARGIN_M / 111_000.0
    wider = degrees / max(float(np.cos(np.radians(max(abs(south), abs(north))))), 1e-3)
    return (
        float(west - wider),
        float(south - degrees),
        float(east + wider),
        float(north + degrees),
        float(low - BOX_MARGIN_M),
        float(high + BOX_MARGIN_M),
    )
