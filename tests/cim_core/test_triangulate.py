"""Triangulation keeps area, whatever the polygon."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cim_core.geometry.triangulate import signed_areas, triangulate_polygons


def ragged(polygons):
    rings, counts = [], []
    for polygon in shapely.orient_polygons(np.array(polygons, object)):
        own = [polygon.exterior, *polygon.interiors]
        rings += [np.asarray(ring.coords)[:-1, :2] for ring in own]
        counts.append(len(own))
    return np.concatenate(rings), np.array([len(ring) for ring in rings]), np.array(counts)


def test_convex_quad_is_two_triangles_and_square_with_hole_is_eight():
    square = shapely.box(0, 0, 3, 3)
    xy, ring_count, rings = ragged([shapely.box(0, 0, 2, 1), square.difference(shapely.box(1, 1, 2, 2))])
    triangles, polygon = triangulate_polygons(xy, ring_count, rings)
    assert np.bincount(polygon).tolist() == [2, 8]
    assert np.bincount(polygon, signed_areas(xy, triangles)).tolist() == [2.0, 8.0]


def test_pentagram_ring_is_not_mistaken_for_convex():
    angles = np.arange(5) * 2 * (2 * np.pi / 5)
    xy = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    triangles, _ = triangulate_polygons(xy, np.array([5]), np.array([1]))
    assert signed_areas(xy, triangles).sum() < 2.4  # a fan would count the core twice


@st.composite
def star_polygons(draw):
    count = draw(st.integers(3, 30))
    radii = draw(st.lists(st.floats(1, 10), min_size=count, max_size=count))
    angles = np.arange(count) * 2 * np.pi / count
    ring = np.stack([np.cos(angles) * radii, np.sin(angles) * radii], axis=1)
    holes = []
    if count > 5 and draw(st.booleans()):
        holes = [ring * 0.3]
    polygon = shapely.Polygon(ring, holes)
    dx, dy = draw(st.floats(-1e6, 1e6)), draw(st.floats(-1e6, 1e6))
    return shapely.transform(polygon, lambda c: c + np.array([dx, dy]))


@settings(max_examples=60, deadline=None)
@given(st.lists(star_polygons(), min_size=1, max_size=6))
def test_triangles_cover_the_polygon_exactly_and_turn_left(polygons):
    xy, ring_count, rings = ragged(polygons)
    triangles, polygon = triangulate_polygons(xy, ring_count, rings)
    local = xy - xy.mean(axis=0)
    areas = signed_areas(local, triangles)
    wanted = [p.area for p in polygons]
    assert (areas > -1e-9).all()
    assert np.allclose(np.bincount(polygon, areas, len(polygons)), wanted, rtol=1e-5, atol=1e-5)
