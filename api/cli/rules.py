"""``cim rules``: is a rule pack usable, and what does each of its rules ask of whom."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from api.cli.console import print_json, reports_errors
from api.cli.options import json_option, workspace_option
from api.pipeline.exemptions import decide_exemption, describe_exemption, list_exemptions, withdraw_exemption
from api.pipeline.rejudging import Effect
from api.pipeline.rules import RuleExplanation, explain_rules, rule_conflicts, validate_rules
from api.workspace import Workspace
from cim_core.errors import UsageError

#: What the rules of each scope are about, and what they give a finding for where that is not the same.
_THINGS = {
    "building": ("building", "buildings", ""),
    "area": ("building", "buildings", ""),
    "frontage": ("front", "buildings", "fronts"),
    "street_side": ("front", "buildings", "fronts"),
    "view_corridor": ("building in a view corridor", "buildings", "buildings in view corridors"),
    "view_target": ("building in a view corridor", "buildings", "buildings in view corridors"),
    "street": ("street", "streets", ""),
    "plan_unit": ("plan unit", "plan units", ""),
}

_workspace = click.option(
    "--workspace",
    "-w",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Town whose zones, streets and buildings the rules are held against.",
)


@click.group(
    epilog="""\b
Examples:
  cim rules validate rules.yaml
  cim rules explain rules.yaml height-core
"""
)
def rules() -> None:
    """Rule packs: validate, explain, find conflicts; exemptions: decide, withdraw, list."""


@rules.command(
    epilog="""\b
Examples:
  cim rules validate rules.yaml
  cim rules validate rules.yaml --workspace town
"""
)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@_workspace
@json_option
@reports_errors
def validate(file: Path, workspace: Path | None, as_json: bool) -> None:
    """Read a rule pack as the checks will; a mistake is named with line and column (exit 3).

    With --workspace, zones and streets the rules name must be there.
    """
    report = validate_rules(file, workspace)
    if as_json:
        print_json({"valid": True, **report.to_dict()})
        return
    kinds = ", ".join(f"{count} {kind}" for kind, count in report.kinds.items())
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{report.file}: valid, pack {report.id} {report.version}", markup=False)
    console.print(f"  {report.rules} rules ({kinds}), {report.exemptions} exemptions", markup=False)
    if report.checked_against:
        console.print(f"  zones and streets are those of {report.checked_against}", markup=False)
    for warning in report.warnings:
        console.print(f"  warning: {warning.where}: {warning.message} ({warning.hint})", markup=False)


@rules.command(
    epilog="""\b
Examples:
  cim rules explain rules.yaml
  cim rules explain --workspace town height-core
  cim rules explain draft.yaml --workspace town --json
"""
)
@click.argument("targets", nargs=-1, metavar="[FILE] [RULE]")
@_workspace
@json_option
@reports_errors
def explain(targets: tuple[str, ...], workspace: Path | None, as_json: bool) -> None:
    """Say of every rule, or of RULE: kind, parameters with units, formula, where it holds and how many it reaches.

    Without FILE the rules are those of the workspace; a FILE with --workspace is held against its buildings.
    """
    path, rule_id = _targets(targets, workspace)
    explained = explain_rules(path, workspace, rule_id)
    if as_json:
        print_json({"rules": [explanation.to_dict() for explanation in explained]})
        return
    console = Console(highlight=False, soft_wrap=True)
    for explanation in explained:
        for line in _lines(explanation):
            console.print(line, markup=False)


@rules.command(
    epilog="""\b
Examples:
  cim rules conflicts base.yaml overlay.yaml
  cim rules conflicts --workspace town
  cim rules conflicts draft.yaml --workspace town --json
