"""Local city grids: tied by 4 or 7 parameters, placed to a millimetre, refused where they cannot be trusted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cim_core.crs.control_points import ControlPoints, fit_local_system
from cim_core.crs.local import (
    Convention,
    Helmert,
    LocalSystem,
    base_from_projection,
    is_local_system,
    is_map_crs,
    valid_area_of,
)
from cim_core.crs.local_file import format_local_system, parse_local_system, read_local_system
from cim_core.crs.similarity import Similarity
from cim_core.crs.transform import to_lonlat, transform_xy
from cim_core.errors import CimError, GeoreferenceError

MAP = pyproj.CRS(4547)
TURN = Similarity(447_000.0, 4_216_000.0, 1.000_116, -1321.0)
GRID = LocalSystem("盂县独立坐标系", "Yu County grid", MAP, TURN, valid_area_deg=(113.2, 37.9, 113.6, 38.3))
SEVEN = Helmert(Convention.COORDINATE_FRAME, 24.5, -130.1, -78.9, 0.3, -0.2, 1.1, -2.5)


def test_a_grid_with_four_parameters_is_a_crs_like_any_other() -> None:
    crs = GRID.to_crs()
    x, y = transform_xy([834.79, 0.0], [1077.55, 0.0], crs, MAP)
    expected_x, expected_y = TURN.apply([834.79, 0.0], [1077.55, 0.0])
    assert np.abs(x - expected_x).max() < 1e-6
    assert np.abs(y - expected_y).max() < 1e-6
    assert is_map_crs(crs)
    assert is_local_system(crs)
    assert crs.name == "Yu County grid"
    area = valid_area_of(crs)
    assert area is not None
    assert (area.west, area.south, area.east, area.north) == (113.2, 37.9, 113.6, 38.3)


def test_a_grid_survives_wkt_and_json_with_its_axes() -> None:
    crs = GRID.to_crs()
    here = to_lonlat(834.79, 1077.55, crs)
    for again in (pyproj.CRS(crs.to_wkt()), pyproj.CRS(crs.to_json())):
        assert is_local_system(again)
        assert np.allclose(to_lonlat(834.79, 1077.55, again), here, rtol=0, atol=1e-10)


@given(st.floats(-20_000, 20_000), st.floats(-20_000, 20_000))
@settings(deadline=None, max_examples=50)
def test_there_and_back_in_the_grid_is_within_a_millimetre(x: float, y: float) -> None:
    crs = GRID.to_crs()
    for target in (pyproj.CRS(4526), pyproj.CRS(4490), pyproj.CRS(4326)):
        back = transform_xy(*transform_xy(x, y, crs, target), target, crs)
        assert np.hypot(float(back[0]) - x, float(back[1]) - y) < 1e-3


@pytest.mark.parametrize("convention", list(Convention))
def test_seven_parameters_do_what_the_geocentric_formula_says(convention: Convention) -> None:
    seven = replace(SEVEN, convention=convention)
    crs = LocalSystem("旧系", "Old system", pyproj.CRS(2383), helmert=seven).to_crs()
    x, y = 447_834.79, 4_217_077.55
    ours = transform_xy(x, y, crs, MAP)
    steps = (
        "+proj=pipeline +step +inv +proj=tmerc +lon_0=114 +x_0=500000 +ellps=IAU76 "
        "+step +proj=push +v_3 +step +proj=cart +ellps=IAU76 "
        "+step +proj=helmert +x=24.5 +y=-130.1 +z=-78.9 +rx=0.3 +ry=-0.2 +rz=1.1 +s=-2.5 "
        f"+convention={convention.value} "
        "+step +inv +proj=cart +ellps=GRS80 +step +proj=pop +v_3 +step +proj=tmerc +lon_0=114 +x_0=500000 +ellps=GRS80"
    )
    theirs = pyproj.Transformer.from_pipeline(steps).transform(x, y)
    assert (float(ours[0]), float(ours[1])) == pytest.approx(theirs, abs=1e-4)
    back = transform_xy(*ours, MAP, crs)
    assert np.hypot(float(back[0]) - x, float(back[1]) - y) < 1e-3


def test_the_two_conventions_differ_by_metres() -> None:
    x, y = 447_834.79, 4_217_077.55
    vector, frame = (
        transform_xy(x, y, LocalSystem("a", "a", pyproj.CRS(2383), helmert=replace(SEVEN, convention=c)).to_crs(), MAP)
        for c in Convention
    )
    assert np.hypot(float(vector[0] - frame[0]), float(vector[1] - frame[1])) > 10


def test_a_raised_plane_with_its_own_meridian_needs_no_parameters() -> None:
    # Scale 1 + 950/6 371 000 lifts the plane to the seat, 113.4167 E is close to its meridian.
    base = base_from_projection("+proj=tmerc +lat_0=0 +lon_0=113.4167 +k=1.000149 +x_0=500000 +y_0=0", "cgcs2000")
    crs = LocalSystem("县城抬高面", "Raised plane", base).to_crs()
    x, y = transform_xy(113.4054, 38.0848, pyproj.CRS(4490), crs)
    assert float(x) == pytest.approx(500_000 - 991.0, abs=1.0)
    lon, lat = to_lonlat(x, y, crs)
    assert (float(lon), float(lat)) == pytest.approx((113.4054, 38.0848), abs=1e-9)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"base": pyproj.CRS(2383), "similarity": None}, "Xian 1980"),
        ({"base": pyproj.CRS(2435), "similarity": None}, "Beijing 1954"),
        ({"base": pyproj.CRS(4490)}, "projected"),
        ({"helmert": SEVEN}, "both 4 and 7"),
        ({"helmert": SEVEN, "similarity": None}, "CGCS2000 already"),
        (
            {"base": pyproj.CRS(2383), "similarity": None, "helmert": Helmert(Convention.POSITION_VECTOR, 0, 0, 0)},
            "all zero",
        ),
    ],
)
def test_what_ties_nothing_is_refused(changes: dict[str, object], says: str) -> None:
    with pytest.raises(GeoreferenceError) as caught:
        replace(GRID, **changes)
    assert says in caught.value.message
    assert caught.value.hint


def test_a_description_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "grid.yaml"
    path.write_text(format_local_system(GRID, "EPSG:4547"), encoding="utf-8")
    assert "盂县独立坐标系" in path.read_text(encoding="utf-8")
    assert read_local_system(path) == GRID
    old = LocalSystem("旧系", "Old system", pyproj.CRS(2383), helmert=SEVEN, provenance="survey office, 2019")
    assert parse_local_system(format_local_system(old, "EPSG:2383"), "x") == old


GOOD = "cim_crs: 1\nname: grid\nbase: EPSG:4547\nsimilarity: {tx_m: 1, ty_m: 2}\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "mapping"),
        ("[1]", "mapping"),
        ("a: [", "not valid YAML"),
        (GOOD.replace("1\n", "2\n", 1), "must be 1"),
        (GOOD + "shift: 3\n", "not a known key"),
        (GOOD + "name: twice\n", "appears twice"),
        (GOOD.replace("tx_m: 1", "tx_m: one"), "must be a number"),
        (GOOD.replace("tx_m: 1, ", ""), "is missing"),
        (GOOD.replace("ty_m: 2", "ty_m: 2, scale: 116"), "close to 1"),
        (GOOD.replace("EPSG:4547", "EPSG:9999999"), "not a known coordinate system"),
        (GOOD + "valid_area_deg: [114, 37, 113, 38]\n", "west, south, east, north"),
        ("cim_crs: 1\nname: g\nbase: EPSG:2383\nhelmert: {tx_m: 1, ty_m: 2, tz_m: 3}\n", "position_vector or"),
        ("cim_crs: 1\nname: g\nprojection: +proj=tmerc +lon_0=113.4\ndatum: wgs\n", "is not known"),
        ("cim_crs: 1\nname: g\nprojection: +proj=nonsense\ndatum: cgcs2000\n", "not understood"),
        ("cim_crs: 1\nname: g\n", "either base or projection"),
    ],
)
def test_a_description_that_is_not_understood_is_refused(text: str, says: str) -> None:
    with pytest.raises(CimError) as caught:
        parse_local_system(text, "grid.yaml")
    assert says in str(caught.value)
    assert "grid.yaml" in caught.value.where


def points(known: np.ndarray | None = None) -> ControlPoints:
    local = np.array([[1000.0, 2000.0], [4000.0, 2000.0], [4000.0, 6000.0], [1000.0, 6000.0], [2500.0, 3000.0]])
    known = np.stack(TURN.apply(*local.T), axis=-1) if known is None else known
    return ControlPoints(("A1", "A2", "A3", "A4", "A5"), local, known)


def test_control_points_make_the_system_with_its_residuals_and_area() -> None:
    exact = points()
    noisy = exact.known_xy + np.array([[0.01, 0.0], [-0.01, 0.0], [0.0, 0.01], [0.0, -0.01], [0.0, 0.0]])
    fitted = fit_local_system(points(noisy), MAP, name_zh="独立系", name_en="Grid", source="points.csv")
    assert fitted.system.fit["points"] == 5
    assert 0 < fitted.system.fit["rmse_m"] < 0.01
    assert [row["point"] for row in fitted.residual_rows()] == ["A1", "A2", "A3", "A4", "A5"]
    assert not fitted.warnings
    x, y = transform_xy(2000.0, 4000.0, fitted.system.to_crs(), MAP)
    assert (float(x), float(y)) == pytest.approx(tuple(map(float, TURN.apply(2000.0, 4000.0))), abs=0.01)
    west, south, east, north = fitted.system.valid_area_deg or (0, 0, 0, 0)
    assert west < 113.40 < east
    assert south < 38.09 < north


def test_a_wrong_pair_is_refused_by_name_unless_forced() -> None:
    wrong = points().known_xy.copy()
    wrong[3] += [0.9, 0.0]
    with pytest.raises(GeoreferenceError) as caught:
        fit_local_system(points(wrong), MAP, name_zh="a", name_en="a")
    assert caught.value.code == "residuals-too-large"
    assert "A4" in caught.value.message
    forced = fit_local_system(points(wrong), MAP, name_zh="a", name_en="a", force=True)
    assert forced.system.fit["forced"] is True


def test_feet_two_points_and_a_wrong_target_are_told() -> None:
    some = points()
    feet = ControlPoints(some.names, some.local_xy / 0.3048, some.known_xy)
    with pytest.raises(GeoreferenceError) as caught:
        fit_local_system(feet, MAP, name_zh="a", name_en="a")
    assert caught.value.code == "scale-implausible"
    two = ControlPoints(some.names[:2], some.local_xy[:2], some.known_xy[:2])
    assert "nothing checks them" in fit_local_system(two, MAP, name_zh="a", name_en="a").warnings[0]
    with pytest.raises(GeoreferenceError):
        fit_local_system(some, pyproj.CRS(2383), name_zh="a", name_en="a")
    with pytest.raises(GeoreferenceError):
        fit_local_system(some, pyproj.CRS(4490), name_zh="a", name_en="a")


def test_every_description_in_the_documentation_can_be_used(repository: Path) -> None:
    page = (repository / "docs" / "how-to" / "local-coordinate-systems.md").read_text(encoding="utf-8")
    blocks = [part.split("```")[0] for part in page.split("```yaml\n")[1:]]
    systems = [parse_local_system(block, f"block {number}") for number, block in enumerate(blocks)]
    assert [system.to_crs().name for system in systems] == [system.name_en for system in systems]
    assert len(systems) == 3
