"""``cim terrain``."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.console import TerminalProgress, human_bytes, print_json, reports_errors, stderr
from api.cli.options import height_policy, json_option, output_option, quiet_option
from api.pipeline.terrain import convert_terrain
from cim_core.crs.heights import HeightDatum


@click.command(
    epilog="""\b
Example:
  cim terrain dem.tif -o out/terrain --height-datum china-1985 --geoid-undulation -15.6
"""
)
@click.argument("dem", type=click.Path(path_type=Path), metavar="DEM.tif")
@output_option("Folder for layer.json and the tiles.")
@click.option("--crs", metavar="CRS", help="CRS of the grid, where the file does not say.")
@click.option(
    "--height-datum",
    type=click.Choice([datum.value for datum in HeightDatum]),
    help="What the elevations count from; must be said unless the file declares it.",
)
@click.option("--geoid-undulation", type=float, metavar="M", help="Geoid height N at the place (h = H + N).")
@click.option(
    "--geoid",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE.gtx",
    help="Geoid model of your own. [EGM96 15′, bundled for 105–120 E, 32–44 N]",
)
@click.option("--max-level", type=click.IntRange(0, 20), help="Deepest tile level. [from the cell size]")
@click.option("--overwrite", is_flag=True, help="Replace what is in DIR, once the new result is whole.")
@json_option
@quiet_option
@reports_errors
def terrain(
    dem: Path,
    output: Path,
    crs: str | None,
    height_datum: str | None,
    geoid_undulation: float | None,
    geoid: Path | None,
    max_level: int | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Convert an elevation model to quantized-mesh terrain with vertex normals.

    Give the buildings the same DEM with --terrain, and the same heights: then nothing floats and nothing sinks.
    """
    with TerminalProgress(quiet=quiet or as_json) as progress:
        report = convert_terrain(
            dem,
            output,
            height_policy(height_datum, geoid_undulation, geoid),
            progress,
            crs=crs,
            max_level=max_level,
            overwrite=overwrite,
        )
    if as_json:
        print_json(report.to_dict())
    else:
        stderr.print(f"  heights   {report.heights}", markup=False)
        stderr.print(
            f"[bold green]done[/]  {report.tiles:,} tiles to level {report.max_level}, {human_bytes(report.bytes)} "
            f"in {report.seconds:.2f} s → {report.output}"
        )