"""
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@_workspace
@json_option
@reports_errors
def conflicts(files: tuple[Path, ...], workspace: Path | None, as_json: bool) -> None:
    """List rules about one element of one building that do not ask the same, and what becomes of them.

    With --workspace only pairs that share a building count, and files replace packs of the same id.
    """
    report = rule_conflicts(files, workspace)
    if as_json:
        print_json(report.to_dict())
        return
    console = Console(highlight=False, soft_wrap=True)
    for entry in report.conflicts:
        reached = "" if entry["buildings"] is None else f", {entry['buildings']:,} buildings"
        pair = f"{entry['first']} / {entry['second']}"
        console.print(f"{entry['kind']}: {pair}  ({entry['element']}{reached})", markup=False)
        outcome = entry["outcome"].replace("_", " ")
        console.print(f"  {outcome}: {entry['because']}{_differences(entry['differences'])}", markup=False)
    for rule_id in report.dormant:
        console.print(f"not in force today: {rule_id}", markup=False)
    if not report.conflicts:
        console.print("no conflicts")


@rules.command(
    epilog="""\b
Examples:
  cim rules exempt height-core buildings/yx-000001 --workspace town --reason 既有公共建筑 \\
      --by 更新领导组 --decided 2026-11-01 --expires 2028-11-01
