"""What a conversion tells: of each source, and of all together in ``report.json``."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pyproj

from api.pipeline.sources import OpenedSource
from cim_core.errors import SourceError
from cim_core.files import write_file
from cim_core.issues import IssueLog
from tiles.options import TilesetSummary

REPORT_NAME = "report.json"


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What became of one source. Counts balance: ``features_in == features_out + rejected``."""

    path: str
    format: str
    crs: str
    crs_reason: str
    heights: str
    fields: dict[str, str]
    features_in: int
    features_out: int
    rejected: int
    tileset: str
    tiles: int
    bytes: int
    bounds_deg: tuple[float, float, float, float]
    height_range_m: tuple[float, float]
    issues: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ConversionReport:
    """What ``cim convert --json`` prints and ``report.json`` holds."""

    output: str
    features_in: int
    features_out: int
    issues: int
    tiles: int
    bytes: int
    crs: str
    seconds: float
    sources: list[SourceReport]

    @classmethod
    def of(cls, output: Path, sources: list[SourceReport], started: float) -> ConversionReport:
        """The sum of sources; ``started`` is a ``time.perf_counter()``."""
        return cls(
            output=str(output),
            features_in=sum(source.features_in for source in sources),
            features_out=sum(source.features_out for source in sources),
            issues=sum(len(source.issues) for source in sources),
            tiles=sum(source.tiles for source in sources),
            bytes=sum(source.bytes for source in sources),
            crs=" + ".join(sorted({source.crs for source in sources})),
            seconds=round(time.perf_counter() - started, 3),
            sources=sources,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, ready for JSON."""
        return asdict(self)

    def write(self, folder: Path) -> None:
        """Write ``report.json``, flushed to disk. Raises OSError."""
        write_file(folder / REPORT_NAME, orjson.dumps(self.to_dict(), option=orjson.OPT_INDENT_2))


def build_source_report(source: OpenedSource, out: Path, summary: TilesetSummary, log: IssueLog) -> SourceReport:
    """The report of one source. Raises SourceError if the books do not balance, which is a defect of a converter."""
    if not log.is_balanced():
        raise SourceError(
            f"{log.features_in} features in, {log.features_out} out and {log.rejected} rejected do not add up",
            where=str(source.path),
            hint="please report this file: it shows a defect of the converter",
            code="unbalanced",
        )
    meta = source.stream.meta
    return SourceReport(
        path=str(source.path),
        format=source.converter.info.id,
        crs=crs_label(meta.crs),
        crs_reason=meta.crs_reason,
        heights=meta.heights.describe(),
        fields=dict(meta.fields),
        features_in=log.features_in,
        features_out=log.features_out,
        rejected=log.rejected,
        tileset=str(out / "tileset.json"),
        tiles=summary.tiles,
        bytes=summary.bytes,
        bounds_deg=summary.bounds_deg,
        height_range_m=summary.height_range_m,
        issues=log.to_dicts(),
    )


def crs_label(crs: pyproj.CRS) -> str:
    """``EPSG:4547``, or the name of a CRS without a code."""
    authority = crs.to_authority()
    return ":".join(authority) if authority else str(crs.name)
