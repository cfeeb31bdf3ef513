"""What callers hand to the store and get back beside Arrow tables: datasets, tilesets, links, filters, states."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from cim_core.crs.heights import HeightPolicy
from cim_core.scenarios.changes import PlaceState
from cim_core.townscape.verdicts import SEVERITY_ORDER

Box = tuple[float, float, float, float]

#: Verdicts from harmless to worst; the position is the code in the ``verdict`` state column.
VERDICTS_BY_SEVERITY = tuple(verdict.value for verdict in reversed(SEVERITY_ORDER))


class DatasetKind(StrEnum):
    """What a dataset consists of, hence what the viewer can do with it."""

    BUILDINGS = "buildings"
    ELEMENTS = "elements"
    MESH = "mesh"
    POINT_CLOUD = "pointcloud"


@dataclass(frozen=True, slots=True)
class TilesetInfo:
    """The tileset version a dataset is drawn with. ``bounds_deg`` is west, south, east, north."""

    version: str
    bounds_deg: Box
    height_range_m: tuple[float, float] = (0.0, 0.0)
    tiles: int = 0
    bytes: int = 0
    features: int = 0


@dataclass(frozen=True, slots=True)
class DatasetRecord:
    """One imported source.

    ``heights`` is what ``base_m`` of its buildings counts from. ``features``, ``buildings`` and ``extent_deg`` (west,
    south, east, north of the footprints, or of the tileset where there are none) are filled by the store.
    """

    id: str
    name_zh: str
    name_en: str
    kind: DatasetKind
    crs: str = ""
    crs_reason: str = ""
    heights: HeightPolicy = field(default_factory=HeightPolicy)
    source_file: str = ""
    format_id: str = ""
    synthetic: bool = False
    cim_level: str = ""
    tileset: TilesetInfo | None = None
    features: int = 0
    buildings: int = 0
    extent_deg: Box | None = None
    recorded_from: str = ""


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """Rows stored of one dataset."""

    buildings: int
    elements: int

    @property
    def features(self) -> int:
        """All rows."""
        return self.buildings + self.elements


@dataclass(frozen=True, slots=True)
class ManualLink:
    """A person's correction of which building belongs to a project; outlives every re-derivation."""

    project_id: str
    dataset: str
    building_id: str
    included: bool
    action: str | None = None
    reason: str = ""
    decided_by: str = ""


@dataclass(frozen=True, slots=True)
class BuildingFilter:
    """Which buildings; an empty field does not restrict. ``box`` is in the work CRS (min x, min y, max x, max y)."""

    box: Box | None = None
    street: str | None = None
    dataset: str | None = None
    ids: tuple[str, ...] = ()
    state: PlaceState | None = None


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings; an empty field does not restrict."""

    verdict: str | None = None
    zone: str | None = None
    street: str | None = None
    kind: str | None = None
    clause: str | None = None
    rule: str | None = None
    dataset: str | None = None
    building: str | None = None


@dataclass(frozen=True, slots=True)
class StateColumn:
    """How to read one state column: ``dtype`` of numpy, components a feature, codes by value, and the no-data value.

    ``no_data`` is None for floats, where NaN says so, and for colors, where alpha 0 says so.
    """

    name: str
    dtype: str
    components: int = 1
    codes: tuple[str, ...] = ()
    no_data: int | None = None
    unit: str = ""
