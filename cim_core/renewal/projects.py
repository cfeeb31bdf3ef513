"""A project record read from anywhere: every value held against ``PROJECT_FIELDS``, mistakes named by their place."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from cim_core.errors import IdentityError, ModelError
from cim_core.renewal.fields import FIELD_BY_NAME, PROJECT_FIELDS, PROJECTS_SCHEMA, Field, FieldType
from cim_core.renewal.vocabulary import STAGES

Record = dict[str, Any]

MAX_TEXT = 2_000
MAX_ITEMS = 500
#: Dates outside are mistakes of typing (0001, 9999), not plans.
EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
#: Pairs of fields of which the second may not be before (or below) the first.
_ORDERED = (("starts_on", "ends_on"), ("underground_from_m", "underground_to_m"))
_ITEM_ORDERED = {"exemptions": ("decided_on", "expires_on")}


def parse_project(record: Mapping[str, Any], where: str = "", *, is_strict: bool = True) -> Record:
    """A complete record: every field of ``PROJECT_FIELDS``, None where nothing is known; lists are lists.

    Args:
        record: values by field name; lists may be JSON text.
        where: place of the record for messages, e.g. ``body#``; the id of the project when empty.
        is_strict: refuse unknown names instead of leaving them aside.

    Raises:
        ModelError: for a missing name, an unknown word, a wrong type or date, or an end before its start.
    """
    place = where or str(record.get("id") or "project")
    if is_strict:
        refuse_unknown(record, FIELD_BY_NAME, place)
    parsed = _parse_fields(PROJECT_FIELDS, record, place)
    _check_order(parsed, place)
    return parsed


def parse_patch(current: Mapping[str, Any], patch: Mapping[str, Any], where: str = "body#") -> Record:
    """The record with some fields replaced (null clears one).

    Raises ModelError for an unknown field, for one that only moves change, another id, and as ``parse_project``.
    """
    refuse_unknown(patch, FIELD_BY_NAME, where)
    for name in patch:
        if name == "id" and patch["id"] != current["id"]:
            raise IdentityError(
                f"the id of a project cannot change from {current['id']!r}", where=f"{where}/id", code="fixed-id"
            )
        if FIELD_BY_NAME[name].is_read_only and patch[name] != current[name]:
            raise ModelError(
                f"{name!r} is changed by a move, not by an edit",
                where=f"{where}/{name}",
                hint="submit a move",
                code="read-only-field",
            )
    return parse_project({**current, **patch}, where)


def refuse_later_stage(record: Mapping[str, Any], where: str) -> None:
    """Raise ModelError for a new record that says it is past the first stage: gates and a second person lead there."""
    first = STAGES[0].value
    if record.get("stage", first) != first:
        raise ModelError(
            f"a project begins at {first!r}, not at {record['stage']!r}",
            where=f"{where}/stage",
            hint="leave the stage out and submit moves; a library with stages is imported: cim import --as projects",
            code="read-only-field",
        )


def projects_table(records: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Parsed records as ``PROJECTS_SCHEMA``; lists as JSON text. Raises ModelError when two share an id."""
    for name, count in Counter(str(record["id"]) for record in records).items():
        if count > 1:
            raise ModelError(f"the project id {name!r} appears twice", where=name)
    rows = [{name: to_cell(record.get(name)) for name in PROJECTS_SCHEMA.names} for record in records]
    return pa.Table.from_pylist(rows, schema=PROJECTS_SCHEMA)


def to_cell(value: object) -> object:
    """A value as a table keeps it: lists as JSON text, an empty list as nothing."""
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False) if value else None
    return value


def from_cells(row: Mapping[str, Any]) -> Record:
    """A record from a row of a table: JSON text as lists again, nothing as an empty list."""
    return {f.name: _list_value(row.get(f.name)) if f.is_list else row.get(f.name) for f in PROJECT_FIELDS}


def refuse_unknown(values: Mapping[str, Any], known: Collection[str], where: str) -> None:
    """Raise ModelError for the first name that is not one of ``known``."""
    for name in values:
        if name not in known:
            raise ModelError(
                f"a project has no field {name!r}",
                where=f"{where}/{name}",
                hint="the fields are at /api/v1/project-schema",
                code="unknown-field",
            )


