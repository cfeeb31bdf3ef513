"""The tree of cells loses nothing and doubles nothing."""

from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cim_core.spill import Spill
from tiles import quadtree
from tiles.quadtree import Points, build_quadtree, build_quadtree_from_disk, leaves_of


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


STORED = np.dtype([("item", "<u4"), ("x", "<f8"), ("y", "<f8"), ("weight", "<i8"), ("size", "<f8")])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.integers(1, 100), st.sampled_from([0.0, 0.1, 0.3, 1.0])),
        min_size=1,
        max_size=150,
    ),
    st.integers(1, 500),
    st.integers(1, 40),
)
def test_a_tree_made_from_disk_is_that_made_in_memory(features, limit, in_memory):
    table = np.array(features, float)
    records = np.zeros(len(table), STORED)
    records["item"], records["x"], records["y"] = np.arange(len(table)), table[:, 0], table[:, 1]
    records["weight"], records["size"] = table[:, 2], table[:, 3]
    stored = Spill(STORED, held=10)
    for start in range(0, len(records), 7):
        stored.append(records[start : start + 7])
    with patch.object(quadtree, "POINTS_IN_MEMORY", in_memory):
        found = build_quadtree_from_disk(
            stored,
            lambda r: Points(r["item"], r["x"], r["y"], r["weight"], r["size"]),
            table[:, :2].min(axis=0),
            table[:, :2].max(axis=0),
            limit,
        )
    wanted = build_quadtree(table[:, :2], table[:, 2].astype(int), limit, table[:, 3])
    assert tree_of(found) == tree_of(wanted)


def tree_of(cell):
    return (cell.path, np.asarray(cell.items).tolist(), [tree_of(child) for child in cell.children])
