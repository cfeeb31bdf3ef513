"""Writes the reference pages that are derived from code, so that help, lists and docs cannot drift.

Run ``python -m api.cli.reference`` after changing a command, a format or a control kind; a test compares the pages.
"""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.main import COMMANDS, main
from converters.builtin import REGISTRY

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"


def build_command_line_page() -> str:
    """The help of every command as one Markdown page."""
    parts = [
        "# Command line",
        "",
        "Derived from the commands themselves (`python -m api.cli.reference`). Exit codes: 0 done, 2 wrong call,",
        "3 the data cannot be used, 4 findings with `--fail-on`, 130 stopped with Ctrl-C. Errors say what, where and a",
        "hint on stderr; with `--json` also as one object on stdout.",
    ]
    group = click.Context(main, info_name="cim", **main.context_settings)
    for name in COMMANDS:
        command = main.get_command(group, name)
        if command is None:
            continue
        context = click.Context(command, info_name=name, parent=group, max_content_width=110)
        parts += ["", f"## `cim {name}`", "", "```text", command.get_help(context).rstrip(), "```"]
        for inner, part in command.commands.items() if isinstance(command, click.Group) else ():
            context_inner = click.Context(part, info_name=inner, parent=context, max_content_width=110)
            parts += ["", f"### `cim {name} {inner}`", "", "```text", part.get_help(context_inner).rstrip(), "```"]
    return "\n".join(parts) + "\n"


def build_formats_page() -> str:
    """The registry of formats as a Markdown table."""
    rows = [
        f"| `{info.id}` | {info.label} | {' '.join(info.suffixes)} | {info.produces.value} | {info.library} |"
        for info in (converter.info for converter in REGISTRY.formats)
    ]
    return "\n".join(
        [
            "# Formats",
            "",
            "Derived from the registry (`cim formats`). The first format that recognises a file by suffix and first",
            "bytes reads it.",
            "",
            "| id | format | suffixes | becomes | read by |",
            "|---|---|---|---|---|",
            *rows,
            "",
            "Elevation models (GeoTIFF and what GDAL's raster drivers read) go through `cim terrain` and `--terrain`.",
            "",
        ]
    )


PAGES = {"command-line.md": build_command_line_page, "formats.md": build_formats_page}


def write_pages(folder: Path = REFERENCE) -> None:
    """Write every derived page."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, build in PAGES.items():
        (folder / name).write_text(build(), encoding="utf-8")


if __name__ == "__main__":
    write_pages()
