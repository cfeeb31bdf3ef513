"""Street frontages and project links: derived rows that come and go, and manual links that stay."""

from __future__ import annotations

from functools import lru_cache

import pyarrow as pa
import sqlalchemy as sa

from cim_core.frontages import lay_surveys
from cim_core.store.base import StoreBase, not_found
from cim_core.store.buildings import verdict_of_severity, worst_verdict
from cim_core.store.changes import Change
from cim_core.store.frontage_surveys import read_frontage_surveys
from cim_core.store.geom import geometries_from_wkb
from cim_core.store.records import ManualLink
from cim_core.store.rows import KEPT, Columns, TableQuery, column_values, equal_to_parameters, read_table
from cim_core.store.schema import GEOMETRY, Tables
from cim_core.store.writing import check_version, delete_rows, put_row, replace_rows

_FRONTAGE_COLUMNS = (
    "key", "building_id", "dataset", "street_id", "side", "line_side", "chainage_from_m", "chainage_to_m", "length_m",
    "setback_m", "height_m", "eave_height_m", "color", "color_source", "material", "style", "sign_count", "photo",
)  # fmt: skip


def replace_frontages(connection: sa.Connection, tables: Tables, rows: pa.Table) -> None:
    """Replace all frontages by derived ones; ``facade`` is a WKB line in the work CRS."""
    table = tables.frontages
    columns: Columns = {name: column_values(rows, name, table.c[name]) for name in _FRONTAGE_COLUMNS}
    index = rows.schema.get_field_index("facade")
    facades = geometries_from_wkb(rows.column(index) if index >= 0 else None, rows.num_rows)
    replace_rows(connection, table, {}, columns, facades)


def read_frontages(
    connection: sa.Connection,
    tables: Tables,
    street: str | None = None,
    building: tuple[str, str] | None = None,
    key: str | None = None,
) -> pa.Table:
    """Frontages along the streets, with ``facade`` (WKB), building and street names and the building's worst verdict.

    ``building`` is (dataset, id). What was surveyed of a frontage is laid over, see ``lay_surveys``.
    """
    values = {} if street is None else {"street_id": street}
    if building is not None:
        values |= {"dataset": building[0], "building_id": building[1]}
    of_survey = values if key is None else {**values, "id": key}
    values = values if key is None else {**values, "key": key}
    found = _frontage_query(tables, frozenset(values)).read(connection, values)
    return lay_surveys(found, read_frontage_surveys(connection, tables, of_survey))


@lru_cache(KEPT)
def _frontage_query(tables: Tables, given: frozenset[str]) -> TableQuery:
    table, buildings, streets = tables.frontages, tables.buildings, tables.streets
    joined = table.outerjoin(
        buildings, sa.and_(buildings.c.dataset == table.c.dataset, buildings.c.id == table.c.building_id)
    ).outerjoin(streets, streets.c.id == table.c.street_id)
    statement = (
        sa.select(
            *(table.c[name] for name in _FRONTAGE_COLUMNS),
            table.c[GEOMETRY],
            buildings.c.gid,
            buildings.c.name.label("building_name"),
            streets.c.name_zh.label("street_name_zh"),
            streets.c.name_en.label("street_name_en"),
            worst_verdict(tables, table, table.c.building_id).label("verdict"),
        )
        .select_from(joined)
        .where(*equal_to_parameters(table, given))
        .order_by(table.c.street_id, table.c.chainage_from_m, table.c.fid)
    )
    return TableQuery(statement, {"geometry": pa.field("facade", pa.binary())})


def read_street_verdicts(connection: sa.Connection, tables: Tables) -> pa.Table:
    """(street_id, verdict, buildings): buildings with a frontage on each street by their worst verdict, or null."""
    table, worst = tables.frontages, _verdict_by_building(tables)
    fronting = sa.select(table.c.street_id, table.c.dataset, table.c.building_id).distinct().subquery()
    joined = fronting.outerjoin(
        worst, sa.and_(worst.c.dataset == fronting.c.dataset, worst.c.building_id == fronting.c.building_id)
    )
    verdict = verdict_of_severity(worst.c.severity).label("verdict")
    statement = (
        sa.select(fronting.c.street_id, verdict, sa.func.count().label("buildings"))
        .select_from(joined)
        .group_by(fronting.c.street_id, worst.c.severity)
    )
    return read_table(connection, statement)


