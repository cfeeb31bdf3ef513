"""The store: one GeoPackage file with the buildings, streets, controls, projects and findings of a town."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import pyproj
import sqlalchemy as sa

from cim_core.errors import StoreError
from cim_core.store.buildings import BuildingsPart
from cim_core.store.datasets import DatasetsPart
from cim_core.store.engine import Engines, open_engines
from cim_core.store.findings import FindingsPart
from cim_core.store.geopackage import APPLICATION_ID, USER_VERSION, create_geopackage
from cim_core.store.links import LinksPart
from cim_core.store.schema import build_tables
from cim_core.store.state import StatePart
from cim_core.store.townlayers import TownLayersPart


class Store(DatasetsPart, BuildingsPart, TownLayersPart, LinksPart, FindingsPart, StatePart):
    """A town on disk. Tables go in and come out as Arrow; geometries are WKB in ``work_crs``, x east then y north.

    Any number of threads may read while one writes; every writing method is one transaction, all or nothing. Other
    programs (QGIS, GDAL) may read the file at any time.
    """

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
