"""``cim attachments``: files of buildings, projects and exemptions."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console

from api.cli.console import human_bytes, print_json, reports_errors
from api.cli.options import json_option, workspace_option
from api.pipeline.attachments import attach, read_attachment
from api.workspace import Workspace
from cim_core.errors import UsageError
from cim_core.files import write_atomically
from cim_core.store import Attachment, Change, SubjectKind

_KIND = click.Choice([kind.value for kind in SubjectKind])


@click.group(
    epilog="""\b
Examples:
  cim attachments add project prj-01 permit.pdf --by planner --workspace town
  cim attachments list project prj-01 --workspace town
  cim attachments get 3f9a1c0b7d52 -o permit.pdf --workspace town
"""
)
def attachments() -> None:
    """Documents and photographs of buildings, projects and exemptions.

    What a file is, is told by its content; programs, web pages, macros and drawings with scripts are refused. A move
    of a project refers to a file as attachment:ID.
    """


@attachments.command()
@click.argument("kind", type=_KIND, metavar="KIND")
@click.argument("subject", metavar="ID")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE")
@workspace_option
@click.option("--by", default="", metavar="NAME", help="Who attaches it.")
@click.option("--note", default="", metavar="TEXT", help="What it shows.")
@click.option("--keep-location", is_flag=True, help="Keep where a photograph was made. [taken out]")
@json_option
@reports_errors
def add(
    kind: str, subject: str, source: Path, workspace: Path, by: str, note: str, keep_location: bool, as_json: bool
) -> None:
    """Attach a copy of FILE to KIND (building, project, exemption) ID, as DATASET/BUILDING for a building."""
    town = Workspace.load(workspace)
    with town.open_store() as store:
        found = attach(town, store, SubjectKind(kind), subject, source, by=by, note=note, keep_location=keep_location)
    _print([found], as_json=as_json)


@attachments.command("list")
@click.argument("kind", type=_KIND, metavar="[KIND]", required=False)
@click.argument("subject", metavar="[ID]", required=False)
@workspace_option
@json_option
@reports_errors
def list_(kind: str | None, subject: str | None, workspace: Path, as_json: bool) -> None:
    """All files, those of one KIND, or those of one thing."""
    with Workspace.load(workspace).open_store() as store:
        found = store.attachments(None if kind is None else SubjectKind(kind), subject)
    _print(found, as_json=as_json)


@attachments.command()
@click.argument("attachment_id", metavar="ATTACHMENT")
@workspace_option
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE", help="Where to put it.")
@reports_errors
def get(attachment_id: str, workspace: Path, output: Path) -> None:
    """Write the content of one file, checked against its SHA-256."""
    if output.exists():
        raise UsageError("is there already", where=str(output), hint="name a new file")
    town = Workspace.load(workspace)
    with town.open_store() as store:
        content = read_attachment(town, store.attachment(attachment_id))
    write_atomically(output, content)


@attachments.command()
@click.argument("attachment_id", metavar="ATTACHMENT")
@workspace_option
@click.option("--by", default="", metavar="NAME", help="Who takes it off.")
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@reports_errors
def remove(attachment_id: str, workspace: Path, by: str, reason: str) -> None:
    """Take a file off what it belongs to; its history and its content stay."""
    with Workspace.load(workspace).open_store() as store:
        store.delete_attachment(attachment_id, Change(by, reason or "attachment taken off"))


def _print(found: list[Attachment], *, as_json: bool) -> None:
    if as_json:
        print_json({"attachments": [asdict(one) for one in found]})
        return
    console = Console(highlight=False, soft_wrap=True)
    for one in found:
        console.print(
            f"{one.id}  {one.kind.value} {one.subject}  {one.name}  {one.media_type}  {human_bytes(one.bytes)}",
            markup=False,
        )
