"""Pictures on IFC models: carried with the right corners, or reported with the element and the reason."""

from __future__ import annotations

import base64
import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cim_core.features import FeatureStream, with_gids
from cim_core.issues import IssueLog
from cim_core.progress import SilentProgress
from converters.ifc.paint import find_faces, places_on
from tests.converters.ifc.conftest import read_ifc
from tiles.build import build_tileset
from tiles.options import TileOptions
from tiles.readglb import parse_glb
from tiles.validate import check_tileset

#: Left half red, right half green: the mean of the light is (188, 188, 0) in sRGB.
RED, GREEN, MEAN = (255, 0, 0), (0, 255, 0), [188, 188, 0, 255]


def picture(kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.array([[RED, GREEN]], np.uint8).repeat(2, axis=0)).save(out, kind)
    return out.getvalue()


def step_binary(data: bytes) -> str:
    return '"0' + data.hex().upper() + '"'


#: A sheet 4 m wide and 3 m high over x, in millimetres, of two triangles; once across the picture, twice up.
SHEET = """#50=IFCWALL('0000000000000000000010',$,'painted',$,$,#20,#51,$,$);
#51=IFCPRODUCTDEFINITIONSHAPE($,$,(#52));
#52=IFCSHAPEREPRESENTATION(#7,'Body','Tessellation',(#53));
#53=IFCTRIANGULATEDFACESET(#54,$,.F.,((1,2,3),(1,3,4)),$);
#54=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(4.,0.,0.),(4.,0.,3.),(0.,0.,3.)),$);
#56=IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000011',$,$,$,(#50),#26);
#80=IFCSTYLEDITEM(#53,(#81),$);
#81=IFCSURFACESTYLE('brick',.BOTH.,(#82,#83));
#82=IFCSURFACESTYLERENDERING(#84,0.,$,$,$,$,$,$,.NOTDEFINED.);
#83=IFCSURFACESTYLEWITHTEXTURES((#85));
#84=IFCCOLOURRGB($,0.2,0.4,0.6);
"""
MAP = """#86=IFCINDEXEDTRIANGLETEXTUREMAP((#85),#53,#87,((1,2,3),(1,3,4)));
#87=IFCTEXTUREVERTEXLIST(((0.,0.),(1.,0.),(1.,2.),(0.,2.)));
"""
BLOB = f"#85=IFCBLOBTEXTURE(.T.,.F.,$,$,$,'PNG',{step_binary(picture())});\n"
PIXELS = """#85=IFCPIXELTEXTURE(.T.,.F.,$,$,$,2,1,3,("0FF0000","000FF00"));\n"""
DATA_URI = f"#85=IFCIMAGETEXTURE(.T.,.F.,$,$,$,'data:image/png;base64,{base64.b64encode(picture()).decode()}');\n"


def image_texture(reference: str) -> str:
    return f"#85=IFCIMAGETEXTURE(.T.,.F.,$,$,$,'{reference}');\n"


def painted(reading, name: str = "painted"):
    """Images of one element, and per corner its position and place in the picture."""
    (batch,) = reading.batches
    mesh = batch.mesh
    number = int(np.flatnonzero(mesh.row == batch.records.column("name").to_pylist().index(name))[0])
    positions, triangles, colors, textures = mesh.shape_of(number)
    matrix = mesh.matrix[number]
    corners = positions[triangles.astype(int)] @ matrix[:3, :3].T + matrix[:3, 3]
    return corners, colors, textures


def box_points(x: float, y: float, z: float) -> str:
    corners = [(a, b, c) for c in (0.0, z) for a, b in ((0.0, 0.0), (x, 0.0), (x, y), (0.0, y))]
    return "(" + ",".join(f"({a:.1f},{b:.1f},{c:.1f})" for a, b, c in corners) + ")"


def area_of(corners: np.ndarray) -> float:
    return float(
        np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2
    )


def pixels_of(image) -> list[list[int]]:
    return np.asarray(Image.open(io.BytesIO(image.data)).convert("RGB"))[0].tolist()


