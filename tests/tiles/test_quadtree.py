"""The tree of cells loses nothing and doubles nothing."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tiles.quadtree import build_quadtree, leaves_of


def test_four_heavy_corners_become_four_leaves():
    centers = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]])
    root = build_quadtree(centers, np.full(4, 10), 10)
    assert [leaf.path for leaf in leaves_of(root)] == ["r0", "r1", "r2", "r3"]


def test_light_features_share_the_root():
    root = build_quadtree(np.random.default_rng(1).random((50, 2)), np.ones(50, int), 50)
    assert root.children == ()
    assert root.items.tolist() == list(range(50))


def test_features_at_one_point_are_still_split():
    leaves = leaves_of(build_quadtree(np.zeros((10, 2)), np.full(10, 5), 10))
    assert sum(len(leaf.items) for leaf in leaves) == 10
    assert max(len(leaf.items) for leaf in leaves) <= 2


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.integers(1, 100)), min_size=1, max_size=200),
    st.integers(1, 500),
)
def test_every_feature_is_in_exactly_one_leaf_that_is_light_or_single(features, limit):
    table = np.array(features, float)
    weights = table[:, 2].astype(int)
    leaves = leaves_of(build_quadtree(table[:, :2], weights, limit))
    items = np.concatenate([leaf.items for leaf in leaves])
    assert sorted(items.tolist()) == list(range(len(features)))
    assert len({leaf.path for leaf in leaves}) == len(leaves)
    assert all(weights[leaf.items].sum() <= limit or len(leaf.items) == 1 for leaf in leaves)


def test_light_neighbours_share_a_leaf_but_not_across_a_corner():
    centers = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]])
    side_by_side = build_quadtree(centers, np.array([2, 3, 9, 9]), 10)
    assert [leaf.path for leaf in leaves_of(side_by_side)] == ["r-01", "r2", "r3"]
    assert leaves_of(side_by_side)[0].items.tolist() == [0, 1]
    across = build_quadtree(centers, np.array([2, 9, 9, 3]), 10)
    assert [leaf.path for leaf in leaves_of(across)] == ["r0", "r1", "r2", "r3"]
