"""Photographs the test draws itself: a wall of known colors, seen at an angle, in tinted light."""

from __future__ import annotations

import numpy as np
import pytest

from cim_core.errors import RulePackError, UsageError
from cim_core.townscape.color.clusters import find_clusters
from cim_core.townscape.color.difference import measure_ciede2000
from cim_core.townscape.color.facade import PhotoOptions, measure_facade_colors
from cim_core.townscape.color.notation import parse_notation
from cim_core.townscape.color.picture import PARTS, classify, rectify
from cim_core.townscape.color.srgb import lab_to_srgb, linear_to_srgb, srgb_to_lab, srgb_to_linear
from cim_core.townscape.color.swatches import match_colors, parse_color_card

WALL_RGB, TRIM_RGB, CARD_RGB = (190, 170, 153), (143, 78, 70), (170, 170, 170)
SKY, GRASS, WINDOW, GROUND = (140, 180, 235), (80, 130, 50), (25, 30, 40), (110, 110, 112)
CORNERS = np.array([[150.0, 60.0], [650.0, 120.0], [640.0, 480.0], [140.0, 540.0]])
CARD = np.array([[20, 560], [60, 560], [60, 595], [20, 595]], float)
CARD_YAML = """
id: c
name: {zh: 卡, en: Card}
provenance: made up for a test
fit_within: 5
near_within: 10
codes:
- {code: A, srgb: '#beaa99', name: {zh: 墙, en: Wall}}
- {code: B, munsell: N 5, name: {zh: 灰, en: Grey}}
"""


def facade(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """The color at shares (0 to 1) of a facade: 70 % wall, 15 % trim at the top, six dark windows."""
    color = np.empty((*across.shape, 3), np.uint8)
    color[:] = WALL_RGB
    color[down < 0.15] = TRIM_RGB
    is_window = (down > 0.35) & (down < 0.55) & (across * 6 % 1 > 0.3) & (across * 6 % 1 < 0.7)
    color[is_window] = WINDOW
    return color


def photograph(tint: tuple[float, float, float] = (1.0, 1.0, 1.0), noise: float = 0.0) -> np.ndarray:
    """800 × 600: sky, ground, the facade in perspective and a grey card, under tinted light."""
    picture = np.empty((600, 800, 3), np.uint8)
    picture[:300], picture[300:] = SKY, GROUND
    x, y = np.meshgrid(np.arange(800) + 0.5, np.arange(600) + 0.5)
    # Straight from the definition of a projective map, not by the code under test: solve for the unit square.
    rows = []
    for (u, v), (px, py) in zip([(0, 0), (1, 0), (1, 1), (0, 1)], CORNERS, strict=True):
        rows += [[px, py, 1, 0, 0, 0, -u * px, -u * py, u], [0, 0, 0, px, py, 1, -v * px, -v * py, v]]
    system = np.array(rows)
    h = np.linalg.solve(system[:, :8], system[:, 8])
    below = h[6] * x + h[7] * y + 1
    across, down = (h[0] * x + h[1] * y + h[2]) / below, (h[3] * x + h[4] * y + h[5]) / below
    inside = (across >= 0) & (across <= 1) & (down >= 0) & (down <= 1)
    picture[inside] = facade(across[inside], down[inside])
    picture[560:595, 20:60] = CARD_RGB
    random = np.random.default_rng(1)
    light = srgb_to_linear(picture) * np.array(tint) + random.normal(0, noise, picture.shape)
    return linear_to_srgb(light)


def distance(found: tuple[float, float, float], rgb: tuple[int, int, int]) -> float:
    return float(measure_ciede2000(np.array(found), srgb_to_lab(np.array([rgb], np.uint8))[0]))


def test_a_slanted_facade_is_seen_straight_on():
    picture = rectify(photograph(), CORNERS)
    height, width = picture.shape[:2]
    across, down = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
    difference = np.abs(picture.astype(int) - facade(across, down).astype(int)).max(axis=2)
    assert (difference <= 2).mean() > 0.97  # edges are blurred, nothing else


def test_the_main_color_is_that_of_the_wall_and_the_second_that_of_the_trim():
    found = measure_facade_colors(photograph(noise=0.004), PhotoOptions(CORNERS), parse_color_card(CARD_YAML))
    main, second = found.colors[:2]
    assert distance(main.lab, WALL_RGB) < 1.5
    assert distance(second.lab, TRIM_RGB) < 2.5
    assert main.share == pytest.approx(0.82, abs=0.03)  # trim 15 of 86 parts that are neither window nor street
    assert (main.match.code, main.match.fit) == ("A", "fit")
    assert second.match.fit == "off"
    assert found.is_indicative
    # Windows are 0.2 high, 0.4 of the width; the street strip is the lowest 6 %.
    assert found.shares["glass"] == pytest.approx(0.08, abs=0.01)
    assert found.shares["street"] == pytest.approx(0.06, abs=0.005)


def test_a_grey_card_takes_the_tint_of_the_light_out():
    tinted = photograph(tint=(1.0, 0.8, 0.55))
    plain = measure_facade_colors(tinted, PhotoOptions(CORNERS))
    balanced = measure_facade_colors(tinted, PhotoOptions(CORNERS, CARD, np.array(CARD_RGB, np.uint8)))
    assert distance(plain.colors[0].lab, WALL_RGB) > 8
    assert distance(balanced.colors[0].lab, WALL_RGB) < 1.5
    assert not balanced.is_indicative


def test_an_outline_of_the_wall_replaces_guessing():
    left = np.array([[160, 400], [380, 400], [380, 440], [160, 440]], float)
    found = measure_facade_colors(photograph(), PhotoOptions(CORNERS, wall=left))
    assert [round(color.share, 2) for color in found.colors] == [1.0]
    assert found.shares["outside"] > 0.8


def test_sky_only_counts_from_the_top_edge_down():
    picture = np.full((100, 80, 3), WALL_RGB, np.uint8)
    picture[:20], picture[40:50], picture[55:60] = SKY, SKY, GRASS
    parts = [PARTS[part] for part in classify(picture)[[5, 45, 57, 70, 97], 10]]
    assert parts == ["sky", "wall", "plants", "wall", "street"]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (PhotoOptions(CORNERS[::-1]), "clockwise"),
        (PhotoOptions(CORNERS + 400), "outside the picture"),
        (PhotoOptions(CORNERS[:3]), "four corners"),
        (PhotoOptions(CORNERS, np.array([[1, 1], [3, 1], [3, 3], [1, 3]], float)), "fewer than 25"),
        (PhotoOptions(CORNERS, wall=np.array([[0, 0], [9, 0], [9, 9]], float)), "taken for wall"),
    ],
)
def test_a_picture_that_cannot_be_measured_is_refused(options: PhotoOptions, word: str):
    with pytest.raises(UsageError, match=word):
        measure_facade_colors(photograph(), options)


