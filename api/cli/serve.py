"""``cim serve`` and ``cim demo``."""

from __future__ import annotations

import socket
from pathlib import Path

import click

from api.cli.console import TerminalProgress, reports_errors, stderr
from api.cli.options import default_port, workspace_option
from cim_core.errors import UsageError

host_option = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
port_option = click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=default_port,
    show_default="CIM_PORT or 8000",
    help="0 picks a free one.",
)


@click.command(
    epilog="""\b
Example:
  cim serve --workspace town --port 8080
"""
)
@workspace_option
@host_option
@port_option
@reports_errors
def serve(workspace: Path, host: str, port: int) -> None:
    """Serve a workspace: the viewer at /, the API at /api/v1, tiles and terrain. Works offline. Ctrl-C stops it."""
    run_server(workspace, host, port)


@click.command(
    epilog="""\b
Examples:
  cim demo
  cim demo --no-serve --workspace /tmp/yuxian
"""
)
@click.option(
    "--workspace",
    "-w",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".demo"),
    show_default=True,
    metavar="DIR",
    help="Folder of the demo workspace.",
)
@host_option
@port_option
@click.option("--no-serve", is_flag=True, help="Build the workspace and stop.")
@click.option("--rebuild", is_flag=True, help="Build anew even if nothing changed.")
@reports_errors
def demo(workspace: Path, host: str, port: int, no_serve: bool, rebuild: bool) -> None:
    """Build the synthetic sample town of Yu County and serve it. A second run starts in seconds."""
    from api.pipeline.demo import build_demo, is_current

    if not rebuild and is_current(workspace):
        stderr.print(f"the sample town in {workspace} is up to date")
    else:
        stderr.print(f"building the sample town (synthetic data) in {workspace}")
        with TerminalProgress() as progress:
            build_demo(workspace, progress)
    if not no_serve:
        run_server(workspace, host, port)


def run_server(workspace: Path, host: str, port: int) -> None:
    """Serve until Ctrl-C. Raises NotFoundError for a folder that is no workspace, UsageError for a port in use."""
    import uvicorn

    from api.http.app import create_app

    app = create_app(workspace)
    listener = _listen(host, port)
    shown_host = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - only compared
    address = f"http://{shown_host}:{listener.getsockname()[1]}"
    stderr.print(f"\n  [bold]秀水 CIM[/]  {address}\n  API        {address}/openapi.json\n  Ctrl-C stops\n")
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=3, server_header=False)
    try:
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        stderr.print("stopped")


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UsageError(
            f"cannot listen on {host} port {port}: {error.strerror}",
            where="--port",
            hint="give another --port, or 0 for a free one",
        ) from error
    return listener
