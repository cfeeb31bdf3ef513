"""Hatchling hook: a wheel or sdist carries the built viewer, so that its users need no Node."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ViewerBuildHook(BuildHookInterface[Any]):
    """Builds the viewer into ``api/http/static`` unless it is there, the install is editable, or CIM_SKIP_WEB=1."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run ``npm ci`` and ``npm run build`` when needed. Raises RuntimeError without npm."""
        root = Path(self.root)
        if version == "editable" or os.environ.get("CIM_SKIP_WEB") == "1":
            return
        if (root / "api" / "http" / "static" / "index.html").exists():
            return
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError(
                "building the viewer needs Node 20 or newer with npm; install it, or set CIM_SKIP_WEB=1 to go without"
            )
        for arguments in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            subprocess.run([npm, *arguments], cwd=root / "viewer", check=True)  # noqa: S603
