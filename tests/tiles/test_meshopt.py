"""Compression goes there and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiles import meshopt


def test_attributes_come_back_byte_for_byte():
    rows = np.random.default_rng(1).integers(0, 65535, (1000, 4)).astype("<u2")
    data = meshopt.encode_attributes(rows)
    assert data[0] == 0xA0  # version 0, as EXT_meshopt_compression demands
    assert (meshopt.decode_attributes(data, 1000, 8).view("<u2").reshape(-1, 4) == rows).all()


def test_triangles_come_back_as_the_same_triangles_perhaps_turned():
    triangles = np.random.default_rng(2).permutation(300).astype(np.uint32).reshape(-1, 3)
    back = meshopt.decode_triangles(meshopt.encode_triangles(triangles.reshape(-1), 300), 300).reshape(-1, 3)
    turn = back.argmin(axis=1)[:, None]
    other = triangles.argmin(axis=1)[:, None]
    at = np.arange(3)
    assert (np.take_along_axis(back, (at + turn) % 3, 1) == np.take_along_axis(triangles, (at + other) % 3, 1)).all()


def test_sequence_comes_back_in_order():
    pairs = np.random.default_rng(3).integers(0, 999, 500).astype(np.uint32)
    assert (meshopt.decode_sequence(meshopt.encode_sequence(pairs), 500) == pairs).all()


def test_exponential_filter_keeps_millimetres_over_kilometres():
    metres = np.array([0.0, 0.25, -1033.4, 8191.9, -8191.9], np.float32)
    assert meshopt.from_exponential(meshopt.to_exponential(metres)) == pytest.approx(metres, abs=0.0005)


def test_exponential_words_are_mantissa_and_exponent():
    # 1.5 m = 1536 × 2^-10; -10 is 0xF6 in the top byte.
    assert meshopt.to_exponential(np.array([1.5]))[0] == (0xF6 << 24) | 1536


def test_sequence_bytes_follow_the_codec_description():
    # 0 → 0; 5: difference +5 → zigzag 10 → ×2 = 20; 200: +195 → 390 → 780 = 0x0C | 0x80, 6; 199: -1 → 1 → 2
    data = meshopt.encode_sequence(np.array([0, 5, 200, 199], np.uint32))
    assert data == bytes([0xD1, 0, 20, 0x8C, 0x06, 2, 0, 0, 0, 0])


def test_sequence_of_another_length_is_refused():
    with pytest.raises(RuntimeError):
        meshopt.decode_sequence(meshopt.encode_sequence(np.array([1, 2, 3], np.uint32)), 4)


def test_equal_vertices_are_merged_in_order_of_appearance():
    rows = np.array([[1, 1], [2, 2], [1, 1], [3, 3]], "<u4").view(np.uint8).reshape(4, 8)
    remap, count = meshopt.merge_equal_vertices(rows)
    assert remap.tolist() == [0, 1, 0, 2]
    assert count == 3


def test_order_for_compression_keeps_the_surface_and_drops_unused_vertices():
    # A fan of four over vertices 0..5 of which 7 and 6 are nobody's.
    fan = np.array([[0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 4, 5]])
    order, triangles = meshopt.order_for_compression(fan, 8)
    assert sorted(order.tolist()) == [0, 1, 2, 3, 4, 5]
    assert triangles[0].tolist() == [0, 1, 2], "vertices are numbered in order of use"

    def turned(rows):
        return {min(tuple(np.roll(row, n).tolist()) for n in range(3)) for row in rows}

    assert turned(order[triangles]) == turned(fan)


@given(
    st.lists(st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.hypot(np.hypot(*v[:2]), v[2]) > 0.01), min_size=1)
)
def test_octahedral_filter_keeps_normals_to_a_degree(vectors):
    normals = np.array(vectors) / np.linalg.norm(vectors, axis=1, keepdims=True)
    back = meshopt.from_octahedral(meshopt.to_octahedral(normals))[:, :3] / 127.0
    cosines = np.einsum("nk,nk->n", back / np.linalg.norm(back, axis=1, keepdims=True), normals)
    assert np.degrees(np.arccos(np.clip(cosines, -1, 1))).max() < 1.2


def test_octahedral_filter_decodes_as_the_extension_says():
    """Appendix B of EXT_meshopt_compression by hand: on top, on the fold, and folded out below."""
    rows = np.array([[0, 0, 127, 5], [127, 0, 127, 0], [127, 127, 127, 0], [-127, 100, 127, 0]], np.int8)
    assert meshopt.from_octahedral(rows).tolist() == [
        [0, 0, 127, 5],
        [127, 0, 0, 0],
        [0, 0, -127, 0],
        [-33, 0, -123, 0],
    ]
