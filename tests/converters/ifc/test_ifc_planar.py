"""Bodies read as plane faces are the ones OpenCASCADE makes; what is not plane, or cut, is left to the kernels."""

from __future__ import annotations

import ifcopenshell
import ifcopenshell.geom
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converters.ifc.engines import HYBRID, OPENCASCADE
from converters.ifc.orientation import orient_shells
from converters.ifc.planar import PlanarBodies
from converters.ifc.selection import select_products
from converters.ifc.styles import color_bytes

#: A plate of 4 × 3 with a hole of 1 × 1, whose inner bound runs the wrong way round; nothing else.
PLATE = """#50=IFCFACE((#51,#52));
#51=IFCFACEOUTERBOUND(#53,.T.);
#52=IFCFACEBOUND(#54,.T.);
#53=IFCPOLYLOOP((#60,#61,#62,#63));
#54=IFCPOLYLOOP((#64,#65,#66,#67));
#60=IFCCARTESIANPOINT((0.,0.,0.));
#61=IFCCARTESIANPOINT((4.,0.,0.));
#62=IFCCARTESIANPOINT((4.,3.,{z}));
#63=IFCCARTESIANPOINT((0.,3.,0.));
#64=IFCCARTESIANPOINT((1.,1.,0.));
#65=IFCCARTESIANPOINT((2.,1.,0.));
#66=IFCCARTESIANPOINT((2.,2.,0.));
#67=IFCCARTESIANPOINT((1.,2.,0.));
#68=IFCCONNECTEDFACESET((#50));
#69=IFCFACEBASEDSURFACEMODEL((#68));
#70=IFCREPRESENTATIONMAP(#8,#71);
#71=IFCSHAPEREPRESENTATION(#7,'Body','SurfaceModel',(#69));
#72=IFCCARTESIANTRANSFORMATIONOPERATOR3D(#73,$,#74,2.,$);
#73=IFCDIRECTION((-1.,0.,0.));
#74=IFCCARTESIANPOINT((10.,0.,5.));
#75=IFCMAPPEDITEM(#70,#72);
#76=IFCSHAPEREPRESENTATION(#7,'Body','MappedRepresentation',(#75));
#77=IFCPRODUCTDEFINITIONSHAPE($,$,(#76));
#78=IFCFURNITURE('1000000000000000000001',$,'plate',$,$,#20,#77,$,$);
#80=IFCSTYLEDITEM(#75,(#81),$);
#81=IFCSURFACESTYLE('red',.BOTH.,(#82));
#82=IFCSURFACESTYLERENDERING(#84,0.5,$,$,$,$,$,$,.NOTDEFINED.);
#84=IFCCOLOURRGB($,1.,0.2,0.4);
"""
#: A hole of 1 × 1 × 1 in the plate, with its corner at x = {x}.
HOLE = """#95=IFCOPENINGELEMENT('1000000000000000000007',$,'hole',$,$,#96,#98,$,$);
#96=IFCLOCALPLACEMENT(#20,#97);
#97=IFCAXIS2PLACEMENT3D(#99,$,$);
#99=IFCCARTESIANPOINT(({x},1.,4.5));
#98=IFCPRODUCTDEFINITIONSHAPE($,$,(#100));
#100=IFCSHAPEREPRESENTATION(#7,'Body','SweptSolid',(#101));
#101=IFCEXTRUDEDAREASOLID(#102,#8,#36,1.);
#102=IFCRECTANGLEPROFILEDEF(.AREA.,$,#35,1.,1.);
#103=IFCRELVOIDSELEMENT('1000000000000000000008',$,$,$,#78,#95);
"""


def read_directly(model, step):
    bodies = PlanarBodies(model, select_products(model))
    assert step in bodies
    _, matrix, body, items = bodies.read(step)
    placed = body.positions @ matrix[:3, :3].T + matrix[:3, 3]
    return placed[body.triangles], body.colors, items


