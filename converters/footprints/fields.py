"""Which source field is which attribute: found where exactly one obviously is, stated, and never guessed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from cim_core.errors import UsageError
from cim_core.features import ATTRIBUTE_BY_NAME, BUILDING_ATTRIBUTES, building_schema
from cim_core.issues import IssueLog
from converters.base import ReadOptions

#: Field names that hold an identifier, best first (compared in lower case).
ID_FIELDS = (
    "id", "building_id", "bldg_id", "global_id", "globalid", "uuid", "guid", "gml_id", "osm_id", "objectid", "bin",
    "fid", "编号", "建筑编号", "建筑物编号", "标识码", "bsm",
)  # fmt: skip

#: Attributes whose field a user can name, with the option to give.
_OPTIONS = {
    "height_m": "--height-field",
    "storeys": "--storeys-field",
    "base_m": "--base-field",
    "name": "--name-field",
}
_SHAPEFILE_NAME_LENGTH = 10


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """Attribute name → source field, the id field if any, and source field → column name for everything else."""

    attributes: dict[str, str]
    id_field: str | None
    is_id_named_by_user: bool
    parent_id_field: str | None
    extras: dict[str, str]


def plan_fields(
    fields: tuple[str, ...], options: ReadOptions, read_columns: Callable[[list[str]], pa.Table], log: IssueLog
) -> FieldPlan:
    """Match source fields to attributes. Raises UsageError for unknown or ambiguous fields."""
    named = {
        "height_m": options.height_field,
        "storeys": options.storeys_field,
        "base_m": options.base_field,
        "name": options.name_field,
    }
    attributes = {name: _existing(field, fields, _OPTIONS[name]) for name, field in named.items() if field}
    id_field = _existing(options.id_field, fields, "--id-field") if options.id_field else _find_id(fields, attributes)
    for attribute in BUILDING_ATTRIBUTES:
        if attribute.name in attributes:
            continue
        taken = set(attributes.values())
        candidates = [field for field in _candidates(attribute.name, fields) if field not in taken]
        if not candidates:
            continue
        if len(candidates) > 1 and candidates[0].lower() != attribute.name:
            _settle(attribute.name, candidates, read_columns, log)
        attributes[attribute.name] = candidates[0]
    parent_id_field = next((field for field in fields if field.lower() == "parent_id"), None)
    used = {*attributes.values(), id_field, parent_id_field}
    extras = _free_names([field for field in fields if field not in used])
    return FieldPlan(attributes, id_field, options.id_field is not None, parent_id_field, extras)


def _existing(field: str, fields: tuple[str, ...], option: str) -> str:
    if field in fields:
        return field
    alike = [candidate for candidate in fields if candidate.lower() == field.lower()]
    if len(alike) == 1:
        return alike[0]
    raise UsageError(
        f"there is no field {field!r}; the fields are: {', '.join(fields) or '(none)'}",
        where=option,
        code="no-such-field",
    )


def _find_id(fields: tuple[str, ...], attributes: dict[str, str]) -> str | None:
    by_name = {field.lower(): field for field in reversed(fields) if field not in attributes.values()}
    return next((by_name[name] for name in ID_FIELDS if name in by_name), None)


def _candidates(attribute: str, fields: tuple[str, ...]) -> list[str]:
    """Fields that may hold the attribute, the agreed name first, then in the order of the aliases."""
    names = (attribute, *ATTRIBUTE_BY_NAME[attribute].aliases)
    found = [field for name in names for field in fields if field.lower() == name]
    if len(attribute) > _SHAPEFILE_NAME_LENGTH:
        found += [field for field in fields if field.lower() == attribute[:_SHAPEFILE_NAME_LENGTH]]
    return list(dict.fromkeys(found))


def _settle(
    attribute: str, candidates: list[str], read_columns: Callable[[list[str]], pa.Table], log: IssueLog
) -> None:
    """Let several candidates pass if they say the same, or if no option exists to choose; else ask."""
    label = ATTRIBUTE_BY_NAME[attribute].en.lower()
    table = read_columns(candidates)
    first = table.column(candidates[0])
    if all(table.column(other).equals(first) for other in candidates[1:]):
        return
    quoted = ", ".join(repr(candidate) for candidate in candidates)
    option = _OPTIONS.get(attribute)
    if option:
        raise UsageError(
            f"several fields may hold the {label} and they differ: {quoted}",
            hint="give " + " or ".join(f"{option} {candidate}" for candidate in candidates),
            code="ambiguous-field",
        )
    log.warn("ambiguous-field", f"several fields may hold the {label}: {quoted}; {candidates[0]!r} is used")


def _free_names(fields: list[str]) -> dict[str, str]:
    """Column names for fields outside the agreed list; agreed names are not available to them."""
    taken = {name.lower() for name in building_schema().names}
    names: dict[str, str] = {}
    for field in fields:
        name = field
        while name.lower() in taken:
            name = f"source_{name}"
        taken.add(name.lower())
        names[field] = name
    return names
