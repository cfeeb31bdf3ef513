"""The data catalogue and the coverage by models."""

from __future__ import annotations

from pydantic import Field

from api.http.models.common import Answer, Names


class Provenance(Answer):
    """Where a dataset came from."""

    file: str
    format: str
    imported: str


class CatalogueRecord(Answer):
    """One dataset or layer; null where nobody said. ``assumed`` names fields that follow from the kind of data."""

    id: str
    name: Names
    kind: str
    features: int
    crs: str
    height_datum: str | None
    provenance: Provenance | None
    synthetic: bool | None
    category: str | None
    category_name: Names | None
    obligation: str | None
    department: str | None
    security_class: str | None
    licence: str | None
    update_cycle: str | None
    scale: str | None
    cim_level: int | None
    data_date: str | None
    lineage: str | None
    quality: str | None
    assumed: list[str]


class CatalogueAnswer(Answer):
    """The catalogue."""

    datasets: list[CatalogueRecord]


class CoverageAnswer(Answer):
    """Coverage of the built-up area by models."""

    built_up_m2: float
    covered_m2: float
    percent: float | None = Field(
        description="covered ÷ built-up, models of ``counted_from_level`` or finer; null unless the area was drawn"
    )
    by_level: dict[str, float] = Field(description="m² of built-up area by the finest level over it")
    unknown_level_m2: float
    basis: str = Field(description="layer (drawn) or derived (an estimate: footprints joined over gaps)")
    counted_from_level: int
    closing_m: float | None
    built_up_layer: str | None


class CatalogueChange(Answer):
    """What is said of a dataset; fields left out stay, an empty text takes one back."""

    category: str | None = Field(default=None, max_length=20)
    obligation: str | None = Field(default=None, max_length=20)
    department: str | None = Field(default=None, max_length=200)
    security_class: str | None = Field(default=None, max_length=20)
    licence: str | None = Field(default=None, max_length=500)
    update_cycle: str | None = Field(default=None, max_length=20)
    scale: str | None = Field(default=None, max_length=100)
    cim_level: int | None = Field(default=None, ge=1, le=7)
    data_date: str | None = Field(default=None, max_length=10)
    lineage: str | None = Field(default=None, max_length=4000)
    quality: str | None = Field(default=None, max_length=4000)
    by: str = Field(default="", max_length=200)
