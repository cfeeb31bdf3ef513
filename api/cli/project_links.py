"""``cim projects link``: correct by hand which buildings belong to a project, and what is to become of them."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.console import print_json, reports_errors, stderr
from api.cli.options import json_option, valid_from_option, workspace_option
from api.workspace import Workspace
from cim_core.errors import UsageError
from cim_core.renewal import ACTIONS
from cim_core.store import ManualLink


@click.command(
    epilog="""\b
Examples:
  cim projects link prj-21 buildings/yx-000081 --workspace town --action demolish --by Wang
  cim projects link prj-21 buildings/yx-000082 --workspace town --exclude --reason "across the street" --by Wang
  cim projects link prj-21 buildings/yx-000082 --workspace town --forget
"""
)
@click.argument("project_id", metavar="ID")
@click.argument("building", metavar="DATASET/BUILDING")
@workspace_option
@click.option("--action", type=click.Choice([term.value for term in ACTIONS]), help="What is to become of it.")
@click.option("--exclude", is_flag=True, help="It does not belong to the project, whatever the geometry says.")
@click.option("--forget", is_flag=True, help="Back to the link found by geometry.")
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@click.option("--by", default="", metavar="NAME", help="Who says so; asked for unless --forget.")
@valid_from_option
@json_option
@reports_errors
def link(
    project_id: str,
    building: str,
    workspace: Path,
    action: str | None,
    exclude: bool,
    forget: bool,
    reason: str,
    by: str,
    valid_from: str | None,
    as_json: bool,
) -> None:
    """Say that a building belongs to a project, with what is to become of it, or that it does not.

    It overrules the link found by geometry and outlives every new derivation.
    """
    if sum((action is not None, exclude, forget)) > 1:
        raise UsageError("contradict each other", where="--action, --exclude, --forget", hint="give one of them")
    dataset, slash, building_id = building.partition("/")
    if not slash or not dataset or not building_id:
        raise UsageError(f"{building!r} names no building", where="BUILDING", hint="write dataset/building")
    if not forget and not by.strip():
        raise UsageError("a correction needs the name of who makes it", where="--by", hint="say who says so")
    with Workspace.load(workspace).open_store() as store:
        if forget:
            store.delete_project_link(project_id, dataset, building_id)
        else:
            decided = ManualLink(project_id, dataset, building_id, not exclude, action, reason, by.strip())
            store.set_project_link(decided, valid_from=valid_from)
        links = store.project_links(project=project_id, building=(dataset, building_id), with_excluded=True)
    found = links.to_pylist()
    if as_json:
        print_json({"link": {**found[0], "included": bool(found[0]["included"])} if found else None})
    elif not found:
        stderr.print(f"{building} does not belong to {project_id}", markup=False)
    else:
        (row,) = found
        share = "" if row["area_share"] is None else f", {row['area_share']:.0%} of its footprint"
        word = row["action"] or "no action"
        state = word if row["included"] else "excluded"
        stderr.print(f"{building} in {project_id}: {state}, {row['origin']}{share}", markup=False)
