"""What the catalogue says of a dataset, checked when it is set."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from cim_core.catalogue.vocabulary import CATEGORY_BY_CODE, OBLIGATIONS, SECURITY_CLASSES, UPDATE_CYCLES
from cim_core.errors import UsageError
from cim_core.features.schema import Code


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One dataset in the terms of the CIM standards; None where nobody said.

    ``category``: code of ``CATEGORIES``; ``obligation``: M, C or O; ``cim_level``: 1 to 7; ``data_date``: the day the
    data shows; ``lineage``: how it came about; ``quality``: report or its place.
    """

    dataset: str
    category: str | None = None
    obligation: str | None = None
    department: str | None = None
    security_class: str | None = None
    licence: str | None = None
    update_cycle: str | None = None
    scale: str | None = None
    cim_level: int | None = None
    data_date: str | None = None
    lineage: str | None = None
    quality: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return dataclasses.asdict(self)


#: What may be set of a dataset.
FIELDS = tuple(field.name for field in dataclasses.fields(CatalogueEntry) if field.name != "dataset")


def parse_entry(dataset: str, values: Mapping[str, Any], before: CatalogueEntry | None = None) -> CatalogueEntry:
    """An entry with some values set; an empty text clears one. Raises UsageError naming the value that cannot be."""
    for name in values:
        if name not in FIELDS:
            raise UsageError(f"the catalogue has no field {name!r}", where=name, hint=f"fields: {', '.join(FIELDS)}")
    given = {name: _clean(name, value) for name, value in values.items()}
    fields = (before or CatalogueEntry(dataset)).to_dict() | given | {"dataset": dataset}
    return CatalogueEntry(**fields)


def _clean(name: str, value: Any) -> str | int | None:  # noqa: ANN401 - a JSON value
    if value is None or value == "":
        return None
    if name == "cim_level":
        return _level(value)
    if not isinstance(value, str) or len(value) > 4000:
        raise UsageError("expected a text of at most 4000 characters", where=name)
    words = {"obligation": OBLIGATIONS, "security_class": SECURITY_CLASSES, "update_cycle": UPDATE_CYCLES}
    if name in words:
        return _choice(name, value, words[name])
    if name == "category" and value not in CATEGORY_BY_CODE:
        raise UsageError(
            f"there is no category {value!r}", where=name, hint="cim catalogue categories lists them, e.g. 1.4.4"
        )
    if name == "data_date":
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError as error:
            raise UsageError(f"{value!r} is no day", where=name, hint="write it as 2026-11-22") from error
    return value


def _level(value: object) -> int:
    level = int(value) if isinstance(value, str) and value.isdigit() else value
    if not isinstance(level, int) or isinstance(level, bool) or not 1 <= level <= 7:
        raise UsageError(f"{value!r} is no CIM level", where="cim_level", hint="a whole number from 1 to 7")
    return level


def _choice(name: str, value: str, codes: Collection[Code]) -> str:
    for code in codes:
        if value in (code.value, code.zh, code.en):
            return code.value
    known = ", ".join(f"{code.value} {code.zh}" for code in codes)
    raise UsageError(f"{value!r} is no {name.replace('_', ' ')}", where=name, hint=f"one of: {known}")
