"""What makes the SQLite file a GeoPackage 1.4 (OGC 12-128r19): header, ``gpkg_*`` tables, R*Trees and triggers."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyproj
import shapely
import sqlalchemy as sa
from numpy.typing import NDArray

from cim_core.errors import StoreError
from cim_core.store.backend import Columns, without_empty
from cim_core.store.ddl import add_missing_tables, group_columns
from cim_core.store.failures import disk_full, duplicate_id, store_busy
from cim_core.store.geom import Geometries, encode_gpkg, srs_id_of
from cim_core.store.guards import create_guards
from cim_core.store.schema import GEOMETRY, Tables, has_spatial_index, spec_of

APPLICATION_ID = 0x47504B47  # "GPKG"
USER_VERSION = 10400
#: From this many rows on, filling the R*Tree at once is cheaper than its triggers, which call Python.
BULK_ROWS = 2_000

_META_TABLES = (
    """CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)""",
    """CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""",
    """CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""",
    """CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))""",
)

_RTREE_DEFINITION = "http://www.geopackage.org/spec120/#extension_rtree"

#: Triggers of the R*Tree extension, GeoPackage 1.4.0 annex F.3, by name; t, c and r are table, column and R*Tree.
_TRIGGERS = {
    "insert": """AFTER INSERT ON {t} WHEN (NEW.{c} NOTNULL AND NOT ST_IsEmpty(NEW.{c}))
BEGIN INSERT OR REPLACE INTO {r} VALUES
(NEW.fid, ST_MinX(NEW.{c}), ST_MaxX(NEW.{c}), ST_MinY(NEW.{c}), ST_MaxY(NEW.{c})); END""",
    "update2": """AFTER UPDATE OF {c} ON {t} WHEN OLD.fid = NEW.fid AND (NEW.{c} ISNULL OR ST_IsEmpty(NEW.{c}))
BEGIN DELETE FROM {r} WHERE id = OLD.fid; END""",
    "update4": """AFTER UPDATE ON {t} WHEN OLD.fid != NEW.fid AND (NEW.{c} ISNULL OR ST_IsEmpty(NEW.{c}))
BEGIN DELETE FROM {r} WHERE id IN (OLD.fid, NEW.fid); END""",
    "update5": """AFTER UPDATE ON {t} WHEN OLD.fid != NEW.fid AND (NEW.{c} NOTNULL AND NOT ST_IsEmpty(NEW.{c}))
BEGIN DELETE FROM {r} WHERE id = OLD.fid; INSERT OR REPLACE INTO {r} VALUES
(NEW.fid, ST_MinX(NEW.{c}), ST_MaxX(NEW.{c}), ST_MinY(NEW.{c}), ST_MaxY(NEW.{c})); END""",
    "update6": """AFTER UPDATE OF {c} ON {t} WHEN OLD.fid = NEW.fid
AND (NEW.{c} NOTNULL AND NOT ST_IsEmpty(NEW.{c})) AND (OLD.{c} NOTNULL AND NOT ST_IsEmpty(OLD.{c}))
BEGIN UPDATE {r} SET minx = ST_MinX(NEW.{c}), maxx = ST_MaxX(NEW.{c}), miny = ST_MinY(NEW.{c}),
maxy = ST_MaxY(NEW.{c}) WHERE id = NEW.fid; END""",
    "update7": """AFTER UPDATE OF {c} ON {t} WHEN OLD.fid = NEW.fid
