"""Elements that cost too much: three thousand cuts, two million triangles. Bounded; the rest of the model stays."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converters.base import ModelOptions
from converters.ifc.budget import thin_out
from converters.ifc.direct import find_large_statements
from converters.ifc.shapes import Tessellation
from tests.converters.ifc.test_ifc_bad_files import second_wall


def chain_of_cuts(count: int) -> str:
    """A wall out of which ``count`` others are cut, one after another, each a little elsewhere."""
    lines = ["#1000=IFCBOOLEANRESULT(.DIFFERENCE.,#43,#43);"]
    for k in range(1, count):
        solid, place, point = 1_000_000 + k, 2_000_000 + k, 3_000_000 + k
        lines += [
            f"#{solid}=IFCEXTRUDEDAREASOLID(#44,#{place},#36,{3 - k * 0.0005:.4f});",
            f"#{place}=IFCAXIS2PLACEMENT3D(#{point},$,$);",
            f"#{point}=IFCCARTESIANPOINT(({9.9 - 0.003 * k:.3f},{2.5 + 0.001 * k:.3f},0.));",
            f"#{1000 + k}=IFCBOOLEANRESULT(.DIFFERENCE.,#{999 + k},#{solid});",
        ]
    return second_wall(f"#{999 + count}", "\n".join(lines) + "\n", "'CSG'")


def test_three_thousand_cuts_cost_their_element_and_a_bounded_time(read, make_model):
    start = time.monotonic()
    reading = read(make_model(extra=chain_of_cuts(3000)), model=ModelOptions(element_s=0.5))
    assert time.monotonic() - start < 60  # a few seconds; without a budget it does not end within minutes
    assert [row["name"] for row in reading.rows] == ["house", "wall"]
    (issue,) = [issue for issue in reading.log if issue.code == "no-shape"]
    assert issue.feature_id == "0000000000000000000010"


def digits(numbers: np.ndarray, width: int) -> np.ndarray:
    """Decimal digits (n, width) as bytes; a million at once."""
    powers = 10 ** np.arange(width - 1, -1, -1)
    return (numbers[:, None] // powers % 10 + ord("0")).astype(np.uint8)


def listed(columns: list[np.ndarray], after: bytes) -> str:
    """``(a,b,c),(d,e,f)…`` of columns of digits, each value followed by ``after``."""
    count = len(columns[0])
    parts = [np.full((count, 1), ord("("), np.uint8)]
    for number, column in enumerate(columns):
        parts += [column, np.tile(np.frombuffer(after + (b"," if number < 2 else b")"), np.uint8), (count, 1))]
    parts.append(np.full((count, 1), ord(","), np.uint8))
    return np.concatenate(parts, axis=1).tobytes()[:-1].decode()


def relief(side: int) -> str:
    """A sheet of 2 · side² triangles, a metre each way, in terraces of 10 m width."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(side + 1), np.arange(side + 1), indexing="ij"))
    points = listed([digits(x, 4), digits(y, 4), digits((x // 10 + y // 10) % 4, 2)], b".")
    first = (np.arange(side)[:, None] * (side + 1) + np.arange(side)).ravel() + 1
    corners = [(0, side + 1, side + 2), (0, side + 2, 1)]
    faces = ",".join(listed([digits(first + c, 7) for c in three], b"") for three in corners)
    items = f"#53=IFCTRIANGULATEDFACESET(#54,$,.F.,({faces}),$);\n#54=IFCCARTESIANPOINTLIST3D(({points}));\n"
    return second_wall("#53", items, "'Tessellation'")


def test_two_million_triangles_in_one_element_are_thinned_out_to_the_budget(read, make_model):
    reading = read(make_model(extra=relief(1000)))
    assert [row["name"] for row in reading.rows] == ["house", "wall", "second"]
    (issue,) = [issue for issue in reading.log if issue.code == "triangles-thinned-out"]
    assert "2,000,000 triangles were thinned out to" in issue.message
    assert issue.feature_id == "0000000000000000000010"
    mesh = reading.batches[0].mesh
    assert mesh.triangle_count.tolist()[0] == 12  # the other wall is untouched
    assert 100_000 < mesh.triangle_count[1] <= 500_000
    low, high = mesh.boxes()
    assert np.allclose(high[1] - low[1], (1000, 1000, 3), atol=0.5)


@pytest.mark.parametrize(("most", "is_thinned"), [(799, True), (800, False)])
def test_the_budget_is_an_option(read, make_model, most, is_thinned):
    reading = read(make_model(extra=relief(20)), model=ModelOptions(max_triangles=most))
    assert ("triangles-thinned-out" in reading.codes) is is_thinned
    assert reading.batches[0].mesh.triangle_count[1] <= most


def test_a_large_body_read_without_a_kernel_is_the_one_the_kernel_makes(read, make_model, monkeypatch, tmp_path):
    # In millimetres, with a style: the same boxes and colors either way.
    style = """#80=IFCSTYLEDITEM(#53,(#81),$);
#81=IFCSURFACESTYLE('red',.BOTH.,(#82));
#82=IFCSURFACESTYLERENDERING(#84,0.5,$,$,$,$,$,$,.NOTDEFINED.);
#84=IFCCOLOURRGB($,1.,0.2,0.4);
"""
    unit = "#14=IFCSIUNIT(*,.LENGTHUNIT.,.DECI.,.METRE.);"
    model = make_model(extra=relief(260) + style, origin="1.,2.,3.", unit=unit)
    model.georeference = model.georeference.replace("#91,447500.,4217000.,946.", "#91,4475000.,42170000.,9460.")
    large = model.text()
    path = tmp_path / "large.ifc"
    path.write_text(large)
    assert list(find_large_statements(path)) == [53]
    direct = read(large)
    assert "triangles as the file has them 1" in direct.message("other-engine")
    # The statement cut into lines by comments is as long; a closed and capped one below the limit goes to the kernel.
    kernel = read(large.replace("#53=IFCTRIANGULATEDFACESET", "#53=/* */IFCTRIANGULATEDFACESET"))
    assert "other-engine" not in kernel.codes
    for low_high in zip(direct.batches[0].mesh.boxes(), kernel.batches[0].mesh.boxes(), strict=True):
        assert np.allclose(*low_high, atol=1e-6)
    colors = [np.unique(r.batches[0].mesh.shape_of(1)[2], axis=0).tolist() for r in (direct, kernel)]
    assert colors[0] == colors[1] == [[255, 51, 102, 128]]


@given(st.integers(4, 30), st.floats(0.1, 0.9))
def test_thinning_keeps_every_color_and_the_corners(side, share):
    # A flat square of two halves in two colors: the outline and the seam stay, whatever the budget.
    x, y = (axis.ravel().astype(float) for axis in np.meshgrid(np.arange(side + 1), np.arange(side + 1), indexing="ij"))
    first = (np.arange(side)[:, None] * (side + 1) + np.arange(side)).ravel()
    triangles = np.concatenate([first[:, None] + (0, side + 1, side + 2), first[:, None] + (0, side + 2, 1)])
    is_left = x[triangles].mean(axis=1) < side / 2
    colors = np.where(is_left[:, None], [255, 0, 0, 255], [0, 0, 255, 255]).astype(np.uint8)
    body = Tessellation(np.column_stack([x, y, np.zeros_like(x)]), triangles.astype(np.uint32), colors)
    thin = thin_out(body, int(len(triangles) * share))
    assert len(thin.triangles) < len(triangles)
    if side >= 12:
        assert len(thin.triangles) <= 1.5 * len(triangles) * share + 2
    assert {tuple(c) for c in thin.colors.tolist()} == {tuple(c) for c in colors.tolist()}
    assert thin.triangles_before == len(triangles)
    if share > 0.5:
        assert np.ptp(thin.positions, axis=0).tolist() == [side, side, 0]
