"""Terrain tiles decoded back: heights, seams, what is declared, and no surprises far from the data."""

import hashlib
import json

import numpy as np
import pyproj
import pytest

from cim_core.crs.ecef import ecef_to_lonlat, lonlat_to_ecef
from cim_core.errors import TilingError, UsageError
from cim_core.progress import SilentProgress
from cim_core.terrain import HeightGrid
from tests.tiles.builders import CGCS2000_GK_114E, CHINA_1985, SEAT_EAST, SEAT_NORTH
from tests.tiles.quantized_mesh import decode_tile
from tiles.terrain import build_terrain
from tiles.terrain.scheme import level_for_cell, tile_bounds_deg
from tiles.terrain.surface import build_surface, fill_holes


def hills(cells=120, step=20.0, hole=False):
    """Rolling hills around 1000 m above the 1985 datum, 2.4 km square, 20 m cells."""
    north, east = np.meshgrid(np.arange(cells), np.arange(cells), indexing="ij")
    elevation = 1000 + 40 * np.sin(east / 15) * np.cos(north / 20)
    if hole:
        elevation[40:60, 50:80] = np.nan
    return HeightGrid(elevation.astype(np.float32), SEAT_EAST, SEAT_NORTH, step, step, CGCS2000_GK_114E, CHINA_1985)


@pytest.fixture(scope="module")
def pyramid(tmp_path_factory):
    folder = tmp_path_factory.mktemp("terrain") / "t"
    return folder, build_terrain(hills(), folder, progress=SilentProgress())


def tiles_of(folder, level):
    layer = json.loads((folder / "layer.json").read_text())
    (only,) = layer["available"][level]
    for x in range(only["startX"], only["endX"] + 1):
        for y in range(only["startY"], only["endY"] + 1):
            yield x, y, decode_tile(folder / f"{level}/{x}/{y}.terrain")


def height_at(tile, u, v):
    """Height of the mesh at tile coordinates, by looking for the triangle."""
    a, b, c = (np.stack([tile.u, tile.v], 1)[tile.triangles[:, k]] for k in range(3))
    p = np.array([u, v])

    def cross(o, q):
        return (q - o)[:, 0] * (p - o)[:, 1] - (q - o)[:, 1] * (p - o)[:, 0]

    ab, bc, ca = cross(a, b), cross(b, c), cross(c, a)
    inside = np.flatnonzero((ab >= -1e-12) & (bc >= -1e-12) & (ca >= -1e-12))[0]
    weights = np.array([bc[inside], ca[inside], ab[inside]])
    return float(tile.height[tile.triangles[inside]] @ weights / weights.sum())


def test_level_follows_the_cell_size(pyramid):
    assert level_for_cell(20.0) == 14 == pyramid[1].max_level


def test_declared_tiles_are_exactly_those_written(pyramid):
    folder, summary = pyramid
    layer = json.loads((folder / "layer.json").read_text())
    declared = {
        f"{level}/{x}/{y}.terrain"
        for level, (only,) in enumerate(layer["available"])
        for x in range(only["startX"], only["endX"] + 1)
        for y in range(only["startY"], only["endY"] + 1)
    }
    assert declared == {path.relative_to(folder).as_posix() for path in folder.rglob("*.terrain")}
    assert len(declared) == summary.tiles
    assert {"0/0/0.terrain", "0/1/0.terrain"} <= declared
    assert (layer["format"], layer["scheme"], layer["projection"]) == ("quantized-mesh-1.0", "tms", "EPSG:4326")


def test_every_tile_has_its_parent(pyramid):
    folder, summary = pyramid
    for level in range(1, summary.max_level + 1):
        for x, y, _ in tiles_of(folder, level):
            assert (folder / f"{level - 1}/{x // 2}/{y // 2}.terrain").is_file()


def test_deepest_heights_are_the_grids_plus_the_undulation(pyramid):
    folder, summary = pyramid
    grid = hills()
    to_map = pyproj.Transformer.from_crs(4490, 4547, always_xy=True)
    tiles = list(tiles_of(folder, summary.max_level))
    rng = np.random.default_rng(4)
    checked = 0
    for x, y, tile in tiles:
        west, south, east, north = tile_bounds_deg(summary.max_level, x, y)
        for u, v in rng.random((20, 2)):
            wanted = grid.sample(*to_map.transform(west + u * (east - west), south + v * (north - south)), grid.crs)
            if np.isfinite(wanted):
                # half a metre of mesh tolerance, and posts are 19 m apart on cells of 20 m
                assert height_at(tile, u, v) == pytest.approx(wanted - 15.6, abs=1.2)
                checked += 1
    assert checked > 100


def test_shared_posts_of_neighbours_have_one_height(pyramid):
    folder, summary = pyramid
    tiles = {(x, y): tile for x, y, tile in tiles_of(folder, summary.max_level)}
    compared = 0
    for (x, y), tile in tiles.items():
        east = tiles.get((x + 1, y))
        if east is None:
            continue
        ours = {round(tile.v[i], 6): tile.height[i] for i in tile.edges["east"]}
        theirs = {round(east.v[i], 6): east.height[i] for i in east.edges["west"]}
        for key in ours.keys() & theirs.keys():
            assert ours[key] == pytest.approx(theirs[key], abs=0.01)
            compared += 1
    assert compared > 20