def _verdict_by_building(tables: Tables) -> sa.Subquery:
    table = tables.findings
    severity = sa.func.max(table.c.severity).label("severity")
    key = (table.c.dataset, table.c.building_id)
    return sa.select(*key, severity).group_by(*key).subquery()


def replace_derived_links(connection: sa.Connection, tables: Tables, rows: pa.Table) -> None:
    """Replace all links found by geometry; manual ones stay."""
    table = tables.project_buildings
    names = ("project_id", "dataset", "building_id", "area_share", "relation", "buffer_m")
    columns: Columns = {name: column_values(rows, name, table.c[name]) for name in names}
    columns["included"] = [1] * rows.num_rows
    replace_rows(connection, table, {"origin": "geometry"}, columns)


def put_manual_link(connection: sa.Connection, tables: Tables, link: ManualLink, *, version: int | None = None) -> int:
    """Insert or replace a person's correction; returns its version. Raises StaleVersionError, NotFoundError."""
    key = {
        "project_id": link.project_id,
        "dataset": link.dataset,
        "building_id": link.building_id,
        "origin": "manual",
    }
    values = {
        "included": int(link.included),
        "action": link.action,
        "reason": link.reason,
        "decided_by": link.decided_by,
    }
    return put_row(connection, tables.project_buildings, key, values, version=version)


def delete_manual_link(
    connection: sa.Connection, tables: Tables, project_id: str, dataset: str, building_id: str
) -> int:
    """Forget a correction; returns how many there were (0 or 1)."""
    table = tables.project_buildings
    is_it = sa.and_(
        table.c.project_id == project_id,
        table.c.dataset == dataset,
        table.c.building_id == building_id,
        table.c.origin == "manual",
    )
    return delete_rows(connection, table, is_it)


def read_links(
    connection: sa.Connection,
    tables: Tables,
    project: str | None = None,
    building: tuple[str, str] | None = None,
    *,
    with_excluded: bool = False,
) -> pa.Table:
    """Links in force: the derived one, overruled by a manual one of the same building and project.

    Buildings that are not in the store (any more) have none. ``with_excluded`` adds links a person took out
    (``included`` 0). Columns: project_id, dataset, building_id, gid, building_name, area_share, relation, buffer_m,
    origin, included, action, reason, decided_by, recorded_from.
    """
    values = {} if project is None else {"project_id": project}
    if building is not None:
        values |= {"dataset": building[0], "building_id": building[1]}
    return _link_query(tables, frozenset(values), with_excluded=with_excluded).read(connection, values)


@lru_cache(KEPT)
def _link_query(tables: Tables, given: frozenset[str], *, with_excluded: bool) -> TableQuery:
    links = links_in_force(tables)
    buildings = tables.buildings
    statement = (
        sa.select(
            links.c.project_id, links.c.dataset, links.c.building_id, buildings.c.gid,
            buildings.c.name.label("building_name"), links.c.area_share, links.c.relation, links.c.buffer_m,
            links.c.origin, links.c.included, links.c.action, links.c.reason, links.c.decided_by, links.c.recorded_from,
        )
        .join_from(
            links, buildings, sa.and_(buildings.c.dataset == links.c.dataset, buildings.c.id == links.c.building_id)
        )
        .where(*equal_to_parameters(links, given))
        .order_by(links.c.project_id, links.c.dataset, buildings.c.gid)
    )  # fmt: skip
    if not with_excluded:
        statement = statement.where(links.c.included == 1)
    return TableQuery(statement)


def count_links(connection: sa.Connection, tables: Tables) -> dict[str, int]:
    """Number of buildings in each project that has any."""
    links, buildings = links_in_force(tables), tables.buildings
    statement = (
        sa.select(links.c.project_id, sa.func.count())
        .join_from(
            links, buildings, sa.and_(buildings.c.dataset == links.c.dataset, buildings.c.id == links.c.building_id)
        )
        .where(links.c.included == 1)
        .group_by(links.c.project_id)
    )
    return {str(project): int(number) for project, number in connection.execute(statement)}


