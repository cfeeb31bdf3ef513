"""Every building by name, for search boxes."""

from __future__ import annotations

from api.http.models.common import Answer


class BuildingNamesAnswer(Answer):
    """Columns of equal length, one entry a building, by dataset and gid."""

    total: int
    dataset: list[str]
    id: list[str]
    name: list[str | None]
    address: list[str | None]
    verdict: list[str | None]
