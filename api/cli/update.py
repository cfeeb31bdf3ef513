"""``cim update``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from api.cli.console import TerminalProgress, print_json, reports_errors
from api.cli.convert import print_report
from api.cli.options import build_read_options, file_option, json_option, output_option, quiet_option, read_options
from api.pipeline.convert import convert_sources
from api.pipeline.sources import read_ground
from cim_core.errors import NotFoundError
from tiles.options import TileOptions


@click.command(
    epilog="""\b
Examples:
  cim convert buildings.gpkg -o out/town
  (edit a building)
  cim update buildings.gpkg -o out/town
"""
)
@click.argument("source", type=click.Path(path_type=Path), metavar="SOURCE")
@output_option("Folder of an earlier conversion of the same source.")
@read_options
@file_option("--terrain", "DEM", "Elevation model, as in the earlier conversion.")
@click.option("--plain", is_flag=True, help="As in the earlier conversion.")
@json_option
@quiet_option
@reports_errors
def update(source: Path, output: Path, as_json: bool, quiet: bool, **values: Any) -> None:
    """Bring a converted folder up to date with its changed source: only tiles whose buildings changed are made anew.

    The result is byte for byte that of a new conversion. Exit codes: 0 done, 2 wrong call, 3 the data cannot be used.
    """
    if not (output / "manifest.json").is_file():
        raise NotFoundError("has no earlier conversion", where=str(output), hint="run cim convert first")
    options = build_read_options(values)
    ground = read_ground(values["terrain"], options.heights) if values["terrain"] else None
    tile_options = TileOptions(ground=ground, plain=values["plain"], overwrite=True, reuse_from=output)
    with TerminalProgress(quiet=quiet or as_json) as progress:
        report = convert_sources([source], output, options, tile_options, progress)
    if as_json:
        print_json(report.to_dict() | {"issues": report.issues})
    else:
        print_report(report)