@pytest.mark.parametrize("texture", [BLOB, PIXELS, DATA_URI], ids=["blob", "pixels", "data-uri"])
def test_a_picture_in_the_file_lies_where_the_map_says(read, make_model, texture):
    reading = read(make_model(extra=SHEET + MAP + texture))
    corners, colors, textures = painted(reading)
    (image,) = textures.images
    assert pixels_of(image) == [list(RED), list(GREEN)]
    assert image.repeats == (True, False)
    assert (textures.image == 0).all()
    # u follows x over 4 m; v is counted from above: 1 at the foot, two pictures higher at 3 m.
    assert np.allclose(textures.uv[..., 0], corners[..., 0] / 4, atol=1e-6)
    assert np.allclose(textures.uv[..., 1], 1 - 2 * corners[..., 2] / 3, atol=1e-6)
    assert np.unique(colors, axis=0).tolist() == [MEAN]
    assert "1 elements carry 1 pictures" in reading.message("textures")
    assert "texture-not-carried" not in reading.codes


def test_the_main_color_of_a_facade_is_the_mean_of_its_picture(read, make_model):
    # A closed box of triangles, every face with the whole picture: its facades are of one color.
    sides = "(1,2,6),(1,6,5),(2,3,7),(2,7,6),(3,4,8),(3,8,7),(4,1,5),(4,5,8),(5,6,7),(5,7,8)"
    box = f"""#53=IFCTRIANGULATEDFACESET(#54,$,.T.,({sides}),$);
#54=IFCCARTESIANPOINTLIST3D({box_points(12, 8, 6)},$);
"""
    lines = [line for line in SHEET.splitlines(keepends=True) if not line.startswith(("#53=", "#54="))]
    index = ",".join(["(1,2,3)", "(1,3,4)"] * 5)
    reading = read(make_model(extra="".join(lines) + box + MAP.replace("(1,2,3),(1,3,4)", index) + BLOB))
    assert reading.building["facade_main_color"] == "#bcbc00"


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_a_picture_beside_the_model_is_found_and_nothing_else(tmp_path, make_model, packed):
    # The file is two folders away from what the model names with dots: only what lies beside it is read.
    (tmp_path / "secret.png").write_bytes(picture())
    folder = tmp_path / "given"
    (folder / "pictures").mkdir(parents=True)
    (folder / "pictures" / "brick wall.jpg").write_bytes(picture("JPEG"))
    text = make_model(extra=SHEET + MAP + image_texture("pictures/brick%20wall.jpg")).text()
    hostile = text.replace("pictures/brick%20wall.jpg", "../secret.png")
    model, other = folder / "model.ifc", folder / "hostile.ifc"
    for path, content in ((model, text), (other, hostile)):
        path.write_text(content)
    if packed:
        for path in (model, other):
            with zipfile.ZipFile(path.with_suffix(".IFCZIP"), "w") as archive:
                archive.write(path, path.name)
                archive.write(folder / "pictures" / "brick wall.jpg", "pictures/brick wall.jpg")
        model, other = model.with_suffix(".IFCZIP"), other.with_suffix(".IFCZIP")
    assert painted(read_ifc(model))[2].images[0].media_type == "image/jpeg"
    refused = read_ifc(other)
    assert "'../secret.png' is not beside the model" in refused.message("texture-not-carried")
    assert painted(refused)[2] is None


@pytest.mark.parametrize(
    ("texture", "maps", "reason"),
    [
        (BLOB, "", "no texture coordinates"),
        (image_texture("http://127.0.0.1:9/brick.png"), MAP, "nothing is fetched"),
        (image_texture("file:///etc/hostname"), MAP, "nothing is fetched"),
        (image_texture("brick.png"), MAP, "'brick.png' is not beside the model"),
        ("#85=IFCBLOBTEXTURE(.T.,.T.,$,$,$,'PNG',\"089504E47\");\n", MAP, "cannot be read"),
        ('#85=IFCPIXELTEXTURE(.T.,.T.,$,$,$,2,2,3,("0FF0000"));\n', MAP, "1 of 4 pixels"),
        (BLOB, MAP.replace("(1,3,4)))", "(1,3,9)))"), "do not fit its faces"),
        (BLOB, "#86=IFCTEXTURECOORDINATEGENERATOR((#85),'SPHERE',$);\n", "mode 'SPHERE' are not made"),
    ],
    ids=["no-map", "http", "file", "missing", "broken", "pixels", "index", "sphere"],
)  # fmt: skip
def test_what_cannot_be_carried_is_reported_and_keeps_the_color_of_its_style(read, make_model, texture, maps, reason):
    reading = read(make_model(extra=SHEET + maps + texture))
    issue = next(issue for issue in reading.log if issue.code == "texture-not-carried")
    assert reason in issue.message
    assert (issue.feature_id, issue.where) == ("0000000000000000000010", "#50")
    _, colors, textures = painted(reading)
    assert textures is None
    assert np.unique(colors, axis=0).tolist() == [[51, 102, 153, 255]]


