"""Writing the town: GeoJSON with two decimals, YAML, GeoTIFF; the same bytes on every run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
import yaml
from rasterio.transform import Affine
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from sample_models.town.frame import EPSG, to_grid
from sample_models.town.terrain import CELL_M, Ground

NOTICE = {
    "zh": "合成示意数据：位置、高程和部分名称真实，其余几何与属性均为虚构，不得用于实际用途。",
    "en": "Synthetic sample data: place, elevation and some names are real; all else is invented.",
}
CRS = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{EPSG}"}}


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 with Unix line ends on every system."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a small JSON file for reading by people."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def write_features(path: Path, features: Iterable[tuple[BaseGeometry | None, Mapping[str, Any]]]) -> None:
    """Write a GeoJSON layer in EPSG:4547, one feature a line, geometry in the local frame given."""
    lines = [
        json.dumps(
            {"type": "Feature", "id": p["id"], "properties": dict(p), "geometry": _geometry(g)},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for g, p in features
    ]
    head = {"type": "FeatureCollection", "name": path.stem, "crs": CRS, "notice": NOTICE, "synthetic": True}
    text = json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [\n' + ",\n".join(lines) + "\n]}\n"
    write_text(path, text)


def _geometry(shape: BaseGeometry | None) -> dict[str, Any] | None:
    if shape is None:
        return None
    placed = shapely.transform(to_grid(shape), lambda xy: np.round(xy, 2))
    if not placed.is_valid:
        raise ValueError(f"rounding made an invalid {placed.geom_type}")
    value = json.loads(json.dumps(mapping(placed)))
    return dict(value)


class _Flow(yaml.SafeDumper):
    """YAML with short lists and mappings of numbers on one line."""

    def ignore_aliases(self, data: object) -> bool:
        """Write repeated values out in full."""
        return True


def write_yaml(path: Path, value: Mapping[str, Any], comment: str) -> None:
    """Write a YAML file with a heading comment."""
    body = yaml.dump(dict(value), Dumper=_Flow, allow_unicode=True, sort_keys=False, width=160, default_flow_style=None)
    write_text(path, "".join(f"# {line}\n" for line in comment.splitlines()) + body)


def write_dem(path: Path, ground: Ground) -> None:
    """Write the ground as a deflated float32 GeoTIFF."""
    west, north = ground.origin
    rows, cols = ground.heights.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=cols,
        height=rows,
        count=1,
        dtype="float32",
        crs=f"EPSG:{EPSG}",
        transform=Affine(CELL_M, 0.0, west, 0.0, -CELL_M, north),
        compress="deflate",
        predictor=3,
        zlevel=9,
        tiled=True,
        blockxsize=256,
        blockysize=256,
        nodata=-9999.0,
    ) as target:
        target.write(ground.heights, 1)
        target.update_tags(SYNTHETIC="YES", NOTICE=NOTICE["en"], VERTICAL_DATUM="1985 normal heights (metres)")
        target.set_band_description(1, "height_m, 1985 normal heights, synthetic")
