"""Ways to fill a piece of ground with buildings: shop walls, slab rows, towers, courtyard lots, sheds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import shapely
from numpy.random import Generator
from shapely import affinity
from shapely.geometry import Polygon, box

from sample_models.town import shapes
from sample_models.town.blocks import polygons_of
from sample_models.town.frame import heading_at, rectangle
from sample_models.town.network import Street
from sample_models.town.site import Item, Site


@dataclass(frozen=True, slots=True)
class ShopWall:
    """How the buildings along a stretch of street stand: sizes, setback and how often there is a gap."""

    type: str
    widths_m: tuple[float, float]
    depths_m: tuple[float, float]
    setback_m: float
    gap_share: float = 0.12
    fill_share: float = 1.0


def line_street(
    site: Site, rng: Generator, street: Street, side: str, span_m: tuple[float, float], wall: ShopWall
) -> None:
    """Place buildings along one side of a street between two chainages; setbacks change in groups, with exceptions."""
    sign = 1.0 if side == "left" else -1.0
    at, stop = span_m
    setback = wall.setback_m
    depth = float(rng.uniform(*wall.depths_m))
    while at < stop:
        width = round(float(rng.uniform(*wall.widths_m)), 1)
        if rng.random() < 0.22:
            setback = wall.setback_m + float(rng.choice([0.0, 0.0, 0.6, 1.5, 3.0]))
        if rng.random() < 0.4:
            depth = float(rng.uniform(*wall.depths_m))
        lone = float(rng.choice([0.0, -0.9, 5.5])) if rng.random() < 0.07 else 0.0
        if rng.random() > wall.fill_share:
            at += width
            continue
        if _place_front(site, street, sign, at, width, depth, max(0.2, setback + lone), wall.type):
            at += width + (float(rng.uniform(3.5, 7.5)) if rng.random() < wall.gap_share else float(rng.uniform(0.3, 0.9)))
        else:
            at += 2.5


def _place_front(
    site: Site, street: Street, sign: float, at: float, width: float, depth: float, setback: float, kind: str
) -> bool:
    if at + width > street.line.length:
        return False
    (x, y), angle = heading_at(street.line, at + width / 2)
    across = math.radians(angle + 90 * sign)
    middle = street.width_m / 2 + setback + depth / 2
    cx, cy = x + middle * math.cos(across), y + middle * math.sin(across)
    shape = affinity.rotate(box(cx - width / 2, cy - depth / 2, cx + width / 2, cy + depth / 2), angle, origin=(cx, cy))
    side = "left" if sign > 0 else "right"
    return site.place(
        Item(shape, kind, f"{street.id}-{side}", angle, street_id=street.id, side=side, chainage_m=at + width / 2), 0.3
    )


@dataclass(frozen=True, slots=True)
class Rows:
    """Parallel rows: building widths to choose from, row pitch, gap at the gables, and the outline drawn for a width."""

    type: str
    widths_m: tuple[float, ...]
    depth_m: float
    pitch_m: float
    gable_gap_m: float
    outline: Callable[[float], Polygon]
    margin_m: float = 4.0
    drop_share: float = 0.0
    distance_m: float = 5.0
    storeys: int | None = None


def fill_rows(site: Site, rng: Generator, ground: Polygon, angle_deg: float, rows: Rows, group: str, number: int = 1) -> int:
    """Place south-facing rows on ``ground``, counting building numbers from ``number``; returns the next number."""
    origin = ground.centroid
    for part in polygons_of(ground.buffer(-rows.margin_m, join_style="mitre")):
        turned = affinity.rotate(part, -angle_deg, origin=origin)
        shapely.prepare(turned)
        w, s, e, n = turned.bounds
        count = int((n - s - rows.depth_m) // rows.pitch_m) + 1
        slack = (n - s - rows.depth_m) - (count - 1) * rows.pitch_m
        y = s + slack / 2 if count > 0 else n
        while y + rows.depth_m <= n + 0.01:
            number = _fill_row(site, rng, turned, (w, e, y), rows, (origin.x, origin.y, angle_deg), group, number)
            y += rows.pitch_m
    return number


def _fill_row(
    site: Site, rng: Generator, ground: Polygon, row: tuple[float, float, float], rows: Rows,
    turn: tuple[float, float, float], group: str, number: int,
) -> int:
    x, end, y = row
    while x < end:
        for width in rows.widths_m:
            if x + width > end + 0.01 or not ground.covers(box(x, y, x + width, y + rows.depth_m)):
                continue
            if rng.random() < rows.drop_share:
                x += width
                break
            local = affinity.translate(rows.outline(width), x, y)
            shape = affinity.rotate(local, turn[2], origin=(turn[0], turn[1]))
            if site.place(Item(shape, rows.type, group, turn[2], number=number, storeys=rows.storeys), rows.distance_m):
                number += 1
                x += width + rows.gable_gap_m
                break
        else:
            x += 3.0
            continue
    return number


@dataclass(frozen=True, slots=True)
class Lots:
    """Courtyard lots: lot sizes, alley width, share of four-wing courts and of lots without a house."""

    width_m: tuple[float, float]
    depth_m: tuple[float, float]
    alley_m: float
    ring_share: float
    empty_share: float
    types: dict[str, str]


def fill_lots(site: Site, rng: Generator, ground: Polygon, angle_deg: float, lots: Lots, group: str) -> None:
    """Fill ``ground`` with rows of courtyard houses; an alley runs between every two rows."""
    origin = ground.centroid
    turned = affinity.rotate(ground.buffer(-0.8), -angle_deg, origin=origin)
    shapely.prepare(turned)
    w, s, e, n = turned.bounds
    y, row = s, 0
    while y < n - 8:
        depth = round(float(rng.uniform(*lots.depth_m)), 1)
        x = w + float(rng.uniform(0, 4))
        while x < e - 6:
            width = round(float(rng.uniform(*lots.width_m)), 1)
            if not turned.covers(box(x, y, x + width - 0.6, y + depth)):
                x += 3.0
                continue
            if rng.random() >= lots.empty_share:
                for role, part in shapes.courtyard(rng, width - 1.0, depth - 0.8, lots.ring_share):
                    shape = affinity.rotate(affinity.translate(part, x, y), angle_deg, origin=origin)
                    site.place(Item(shape, lots.types[role], group, angle_deg), 0.35)
            x += width
            if rng.random() < 0.13:
                x += float(rng.uniform(1.8, 3.2))
        y += depth + (lots.alley_m if row % 2 else 0.6)
        row += 1


def put(
    site: Site, kind: str, group: str, at: tuple[float, float], size: tuple[float, float], angle_deg: float = 0.0,
    *, name: str | None = None, storeys: int | None = None, outline: Polygon | None = None, year: int | None = None,
    gap_m: float = 0.5,
) -> bool:
    """Place one building with its south-west corner ``at`` (local frame)."""
    shape = shapes.turned(outline, at[0], at[1], angle_deg) if outline is not None else rectangle(at, *size, angle_deg)
    return site.place(Item(shape, kind, group, angle_deg, name=name, storeys=storeys, year=year), gap_m)
