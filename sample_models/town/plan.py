"""The plan of the town: which block is filled with what. Everything is placed in a fixed order with one seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from shapely.geometry import Point

from sample_models.town.blocks import Block, cut_blocks
from sample_models.town.fills import ShopWall, line_street
from sample_models.town.housing import (
    fill_core,
    fill_government,
    fill_midrise,
    fill_new,
    fill_village,
    fill_walkup,
)
from sample_models.town.institutions import factory, fill_campus, fill_hospital, fill_school
from sample_models.town.landmarks import place_landmarks
from sample_models.town.network import STREET
from sample_models.town.site import Site

SEED = 140322

#: Use of each block, by a point that lies in it.
USES: tuple[tuple[str, float, float], ...] = (
    ("core", -330, 40),
    ("core", -480, 310),
    ("core", -300, 310),
    ("core", -110, 330),
    ("government", -80, 60),
    ("walkup", 130, 330),
    ("hospital", 150, 60),
    ("walkup", -480, 40),
    ("walkup", -400, -180),
    ("walkup", -20, -160),
    ("walkup", -730, -170),
    ("school", -730, 200),
    ("walkup", 400, 320),
    ("walkup", -1090, -150),
    ("walkup", -920, -200),
    ("walkup", -1130, 300),
    ("walkup", -1130, 90),
    ("walkup", -740, 530),
    ("walkup", -1110, 520),
    ("walkup", -940, 540),
    ("walkup", -740, 710),
    ("walkup", -390, 710),
    ("walkup", -390, 540),
    ("school", 30, 540),
    ("walkup", 30, 710),
    ("walkup", 410, 730),
    ("walkup", 420, 550),
    ("walkup", 420, 20),
    ("walkup", 410, -160),
    ("midrise", 640, 330),
    ("new", 820, 330),
    ("new", 1000, 310),
    ("new", 1170, 280),
    ("midrise", 640, 90),
    ("new", 820, 80),
    ("new", 990, 30),
    ("new", 1170, 190),
    ("midrise", 640, -180),
    ("new", 830, -180),
    ("new", 1000, -210),
    ("new", 1180, -240),
    ("midrise", 650, 560),
    ("midrise", 830, 550),
    ("midrise", 650, 740),
    ("midrise", 830, 740),
    ("campus", 1085, 600),
    ("walkup", -1040, -500),
    ("walkup", -720, -520),
    ("walkup", -370, -500),
    ("walkup", 10, -480),
    ("walkup", 400, -480),
    ("midrise", 730, -500),
    ("midrise", 1080, -560),
    ("walkup", -860, -720),
    ("power", -850, -890),
    ("walkup", -350, -710),
    ("fertiliser", -345, -890),
    ("steel", 10, -800),
    ("walkup", 400, -690),
    ("depot", 390, -870),
    ("walkup", 730, -700),
    ("depot", 730, -890),
    ("walkup", 1080, -760),
    ("nanping", 1095, -930),
)


def build_site() -> Site:
    """Lay out the whole town."""
    rng = np.random.default_rng(SEED)
    site = Site()
    place_landmarks(site)
    _line_streets(site, rng)
    blocks = cut_blocks()
    for kind, x, y in USES:
        block = next((b for b in blocks if b.shape.contains(Point(x, y))), None)
        if block is None:
            raise ValueError(f"no block at ({x}, {y}) for {kind}")
        FILLERS[kind](site, rng, block)
    return site


def _line_streets(site: Site, rng: Generator) -> None:
    shops = ShopWall("shop", (9.0, 24.0), (10.0, 14.0), 1.0)
    plain = ShopWall("shop", (10.0, 26.0), (9.0, 12.5), 2.0, 0.3, 0.42)
    newer = ShopWall("shop_new", (18.0, 42.0), (12.0, 16.0), 4.0, 0.35, 0.72)
    for side in ("left", "right"):
        line_street(site, rng, STREET["xiushui-west"], side, (30, 1436), shops)
        line_street(
            site,
            rng,
            STREET["jinlong-east"],
            side,
            (14, 1050),
            ShopWall("shop_new", (12.0, 30.0), (11.0, 15.0), 2.0, 0.16),
        )
        line_street(site, rng, STREET["xiushui-east"], side, (14, 460), plain)
        line_street(site, rng, STREET["xiushui-east"], side, (480, 1020), newer)
        line_street(site, rng, STREET["jinlong-west"], side, (30, 1390), plain)
        line_street(site, rng, STREET["cangshan"], side, (190, 1500), plain)
        line_street(site, rng, STREET["shuishenshan"], side, (20, 1400), plain)
        line_street(
            site, rng, STREET["north"], side, (320, 1760), ShopWall("shop", (10.0, 22.0), (9.0, 12.0), 1.5, 0.3, 0.4)
        )
        line_street(
            site,
            rng,
            STREET["xiguan"],
            side,
            (200, 1060),
            ShopWall("shop_small", (7.0, 13.0), (7.0, 9.5), 0.8, 0.2, 0.42),
        )


FILLERS: dict[str, Callable[[Site, Generator, Block], None]] = {
    "core": fill_core,
    "village": fill_village,
    "nanping": fill_village,
    "walkup": fill_walkup,
    "midrise": fill_midrise,
    "new": fill_new,
    "school": fill_school,
    "hospital": fill_hospital,
    "government": fill_government,
    "campus": fill_campus,
    "power": factory("旧电厂", "factory-power", ((92.0, 30.0), (70.0, 42.0)), 16.0),
    "fertiliser": factory("旧化肥厂", "factory-fertiliser", ((64.0, 24.0), (80.0, 30.0)), 14.0),
    "steel": factory("晋盂钢铁厂", "factory-steel", ((150.0, 42.0), (110.0, 36.0)), 18.0),
    "depot": factory("南坪仓储", "factory-depot", ((60.0, 24.0), (48.0, 20.0)), 14.0),
}