def read_by_kernel(model, step, kernel=OPENCASCADE):
    settings = ifcopenshell.geom.settings()
    settings.set("apply-default-materials", False)
    settings.set("use-world-coords", True)
    iterator = ifcopenshell.geom.iterator(settings, model, 1, include=[model.by_id(step)], geometry_library=kernel)
    assert iterator.initialize()
    geometry = iterator.get().geometry
    points = np.frombuffer(geometry.verts_buffer).reshape(-1, 3)
    triangles = np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3)
    palette = np.frombuffer(geometry.colors_buffer).reshape(-1, 4)
    material = np.frombuffer(geometry.material_ids_buffer, np.int32)
    colors = np.zeros((len(triangles), 4), np.uint8)
    if len(palette):
        colors = np.where(material[:, None] >= 0, color_bytes(palette)[material], 0)
    return points[triangles], colors


def area_vectors(corners):
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2


def area_by_color(corners, colors):
    areas = np.linalg.norm(area_vectors(corners), axis=1)
    return {c: areas[(colors == c).all(axis=1)].sum() for c in map(tuple, np.unique(colors, axis=0).tolist())}


def assert_same(direct, kernel):
    (corners, colors, _), (expected, expected_colors) = direct, kernel
    for side in (np.min, np.max):
        assert np.allclose(side(corners, axis=(0, 1)), side(expected, axis=(0, 1)), atol=0.01)
    areas, expected_areas = area_by_color(corners, colors), area_by_color(expected, expected_colors)
    assert areas.keys() == expected_areas.keys()
    assert list(areas.values()) == pytest.approx([expected_areas[c] for c in areas], rel=1e-3)


def facing(corners):
    """Area in m² that faces along each axis, forwards and backwards."""
    vectors = area_vectors(corners)
    return np.concatenate([np.maximum(vectors, 0).sum(axis=0), np.maximum(-vectors, 0).sum(axis=0)])


def test_cabinets_railings_and_a_wall_of_a_real_house_are_those_of_opencascade(shared_data):
    model = ifcopenshell.open(str(shared_data / "ifc" / "Ifc2x3_Duplex_Architecture.ifc"))
    # A cabinet with an opening that is not near it, other furniture, a covering and a wall.
    for step in (12574, 15463, 19275, 23162, 26941, 24060, 5399):
        direct = read_directly(model, step)
        assert_same(direct, read_by_kernel(model, step))
        if step != 12574:  # the hybrid kernel leaves it empty; of the others it turns the shells outwards
            assert np.allclose(facing(direct[0]), facing(read_by_kernel(model, step, HYBRID)[0]), atol=1e-3)


def test_faceted_breps_of_a_real_house_are_those_of_the_kernel(shared_data):
    model = ifcopenshell.open(str(shared_data / "ifc" / "Ifc4_SampleHouse.ifc"))
    selection = select_products(model)
    bodies = PlanarBodies(model, selection)
    steps = [step for step in selection.representation_by_product if step in bodies]
    roofs, doors = ([s for s in steps if model.by_id(s).is_a(kind)] for kind in ("IfcRoof", "IfcDoor"))
    for step in (roofs[0], doors[0]):
        assert_same(read_directly(model, step), read_by_kernel(model, step, HYBRID))


@pytest.mark.parametrize("unit_m", [1.0, 0.001])
def test_a_face_with_a_hole_comes_through_map_unit_and_color(make_model, unit_m):
    unit = f"#14=IFCSIUNIT(*,.LENGTHUNIT.,{'$' if unit_m == 1 else '.MILLI.'},.METRE.);"
    text = make_model(extra=PLATE.format(z="0."), unit=unit, origin=f"{1 / unit_m},0.,0.").text()
    model = ifcopenshell.file.from_string(text)
    if unit_m != 1:  # the same plate in millimetres
        for point in (*range(60, 68), 74):
            entity = model.by_id(point)
            entity.Coordinates = [1000 * c for c in entity.Coordinates]
    corners, colors, items = direct = read_directly(model, 78)
    # Twice as large, its x mirrored, 1 m east: 44 m² (4 × 11) from 3 to 11 in x, at a height of 5 m.
    assert np.allclose(corners.min(axis=(0, 1)), (3, 0, 5))
    assert np.allclose(corners.max(axis=(0, 1)), (11, 6, 5))
    assert np.linalg.norm(area_vectors(corners), axis=1).sum() == pytest.approx(44.0)
    assert np.unique(colors, axis=0).tolist() == [[255, 51, 102, 128]]
    assert set(items.tolist()) == {69}
    assert_same(direct, read_by_kernel(model, 78))


