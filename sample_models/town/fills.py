"""Ways to fill a piece of ground with buildings: shop walls, slab rows, towers, courtyard lots, sheds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.random import Generator
from shapely import affinity
from shapely.geometry import LineString, Polygon, box

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
            at += width + (
                float(rng.uniform(3.5, 7.5)) if rng.random() < wall.gap_share else float(rng.uniform(0.3, 0.9))
            )
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
    """Parallel rows: widths to choose from, row pitch, gap at the gables, and the outline drawn for a width."""

    type: str
    widths_m: tuple[float, ...]
    depth_m: float
    pitch_m: float
    gable_gap_m: float
    outline: Callable[[float], Polygon]
    margin_m: float = 2.5
    drop_share: float = 0.0
    distance_m: float = 5.0
    storeys: int | None = None


def chords(ground: Polygon, low: float, high: float, lines: int = 5) -> list[tuple[float, float]]:
    """The x ranges in which ``ground`` is open over the whole strip between two levels, as seen on some lines."""
    w, _, e, _ = ground.bounds
    ranges = [(w, e)]
    for y in np.linspace(low, high, lines):
        cut = ground.intersection(LineString([(w - 1, y), (e + 1, y)]))
        pieces = [g for g in getattr(cut, "geoms", [cut]) if isinstance(g, LineString) and not g.is_empty]
        here = [(g.bounds[0], g.bounds[2]) for g in pieces]
        ranges = [(max(a, c), min(b, d)) for a, b in ranges for c, d in here if min(b, d) - max(a, c) > 3]
    return sorted(ranges)


def fill_rows(
    site: Site, rng: Generator, ground: Polygon, angle_deg: float, rows: Rows, group: str, number: int = 1
) -> int:
    """Place south-facing rows on ``ground``, counting building numbers from ``number``; returns the next number."""
    origin = ground.centroid
    for part in polygons_of(ground.buffer(-rows.margin_m, join_style="mitre")):
        turned = affinity.rotate(part, -angle_deg, origin=origin)
        shapely.prepare(turned)
        for y in _best_rows(turned, rows):
            for span in chords(turned, y, y + rows.depth_m):
                turn = (origin.x, origin.y, angle_deg)
                number = _fill_row(site, rng, turned, (*span, y), rows, turn, group, number)
    return number


def _best_rows(ground: Polygon, rows: Rows) -> list[float]:
    """The south edges of the rows, started where most building length fits and then spread over the depth."""
    _, s, _, n = ground.bounds
    best: tuple[float, list[float]] = (0.0, [])
    for pitch in (rows.pitch_m * 1.1, rows.pitch_m):
        for start in np.linspace(s, min(s + rows.pitch_m, n - rows.depth_m), 8):
            levels = [float(y) for y in np.arange(start, n - rows.depth_m + 0.01, pitch)]
            spans = [span for y in levels for span in chords(ground, y, y + rows.depth_m, 3)]
            length = sum(sum(_pack(rows.widths_m, b - a, rows.gable_gap_m)) for a, b in spans)
            if length > best[0] + 1:
                best = (length, levels)
    return best[1]


def _pack(widths: tuple[float, ...], room: float, gap: float) -> list[float]:
    """Widths that fill a row best: as many of one size as fit, then smaller; least left over."""
    best: list[float] = []
    for first in range(len(widths)):
        out: list[float] = []
        for width in widths[first:]:
            while sum(out) + gap * len(out) + width <= room + 0.01:
                out.append(width)
        if sum(out) > sum(best) + 1:
            best = out
    return best


def _fill_row(
    site: Site,
    rng: Generator,
    ground: Polygon,
    row: tuple[float, float, float],
    rows: Rows,
    turn: tuple[float, float, float],
    group: str,
    number: int,
) -> int:
    start, end, y = row
    widths = _pack(rows.widths_m, end - start, rows.gable_gap_m)
    if not widths:
        return number
    if rng.random() < 0.4:
        widths.reverse()
    slack = (end - start) - sum(widths) - rows.gable_gap_m * (len(widths) - 1)
    extra = min(4.0, slack / max(1, len(widths) - 1)) if len(widths) > 1 else 0.0
    x = start + (slack - extra * (len(widths) - 1)) * 0.5
    for width in widths:
        if rng.random() >= rows.drop_share and ground.covers(box(x, y, x + width, y + rows.depth_m)):
            shape = affinity.rotate(affinity.translate(rows.outline(width), x, y), turn[2], origin=(turn[0], turn[1]))
            item = Item(shape, rows.type, group, turn[2], number=number, storeys=rows.storeys)
            number += site.place(item, rows.distance_m)
        x += width + rows.gable_gap_m + extra
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
    """Fill ``ground`` with rows of courtyard houses whose lots share the room evenly; an alley runs every two rows."""
    origin = ground.centroid
    turned = affinity.rotate(ground.buffer(-0.6, join_style="mitre"), -angle_deg, origin=origin)
    if not isinstance(turned, Polygon) or turned.is_empty:
        return
    shapely.prepare(turned)
    _, s, _, n = turned.bounds
    usual = sum(lots.depth_m) / 2
    count = max(1, round((n - s) / (usual + lots.alley_m / 2)))
    depth = (n - s - (count - 1) // 2 * lots.alley_m) / count
    if depth < lots.depth_m[0] * 0.72:
        return
    y = s
    for row in range(count):
        for start, end in chords(turned, y + 0.3, y + depth - 0.3):
            _fill_lot_row(site, rng, (start, end, y, depth), (origin.x, origin.y, angle_deg), lots, group)
        y += depth + (lots.alley_m if row % 2 else 0.0)


def _fill_lot_row(
    site: Site,
    rng: Generator,
    row: tuple[float, float, float, float],
    turn: tuple[float, float, float],
    lots: Lots,
    group: str,
) -> None:
    start, end, y, depth = row
    count = max(1, round((end - start) / (sum(lots.width_m) / 2)))
    shares = rng.uniform(lots.width_m[0], lots.width_m[1], count)
    shares *= (end - start) / shares.sum()
    if shares.min() < 8.5:
        return
    x = start
    for width in shares:
        if rng.random() >= lots.empty_share:
            inner = float(rng.uniform(0.0, 1.6)) if rng.random() < 0.5 else 0.0
            for role, part in shapes.courtyard(
                rng, round(float(width) - 0.6 - inner, 1), round(depth - 0.7, 1), lots.ring_share
            ):
                shape = affinity.rotate(affinity.translate(part, x + inner / 2, y), turn[2], origin=(turn[0], turn[1]))
                site.place(Item(shape, lots.types[role], group, turn[2]), 0.3)
        x += float(width)


def put(
    site: Site,
    kind: str,
    group: str,
    at: tuple[float, float],
    size: tuple[float, float],
    angle_deg: float = 0.0,
    *,
    name: str | None = None,
    storeys: int | None = None,
    outline: Polygon | None = None,
    year: int | None = None,
    gap_m: float = 0.5,
) -> bool:
    """Place one building with its south-west corner ``at`` (local frame)."""
    shape = shapes.turned(outline, at[0], at[1], angle_deg) if outline is not None else rectangle(at, *size, angle_deg)
    return site.place(Item(shape, kind, group, angle_deg, name=name, storeys=storeys, year=year), gap_m)