def test_a_texture_on_a_material_without_coordinates_is_reported(read, make_model):
    extra = """#82=IFCSURFACESTYLERENDERING(#84,0.,$,$,$,$,$,$,.NOTDEFINED.);
#81=IFCSURFACESTYLE('brick',.BOTH.,(#82,#83));
#83=IFCSURFACESTYLEWITHTEXTURES((#85));
#84=IFCCOLOURRGB($,0.2,0.4,0.6);
#80=IFCSTYLEDITEM($,(#81),$);
#71=IFCSTYLEDREPRESENTATION(#7,'Style','Material',(#80));
#72=IFCMATERIAL('brick',$,$);
#73=IFCMATERIALDEFINITIONREPRESENTATION($,$,(#71),#72);
#74=IFCRELASSOCIATESMATERIAL('0000000000000000000021',$,$,$,(#40),#72);
"""
    reading = read(make_model(extra=extra + BLOB))
    assert "no texture coordinates" in reading.message("texture-not-carried")


def test_old_texture_coordinates_are_named(read, make_model):
    texture = "#85=IFCIMAGETEXTURE(.T.,.T.,.TEXTURE.,$,'a.png');\n"
    styles = """#80=IFCSTYLEDITEM(#43,(#79),$);
#79=IFCPRESENTATIONSTYLEASSIGNMENT((#81));
#81=IFCSURFACESTYLE('brick',.BOTH.,(#83));
#83=IFCSURFACESTYLEWITHTEXTURES((#85));
"""
    text = make_model(
        schema="IFC2X3", site="(38,5,0,0),(113,24,0,0),0.", georeference="", extra=styles + texture
    ).text()
    reading = read(text.replace("'wall',$,$,#20,#41,$,$)", "'wall',$,$,#20,#41,$)"))
    assert "of IFC2X3 are not read" in reading.message("texture-not-carried")


def test_polygons_with_a_hole_are_painted_through(read, make_model):
    # A 4 × 3 m face with a hole of 1 × 1 m, of IFC4X3: the picture once over the whole face.
    faces = """#53=IFCPOLYGONALFACESET(#54,.F.,(#60),$);
#60=IFCINDEXEDPOLYGONALFACEWITHVOIDS((1,2,3,4),((5,6,7,8)));
#54=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(4.,0.,0.),(4.,0.,3.),(0.,0.,3.),(1.,0.,1.),(1.,0.,2.),(2.,0.,2.),(2.,0.,1.)),$);
"""
    maps = """#86=IFCINDEXEDPOLYGONALTEXTUREMAP((#85),#53,#87,(#88));
#87=IFCTEXTUREVERTEXLIST(((0.,0.),(1.,0.),(1.,1.),(0.,1.),(0.25,0.3333333),(0.25,0.6666667),(0.5,0.6666667),(0.5,0.3333333)));
#88=IFCTEXTURECOORDINATEINDICESWITHVOIDS((1,2,3,4),#60,((5,6,7,8)));
"""
    lines = [line for line in SHEET.splitlines(keepends=True) if not line.startswith(("#53=", "#54="))]
    corners, _, textures = painted(read(make_model(schema="IFC4X3_ADD2", extra="".join(lines) + faces + maps + BLOB)))
    assert (textures.image == 0).all()
    assert np.allclose(textures.uv[..., 0], corners[..., 0] / 4, atol=1e-5)
    assert np.allclose(textures.uv[..., 1], 1 - corners[..., 2] / 3, atol=1e-5)
    area = area_of(corners)
    assert area == pytest.approx(11.0)


