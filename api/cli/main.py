"""The ``cim`` command: every subcommand in one place."""

from __future__ import annotations

import importlib
import os
from importlib.metadata import version

import click

# Before numpy is imported: only small matrices are multiplied here, and its idle threads cost a tenth of a second.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

#: Subcommand → (module, attribute). Imported when called, so that ``cim --help`` is instant.
COMMANDS = {
    "convert": ("api.cli.convert", "convert"),
    "update": ("api.cli.update", "update"),
    "inspect": ("api.cli.inspect", "inspect"),
    "terrain": ("api.cli.terrain", "terrain"),
    "import": ("api.cli.workspace", "import_"),
    "check": ("api.cli.workspace", "check"),
    "ifc": ("api.cli.ifc", "ifc"),
    "rules": ("api.cli.rules", "rules"),
    "runs": ("api.cli.runs", "runs"),
    "catalogue": ("api.cli.catalogue", "catalogue"),
    "color": ("api.cli.color", "color"),
    "history": ("api.cli.history", "history"),
    "attachments": ("api.cli.attachments", "attachments"),
    "backup": ("api.cli.backup", "backup"),
    "restore": ("api.cli.backup", "restore"),
    "projects": ("api.cli.projects", "projects"),
    "scenario": ("api.cli.scenario", "scenario"),
    "serve": ("api.cli.serve", "serve"),
    "crs": ("api.cli.crs", "crs"),
    "formats": ("api.cli.convert", "formats"),
    "demo": ("api.cli.serve", "demo"),
}


class LazyGroup(click.Group):
    """A group that imports a subcommand only when it is used or its help is shown."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order a new user meets them."""
        return list(COMMANDS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As usual; where a building model is to be read, what parses it loads while the command does."""
        if args[:1] in (["convert"], ["import"]) and any(arg.lower().endswith(".ifc") for arg in args):
            from converters.ifc.process import start_ahead

            start_ahead()
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the subcommand, or None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


_HELP = """Xiushui CIM (秀水): city models in, verdicts on a street out.

\b
Try it:        cim demo
Convert:       cim convert buildings.gpkg -o out/town
Your own town: cim import buildings.gpkg --workspace town --dataset buildings
               cim check --workspace town;  cim serve --workspace town
"""


@click.group(
    cls=LazyGroup, help=_HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(version("xiushui-cim"), prog_name="cim")
def main() -> None:
    """Run one subcommand."""


if __name__ == "__main__":
    main()
