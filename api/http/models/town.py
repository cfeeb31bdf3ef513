"""Town, vocabulary, datasets, tilesets, map layers, formats and health."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.http.models.common import Answer, Extent, ExtentField, Geometry, Heights, Names


class Home(Answer):
    """What the viewer opens on."""

    street_id: str | None = None


class TerrainLink(Answer):
    """Where the quantized-mesh terrain is served."""

    url: str


class TownAnswer(Answer):
    """The town being served."""

    name: Names
    synthetic: bool
    notice: Names
    crs: str
    extent_deg: Extent | None = ExtentField
    home: Home
    terrain: TerrainLink | None
    heights: Heights


class CodeAnswer(Answer):
    """One coded value with its labels."""

    value: str
    zh: str
    en: str


class StageAnswer(CodeAnswer):
    """A project stage and its place in the order."""

    order: int


class ControlKindAnswer(CodeAnswer):
    """A kind of townscape control and the unit of its limits."""

    unit: str


class AttributeAnswer(Answer):
    """One building attribute."""

    name: str
    zh: str
    en: str
    unit: str
    codes: list[CodeAnswer]


class CategoryAnswer(CodeAnswer):
    """One category of data; ``parent`` is empty for the six at the top."""

    parent: str


class VocabularyAnswer(Answer):
    """Every coded word of the API with Chinese and English labels."""

    attributes: list[AttributeAnswer]
    street_attributes: list[AttributeAnswer]
    plan_unit_attributes: list[AttributeAnswer]
    height_sources: list[CodeAnswer]
    verdicts: list[CodeAnswer]
    natures: list[CodeAnswer]
    strengths: list[CodeAnswer]
    precedences: list[CodeAnswer]
    protected: list[CodeAnswer]
    flip_reasons: list[CodeAnswer]
    conflicts: list[CodeAnswer]
    control_kinds: list[ControlKindAnswer]
    project_types: list[CodeAnswer]
    batches: list[CodeAnswer]
    stages: list[StageAnswer]
    actions: list[CodeAnswer]
    libraries: list[CodeAnswer]
    evidence_kinds: list[CodeAnswer]
    place_states: list[CodeAnswer]
    change_kinds: list[CodeAnswer]
    differences: list[CodeAnswer]
    data_categories: list[CategoryAnswer]
    cim_levels: list[CodeAnswer]
    obligations: list[CodeAnswer]
    security_classes: list[CodeAnswer]
    update_cycles: list[CodeAnswer]


class DatasetAnswer(Answer):
    """One imported source and the tileset that draws it."""

    id: str
    name: Names
    kind: Literal["buildings", "elements", "mesh", "pointcloud"]
    features: int
    buildings: int
    tileset_url: str | None
    extent_deg: Extent | None = ExtentField
    crs: str
    heights: Heights
    source: str
    format: str
    synthetic: bool
    cim_level: str


class DatasetsAnswer(Answer):
    """All datasets."""

    datasets: list[DatasetAnswer]


class TilesetAnswer(Answer):
    """One 3D Tiles 1.1 tileset. The URL names a version and never changes its content."""

    dataset: str
    name: Names
    kind: Literal["buildings", "elements", "mesh", "pointcloud"]
    version: str
    url: str
    extent_deg: Extent | None = ExtentField
    height_range_m: tuple[float, float]
    tiles: int
    features: int
    bytes: int


class TilesetsAnswer(Answer):
    """All tilesets."""

    tilesets: list[TilesetAnswer]


class LayerAnswer(Answer):
    """One map layer; ``kind`` is the geometry it is drawn as."""

    id: str
    name: Names
    kind: Literal["polygon", "line", "point"]
    features: int


class LayersAnswer(Answer):
    """All map layers."""

    layers: list[LayerAnswer]


class LayerProperties(Answer):
    """Properties of a map feature."""

    id: str
    name: Names
    kind: str | None
    width_m: float | None


class LayerFeature(Answer):
    """A map feature."""

    type: Literal["Feature"]
    id: str
    geometry: Geometry | None
    properties: LayerProperties


class LayerCollection(Answer):
    """The features of a map layer."""

    type: Literal["FeatureCollection"]
    features: list[LayerFeature]


class FormatAnswer(Answer):
    """A format ``cim`` can read."""

    id: str
    label: str
    suffixes: list[str]
    produces: Literal["buildings", "elements", "mesh", "pointcloud"]
    media_type: str
    library: str


class FormatsAnswer(Answer):
    """All formats."""

    formats: list[FormatAnswer]


class StoreHealth(Answer):
    """How the database runs."""

    database: str = Field(description="SQLite or PostgreSQL and its version")
    journal_mode: str
    datasets: int
    notes: list[str]


class HealthAnswer(Answer):
    """Whether the service can answer, and what the operator should know."""

    status: Literal["ok", "degraded"]
    version: str
    store: StoreHealth
    disk_free_share: float = Field(description="Free share of the workspace's disk, 0 to 1")
