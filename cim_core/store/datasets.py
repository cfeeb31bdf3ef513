"""Rows of the ``datasets`` table, and removing a dataset with everything that hangs on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from cim_core.crs.heights import HeightPolicy
from cim_core.features import FeatureBatch
from cim_core.progress import Progress, SilentProgress
from cim_core.store.backend import FOLDER_OPTION
from cim_core.store.base import StoreBase, not_found
from cim_core.store.changes import Change
from cim_core.store.importing import replace_features
from cim_core.store.prepared import Prepared, Row
from cim_core.store.records import Box, DatasetKind, DatasetRecord, ImportCounts, TilesetInfo
from cim_core.store.rows import equal_to_parameters
from cim_core.store.schema import Tables
from cim_core.store.writing import delete_rows, put_row


def list_datasets(connection: sa.Connection, tables: Tables) -> list[DatasetRecord]:
    """All datasets in the order they were first imported."""
    query = _dataset_query(tables, is_one=False)
    return [_record(row, _folder(connection)) for row in _mappings(tables, query.rows(connection))]


def get_dataset(connection: sa.Connection, tables: Tables, dataset: str) -> DatasetRecord:
    """One dataset. Raises NotFoundError."""
    query = _dataset_query(tables, is_one=True)
    for row in _mappings(tables, query.rows(connection, {"id": dataset})):
        return _record(row, _folder(connection))
    raise not_found("dataset", dataset)


@cache
def _dataset_query(tables: Tables, *, is_one: bool) -> Prepared:
    table = tables.datasets
    statement = sa.select(table).where(*equal_to_parameters(table, ("id",) if is_one else ()))
    return Prepared(statement.order_by(table.c.fid))


def _mappings(tables: Tables, rows: list[Row]) -> Iterator[dict[str, Any]]:
    names = tables.datasets.c.keys()
    return (dict(zip(names, row, strict=True)) for row in rows)


def put_dataset(
    connection: sa.Connection, tables: Tables, record: DatasetRecord, counts: ImportCounts, extent_deg: Box | None
) -> None:
    """Insert or replace the row of a dataset; the tileset is what the record says."""
    values = {
        "name_zh": record.name_zh,
        "name_en": record.name_en,
        "kind": record.kind.value,
        "crs": record.crs,
        "crs_reason": record.crs_reason,
        "height_datum": record.heights.datum.value,
        "undulation_m": record.heights.undulation_m,
        "source_file": record.source_file,
        "format_id": record.format_id,
        "synthetic": int(record.synthetic),
        "cim_level": record.cim_level,
        "features": counts.features,
        "buildings": counts.buildings,
        **_extent_values(extent_deg),
        **_tileset_values(record.tileset),
    }
    if record.tileset is not None and extent_deg is None:
        values |= _extent_values(record.tileset.bounds_deg)
    put_row(connection, tables.datasets, {"id": record.id}, values, is_event=True)


def put_tileset(connection: sa.Connection, tables: Tables, dataset: str, tileset: TilesetInfo) -> None:
    """Say which tileset draws a dataset. Raises NotFoundError."""
    table = tables.datasets
    record = get_dataset(connection, tables, dataset)
    values = _tileset_values(tileset)
    if record.extent_deg is None:
        values |= _extent_values(tileset.bounds_deg)
    if not record.features:
        values["features"] = tileset.features
    put_row(connection, table, {"id": dataset}, values)


def delete_derived(connection: sa.Connection, tables: Tables, dataset: str) -> None:
    """Remove what was derived from the rows of a dataset; manual project links stay for a re-import."""
    for table in (tables.findings, tables.frontages):
        delete_rows(connection, table, table.c.dataset == dataset)
    links = tables.project_buildings
    delete_rows(connection, links, sa.and_(links.c.dataset == dataset, links.c.origin == "geometry"))


def delete_dataset(connection: sa.Connection, tables: Tables, dataset: str) -> None:
    """Remove a dataset, its rows, findings, frontages and all project links. Raises NotFoundError."""
    get_dataset(connection, tables, dataset)
    delete_derived(connection, tables, dataset)
    for table in (tables.model_objects, tables.elements, tables.buildings, tables.project_buildings):
        delete_rows(connection, table, table.c.dataset == dataset)
    delete_rows(connection, tables.datasets, tables.datasets.c.id == dataset)


def _extent_values(box: Box | None) -> dict[str, Any]:
    west, south, east, north = box or (None, None, None, None)
    return {"west_deg": west, "south_deg": south, "east_deg": east, "north_deg": north}


def _tileset_values(tileset: TilesetInfo | None) -> dict[str, Any]:
    return {
        "tileset_version": tileset.version if tileset else None,
        "tileset_tiles": tileset.tiles if tileset else None,
        "tileset_bytes": tileset.bytes if tileset else None,
        "tileset_features": tileset.features if tileset else None,
        "height_min_m": tileset.height_range_m[0] if tileset else None,
        "height_max_m": tileset.height_range_m[1] if tileset else None,
    }


def _folder(connection: sa.Connection) -> Path:
    """The workspace folder, where a geoid model of its own may lie."""
    folder: Path = connection.get_execution_options()[FOLDER_OPTION]
    return folder


def _record(row: Mapping[str, Any], workspace: Path) -> DatasetRecord:
    extent = None
    if row["west_deg"] is not None:
        extent = (row["west_deg"], row["south_deg"], row["east_deg"], row["north_deg"])
    record = DatasetRecord(
        id=row["id"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        kind=DatasetKind(row["kind"]),
        crs=row["crs"],
        crs_reason=row["crs_reason"],
        heights=HeightPolicy.from_record(row["height_datum"], row["undulation_m"], workspace),
        source_file=row["source_file"],
        format_id=row["format_id"],
        synthetic=bool(row["synthetic"]),
        cim_level=row["cim_level"],
        features=row["features"],
        buildings=row["buildings"],
        extent_deg=extent,
        recorded_from=row["recorded_from"],
    )
    if row["tileset_version"] is None:
        return record
    heights = (row["height_min_m"] or 0.0, row["height_max_m"] or 0.0)
    bounds = extent or (0.0, 0.0, 0.0, 0.0)
    size = (row["tileset_tiles"] or 0, row["tileset_bytes"] or 0, row["tileset_features"] or 0)
    return replace(record, tileset=TilesetInfo(row["tileset_version"], bounds, heights, *size))


class DatasetsPart(StoreBase):
    """The store as seen by imports."""

    def import_features(
        self,
        dataset: DatasetRecord,
        batches: Iterable[FeatureBatch],
        progress: Progress | None = None,
        change: Change | None = None,
    ) -> ImportCounts:
        """Replace a dataset by the rows of ``batches``, in one transaction.

        Footprints are brought into the work CRS. What was derived from the old rows (frontages, findings, project
        links by geometry) goes; manual project links stay. Raises GeoreferenceError when a CRS cannot be brought
        into the work CRS, StoreError for repeated ids. Buildings that are as they were keep their version; of the
        others the former row is kept, see ``history``.
        """
        progress = progress or SilentProgress()
        progress.start("store")
        with self._write(change) as connection:
            delete_derived(connection, self._tables, dataset.id)
            counts, box = replace_features(connection, self._tables, dataset.id, batches, self.work_crs, progress)
            extent = None if box is None else self.to_lonlat_box(box)
            put_dataset(connection, self._tables, dataset, counts, extent)
            self._touch(connection, "datasets", "frontages", "findings", "project_buildings")
        return counts

    def set_dataset_tileset(self, dataset: str, tileset: TilesetInfo) -> None:
        """Say which tileset version draws a dataset. Raises NotFoundError."""
        with self._write() as connection:
            put_tileset(connection, self._tables, dataset, tileset)
            self._touch(connection, "datasets")

    def delete_dataset(self, dataset: str, change: Change | None = None) -> None:
        """Remove a dataset with all rows, findings, frontages and project links. Raises NotFoundError."""
        with self._write(change) as connection:
            delete_dataset(connection, self._tables, dataset)
            self._touch(connection, "buildings", "elements", "datasets", "frontages", "findings", "project_buildings")

    def datasets(self) -> list[DatasetRecord]:
        """All datasets in the order they were first imported."""
        with self._ask() as connection:
            return list_datasets(connection, self._tables)

    def dataset(self, dataset: str) -> DatasetRecord:
        """One dataset. Raises NotFoundError."""
        with self._ask() as connection:
            return get_dataset(connection, self._tables, dataset)
