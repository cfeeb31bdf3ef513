"""``cim import`` and ``cim check``."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from api.cli.console import EXIT_FINDINGS, TerminalProgress, human_bytes, print_json, reports_errors, stderr
from api.cli.convert import print_issues, print_source
from api.cli.design import print_design, refuse_design_options, run_design_check, with_design_options
from api.cli.match import match_options, match_target
from api.cli.options import (
    build_read_options,
    file_option,
    json_option,
    quiet_option,
    read_options,
    valid_from_option,
    workspace_option,
)
from api.pipeline.checking import CheckReport, FindingRow, both_words, check_workspace
from api.pipeline.design import DesignReport
from api.pipeline.importing import DatasetIdentity, ImportReport, import_source
from api.pipeline.town_layers import TOWN_LAYERS, LayerReport, import_town_layer
from cim_core.errors import UsageError
from cim_core.store import VERDICTS_BY_SEVERITY

#: Columns of a table that nobody watches: wide enough for the longest limit.
PIPED_WIDTH = 200


@click.command(
    name="import",
    epilog="""\b
Examples:
  cim import buildings.gpkg --workspace town --dataset buildings --terrain dem.tif \\
      --height-datum china-1985 --geoid-undulation -15.6
  cim import shophouse.ifc --workspace town --dataset shophouse
  cim import streets.geojson --workspace town --as streets
  cim import facades.csv --workspace town --as frontages --by Li
  cim import rules.yaml --workspace town --as rules
  cim import rivers.geojson --workspace town --as layer --dataset water
""",
)
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SOURCE...")
@workspace_option
@click.option(
    "--dataset", metavar="NAME", help="Name of the dataset (or of the map layer); an existing one is replaced."
)
@click.option(
    "--as",
    "part",
    type=click.Choice(TOWN_LAYERS),
    help="The source is not buildings or a model but this part of the town.",
)
@read_options
@match_options
@file_option("--terrain", "DEM", "Elevation model the buildings stand on; kept in the workspace for later imports.")
@file_option("--dsm", "DSM", "Surface model: buildings without height and storeys take surface minus ground.")
@click.option(
    "--work-crs", metavar="CRS", help="CRS in which a new workspace computes. [the source's, else its CGCS2000 zone]"
)
@click.option(
    "--store",
    "store_url",
    metavar="URL",
    help="Database of a new workspace: postgresql://user@host/database?schema=name. [a GeoPackage in it]",
)
@click.option("--synthetic", is_flag=True, help="Label the dataset as illustrative data.")
@click.option(
    "--allow-far",
    is_flag=True,
    help="Take a building model, zones or plan units in although they lie more than 3 km outside the town.",
)
@click.option(
    "--by", default="", metavar="NAME", help="Who takes over a part of the town, as projects with their stages."
)
@valid_from_option
@click.option("--design", is_flag=True, help="The dataset is a proposal for scenarios: it does not stand yet.")
@json_option
@quiet_option
@reports_errors
def import_(
    sources: tuple[Path, ...],
    workspace: Path,
    dataset: str | None,
    part: str | None,
    as_json: bool,
    quiet: bool,
    **values: Any,
) -> None:
    """Import sources into a workspace: rows into the store, tiles for the viewer, links and findings anew.

    A workspace that does not exist is made. Importing a dataset again replaces it in one step; hand-made project
    links stay.
    """
    with TerminalProgress(quiet=quiet or as_json) as progress:
        if part:
            done = _import_part(sources, workspace, part, dataset, values, progress)
            result: dict[str, Any] = {"workspace": str(workspace), "as": part, **done.to_dict()}
            notes = "".join(f"  note      {note}\n" for note in done.notes)
            text = f"{notes}[bold green]done[/]  {done.rows} {part} → {workspace}"
        else:
            report = _import_dataset(sources, workspace, dataset, values, progress)
            result = report.to_dict()
            text = _report_text(report)
    if as_json:
        print_json(result)
        return
    if part:
        print_issues(done.log.to_dicts())
    else:
        print_source(report.source)
    stderr.print(text)


def _import_part(
    sources: tuple[Path, ...],
    workspace: Path,
    part: str,
    dataset: str | None,
    values: dict[str, Any],
    progress: TerminalProgress,
) -> LayerReport:
    if len(sources) != 1:
        raise UsageError("one file at a time", where="SOURCE", hint="call cim import once per file")
    if values["store_url"]:
        raise UsageError(
            "the store is chosen with the first dataset", where="--store", hint="import buildings or a model first"
        )
    if part == "layer" and not dataset:
        raise UsageError("the map layer needs a name", where="--dataset", hint="e.g. --dataset water")
    heights = build_read_options(values).heights
    who = {name: values[name] for name in ("allow_far", "by", "valid_from")}
    return import_town_layer(
        sources[0], workspace, part, dataset or "", values["crs"], progress, heights=heights, **who
    )


def _import_dataset(
    sources: tuple[Path, ...], workspace: Path, dataset: str | None, values: dict[str, Any], progress: TerminalProgress
) -> ImportReport:
    if not dataset:
        raise UsageError("a name is needed", where="--dataset", hint="e.g. --dataset buildings")
    name = values["name"] or ""
    identity = DatasetIdentity(dataset, name, name, synthetic=values["synthetic"], is_design=values["design"])
    match = match_target(workspace, values["match_footprint"], values["bearing"])
    return import_source(
        sources,
        workspace,
        identity,
        replace(build_read_options(values), match=match),
        progress,
        terrain=values["terrain"],
        dsm=values["dsm"],
        work_crs=values["work_crs"],
        store_url=values["store_url"],
        allow_far=values["allow_far"],
    )


def _report_text(report: ImportReport) -> str:
    found = ", ".join(f"{count:,} {verdict}" for verdict, count in report.findings.items()) or "no rules"
    return (
        f"  store     {report.buildings:,} buildings, {report.elements:,} elements, {report.frontages:,} frontages, "
        f"{report.project_links:,} project links\n  findings  {found}\n"
        f"[bold green]done[/]  {report.tiles:,} tiles, {human_bytes(report.bytes)} in {report.seconds:.2f} s"
        f" → {report.workspace}"
    )


@click.command(
    epilog="""\b
