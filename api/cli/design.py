"""``cim check DESIGN``: the verdicts on a building model before it is submitted, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from api.cli.console import TerminalProgress, stderr
from api.cli.match import match_options, match_target
from api.cli.options import Decorator, parse_position
from api.pipeline.design import DesignReport, check_design
from cim_core.errors import UsageError
from cim_core.features import ATTRIBUTE_BY_NAME
from converters.base import ReadOptions

_SHOWN = (
    "height_m", "eave_height_m", "ridge_height_m", "storeys", "roof_form", "roof_slope_deg", "facade_main_color",
    "facade_secondary_color", "facade_material", "window_wall_ratio", "ground_floor_transparency",
)  # fmt: skip

design_options: Sequence[Decorator] = (
    click.argument("design", required=False, type=click.Path(path_type=Path), metavar="[DESIGN]"),
    click.option("--at", metavar="LON,LAT[,H[,BEARING]]", help="Put a design without a position here."),
    match_options,
    click.option("--crs", metavar="CRS", help="CRS of a design that is drawn in map coordinates."),
    click.option("--replaces", multiple=True, metavar="ID", help="A building that makes way; those covered do anyway."),
)


def with_design_options(command: Any) -> Any:
    """Add what a check of a design asks for beside the check of a town."""
    for option in reversed(design_options):
        command = option(command)
    return command


def refuse_design_options(values: dict[str, Any]) -> None:
    """Refuse options that only a design has. Raises UsageError."""
    given = [name for name, value in values.items() if value]
    if given:
        option = f"--{given[0].replace('_', '-')}"
        raise UsageError("is about a design", where=option, hint="give the model: cim check design.ifc --workspace …")


def run_design_check(path: Path, workspace: Path, values: dict[str, Any], progress: TerminalProgress) -> DesignReport:
    """Check a design with the options of the command line."""
    at = parse_position(values["at"]) if values["at"] else None
    match = match_target(workspace, values["match_footprint"], values["bearing"])
    options = ReadOptions(crs=values["crs"], at=at, match=match)
    return check_design(path, workspace, options, progress, replaces=values["replaces"])


def print_design(report: DesignReport) -> None:
    """Where the design stands, what was measured of it and what it replaces; the verdicts follow."""
    stderr.print(f"  position  {report.position}", markup=False)
    for issue in report.issues:
        if issue["severity"] != "note":
            stderr.print(f"  {issue['severity']:<9} {issue['message']}", markup=False)
    for building in report.buildings:
        stderr.print(f"  building  {building.id} {building.name}", markup=False)
        grid = Table.grid(padding=(0, 2))
        for name in _SHOWN:
            if name in building.attributes:
                value, unit = building.attributes[name], ATTRIBUTE_BY_NAME[name].unit
                shown = f"{value:.2f} {unit}".rstrip() if isinstance(value, float) else str(value)
                grid.add_row("           ", ATTRIBUTE_BY_NAME[name].en, shown)
        stderr.print(grid)
    if report.replaces:
        stderr.print(f"  replaces  {', '.join(report.replaces)}", markup=False)
    if report.overlaps:
        stderr.print(f"  overlaps  {', '.join(report.overlaps)}", markup=False)
    for other in report.others[:10]:
        where = f"{other.dataset}/{other.building_id}"
        stderr.print(f"  also      {where} {other.rule_id}: {other.before} → {other.after}", markup=False)
