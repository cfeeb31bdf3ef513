"""``cim runs``: the checks that were made, and what flipped between two of them and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from api.cli.console import print_json, reports_errors
from api.cli.options import json_option, workspace_option
from api.pipeline.runs import diff_runs
from api.workspace import Workspace


@click.group(
    epilog="""\b
Examples:
  cim runs list --workspace town
  cim runs diff previous last --workspace town
"""
)
def runs() -> None:
    """Checks that were made: list them, compare two."""


@runs.command(name="list", epilog="\b\nExamples:\n  cim runs list --workspace town\n  cim runs list -w town --json\n")
@workspace_option
@json_option
@reports_errors
def list_(workspace: Path, as_json: bool) -> None:
    """List the checks of a workspace, the oldest first: when, of what, with what result."""
    with Workspace.load(workspace).open_store() as store:
        found = [run.to_dict() for run in store.check_runs()]
    if as_json:
        print_json({"runs": found})
        return
    console = Console(highlight=False, soft_wrap=True)
    for run in found:
        counts = ", ".join(f"{count:,} {verdict}" for verdict, count in run["counts"].items())
        old = "" if run["comparable"] else "  (forgotten: cannot be compared)"
        console.print(
            f"{run['id']:>4}  {run['checked_at']}  {run['buildings']:,} buildings  {counts}{old}", markup=False
        )


@runs.command(
    epilog="""\b
Examples:
  cim runs diff --workspace town
  cim runs diff 3 5 --workspace town
  cim runs diff previous last --workspace town --json
"""
)
@click.argument("first", metavar="[A]", default="previous")
@click.argument("second", metavar="[B]", default="last")
@workspace_option
@click.option("--limit", type=click.IntRange(1, 1000), default=40, show_default=True, help="Flips to print.")
@json_option
@reports_errors
def diff(first: str, second: str, workspace: Path, limit: int, as_json: bool) -> None:
    """Say which verdicts are others in check B than in check A, and why.

    A and B are ids of cim runs list, or previous and last, which they are when left out. Reasons: data of the
    building, data of a neighbour, the rule, an exemption, zones and streets, the program.
    """
    with Workspace.load(workspace).open_store() as store:
        report = diff_runs(store, workspace, first, second, limit)
    if as_json:
        print_json(report.to_dict())
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{report.total:,} verdicts flipped from check {report.first['id']} to check {report.second['id']}")
    for title, counts in (("verdicts", report.verdicts), ("reasons", report.reasons)):
        if counts:
            console.print(f"  {title:<9} " + ", ".join(f"{name} {count:,}" for name, count in counts.items()))
    for rule in report.rules:
        console.print(f"  rule {rule['rule_id']} {rule['change']}{_changes(rule['changes'], 'path')}", markup=False)
    for flip in report.flips:
        console.print(_line(flip), markup=False)


def _line(flip: dict[str, Any]) -> str:
    words = f"{flip['verdict_from'] or '—'} → {flip['verdict_to'] or '—'}"
    why = ", ".join(flip["reasons"])
    street = f" on {flip['street_id']}" if flip["street_id"] else ""
    detail = _changes(flip["attributes"], "attribute")
    return f"  {words:<18} {flip['dataset']}/{flip['building_id']}  {flip['rule_id']}{street}  [{why}]{detail}"


def _changes(changes: list[dict[str, Any]], name: str) -> str:
    return "".join(f"; {entry[name]} {entry['from']} → {entry['to']}" for entry in changes)
