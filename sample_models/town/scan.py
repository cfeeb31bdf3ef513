"""The point cloud of the town: a street corner as a mobile scanner would see it, true to the buildings there."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import laspy
import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray
from pyproj import CRS
from shapely.geometry import Point

from sample_models.town import palette
from sample_models.town.attributes import Building
from sample_models.town.frame import EPSG, ORIGIN_E, ORIGIN_N, Floats
from sample_models.town.network import CARRIAGEWAYS, STREET
from sample_models.town.terrain import Ground

POINTS = 15_000
REACH_M = 46.0
CREATED = dt.date(2026, 1, 1)
GROUND, BUILDING, POLE = 2, 6, 64


def corner() -> Point:
    """The crossing of 秀水西街 and 西关街."""
    crossing = STREET["xiushui-west"].line.intersection(STREET["xiguan"].line.buffer(1))
    return crossing.centroid


def write_scan(path: Path, buildings: list[Building], ground: Ground, rng: Generator) -> None:
    """Write the cloud as LAZ 1.4 (format 7) with RGB, classes and the coordinate system."""
    center = corner()
    parts = [_floor(center, buildings, ground, rng), *_fronts(center, buildings, rng), _poles(center, ground, rng)]
    xyz = np.vstack([p[0] for p in parts])
    rgb = np.vstack([p[1] for p in parts])
    kind = np.concatenate([p[2] for p in parts])
    keep = np.sort(rng.permutation(len(xyz))[:POINTS])
    header = laspy.LasHeader(point_format=7, version="1.4")
    header.scales = np.array([0.01, 0.01, 0.01])
    header.offsets = np.array([447000.0, 4217000.0, 900.0])
    header.creation_date = CREATED
    header.system_identifier = "SYNTHETIC"
    header.generating_software = "Xiushui CIM sample town"
    header.add_crs(CRS.from_epsg(EPSG))
    cloud = laspy.LasData(header)
    cloud.x, cloud.y, cloud.z = (xyz[keep] + [ORIGIN_E, ORIGIN_N, 0.0]).T
    cloud.classification = kind[keep]
    cloud.red, cloud.green, cloud.blue = (rgb[keep].astype(np.uint16) * 257).T
    cloud.intensity = rng.integers(200, 4000, len(keep)).astype(np.uint16)
    cloud.return_number = np.ones(len(keep), dtype=np.uint8)
    cloud.number_of_returns = np.ones(len(keep), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    cloud.write(str(path))


Part = tuple[Floats, NDArray[np.uint8], NDArray[np.uint8]]


def _floor(center: Point, buildings: list[Building], ground: Ground, rng: Generator) -> Part:
    xy = rng.uniform(-REACH_M, REACH_M, (14_000, 2))
    xy = xy[np.hypot(xy[:, 0], xy[:, 1]) < REACH_M] + [center.x, center.y]
    near = shapely.union_all([b.shape for b in buildings if b.shape.distance(center) < REACH_M])
    points = shapely.points(xy)
    shapely.prepare(near)
    xy = xy[~shapely.contains(near, points)]
    road = shapely.contains(CARRIAGEWAYS, shapely.points(xy))
    z = ground.at(xy[:, 0], xy[:, 1]) + np.where(road, -0.15, 0.0) + rng.normal(0, 0.012, len(xy))
    tone = np.where(road, 92, 150)[:, None] + rng.integers(-8, 9, (len(xy), 1)) + np.array([0, -1, -4])
    return np.column_stack([xy, z]), tone.astype(np.uint8), np.full(len(xy), GROUND, np.uint8)


def _fronts(center: Point, buildings: list[Building], rng: Generator) -> list[Part]:
    out: list[Part] = []
    for b in buildings:
        if b.height_m is None or b.shape.distance(center) > REACH_M:
            continue
        ring = b.shape.exterior
        count = int(ring.length * (b.eave_height_m or b.height_m) * 2.2)
        along = rng.uniform(0, ring.length, count)
        up = rng.uniform(0, b.eave_height_m or b.height_m, count)
        xy = shapely.get_coordinates(shapely.line_interpolate_point(ring, along)) + rng.normal(0, 0.01, (count, 2))
        seen = np.hypot(xy[:, 0] - center.x, xy[:, 1] - center.y) < REACH_M
        window = ((along % 3.3) > 1.1) & ((along % 3.3) < 2.5) & ((up % 3.4) > 1.0) & ((up % 3.4) < 2.5)
        wall = _rgb(b.main or "10YR 7.0/1.5")
        rgb = np.where(window[:, None], [66, 78, 88], wall) + rng.integers(-6, 7, (count, 1))
        xyz = np.column_stack([xy, b.base_m + up])[seen]
        out.append((xyz, np.clip(rgb[seen], 0, 255).astype(np.uint8), np.full(len(xyz), BUILDING, np.uint8)))
    return out


def _poles(center: Point, ground: Ground, rng: Generator) -> Part:
    street = STREET["xiushui-west"]
    middle = street.line.project(center)
    rows: list[Floats] = []
    for chainage in (middle - 34, middle - 8, middle + 18, middle + 40):
        for side in (-1, 1):
            p = street.line.interpolate(chainage)
            y = p.y + side * (street.carriageway_m / 2 + 0.8)
            z = float(ground.at(np.array([p.x]), np.array([y]))[0])
            a = rng.uniform(0, 2 * np.pi, 90)
            rows.append(np.column_stack([p.x + 0.09 * np.cos(a), y + 0.09 * np.sin(a), z + rng.uniform(0, 8.5, 90)]))
    xyz = np.vstack(rows)
    return xyz, np.full((len(xyz), 3), 120, np.uint8), np.full(len(xyz), POLE, np.uint8)


def _rgb(munsell: str) -> list[int]:
    color = palette.MUNSELL[munsell]
    return [int(color[i : i + 2], 16) for i in (1, 3, 5)]
