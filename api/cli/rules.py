"""``cim rules``: is a rule pack usable, and what does each of its rules ask of whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from api.cli.console import print_json, reports_errors
from api.cli.options import json_option
from api.pipeline.rules import RuleExplanation, explain_rules, validate_rules
from cim_core.errors import UsageError

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
    """Rule packs: validate a file, explain what its rules ask."""


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
    lines.append(f"  applies to  {where or 'every building'}")
    if rule.buildings is not None:
        fronts = "" if rule.scope in ("building", "area") else f", {rule.findings:,} fronts"
        lines.append(f"  reaches     {rule.buildings:,} buildings{fronts}")
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