AND (NEW.{c} NOTNULL AND NOT ST_IsEmpty(NEW.{c})) AND (OLD.{c} ISNULL OR ST_IsEmpty(OLD.{c}))
BEGIN INSERT INTO {r} VALUES
(NEW.fid, ST_MinX(NEW.{c}), ST_MaxX(NEW.{c}), ST_MinY(NEW.{c}), ST_MaxY(NEW.{c})); END""",
    "delete": "AFTER DELETE ON {t} WHEN OLD.{c} NOT NULL BEGIN DELETE FROM {r} WHERE id = OLD.fid; END",
}


class GeoPackage:
    """A store in one SQLite file; see ``cim_core.store.backend.Backend``."""

    def lock_writes(self, connection: sa.Connection) -> None:
        """``BEGIN IMMEDIATE`` has locked the file already."""

    def create_schema(self, connection: sa.Connection, tables: Tables, work_crs: pyproj.CRS) -> None:
        """Make all tables in an empty file and register them, inside the caller's transaction."""
        connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version={USER_VERSION}")
        for statement in _META_TABLES:
            connection.exec_driver_sql(statement)
        _register_crs(connection, work_crs, tables.srs_id)
        tables.metadata.create_all(connection)
        for spec in tables.specs.values():
            _register_layer(connection, tables[spec.name], tables.srs_id)
        create_guards(connection, tables)

    def add_missing(self, connection: sa.Connection, tables: Tables) -> None:
        """Make the tables, columns and indexes that an older file lacks."""
        known = set(connection.scalars(sa.text("SELECT table_name FROM gpkg_contents")))
        add_missing_tables(connection, tables.metadata, self.columns_by_table(connection))
        for name in tables.specs.keys() - known:
            _register_layer(connection, tables[name], tables.srs_id)
        create_guards(connection, tables)

    def columns_by_table(self, connection: sa.Connection) -> dict[str, set[str]]:
        """Names of the columns of every table in the file."""
        rows = connection.exec_driver_sql(
            "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'"
        )
        return group_columns(rows)

    def insert(self, connection: sa.Connection, table: sa.Table, columns: Columns, shapes: Geometries | None) -> None:
        """Insert by one executemany and, from ``BULK_ROWS`` geometries on, fill the R*Tree by a second one."""
        columns = without_empty(columns)
        if shapes is None:
            _insert(connection, table, columns)
            return
        columns = {**columns, GEOMETRY: encode_gpkg(shapes, srs_id_of(table.c[GEOMETRY]))}
        if len(shapes) < BULK_ROWS or not has_spatial_index(table):
            _insert(connection, table, columns)
            return
        first = _last_fid(connection, table) + 1
        fids = columns.get("fid", range(first, first + len(shapes)))
        drop_triggers(connection, table)
        _insert(connection, table, {**columns, "fid": fids})
        _fill_rtree(connection, table, np.asarray(fids), shapes)
        create_triggers(connection, table)

    def begin_bulk(self, connection: sa.Connection, table: sa.Table) -> int:
        """Take the triggers off; returns the highest fid so far."""
        if has_spatial_index(table):
            drop_triggers(connection, table)
        return _last_fid(connection, table)

    def end_bulk(self, connection: sa.Connection, table: sa.Table, after_fid: int) -> None:
        """Put the rows after ``after_fid`` into the R*Tree and the triggers back."""
        if not has_spatial_index(table):
            return
        connection.exec_driver_sql(
            f"INSERT OR REPLACE INTO {rtree_of(table)} "  # noqa: S608 - names of our own tables
            f"SELECT fid, ST_MinX({GEOMETRY}), ST_MaxX({GEOMETRY}), ST_MinY({GEOMETRY}), ST_MaxY({GEOMETRY}) "
            f"FROM {table.name} WHERE fid > ? AND {GEOMETRY} NOTNULL",
            (after_fid,),
        )
        create_triggers(connection, table)

    def after_copy(self, connection: sa.Connection, table: sa.Table) -> None:
        """Note the layer's extent; AUTOINCREMENT goes on after the highest fid by itself."""
        if table.info:
            self.touch(connection, table)

    def touch(self, connection: sa.Connection, table: sa.Table) -> None:
        """Update ``last_change`` and the extent of a layer in ``gpkg_contents``.

        The extent comes from the layer's R*Tree, or from the buildings' for layers without one, which lie in buildings.
        """
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        if GEOMETRY not in table.c:
            connection.exec_driver_sql("UPDATE gpkg_contents SET last_change=? WHERE table_name=?", (now, table.name))
            return
        index = rtree_of(table if has_spatial_index(table) else table.metadata.tables["buildings"])
        connection.exec_driver_sql(
            "UPDATE gpkg_contents SET last_change=?, (min_x, min_y, max_x, max_y) = "  # noqa: S608 - names of our own
            f"(SELECT min(minx), min(miny), max(maxx), max(maxy) FROM {index}) WHERE table_name=?",
            (now, table.name),
        )

    def explain(self, error: Exception, where: str) -> StoreError:
        """``duplicate-id``, ``disk-full`` or ``store-busy``."""
        cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        if isinstance(error, sa.exc.IntegrityError):
            return duplicate_id(cause, where)
        return disk_full(where) if "full" in str(cause) else store_busy(cause, where)


