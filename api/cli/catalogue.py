"""``cim catalogue``: the data of a workspace in the terms of the CIM standards, and its coverage by models."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from api.cli.console import print_json, reports_errors, stderr
from api.cli.options import json_option, workspace_option
from api.pipeline.catalogue import catalogue_coverage, list_catalogue, set_catalogue, show_catalogue
from api.workspace import Workspace
from cim_core.catalogue import CATEGORIES, CIM_LEVELS

#: Columns of a table that is piped into a file.
_WIDTH = 200


@click.group(
    epilog="""\b
Examples:
  cim catalogue list --workspace town
  cim catalogue set buildings --workspace town --category 1.4.4 --cim-level 2 --security-class internal
  cim catalogue coverage --workspace town
"""
)
def catalogue() -> None:
    """Data catalogue: category, CIM level, provenance, licence, security class; coverage by models."""


@catalogue.command(name="list", epilog="\b\nExamples:\n  cim catalogue list --workspace town\n")
@workspace_option
@json_option
@reports_errors
def list_(workspace: Path, as_json: bool) -> None:
    """List every dataset and layer; * marks what is assumed from the kind of data because nobody said."""
    with Workspace.load(workspace).open_store() as store:
        found = list_catalogue(store)
    if as_json:
        print_json({"datasets": found})
        return
    table = Table(box=None, header_style="bold")
    for heading in ("id", "name", "kind", "features", "category", "CIM", "security", "update", "licence"):
        table.add_column(heading, overflow="fold")
    for record in found:
        category = " ".join(filter(None, (record["category"], (record["category_name"] or {}).get("zh"))))
        level = f"CIM{record['cim_level']}" if record["cim_level"] else ""
        table.add_row(
            record["id"],
            record["name"]["zh"],
            record["kind"],
            f"{record['features']:,}",
            f"{category}{_star(record, 'category')}" if category else "—",
            f"{level}{_star(record, 'cim_level')}" if level else "—",
            *(record[name] or "—" for name in ("security_class", "update_cycle", "licence")),
        )
    Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)
    if any(record["assumed"] for record in found):
        stderr.print("  * assumed from the kind of data: cim catalogue set says it", markup=False)


@catalogue.command(epilog="\b\nExamples:\n  cim catalogue show buildings --workspace town --json\n")
@click.argument("dataset")
@workspace_option
@json_option
@reports_errors
def show(dataset: str, workspace: Path, as_json: bool) -> None:
    """Show all that is known of one dataset or layer."""
    with Workspace.load(workspace).open_store() as store:
        record = show_catalogue(store, dataset)
    if as_json:
        print_json(record)
    else:
        _print(record)


@catalogue.command(
    name="set",
    epilog="""\b
Examples:
  cim catalogue set buildings -w town --category 1.4.4 --obligation M --department 自然资源局 \\
      --security-class internal --licence 内部使用 --update-cycle yearly --date 2026-06-30
  cim catalogue set layer:water -w town --category 2.4 --lineage '1:2000 地形图数字化'
""",
)
@click.argument("dataset")
@workspace_option
@click.option("--category", metavar="CODE", help="Code of cim catalogue categories, e.g. 1.4.4.")
@click.option("--obligation", metavar="M|C|O", help="Mandatory, conditional or optional for the platform.")
@click.option("--department", metavar="WHO", help="Source department.")
@click.option("--security-class", metavar="CLASS", help="public, internal, sensitive or secret.")
@click.option("--licence", metavar="TEXT", help="What may be done with it.")
@click.option("--update-cycle", metavar="CYCLE", help="realtime, daily, monthly, quarterly, yearly, on_change, once.")
@click.option("--scale", metavar="TEXT", help="Scale or accuracy, e.g. 1:2000.")
@click.option("--cim-level", metavar="1-7", help="CIM level of its models.")
@click.option("--date", "data_date", metavar="DAY", help="The day the data shows.")
@click.option("--lineage", metavar="TEXT", help="How it came about.")
@click.option("--quality", metavar="TEXT", help="Quality report, or where it is.")
@click.option("--by", default="", metavar="WHO", help="Who says so, for the log of changes.")
@json_option
@reports_errors
def set_(dataset: str, workspace: Path, by: str, as_json: bool, **values: Any) -> None:
    """Say something of a dataset or layer; an empty text takes it back. History keeps what was said before."""
    given = {name: value for name, value in values.items() if value is not None}
    with Workspace.load(workspace).open_store() as store:
        record = set_catalogue(store, dataset, given, by)
    if as_json:
        print_json(record)
    else:
        _print(record)


@catalogue.command(epilog="\b\nExamples:\n  cim catalogue coverage --workspace town\n")
@workspace_option
@json_option
@reports_errors
def coverage(workspace: Path, as_json: bool) -> None:
    """Compute the share of the built-up area that is under models of CIM2 or finer, and the area by level.

    The built-up area is the map layer built-up where there is one (cim import built-up.geojson --as layer --dataset
    built-up). Without it the area is estimated (footprints joined over gaps of up to 100 m) and there is no share:
    models cover nearly all of an area that is made from them.
    """
    with Workspace.load(workspace).open_store() as store:
        measured = catalogue_coverage(store)
    if as_json:
        print_json(measured)
        return
    console = Console(highlight=False, soft_wrap=True)
    percent = "no data: draw the built-up area" if measured["percent"] is None else f"{measured['percent']:.1f} %"
    basis = "drawn: layer built-up" if measured["basis"] == "layer" else "estimated, gaps to 100 m closed"
    console.print(f"coverage by models of CIM{measured['counted_from_level']} or finer: {percent}")
    console.print(f"  built-up area  {measured['built_up_m2'] / 1e6:.3f} km²  ({basis})")
    for level, area_m2 in measured["by_level"].items():
        console.print(f"  CIM{level}           {area_m2 / 1e6:.3f} km²")


@catalogue.command(epilog="\b\nExamples:\n  cim catalogue categories\n")
@json_option
@reports_errors
def categories(as_json: bool) -> None:
    """List the tree of data categories and the seven CIM levels."""
    if as_json:
        print_json({"categories": [asdict(c) for c in CATEGORIES], "cim_levels": [asdict(c) for c in CIM_LEVELS]})
        return
    console = Console(highlight=False, soft_wrap=True)
    for category in CATEGORIES:
        indent = "  " * category.code.count(".")
        console.print(f"{indent}{category.code} {category.zh} {category.en}", markup=False)
    for level in CIM_LEVELS:
        console.print(f"CIM{level.level} {level.zh} {level.en}: {level.content} ({level.source})", markup=False)


def _star(record: dict[str, Any], name: str) -> str:
    return "*" if name in record["assumed"] else ""


def _print(record: dict[str, Any]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for name, value in record.items():
        if value not in (None, "", []):
            shown = " ".join(str(v) for v in value.values() if v) if isinstance(value, dict) else value
            console.print(f"{name:<15} {shown}{_star(record, name)}", markup=False)