"""
)
@click.argument("rule")
@click.argument("building", metavar="DATASET/BUILDING")
@workspace_option
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@click.option("--reason-en", default="", metavar="TEXT", help="The same in English. [the reason]")
@click.option("--by", "decided_by", required=True, metavar="WHO", help="Who decided.")
@click.option("--decided", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Day of the decision.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day it holds.")
@click.option("--conditions", default="", metavar="TEXT", help="What it depends on.")
@json_option
@reports_errors
def exempt(rule: str, building: str, workspace: Path, as_json: bool, **values: Any) -> None:
    """Record that a building need not keep a rule until a day; the original verdict stays beside it.

    A street is written streets/ID, a district, unit or parcel plan_units/ID.

    What protects heritage, fire or other safety, the three control lines or the share of demolition cannot be exempted
    from. The building is judged by the decision at once, and the check is kept (cim runs diff).
    """
    dataset, building_id = _place(building)
    with Workspace.load(workspace).open_store() as store:
        exemption, effect = decide_exemption(
            store,
            workspace,
            dataset,
            building_id,
            rule,
            reason_zh=values["reason"],
            reason_en=values["reason_en"],
            decided_by=values["decided_by"],
            decided_on=values["decided"].date(),
            expires_on=values["expires"].date(),
            conditions=values["conditions"],
        )
    if as_json:
        print_json({**describe_exemption(exemption, date.today()), "effect": effect.to_dict()})
        return
    click.echo(f"{building} is exempt from {rule} from {exemption.decided_on} until {exemption.expires_on}")
    _print_effect(effect)


@rules.command(
    epilog="\b\nExamples:\n  cim rules withdraw height-core buildings/yx-000001 --workspace town --by 更新领导组\n"
)
@click.argument("rule")
@click.argument("building", metavar="DATASET/BUILDING")
@workspace_option
@click.option("--by", default="", metavar="WHO", help="Who withdraws it.")
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@json_option
@reports_errors
def withdraw(rule: str, building: str, workspace: Path, by: str, reason: str, as_json: bool) -> None:
    """Withdraw an exemption of the town and judge the building without it; its history stays.

    Those of a rule pack end with the pack.
    """
    dataset, building_id = _place(building)
    with Workspace.load(workspace).open_store() as store:
        effect = withdraw_exemption(store, workspace, dataset, building_id, rule, by=by, reason=reason)
    if as_json:
        named = {"rule_id": rule, "dataset": dataset, "building_id": building_id}
        print_json({"withdrawn": named, "effect": effect.to_dict()})
        return
    click.echo(f"the exemption of {building} from {rule} is withdrawn")
    _print_effect(effect)


@rules.command(epilog="\b\nExamples:\n  cim rules exemptions --workspace town\n")
@workspace_option
@json_option
@reports_errors
def exemptions(workspace: Path, as_json: bool) -> None:
    """List the exemptions of the rule packs and of the town, with whether each is valid today."""
    with Workspace.load(workspace).open_store() as store:
        found = list_exemptions(store, date.today())
    if as_json:
        print_json({"exemptions": found})
        return
    console = Console(highlight=False, soft_wrap=True)
    for entry in found:
        where = f"{entry['dataset'] or '*'}/{entry['building_id']}"
        days = f"{entry['decided_on']} to {entry['expires_on']}"
        why = f"{entry['decided_by']}: {entry['reason']['zh']}"
        why += f" ({entry['conditions']})" if entry["conditions"] else ""
        console.print(f"{entry['state']:<8} {where}  {entry['rule_id']}  {days}  {why}", markup=False)


def _print_effect(effect: Effect) -> None:
    for finding in effect.findings:
        original = f", {finding['original_verdict']} without the exemption" if finding["original_verdict"] else ""
        click.echo(f"  {finding['id']}: {finding['verdict_before']} → {finding['verdict']}{original}")
    if not effect.findings:
        click.echo("  the rule says nothing of this building: no verdict changed")
    click.echo(f"  kept as check {effect.run}")


def _place(text: str) -> tuple[str, str]:
    dataset, slash, building_id = text.partition("/")
    if not slash or not dataset or not building_id:
        raise UsageError(f"{text!r} names no building", where="BUILDING", hint="write dataset/building, e.g. town/b7")
    return dataset, building_id


def _differences(differences: list[dict[str, Any]]) -> str:
    return "".join(f"; {entry['parameter']} {entry['first']} / {entry['second']}" for entry in differences)


def _targets(targets: tuple[str, ...], workspace: Path | None) -> tuple[Path | None, str | None]:
    """The file and the rule meant: with a workspace, one argument that is no file names a rule."""
    if len(targets) > 2:
        raise UsageError("at most a file and a rule", where="RULE")
    if len(targets) == 1 and workspace is not None and not Path(targets[0]).is_file():
        return None, targets[0]
    return Path(targets[0]) if targets else None, targets[1] if len(targets) == 2 else None


def _lines(rule: RuleExplanation) -> list[str]:
    """One rule as a block of text."""
    lines = [
        f"{rule.id}  {rule.kind} {rule.kind_name['zh']}  clause {rule.clause}, {rule.nature}  ({rule.pack})",
        f"  {rule.text['zh']}",
        f"  {rule.text['en']}",
        f"  formula     {rule.formula['en']}",
    ]
    lines += [
        f"  {entry['name']:<22} {_value(entry['value'])} {entry['unit']}".rstrip() + f"  {entry['zh']}"
        for entry in rule.parameters
    ]
    where = "; ".join(f"{name} {_value(value)}" for name, value in rule.applies_to.items() if value)
    one, many, rows = _THINGS[rule.scope]
    lines.append(f"  applies to  {where or f'every {one}'}")
    if rule.buildings is not None:
        is_told = rows and (rows == "fronts" or rule.findings != rule.buildings)
        judged = f", {rule.findings:,} {rows}" if is_told else ""
        lines.append(f"  reaches     {rule.buildings:,} {many}{judged}")
    if rule.binding:
        lines.append("  binding     " + ", ".join(f"{name} {value}" for name, value in rule.binding.items()))
    if not rule.in_force:
        lines.append("  not in force today: stored, not applied")
    for entry in rule.conflicts:
        other = entry["second"] if entry["first"] == rule.id else entry["first"]
        lines.append(f"  conflict    {entry['kind']} with {other}: {entry['outcome']} ({entry['because']})")
    if rule.provenance:
        lines.append(f"  provenance  {rule.provenance}")
    return [*lines, ""]


def _value(value: Any) -> str:
    """A parameter as text: lists with commas, mappings as name value pairs."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_value(v)}" for name, v in value.items() if v not in (None, (), []))
    if isinstance(value, list):
        return "; ".join(_value(v) for v in value) if any(isinstance(v, dict) for v in value) else ", ".join(value)
    if isinstance(value, tuple):
        return ", ".join(str(v) for v in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
