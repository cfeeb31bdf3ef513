"""``cim scenario``: what if, on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from api.cli.console import TerminalProgress, print_json, reports_errors, stderr
from api.cli.options import json_option, quiet_option, valid_from_option, workspace_option
from api.pipeline.checking import both_words
from api.pipeline.ground import find_ground
from api.pipeline.opening import locked_workspace
from api.pipeline.scenarios import (
    adopt_scenario,
    check_scenario,
    discard_scenario,
    draft_scenario,
    is_stale,
    mark_design,
    match_dataset,
)
from api.workspace import Workspace
from cim_core.scenarios import ScenarioFile, read_scenario
from cim_core.store import Store

_id = click.argument("scenario_id", metavar="ID")
_by = click.option("--by", required=True, metavar="NAME", help="Who decides.")
_reason = click.option("--reason", required=True, metavar="TEXT", help="Why.")


@click.group(
    epilog="""\b
Examples:
  cim scenario apply west.yaml --workspace town
  cim scenario diff xiushui-west --workspace town
  cim scenario adopt xiushui-west --workspace town --by Li --reason "committee of 3 May"
"""
)
def scenario() -> None:
    """Scenarios 方案: change the town in memory, see the difference, then adopt or discard."""


@scenario.command(
    name="list",
    epilog="""\b
Examples:
  cim scenario list --workspace town --json
""",
)
@workspace_option
@json_option
@reports_errors
def list_(workspace: Path, as_json: bool) -> None:
    """All scenarios with their state; a stale one was checked on a town that has changed since."""
    with Workspace.load(workspace).open_store() as store:
        rows = [{**row, "stale": is_stale(store, row)} for row in store.scenarios().to_pylist()]
    names = ("id", "name_zh", "name_en", "state", "project_id", "checked_at", "stale", "decided_by", "reason")
    listed = [{name: row[name] for name in names} for row in rows]
    if as_json:
        print_json({"scenarios": listed})
    else:
        _print_table(names, listed)


@scenario.command(
    epilog="""\b
Examples:
  cim scenario new --workspace town --id west-2026 --name-zh 西街 --name-en West --project prj-21
"""
)
@workspace_option
@click.option("--id", "scenario_id", default="", metavar="ID", help="Id of the scenario. [scenario-1, …]")
@click.option("--name-zh", default="", metavar="NAME", help="Name in Chinese.")
@click.option("--name-en", default="", metavar="NAME", help="Name in English.")
@click.option("--project", default="", metavar="ID", help="Project it belongs to.")
@click.option("--by", default="", metavar="NAME", help="Who drafts it.")
@json_option
@reports_errors
def new(workspace: Path, scenario_id: str, name_zh: str, name_en: str, project: str, by: str, as_json: bool) -> None:
    """An empty draft, to be filled by apply."""
    file = ScenarioFile((), scenario_id, name_zh, name_en, project)
    with _writing(workspace, quiet=True) as (store, _):
        made = draft_scenario(store, file, by=by)
    _done({"scenario": made}, f"draft {made}", as_json=as_json)


@scenario.command(
    epilog="""\b
Examples:
  cim scenario apply west.yaml --workspace town
  cim scenario apply west.yaml --workspace town --id west-2 --json
"""
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.yaml")
@workspace_option
@click.option("--id", "scenario_id", default="", metavar="ID", help="Id of the draft. [as in the file]")
@click.option("--by", default="", metavar="NAME", help="Who drafts it.")
@click.option("--no-check", is_flag=True, help="Do not judge it now.")
@json_option
@quiet_option
@reports_errors
def apply(file: Path, workspace: Path, scenario_id: str, by: str, no_check: bool, as_json: bool, quiet: bool) -> None:
    """Read an ordered list of changes as a draft and check it; the town stays as it is.

    A mistake is named with line and column; a change to a building that is not there or gone already is refused.
    """
    settings = Workspace.load(workspace)
    with _writing(workspace, quiet=quiet or as_json) as (store, progress):
        parsed = read_scenario(file, store.work_crs)
        if scenario_id:
            parsed = replace(parsed, id=scenario_id)
        made = draft_scenario(store, parsed, by=by, ground=find_ground(settings, None, settings.heights))
        summary = None if no_check else check_scenario(store, made, progress, by=by)
    if as_json:
        print_json({"scenario": made, "changes": len(parsed.changes), "summary": summary})
        return
    stderr.print(f"[bold green]done[/]  {len(parsed.changes)} changes → draft {made}")
    if summary:
        _print_summary(summary)


@scenario.command(
    epilog="""\b
Examples:
  cim scenario check west-2026 --workspace town
"""
)
@_id
@workspace_option
@click.option("--by", default="", metavar="NAME", help="Who has it checked.")
@json_option
@quiet_option
@reports_errors
def check(scenario_id: str, workspace: Path, by: str, as_json: bool, quiet: bool) -> None:
    """Apply a draft to the town as it is now and judge before and after, e.g. when it is stale."""
    with _writing(workspace, quiet=quiet or as_json) as (store, progress):
        summary = check_scenario(store, scenario_id, progress, by=by)
    if as_json:
        print_json({"scenario": scenario_id, "summary": summary})
    else:
        _print_summary(summary)


@scenario.command(
    epilog="""\b
