"""Small vector files made in code, and one call that reads any source and settles its books."""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import shapely

from cim_core.features import FeatureBatch, FeatureStream
from cim_core.issues import IssueLog, Severity
from cim_core.progress import SilentProgress
from converters.base import ReadOptions, Source
from converters.builtin import REGISTRY

#: A corner in the county seat, EPSG:4547 metres.
EAST, NORTH = 447_834.0, 4_217_077.0


@dataclass
class Result:
    """What a conversion gave."""

    stream: FeatureStream
    batches: list[FeatureBatch]
    log: IssueLog

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [row for batch in self.batches for row in batch.records.to_pylist()]

    @property
    def geometries(self) -> list[shapely.Geometry]:
        return [shapely.from_wkb(row["geometry"]) for row in self.rows]

    def codes(self, severity: Severity) -> list[str]:
        return [issue.code for issue in self.log if issue.severity is severity]

    @property
    def rejected(self) -> list[str]:
        return self.codes(Severity.REJECTED)

    @property
    def warned(self) -> list[str]:
        return self.codes(Severity.WARNING)


def convert(path: Path, options: ReadOptions | None = None) -> Result:
    """Read a file through the registry; whatever it holds, features in must equal features out plus rejected."""
    source = Source.open(path)
    log = IssueLog()
    stream = REGISTRY.for_source(source).read(source, options or ReadOptions(), log, SilentProgress())
    batches = list(stream.batches)
    log.features_out = sum(len(batch) for batch in batches)
    assert log.is_balanced(), (log.features_in, log.features_out, log.rejected)
    return Result(stream, batches, log)


def box_rings(x: float = EAST, y: float = NORTH, width: float = 10.0, depth: float = 20.0) -> list[list[list[float]]]:
    return [[[x, y], [x + width, y], [x + width, y + depth], [x, y + depth], [x, y]]]


def polygon(x: float = EAST, y: float = NORTH, width: float = 10.0, depth: float = 20.0) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": box_rings(x, y, width, depth)}


def feature(geometry: dict[str, Any] | None = None, *, empty: bool = False, **properties: Any) -> dict[str, Any]:
    shape = None if empty else (geometry or polygon())
    return {"type": "Feature", "properties": properties, "geometry": shape}


def collection(*features: dict[str, Any], crs: Any = "urn:ogc:def:crs:EPSG::4547", **members: Any) -> dict[str, Any]:
    named = {"crs": {"type": "name", "properties": {"name": crs}}} if isinstance(crs, str) else {}
    return {"type": "FeatureCollection", **named, **members, "features": list(features)}


def write_json(folder: Path, content: Any, name: str = "buildings.geojson") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


# The same layer in every format: three buildings in a row, 20 m apart, each 10 m × 12 m.
IDS = ["yx-1", "yx-2", "yx-3"]
HEIGHTS = [9.0, 12.5, np.nan]
STOREYS = [3, 4, 2]
NAMES = ["县衙", "大王庙", "Hall"]


def layer_wkb() -> np.ndarray:
    return shapely.to_wkb(
        np.array([shapely.box(EAST + 20 * i, NORTH, EAST + 20 * i + 10, NORTH + 12) for i in range(3)])
    )


def write_ogr(path: Path, driver: str, crs: str | None = "EPSG:4547", encoding: str | None = None) -> Path:
    columns = [np.array(IDS, object), np.array(HEIGHTS), np.array(STOREYS, np.int32), np.array(NAMES, object)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.raw.write(
            path,
            geometry=layer_wkb(),
            field_data=columns,
            fields=["id", "height", "floors", "名称"],
            driver=driver,
            crs=crs,
            geometry_type="Polygon",
            **({"encoding": encoding} if encoding else {}),
        )
    return path


def write_shapefile(folder: Path, encoding: str = "UTF-8", crs: str | None = "EPSG:4547") -> Path:
    return write_ogr(folder / "buildings.shp", "ESRI Shapefile", crs, encoding)


def write_zip(folder: Path, suffix: str = ".zip") -> Path:
    inner = folder / "inner"
    inner.mkdir()
    write_shapefile(inner)
    target = folder / f"buildings{suffix}"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(inner.iterdir()):
            archive.write(file, f"数据/{file.name}")
    return target


def write_parquet(folder: Path, crs: Any = "EPSG:4547", geo: bool = True) -> Path:
    table = pa.table(
        {
            "id": IDS,
            "height": pa.array(HEIGHTS, from_pandas=True),
            "floors": STOREYS,
            "名称": pa.array(NAMES).dictionary_encode(),
            "geometry": pa.array(layer_wkb(), pa.binary()),
        }
    )
    column: dict[str, Any] = {"encoding": "WKB", "geometry_types": ["Polygon"]}
    if crs is not ...:
        column["crs"] = None if crs is None else pyproj.CRS(crs).to_json_dict()
    if geo:
        meta = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
        table = table.replace_schema_metadata({"geo": json.dumps(meta)})
    path = folder / "buildings.parquet"
    pq.write_table(table, path)
    return path


WRITERS: dict[str, Callable[[Path], Path]] = {
    "geojson": lambda folder: write_ogr(folder / "buildings.geojson", "GeoJSON"),
    "geopackage": lambda folder: write_ogr(folder / "buildings.gpkg", "GPKG"),
    "flatgeobuf": lambda folder: write_ogr(folder / "buildings.fgb", "FlatGeobuf"),
    "shapefile": write_shapefile,
    "geoparquet": write_parquet,
}
