"""Rows and meshes: building rows first, then elements in file order, in batches of bounded size."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from cim_core.crs.ecef import ecef_to_lonlat
from cim_core.crs.placement import MapPlacement, bearing_of_y
from cim_core.features import Blocks, FeatureBatch, MeshColumns, SourceMeta, TextureImage, building_schema
from cim_core.issues import IssueLog
from converters.ifc.blocks import Block, measure_blocks
from converters.ifc.buildings import BuildingMeasures, measure_building
from converters.ifc.columns import mesh_columns, worth_measuring
from converters.ifc.georeference import Georeference
from converters.ifc.mesh import ModelMesh, ModelShapes

SCHEMA = pa.schema(
    [
        *building_schema(),
        pa.field("storey", pa.string(), metadata={"zh": "楼层", "en": "Storey"}),
        pa.field("material", pa.string(), metadata={"zh": "材料", "en": "Material"}),
        pa.field("properties", pa.string(), metadata={"zh": "属性集", "en": "Property sets (JSON)"}),
        pa.field("facades", pa.string(), metadata={"zh": "立面量取", "en": "Facade measurements (JSON)"}),
    ]
)


#: No storey that people use is lower.
_MIN_STOREY_M = 2.0


def build_batches(
    shapes: ModelShapes,
    elements: dict[str, list[Any]],
    facts: dict[str, Any],
    georeference: Georeference,
    meta: SourceMeta,
    log: IssueLog,
    batch_size: int,
    images: tuple[TextureImage, ...] = (),
) -> tuple[int, Iterator[FeatureBatch]]:
    """Measure the buildings, complete the rows, and return their number and the batches."""
    mesh = shapes.join(worth_measuring(shapes, elements["kind"]))
    buildings, owner = _buildings_and_owners(elements, facts, georeference, log)
    found = [_building_row(b, i, mesh, owner, elements, georeference, log) for i, b in enumerate(buildings)]
    rows = [row for row, _ in found]
    log.features_in += len(rows)
    ids = elements["id"]
    base = _elevation(georeference)
    columns: dict[str, list[Any]] = {
        "id": ids,
        "parent_id": [rows[i]["id"] if i >= 0 else None for i in owner],
        "kind": elements["kind"],
        "name": elements["name"],
        "storey": elements["storey"],
        "material": elements["material"],
        "properties": elements["properties"],
        "height_m": (mesh.upper[:, 2] - mesh.lower[:, 2]).tolist(),
        "base_m": (mesh.lower[:, 2] + base).tolist(),
    }
    table = {
        name: [row.get(name) for row in rows] + list(columns.get(name, [None] * len(ids))) for name in SCHEMA.names
    }
    records = pa.RecordBatch.from_pydict(table, schema=SCHEMA)
    ground_z = float(buildings[0]["ground_z"]) if buildings else float(mesh.lower[:, 2].min())
    whole = mesh_columns(shapes, elements["kind"], len(rows), georeference.placement, ground_z, images)
    blocks = _blocks([own for _, own in found], buildings, georeference)
    return records.num_rows, _split(records, whole, blocks, meta, batch_size)


def _buildings_and_owners(
    elements: dict[str, list[Any]], facts: dict[str, Any], georeference: Georeference, log: IssueLog
) -> tuple[list[dict[str, Any]], NDArray[np.int64]]:
    """Building facts (one made of the project where the model has none) and each element's building index or −1."""
    shift_z = float(georeference.to_frame[2, 3])
    is_alone = len(facts["buildings"]) == 1
    buildings = [
        {
            **b,
            "ground_z": b["ground_z"] + shift_z,
            "levels_z": [s["placed_m"] + shift_z for s in facts["storeys"] if is_alone or s["building"] == b["step"]],
        }
        for b in facts["buildings"]
    ]
    if not buildings:
        log.warn("no-building", "the model has no IfcBuilding and no facility; its project stands for the building")
        project = facts["project"]
        blank = dict.fromkeys(("storeys", "year", "occupancy", "address", "properties"))
        ground = {"ground_z": shift_z, "ground_reason": "origin of the model", "storeys_reason": "no storeys"}
        levels = {"levels_z": [s["placed_m"] + shift_z for s in facts["storeys"]]}
        buildings = [{"step": -1, "kind": "IfcProject", **project, **blank, **ground, **levels}]
    index_by_step = {b["step"]: i for i, b in enumerate(buildings)}
    owner = np.array([index_by_step.get(step, -1) for step in elements["building"]], np.int64)
    if len(buildings) == 1:
        loose = np.array([kind != "IfcSite" for kind in elements["kind"]]) & (owner < 0)
        if loose.any() and (loose.sum() == (np.array(elements["kind"]) != "IfcSite").sum() or buildings[0]["step"] < 0):
            owner[loose] = 0
    return buildings, owner


