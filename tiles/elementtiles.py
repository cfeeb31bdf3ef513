"""Building models as tiles: a shell from afar, then what shows outside, then small and inner things."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cim_core.crs.ecef import ecef_to_lonlat, enu_to_ecef_matrix
from cim_core.features.blocks import MIN_DETAILED_TRIANGLES
from cim_core.progress import Progress
from tiles.elements import ElementRows
from tiles.exterior import find_exterior
from tiles.glb import encode_glb
from tiles.instances import split_instances
from tiles.leaf import padded_region, place_leaf
from tiles.manifest import FolderWriter
from tiles.mesh import build_element_meshes
from tiles.options import TileOptions
from tiles.places import to_plane
from tiles.quadtree import Cell, build_quadtree, leaves_of
from tiles.ragged import Indices
from tiles.shells import Shells
from tiles.tree import LeafTile
from tiles.workers import WorkerPool

Floats = NDArray[np.float64]

#: An element smaller than this comes last; of one that does not show outside a quarter of its size counts.
SMALL_M = 1.0
INNER_SHARE = 0.25
#: Fewer triangles than this are not worth a further tile.
MIN_LATER_TRIANGLES = 2_000
#: The shell errs by this share of the building's diagonal, in metres at least and at most so much.
SHELL_SHARE, SHELL_ERROR_M = 1 / 8, (1.0, 20.0)
#: A triangle of a shape that is drawn many times weighs so much of one that is drawn once.
INSTANCE_WEIGHT = 1 / 8


@dataclass(frozen=True, slots=True)
class ElementTiles:
    """Rows that belong to no detailed building, in cells; every tile shows all there is in it."""

    root: Cell
    elements: ElementRows
    rows: Indices

    @property
    def gids(self) -> NDArray[np.uint32]:
        """Of every element."""
        return _gids(self.elements, self.rows)

    def write(
        self, writer: FolderWriter, options: TileOptions, progress: Progress, workers: WorkerPool
    ) -> dict[str, LeafTile]:
        """Write every leaf in this process; leaves by cell path."""
        del workers
        leaves = leaves_of(self.root)
        progress.start("tiles", len(leaves))
        written = {}
        for leaf in leaves:
            rows = self.rows[np.asarray(leaf.items)]
            matrix = _frame(self.elements, rows)
            written[leaf.path] = _draw(self.elements, rows, matrix, f"tiles/e{leaf.path}.glb", writer, options)
            progress.advance()
        return written


@dataclass(frozen=True, slots=True)
class DetailedBuildings:
    """Buildings with a shell and the rows of their elements; every leaf of the tree is one building."""

    root: Cell
    elements: ElementRows
    shells: Shells
    names: list[str]
    rows: list[Indices]

    @property
    def gids(self) -> NDArray[np.uint32]:
        """Of every element and every shell."""
        numbers = [self.shells.row_by_id[name] for name in self.names]
        shells = np.asarray(self.shells.rows.column("gid").to_numpy(), np.uint32)[numbers]
        return np.concatenate([shells, *(_gids(self.elements, rows) for rows in self.rows)])

    def write(
        self, writer: FolderWriter, options: TileOptions, progress: Progress, workers: WorkerPool
    ) -> dict[str, LeafTile]:
        """Write the tiles of every building in this process; shells by cell path."""
        del workers
        leaves = leaves_of(self.root)
        progress.start("tiles", len(leaves))
        written = {}
        for leaf in leaves:
            for number in np.asarray(leaf.items).tolist():
                written[leaf.path] = self._draw(number, f"tiles/s{leaf.path}", writer, options)
            progress.advance()
        return written

    def _draw(self, number: int, stem: str, writer: FolderWriter, options: TileOptions) -> LeafTile:
        rows, elements = self.rows[number], self.elements
        matrix = _frame(elements, rows)
        mesh, _ = elements.meshes[int(elements.part[rows[0]])]
        exterior = find_exterior(mesh, elements.place[rows])
        shell = self.shells.build(self.names[number], exterior, matrix, outline=options.outline)
        writer.write(f"{stem}.glb", encode_glb([shell.mesh], shell.records, "building", plain=options.plain))
        counts = elements.size_m[rows] * np.where(exterior.shows, 1.0, INNER_SHARE)
        is_later = counts < SMALL_M
        if elements.triangle_count[rows[is_later]].sum() < MIN_LATER_TRIANGLES or is_later.all():
            is_later[:] = False
        parts = []
        for some, letter in ((rows[~is_later], "a"), (rows[is_later], "b")):
            leaves = leaves_of(_cells(elements, some, options)) if len(some) else []
            cells = [(leaf.path, np.asarray(leaf.items)) for leaf in leaves]
            parts.append(
                tuple(
                    _draw(elements, some[items], matrix, f"{stem}-{letter}{path}.glb", writer, options)
                    for path, items in cells
                )
            )
        leaf = place_leaf(f"{stem}.glb", [shell.mesh], matrix, parts[0][0].region, 1)
        size = float(np.linalg.norm(np.max([p.high_enu for p in parts[0]], axis=0) - leaf.low_enu))
        error = float(np.clip(size * SHELL_SHARE, *SHELL_ERROR_M))
        return replace(leaf, error_m=error, finer=parts[0], later=parts[1], later_error_m=min(SMALL_M, error / 2))


def plan_elements(
    elements: ElementRows, shells: Shells | None, options: TileOptions
) -> list[ElementTiles | DetailedBuildings]:
    """Buildings with many triangles and an outline are detailed; all other rows lie in cells."""
    groups: list[ElementTiles | DetailedBuildings] = []
    by_building = _by_building(elements, shells)
    if by_building and shells is not None:
        centers, _ = to_plane(
            np.array([elements.center_lonlat_deg[rows].mean(axis=0) for rows in by_building.values()])
        )
        root = build_quadtree(centers, np.ones(len(by_building), np.int64), 1)
        groups.append(DetailedBuildings(root, elements, shells, list(by_building), list(by_building.values())))
    taken = np.zeros(len(elements), bool)
    for rows in by_building.values():
        taken[rows] = True
    loose = np.flatnonzero(~taken)
    if len(loose):
        groups.append(ElementTiles(_cells(elements, loose, options), elements, loose))
    return groups


def _by_building(elements: ElementRows, shells: Shells | None) -> dict[str, Indices]:
    """Rows of each building that is worth a shell; a building lies in one batch."""
    if shells is None:
        return {}
    parents = np.array(elements.records.column("parent_id").to_pylist(), object)
    found = {}
    for name in shells.row_by_id:
        rows = np.flatnonzero(parents == name)
        is_whole = len(rows) > 0 and len(np.unique(elements.part[rows])) == 1
        if is_whole and elements.triangle_count[rows].sum() >= MIN_DETAILED_TRIANGLES:
            found[name] = rows
    return found


def _cells(elements: ElementRows, rows: Indices, options: TileOptions) -> Cell:
    centers, _ = to_plane(elements.center_lonlat_deg[rows])
    triangles = elements.triangle_count[rows]
    weights = np.where(elements.shape_uses[rows] >= 8, np.ceil(triangles * INSTANCE_WEIGHT), triangles)
    return build_quadtree(centers, weights.astype(np.int64), options.max_vertices)


def _frame(elements: ElementRows, rows: Indices) -> Floats:
    """East-north-up in the middle of some rows, at their foot; as one matrix to the globe."""
    low_m = np.inf
    for part in np.unique(elements.part[rows]):
        mesh, _ = elements.meshes[part]
        low, high = mesh.boxes()
        places = elements.place[rows[elements.part[rows] == part]]
        foot = (low[places] + high[places]) / 2
        foot[:, 2] = low[places, 2]
        low_m = min(low_m, float(ecef_to_lonlat(elements.to_ecef(int(part), foot))[:, 2].min()))
    center = elements.center_lonlat_deg[rows]
    lon, lat = (center.min(axis=0) + center.max(axis=0)) / 2
    return enu_to_ecef_matrix(float(lon), float(lat), low_m)


def _draw(
    elements: ElementRows, rows: Indices, matrix: Floats, uri: str, writer: FolderWriter, options: TileOptions
) -> LeafTile:
    own, instanced, instances = split_instances(elements, rows, matrix, outline=options.outline)
    meshes = build_element_meshes(elements.expand(own), matrix, outline=options.outline) if len(own) else []
    records = elements.records.take(np.concatenate([own, instanced]))
    writer.write(uri, encode_glb(meshes, records, "element", plain=options.plain, instances=instances))
    lon, lat = elements.center_lonlat_deg[rows[0]]
    height = float(ecef_to_lonlat(matrix[:3, 3][None])[0, 2])
    region = padded_region(lon, lat, lon, lat, height, height)
    return place_leaf(uri, [*meshes, *instances], matrix, region, len(rows))


def _gids(elements: ElementRows, rows: Indices) -> NDArray[np.uint32]:
    return np.asarray(elements.records.column("gid").to_numpy(), np.uint32)[rows]
