"""Schools, the hospital and the factories."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.random import Generator
from shapely import affinity
from shapely.geometry import LineString, Point, Polygon, box

from sample_models.town import shapes
from sample_models.town.blocks import Block, split
from sample_models.town.fills import Rows, chords, fill_rows, put
from sample_models.town.ground import free_ground, south_turn
from sample_models.town.housing import place_extras, walkup_rows
from sample_models.town.site import Site


def _shed_outline(depth_m: float, width_m: float) -> Polygon:
    return box(0, 0, width_m, depth_m)


def fill_school(site: Site, rng: Generator, block: Block) -> None:
    """A school with its playground in one corner of the block, housing on the rest."""
    pieces = sorted(free_ground(site, block), key=lambda p: -p.area)
    turn = south_turn(block.angle_deg)
    parts = sorted((q for p in pieces for q in split(p, turn, (215, 190), 8.0, rng)), key=lambda p: -p.area)
    name = {True: "盂县第二实验小学", False: "盂县第一中学"}[block.center[0] < -500]
    _campus_on(site, parts[0], turn, name, "school")
    for index, part in enumerate(parts[1:]):
        fill_rows(site, rng, part, turn, walkup_rows(rng), f"walkup-{block.number}-{index}")


def _widest_box(ground: Polygon) -> tuple[float, float, float, float]:
    """The largest upright rectangle in a piece of ground, to 8 m: west, south, east, north."""
    _, low, _, high = ground.bounds
    levels = np.arange(low, high, 8.0)
    boxes = [
        (a, float(y0), b, float(y1))
        for i, y0 in enumerate(levels)
        for y1 in levels[i + 6 :]
        for a, b in chords(ground, float(y0), float(y1), 9)
    ]
    return max(boxes, key=lambda r: (r[2] - r[0]) * (r[3] - r[1]))


def _campus_on(site: Site, part: Polygon, turn: float, name: str, kind: str) -> None:
    """Teaching wings along the north, a running track to the south-west, hall and dormitory to the east."""
    origin = part.centroid
    turned = affinity.rotate(part, -turn, origin=origin).buffer(-5, join_style="mitre")
    w, s, e, n = _widest_box(turned)

    def at(x: float, y: float) -> tuple[float, float]:
        p = affinity.rotate(Point(x, y), turn, origin=origin)
        return p.x, p.y

    teach = min(70.0, (e - w) * 0.46)
    put(
        site,
        kind,
        name,
        at(w + 4, n - 50),
        (0, 0),
        turn,
        name=f"{name}教学楼",
        storeys=4,
        outline=shapes.comb(teach, 44, 11),
        gap_m=4,
    )
    long = min(60.0, e - w - teach - 24)
    put(site, kind, name, at(e - long - 4, n - 22), (long, 14), turn, name=f"{name}综合楼", storeys=5, gap_m=4)
    put(site, kind, name, at(e - long - 4, n - 54), (long, 12), turn, name=f"{name}实验楼", storeys=4, gap_m=4)
    put(site, kind, name, at(e - 40, s + 6), (34, 22), turn, name=f"{name}风雨操场", storeys=1, gap_m=4)
    put(site, kind, name, at(e - 20, s + 40), (13, 34), turn, name=f"{name}宿舍楼", storeys=5, gap_m=4)
    put(site, "annex", name, at((w + e) / 2 - 4, s + 1), (8, 5), turn, name=f"{name}门卫", gap_m=3)
    length, radius = min(92.0, e - w - 110), min(26.0, (n - s - 76) / 2)
    if length > 20 and radius > 12:
        y = s + 8 + radius
        line = LineString([at(w + 10 + radius, y), at(w + 10 + radius + max(24.0, length - radius), y)])
        site.pitches.append((f"{name}操场", line.buffer(radius, quad_segs=6)))


def fill_hospital(site: Site, rng: Generator, block: Block) -> None:
    """The county hospital, housing on the rest."""
    turn = south_turn(block.angle_deg)
    name = "盂县人民医院"
    x, y = block.center
    put(
        site,
        "hospital",
        name,
        (x - 56, y - 30),
        (0, 0),
        turn,
        name=f"{name}门诊楼",
        storeys=5,
        outline=shapes.comb(58, 46, 15),
        gap_m=5,
    )
    put(site, "hospital", name, (x - 60, y + 38), (64, 17), turn, name=f"{name}住院楼", storeys=5, gap_m=5)
    put(site, "hospital", name, (x + 16, y + 34), (30, 14), turn, name=f"{name}医技楼", storeys=3, gap_m=5)
    put(site, "hospital", name, (x + 14, y - 20), (28, 22), turn, name=f"{name}急诊楼", storeys=3, gap_m=5)
    for index, piece in enumerate(free_ground(site, block, 14.0)):
        fill_rows(site, rng, piece, turn, walkup_rows(rng), f"walkup-{block.number}-{index}")


def fill_campus(site: Site, rng: Generator, block: Block) -> None:
    """The vocational college, high-rise housing on the rest."""
    turn = south_turn(block.angle_deg)
    parts = sorted(split(block.shape, turn, (320, 200), 14.0, rng), key=lambda p: p.centroid.y)
    _campus_on(site, parts[0], turn, "盂县职业教育中心", "school")
    for part in parts[1:]:
        rows = Rows("tower", (54.0, 36.0), 15.0, 64.0, 16.0, lambda w: shapes.tall_slab(w, 15.0), 10.0, 0.04, 12.0, 17)
        fill_rows(site, rng, part, turn, rows, f"new-{block.number}-{round(part.centroid.y)}")


def factory(
    name: str, group: str, sheds: tuple[tuple[float, float], ...], pitch_m: float
) -> Callable[[Site, Generator, Block], None]:
    """A filler for a works: large sheds in rows, the first one named."""

    def fill(site: Site, rng: Generator, block: Block) -> None:
        turn = south_turn(block.angle_deg)
        parts = [q for p in free_ground(site, block, 10.0) for q in split(p, turn, (260, 220), 16.0, rng)]
        for index, part in enumerate(parts):
            width, depth = sheds[index % len(sheds)]
            rows = Rows(
                "shed_big",
                (width, round(width * 0.62, 1), round(width * 0.4, 1)),
                depth,
                depth + pitch_m,
                14.0,
                partial(_shed_outline, depth),
                8.0,
                0.14,
                6.0,
            )
            fill_rows(site, rng, part, turn, rows, group)
            for _ in range(2):
                place_extras(site, rng, part, turn, group)
        first = next((item for item in site.items if item.group == group and item.type == "shed_big"), None)
        if first is not None:
            first.name = f"{name}主厂房"

    return fill
