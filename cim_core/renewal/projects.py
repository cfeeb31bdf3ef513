"""A renewal project as a record, and projects as an Arrow table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self, TypeVar

import pyarrow as pa

from cim_core.errors import ModelError
from cim_core.renewal.vocabulary import Batch, ProjectType, Stage, stage_order

E = TypeVar("E", bound=StrEnum)

PROJECTS_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("name_zh", pa.string(), nullable=False),
        pa.field("name_en", pa.string(), nullable=False),
        pa.field("type", pa.string(), nullable=False),
        pa.field("batch", pa.string(), nullable=False),
        pa.field("stage", pa.string(), nullable=False),
        pa.field("stage_order", pa.int8(), nullable=False),
        pa.field("geometry", pa.binary()),
        pa.field("geometry_note", pa.string(), nullable=False),
        pa.field("synthetic_geometry", pa.bool_(), nullable=False),
        pa.field("buffer_m", pa.float64(), metadata={"unit": "m"}),
    ]
)


@dataclass(frozen=True, slots=True)
class Project:
    """One project of the library.

    ``geometry`` is WKB in the work CRS, or None where the project has no place (an information system, a programme)
    or none that may be shown. ``buffer_m`` overrides how far around a line or point buildings belong to it.
    """

    id: str
    name_zh: str
    name_en: str
    type: ProjectType
    batch: Batch
    stage: Stage
    geometry: bytes | None = None
    geometry_note: str = ""
    synthetic_geometry: bool = False
    buffer_m: float | None = None

    def __post_init__(self) -> None:
        """Refuse a nameless project or a negative buffer. Raises ModelError."""
        if not (self.id and self.name_zh and self.name_en):
            raise ModelError("a project needs an id and a name in both languages", where=self.id)
        if self.buffer_m is not None and not self.buffer_m >= 0:
            raise ModelError(f"the buffer of a project is at least 0 m, not {self.buffer_m}", where=self.id)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Build a project from the properties of a feature; unknown keys are left aside.

        Raises ModelError naming the project and an unknown type, batch or stage.
        """
        name = str(record.get("id") or "")
        return cls(
            id=name,
            name_zh=str(record.get("name_zh") or ""),
            name_en=str(record.get("name_en") or ""),
            type=_term(ProjectType, "type", record, name),
            batch=_term(Batch, "batch", record, name),
            stage=_term(Stage, "stage", record, name),
            geometry=record.get("geometry"),
            geometry_note=str(record.get("geometry_note") or ""),
            synthetic_geometry=bool(record.get("synthetic_geometry", False)),
            buffer_m=record.get("buffer_m"),
        )

    def to_record(self) -> dict[str, Any]:
        """The project as a row of ``PROJECTS_SCHEMA``."""
        return {
            "id": self.id,
            "name_zh": self.name_zh,
            "name_en": self.name_en,
            "type": self.type.value,
            "batch": self.batch.value,
            "stage": self.stage.value,
            "stage_order": stage_order(self.stage),
            "geometry": self.geometry,
            "geometry_note": self.geometry_note,
            "synthetic_geometry": self.synthetic_geometry,
            "buffer_m": self.buffer_m,
        }


def projects_table(projects: Sequence[Project]) -> pa.Table:
    """Projects as ``PROJECTS_SCHEMA``. Raises ModelError when two share an id."""
    for name, count in Counter(project.id for project in projects).items():
        if count > 1:
            raise ModelError(f"the project id {name!r} appears twice", where=name)
    return pa.Table.from_pylist([project.to_record() for project in projects], schema=PROJECTS_SCHEMA)


def _term(kind: type[E], field: str, record: Mapping[str, Any], where: str) -> E:
    value = str(record.get(field))
    try:
        return kind(value)
    except ValueError as error:
        known = ", ".join(member.value for member in kind)
        raise ModelError(f"unknown project {field} {value!r}", where=where, hint=f"one of {known}") from error
