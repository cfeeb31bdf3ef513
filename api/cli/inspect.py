"""``cim inspect``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from api.cli.console import TerminalProgress, human_bytes, print_json, reports_errors
from api.cli.options import build_read_options, json_option, quiet_option, read_options
from api.pipeline.inspect import FieldReport, Inspection, inspect_source
from api.pipeline.inspect_dem import ElevationReport
from api.pipeline.statistics import HeightStatistics

_BAR_WIDTH = 32


@click.command(
    epilog="""\b
Examples:
  cim inspect buildings.gpkg
  cim inspect town.shp --crs EPSG:4547 --json
  cim inspect dem.tif --height-datum china-1985
"""
)
@click.argument("source", type=click.Path(path_type=Path), metavar="SOURCE")
@read_options
@json_option
@quiet_option
@reports_errors
def inspect(source: Path, as_json: bool, quiet: bool, **values: Any) -> None:
    """Look at a source before converting it: counts, place, CRS and why, fields, heights, issues, estimated size.

    Reads as cim convert would, with the same options, and writes nothing. Exit codes: 0 done, 2 wrong call, 3 the data
    cannot be used.
    """
    with TerminalProgress(quiet=quiet or as_json) as progress:
        inspection = inspect_source(source, build_read_options(values), progress)
    if as_json:
        print_json(inspection.to_dict())
    else:
        print_inspection(inspection)


def print_inspection(found: Inspection) -> None:
    """The inspection as text on stdout."""
    out = Console(highlight=False, soft_wrap=True)
    out.print(f"{found.path}  ({found.format}, becomes {found.becomes})", style="bold", markup=False)
    if found.elevation is not None:
        _print_elevation(out, found, found.elevation)
        return
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in found.kinds.items())
    out.print(f"  features  {found.features_in:,} in, {found.usable:,} usable, {found.rejected:,} rejected: {kinds}")
    _print_place(out, found)
    if found.fields:
        out.print(_field_table(found.fields, found.usable))
    if found.heights:
        _print_heights(out, found.heights)
    _print_issues(out, found)
    size = found.estimate
    out.print(f"  estimate  about {size.tiles:,} tiles, {human_bytes(size.bytes)} (within a factor of 1.5)")


def _print_elevation(out: Console, found: Inspection, elevation: ElevationReport) -> None:
    digits = 3 if elevation.cell_unit == "m" else 8
    width, height = (f"{side:.{digits}g}" for side in elevation.cell)
    out.print(
        f"  grid      {elevation.columns:,} × {elevation.rows:,} cells of {width} × {height} {elevation.cell_unit}"
    )
    _print_place(out, found)
    out.print(
        f"  elevation {elevation.lowest_m:g} … {elevation.highest_m:g} m, median {elevation.median_m:g}; "
        f"known in {elevation.known:.1%} of the cells"
    )
    _print_issues(out, found)


def _print_place(out: Console, found: Inspection) -> None:
    out.print(f"  crs       {found.crs}: {found.crs_reason}", markup=False)
    out.print(f"  heights   {found.height_datum}", markup=False)
    if found.bounds_deg:
        west, south, east, north = found.bounds_deg
        out.print(f"  place     {west:.5f}…{east:.5f} E, {south:.5f}…{north:.5f} N")


def _print_issues(out: Console, found: Inspection) -> None:
    for issue in found.issues:
        times = f"{issue.count:,} × " if issue.count > 1 else ""
        out.print(f"  {issue.severity:<9} {times}{issue.code}: {issue.message}", markup=False)


def _field_table(fields: list[FieldReport], usable: int) -> Table:
    table = Table("field", "type", "filled", "taken for", "example", box=None, header_style="bold", pad_edge=True)
    for report in fields:
        share = f"{report.filled / usable:.0%}" if usable else "-"
        table.add_row(*map(_plain, (report.field, report.type, share, report.taken_for or "-", report.example)))
    return table


def _plain(text: str) -> str:
    """Text from a file, which must not be taken for markup."""
    return text.replace("[", r"\[")


def _print_heights(out: Console, heights: HeightStatistics) -> None:
    rungs = ", ".join(f"{count:,} by {rung}" for rung, count in heights.rungs.items())
    if heights.known:
        out.print(
            f"  height    {heights.min_m:g} … {heights.max_m:g} m, median {heights.median_m:g}, "
            f"90 % within {heights.p05_m:g} … {heights.p95_m:g}; {rungs}"
        )
    else:
        out.print(f"  height    none is known; {rungs}")
    most = max((row.buildings for row in heights.histogram), default=0)
    for row in heights.histogram:
        bar = "█" * max(round(row.buildings / most * _BAR_WIDTH), 1 if row.buildings else 0)
        out.print(f"    ≤ {row.up_to_m:>5g} m  {bar} {row.buildings:,}")
