"""``cim convert`` and ``cim formats``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from api.cli.console import TerminalProgress, human_bytes, print_json, reports_errors, stderr
from api.cli.options import build_read_options, file_option, json_option, output_option, quiet_option, read_options
from api.pipeline.convert import convert_sources
from api.pipeline.reports import ConversionReport, SourceReport
from api.pipeline.sources import read_ground
from converters.builtin import REGISTRY
from tiles.options import TileOptions


@click.command(
    epilog="""\b
Examples:
  cim convert buildings.gpkg -o out/town
  cim convert suzhou.geojson -o out/suzhou --height-field height --terrain dem.tif \\
      --height-datum china-1985 --geoid-undulation -15.6
  cim convert shophouse.ifc -o out/shophouse --json
  cim convert pavilion.obj -o out/pavilion --at 113.4054,38.0848,930
"""
)
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SOURCE...")
@output_option("Folder for tileset.json, tiles, manifest.json and report.json.")
@read_options
@file_option("--terrain", "DEM", "Elevation model: buildings without a base stand on their lowest adjacent ground.")
@file_option(
    "--dsm", "DSM", "Surface model: buildings without height and storeys take surface minus ground (--terrain)."
)
@file_option(
    "--reference",
    "FILE",
    "Outlines of the same place that stand right: warns if the source lies beside them, as GCJ-02 does.",
)
@click.option(
    "--plain", is_flag=True, help="No quantisation and no meshopt compression, for readers that know neither."
)
@click.option("--overwrite", is_flag=True, help="Replace what is in DIR, once the new result is whole.")
@json_option
@quiet_option
@reports_errors
def convert(sources: tuple[Path, ...], output: Path, as_json: bool, quiet: bool, **values: Any) -> None:
    """Convert footprints, IFC, single models or point clouds to 3D Tiles 1.1.

    CRS and fields are found where the file says them plainly and stated in the report; where it does not, the
    command stops and asks. Exit codes: 0 done, 2 wrong call, 3 the data cannot be used.
    """
    options = build_read_options(values)
    ground = read_ground(values["terrain"], options.heights) if values["terrain"] else None
    tile_options = TileOptions(ground=ground, plain=values["plain"], overwrite=values["overwrite"])
    reference = None
    if values["reference"]:
        from api.pipeline.reference import read_reference  # stores take a quarter of a second to import

        reference = read_reference(values["reference"])
    surface = read_ground(values["dsm"], options.heights) if values["dsm"] else None
    with TerminalProgress(quiet=quiet or as_json) as progress:
        report = convert_sources(sources, output, options, tile_options, progress, reference, surface)
    if as_json:
        print_json(report.to_dict() | {"issues": report.issues})
    else:
        print_report(report)


def print_report(report: ConversionReport) -> None:
    """Every source of a conversion, then the result."""
    for source in report.sources:
        print_source(source)
    stderr.print(
        f"[bold green]done[/]  {report.tiles:,} tiles, {human_bytes(report.bytes)} in {report.seconds:.2f} s"
        f" → {report.output}"
    )


def print_source(source: SourceReport) -> None:
    """One source: what was read, what was decided and why, what was dropped, where it is."""
    stderr.print(f"[bold]{source.path}[/]  ({source.format})")
    stderr.print(f"  crs       {source.crs}: {source.crs_reason}", markup=False)
    stderr.print(f"  heights   {source.heights}", markup=False)
    if source.fields:
        stderr.print("  fields    " + ", ".join(f"{k} ← {v}" for k, v in source.fields.items()), markup=False)
    stderr.print(f"  features  {source.features_in:,} in, {source.features_out:,} out, {source.rejected:,} rejected")
    if source.tiles:
        west, south, east, north = source.bounds_deg
        low, high = source.height_range_m
        stderr.print(
            f"  place     {west:.5f}…{east:.5f} E, {south:.5f}…{north:.5f} N, "
            f"{low:.1f}…{high:.1f} m above the ellipsoid"
        )
    print_issues(source.issues)


def print_issues(issues: list[dict[str, Any]]) -> None:
    """Issues by kind: how many, and the first in words."""
    by_code: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for issue in issues:
        by_code.setdefault((issue["severity"], issue["code"]), []).append(issue)
    for (severity, code), same in by_code.items():
        count = f"{len(same):,} × " if len(same) > 1 else ""
        text = f"  {severity:<9} {count}{code}: {same[0]['message']}"
        named = same[0]["feature_id"] + (" …" if len(same) > 1 else "")
        stderr.print(text + (f" ({named})" if same[0]["feature_id"] else ""), markup=False)


@click.command()
@json_option
@reports_errors
def formats(as_json: bool) -> None:
    """List the formats that can be read."""
    from rich.console import Console
    from rich.table import Table

    infos = [converter.info for converter in REGISTRY.formats]
    if as_json:
        print_json({"formats": [asdict(info) for info in infos]})
        return
    table = Table("id", "format", "suffixes", "becomes", "read by", box=None, header_style="bold")
    for info in infos:
        table.add_row(info.id, info.label, " ".join(info.suffixes), info.produces.value, info.library)
    Console().print(table)
