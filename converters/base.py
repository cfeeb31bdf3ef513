"""What a format is: a description, a cheap test on the first bytes, and a reader that yields feature batches."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from cim_core.crs.heights import HeightPolicy
from cim_core.features import FeatureStream
from cim_core.issues import IssueLog
from cim_core.progress import Progress
from cim_core.terrain import HeightGrid
from converters.targets import FootprintTarget

SNIFF_BYTES = 4096


class Produces(StrEnum):
    """What a format becomes; the pipeline picks the tiler from it."""

    BUILDINGS = "buildings"
    ELEMENTS = "elements"
    MESH = "mesh"
    POINT_CLOUD = "pointcloud"


@dataclass(frozen=True, slots=True)
class FormatInfo:
    """One row of the list of formats that the command line, the API and the docs show."""

    id: str
    label: str
    suffixes: tuple[str, ...]
    produces: Produces
    media_type: str
    library: str


@dataclass(frozen=True, slots=True)
class PointPosition:
    """Where a model without a position of its own is put: ``lon,lat[,height[,bearing]]`` in degrees and metres.

    Without a height it stands on the terrain where that is known.
    """

    lon_deg: float
    lat_deg: float
    elevation_m: float | None = None
    bearing_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """How a building model is meshed.

    ``include``: classes beside the usual, such as IfcSpace. ``deflection_m``: how far a chord may lie from its curve.
    ``max_memory_mb``: what the processes that parse it may own together. ``max_triangles``: of one element; a body of
    more is thinned out. ``element_s``: seconds one element may take in each way of making its shape.
    """

    include: tuple[str, ...] = ()
    deflection_m: float = 1e-3
    max_memory_mb: int | None = None
    max_triangles: int = 500_000
    element_s: float = 30.0


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a user may say about a source. Every field left at None is found where obvious, else refused or stated.

    ``layer`` names the layer of a file (or the shapefile of an archive) that has several. With
    ``keep_without_height`` a building that has neither height nor storeys stays, with null in ``height_m``: it
    cannot be drawn, but it is there to be judged "no data". ``match``: a model is laid on this footprint. ``ground``:
    the terrain that a model without an elevation of its own stands on.
    """

    crs: str | None = None
    name: str | None = None
    id_field: str | None = None
    name_field: str | None = None
    height_field: str | None = None
    storeys_field: str | None = None
    base_field: str | None = None
    storey_height_m: float = 3.0
    heights: HeightPolicy | None = None
    at: PointPosition | None = None
    batch_size: int = 50_000
    layer: str | None = None
    keep_without_height: bool = False
    model: ModelOptions = ModelOptions()
    match: FootprintTarget | None = None
    ground: HeightGrid | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read and its first bytes."""

    path: Path
    head: bytes

    @classmethod
    def open(cls, path: Path) -> Source:
        """Read the first bytes. Raises UnreadableSourceError for a missing or empty file."""
        from cim_core.errors import UnreadableSourceError

        try:
            with path.open("rb") as file:
                head = file.read(SNIFF_BYTES)
        except OSError as error:
            raise UnreadableSourceError(
                "cannot be read", where=str(path), hint=error.strerror or "check the path and permissions"
            ) from error
        if not head:
            raise UnreadableSourceError("is empty", where=str(path), hint="export it again", code="empty-file")
        return cls(path, head)


class Converter(Protocol):
    """A format. ``recognises`` looks at suffix and first bytes only; ``read`` imports the heavy library."""

    @property
    def info(self) -> FormatInfo:
        """Its row in the list of formats."""

    def recognises(self, source: Source) -> bool:
        """Whether this format should read the source. Never parses."""

    def read(self, source: Source, options: ReadOptions, log: IssueLog, progress: Progress) -> FeatureStream:
        """Open the source and stream its features; counts ``log.features_in`` and rejects into ``log``.

        Raises SourceError when the source as a whole cannot be used.
        """
