"""The store: one GeoPackage file with the buildings, streets, controls, projects and findings of a town."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyproj
import sqlalchemy as sa
from numpy.typing import NDArray

from cim_core.crs.transform import transform_xy
from cim_core.errors import StoreError
from cim_core.features import FeatureBatch
from cim_core.progress import Progress, SilentProgress
from cim_core.store import buildings, datasets, findings, links, state, townlayers
from cim_core.store.engine import Engines, open_engines
from cim_core.store.failures import explain_write_failure
from cim_core.store.geopackage import APPLICATION_ID, USER_VERSION, create_geopackage, touch_layer
from cim_core.store.importing import insert_batches
from cim_core.store.records import (
    Box,
    BuildingFilter,
    DatasetRecord,
    FindingFilter,
    ImportCounts,
    ManualLink,
    StateColumn,
    TilesetInfo,
)
from cim_core.store.tables import Tables, build_tables

WGS84 = pyproj.CRS(4326)


class Store:
    """A town on disk. Tables go in and come out as Arrow; geometries are WKB in ``work_crs``, x east then y north.

    Any number of threads may read while one writes; every writing method is one transaction, all or nothing. Other
    programs (QGIS, GDAL) may read the file at any time.
    """

    def __init__(self, path: Path, engines: Engines, work_crs: pyproj.CRS, srs_id: int) -> None:
        self.path = path
        self.work_crs = work_crs
        self._srs_id = srs_id
        self._engines = engines
        self._tables: Tables = build_tables(srs_id)

    @classmethod
    def create(cls, path: Path, work_crs: pyproj.CRS | str) -> Store:
        """Make a new, empty store. Raises StoreError when the file exists or the CRS has no EPSG code."""
        if path.exists():
            raise StoreError("already exists", where=str(path), hint="choose another path", code="store-exists")
        crs = pyproj.CRS(work_crs)
        srs_id = crs.to_epsg()
        if srs_id is None:
            raise StoreError(f"{crs.name} has no EPSG code", hint="give the work CRS as EPSG:…", code="work-crs")
        path.parent.mkdir(parents=True, exist_ok=True)
        store = cls(path, open_engines(path), crs, srs_id)
        try:
            with store._write() as connection:
                create_geopackage(connection, store._tables, crs, srs_id)
            store._engines.checkpoint()
        except BaseException:
            store.close()
            path.unlink(missing_ok=True)
            raise
        return store

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open an existing store. Raises StoreError when there is none or the file is something else."""
        if not path.is_file():
            raise StoreError("does not exist", where=str(path), hint="import something first", code="no-store")
        engines = open_engines(path)
        try:
            srs_id = _check_and_read_srs(engines, path)
        except BaseException:
            engines.dispose()
            raise
        return cls(path, engines, pyproj.CRS(srs_id), srs_id)

    def close(self) -> None:
        """Close all connections."""
        self._engines.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def journal_mode(self) -> str:
        """``wal``, or ``delete`` where the SQLite library has the WAL-reset bug."""
        return self._engines.journal_mode

    @property
    def sqlite_version(self) -> str:
        """Version of the SQLite library in use."""
        return self._engines.library.version_text

    @property
    def notes(self) -> tuple[str, ...]:
        """What the operator should know of this store, e.g. why WAL is off."""
        return self._engines.notes

    # Datasets

    def import_features(
        self, dataset: DatasetRecord, batches: Iterable[FeatureBatch], progress: Progress | None = None
    ) -> ImportCounts:
        """Replace a dataset by the rows of ``batches``, in one transaction.

        Footprints are brought into the work CRS. What was derived from the old rows (frontages, findings, project
        links by geometry) goes; manual project links stay. Raises GeoreferenceError when a CRS cannot be brought
        into the work CRS, StoreError for repeated ids.
        """
        progress = progress or SilentProgress()
        progress.start("store")
        with self._write() as connection:
            datasets.delete_features(connection, self._tables, dataset.id)
            counts, box = insert_batches(connection, self._tables, dataset.id, batches, self.work_crs, progress)
            extent = None if box is None else self.to_lonlat_box(box)
            datasets.put_dataset(connection, self._tables, dataset, counts, extent)
            self._touch(connection, "buildings", "elements", "datasets", "frontages", "findings", "project_buildings")
        return counts

    def set_dataset_tileset(self, dataset: str, tileset: TilesetInfo) -> None:
        """Say which tileset version draws a dataset. Raises NotFoundError."""
        with self._write() as connection:
            datasets.put_tileset(connection, self._tables, dataset, tileset)
            self._touch(connection, "datasets")

    def delete_dataset(self, dataset: str) -> None:
        """Remove a dataset with all rows, findings, frontages and project links. Raises NotFoundError."""
        with self._write() as connection:
            datasets.delete_dataset(connection, self._tables, dataset)
            self._touch(connection, "buildings", "elements", "datasets", "frontages", "findings", "project_buildings")

    def datasets(self) -> list[DatasetRecord]:
        """All datasets in the order they were first imported."""
        with self._read() as connection:
            return datasets.list_datasets(connection, self._tables)

    def dataset(self, dataset: str) -> DatasetRecord:
        """One dataset. Raises NotFoundError."""
        with self._read() as connection:
            return datasets.get_dataset(connection, self._tables, dataset)

    # Buildings and elements

    def buildings(
        self,
        *,
        bbox: Box | None = None,
        street: str | None = None,
        dataset: str | None = None,
        ids: Sequence[str] = (),
        limit: int | None = None,
        offset: int = 0,
        columns: Sequence[str] = buildings.BUILDING_COLUMNS,
        with_verdict: bool = False,
    ) -> pa.Table:
        """Buildings ordered by dataset and gid: ``building_schema`` columns plus ``dataset`` and ``extra`` (JSON).

        ``bbox`` is in the work CRS and matches footprint envelopes; ``street`` matches frontages; ``with_verdict`` adds
        the worst verdict.
        """
        where = BuildingFilter(bbox, street, dataset, tuple(ids))
        statement = buildings.select_buildings(self._tables, where, columns, with_verdict=with_verdict)
        with self._read() as connection:
            return buildings.read_buildings(connection, statement.limit(limit).offset(offset))

    def count_buildings(
        self, *, bbox: Box | None = None, street: str | None = None, dataset: str | None = None, ids: Sequence[str] = ()
    ) -> int:
        """Number of buildings the same filter matches without a limit."""
        with self._read() as connection:
            return buildings.count_buildings(
                connection, self._tables, BuildingFilter(bbox, street, dataset, tuple(ids))
            )

    def building(self, dataset: str, building_id: str) -> pa.Table:
        """One building as a table of one row, with ``verdict``. Raises NotFoundError."""
        found = self.buildings(dataset=dataset, ids=(building_id,), with_verdict=True)
        if found.num_rows == 0:
            raise datasets.not_found("building", f"{dataset}/{building_id}")
        return found

    def elements(self, dataset: str, building_id: str | None = None) -> pa.Table:
        """Elements of a dataset or of one building in it; ``properties`` is JSON text."""
        with self._read() as connection:
            return buildings.read_elements(connection, self._tables, dataset, building_id)

    def element(self, dataset: str, element_id: str) -> pa.Table:
        """One element as a table of one row. Raises NotFoundError."""
        with self._read() as connection:
            found = buildings.read_elements(connection, self._tables, dataset, element_id=element_id)
        if found.num_rows == 0:
            raise datasets.not_found("element", f"{dataset}/{element_id}")
        return found

    def count_elements(self, dataset: str, building_id: str) -> int:
        """Number of elements of one building."""
        with self._read() as connection:
            return buildings.count_elements(connection, self._tables, dataset, building_id)

    # Streets, zones, projects, map layers, rule packs

    def import_streets(self, rows: pa.Table, crs: pyproj.CRS | str) -> int:
        """Replace all streets: id, geometry (centreline), name_zh, name_en, class, width_m. Returns the number."""
        return self._replace_layer(self._tables.streets, rows, crs)

    def import_zones(self, rows: pa.Table, crs: pyproj.CRS | str) -> int:
        """Replace all control zones: id, geometry, name_zh, name_en, level, description_zh, description_en."""
        return self._replace_layer(self._tables.control_zones, rows, crs)

    def import_projects(self, rows: pa.Table, crs: pyproj.CRS | str) -> int:
        """Replace all renewal projects: id, geometry or null, name_zh, name_en, type, batch, stage."""
        return self._replace_layer(self._tables.projects, rows, crs)

    def import_map_layer(self, layer: str, rows: pa.Table, crs: pyproj.CRS | str) -> int:
        """Replace one map layer (``water``, ``green``, ``roads`` …): id, geometry, name_zh, name_en, kind, width_m."""
        return self._replace_layer(self._tables.layer_features, rows, crs, layer)

    def save_rule_pack(self, pack: Mapping[str, Any]) -> None:
        """Insert or replace a rule pack, given as the mapping its YAML holds. Raises StoreError."""
        with self._write() as connection:
            townlayers.put_rule_pack(connection, self._tables.rule_packs, self._tables.control_rules, pack)
            self._touch(connection, "rule_packs", "control_rules")

    def rule_packs(self) -> list[dict[str, Any]]:
        """All rule packs as mappings; dates are ISO text."""
        with self._read() as connection:
            return townlayers.read_rule_packs(connection, self._tables.rule_packs)

    def streets(self) -> pa.Table:
        """All streets."""
        return self._read_layer(self._tables.streets)

    def zones(self) -> pa.Table:
        """All control zones."""
        return self._read_layer(self._tables.control_zones)

    def projects(self) -> pa.Table:
        """All renewal projects; ``geometry`` may be null."""
        return self._read_layer(self._tables.projects)

    def map_layer(self, layer: str) -> pa.Table:
        """Features of one map layer; empty for an unknown one."""
        return self._read_layer(self._tables.layer_features, layer)

    def map_layers(self) -> pa.Table:
        """Names of the map layers: layer, features."""
        with self._read() as connection:
            return townlayers.list_map_layers(connection, self._tables.layer_features)

    # Frontages and project links

    def save_frontages(self, rows: pa.Table) -> None:
        """Replace all frontages, as ``derive_frontages`` gives them; ``facade`` is a WKB line in the work CRS."""
        with self._write() as connection:
            links.replace_frontages(connection, self._tables, rows)
            self._touch(connection, "frontages")

    def frontages(self, *, street: str | None = None, building: tuple[str, str] | None = None) -> pa.Table:
        """Frontages along each street with building and street names and verdict; ``building`` is (dataset, id)."""
        with self._read() as connection:
            return links.read_frontages(connection, self._tables, street, building)

    def street_verdicts(self) -> pa.Table:
        """(street_id, verdict or null, buildings): fronting buildings by their worst verdict."""
        with self._read() as connection:
            return links.read_street_verdicts(connection, self._tables)

    def save_project_links(self, rows: pa.Table) -> None:
        """Replace the links found by geometry: project_id, dataset, building_id, area_share, relation, buffer_m."""
        with self._write() as connection:
            links.replace_derived_links(connection, self._tables, rows)
            self._touch(connection, "project_buildings")

    def set_project_link(self, link: ManualLink) -> None:
        """Record a person's correction. Raises NotFoundError for an unknown project or building."""
        with self._write() as connection:
            self._require(connection, "project", self._tables.projects.c.id == link.project_id, link.project_id)
            table = self._tables.buildings
            is_building = (table.c.dataset == link.dataset) & (table.c.id == link.building_id)
            self._require(connection, "building", is_building, f"{link.dataset}/{link.building_id}")
            links.put_manual_link(connection, self._tables, link)
            self._touch(connection, "project_buildings")

    def delete_project_link(self, project_id: str, dataset: str, building_id: str) -> None:
        """Forget a person's correction; the derived link counts again. Raises NotFoundError when there is none."""
        with self._write() as connection:
            if not links.delete_manual_link(connection, self._tables, project_id, dataset, building_id):
                raise datasets.not_found("manual-link", f"{project_id}/{dataset}/{building_id}")
            self._touch(connection, "project_buildings")

    def project_links(
        self, *, project: str | None = None, building: tuple[str, str] | None = None, with_excluded: bool = False
    ) -> pa.Table:
        """Links in force, manual corrections applied; see ``cim_core.store.links.read_links``."""
        with self._read() as connection:
            return links.read_links(connection, self._tables, project, building, with_excluded=with_excluded)

    def project_counts(self) -> dict[str, int]:
        """Number of linked buildings by project id."""
        with self._read() as connection:
            return links.count_links(connection, self._tables)

    # Findings and state

    def save_findings(self, rows: pa.Table, checked_on: date) -> None:
        """Replace all findings by those of one check."""
        with self._write() as connection:
            findings.replace_findings(connection, self._tables, rows, checked_on)
            self._touch(connection, "findings")

    def findings(
        self,
        where: FindingFilter | None = None,
        *,
        sort: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> tuple[int, pa.Table]:
        """Total number of matching findings and one page of them; see ``cim_core.store.findings.read_findings``."""
        with self._read() as connection:
            return findings.read_findings(connection, self._tables, where or FindingFilter(), sort, limit, offset)

    def findings_summary(self, by: str | None = None) -> dict[str | None, dict[str, int]]:
        """Findings by verdict within each zone, street, clause or kind. Raises UsageError."""
        with self._read() as connection:
            return findings.count_findings(connection, self._tables, by)

    def state_column(self, dataset: str, column: str, stages: Sequence[str] = ()) -> tuple[NDArray[Any], StateColumn]:
        """One value a feature, indexed by gid; ``stages`` are the project stages in order. Raises NotFoundError."""
        with self._read() as connection:
            datasets.get_dataset(connection, self._tables, dataset)
            return state.read_state(connection, self._tables, dataset, column, stages)

    def count_gids(self, dataset: str) -> int:
        """Length of the state columns of a dataset. Raises NotFoundError."""
        with self._read() as connection:
            datasets.get_dataset(connection, self._tables, dataset)
            return state.count_gids(connection, self._tables, dataset)

    # Coordinates

    def to_lonlat_box(self, box: Box) -> Box:
        """West, south, east, north in degrees around a box of the work CRS."""
        return _transform_box(box, self.work_crs, WGS84)

    def to_work_box(self, box_deg: Box) -> Box:
        """The box in the work CRS around west, south, east, north in degrees."""
        return _transform_box(box_deg, WGS84, self.work_crs)

    # Inner workings

    @contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        with self._engines.reader.connect() as connection:
            yield connection

    @contextmanager
    def _write(self) -> Iterator[sa.Connection]:
        try:
            with self._engines.writer.begin() as connection:
                yield connection
        except (sa.exc.IntegrityError, sa.exc.OperationalError) as error:
            raise explain_write_failure(error, self.path) from error

    def _replace_layer(self, table: sa.Table, rows: pa.Table, crs: pyproj.CRS | str, layer: str | None = None) -> int:
        with self._write() as connection:
            count = townlayers.replace_layer(connection, table, rows, pyproj.CRS(crs), self.work_crs, layer)
            self._touch(connection, table.name)
        return count

    def _read_layer(self, table: sa.Table, layer: str | None = None) -> pa.Table:
        with self._read() as connection:
            return townlayers.read_layer(connection, table, layer)

    def _require(self, connection: sa.Connection, kind: str, condition: sa.ColumnElement[bool], name: str) -> None:
        if connection.execute(sa.select(sa.literal(1)).where(condition)).first() is None:
            raise datasets.not_found(kind, name)

    def _touch(self, connection: sa.Connection, *names: str) -> None:
        for name in names:
            touch_layer(connection, self._tables, self._tables.metadata.tables[name])


def _check_and_read_srs(engines: Engines, path: Path) -> int:
    with engines.reader.connect() as connection:
        try:
            application = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
            version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            row = connection.exec_driver_sql(
                "SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = 'buildings'"
            ).first()
            is_complete = row is not None and _has_all_columns(connection)
        except sa.exc.DatabaseError as error:
            raise StoreError("is not a store of this program", where=str(path), code="not-a-store") from error
    if row is None or application != APPLICATION_ID:
        raise StoreError("is not a store of this program", where=str(path), code="not-a-store")
    if version > USER_VERSION or not is_complete:
        raise StoreError(
            "was made by another version of this program",
            where=str(path),
            hint="import the sources again into a new workspace, or make the demo anew",
            code="store-version",
        )
    return int(row[0])


def _has_all_columns(connection: sa.Connection) -> bool:
    for table in build_tables(0).metadata.tables.values():
        found = {row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table.name})")}
        if not found.issuperset(table.c.keys()):
            return False
    return True


def _transform_box(box: Box, source: pyproj.CRS, target: pyproj.CRS) -> Box:
    steps = np.linspace(0.0, 1.0, 21)
    x = box[0] + (box[2] - box[0]) * steps
    y = box[1] + (box[3] - box[1]) * steps
    edges_x = np.concatenate([x, x, np.full(21, box[0]), np.full(21, box[2])])
    edges_y = np.concatenate([np.full(21, box[1]), np.full(21, box[3]), y, y])
    out_x, out_y = transform_xy(edges_x, edges_y, source, target)
    return float(out_x.min()), float(out_y.min()), float(out_x.max()), float(out_y.max())