def links_in_force(tables: Tables) -> sa.Subquery:
    """Project links after manual corrections, ``included`` 0 for those taken out."""
    manual = tables.project_buildings.alias("manual")
    derived = tables.project_buildings.alias("derived")

    def same(left: sa.FromClause, right: sa.FromClause) -> sa.ColumnElement[bool]:
        names = ("project_id", "dataset", "building_id")
        return sa.and_(*(left.c[name] == right.c[name] for name in names))

    corrected = (
        sa.select(
            manual.c.project_id, manual.c.dataset, manual.c.building_id, derived.c.area_share, derived.c.relation,
            derived.c.buffer_m, manual.c.origin, manual.c.included, manual.c.action, manual.c.reason,
            manual.c.decided_by, manual.c.recorded_from,
        )
        .select_from(manual.outerjoin(derived, sa.and_(same(manual, derived), derived.c.origin == "geometry")))
        .where(manual.c.origin == "manual")
    )  # fmt: skip
    other = tables.project_buildings.alias("other")
    is_overruled = sa.exists().where(same(other, derived), other.c.origin == "manual")
    names = [column.name for column in corrected.selected_columns]
    untouched = sa.select(*(derived.c[name] for name in names)).where(derived.c.origin == "geometry", ~is_overruled)
    return sa.union_all(corrected, untouched).subquery("links")


class LinksPart(StoreBase):
    """The store as seen by frontages and project links."""

    def save_frontages(self, rows: pa.Table) -> None:
        """Replace all frontages, as ``derive_frontages`` gives them; ``facade`` is a WKB line in the work CRS."""
        with self._write() as connection:
            replace_frontages(connection, self._tables, rows)

    def frontages(self, *, street: str | None = None, building: tuple[str, str] | None = None) -> pa.Table:
        """Frontages along each street with building and street names and verdict; ``building`` is (dataset, id)."""
        with self._read() as connection:
            return read_frontages(connection, self._tables, street, building)

    def frontage(self, key: str) -> pa.Table:
        """One frontage as a table of one row. Raises NotFoundError."""
        with self._read() as connection:
            found = read_frontages(connection, self._tables, key=key)
        if found.num_rows == 0:
            raise not_found("frontage", key)
        return found

    def street_verdicts(self) -> pa.Table:
        """(street_id, verdict or null, buildings): fronting buildings by their worst verdict."""
        with self._ask() as connection:
            return read_street_verdicts(connection, self._tables)

    def save_project_links(self, rows: pa.Table) -> None:
        """Replace the links found by geometry: project_id, dataset, building_id, area_share, relation, buffer_m."""
        with self._write() as connection:
            replace_derived_links(connection, self._tables, rows)

    def set_project_link(self, link: ManualLink, *, version: int | None = None, valid_from: str | None = None) -> int:
        """Record a person's correction, or alter the one of that version; returns its version, 1 for a new one.

        ``valid_from``: the day (ISO 8601) from which it is so. Raises NotFoundError for an unknown project or building,
        StaleVersionError.
        """
        with self._write(Change(link.decided_by, link.reason, valid_from)) as connection:
            self._require(connection, "project", self._tables.projects.c.id == link.project_id, link.project_id)
            table = self._tables.buildings
            is_building = (table.c.dataset == link.dataset) & (table.c.id == link.building_id)
            self._require(connection, "building", is_building, f"{link.dataset}/{link.building_id}")
            return put_manual_link(connection, self._tables, link, version=version)

    def delete_project_link(
        self, project_id: str, dataset: str, building_id: str, *, version: int | None = None
    ) -> None:
        """Forget a person's correction; the derived link counts again.

        Raises NotFoundError when there is none, StaleVersionError when it is not of that version.
        """
        with self._write() as connection:
            key = {"project_id": project_id, "dataset": dataset, "building_id": building_id, "origin": "manual"}
            if version is not None:
                check_version(connection, self._tables.project_buildings, key, version)
            if not delete_manual_link(connection, self._tables, project_id, dataset, building_id):
                raise not_found("manual-link", f"{project_id}/{dataset}/{building_id}")
            self._touch(connection, "project_buildings")

    def project_links(
        self, *, project: str | None = None, building: tuple[str, str] | None = None, with_excluded: bool = False
    ) -> pa.Table:
        """Links in force, manual corrections applied; see ``read_links``."""
        with self._ask() as connection:
            return read_links(connection, self._tables, project, building, with_excluded=with_excluded)

    def project_counts(self) -> dict[str, int]:
        """Number of linked buildings by project id."""
        with self._ask() as connection:
            return count_links(connection, self._tables)
