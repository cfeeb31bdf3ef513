"""``cim ifc``: look at a building model before converting it: position, IDS, schema, changes."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from api.cli.console import EXIT_FINDINGS, print_json, reports_errors, stderr
from api.cli.options import file_option, json_option, parse_position
from converters.base import ReadOptions

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_STYLE = {"pass": "green", "fail": "red", "not_applicable": "dim"}
_out = Console(highlight=False, soft_wrap=True)


@click.group()
def ifc() -> None:
    """Look at an IFC model before it is converted. Files are parsed in a child process with limits."""


@ifc.command(
    epilog="""\b
Examples:
  cim ifc inspect design.ifc
  cim ifc inspect design.ifc --crs EPSG:4547 --json
"""
)
@click.argument("file", type=_FILE)
@click.option("--crs", metavar="CRS", help="CRS of the model's map coordinates, as cim convert would be told.")
@click.option("--at", metavar="LON,LAT[,H[,BEARING]]", help="Position, as cim convert would be told.")
@json_option
@reports_errors
def inspect(file: Path, crs: str | None, at: str | None, as_json: bool) -> None:
    """Say all that a model states about its position, what speaks against it, and which reading is used.

    Exit code 3 where no reading can be used.
    """
    from api.pipeline.intake import inspect_position

    options = ReadOptions(crs=crs)
    report = inspect_position(file, replace(options, at=parse_position(at)) if at else options)
    if as_json:
        print_json(report.to_dict())
    else:
        _out.print(f"{report.file}  {report.schema}, unit {report.length_unit_m:g} m, {report.elements:,} elements")
        for statement in report.statements:
            _out.print(f"  level {statement.level}  {statement.source}: {statement.values}", markup=False)
            for objection in statement.against:
                _out.print(f"            but {objection}", style="yellow", markup=False)
        if not report.statements:
            _out.print("  it says nothing about its position")
        for warning in report.warnings:
            _out.print(f"  warning   {warning}", style="yellow", markup=False)
        if report.refused is None:
            _out.print(f"  used      {report.chosen}", style="green", markup=False)
        else:
            _out.print(f"  refused   {report.refused['message']}", style="red", markup=False)
            _out.print(f"  hint      {report.refused['hint']}", markup=False)
    if report.refused is not None:
        sys.exit(3)


@ifc.command(
    epilog="""\b
Examples:
  cim ifc ids design.ifc
  cim ifc ids design.ifc --report remarks.bcf
  cim ifc ids design.ifc --ids office.ids --report report.html
"""
)
@click.argument("file", type=_FILE)
@file_option("--ids", "FILE.ids", "Specification to check against. [the platform's intake specification]")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), multiple=True, metavar="REPORT",
    help="Write a report: .html to read, .json for programs, .bcf (2.1) to open in a BIM tool. May be repeated.",
)  # fmt: skip
@json_option
@reports_errors
def ids(file: Path, ids: Path | None, report: tuple[Path, ...], as_json: bool) -> None:
    """Check a model against an IDS: does it say what the platform needs to take it in?

    Exit code 4 where it does not.
    """
    from api.pipeline.intake import check_ids, write_ids_report

    result = check_ids(file, ids)
    for target in report:
        write_ids_report(result, target)
    if as_json:
        print_json(result)
    else:
        _print_ids(result)
        for target in report:
            stderr.print(f"  written   {target}", markup=False)
    if result["status"] == "fail":
        sys.exit(EXIT_FINDINGS)


def _print_ids(result: dict[str, Any]) -> None:
    table = Table(box=None, header_style="bold")
    for name in ("status", "specification", "objects", "remark"):
        table.add_column(name, overflow="fold")
    for spec in result["specifications"]:
        failed = [f"{r['failed']} × {r['text']}" for r in spec["requirements"] if r["status"] == "fail"]
        if spec["status"] == "fail":
            failed = [*(failed or ["the model has none"]), spec["instructions"]]
        status = spec["status"]
        table.add_row(f"[{_STYLE[status]}]{status}[/]", spec["name"], f"{spec['applicable']:,}", "; ".join(failed))
    _out.print(table)


@ifc.command(
    epilog="""\b
Example:
  cim ifc validate design.ifc --json > findings.json
"""
)
@click.argument("file", type=_FILE)
@json_option
@reports_errors
def validate(file: Path, as_json: bool) -> None:
    """Check a model against its EXPRESS schema and the rules in it. Exit code 4 where it breaks them."""
    from api.pipeline.intake import validate_file

    result = validate_file(file)
    if as_json:
        print_json(result)
    else:
        for finding in result["findings"]:
            where = f"#{finding['step']} {finding['kind']}" if finding["step"] else ""
            rule = f" [{finding['attribute']}]" if finding["attribute"] else ""
            _out.print(f"  {finding['level']:<8} {where}{rule} {finding['message']}", markup=False)
        _out.print(f"  {result['schema']}: {result['count']} findings", style=_STYLE[result["status"]])
    if result["status"] == "fail":
        sys.exit(EXIT_FINDINGS)


@ifc.command(
    epilog="""\b
Example:
  cim ifc diff design-v1.ifc design-v2.ifc --json > changes.json
"""
)
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE)
@click.option("--limit", type=click.IntRange(min=0), default=40, show_default=True, help="Rows; --json has all.")
@json_option
@reports_errors
def diff(old: Path, new: Path, limit: int, as_json: bool) -> None:
    """Say which objects were added, removed or changed between two versions, matched by GlobalId.

    What the versions say of their position on the map is compared too.
    """
    from api.pipeline.intake import compare_files

    result = compare_files(old, new)
    if as_json:
        print_json(result)
        return
    for fact in result["position"]:
        _out.print(f"  position {fact['fact']}: {fact['old']} → {fact['new']}", style="yellow", markup=False)
    rows = [(what, row) for what in ("added", "removed", "changed") for row in result[what]]
    for what, row in rows[:limit]:
        changes = ", ".join(row.get("changes", {}))
        _out.print(f"  {what:<8} {row['kind']} {row['id']} {row['name'] or ''}  {changes}", markup=False)
    if len(rows) > limit:
        stderr.print(f"  … and {len(rows) - limit:,} more (--limit, --json)")
    counts = result["counts"]
    _out.print("  " + ", ".join(f"{counts[name]:,} {name}" for name in ("added", "removed", "changed", "same")))
