"""Pieces of one body: made once, placed exactly where each stands; what differs stands for itself."""

from __future__ import annotations

from pathlib import Path

import ifcopenshell
import numpy as np

from bench.ifc_copies import write_copies
from converters.ifc.engines import Job
from converters.ifc.repeats import Repeats
from converters.ifc.selection import select_products
from converters.ifc.spool import SpoolContent, read_spool
from converters.ifc.workers import Part, mesh_part
from tests.converters.ifc.conftest import triangles_of

#: A box of 10 × 5 × 3 as a map, and five pieces of it: the second 100 m east and turned by a quarter, the third
#: made twice as large by its target, the fourth of another material, the fifth with a hole.
PIECES = """#60=IFCREPRESENTATIONMAP(#8,#42);
#61=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#9,1.,$);
#62=IFCMAPPEDITEM(#60,#61);
#63=IFCSHAPEREPRESENTATION(#7,'Body','MappedRepresentation',(#62));
#64=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#9,2.,$);
#65=IFCMAPPEDITEM(#60,#64);
#66=IFCSHAPEREPRESENTATION(#7,'Body','MappedRepresentation',(#65));
#70=IFCDIRECTION((0.,1.,0.));
#71=IFCCARTESIANPOINT((100.,0.,0.));
#72=IFCAXIS2PLACEMENT3D(#71,#36,#70);
#73=IFCLOCALPLACEMENT(#20,#72);
#81=IFCPRODUCTDEFINITIONSHAPE($,$,(#63));
#82=IFCFURNITURE('1000000000000000000001',$,'first',$,$,#20,#81,$,$);
#83=IFCPRODUCTDEFINITIONSHAPE($,$,(#63));
#84=IFCFURNITURE('1000000000000000000002',$,'turned',$,$,#73,#83,$,$);
#85=IFCPRODUCTDEFINITIONSHAPE($,$,(#66));
#86=IFCFURNITURE('1000000000000000000003',$,'twice as large',$,$,#20,#85,$,$);
#87=IFCPRODUCTDEFINITIONSHAPE($,$,(#63));
#88=IFCFURNITURE('1000000000000000000004',$,'oak',$,$,#20,#87,$,$);
#89=IFCMATERIAL('oak',$,$);
#92=IFCRELASSOCIATESMATERIAL('1000000000000000000005',$,$,$,(#88),#89);
#93=IFCPRODUCTDEFINITIONSHAPE($,$,(#63));
#94=IFCFURNITURE('1000000000000000000006',$,'with a hole',$,$,#20,#93,$,$);
#95=IFCOPENINGELEMENT('1000000000000000000007',$,'hole',$,$,#20,$,$,$);
#96=IFCRELVOIDSELEMENT('1000000000000000000008',$,$,$,#94,#95);
"""


