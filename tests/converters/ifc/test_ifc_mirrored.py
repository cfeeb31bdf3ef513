"""Mapped items that mirror: doors and flats of one hand drawn from those of the other."""

from __future__ import annotations

import ifcopenshell
import numpy as np
import pytest

from converters.ifc.shapes import is_inside_out
from sample_models.ifc_models.builder import IfcBuilder
from sample_models.ifc_models.plots import SHOPHOUSE
from tests.converters.ifc.conftest import read_ifc

CUBE = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)], float)
OUTWARDS = np.array(
    [
        [0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4],
        [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6], [1, 3, 5], [3, 7, 5],
    ],
    np.uint32,
)  # fmt: skip


def test_a_closed_body_with_its_faces_inwards_is_found_wherever_it_stands():
    for shift in (0.0, 1000.0, -1000.0):
        assert not is_inside_out(CUBE + shift, OUTWARDS)
        assert is_inside_out(CUBE + shift, OUTWARDS[:, ::-1])


def test_what_is_not_closed_is_left_as_drawn():
    # A valley seen from above: counted from its middle it has a negative volume, and yet it faces up.
    valley = np.array([[0, 0, 1], [1, 0, 0], [2, 0, 1], [0, 1, 1], [1, 1, 0], [2, 1, 1]], float)
    up = np.array([[0, 1, 3], [1, 4, 3], [1, 2, 4], [2, 5, 4]], np.uint32)
    assert not is_inside_out(valley, up)
    assert not is_inside_out(CUBE, OUTWARDS[::-1, ::-1][:6])
    assert not is_inside_out(CUBE[:4], np.array([[0, 1, 2], [2, 1, 0]], np.uint32))  # a sheet drawn from both sides


@pytest.mark.parametrize("mirrored", [False, True])
def test_walls_that_a_map_mirrors_face_outwards(tmp_path, mirrored):
    builder = IfcBuilder("IFC4", "mirror", "镜像", SHOPHOUSE)
    storey = builder.add_storey("F1", 0.0)
    kind = builder.type_map("IfcWallType", "墙", [builder.box((10.0, 0.4, 3.0))], PredefinedType="SOLIDWALL")
    short = builder.type_map("IfcWallType", "短墙", [builder.box((0.4, 7.2, 3.0))], PredefinedType="SOLIDWALL")
    shift = 10.0 if mirrored else 0.0
    builder.element("IfcWall", "S", storey, of_type=kind, at=(shift, 0.0, 0.0))
    builder.element("IfcWall", "N", storey, of_type=kind, at=(shift, 7.6, 0.0))
    builder.element("IfcWall", "W", storey, of_type=short, at=(0.4 if mirrored else 0.0, 0.4, 0.0))
    builder.element("IfcWall", "E", storey, of_type=short, at=(10.0 if mirrored else 9.6, 0.4, 0.0))
    builder.element("IfcSlab", "顶", storey, [builder.box((10.0, 8.0, 0.2), (0.0, 0.0, 3.0))], PredefinedType="ROOF")
    path = tmp_path / "mirror.ifc"
    builder.write(path)
    if mirrored:
        model = ifcopenshell.open(str(path))
        axis = model.create_entity("IfcDirection", DirectionRatios=[-1.0, 0.0, 0.0])
        for target in model.by_type("IfcCartesianTransformationOperator3D"):
            target.Axis1 = axis
        model.write(str(path))
    building = read_ifc(path).building
    areas = sorted(building[f"facade_area_{side}_m2"] for side in ("north", "east", "south", "west"))
    assert areas == pytest.approx([24.0, 24.0, 30.0, 30.0], abs=0.01)
    assert building["eave_height_m"] == pytest.approx(3.2, abs=0.01)