def _building_row(
    facts: dict[str, Any],
    index: int,
    mesh: ModelMesh,
    owner: NDArray[np.int64],
    elements: dict[str, list[Any]],
    georeference: Georeference,
    log: IssueLog,
) -> tuple[dict[str, Any], list[Block]]:
    bearing_rad = bearing_of_y(georeference.placement, georeference.heights)
    own = np.flatnonzero(owner == index)
    of_own = {name: [values[n] for n in own.tolist()] for name, values in elements.items()}
    own_mesh = mesh.only(own)
    measures = measure_building(own_mesh, np.ones(len(own), bool), of_own, facts, bearing_rad)
    log.note(
        "building",
        f"{facts['kind']} {facts['name'] or facts['id']}: ground = {facts['ground_reason']}; "
        f"storeys = {facts['storeys_reason']}",
        where=f"#{facts['step']}",
    )
    derived = measures.attributes["storeys_derived"]
    if facts["storeys"] is None:
        log.warn(
            "no-storeys",
            "the model has no storeys; by its height it would have "
            + (f"{derived}, kept as derived and not judged" if derived else "more than is believable"),
            feature_id=facts["id"],
            hint="add IfcBuildingStorey, or NumberOfStoreys in Pset_BuildingCommon",
        )
    elif measures.height_m is not None and facts["storeys"] * _MIN_STOREY_M > measures.height_m:
        log.warn(
            "storeys-doubtful",
            f"{facts['storeys']} storeys ({facts['storeys_reason']}) on {measures.height_m:.2f} m of height are less "
            f"than {_MIN_STOREY_M:g} m each",
            feature_id=facts["id"],
            hint="correct NumberOfStoreys in Pset_BuildingCommon, or the height of the model",
        )
    if measures.footprint is None:
        log.warn("no-footprint", "the building has nothing that covers ground", feature_id=facts["id"])
    for complaint in measures.size_complaints():
        log.warn("building-size", complaint, feature_id=facts["id"], hint="check the length unit of the model")
    row = {
        "id": facts["id"],
        "kind": "building",
        "name": facts["name"],
        "geometry": shapely.to_wkb(_to_crs(measures.footprint, georeference)) if measures.footprint else None,
        "height_m": measures.height_m,
        "height_source": "model" if measures.height_m is not None else None,
        "base_m": float(facts["ground_z"]) + _elevation(georeference),
        "properties": facts["properties"],
        "facades": json.dumps(measures.detail, ensure_ascii=False) if measures.detail else None,
        **measures.attributes,
    }
    return row, _blocks_of(own_mesh, of_own, facts, measures)


def _blocks_of(
    mesh: ModelMesh, elements: dict[str, list[Any]], facts: dict[str, Any], measures: BuildingMeasures
) -> list[Block]:
    if measures.footprint is None or measures.height_m is None:
        return []
    ground_z = float(facts["ground_z"])
    levels_m = [z - ground_z for z in facts["levels_z"]]
    eave_m, ridge_m = (measures.attributes[name] for name in ("eave_height_m", "ridge_height_m"))
    if ridge_m is not None and ridge_m > measures.height_m - _MIN_STOREY_M:  # what is under the roof is no storey
        levels_m = [level for level in levels_m if level <= eave_m - _MIN_STOREY_M]
    return measure_blocks(mesh, elements, levels_m, measures.footprint, ground_z, measures.height_m)


def _blocks(
    by_building: list[list[Block]], buildings: list[dict[str, Any]], georeference: Georeference
) -> Blocks | None:
    """Of all buildings, whose rows come first, in the CRS of the source."""
    every = [(number, block) for number, blocks in enumerate(by_building) for block in blocks]
    if not every:
        return None
    row = np.array([number for number, _ in every], np.int64)
    outline = np.array([_to_crs(block.outline, georeference) for _, block in every], object)
    low_m, high_m = (np.array(ends, float) for ends in zip(*((b.from_m, b.to_m) for _, b in every), strict=True))
    return Blocks(row, outline, low_m, high_m, np.array([float(b["ground_z"]) for b in buildings])[row])


def _elevation(georeference: Georeference) -> float:
    """Elevation of z = 0 of the frame in the height datum of the source."""
    return georeference.placement.elevation_m


def _to_crs(footprint: shapely.Geometry, georeference: Georeference) -> shapely.Geometry:
    placement = georeference.placement

    def to_map(points: NDArray[np.float64]) -> NDArray[np.float64]:
        frame = np.column_stack([points, np.zeros(len(points))])
        if isinstance(placement, MapPlacement):
            return placement.to_map(frame)[:, :2]
        return ecef_to_lonlat(placement.to_ecef(frame, georeference.heights))[:, :2]

    return shapely.orient_polygons(shapely.transform(footprint, to_map), exterior_cw=False)


def _split(
    records: pa.RecordBatch, mesh: MeshColumns, blocks: Blocks | None, meta: SourceMeta, batch_size: int
) -> Iterator[FeatureBatch]:
    """Batches of at most ``batch_size`` rows, each with its own triangles and vertices."""
    if records.num_rows <= batch_size:
        yield FeatureBatch(records, meta, mesh, blocks=blocks)
        return
    for start in range(0, records.num_rows, batch_size):
        part = mesh.take_rows(start, start + batch_size)
        own = None if blocks is None else blocks.take_rows(start, start + batch_size)
        yield FeatureBatch(records.slice(start, batch_size), meta, part, blocks=own)