def test_edges_lie_on_the_bounds_and_triangles_turn_left(pyramid):
    folder, _ = pyramid
    for level in (0, 5, 14):
        for _, _, tile in tiles_of(folder, level):
            assert (tile.u[tile.edges["west"]] == 0).all()
            assert (tile.u[tile.edges["east"]] == 1).all()
            assert (tile.v[tile.edges["south"]] == 0).all()
            assert (tile.v[tile.edges["north"]] == 1).all()
            assert all(len(edge) >= 2 for edge in tile.edges.values())
            a, b, c = tile.triangles.T
            area = (tile.u[b] - tile.u[a]) * (tile.v[c] - tile.v[a]) - (tile.u[c] - tile.u[a]) * (tile.v[b] - tile.v[a])
            assert (area > 0).all()
            assert area.sum() / 2 == pytest.approx(1)


@pytest.mark.parametrize("level", [0, 1, 4])
def test_coarse_tiles_follow_the_globe_and_do_not_cut_through_it(pyramid, level):
    folder, _ = pyramid
    for x, y, tile in tiles_of(folder, level):
        west, south, east, north = tile_bounds_deg(level, x, y)
        points = lonlat_to_ecef(west + tile.u * (east - west), south + tile.v * (north - south), tile.height)
        height = ecef_to_lonlat(points[tile.triangles].mean(axis=1))[:, 2]
        # Posts of level 0 are 2.8° apart: chords sag by up to 3.8 km there, and by a quarter a level deeper.
        assert height.min() > (900 - 3800 if level == 0 else 0)
        assert tile.height.min() > 900
        assert len(tile.triangles) > 2 * 4**2


def test_header_bounds_hold_their_vertices(pyramid):
    folder, summary = pyramid
    for level in (0, 8, summary.max_level):
        for x, y, tile in tiles_of(folder, level):
            west, south, east, north = tile_bounds_deg(level, x, y)
            points = lonlat_to_ecef(west + tile.u * (east - west), south + tile.v * (north - south), tile.height)
            center, radius = tile.sphere
            assert np.linalg.norm(points - center, axis=1).max() <= radius + 1
            assert np.isfinite(tile.occlusion).all()
            assert tile.occlusion @ center > 0


def test_normals_point_up_and_lean_with_the_slope(tmp_path):
    grid = hills()
    slope = np.broadcast_to(1000 + np.arange(120) * 20.0, (120, 120)).astype(np.float32)  # rises 45° eastward
    steep = HeightGrid(slope, grid.x_origin, grid.y_origin, 20, 20, grid.crs, grid.heights)
    summary = build_terrain(steep, tmp_path / "t", progress=SilentProgress())
    lon_deg, lat_deg = pyproj.Transformer.from_crs(4547, 4490, always_xy=True).transform(
        SEAT_EAST + 1200, SEAT_NORTH - 1200
    )
    side = 180 / 2**summary.max_level
    x, y = int((lon_deg + 180) // side), int((lat_deg + 90) // side)
    tile = decode_tile(tmp_path / "t" / f"{summary.max_level}/{x}/{y}.terrain")
    west, south, east, north = tile_bounds_deg(summary.max_level, x, y)
    lon, lat = np.radians(west + tile.u * (east - west)), np.radians(south + tile.v * (north - south))
    up = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], 1)
    eastward = np.stack([-np.sin(lon), np.cos(lon), 0 * lon], 1)
    place = ((lon_deg + 180) / side - x, (lat_deg + 90) / side - y)
    middle = np.argmin(np.hypot(tile.u - place[0], tile.v - place[1]))
    assert tile.normals[middle] @ up[middle] == pytest.approx(np.sqrt(0.5), abs=0.03)
    assert tile.normals[middle] @ eastward[middle] == pytest.approx(-np.sqrt(0.5), abs=0.03)


def test_outside_the_grid_heights_ease_out_without_a_cliff():
    surface = build_surface(hills())
    lon0 = (surface.bounds_deg[0] + surface.bounds_deg[2]) / 2
    lat = np.linspace(surface.bounds_deg[1] - 0.01, surface.bounds_deg[1] + 0.01, 400)
    heights = surface.heights_m(np.full(400, lon0), lat)
    assert heights[0] == pytest.approx(surface.far_m)
    assert np.abs(np.diff(heights)).max() < 1.0
    assert surface.far_m == pytest.approx(1000 - 15.6, abs=15)


def test_holes_are_filled_from_their_surroundings():
    grid = hills(hole=True)
    filled = fill_holes(grid.elevation_m)
    known = np.isfinite(grid.elevation_m)
    assert np.isfinite(filled).all()
    assert (filled[known] == grid.elevation_m[known]).all()
    assert 940 < filled[~known].min() <= filled[~known].max() < 1060


def test_grid_of_nothing_is_refused(tmp_path):
    grid = hills()
    empty = HeightGrid(np.full((9, 9), np.nan, np.float32), 0, 0, 1, 1, grid.crs, grid.heights)
    with pytest.raises(TilingError):
        build_terrain(empty, tmp_path / "t", progress=SilentProgress())
    assert list(tmp_path.iterdir()) == []


def test_same_grid_gives_the_same_bytes_and_overwriting_must_be_asked_for(tmp_path):
    digests = []
    for name in ("a", "b"):
        build_terrain(hills(30), tmp_path / name, progress=SilentProgress(), max_level=9)
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        digests.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in files])
    assert digests[0] == digests[1]
    with pytest.raises(UsageError):
        build_terrain(hills(30), tmp_path / "a", progress=SilentProgress(), max_level=9)
