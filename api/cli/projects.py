"""``cim projects``: the project library on the command line."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from api.cli.console import print_json, reports_errors, stderr
from api.cli.options import json_option, workspace_option
from api.cli.project_links import link
from api.pipeline.project_export import export_projects
from api.pipeline.project_moves import Move, decide, list_moves, stage_taken_over, submit
from api.pipeline.projects import (
    check_library,
    describe_progress,
    load_limits,
    read_record,
    select_library,
    total_library,
    total_names,
)
from api.workspace import Workspace
from cim_core.errors import UsageError
from cim_core.renewal import LIBRARIES, PROJECT_FIELDS, TOTAL_GROUPS, from_cells, measure_maturity
from cim_core.renewal.fields import Field, FieldType
from cim_core.store import Store

_library = click.option(
    "--library",
    type=click.Choice([entry.value for entry in LIBRARIES]),
    help="Only one of the libraries: " + ", ".join(f"{entry.value} {entry.zh}" for entry in LIBRARIES) + ".",
)
_id = click.argument("project_id", metavar="ID")
_LISTED = ("id", "name_zh", "name_en", "type", "batch", "stage", "unit_id", "ends_on")


@click.group(
    epilog="""\b
Examples:
  cim projects list --workspace town --library reserve
  cim projects advance prj-21 --workspace town --by Wang --evidence rule_pack=rules.yaml
  cim projects advance prj-21 --workspace town --by Li --approve
"""
)
def projects() -> None:
    """Renewal projects 更新项目: list, show, move through the stages, check, count, export."""


@projects.command(
    name="list",
    epilog="""\b
Examples:
  cim projects list --workspace town
  cim projects list --workspace town --library dynamic --json
""",
)
@workspace_option
@_library
@json_option
@reports_errors
def list_(workspace: Path, library: str | None, as_json: bool) -> None:
    """The projects with type, batch, stage and maturity."""
    with _open(workspace) as store:
        rows = store.projects() if library is None else select_library(store.projects(), library)
        counts = store.project_counts()
    records = [
        {
            **{name: record[name] for name in _LISTED},
            "buildings": counts.get(record["id"], 0),
            "maturity_percent": measure_maturity(record).percent,
        }
        for record in map(from_cells, rows.drop_columns(["geometry"]).to_pylist())
    ]
    if as_json:
        print_json({"library": library, "projects": records})
        return
    names = ("id", "name_zh", "name_en", "type", "batch", "stage", "buildings", "maturity_percent")
    _print_table(names, [[_text(record[name]) for name in names] for record in records])
    stderr.print(f"  {len(records)} projects")


@projects.command(
    epilog="""\b
Examples:
  cim projects show prj-21 --workspace town
"""
)
@_id
@workspace_option
@json_option
@reports_errors
def show(project_id: str, workspace: Path, as_json: bool) -> None:
    """One project: its record, where it may go and what its gate asks, and how it moved."""
    with _open(workspace) as store:
        record, version, _ = read_record(store, project_id)
        moves = [move.to_dict() for move in list_moves(store, project_id)]
        taken_over = stage_taken_over(store, project_id)
    progress = describe_progress(record, load_limits(workspace))
    if as_json:
        print_json(
            {"version": version, "record": record, "progress": progress, "taken_over": taken_over, "moves": moves}
        )
        return
    console = Console(highlight=False, soft_wrap=True)
    for field in PROJECT_FIELDS:
        if record[field.name] not in (None, []):
            console.print(f"{field.zh} {field.en}: {_shown(field, record[field.name])}", markup=False)
    console.print(f"成熟度 maturity: {_text(progress['maturity_percent'])} %", markup=False)
    console.print(f"缺少手续 missing: {', '.join(progress['missing_procedures']) or '-'}", markup=False)
    gate = progress["gate"]
    console.print(f"出口条件 gate: {', '.join([*gate['evidence'], *gate['checks']]) or '-'}", markup=False)
    if taken_over:
        source = f"{taken_over['by']} {taken_over['at']} {taken_over['reason']}".strip()
        console.print(f"接收阶段 stage taken over: {taken_over['stage']} ({source})", markup=False)
    for move in moves:
        console.print(_move_line(move), markup=False)


@projects.command(
    epilog="""\b
Examples:
  cim projects advance prj-21 --workspace town --by Wang --evidence rule_pack=rules.yaml
  cim projects advance prj-21 --workspace town --by Li --approve
  cim projects advance prj-21 --workspace town --by Li --return --reason "the rule pack is a draft"
  cim projects advance prj-21 --workspace town --by Wang --to checkup --reason "new survey"
"""
)
@_id
@workspace_option
@click.option("--by", required=True, metavar="NAME", help="Who does it; who submits cannot approve.")
@click.option("--to", "target", metavar="STAGE", help="Stage to go to. [the next one]")
@click.option(
    "--evidence", multiple=True, metavar="KIND=WHERE", help="A document the gate asks for; may be given several times."
)
@click.option("--reason", default="", metavar="TEXT", help="Why it goes back, or why it is decided so.")
@click.option("--at", metavar="INSTANT", help="When it happened, with time zone. [now]")
@click.option("--approve", "act", flag_value="approve", help="Approve the move that waits.")
@click.option("--return", "act", flag_value="return", help="Return the move that waits, with a reason.")
@json_option
@reports_errors
def advance(
    project_id: str,
    workspace: Path,
    by: str,
    target: str | None,
    evidence: tuple[str, ...],
    reason: str,
    at: str | None,
    act: str | None,
    as_json: bool,
) -> None:
    """Submit a move to the next stage (or back, with a reason), or decide on the one that waits."""
    limits = load_limits(workspace)
    if act and (target or evidence):
        raise UsageError(
            "a decision takes no stage and no evidence", where=f"--{act}", hint="leave --to, --evidence out"
        )
    with _open(workspace) as store:
        if act:
            move = decide(store, limits, project_id, approve=act == "approve", by=by, note=reason, at=at)
        else:
            shown = [_evidence(text) for text in evidence]
            move = submit(store, limits, project_id, by=by, target=target, at=at, evidence=shown, reason=reason)
    _print_move(move, as_json=as_json)


@projects.command(
    epilog="""\b
