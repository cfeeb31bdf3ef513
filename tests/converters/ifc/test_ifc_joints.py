"""Facades of plain boxes of walls, whose areas are length times height whatever is modelled inside or behind."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely

from converters.ifc.joints import Looks
from sample_models.ifc_models.builder import IfcBuilder
from sample_models.ifc_models.plots import SHOPHOUSE
from sample_models.ifc_models.shapes import Style
from tests.converters.ifc.conftest import read_ifc

WHITE, RED, GREEN = Style("white", "#e6e6cc"), Style("red", "#b33333"), Style("green", "#338033")
LENGTH, DEPTH, HEIGHT = 10.0, 8.0, 3.0


class Box:
    """Four walls of 10 × 8 × 3 m, butt-jointed, the long ones through; ``thickness`` may be less than a cell."""

    def __init__(self, thickness: float) -> None:
        self.builder = IfcBuilder("IFC4", "box", "盒子", SHOPHOUSE)
        self.storey = self.builder.add_storey("F1", 0.0)
        self.thickness = thickness
        self.ring(0.0, thickness, WHITE)

    def add(self, kind, size, at, style=WHITE, **values):
        body = self.builder.styled(style, self.builder.box(size, at))
        return self.builder.element(kind, "部件", self.storey, body, **values)

    def ring(self, inset: float, t: float, style: Style, kind: str = "IfcWall", **values) -> None:
        length, depth = LENGTH - 2 * inset, DEPTH - 2 * inset
        self.add(kind, (length, t, HEIGHT), (inset, inset, 0.0), style, **values)
        self.add(kind, (length, t, HEIGHT), (inset, inset + depth - t, 0.0), style, **values)
        self.add(kind, (t, depth - 2 * t, HEIGHT), (inset, inset + t, 0.0), style, **values)
        self.add(kind, (t, depth - 2 * t, HEIGHT), (inset + length - t, inset + t, 0.0), style, **values)

    def roof(self) -> None:
        self.add("IfcSlab", (LENGTH, DEPTH, 0.2), (0.0, 0.0, HEIGHT), PredefinedType="ROOF")

    def floor(self) -> None:
        self.add("IfcSlab", (LENGTH, DEPTH, 0.2), (0.0, 0.0, -0.2), PredefinedType="FLOOR")

    def read(self, folder):
        path = folder / "box.ifc"
        self.builder.write(path)
        return read_ifc(path).building


def areas(building) -> list[float]:
    return [building[f"facade_area_{side}_m2"] for side in ("north", "east", "south", "west")]


LONG, SHORT = LENGTH * HEIGHT, DEPTH * HEIGHT


def side_areas(building) -> list[float]:
    return sorted(areas(building))


@pytest.mark.parametrize("thickness", [0.12, 0.2, 0.3, 0.4])
@pytest.mark.parametrize("floor", [False, True])
def test_ends_in_joints_and_rooms_without_a_floor_are_no_facade(tmp_path, thickness, floor):
    box = Box(thickness)
    box.roof()
    if floor:
        box.floor()
    building = box.read(tmp_path)
    assert side_areas(building) == pytest.approx([SHORT, SHORT, LONG, LONG], abs=0.01)
    assert shapely.from_wkb(building["geometry"]).area == pytest.approx(LENGTH * DEPTH, abs=0.1)


def test_the_inner_leaf_of_a_double_wall_is_not_seen(tmp_path):
    box = Box(0.1)
    box.ring(0.1, 0.2, RED)
    box.roof()
    building = box.read(tmp_path)
    assert side_areas(building) == pytest.approx([SHORT, SHORT, LONG, LONG], abs=0.01)
    assert [c["color"] for c in json.loads(building["facades"])["colors"]] == ["#e6e6cc"]


def test_a_partition_that_ends_in_a_wall_is_no_facade(tmp_path):
    box = Box(0.2)
    box.roof()
    box.add("IfcWall", (0.2, DEPTH - 0.4, HEIGHT), (4.0, 0.2, 0.0), RED)
    building = box.read(tmp_path)
    assert side_areas(building) == pytest.approx([SHORT, SHORT, LONG, LONG], abs=0.01)


def test_cladding_gives_the_color_and_adds_no_area(tmp_path):
    box = Box(0.3)
    box.roof()
    box.floor()
    half = box.builder.styled(GREEN, box.builder.box((LENGTH, 0.05, HEIGHT / 2), (0.0, -0.1, 0.0)))
    box.builder.element("IfcCovering", "石材", box.storey, half, PredefinedType="CLADDING")
    building = box.read(tmp_path)
    assert side_areas(building) == pytest.approx([SHORT, SHORT, LONG, LONG], abs=0.01)
    shares = {c["color"]: c["share"] for c in json.loads(building["facades"])["colors"]}
    # 15 of 108 m² are clad; half the front.
    assert shares["#338033"] == pytest.approx(15 / 108, abs=0.015)
    assert shares["#e6e6cc"] == pytest.approx(93 / 108, abs=0.015)


def test_a_court_stays_a_court_without_floors(tmp_path):
    box = Box(0.2)
    box.add("IfcWall", (4.0, 0.2, HEIGHT), (3.0, 2.0, 0.0))
    box.add("IfcWall", (4.0, 0.2, HEIGHT), (3.0, 5.8, 0.0))
    box.add("IfcWall", (0.2, 3.6, HEIGHT), (3.0, 2.2, 0.0))
    box.add("IfcWall", (0.2, 3.6, HEIGHT), (6.8, 2.2, 0.0))
    for size, at in (
        ((LENGTH, 2.2, 0.2), (0.0, 0.0, HEIGHT)),
        ((LENGTH, 2.2, 0.2), (0.0, 5.8, HEIGHT)),
        ((3.2, 3.6, 0.2), (0.0, 2.2, HEIGHT)),
        ((3.2, 3.6, 0.2), (6.8, 2.2, HEIGHT)),
    ):
        box.add("IfcSlab", size, at, PredefinedType="ROOF")
    building = box.read(tmp_path)
    court = 3.6 * 3.6
    assert shapely.from_wkb(building["geometry"]).area == pytest.approx(LENGTH * DEPTH - court, abs=0.1)
    whole = 2 * (LONG + SHORT) + 4 * 3.6 * HEIGHT
    assert sum(areas(building)) == pytest.approx(whole, rel=0.01)


def test_hidden_looks_by_hand():
    """A face 1 m wide and high; a strip before its upper half at 0.1 m, and one flush with it below."""
    grid = (np.arange(10) + 0.5) / 10
    x, z = (a.ravel() for a in np.meshgrid(grid, grid))
    points = np.stack([x, np.zeros(100), z], axis=1)
    normals = np.tile([0.0, -1.0, 0.0], (100, 1))
    ahead = [[0, -0.1, 0.5], [1, -0.1, 0.5], [1, -0.1, 1.0]], [[0, -0.1, 0.5], [1, -0.1, 1.0], [0, -0.1, 1.0]]
    flush = [[0, 0, 0], [1, 0, 0], [1, 0, 0.5]], [[0, 0, 0], [1, 0, 0.5], [0, 0, 0.5]]
    behind = [[0, 0, 0], [1, 0, 0.5], [1, 0, 0]], [[0, 0, 0], [0, 0, 0.5], [1, 0, 0.5]]

    def share(triangles, owner: int = 1, reach_m: float = 0.32) -> float:
        corners, mine = np.array(triangles, float), np.zeros(100, int)
        across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        facing = across / np.linalg.norm(across, axis=1)[:, None]
        looks = Looks(points, normals, mine, reach_m)
        return float(looks.are_hidden_by(corners, facing, np.full(len(corners), owner)).mean())

    assert share(ahead) == pytest.approx(0.5)
    assert share(ahead, reach_m=0.05) == 0.0  # out of reach
    assert share(ahead, owner=0) == 0.0  # its own niche
    assert share(flush) == 0.0  # looks the same way: the edge of a floor
    assert share(behind) == pytest.approx(0.5)  # looks at it: another wall's end
