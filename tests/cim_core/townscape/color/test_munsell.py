from __future__ import annotations

import time
import warnings

import numpy as np
import pyarrow as pa
import pytest

from cim_core.townscape.color.hue import HUE_FAMILIES, hue_difference
from cim_core.townscape.color.lookup import ColorTable
from cim_core.townscape.color.munsell import munsell_to_xy, srgb_to_munsell, xyz_c_to_munsell
from cim_core.townscape.color.notation import munsell_names
from cim_core.townscape.color.renotation import load_renotation, luminance_of_value
from cim_core.townscape.color.srgb import parse_hex

#: The numbers by which colour-science calls the hue families.
FAMILY_CODES = {"B": 1, "BG": 2, "G": 3, "GY": 4, "Y": 5, "YR": 6, "R": 7, "RP": 8, "P": 9, "PB": 10}


def munsell(*hex_colors: str):
    return srgb_to_munsell(parse_hex(pa.array(hex_colors))[0])


def test_known_building_colors_have_their_munsell_names():
    found = munsell("#9C4A3C", "#1E90FF", "#8C8C87")
    assert munsell_names(found).to_pylist() == ["8.6R 4.1/7.7", "5.7PB 5.9/15.2", "N 5.7"]
    # the grey brick before it is called neutral: 0.7GY 5.7/0.4
    assert found.hue[2] == pytest.approx(30.7, abs=0.05)
    assert found.chroma[2] == pytest.approx(0.36, abs=0.05)


def test_black_white_and_greys_are_neutral():
    assert munsell_names(munsell("#ffffff", "#000000", "#777777")).to_pylist() == ["N 10", "N 0", "N 4.9"]


def test_specifications_come_back_through_the_forward_model_of_another_library():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from colour.notation.munsell import munsell_specification_to_xyY
    rng = np.random.default_rng(7)
    hue, value = rng.uniform(0.01, 100, 150), rng.uniform(1, 9, 150)
    chroma = rng.uniform(0.5, np.minimum(12, 2 + 2 * np.minimum(value, 10 - value)))
    family = np.ceil(hue / 10).astype(int) - 1
    specifications = [
        [h - 10 * f, v, c, FAMILY_CODES[HUE_FAMILIES[f]]] for h, f, v, c in zip(hue, family, value, chroma, strict=True)
    ]
    x, y, luminance = munsell_specification_to_xyY(np.array(specifications)).T
    xyz = np.stack([x / y, np.ones(150), (1 - x - y) / y], axis=1) * luminance[:, None]
    found = xyz_c_to_munsell(xyz)
    assert np.abs(found.value - value).max() < 0.001
    assert np.abs(found.chroma - chroma).max() < 0.01
    assert np.abs(hue_difference(found.hue, hue)).max() < 0.01


def test_every_color_a_screen_can_show_is_found():
    levels = np.arange(0, 256, 17)
    rgb = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 3).astype(np.uint8)
    found = srgb_to_munsell(rgb)
    assert np.isfinite(found.hue).all()
    assert ((found.hue > 0) & (found.hue <= 100)).all()
    assert (found.chroma < 50).all()
    # the forward model leads back to the same place for all but black
    xy = munsell_to_xy(found.hue, luminance_of_value(found.value), found.chroma)
    again = xyz_c_to_munsell(
        np.stack([xy[:, 0] / xy[:, 1], np.ones(len(xy)), (1 - xy.sum(1)) / xy[:, 1]], 1)
        * (luminance_of_value(found.value) / 100)[:, None]
    )
    lit = found.value > 0.1
    assert np.abs(again.chroma - found.chroma)[lit].max() < 0.01


def test_ten_thousand_colors_take_less_than_half_a_second():
    rgb = np.random.default_rng(1).integers(0, 256, (10_000, 3)).astype(np.uint8)
    load_renotation()
    start = time.perf_counter()
    srgb_to_munsell(rgb)
    assert time.perf_counter() - start < 0.5


def test_a_table_converts_each_distinct_color_once_and_knows_what_it_cannot_read():
    table = ColorTable.of([pa.array(["#9C4A3C", None, "red"]), pa.array(["#9C4A3C", "#fff"])])
    assert table.hex_colors.to_pylist() == ["#9C4A3C", "red", "#fff"]
    found = table.lookup(pa.array([None, "#9C4A3C", "red", "#123456"]))
    assert found.is_known.tolist() == [False, True, False, False]
