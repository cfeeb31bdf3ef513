"""Build hook: a wheel or sdist made from a bare checkout carries the built viewer."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = 20
NEEDS_NODE = (
    f"building the viewer needs Node.js {OLDEST_NODE} or newer with npm on PATH; install it, or set CIM_SKIP_WEB=1"
)


class ViewerBuildHook(BuildHookInterface):  # type: ignore[type-arg, unused-ignore]
    """Runs ``npm ci`` and ``npm run build`` when ``api/http/static/index.html`` is missing.

    Skipped for editable installs, for sources that carry a built viewer, and with ``CIM_SKIP_WEB=1``.
    """

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the viewer if this build needs it. Raises RuntimeError when Node.js is missing or the build fails."""
        root = Path(self.root)
        if version == "editable" or os.environ.get("CIM_SKIP_WEB") == "1":
            return
        if (root / "api" / "http" / "static" / "index.html").is_file():
            return
        build_viewer(root / "viewer")


def build_viewer(viewer: Path) -> None:
    """Install the locked packages and build into ``api/http/static``."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None or _major_version(node) < OLDEST_NODE:
        raise RuntimeError(NEEDS_NODE)
    for arguments in (("ci", "--no-audit", "--no-fund"), ("run", "build")):
        done = subprocess.run([npm, *arguments], cwd=viewer, check=False)  # noqa: S603
        if done.returncode != 0:
            raise RuntimeError(f"npm {' '.join(arguments)} failed in {viewer}; its messages are above")


def _major_version(node: str) -> int:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    match = re.match(r"v(\d+)", answer.stdout)
    return int(match[1]) if match else 0


def get_build_hook() -> type[ViewerBuildHook]:
    """The hook hatchling is to use."""
    return ViewerBuildHook
