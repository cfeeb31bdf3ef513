"""``cim crs``: show what is believed of a coordinate system, fit one to control points, name one in a workspace."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from api.cli.console import print_json, reports_errors, stderr
from api.cli.options import json_option, workspace_option
from api.pipeline.systems import add_system, explain_crs, fit_system


@click.group()
def crs() -> None:
    """Coordinate systems: show one, fit a local grid to control points, name a grid in a workspace."""


@crs.command(
    epilog="""\b
Examples:
  cim crs show EPSG:4547
  cim crs show GCJ-02
  cim crs show town-grid.yaml
"""
)
@click.argument("system", metavar="CRS")
@click.option(
    "--workspace",
    "-w",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Also look for the name among the systems of this workspace.",
)
@json_option
@reports_errors
def show(system: str, workspace: Path | None, as_json: bool) -> None:
    """Say what is believed of CRS: datum, axes, area, and whether and how positions in it can be placed.

    CRS is a code (EPSG:4547), a name, WKT, GCJ-02 or BD-09, or a file that describes a local system.
    """
    found = explain_crs(system, workspace)
    if as_json:
        print_json(found.to_dict())
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(found.name, style="bold", markup=False)
    area = "not stated"
    if found.area_deg is not None:
        west, south, east, north = found.area_deg
        area = f"{west:g}…{east:g} E, {south:g}…{north:g} N"
    rows = {
        "kind": found.kind,
        "datum": found.datum,
        "policy": found.policy,
        "axes": found.axes,
        "area": area,
        "zone": found.zone,
        "heights": found.vertical,
        "example": found.example,
        "hint": found.hint,
    }
    for label, text in rows.items():
        if text:
            console.print(f"  {label:<9} {text}", markup=False)


@crs.command(
    epilog="""\b
The CSV has a header and metres:
  name,local_east,local_north,east,north

Examples:
  cim crs fit points.csv --to EPSG:4547 -o town-grid.yaml
  cim convert drawing.geojson --crs town-grid.yaml -o out/drawing
"""
)
@click.argument("points", type=click.Path(path_type=Path), metavar="POINTS.csv")
@click.option("--to", "target", required=True, metavar="CRS", help="CRS of the known coordinates, e.g. EPSG:4547.")
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="System to write."
)
@click.option("--name-zh", default="", metavar="NAME", help="Chinese name of the system. [the file's name]")
@click.option("--name-en", default="", metavar="NAME", help="English name of the system. [the file's name]")
@click.option("--force", is_flag=True, help="Keep a fit whose residuals exceed 0.1 m; the file records it.")
@json_option
@reports_errors
def fit(points: Path, target: str, output: Path | None, name_zh: str, name_en: str, force: bool, as_json: bool) -> None:
    """Find the 4 parameters of a local grid from control points by least squares.

    At least 2 points, better 4 or more spread over the area. Prints what is left at each point.
    """
    fitted = fit_system(points, target, output, name_zh=name_zh, name_en=name_en, force=force)
    rows, similarity, record = fitted.residual_rows(), fitted.system.similarity, fitted.system.fit
    assert similarity is not None  # noqa: S101 - a fit has 4 parameters
    parameters = {name: getattr(similarity, name) for name in ("tx_m", "ty_m", "scale", "rotation_arcsec")}
    if as_json:
        print_json(
            {
                "parameters": parameters,
                "fit": record,
                "residuals": rows,
                "warnings": list(fitted.warnings),
                "valid_area_deg": fitted.system.valid_area_deg,
                "output": str(output) if output else None,
            }
        )
        return
    table = Table("point", "east m", "north m", "distance m", box=None, header_style="bold")
    for row in rows:
        table.add_row(row["point"], f"{row['east_m']:+.4f}", f"{row['north_m']:+.4f}", f"{row['distance_m']:.4f}")
    Console().print(table)
    stderr.print(
        f"  {record['points']} points, RMSE {record['rmse_m']:.4f} m, worst {record['max_m']:.4f} m; scale "
        f"{(similarity.scale - 1) * 1e6:+.2f} ppm, turned {similarity.rotation_arcsec:+.3f}″"
    )
    for text in fitted.warnings:
        stderr.print(f"  warning   {text}", markup=False)
    if output:
        stderr.print(f"[bold green]done[/]  use it with --crs {output}")


@crs.command()
@click.argument("system", type=click.Path(path_type=Path), metavar="SYSTEM.yaml")
@workspace_option
@click.option("--name", metavar="NAME", help="Name for --crs in this workspace. [the file's name]")
@reports_errors
def add(system: Path, workspace: Path, name: str | None) -> None:
    """Name a local system in a workspace, so that cim import --crs NAME finds it."""
    target = add_system(system, workspace, name)
    stderr.print(f"[bold green]done[/]  --crs {target.stem} → {target}")
