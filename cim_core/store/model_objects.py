"""The tree of building models in the store: its branches, one object with its properties, and objects by property."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from cim_core.errors import UsageError
from cim_core.store.base import StoreBase, not_found
from cim_core.store.rows import Columns, column_values, read_table
from cim_core.store.schema import Tables, data_columns
from cim_core.store.writing import replace_rows

#: Where a property may stand in the JSON of an object, the object's own before its type's.
_PLACES = (("property_sets",), ("quantities",), ("type", "property_sets"))


@dataclass(frozen=True, slots=True)
class ObjectFilter:
    """Which objects are wanted.

    ``property`` is ``Set.Name``; ``value`` a text, a number, ``true`` or ``false``; None asks for any value. ``name``
    is a part of the name, whatever its case.
    """

    dataset: str
    building: str | None = None
    parent: str | None = None
    kinds: tuple[str, ...] = ()
    name: str | None = None
    property: str | None = None
    value: str | None = None

    def __post_init__(self) -> None:
        if self.property is not None and "." not in self.property:
            raise UsageError(
                f"'{self.property}' names no property",
                where="property",
                hint="write the set and the property, e.g. Pset_WallCommon.IsExternal",
            )
        if self.value is not None and self.property is None:
            raise UsageError("a value needs the property it is of", where="value", hint="add property=Set.Name")


class ModelObjectsPart(StoreBase):
    """The store as seen by the objects of building models."""

    def save_model_objects(self, dataset: str, objects: pa.Table) -> int:
        """Replace the objects of a dataset, parents by ``parent_id``; returns their number."""
        table = self._tables.model_objects
        names = [c.name for c in data_columns(table) if c.name not in ("dataset", "position")]
        columns: Columns = {name: column_values(objects, name, table.c[name]) for name in names}
        columns["position"] = range(objects.num_rows)
        with self._write() as connection:
            replace_rows(connection, table, {"dataset": dataset}, columns)
            self._touch(connection, "model_objects")
        return int(objects.num_rows)

    def model_objects(self, where: ObjectFilter, limit: int | None = None, offset: int = 0) -> tuple[int, pa.Table]:
        """How many objects match, and a page of them with ``children`` and the element's ``gid``, lowest storey first.

        Without the column ``semantics``.
        """
        table = self._tables.model_objects
        conditions = _conditions(self._tables, where, postgres=self._engines.reader.dialect.name == "postgresql")
        columns = [c for c in data_columns(table) if c.name != "semantics"]
        child = table.alias("child")
        children = (
            sa.select(sa.func.count())
            .where(child.c.dataset == table.c.dataset, child.c.parent_id == table.c.id)
            .correlate(table)
            .scalar_subquery()
        )
        statement = (
            sa.select(*columns, children.label("children"), _gid(self._tables).label("gid"))
            .where(*conditions)
            .order_by(table.c.elevation_m.is_(None), table.c.elevation_m, table.c.position)
        )
        with self._read() as connection:
            count = int(
                connection.execute(sa.select(sa.func.count()).select_from(table).where(*conditions)).scalar_one()
            )
            return count, read_table(connection, statement.limit(limit).offset(offset))

    def model_object(self, dataset: str, object_id: str) -> dict[str, Any]:
        """One object with ``semantics`` as a mapping, its ``gid``, and its ``path`` from the site down.

        Raises NotFoundError.
        """
        table = self._tables.model_objects
        with self._read() as connection:
            found = read_table(
                connection,
                sa.select(*data_columns(table), _gid(self._tables).label("gid")).where(
                    table.c.dataset == dataset, table.c.id == object_id
                ),
            ).to_pylist()
            if not found:
                raise not_found("object", f"{dataset}/{object_id}")
            row: dict[str, Any] = found[0]
            row["semantics"] = json.loads(row["semantics"]) if row["semantics"] else {}
            row["path"] = _path(connection, table, dataset, row["parent_id"])
        return row


def _path(connection: sa.Connection, table: sa.Table, dataset: str, parent: str | None) -> list[dict[str, Any]]:
    path: list[dict[str, Any]] = []
    while parent is not None and len(path) < 64:  # a tree deeper than that is a broken one
        statement = sa.select(table.c.id, table.c.kind, table.c.name, table.c.parent_id)
        above = connection.execute(statement.where(table.c.dataset == dataset, table.c.id == parent)).mappings().first()
        if above is None or any(step["id"] == above["id"] for step in path):
            break
        path.append({name: above[name] for name in ("id", "kind", "name")})
        parent = above["parent_id"]
    return path[::-1]


def _gid(tables: Tables) -> sa.ScalarSelect[Any]:
    """The number tiles know an object by, whether it is an element or a building; null for one without a shape."""
    objects = tables.model_objects
    parts = [
        sa.select(table.c.gid)
        .where(table.c.dataset == objects.c.dataset, table.c.id == objects.c.id)
        .correlate(objects)
        .scalar_subquery()
        for table in (tables.elements, tables.buildings)
    ]
    return sa.select(sa.func.coalesce(*parts)).correlate(objects).scalar_subquery()


def _conditions(tables: Tables, where: ObjectFilter, *, postgres: bool) -> Sequence[sa.ColumnElement[bool]]:
    table = tables.model_objects
    conditions: list[sa.ColumnElement[bool]] = [table.c.dataset == where.dataset]
    for column, wanted in ((table.c.building_id, where.building), (table.c.parent_id, where.parent)):
        if wanted is not None:
            conditions.append(column == wanted)
    if where.kinds:
        conditions.append(table.c.kind.in_(where.kinds))
    if where.name is not None:
        conditions.append(table.c.name.icontains(where.name, autoescape=True))
    if where.property is not None:
        set_name, _, name = where.property.partition(".")
        paths = [(*place, set_name, name, "value") for place in _PLACES]
        has_value = _has_value_postgis if postgres else _has_value_sqlite
        conditions.append(has_value(table.c.semantics, paths, where.value))
    return conditions


def _has_value_postgis(
    column: sa.ColumnElement[Any], paths: Sequence[Sequence[str]], value: str | None
) -> sa.ColumnElement[bool]:
    """Whether the first place in a JSON column that holds anything holds ``value``; None is any value.

    Names and values are bound, never part of the statement.
    """

    def as_json(text: str) -> sa.ColumnElement[Any]:
        return sa.cast(sa.literal(text, sa.Text()), JSONB)

    content = sa.cast(column, JSONB)
    held = sa.func.coalesce(
        *(sa.func.nullif(sa.func.jsonb_extract_path(content, *path), as_json("null")) for path in paths)
    )
    if value is None:
        return held.is_not(None)
    return sa.or_(*(held == as_json(json.dumps(meant)) for meant in _meanings(value)))


def _has_value_sqlite(
    column: sa.ColumnElement[Any], paths: Sequence[Sequence[str]], value: str | None
) -> sa.ColumnElement[bool]:
    """The same in SQLite, which has no truth values but tells the type of what it found."""
    quoted = ["$" + "".join('."' + part.replace('"', "") + '"' for part in path) for path in paths]
    held = sa.func.coalesce(*(sa.func.json_extract(column, path) for path in quoted))
    if value is None:
        return held.is_not(None)
    kind = sa.func.coalesce(*(sa.func.nullif(sa.func.json_type(column, path), "null") for path in quoted))
    found: list[sa.ColumnElement[bool]] = []
    for meant in _meanings(value):
        if isinstance(meant, bool):
            found.append(kind == json.dumps(meant))
        elif isinstance(meant, float):
            found.append(kind.in_(("integer", "real")) & (held == sa.literal(meant, sa.Double())))
        else:
            found.append((kind == "text") & (held == meant))
    return sa.or_(*found)


def _meanings(value: str) -> list[str | bool | float]:
    """What a text may stand for in JSON: itself, a truth value, a number."""
    meanings: list[str | bool | float] = [value]
    if value.lower() in ("true", "false"):
        meanings.append(value.lower() == "true")
    try:
        number = float(value)
    except ValueError:
        return meanings
    return [*meanings, number] if math.isfinite(number) else meanings
