"""Streets, control zones, rule packs and map layers: small tables, replaced as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyproj
import sqlalchemy as sa

from cim_core.errors import StoreError
from cim_core.store.base import StoreBase
from cim_core.store.changes import Change
from cim_core.store.geom import geometries_from_wkb
from cim_core.store.importing import to_crs
from cim_core.store.rows import Columns, column_values, extra_json, read_table, to_text
from cim_core.store.schema import GEOMETRY, data_columns
from cim_core.store.writing import put_row, replace_rows

_OWN_COLUMNS = frozenset({GEOMETRY, "properties", "layer"})


def replace_layer(
    connection: sa.Connection,
    table: sa.Table,
    rows: pa.Table,
    source_crs: pyproj.CRS,
    work_crs: pyproj.CRS,
    layer: str | None = None,
) -> int:
    """Replace all rows of a table (or of one named map layer in it); columns it has no place for go to ``properties``.

    ``rows`` has ``id`` and ``geometry`` (WKB in ``source_crs``, may be null). Returns the number of rows. Raises
    StoreError for a missing or repeated id.
    """
    _check_ids(rows, table.name)
    names = [column.name for column in data_columns(table) if column.name not in _OWN_COLUMNS]
    columns: Columns = {name: column_values(rows, name, table.c[name]) for name in names}
    if "properties" in table.c:
        columns["properties"] = extra_json(rows, frozenset({*names, "geometry"}))
    geometries = None
    if GEOMETRY in table.c:
        index = rows.schema.get_field_index("geometry")
        column = rows.column(index) if index >= 0 else None
        geometries = to_crs(geometries_from_wkb(column, rows.num_rows), source_crs, work_crs)
    replace_rows(connection, table, {} if layer is None else {"layer": layer}, columns, geometries)
    return int(rows.num_rows)


def read_layer(connection: sa.Connection, table: sa.Table, layer: str | None = None) -> pa.Table:
    """All rows of a table (or of one map layer) without the bookkeeping columns, ordered as imported."""
    statement = sa.select(*data_columns(table)).order_by(table.c.fid)
    if layer is not None:
        statement = statement.where(table.c.layer == layer)
    return read_table(connection, statement)


def list_map_layers(connection: sa.Connection, table: sa.Table) -> pa.Table:
    """Map layers as (layer, features)."""
    fid = sa.func.min(table.c.fid)
    statement = sa.select(table.c.layer, sa.func.count().label("features")).group_by(table.c.layer).order_by(fid)
    return read_table(connection, statement)


def put_rule_pack(connection: sa.Connection, packs: sa.Table, rules: sa.Table, pack: Mapping[str, Any]) -> None:
    """Insert or replace a rule pack given as the mapping its YAML holds. Raises StoreError without an id."""
    pack_id = pack.get("id")
    if not pack_id:
        raise StoreError("a rule pack needs an id", code="rule-pack-id")
    name = pack.get("name") or {}
    values = {
        "name_zh": name.get("zh"),
        "name_en": name.get("en"),
        "pack_version": to_text(pack.get("version", "")),
        "synthetic": int(bool(pack.get("synthetic", False))),
        "content": json.dumps(pack, ensure_ascii=False, default=str),
    }
    put_row(connection, packs, {"id": pack_id}, values)
    replace_rows(connection, rules, {"pack_id": pack_id}, _rule_columns(list(pack.get("rules") or [])))


def read_rule_packs(connection: sa.Connection, packs: sa.Table) -> list[dict[str, Any]]:
    """All rule packs as mappings, dates as ISO text."""
    return [json.loads(text) for text in connection.scalars(sa.select(packs.c.content).order_by(packs.c.fid))]


def _rule_columns(rules: list[Mapping[str, Any]]) -> Columns:
    def texts(name: str) -> list[str | None]:
        return [None if rule.get(name) is None else to_text(rule[name]) for rule in rules]

    columns: Columns = {name: texts(name) for name in ("id", "kind", "clause", "nature", "applies_to", "parameters")}
    columns["text_zh"] = [(rule.get("text") or {}).get("zh") for rule in rules]
    columns["text_en"] = [(rule.get("text") or {}).get("en") for rule in rules]
    return columns


def _check_ids(rows: pa.Table, name: str) -> None:
    index = rows.schema.get_field_index("id")
    if index < 0:
        raise StoreError(f"{name} needs an 'id' column", code="missing-id")
    ids = np.asarray(rows.column(index).to_pylist(), dtype=object)
    if any(value is None or value == "" for value in ids):
        raise StoreError(f"{name} has a row without an id", code="missing-id")
    values, counts = np.unique(ids.astype(str), return_counts=True)
    if (counts > 1).any():
        raise StoreError(f"{name} has the id '{values[counts > 1][0]}' more than once", code="duplicate-id")


class TownLayersPart(StoreBase):
    """The store as seen by streets, zones, map layers and rule packs."""

    def import_streets(self, rows: pa.Table, crs: pyproj.CRS | str, change: Change | None = None) -> int:
        """Replace all streets: id, geometry (centreline), name_zh, name_en, class, width_m. Returns the number."""
        return self._replace_layer(self._tables.streets, rows, crs, change=change)

    def import_zones(self, rows: pa.Table, crs: pyproj.CRS | str, change: Change | None = None) -> int:
        """Replace all control zones: id, geometry, name_zh, name_en, level, description_zh, description_en."""
        return self._replace_layer(self._tables.control_zones, rows, crs, change=change)

    def import_plan_units(self, rows: pa.Table, crs: pyproj.CRS | str, change: Change | None = None) -> int:
        """Replace all districts, units and parcels: id, geometry, ``PLAN_UNIT_ATTRIBUTES``. Returns the number."""
        return self._replace_layer(self._tables.plan_units, rows, crs, change=change)

    def import_view_corridors(self, rows: pa.Table, crs: pyproj.CRS | str, change: Change | None = None) -> int:
        """Replace all view corridors: id, geometry (viewpoint to target), ``VIEW_CORRIDOR_ATTRIBUTES``."""
        return self._replace_layer(self._tables.view_corridors, rows, crs, change=change)

    def import_map_layer(self, layer: str, rows: pa.Table, crs: pyproj.CRS | str) -> int:
        """Replace one map layer (``water``, ``green``, ``roads`` …): id, geometry, name_zh, name_en, kind, width_m."""
        return self._replace_layer(self._tables.layer_features, rows, crs, layer)

    def save_rule_pack(self, pack: Mapping[str, Any], change: Change | None = None) -> None:
        """Insert or replace a rule pack, given as the mapping its YAML holds. Raises StoreError."""
        with self._write(change) as connection:
            put_rule_pack(connection, self._tables.rule_packs, self._tables.control_rules, pack)

    def rule_packs(self) -> list[dict[str, Any]]:
        """All rule packs as mappings; dates are ISO text."""
        with self._read() as connection:
            return read_rule_packs(connection, self._tables.rule_packs)

    def streets(self) -> pa.Table:
        """All streets."""
        return self._read_layer(self._tables.streets)

    def zones(self) -> pa.Table:
        """All control zones."""
        return self._read_layer(self._tables.control_zones)

    def plan_units(self) -> pa.Table:
        """All districts, units and parcels."""
        return self._read_layer(self._tables.plan_units)

    def view_corridors(self) -> pa.Table:
        """All view corridors."""
        return self._read_layer(self._tables.view_corridors)

    def map_layer(self, layer: str) -> pa.Table:
        """Features of one map layer; empty for an unknown one."""
        return self._read_layer(self._tables.layer_features, layer)

    def map_layers(self) -> pa.Table:
        """Names of the map layers: layer, features."""
        with self._read() as connection:
            return list_map_layers(connection, self._tables.layer_features)

    def _replace_layer(
        self,
        table: sa.Table,
        rows: pa.Table,
        crs: pyproj.CRS | str,
        layer: str | None = None,
        change: Change | None = None,
    ) -> int:
        with self._write(change) as connection:
            return replace_layer(connection, table, rows, pyproj.CRS(crs), self.work_crs, layer)

    def _read_layer(self, table: sa.Table, layer: str | None = None) -> pa.Table:
        with self._read() as connection:
            return read_layer(connection, table, layer)
