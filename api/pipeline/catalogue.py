"""The catalogue of a workspace: every dataset and layer in the terms of the CIM standards, and the coverage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from cim_core.catalogue import CatalogueEntry, measure_coverage, parse_entry
from cim_core.catalogue.levels import level_number, level_of_building, level_of_kind
from cim_core.catalogue.vocabulary import CATEGORY_BY_CODE
from cim_core.errors import NotFoundError
from cim_core.scenarios import PlaceState
from cim_core.store import Change, DatasetKind, DatasetRecord, Store

#: A map layer of this name is the built-up area as somebody drew it.
BUILT_UP_LAYER = "built-up"
#: What category a dataset is of where nobody said.
_CATEGORIES: Mapping[DatasetKind, str] = {
    DatasetKind.BUILDINGS: "1.4.4",
    DatasetKind.ELEMENTS: "1.4.4",
    DatasetKind.MESH: "1.4.11",
    DatasetKind.POINT_CLOUD: "1.3.3",
}
#: Layers of a town with their category and what they are called.
_LAYERS = {
    "streets": ("1.4.5", "道路", "Streets"),
    "zones": ("3.4.1", "控制区", "Control zones"),
    "plan_units": ("3.3.2", "片区、单元、地块", "Districts, units and parcels"),
    "view_corridors": ("3.4.1", "视线通廊", "View corridors"),
    "projects": ("4.5", "更新项目", "Renewal projects"),
}


def list_catalogue(store: Store) -> list[dict[str, Any]]:
    """One record a dataset and town layer: what the store knows, what somebody said, and what is assumed."""
    entries = store.catalogue_entries()
    found = [_describe_dataset(record, entries.get(record.id)) for record in store.datasets()]
    layers = (store.streets(), store.zones(), store.plan_units(), store.view_corridors(), store.projects())
    counts = {name: table.num_rows for name, table in zip(_LAYERS, layers, strict=True)}
    counts |= {f"layer:{row['layer']}": row["features"] for row in store.map_layers().to_pylist()}
    for name, count in counts.items():
        if count:
            found.append(_describe_layer(name, count, store, entries.get(name)))
    return found


def show_catalogue(store: Store, dataset: str) -> dict[str, Any]:
    """One record of the catalogue. Raises NotFoundError."""
    for record in list_catalogue(store):
        if record["id"] == dataset:
            return record
    hint = "list them: cim catalogue list"
    raise NotFoundError(f"there is no dataset or layer {dataset!r}", hint=hint, code="no-dataset")


def set_catalogue(store: Store, dataset: str, values: Mapping[str, Any], by: str = "") -> dict[str, Any]:
    """Say something of a dataset or layer. Raises NotFoundError, UsageError."""
    show_catalogue(store, dataset)
    before = store.catalogue_entries().get(dataset)
    store.put_catalogue_entry(parse_entry(dataset, values, before), Change(by, f"catalogue of {dataset}"))
    return show_catalogue(store, dataset)


def catalogue_coverage(store: Store) -> dict[str, Any]:
    """How much of the built-up area is under models of each CIM level, computed from the data (see ``Coverage``)."""
    records = {record["id"]: record for record in list_catalogue(store)}
    buildings = store.buildings(columns=("dataset", "geometry", "cim_level", "height_m"), state=PlaceState.EXISTING)
    shapes = np.asarray(shapely.from_wkb(buildings["geometry"].to_numpy()), object)
    stated = pc.cast(buildings["cim_level"], pa.int64()).to_pylist()
    names = buildings["dataset"].to_pylist()
    has_height = pc.is_valid(buildings["height_m"]).to_pylist()
    levels = [
        _level_of(own, records[name], has_height=is_tall)
        for own, name, is_tall in zip(stated, names, has_height, strict=True)
    ]
    footprints: dict[int | None, Any] = {
        level: shapes[np.array([value == level for value in levels], bool)] for level in set(levels)
    }
    drawn = store.map_layer(BUILT_UP_LAYER)
    built_up = None
    if drawn.num_rows:
        built_up = shapely.union_all(shapely.make_valid(shapely.from_wkb(drawn["geometry"].to_numpy())))
    extents: dict[int, Any] = {}
    for record in store.datasets():
        if record.kind is DatasetKind.MESH and record.extent_deg is not None:
            box = shapely.box(*store.to_work_box(record.extent_deg))
            extents.setdefault(int(records[record.id]["cim_level"]), []).append(box)
    outlines = {level: np.array(found, object) for level, found in extents.items()}
    measured = measure_coverage(footprints, built_up, outlines)
    return {**measured.to_dict(), "built_up_layer": BUILT_UP_LAYER if built_up is not None else None}


def _level_of(own: int | None, record: Mapping[str, Any], *, has_height: bool) -> int | None:
    level = record["cim_level"]
    said = None if "cim_level" in record["assumed"] else level
    return level_of_building(own, said, level, record["kind"], has_height=has_height)


def _describe_dataset(record: DatasetRecord, entry: CatalogueEntry | None) -> dict[str, Any]:
    level = level_number(record.cim_level) or level_of_kind(record.kind.value)
    return {
        "id": record.id,
        "name": {"zh": record.name_zh, "en": record.name_en},
        "kind": record.kind.value,
        "features": record.features,
        "crs": record.crs,
        "height_datum": record.heights.datum.value,
        "provenance": {"file": record.source_file, "format": record.format_id, "imported": record.recorded_from},
        "synthetic": record.synthetic,
        **_said(entry, _CATEGORIES[record.kind], level),
    }


def _describe_layer(name: str, count: int, store: Store, entry: CatalogueEntry | None) -> dict[str, Any]:
    category, zh, en = _LAYERS.get(name, (None, name, name))
    return {
        "id": name,
        "name": {"zh": zh, "en": en},
        "kind": "layer",
        "features": count,
        "crs": store.work_crs.to_string(),
        "height_datum": None,
        "provenance": None,
        "synthetic": None,
        **_said(entry, category, None),
    }


def _said(entry: CatalogueEntry | None, category: str | None, level: int | None) -> dict[str, Any]:
    """What somebody said; ``assumed`` names the fields that follow from the kind of data instead."""
    said = entry.to_dict() if entry else CatalogueEntry("").to_dict()
    del said["dataset"]
    assumed = []
    for name, value in (("category", category), ("cim_level", level)):
        if said[name] is None and value is not None:
            said[name] = value
            assumed.append(name)
    known = CATEGORY_BY_CODE.get(said["category"] or "")
    return {**said, "category_name": {"zh": known.zh, "en": known.en} if known else None, "assumed": assumed}
