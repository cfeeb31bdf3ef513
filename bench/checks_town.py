"""The made-up town of ``bench.checks``: every attribute and every kind of place that a control reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from cim_core.features.schema import building_schema
from cim_core.townscape.places import Places

PER_STREET = 500


@dataclass(frozen=True, slots=True)
class BenchTown:
    """The tables of a check."""

    buildings: pa.Table
    zones: pa.Table
    frontages: pa.Table
    streets: pa.Table
    places: Places


def build_town(count: int, seed: int = 7, per_street: int = PER_STREET) -> BenchTown:
    """Buildings in rows along both sides of streets, a tenth of every attribute missing."""
    random = np.random.default_rng(seed)
    row = np.arange(count)
    x, y = (row % per_street) * 20.0, (row // per_street) * 60.0
    is_missing = random.random((count, 12)) < 0.1
    storeys = random.integers(1, 12, count)
    height_m = np.round(storeys * 3.0 + random.random(count) * 2.0, 1)
    palette = np.array([f"#{v:06x}" for v in random.integers(0, 1 << 24, 2000)])
    columns = {
        "id": pa.array([f"b{i:07d}" for i in row]),
        "gid": pa.array(row.astype(np.uint32)),
        "kind": pa.repeat("building", count),
        "dataset": pa.repeat("town", count),
        "geometry": pa.array(shapely.to_wkb(shapely.box(x, y, x + 12.0, y + 12.0)), pa.binary()),
        "use": pa.array(random.choice(["residential", "commercial", "office"], count)),
        "height_m": pa.array(height_m, mask=is_missing[:, 0]),
        "ridge_height_m": pa.array(height_m, mask=is_missing[:, 10]),
        "eave_height_m": pa.array(np.round(height_m - 1.5, 1), mask=is_missing[:, 1]),
        "height_source": pa.array(random.choice(["field", "storeys"], count, p=[0.8, 0.2])),
        "storeys": pa.array(storeys.astype(np.int32), mask=is_missing[:, 2]),
    }
    for i, name in enumerate(("facade_main_color", "facade_secondary_color", "facade_accent_color", "roof_color")):
        columns[name] = pa.array(random.choice(palette, count), mask=is_missing[:, 3 + i])
    columns |= _survey_columns(random, count, storeys)
    for i, (name, codes) in enumerate(
        {
            "roof_form": ["flat", "gable", "hip", "shed"],
            "facade_material": ["render", "grey_brick", "mirror_glass"],
            "style": ["traditional", "modern", "other"],
            "color_source": ["card", "photo", "design"],
        }.items()
    ):
        columns[name] = pa.array(random.choice(codes, count), mask=is_missing[:, 7 + i])
    schema = pa.schema([*building_schema(), pa.field("dataset", pa.string())])
    buildings = pa.table({f.name: columns.get(f.name, pa.nulls(count, f.type)) for f in schema}, schema=schema)
    street = row // (2 * per_street)
    is_left = (row // per_street) % 2 == 0
    frontages = pa.table(
        {
            "building_id": columns["id"],
            "dataset": columns["dataset"],
            "street_id": pa.array([f"s{i}" for i in range(street.max() + 1)]).take(pa.array(street)),
            "side": pa.array(np.where(is_left, "north", "south")),
            "line_side": pa.array(np.where(is_left, "left", "right")),
            "chainage_from_m": x,
            "chainage_to_m": x + 12.0,
            "length_m": np.full(count, 12.0),
            "setback_m": np.round(random.random(count) * 8.0, 2),
        }
    )
    names = pa.array([f"s{i}" for i in range(street.max() + 1)])
    y_m = np.arange(len(names)) * 120.0 + 36.0
    ends = np.stack([np.zeros(len(names)), y_m, np.full(len(names), per_street * 20.0), y_m], axis=1)
    streets = pa.table(
        {
            "id": names,
            "geometry": pa.array(shapely.to_wkb(shapely.linestrings(ends.reshape(-1, 2, 2))), pa.binary()),
            "class": pa.repeat("main", len(names)),
            "width_m": np.full(len(names), 20.0),
            "footway_width_m": np.round(random.random(len(names)) * 4.0, 1),
            "overhead_line_m": np.round(random.random(len(names)) * 300.0),
        }
    )
    edges = np.linspace(0, per_street * 20.0, 6)
    zones = pa.table(
        {
            "id": [f"z{i}" for i in range(5)],
            "geometry": pa.array(shapely.to_wkb(shapely.box(edges[:-1], -10.0, edges[1:], 1e7)), pa.binary()),
        }
    )
    places = Places(
        plan_units=_plan_units(random, x.max() + 20.0, y.max() + 60.0), view_corridors=_corridors(random, x.max())
    )
    return BenchTown(buildings, zones, frontages, streets, places)


def _survey_columns(random: np.random.Generator, count: int, storeys: NDArray[np.int64]) -> dict[str, pa.Array]:
    """What surveys and models find, a tenth of it missing."""

    def some(values: NDArray[Any], kind: pa.DataType | None = None) -> pa.Array:
        return pa.array(values, kind, mask=random.random(count) < 0.1)

    def few(highest: int) -> pa.Array:
        return some(random.integers(0, highest, count).astype(np.int32))

    def length(highest_m: float) -> pa.Array:
        return some(np.round(random.random(count) * highest_m, 2))

    columns = {
        "base_m": some(np.round(930.0 + random.random(count) * 4.0, 2)),
        "roof_material": some(random.choice(["grey_tile", "membrane", "metal_sheet"], count)),
        "roof_slope_deg": length(45.0),
        "floor_area_m2": some(storeys * 144.0),
        "flat_count": few(40),
        "shop_count": few(4),
        "sign_count": few(6),
        "roof_sign_count": few(2),
        "ac_unit_count": few(30),
        "roof_area_m2": some(np.full(count, 144.0)),
    }
    metres = {"sign_top_m": 6.0, "second_floor_sill_m": 5.0, "sign_height_m": 2.0, "sign_depth_m": 0.5}
    metres |= {"roof_equipment_area_m2": 40.0, "roof_addition_area_m2": 30.0, "roof_addition_height_m": 3.0}
    columns |= {name: length(highest_m) for name, highest_m in metres.items()}
    for side in ("north", "east", "south", "west"):
        columns[f"window_wall_ratio_{side}"] = length(0.6)
        columns[f"ground_floor_transparency_{side}"] = length(1.0)
        columns[f"facade_area_{side}_m2"] = length(300.0)
    return columns


def _plan_units(random: np.random.Generator, east_m: float, north_m: float) -> pa.Table:
    """One district, units of 2,000 × 1,200 m and parcels of 200 × 120 m in them, one in five a plaza or green."""
    levels = []
    for level, width_m, depth_m in (("district", east_m, north_m), ("unit", 2000.0, 1200.0), ("parcel", 200.0, 120.0)):
        i, k = (
            a.ravel() for a in np.meshgrid(np.arange(np.ceil(east_m / width_m)), np.arange(np.ceil(north_m / depth_m)))
        )
        names = [f"{level}-{a:.0f}-{b:.0f}" for a, b in zip(i, k, strict=True)]
        above = {"district": None, "unit": "district-0-0"}.get(level)
        parents = [f"unit-{a // 10:.0f}-{b // 10:.0f}" for a, b in zip(i, k, strict=True)]
        shape = shapely.box(i * width_m, k * depth_m - 10.0, (i + 1) * width_m, (k + 1) * depth_m - 10.0)
        area_m2 = shapely.area(shape)
        count = len(names)
        levels.append(
            pa.table(
                {
                    "id": names,
                    "geometry": pa.array(shapely.to_wkb(shape), pa.binary()),
                    "parent_id": pa.array(parents if level == "parcel" else [above] * count, pa.string()),
                    "level": pa.repeat(level, count),
                    "land_use": random.choice(["residential", "commercial", "office", "green", "plaza"], count),
                    "far_max": random.choice([1.2, 1.8, 2.4], count),
                    "coverage_max_percent": np.full(count, 30.0),
                    "green_min_percent": np.full(count, 25.0),
                    "green_area_m2": area_m2 * random.random(count) * 0.5,
                    "hard_area_m2": area_m2 * random.random(count),
                    "population": np.round(area_m2 / 100.0),
                }
            )
        )
    return pa.concat_tables(levels)


def _corridors(random: np.random.Generator, east_m: float) -> pa.Table:
    """Twenty corridors a kilometre long."""
    starts = np.stack([np.linspace(0.0, max(east_m - 1000.0, 0.0), 20), np.zeros(20)], axis=1)
    lines = shapely.linestrings(np.stack([starts, starts + np.array([600.0, 800.0])], axis=1))
    return pa.table(
        {
            "id": [f"v{i}" for i in range(20)],
            "geometry": pa.array(shapely.to_wkb(lines), pa.binary()),
            "viewpoint_ground_m": np.full(20, 932.0),
            "target_low_m": 950.0 + np.round(random.random(20) * 10.0),
            "target_high_m": np.full(20, 970.0),
            "width_from_m": np.full(20, 10.0),
            "width_to_m": np.full(20, 60.0),
        }
    )
