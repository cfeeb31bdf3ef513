"""The store: one GeoPackage file, or one schema of PostGIS, with all that is known of a town."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import pyproj

from cim_core.errors import StoreError
from cim_core.store.attachments import AttachmentsPart
from cim_core.store.buildings import BuildingsPart
from cim_core.store.catalogue import CataloguePart
from cim_core.store.datasets import DatasetsPart
from cim_core.store.editing import EditsPart
from cim_core.store.engine import backend_of, is_url, open_engines
from cim_core.store.exemptions import ExemptionsPart
from cim_core.store.findings import FindingsPart
from cim_core.store.frontage_surveys import FrontageSurveysPart
from cim_core.store.history import HistoryPart
from cim_core.store.links import LinksPart
from cim_core.store.migration import bring_up_to_date, write_info
from cim_core.store.model_objects import ModelObjectsPart
from cim_core.store.projects import ProjectsPart
from cim_core.store.runs import RunsPart
from cim_core.store.scenarios import ScenariosPart
from cim_core.store.schema import build_tables
from cim_core.store.sqlite import checkpoint
from cim_core.store.standing import StandingPart
from cim_core.store.state import StatePart
from cim_core.store.townlayers import TownLayersPart
from cim_core.store.transfer import TransferPart


class Store(
    DatasetsPart,
    BuildingsPart,
    StandingPart,
    TownLayersPart,
    ProjectsPart,
    LinksPart,
    FrontageSurveysPart,
    ScenariosPart,
    FindingsPart,
    StatePart,
    TransferPart,
    HistoryPart,
    EditsPart,
    ExemptionsPart,
    RunsPart,
    CataloguePart,
    ModelObjectsPart,
    AttachmentsPart,
):
    """A town on disk. Tables go in and come out as Arrow; geometries are WKB in ``work_crs``, x east then y north.

    Any number of threads may read while one writes; every writing method is one transaction, all or nothing. Other
    programs (QGIS, GDAL) may read a file at any time.
    """

    @classmethod
    def create(cls, location: Path | str, work_crs: pyproj.CRS | str, folder: Path | None = None) -> Store:
        """Make a new, empty store at a path or a ``postgresql://`` URL.

        ``folder`` is the workspace of a store on a server. Raises StoreError when there is one already or the CRS has
        no EPSG code.
        """
        crs = pyproj.CRS(work_crs)
        srs_id = crs.to_epsg()
        if srs_id is None:
            raise StoreError(f"{crs.name} has no EPSG code", hint="give the work CRS as EPSG:…", code="work-crs")
        if is_url(location):
            return cls._create(str(location), srs_id, folder)
        path = Path(location)
        if path.exists():
            raise _exists_already(str(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return cls._create(path, srs_id, folder)
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    @classmethod
    def _create(cls, location: Path | str, srs_id: int, folder: Path | None) -> Store:
        engines = open_engines(location, folder)
        try:
            tables = build_tables(srs_id)
            with engines.writer.begin() as connection:
                backend = backend_of(connection)
                if tables.store_info.name in backend.columns_by_table(connection):
                    raise _exists_already(engines.location)
                backend.create_schema(connection, tables, pyproj.CRS(srs_id))
                write_info(connection, tables)
            if engines.writer.dialect.name == "sqlite":
                checkpoint(engines)
        except BaseException:
            engines.dispose()
            raise
        return cls(engines, srs_id)

    @classmethod
    def exists(cls, location: Path | str, folder: Path | None = None) -> bool:
        """Whether there is a store at a location. Raises StoreError when a server cannot be reached."""
        if not is_url(location):
            return Path(location).is_file()
        engines = open_engines(location, folder)
        try:
            with engines.reader.connect() as connection:
                return "store_info" in backend_of(connection).columns_by_table(connection)
        finally:
            engines.dispose()

    @classmethod
    def open(cls, location: Path | str, folder: Path | None = None) -> Store:
        """Open an existing store; one of an older version is brought up to date, a copy of it kept beside it.

        Raises StoreError when there is none, when it is something else, or of a newer version.
        """
        if not is_url(location) and not Path(location).is_file():
            raise StoreError("does not exist", where=str(location), hint="import something first", code="no-store")
        engines = open_engines(location, folder)
        try:
            engines, srs_id = bring_up_to_date(engines)
        except BaseException:
            engines.dispose()
            raise
        return cls(engines, srs_id)

    def close(self) -> None:
        """Close all connections."""
        self._engines.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def journal_mode(self) -> str:
        """``wal``, ``delete`` where the SQLite library has the WAL-reset bug, ``server`` for PostgreSQL."""
        return self._engines.journal_mode

    @property
    def backend(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engines.writer.dialect.name

    @property
    def database_version(self) -> str:
        """The database in use, e.g. ``SQLite 3.53.4``."""
        return self._engines.version

    @property
    def notes(self) -> tuple[str, ...]:
        """What the operator should know of this store, e.g. why WAL is off."""
        return self._engines.notes


def _exists_already(location: str) -> StoreError:
    return StoreError("already exists", where=location, hint="choose another place", code="store-exists")
