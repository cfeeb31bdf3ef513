"""Shells from afar by storeys, of models whose volume is known by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely

from cim_core.features import with_gids
from cim_core.issues import IssueLog
from cim_core.progress import SilentProgress
from converters.base import ReadOptions, Source
from converters.ifc import FORMAT
from converters.ifc.blocks import MAX_TRIANGLES, Block, simplify_blocks
from sample_models.ifc_models.builder import IfcBuilder
from sample_models.ifc_models.plots import SHOPHOUSE
from sample_models.ifc_models.shapes import Style
from tests.converters.ifc.conftest import read_ifc
from tiles.build import build_tileset
from tiles.options import TileOptions
from tiles.readglb import parse_glb
from tiles.validate import check_tileset

RED, WHITE, GREEN = Style("red", "#b33333"), Style("white", "#e6e6cc"), Style("green", "#338033")
PODIUM, TOWER = (0.0, 0.0, 20.0, 16.0), (6.0, 4.0, 14.0, 12.0)
WALL_M, SLAB_M = 0.2, 0.2


class House:
    """Storeys of walls under a slab each; a slab ends at the next level. Chairs make it worth a shell."""

    def __init__(self) -> None:
        self.builder = IfcBuilder("IFC4", "house", "楼", SHOPHOUSE)
        self.loose = False
        self.first = None

    def storeys(self, plan, levels, height, style, roof=False):
        for number, level in enumerate(levels):
            storey = self.builder.add_storey(f"{level:g}", level)
            self.first = self.first or storey
            foot = 0.0
            if self.loose:  # contained in the lowest storey, standing where it stands
                storey, foot = self.first, level
            self.ring(storey, plan, foot, height, style)
            is_last = roof and number == len(levels) - 1
            self.slab(storey, plan, foot + height - SLAB_M, style, "ROOF" if is_last else "FLOOR")
        return self

    def ring(self, storey, plan, foot, height, style):
        x0, y0, x1, y1 = plan
        t, up = WALL_M, height - SLAB_M
        for size, at in (
            ((x1 - x0, t, up), (x0, y0, foot)),
            ((x1 - x0, t, up), (x0, y1 - t, foot)),
            ((t, y1 - y0 - 2 * t, up), (x0, y0 + t, foot)),
            ((t, y1 - y0 - 2 * t, up), (x1 - t, y0 + t, foot)),
        ):
            self.add("IfcWall", storey, size, at, style)

    def slab(self, storey, plan, z, style, kind):
        x0, y0, x1, y1 = plan
        self.add("IfcSlab", storey, (x1 - x0, y1 - y0, SLAB_M), (x0, y0, z), style, PredefinedType=kind)

    def add(self, kind, storey, size, at, style, **values):
        body = self.builder.styled(style, self.builder.box(size, at))
        return self.builder.element(kind, "部件", storey, body, **values)

    def write(self, folder):
        for n in range(340):  # 12 triangles each
            at = (7.0 + 0.3 * (n % 20), 5.0 + 0.3 * (n // 20), 0.5)
            self.add("IfcFurniture", self.first, (0.2, 0.2, 0.4), at, GREEN)
        path = folder / "house.ifc"
        self.builder.write(path)
        return path


def podium_and_tower(*, loose: bool = False) -> House:
    house = House()
    house.loose = loose
    house.storeys(PODIUM, (0.0, 4.0), 4.0, RED)
    return house.storeys(TOWER, (8.0, 11.0, 14.0, 17.0), 3.0, WHITE, roof=True)


def blocks_of(path):
    (batch,) = read_ifc(path).batches
    return batch.blocks


def shell_of(path, out):
    """The one tile of the building as a whole, and its tileset."""
    log = IssueLog()
    stream = FORMAT.read(Source.open(path), ReadOptions(), log, SilentProgress())
    build_tileset(with_gids(stream), out, TileOptions(plain=True), log, SilentProgress())
    assert log.is_balanced()
    assert check_tileset(out) == []
    (shell,) = [p for p in sorted(out.glob("tiles/s*.glb")) if "-" not in p.stem]
    return parse_glb(shell.read_bytes())


def triangles_of(glb):
    """Corners (t, 3, 3) with height above the foot of the skirt, and linear colors (t, 3) of first corners."""
    (mesh, matrix), *more = glb.node_matrices()
    (primitive,) = glb.document["meshes"][mesh]["primitives"]
    assert not more
    corners = glb.accessor(primitive["indices"]).astype(int).reshape(-1, 3)
    places = glb.positions(primitive, matrix)
    colors = glb.accessor(primitive["attributes"]["COLOR_0"])
    return places[corners], colors[corners[:, 0], :3], glb.accessor(primitive["attributes"]["_HAG"])


def volume_above(corners, low_m: float) -> float:
    """Of closed bodies, by the divergence theorem; a body open below at ``low_m`` counts from there."""
    shifted = corners - [0.0, 0.0, low_m]
    return float(np.einsum("ti,ti->t", shifted[:, 0], np.cross(shifted[:, 1], shifted[:, 2])).sum() / 6)


HAND = (20 * 16 * 8) + (8 * 8 * 12)


@pytest.mark.parametrize("loose", [False, True])
def test_podium_and_tower_by_hand(tmp_path, loose):
    blocks = blocks_of(podium_and_tower(loose=loose).write(tmp_path))
    assert blocks.row.tolist() == [0, 0]
    assert blocks.from_m == pytest.approx([0.0, 8.0])
    assert blocks.to_m == pytest.approx([8.0, 20.0], abs=1e-6)
    assert [shape.area for shape in blocks.outline] == pytest.approx([320.0, 64.0], rel=1e-3)
    assert float(shapely.area(blocks.outline) @ (blocks.to_m - blocks.from_m)) == pytest.approx(HAND, rel=1e-3)


def test_the_drawn_shell_encloses_podium_and_tower_in_the_colors_of_each(tmp_path, validate_glbs):
    glb = shell_of(podium_and_tower().write(tmp_path), tmp_path / "out")
    corners, colors, hag_m = triangles_of(glb)
    foot = corners[..., 2].min()
    assert np.ptp(corners[..., 2]) == pytest.approx(21.0, abs=0.01)  # with a skirt of 1 m
    assert sorted(set(np.round(hag_m, 2).tolist())) == [-1.0, 8.0, 20.0]
    assert volume_above(corners, foot) == pytest.approx(HAND + 320 * 1.0, rel=1e-3)
    # Two a wall of 8, two a roof of 2, two for the face under the tower.
    assert len(corners) == 2 * 8 + 2 * 2 + 2 <= MAX_TRIANGLES
    is_wall = np.abs(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2]) < 1e-3
    is_tower = corners[..., 2].min(axis=1) > foot + 5.0
    (podium,) = np.unique(colors[is_wall & ~is_tower], axis=0)
    (tower,) = np.unique(colors[is_wall & is_tower], axis=0)
    assert podium[0] > 3 * podium[1], "red"
    assert tower[1] > 0.8 * tower[0], "white"
    assert glb.property_column("class") == ["building"]
    assert glb.property_column("height") == pytest.approx([20.0])
    report = validate_glbs(sorted((tmp_path / "out").glob("tiles/*.glb")))
    assert {(entry["errors"], entry["warnings"]) for entry in report.values()} == {(0, 0)}
    tileset = json.loads((tmp_path / "out" / "tileset.json").read_bytes())
    assert_errors_fall(tileset["root"], tileset["geometricError"])


def assert_errors_fall(tile, above: float) -> None:
    assert tile["geometricError"] <= above
    for child in tile.get("children", ()):
        assert_errors_fall(child, tile["geometricError"])


def test_a_plain_block_stays_one_prism(tmp_path):
    house = House().storeys(PODIUM, (0.0, 4.0, 8.0), 4.0, RED, roof=True)
    path = house.write(tmp_path)
    assert blocks_of(path) is None
    corners, _, hag_m = triangles_of(shell_of(path, tmp_path / "out"))
    assert len(corners) == 2 * 4 + 2
    assert sorted(set(np.round(hag_m, 2).tolist())) == [-1.0, 12.0]


def test_storeys_set_back_by_less_than_a_few_decimetres_are_one(tmp_path):
    """Of three storeys each stands 0.4 m within the one below, then one 1 m."""
    house = House()
    for level, inset in ((0.0, 0.0), (3.0, 0.4), (6.0, 1.4)):
        x0, y0, x1, y1 = PODIUM
        is_last = level == 6.0
        house.storeys((x0 + inset, y0 + inset, x1 - inset, y1 - inset), (level,), 3.0, WHITE, roof=is_last)
    blocks = blocks_of(house.write(tmp_path))
    assert blocks.from_m == pytest.approx([0.0, 6.0])
    assert [shape.area for shape in blocks.outline] == pytest.approx([20 * 16, 17.2 * 13.2], rel=1e-3)


def test_two_towers_of_different_height_end_where_each_ends(tmp_path):
    house = House().storeys(PODIUM, (0.0,), 4.0, RED)
    house.storeys((1.0, 1.0, 7.0, 15.0), (4.0, 7.0), 3.0, WHITE, roof=True)
    house.storeys((12.0, 1.0, 19.0, 15.0), (4.0, 7.0, 10.0), 3.0, WHITE, roof=True)
    blocks = blocks_of(house.write(tmp_path))
    assert blocks.from_m == pytest.approx([0.0, 4.0, 10.0])
    assert blocks.to_m == pytest.approx([4.0, 10.0, 13.0])
    assert [shape.area for shape in blocks.outline] == pytest.approx([320.0, 6 * 14 + 7 * 14, 7 * 14], rel=1e-3)


def test_round_towers_keep_their_size_within_the_bound_on_triangles():
    """Six circles of 256 corners each would be 6,000 triangles."""
    radii = [20.0, 17.0, 14.0, 11.0, 8.0, 5.0]
    rounds = [Block(shapely.Point(0, 0).buffer(r, quad_segs=64), 4.0 * n, 4.0 * n + 4) for n, r in enumerate(radii)]
    simple = simplify_blocks(rounds)
    corners = sum(len(block.outline.exterior.coords) - 1 for block in simple)
    assert 4 * corners <= MAX_TRIANGLES
    assert [block.from_m for block in simple] == [0, 4, 8, 12, 16, 20]
    assert [block.outline.area for block in simple] == pytest.approx([np.pi * r * r for r in radii], rel=0.1)