Examples:
  cim check --workspace town
  cim check --workspace town --street xiushui-west --fail-on fail
  cim check --workspace town --json > findings.json
  cim check design.ifc --workspace town --match-footprint buildings/0412
"""
)
@with_design_options
@workspace_option
@click.option("--street", metavar="NAME", help="Only buildings fronting this street: its id, Chinese or English name.")
@click.option(
    "--fail-on",
    type=click.Choice(VERDICTS_BY_SEVERITY),
    metavar="VERDICT",
    help="Exit with 4 if any finding has this verdict: fail, review, no_data, exempt, pass. [fail for a design]",
)
@click.option(
    "--limit", type=click.IntRange(min=0), default=40, show_default=True, help="Rows to print; --json has all."
)
@json_option
@quiet_option
@reports_errors
def check(
    workspace: Path,
    street: str | None,
    fail_on: str | None,
    limit: int,
    as_json: bool,
    quiet: bool,
    design: Path | None,
    **values: Any,
) -> None:
    """Check every building against the rule packs and print what breaks them, worst first.

    With DESIGN, an IFC model, check that model as if it stood in the town in place of the buildings it covers;
    nothing is stored. Missing data is never a pass: it is listed as no_data.
    """
    report: CheckReport | DesignReport
    with TerminalProgress(quiet=quiet or as_json) as progress:
        if design is None:
            refuse_design_options(values)
            report = check_workspace(workspace, street, progress)
        else:
            report = run_design_check(design, workspace, values, progress)
    if isinstance(report, DesignReport) and not as_json:
        print_design(report)
    if as_json:
        print_json(report.to_dict())
    else:
        _print_findings([row for row in report.findings if row.verdict != "pass"], limit)
        stderr.print("  " + ", ".join(f"{count:,} {verdict}" for verdict, count in report.counts.items()))
        hints = sum(bool(row.facts["indicative"]) for row in report.findings)
        if hints:
            stderr.print(f"  {_INDICATIVE} {hints:,} indicative: a color of a photo or unknown origin proves nothing")
    fail_on = fail_on or ("fail" if design is not None else None)
    if fail_on and report.counts.get(fail_on):
        sys.exit(EXIT_FINDINGS)


#: Before a verdict that hints and proves nothing; what stands last may be cut off in a narrow window.
_INDICATIVE = "~"


def _print_findings(rows: list[FindingRow], limit: int) -> None:
    table = Table(box=None, header_style="bold")
    for name in ("verdict", "building", "clause", "control", "measured", "margin", "limit"):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    styles = {"fail": "red", "review": "yellow", "exempt": "magenta"}
    for row in rows[:limit]:
        margin = "" if row.margin is None else f"{row.margin:+.2f} {row.unit}".rstrip()
        table.add_row(
            f"{_INDICATIVE if row.facts['indicative'] else ''}[{styles.get(row.verdict, 'dim')}]{row.verdict}[/]",
            f"{row.building_id} {row.building_name}".strip(),
            row.clause,
            row.kind,
            both_words(row.kind, row.measured_text),
            margin,
            row.limit_text,
        )
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(table)
    if len(rows) > limit:
        stderr.print(f"  … and {len(rows) - limit:,} more (--limit, --json)")