def test_clusters_are_the_same_every_time_and_alike_ones_are_merged():
    random = np.random.default_rng(3)
    many, few = random.normal([60, 5, 10], 1, (9000, 3)), random.normal([40, 30, 20], 1, (3000, 3))
    lab = np.concatenate([many, few])
    first, second = find_clusters(lab), find_clusters(lab)
    assert np.array_equal(first.lab, second.lab)
    assert first.share.tolist() == pytest.approx([0.75, 0.25])
    assert np.allclose(first.lab, [[60, 5, 10], [40, 30, 20]], atol=0.2)
    assert find_clusters(np.empty((0, 3))).lab.shape == (0, 3)


def test_cielab_comes_back_as_the_same_bytes():
    rgb = np.random.default_rng(5).integers(0, 256, (500, 3)).astype(np.uint8)
    assert np.array_equal(lab_to_srgb(srgb_to_lab(rgb)), rgb)


def test_the_nearest_code_of_a_card_with_its_distance():
    card = parse_color_card(CARD_YAML)
    near, grey = match_colors(srgb_to_lab(np.array([[190, 170, 153], [121, 121, 121]], np.uint8)), card)
    assert (near.code, near.distance, near.fit) == ("A", 0.0, "fit")
    assert (grey.code, grey.fit) == ("B", "fit")  # N 5 is #797979


@pytest.mark.parametrize(("text", "parts"), [("N 6", (6.0, 0.0)), ("2.5PB 4/10", (4.0, 10.0)), ("N6/", (6.0, 0.0))])
def test_notation_is_read(text: str, parts: tuple[float, float]):
    color = parse_notation(text)
    assert (color.value[0], color.chroma[0]) == parts


@pytest.mark.parametrize("text", ["5YR", "11YR 5/2", "5YR 12/2", "blue", "N 11", "5YR 5/-2", ""])
def test_wrong_notation_is_refused(text: str):
    with pytest.raises(ValueError):
        parse_notation(text)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [("code: B", "code: A", "twice"), ("N 5", "N 50", "value goes"), ("near_within: 10", "near_within: 1", "below")],
)
def test_a_wrong_card_names_the_place(old: str, new: str, word: str):
    with pytest.raises(RulePackError, match=word) as raised:
        parse_color_card(CARD_YAML.replace(old, new), "card.yaml")
    assert raised.value.where.startswith("card.yaml:")
