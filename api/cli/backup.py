"""``cim backup`` and ``cim restore``: a workspace as a folder that can be trusted, and back."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from api.cli.console import TerminalProgress, human_bytes, print_json, reports_errors
from api.cli.options import json_option, quiet_option
from api.pipeline.backup import BackupReport, back_up
from api.pipeline.backup import restore as restore_workspace

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(
    epilog="""\b
Examples:
  cim backup town /backups/town-2026-11-22
  cim backup town /backups/town-2026-11-22 --json | jq .chain_head
"""
)
@click.argument("workspace", type=_FOLDER, metavar="WORKSPACE")
@click.argument("target", type=_FOLDER, metavar="TARGET")
@json_option
@quiet_option
@reports_errors
def backup(workspace: Path, target: Path, as_json: bool, quiet: bool) -> None:
    """Write WORKSPACE as the new folder TARGET, while the service and imports go on.

    It holds the store as of one instant, tilesets, terrain, rule packs and all other files, with the SHA-256 of each
    and the head of the log of changes in backup.json.
    """
    with TerminalProgress(quiet=quiet or as_json) as progress:
        report = back_up(workspace, target, progress)
    _print(report, "backed up to", as_json=as_json)


@click.command(
    epilog="""\b
Examples:
  cim restore /backups/town-2026-11-22 town
  cim restore /backups/town-2026-11-22 town --store "postgresql://cim@db/cim?schema=town"
"""
)
@click.argument("source", type=_FOLDER, metavar="BACKUP")
@click.argument("workspace", type=_FOLDER, metavar="NEW_WORKSPACE")
@click.option("--store", "store_url", metavar="URL", help="Put the store into this database. [a GeoPackage]")
@json_option
@quiet_option
@reports_errors
def restore(source: Path, workspace: Path, store_url: str | None, as_json: bool, quiet: bool) -> None:
    """Make NEW_WORKSPACE from BACKUP; a backup with a missing, changed or added file is refused (exit 3).

    With --store the town moves: from a file into PostGIS, or without it from PostGIS into a file.
    """
    with TerminalProgress(quiet=quiet or as_json) as progress:
        report = restore_workspace(source, workspace, progress, store_url)
    _print(report, "restored to", as_json=as_json)


def _print(report: BackupReport, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json(report.to_dict())
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{what} {report.folder}: {report.files:,} files, {human_bytes(report.bytes)}", markup=False)
    console.print(
        f"  {report.rows['buildings']:,} buildings, {report.changes:,} changes, the last {report.chain_head[:12]}",
        markup=False,
    )