def rtree_of(table: sa.Table) -> str:
    """Name of the table's R*Tree."""
    return f"rtree_{table.name}_{GEOMETRY}"


def create_triggers(connection: sa.Connection, table: sa.Table) -> None:
    """Add the triggers that keep the R*Tree right, whoever writes."""
    words = {"t": table.name, "c": GEOMETRY, "r": rtree_of(table)}
    for name, body in _TRIGGERS.items():
        connection.exec_driver_sql(f"CREATE TRIGGER {rtree_of(table)}_{name} {body.format(**words)}")


def drop_triggers(connection: sa.Connection, table: sa.Table) -> None:
    """Remove the R*Tree triggers for a bulk load; the caller fills the R*Tree and puts them back."""
    for name in _TRIGGERS:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {rtree_of(table)}_{name}")


def _last_fid(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(table.c.fid), 0))).scalar_one())


def _insert(connection: sa.Connection, table: sa.Table, columns: Columns) -> None:
    quoted = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join("?" * len(columns))
    statement = f'INSERT INTO "{table.name}" ({quoted}) VALUES ({marks})'  # noqa: S608 - names of our own tables
    connection.exec_driver_sql(statement, list(zip(*columns.values(), strict=True)))


def _fill_rtree(connection: sa.Connection, table: sa.Table, all_fids: NDArray[np.int64], shapes: Geometries) -> None:
    bounds = shapely.bounds(shapes)
    present = np.isfinite(bounds[:, 0])
    fids = all_fids[present]
    boxes = bounds[present][:, [0, 2, 1, 3]]
    connection.exec_driver_sql(
        f"INSERT INTO {rtree_of(table)} VALUES (?,?,?,?,?)",  # noqa: S608 - names of our own tables
        list(zip(fids.tolist(), *boxes.T.tolist(), strict=True)),
    )


def _register_crs(connection: sa.Connection, work_crs: pyproj.CRS, srs_id: int) -> None:
    def row(crs: pyproj.CRS, code: int) -> tuple[object, ...]:
        return crs.name, code, "EPSG", code, crs.to_wkt("WKT1_GDAL"), crs.name

    rows = [
        ("Undefined cartesian SRS", -1, "NONE", -1, "undefined", "undefined cartesian coordinate reference system"),
        ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic coordinate reference system"),
        row(pyproj.CRS(4326), 4326),
        *([] if srs_id == 4326 else [row(work_crs, srs_id)]),
    ]
    connection.exec_driver_sql("INSERT INTO gpkg_spatial_ref_sys VALUES (?,?,?,?,?,?)", rows)


def _register_layer(connection: sa.Connection, table: sa.Table, srs_id: int) -> None:
    spec = spec_of(table)
    data_type = "features" if spec.geometry else "attributes"
    connection.exec_driver_sql(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES (?,?,?,?,?)",
        (spec.name, data_type, spec.name, spec.title, srs_id if spec.geometry else None),
    )
    if not spec.geometry:
        return
    connection.exec_driver_sql(
        "INSERT INTO gpkg_geometry_columns VALUES (?,?,?,?,0,0)", (spec.name, GEOMETRY, spec.geometry, srs_id)
    )
    if has_spatial_index(table):
        connection.exec_driver_sql(f"CREATE VIRTUAL TABLE {rtree_of(table)} USING rtree(id, minx, maxx, miny, maxy)")
        connection.exec_driver_sql(
            "INSERT INTO gpkg_extensions VALUES (?,?,'gpkg_rtree_index',?,'write-only')",
            (spec.name, GEOMETRY, _RTREE_DEFINITION),
        )
        create_triggers(connection, table)
