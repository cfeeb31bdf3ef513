"""What the store held true of a thing, in two times."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.http.models.common import Answer


class HistoryRowAnswer(Answer):
    """One state: true from a day to a day, known from an instant to an instant; open ends are null."""

    values: dict[str, Any] = Field(description="Every column; a geometry is GeoJSON in degrees")
    version: int
    valid_from: str | None
    valid_to: str | None
    recorded_from: str | None
    recorded_to: str | None
    actor: str
    reason: str
    ended_by: str
    ended_because: str
    changed: list[str] = Field(description="Columns that are others than in the row before; all that are set, first")


class HistoryAnswer(Answer):
    """The states of a thing, oldest first; with ``valid_at`` or ``known_at`` the one in force then, or none."""

    kind: str
    id: str
    rows: list[HistoryRowAnswer]
