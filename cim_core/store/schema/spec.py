"""How a topic declares its tables: plain data, from which everything else is derived.

Types are text, double and integer only, so that GDAL and QGIS read every column right; JSON is text, a truth value is
0 or 1, an instant is ISO 8601 text with ``Z``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "double", "integer"]


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One column. ``default`` is the value of rows that say nothing, also of the rows that were there before."""

    name: str
    kind: Kind
    required: bool = False
    default: int | None = None


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """An index over columns, or over expressions such as ``severity DESC``."""

    name: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table as its topic declares it; ``fid``, the geometry and the bookkeeping columns are added to it.

    ``title`` is what GIS programs list it as. ``key`` are the columns people know a row by, unique together.
    ``geometry`` is its geometry type, with a spatial index unless ``is_indexed`` is False. ``history`` is the word for
    one row (``building``) in a table whose former rows are kept; ``ignored`` are columns whose change is no change of
    the thing itself. Rows of a table that ``is_append_only`` can be neither altered nor removed.
    """

    name: str
    title: str
    columns: tuple[ColumnSpec, ...]
    key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[IndexSpec, ...] = ()
    geometry: str | None = None
    is_indexed: bool = True
    history: str | None = None
    ignored: tuple[str, ...] = ()
    is_append_only: bool = False


@dataclass(frozen=True, slots=True)
class Topic:
    """What belongs together, declared in one module."""

    name: str
    tables: tuple[TableSpec, ...]


def text(*names: str, required: bool = False) -> tuple[ColumnSpec, ...]:
    """Text columns."""
    return tuple(ColumnSpec(name, "text", required) for name in names)


def number(*names: str) -> tuple[ColumnSpec, ...]:
    """Columns of doubles; the unit is in the name."""
    return tuple(ColumnSpec(name, "double") for name in names)


def whole(*names: str, required: bool = False) -> tuple[ColumnSpec, ...]:
    """Columns of whole numbers and of truth values."""
    return tuple(ColumnSpec(name, "integer", required) for name in names)


#: What a row that belongs to a building says: which.
BUILDING_KEY = text("dataset", "building_id", required=True)