def test_only_what_looks_the_same_is_made_once(make_model, tmp_path: Path):
    path = tmp_path / "pieces.ifc"
    path.write_text(make_model(extra=PIECES, unit="#14=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);").text())
    model = ifcopenshell.open(str(path))
    followers = Repeats(model, select_products(model)).among((40, 82, 84, 86, 88, 94))
    assert list(followers) == [82]
    [(step, to_place)] = followers[82]
    assert step == 84
    # 100 mm east, x turned into y.
    expected = [[0, -1, 0, 0.1], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    assert np.allclose(to_place, expected, atol=1e-12)


def test_repeated_pieces_stand_where_their_placements_say(make_model, read):
    reading = read(make_model(extra=PIECES))
    mesh = triangles_of(reading.batches[0].mesh)
    boxes = {}
    for number, row in enumerate(reading.rows):
        at = mesh.positions[mesh.triangles[mesh.triangle_row == number].reshape(-1)]
        if len(at):
            boxes[row["name"]] = np.stack([at.min(axis=0), at.max(axis=0)])
    first = boxes["first"]
    assert np.allclose(np.ptp(first, axis=0), [10, 5, 3])
    assert np.allclose(boxes["turned"] - first[0], [[95, 0, 0], [100, 10, 3]])
    assert np.allclose(boxes["twice as large"] - first[0], [[0, 0, 0], [20, 10, 6]])
    assert np.allclose(boxes["oak"], first)


def stated_again(at: int, *, length: float = 10.0, x: float = 0.0, color: str = "", hole_x: float | None = None) -> str:
    """A wall that states all of its body anew, from its placement to the last point; with a color, with a hole."""
    text = (
        f"#{at}=IFCWALL('20000000000000000000{at}',$,'wall {at}',$,$,#{at + 1},#{at + 4},$,$);\n"
        f"#{at + 1}=IFCLOCALPLACEMENT(#20,#{at + 2});\n#{at + 2}=IFCAXIS2PLACEMENT3D(#{at + 3},$,$);\n"
        f"#{at + 3}=IFCCARTESIANPOINT(({x},0.,0.));\n#{at + 4}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{at + 5}));\n"
        f"#{at + 5}=IFCSHAPEREPRESENTATION(#7,'Body','SweptSolid',(#{at + 6}));\n"
        f"#{at + 6}=IFCEXTRUDEDAREASOLID(#{at + 7},$,#36,3.);\n"
        f"#{at + 7}=IFCRECTANGLEPROFILEDEF(.AREA.,$,#{at + 8},{length},5.);\n"
        f"#{at + 8}=IFCAXIS2PLACEMENT2D(#{at + 9},$);\n#{at + 9}=IFCCARTESIANPOINT((5.,2.5));\n"
    )
    if color:
        text += (
            f"#{at + 10}=IFCCOLOURRGB($,{color});\n"
            f"#{at + 11}=IFCSURFACESTYLERENDERING(#{at + 10},$,$,$,$,$,$,$,.FLAT.);\n"
            f"#{at + 12}=IFCSURFACESTYLE($,.BOTH.,(#{at + 11}));\n#{at + 13}=IFCSTYLEDITEM(#{at + 6},(#{at + 12}),$);\n"
        )
    if hole_x is not None:
        text += (
            f"#{at + 14}=IFCOPENINGELEMENT('2100000000000000000{at}',$,$,$,$,#{at + 15},#{at + 18},$,$);\n"
            f"#{at + 15}=IFCLOCALPLACEMENT(#{at + 1},#{at + 16});\n#{at + 16}=IFCAXIS2PLACEMENT3D(#{at + 17},$,$);\n"
            f"#{at + 17}=IFCCARTESIANPOINT(({hole_x},-1.,1.));\n"
            f"#{at + 18}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{at + 19}));\n"
            f"#{at + 19}=IFCSHAPEREPRESENTATION(#7,'Body','SweptSolid',(#{at + 20}));\n"
            f"#{at + 20}=IFCEXTRUDEDAREASOLID(#{at + 21},$,#36,1.);\n"
            f"#{at + 21}=IFCRECTANGLEPROFILEDEF(.AREA.,$,#{at + 8},2.,20.);\n"
            f"#{at + 22}=IFCRELVOIDSELEMENT('2200000000000000000{at}',$,$,$,#{at},#{at + 14});\n"
        )
    return text


RED, BLUE = "1.,0.,0.", "0.,0.,1."
WALLS = "".join(
    [
        stated_again(1000, color=RED),
        stated_again(1100, color=RED, x=100.0),  # the first again
        stated_again(1200, color=BLUE, x=200.0),
        stated_again(1300, color=RED, x=300.0, length=10.000001),
        stated_again(1400, color=RED, x=400.0, hole_x=1.0),
        stated_again(1500, color=RED, x=500.0, hole_x=1.0),  # the one before again
        stated_again(1600, color=RED, x=600.0, hole_x=2.0),
    ]
)


def test_a_body_stated_again_is_made_once_unless_a_number_a_color_or_a_hole_differs(make_model, tmp_path: Path):
    path = tmp_path / "walls.ifc"
    path.write_text(make_model(extra=WALLS).text())
    model = ifcopenshell.open(str(path))
    followers = Repeats(model, select_products(model)).among(range(1000, 1700, 100))
    assert {leader: [step for step, _ in some] for leader, some in followers.items()} == {1000: [1100], 1400: [1500]}
    assert np.allclose(followers[1000][0][1][:3, 3], [100, 0, 0])


def test_walls_stated_again_have_their_holes_and_colors_where_they_stand(make_model, read):
    reading = read(make_model(extra=WALLS))
    mesh = triangles_of(reading.batches[0].mesh)
    found = {}
    for number, row in enumerate(reading.rows):
        corners = mesh.positions[mesh.triangles[mesh.triangle_row == number]]
        if len(corners):
            volume = np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
            color = tuple(mesh.triangle_color[mesh.triangle_row == number][0].tolist())
            found[row["name"]] = (float(volume), color, corners[:, :, 0].min())
    origin = found["wall 1000"][2]
    holed = 10 * 5 * 3 - 2 * 5 * 1
    for name, volume, color, x in (
        ("wall 1000", 150, (255, 0, 0, 255), 0),
        ("wall 1100", 150, (255, 0, 0, 255), 100),
        ("wall 1200", 150, (0, 0, 255, 255), 200),
        ("wall 1400", holed, (255, 0, 0, 255), 400),
        ("wall 1500", holed, (255, 0, 0, 255), 500),
        ("wall 1600", holed, (255, 0, 0, 255), 600),
    ):
        assert np.isclose(found[name][0], volume, rtol=1e-6), name
        assert found[name][1] == color, name
        assert np.isclose(found[name][2] - origin, x, atol=1e-6), name


def test_two_houses_side_by_side_are_made_as_one_and_have_the_points_they_have_when_made_apart(
    monkeypatch, tmp_path: Path, shared_data: Path
):
    path = tmp_path / "two.ifc"
    write_copies(shared_data / "ifc" / "Ifc4_SampleHouse.ifc", path, 2)
    model = ifcopenshell.open(str(path))
    selection = select_products(model)
    followers = Repeats(model, selection).among(sorted(selection.representation_by_product))
    assert sum(len(some) for some in followers.values()) >= 58  # every piece of the second house
    ours = made(path, tmp_path / "ours")
    monkeypatch.setattr(Repeats, "among", lambda *_: {})
    kernel = made(path, tmp_path / "kernel")
    assert len(ours.placed) == len(kernel.placed) == 2 * 58
    for step in kernel.placed:
        (at, colors), (expected, expected_colors) = triangles_in(ours, step), triangles_in(kernel, step)
        assert np.array_equal(colors, expected_colors)
        assert np.abs(at - expected).max() < 1e-9


def made(path: Path, spool: Path) -> SpoolContent:
    model = ifcopenshell.open(str(path))
    selection = select_products(model)
    steps = sorted(selection.representation_by_product)
    mesh_part(Job(path, model, selection, 1e-3), Part(spool, dict.fromkeys(steps, 0)))
    return read_spool(spool)


def triangles_in(content: SpoolContent, step: int):
    placed = content.placed[step]
    shape = content.shapes[placed.shape]
    return (shape.positions @ placed.matrix[:3, :3].T + placed.matrix[:3, 3])[shape.triangles], shape.colors