Examples:
  cim scenario diff west-2026 --workspace town
  cim scenario diff west-2026 --workspace town --json > diff.json
"""
)
@_id
@workspace_option
@click.option(
    "--limit", type=click.IntRange(min=0), default=40, show_default=True, help="Rows to print; --json has all."
)
@json_option
@reports_errors
def diff(scenario_id: str, workspace: Path, limit: int, as_json: bool) -> None:
    """What a scenario changes in the findings, by building and clause, worst first."""
    with Workspace.load(workspace).open_store() as store:
        row = store.scenario(scenario_id)
        stale = is_stale(store, row)
        differences = store.scenario_differences(scenario_id).to_pylist()
    if as_json:
        print_json({"scenario": scenario_id, "stale": stale, "differences": differences})
        return
    names = ("difference", "dataset", "building_id", "clause", "kind", "before", "after")
    shown = [
        {
            **difference,
            "before": _side(difference, "before"),
            "after": _side(difference, "after"),
        }
        for difference in differences[:limit]
    ]
    _print_table(names, shown)
    stale_note = "; the town has changed since: check it again" if stale else ""
    stderr.print(f"  {len(differences)} differences{stale_note}")


@scenario.command(
    epilog="""\b
Examples:
  cim scenario adopt west-2026 --workspace town --by Li --reason "committee of 3 May"
"""
)
@_id
@workspace_option
@_by
@_reason
@valid_from_option
@json_option
@quiet_option
@reports_errors
def adopt(
    scenario_id: str, workspace: Path, by: str, reason: str, valid_from: str | None, as_json: bool, quiet: bool
) -> None:
    """Make a checked draft what stands, in one transaction; tiles, links and findings anew. A stale one is refused."""
    with _writing(workspace, quiet=quiet or as_json) as (store, progress):
        town = Workspace.load(workspace)
        redrawn = adopt_scenario(
            store, scenario_id, progress, by=by, reason=reason, workspace=town, valid_from=valid_from
        )
    answer = {"scenario": scenario_id, "state": "adopted", "redrawn": redrawn}
    _done(answer, f"adopted {scenario_id}, drawn anew: {', '.join(redrawn) or 'nothing'}", as_json=as_json)


@scenario.command(
    epilog="""\b
Examples:
  cim scenario discard west-2026 --workspace town --by Li --reason "too high"
"""
)
@_id
@workspace_option
@_by
@_reason
@json_option
@quiet_option
@reports_errors
def discard(scenario_id: str, workspace: Path, by: str, reason: str, as_json: bool, quiet: bool) -> None:
    """Close a draft; it stays readable."""
    with _writing(workspace, quiet=quiet or as_json) as (store, _):
        discard_scenario(store, scenario_id, by=by, reason=reason)
    _done({"scenario": scenario_id, "state": "discarded"}, f"discarded {scenario_id}", as_json=as_json)


@scenario.command(
    epilog="""\b
Examples:
  cim scenario design ifc-shophouse --workspace town
  cim scenario design ifc-shophouse --workspace town --mark --by Wang
"""
)
@click.argument("dataset", metavar="DATASET")
@workspace_option
@click.option("--mark", is_flag=True, help="The dataset is a proposal: it is no longer judged as standing.")
@click.option("--by", default="", metavar="NAME", help="Who says so.")
@json_option
@quiet_option
@reports_errors
def design(dataset: str, workspace: Path, mark: bool, by: str, as_json: bool, quiet: bool) -> None:
    """Which standing buildings an imported design covers; a scenario then says which of them it replaces."""
    with _writing(workspace, quiet=quiet or as_json) as (store, progress):
        if mark:
            mark_design(store, dataset, progress, by=by, folder=workspace)
        matches = match_dataset(store, dataset).to_pylist()
    if as_json:
        print_json({"dataset": dataset, "marked": mark, "matches": matches})
    else:
        _print_table(("design_id", "dataset", "building_id", "covered_share", "overlap_m2"), matches)


@contextmanager
def _writing(workspace: Path, *, quiet: bool) -> Iterator[tuple[Store, TerminalProgress]]:
    """The store of a workspace, held against other writers."""
    settings = Workspace.load(workspace)
    with (
        TerminalProgress(quiet=quiet) as progress,
        settings.open_store() as store,
        locked_workspace(workspace, progress),
    ):
        yield store, progress


def _done(result: dict[str, Any], text: str, *, as_json: bool) -> None:
    if as_json:
        print_json(result)
    else:
        stderr.print(f"[bold green]done[/]  {text}")


def _side(difference: dict[str, Any], when: str) -> str:
    verdict = difference[f"{when}_verdict"]
    measured = both_words(difference["kind"], difference[f"{when}_measured_text"])
    return "-" if verdict is None else f"{verdict} {measured}".strip()


def _print_summary(summary: dict[str, Any]) -> None:
    places = ", ".join(f"{count} {state}" for state, count in summary["places"].items())
    counts = ", ".join(f"{count} {word}" for word, count in summary["differences"].items() if count) or "none"
    stderr.print(f"  places       {places}\n  differences  {counts}")


def _print_table(names: Any, rows: list[dict[str, Any]]) -> None:
    table = Table(box=None, header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*("" if row[name] is None else str(row[name]) for name in names))
    Console(width=None if Console().is_terminal else 200).print(table)