def test_what_is_not_plane_to_a_millimetre_is_the_kernels(read, make_model):
    plane, bent = (read(make_model(extra=PLATE.format(z=z))) for z in ("0.0005", "0.004"))
    assert "plane faces as the file has them 1" in plane.message("other-engine")
    assert "plane faces" not in " ".join(i.message for i in bent.log if i.code == "other-engine")
    assert bent.row(name="plate")["height_m"] == pytest.approx(0.008, abs=1e-3)


def test_an_opening_that_reaches_the_body_is_the_kernels_and_another_is_nothing(make_model):
    for x, is_direct in (("20.", True), ("4.", False)):
        model = ifcopenshell.file.from_string(make_model(extra=PLATE.format(z="0.") + HOLE.format(x=x)).text())
        bodies = PlanarBodies(model, select_products(model))
        if is_direct:
            assert len(bodies.read(78)[2].triangles) == 8
        else:
            with pytest.raises(ValueError, match="an opening is cut out of it"):
                bodies.read(78)
            assert 78 not in bodies  # it is not tried again


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("#50=IFCFACE((#51,#52));", "#50=IFCFACESURFACE((#51,#52),#110,.T.);\n#110=IFCPLANE(#8);"),
        ("#52=IFCFACEBOUND(", "#52=IFCFACEOUTERBOUND("),
        ("#53=IFCPOLYLOOP((#60,#61,#62,#63));", "#53=IFCPOLYLOOP((#60,#61,#60));"),
        ("#82=IFCSURFACESTYLERENDERING(#84,0.5,$,", "#82=IFCSURFACESTYLERENDERING(#84,0.5,#84,"),
    ],
)
def test_unusual_faces_are_the_kernels(make_model, old, new):
    text = make_model(extra=PLATE.format(z="0.")).text()
    assert old in text
    model = ifcopenshell.file.from_string(text.replace(old, new))
    bodies = PlanarBodies(model, select_products(model))
    with pytest.raises(ValueError):
        bodies.read(78)


def test_a_style_on_a_single_face_leaves_all_to_the_kernels(make_model):
    model = ifcopenshell.file.from_string(
        make_model(extra=PLATE.format(z="0.").replace("(#75,(#81)", "(#50,(#81)")).text()
    )
    assert 78 not in PlanarBodies(model, select_products(model))


@given(st.lists(st.booleans(), min_size=24, max_size=24))
def test_shells_face_outwards_however_their_triangles_were_turned(turned: list[bool]):
    # Two unit cubes that share an edge, each a shell of twelve triangles.
    corners = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    cube = np.array([t for a, b, c, d in faces for t in ((a, b, c), (a, c, d))])
    points = np.concatenate([corners, corners + np.array([1, 1, 0])])
    triangles = np.concatenate([cube, cube + 8])
    given_turned = np.where(np.array(turned)[:, None], triangles[:, ::-1], triangles)
    found = orient_shells(points, given_turned, np.repeat([0, 1], 12))
    vectors = area_vectors(points[found])
    for own in (slice(0, 12), slice(12, 24)):
        assert np.allclose(vectors[own].sum(axis=0), 0)
        assert np.einsum("ij,ij->", points[found][own, 0], vectors[own]) / 3 == pytest.approx(1.0)