Examples:
  cim projects check --workspace town
  cim projects check prj-24 --workspace town --json
"""
)
@click.argument("project_id", metavar="[ID]", required=False)
@workspace_option
@json_option
@reports_errors
def check(project_id: str | None, workspace: Path, as_json: bool) -> None:
    """Demolition, rebuilding, resettlement, control lines and overlaps against the limits; missing data is no pass."""
    limits = load_limits(workspace)
    with _open(workspace) as store:
        if project_id:
            store.project(project_id)
        rows = check_library(store, limits, dt.date.today()).to_pylist()
    rows = [row for row in rows if project_id in (None, row["project_id"])]
    if as_json:
        print_json({"source": limits.source, "checks": rows})
        return
    shown = [row for row in rows if project_id or row["verdict"] != "pass"]
    names = ("project_id", "check", "verdict", "message_zh", "message_en")
    _print_table(names, [[_text(row[name]) for name in names] for row in shown])
    stderr.print(f"  {len(rows)} checks, {len(shown)} shown; limits: {limits.source}")


@projects.command(
    epilog="""\b
Examples:
  cim projects totals --workspace town --by stage
  cim projects totals --workspace town --by area
  cim projects totals --workspace town --by year --library dynamic --json
"""
)
@workspace_option
@click.option("--by", type=click.Choice(list(TOTAL_GROUPS)), default="stage", show_default=True, help="Group by.")
@_library
@json_option
@reports_errors
def totals(workspace: Path, by: str, library: str | None, as_json: bool) -> None:
    """Floor area, households, money and verdicts before and after, by group."""
    with _open(workspace) as store:
        groups, total = total_library(store, by, library)
        names_of = total_names(store, by)
    named = [{**row, "name": names_of.get(row["key"])} for row in groups.to_pylist()]
    if as_json:
        print_json({"by": by, "groups": named, "total": total.to_pylist()})
        return
    names = [
        "key", "name", "projects", "buildings", "existing_floor_m2", "demolished_floor_m2", "new_floor_m2",
        "households", "investment_cny", "before_fail", "after_fail",
    ]  # fmt: skip
    rows = [{**row, "name": (row["name"] or {}).get("zh") or ("" if row["key"] else "未定 not known")} for row in named]
    rows += [{**row, "name": "合计 total"} for row in total.to_pylist()]
    _print_table(names, [[_text(row[name]) for name in names] for row in rows])


@projects.command(
    epilog="""\b
Examples:
  cim projects export projects.xlsx --workspace town
  cim projects export reserve.csv --workspace town --library reserve
"""
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@workspace_option
@_library
@json_option
@reports_errors
def export(file: Path, workspace: Path, library: str | None, as_json: bool) -> None:
    """Write the library to FILE.csv or FILE.xlsx, one row a project, headings in both languages."""
    with _open(workspace) as store:
        rows = store.projects() if library is None else select_library(store.projects(), library)
    count = export_projects(rows, file)
    if as_json:
        print_json({"file": str(file), "projects": count})
    else:
        stderr.print(f"[bold green]done[/]  {count} projects → {file}")


projects.add_command(link)


def _open(workspace: Path) -> Store:
    return Workspace.load(workspace).open_store()


def _evidence(text: str) -> tuple[str, str]:
    kind, separator, reference = text.partition("=")
    if not separator or not reference:
        raise UsageError(
            f"'{text}' is no evidence", where="--evidence", hint="write KIND=WHERE, e.g. permit=doc/12.pdf"
        )
    return kind, reference


def _print_move(move: Move, *, as_json: bool) -> None:
    row = move.to_dict()
    if as_json:
        print_json({"move": row})
    else:
        stderr.print(_move_line(row), markup=False)


def _move_line(move: dict[str, Any]) -> str:
    decided = f", {move['status']} by {move['decided_by']} {move['decided_at']}" if move["decided_by"] else ", waits"
    start = f"{move['origin']} → {move['target']}: submitted by {move['submitted_by']} {move['submitted_at']}"
    return start + decided


def _print_table(names: Any, rows: list[list[str]]) -> None:
    table = Table(box=None, header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(width=None if Console().is_terminal else 200).print(table)


def _shown(field: Field, value: Any) -> str:
    """A value of a record in words: codes by their labels, an entry of a list as ``name: value``."""
    if isinstance(value, list):
        if field.items:
            entries = ["，".join(f"{f.zh} {_shown(f, v[f.name])}" for f in field.items if v.get(f.name)) for v in value]
            return "；".join(entries)
        return "，".join(_shown(replace(field, type=FieldType.TEXT), entry) for entry in value)
    if isinstance(value, bool):
        return "是 yes" if value else "否 no"
    named = next((f"{term.zh} {term.en}" for term in field.codes if term.value == value), None)
    number = f"{value:g}" if isinstance(value, float) and abs(value) < 100 else _text(value)
    return f"{named or number} {field.unit}".strip()


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if isinstance(value, float) else str(value)
