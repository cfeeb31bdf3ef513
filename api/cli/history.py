"""``cim history``: what a thing was, from when to when, since when that is known, and by whom."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import shapely
from rich.console import Console
from rich.table import Table

from api.cli.console import print_json, reports_errors
from api.cli.options import json_option, workspace_option
from api.workspace import Workspace
from cim_core.store import HistoryRow


@click.command(
    epilog="""\b
Examples:
  cim history building buildings/b0412 --workspace town
  cim history building buildings/b0412 --workspace town --valid-at 2020-01-01
  cim history project prj-01 --workspace town --known-at 2026-05-01T12:00:00Z --json
"""
)
@click.argument("kind", metavar="KIND")
@click.argument("name", metavar="ID")
@workspace_option
@click.option("--valid-at", metavar="DAY", help="As it was on that day. [today, with --known-at]")
@click.option(
    "--known-at", metavar="INSTANT", help="As the store knew it then, with time zone; a day means its end in UTC. [now]"
)
@json_option
@reports_errors
def history(kind: str, name: str, workspace: Path, valid_at: str | None, known_at: str | None, as_json: bool) -> None:
    """Former and present states of one thing, oldest first; with --valid-at or --known-at the one in force then.

    KIND is building, street, frontage, zone, rule-pack, project, link …; ID is its key, as DATASET/BUILDING for a
    building or DATASET/BUILDING@STREET:SIDE for what was surveyed of a frontage.
    """
    with Workspace.load(workspace).open_store() as store:
        if valid_at or known_at:
            found = store.as_of(kind, name, valid_at=valid_at, known_at=known_at)
            rows = [] if found is None else [found]
        else:
            rows = store.history(kind, name)
    if as_json:
        print_json({"kind": kind, "id": name, "rows": [_to_dict(row) for row in rows]})
        return
    console = Console(highlight=False, soft_wrap=True)
    if not rows:
        console.print(f"{kind} {name}: nothing held true of that day at that instant", markup=False)
    previous: dict[str, Any] = {}
    for row in rows:
        console.print(_table(row, previous))
        previous = row.values


def _table(row: HistoryRow, previous: dict[str, Any]) -> Table:
    """What changed against the row before; all values of the first one."""
    table = Table(title=_title(row), title_justify="left", show_header=False, box=None, padding=(0, 2))
    for name, value in row.values.items():
        if value is not None and (not previous or previous.get(name) != value):
            table.add_row(name, _text(value))
    return table


def _title(row: HistoryRow) -> str:
    valid = f"{row.valid_from or '…'} – {row.valid_to or '…'}"
    known = f"{row.recorded_from or '…'} – {row.recorded_to or 'now'}"
    who = " ".join(part for part in (row.actor, row.reason and f"({row.reason})") if part)
    return f"version {row.version}  valid {valid}  known {known}  {who}".rstrip()


def _text(value: object) -> str:
    if isinstance(value, bytes):
        shape = shapely.from_wkb(value)
        return f"{shape.geom_type}, {shapely.get_num_coordinates(shape)} points, {shape.area:.1f} m2"
    return str(value)


def _to_dict(row: HistoryRow) -> dict[str, Any]:
    values = {
        name: shapely.to_wkt(shapely.from_wkb(value), rounding_precision=3) if isinstance(value, bytes) else value
        for name, value in row.values.items()
    }
    return {**asdict(row), "values": values}