def _parse_fields(fields: Iterable[Field], values: Mapping[str, Any], where: str) -> Record:
    parsed: Record = {}
    for field in fields:
        place = f"{where}/{field.name}"
        value = values.get(field.name)
        if field.is_list:
            parsed[field.name] = _parse_list(field, value, place)
            continue
        is_empty = value is None or value == "" or (isinstance(value, float) and math.isnan(value))
        if is_empty and field.is_required:
            raise _bad(f"{field.en.lower()} is missing", place, f"{field.name!r} must be given")
        parsed[field.name] = None if is_empty else _parse_value(field, value, place)
    return parsed


def _parse_list(field: Field, value: object, where: str) -> list[Any]:
    entries = _list_value(value)
    if not isinstance(entries, list):
        raise _bad(f"{field.name} is a list", where)
    if len(entries) > MAX_ITEMS:
        raise _bad(f"{field.name} has {len(entries)} entries, {MAX_ITEMS} at most", where)
    if field.type is FieldType.TEXTS:
        return [_parse_text(field, entry, f"{where}/{i}") for i, entry in enumerate(entries)]
    return [_parse_item(field, entry, f"{where}/{i}") for i, entry in enumerate(entries)]


def _parse_item(field: Field, entry: object, where: str) -> Record:
    if not isinstance(entry, Mapping):
        raise _bad(f"an entry of {field.name} is an object", where)
    refuse_unknown(entry, [item.name for item in field.items], where)
    parsed = _parse_fields(field.items, entry, where)
    if field.name in _ITEM_ORDERED:
        _refuse_reversed(parsed, *_ITEM_ORDERED[field.name], where)
    return parsed


def _list_value(value: object) -> Any:  # noqa: ANN401 - whatever the JSON holds, judged by the caller
    if value is None or value == "":
        return []
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return list(value) if isinstance(value, tuple) else value


def _parse_value(field: Field, value: object, where: str) -> object:
    if field.type is FieldType.FLAG:
        if isinstance(value, bool) or value in (0, 1):
            return bool(value)
        raise _bad(f"{field.name} is true or false, not {value!r}", where)
    if field.type is FieldType.DATE:
        return parse_date(value, where).isoformat()
    if field.type is FieldType.TEXT:
        return _parse_text(field, value, where)
    return _parse_number(field, value, where)


def _parse_number(field: Field, value: object, where: str) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _bad(f"{field.name} is a number, not {value!r}", where)
    if field.type is FieldType.WHOLE and value != int(value):
        raise _bad(f"{field.name} is a whole number, not {value!r}", where)
    if field.minimum is not None and value < field.minimum:
        raise _bad(f"{field.name} is at least {field.minimum:g}, not {value:g}", where)
    if field.name == "year" and value > LATEST.year:
        raise _bad(f"{value:g} is no year of a plan", where)
    return int(value) if field.type is FieldType.WHOLE else float(value)


def _parse_text(field: Field, value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _bad(f"{field.name} is a text, not {value!r}", where)
    text = value.strip()
    if len(text) > MAX_TEXT or any(ord(sign) < 32 and sign not in "\n\t" for sign in text):
        raise _bad(f"{field.name} is longer than {MAX_TEXT} characters or has control characters", where)
    if field.name == "id" and ("/" in text or len(text) > 100):
        raise _bad("an id has at most 100 characters and no '/'", where)
    if field.codes and text not in (known := [term.value for term in field.codes]):
        raise _bad(f"unknown {field.name} {text!r}", where, "one of " + ", ".join(known))
    return text


def parse_date(value: object, where: str) -> dt.date:
    """A calendar date from a date or ``2026-01-31``. Raises ModelError, also for years nobody means (0001, 9999)."""
    try:
        day = value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
    except ValueError:
        raise _bad(f"{value!r} is not a date", where, "write it as 2026-01-31") from None
    if not EARLIEST <= day <= LATEST:
        raise _bad(f"{day} is no date of a plan", where, f"between {EARLIEST} and {LATEST}")
    return day


def _check_order(record: Record, where: str) -> None:
    for first, last in _ORDERED:
        _refuse_reversed(record, first, last, where)


def _refuse_reversed(values: Record, first: str, last: str, where: str) -> None:
    start, end = values[first], values[last]
    if start is not None and end is not None and end < start:
        raise _bad(f"{last} {end} is before {first} {start}", f"{where}/{last}", code="end-before-start")


def _bad(message: str, where: str, hint: str = "", code: str = "project-field") -> ModelError:
    return ModelError(message, where=where, hint=hint, code=code)