def test_one_face_of_a_brep_is_painted_and_the_others_keep_their_color(read, make_model):
    points = [(x, y, z) for z in (0, 3) for x, y in ((0, 0), (4, 0), (4, 1), (0, 1))]
    loops = [(0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7), (4, 5, 6, 7), (3, 2, 1, 0)]
    text = "".join(f"#{200 + n}=IFCCARTESIANPOINT(({x}.,{y}.,{z}.));\n" for n, (x, y, z) in enumerate(points))
    for n, loop in enumerate(loops):
        text += f"#{220 + n}=IFCPOLYLOOP(({','.join(f'#{200 + p}' for p in loop)}));\n"
        text += f"#{240 + n}=IFCFACEOUTERBOUND(#{220 + n},.T.);\n#{260 + n}=IFCFACE((#{240 + n}));\n"
    text += f"#53=IFCFACETEDBREP(#280);\n#280=IFCCLOSEDSHELL(({','.join(f'#{260 + n}' for n in range(6))}));\n"
    text += "#86=IFCTEXTUREMAP((#85),(#290,#291,#292,#293),#260);\n"
    for n, (u, v) in enumerate(((0, 0), (1, 0), (1, 1), (0, 1))):
        text += f"#{290 + n}=IFCTEXTUREVERTEX(({u}.,{v}.));\n"
    lines = [line for line in SHEET.splitlines(keepends=True) if not line.startswith(("#53=", "#54="))]
    sheet = "".join(lines).replace("Tessellation", "Brep")
    corners, colors, textures = painted(read(make_model(extra=sheet + text + BLOB)))
    is_front = (corners[..., 1] == 0).all(axis=1)
    assert is_front.sum() == 2
    assert (textures.image >= 0).tolist() == is_front.tolist()
    assert np.allclose(textures.uv[is_front][..., 0], corners[is_front][..., 0] / 4, atol=1e-6)
    assert np.unique(colors[~is_front], axis=0).tolist() == [[51, 102, 153, 255]]


def test_a_mapped_mirrored_sheet_and_one_with_an_opening_keep_their_pictures(read, make_model):
    # The same sheet through a map that doubles and mirrors it; and cut by an opening 1 m wide.
    mapped = """#150=IFCWALL('0000000000000000000110',$,'mapped',$,$,#20,#151,$,$);
#151=IFCPRODUCTDEFINITIONSHAPE($,$,(#152));
#152=IFCSHAPEREPRESENTATION(#7,'Body','MappedRepresentation',(#153));
#153=IFCMAPPEDITEM(#154,#155);
#154=IFCREPRESENTATIONMAP(#8,#52);
#155=IFCCARTESIANTRANSFORMATIONOPERATOR3D(#156,#157,#9,2.,#158);
#156=IFCDIRECTION((-1.,0.,0.));
#157=IFCDIRECTION((0.,1.,0.));
#158=IFCDIRECTION((0.,0.,1.));
#159=IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000111',$,$,$,(#150),#26);
"""
    sides = "(1,2,6),(1,6,5),(2,3,7),(2,7,6),(3,4,8),(3,8,7),(4,1,5),(4,5,8),(5,6,7),(5,7,8),(1,3,2),(1,4,3)"
    solid = SHEET.replace(
        ".F.,((1,2,3),(1,3,4))",
        f".T.,({sides})",
    )
    solid = solid.replace(
        "((0.,0.,0.),(4.,0.,0.),(4.,0.,3.),(0.,0.,3.))",
        box_points(4, 0.3, 3),
    )
    maps = MAP.replace("(1,2,3),(1,3,4)", ",".join(["(1,2,3)", "(1,3,4)"] * 6))
    opening = """#160=IFCOPENINGELEMENT('0000000000000000000112',$,'hole',$,$,#20,#161,$,$);
#161=IFCPRODUCTDEFINITIONSHAPE($,$,(#162));
#162=IFCSHAPEREPRESENTATION(#7,'Body','SweptSolid',(#163));
#163=IFCEXTRUDEDAREASOLID(#164,#166,#36,1.);
#164=IFCRECTANGLEPROFILEDEF(.AREA.,$,#35,1.,2.);
#165=IFCCARTESIANPOINT((2.,0.,1.));
#166=IFCAXIS2PLACEMENT3D(#165,$,$);
#167=IFCRELVOIDSELEMENT('0000000000000000000113',$,$,$,#50,#160);
"""
    reading = read(make_model(extra=solid + maps + mapped + opening + BLOB))
    corners, _, textures = painted(reading)
    assert "openings-not-cut" not in reading.codes
    is_front = np.abs(corners[..., 1]).max(axis=1) < 1e-9
    area = area_of(corners[is_front])
    assert area == pytest.approx(11.0)  # 12 m² less the opening
    assert (textures.image[is_front] == 0).all()
    assert np.allclose(textures.uv[is_front][..., 0], corners[is_front][..., 0] / 4, atol=1e-5)
    corners, _, textures = painted(reading, "mapped")
    assert (textures.image == 0).all()
    is_front = np.abs(corners[..., 1]).max(axis=1) < 1e-9
    assert corners[..., 0].min() == pytest.approx(-8)
    assert np.allclose(textures.uv[is_front][..., 0], -corners[is_front][..., 0] / 8, atol=1e-5)


