"""The tables of the store. Types are TEXT, DOUBLE and INTEGER only, so that GDAL and QGIS read every column right.

Building attribute columns are derived from ``BUILDING_ATTRIBUTES``. Every row has an integer ``fid`` (the R*Tree key)
and, where the city knows it by name, a stable text ``id``; ``version`` and ``recorded_from`` (UTC) are there for
optimistic locking and history.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from cim_core.features import BUILDING_ATTRIBUTES
from cim_core.store.geom import Geom

GEOMETRY = "geom"


@dataclass(frozen=True, slots=True)
class Layer:
    """One table as GIS programs see it: ``geometry`` is its type or None for an attribute table."""

    table: sa.Table
    title: str
    geometry: str | None = None
    has_index: bool = False


@dataclass(frozen=True)
class Tables:
    """Every table of a store whose geometries are in one work CRS."""

    metadata: sa.MetaData
    buildings: sa.Table
    elements: sa.Table
    streets: sa.Table
    frontages: sa.Table
    control_zones: sa.Table
    rule_packs: sa.Table
    control_rules: sa.Table
    projects: sa.Table
    project_buildings: sa.Table
    findings: sa.Table
    datasets: sa.Table
    layer_features: sa.Table
    layers: tuple[Layer, ...] = field(default=())

    def is_indexed(self, table: sa.Table) -> bool:
        """Whether the table has an R*Tree."""
        return any(layer.table is table and layer.has_index for layer in self.layers)


def build_tables(srs_id: int) -> Tables:
    """The tables for a work CRS with that EPSG code."""
    metadata = sa.MetaData()
    geometry_types = {
        "buildings": "GEOMETRY",
        "streets": "GEOMETRY",
        "frontages": "GEOMETRY",
        "control_zones": "GEOMETRY",
        "projects": "GEOMETRY",
        "findings": "POINT",
        "layer_features": "GEOMETRY",
    }

    def table(name: str, *columns: sa.schema.SchemaItem) -> sa.Table:
        kind = geometry_types.get(name)
        geometry = [sa.Column(GEOMETRY, Geom(kind, srs_id))] if kind else []
        fid = sa.Column("fid", sa.Integer, primary_key=True, autoincrement=True)
        return sa.Table(name, metadata, fid, *geometry, *columns, sqlite_autoincrement=True)

    buildings = table(
        "buildings",
        *_feature_identity(),
        _text("height_source"),
        *(sa.Column(a.name, _sql_type(a.type)) for a in BUILDING_ATTRIBUTES),
        _text("extra"),  # JSON of source columns outside the agreed list
        *_history(),
        sa.UniqueConstraint("dataset", "id"),
        sa.UniqueConstraint("dataset", "gid"),
    )
    elements = table(
        "elements",
        *_feature_identity(),
        *map(_text, ("name", "storey", "material", "properties")),
        *map(_number, ("base_m", "height_m")),
        *_history(),
        sa.UniqueConstraint("dataset", "id"),
        sa.Index("elements_parent", "dataset", "parent_id"),
    )
    streets = table(
        "streets", _id(), _text("name_zh"), _text("name_en"), _text("class"), _number("width_m"), _text("properties"),
        *_history(), sa.UniqueConstraint("id"),
    )  # fmt: skip
    frontages = table(
        "frontages", *_building_key(), _text("street_id", nullable=False), _text("side"),
        _text("line_side"),
        *map(_number, ("chainage_from_m", "chainage_to_m", "length_m", "setback_m")), *_history(),
        sa.Index("frontages_building", "dataset", "building_id"), sa.Index("frontages_street", "street_id"),
    )  # fmt: skip
    control_zones = table(
        "control_zones", _id(),
        *map(_text, ("name_zh", "name_en", "level", "description_zh", "description_en", "properties")),
        *_history(), sa.UniqueConstraint("id"),
    )  # fmt: skip
    rule_packs = table(
        "rule_packs", _id(), *map(_text, ("name_zh", "name_en", "pack_version")), _whole("synthetic"),
        _text("content", nullable=False), *_history(), sa.UniqueConstraint("id"),
    )  # fmt: skip
    control_rules = table(
        "control_rules", _text("pack_id", nullable=False), _id(),
        *map(_text, ("kind", "clause", "nature", "text_zh", "text_en", "applies_to", "parameters")),
        *_history(), sa.UniqueConstraint("pack_id", "id"),
    )  # fmt: skip
    projects = table(
        "projects", _id(), *map(_text, ("name_zh", "name_en", "type", "batch", "stage", "geometry_note")),
        _whole("synthetic_geometry"), _text("properties"), *_history(), sa.UniqueConstraint("id"),
    )  # fmt: skip
    project_buildings = table(
        "project_buildings", _text("project_id", nullable=False), *_building_key(), _text("origin", nullable=False),
        _number("area_share"), _text("relation"), _number("buffer_m"), _whole("included"),
        *map(_text, ("action", "reason", "decided_by")), *_history(),
        sa.UniqueConstraint("project_id", "dataset", "building_id", "origin"),
        sa.Index("project_buildings_building", "dataset", "building_id"),
    )  # fmt: skip
    findings = table(
        "findings", _id(), *_building_key(), _whole("gid"),
        *map(_text, ("rule_id", "kind", "clause", "nature", "zone_id", "street_id", "verdict", "original_verdict")),
        _number("measured_value"), _text("measured_text"), *map(_number, ("limit_min", "limit_max")),
        *map(_text, ("limit_text", "limit_zh", "limit_en")), _number("margin"),
        *map(_text, ("unit", "source", "confidence", "message_zh", "message_en", "checked_on")), *_history(),
        sa.UniqueConstraint("id"), sa.Index("findings_building", "dataset", "building_id"),
        *_finding_orders(),
    )  # fmt: skip
    datasets = table(
        "datasets", _id(), *map(_text, ("name_zh", "name_en", "kind", "crs", "crs_reason", "height_datum")),
        _number("undulation_m"), *map(_text, ("source_file", "format_id")), _whole("synthetic"), _text("cim_level"),
        _whole("features"), _whole("buildings"), *map(_number, ("west_deg", "south_deg", "east_deg", "north_deg")),
        _text("tileset_version"), _whole("tileset_tiles"), _whole("tileset_bytes"), _whole("tileset_features"),
        *map(_number, ("height_min_m", "height_max_m")), *_history(), sa.UniqueConstraint("id"),
    )  # fmt: skip
    layer_features = table(
        "layer_features", _text("layer", nullable=False), _id(),
        *map(_text, ("name_zh", "name_en", "kind")), _number("width_m"), _text("properties"), *_history(),
        sa.UniqueConstraint("layer", "id"),
    )  # fmt: skip
    return Tables(
        metadata, buildings, elements, streets, frontages, control_zones, rule_packs, control_rules, projects,
        project_buildings, findings, datasets, layer_features,
        layers=(
            Layer(buildings, "Buildings 建筑", "GEOMETRY", has_index=True),
            Layer(streets, "Streets 街道", "GEOMETRY", has_index=True),
            Layer(frontages, "Street frontages 临街面", "GEOMETRY", has_index=True),
            Layer(control_zones, "Control zones 控制区", "GEOMETRY", has_index=True),
            Layer(projects, "Renewal projects 更新项目", "GEOMETRY", has_index=True),
            Layer(findings, "Findings 核查结果", "POINT"),  # half a million points are not worth an R*Tree
            Layer(layer_features, "Map layers 底图要素", "GEOMETRY", has_index=True),
            Layer(elements, "Building elements 构件"),
            Layer(rule_packs, "Rule packs 规则包"),
            Layer(control_rules, "Control rules 控制规则"),
            Layer(project_buildings, "Project buildings 项目建筑"),
            Layer(datasets, "Datasets 数据集"),
        ),
    )  # fmt: skip


def _finding_orders() -> tuple[sa.schema.SchemaItem, ...]:
    """The order of every list, worst first, and that of one verdict: no page of findings sorts them all."""
    has_no_margin, margin = sa.text("margin IS NULL"), sa.text("margin")
    return (
        _whole("severity"),  # position in VERDICTS_BY_SEVERITY
        sa.Index("findings_worst", sa.text("severity DESC"), has_no_margin, margin),
        sa.Index("findings_verdict", sa.text("verdict"), has_no_margin, margin),
    )


def _sql_type(arrow_type: pa.DataType) -> sa.types.TypeEngine[Any]:
    if pa.types.is_floating(arrow_type):
        return sa.Double()
    return sa.Integer() if pa.types.is_integer(arrow_type) else sa.Text()


def _text(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Double)


def _whole(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer)


def _id() -> sa.Column[Any]:
    return _text("id", nullable=False)


def _building_key() -> tuple[sa.Column[Any], ...]:
    return _text("dataset", nullable=False), _text("building_id", nullable=False)


def _feature_identity() -> tuple[sa.Column[Any], ...]:
    return (
        _text("dataset", nullable=False),
        _id(),
        sa.Column("gid", sa.Integer, nullable=False),
        _text("parent_id"),
        _text("kind", nullable=False),
    )


def _history() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("recorded_from", sa.Text),
    )