def test_a_generator_lays_the_picture_over_a_solid_by_the_metre(read, make_model):
    extra = """#80=IFCSTYLEDITEM(#43,(#81),$);
#81=IFCSURFACESTYLE('brick',.BOTH.,(#83));
#83=IFCSURFACESTYLEWITHTEXTURES((#85));
#86=IFCTEXTURECOORDINATEGENERATOR((#85),'COORD',$);
"""
    reading = read(make_model(extra=extra + BLOB))
    corners, _, textures = painted(reading, "wall")
    assert "one metre by one metre" in reading.message("texture-coordinates-made")
    is_south = np.abs(corners[..., 1]).max(axis=1) < 1e-9
    assert is_south.sum() == 2
    assert np.allclose(textures.uv[is_south][..., 0], corners[is_south][..., 0], atol=1e-5)
    assert np.allclose(textures.uv[is_south][..., 1], 1 - corners[is_south][..., 2], atol=1e-5)


def test_equal_bodies_with_different_pictures_stay_different(read, make_model):
    twin = SHEET + MAP
    for number in (50, 51, 52, 53, 54, 56, 80, 81, 82, 83, 84, 85, 86, 87):
        twin = twin.replace(f"#{number}", f"#{number + 300}")
    twin = twin.replace("00000010'", "00000310'").replace("00000011'", "00000311'").replace("'painted'", "'twin'")
    green = '#385=IFCPIXELTEXTURE(.T.,.F.,$,$,$,1,1,3,("000FF00"));\n'
    reading = read(make_model(extra=SHEET + MAP + BLOB + twin + green))
    assert np.unique(painted(reading)[1], axis=0).tolist() == [MEAN]
    assert np.unique(painted(reading, "twin")[1], axis=0).tolist() == [[0, 255, 0, 255]]


def test_a_painted_model_becomes_valid_tiles(tmp_path, read, make_model, validate_glbs):
    reading = read(make_model(extra=SHEET + MAP + BLOB))
    stream = with_gids(FeatureStream(reading.meta, iter(reading.batches), len(reading.rows)))
    build_tileset(stream, tmp_path / "out", TileOptions(), IssueLog(), SilentProgress())
    assert check_tileset(tmp_path / "out") == []
    (path,) = (tmp_path / "out").rglob("*.glb")
    assert {(e["errors"], e["warnings"]) for e in validate_glbs([path]).values()} == {(0, 0)}
    document = parse_glb(path.read_bytes()).document
    assert [image["mimeType"] for image in document["images"]] == ["image/png"]
    assert sum("TEXCOORD_0" in p["attributes"] for p in document["meshes"][0]["primitives"]) == 1


@given(
    st.lists(st.floats(-50, 50), min_size=9, max_size=9),
    st.lists(st.floats(0.05, 0.9), min_size=6, max_size=6),
)
def test_any_part_of_a_face_finds_it_and_takes_its_coordinates(numbers, shares):
    # A triangle cut out of a face gets, at every corner, what the face has there.
    face = np.array(numbers).reshape(1, 3, 3)
    area = np.linalg.norm(np.cross(face[0, 1] - face[0, 0], face[0, 2] - face[0, 0]))
    sides = np.linalg.norm(face[0] - np.roll(face[0], 1, axis=0), axis=1)
    if area < 1.0 or area / sides.max() < 0.1:
        return
    u, v = np.array(shares[:3]), np.array(shares[3:])
    v = v * (1 - u)
    if abs((u[1] - u[0]) * (v[2] - v[0]) - (u[2] - u[0]) * (v[1] - v[0])) < 1e-3:
        return
    part = (face[0, 0] + u[:, None] * (face[0, 1] - face[0, 0]) + v[:, None] * (face[0, 2] - face[0, 0]))[None]
    elsewhere = face + 100.0
    assert find_faces(part, np.concatenate([elsewhere, face])).tolist() == [1]
    uv = np.array([[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]])
    assert np.allclose(places_on(part, face, uv)[0], np.stack([u, v], axis=1), atol=1e-6)
