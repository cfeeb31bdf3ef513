"""Take the picture of the README from the served demo. Usage: python -m bench.screenshot OUT.png"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from api.pipeline.demo import build_demo, is_current
from cim_core.progress import SilentProgress
from tests.e2e.server import serving
from tests.e2e.test_viewer import find_chromium

ROOT = Path(__file__).resolve().parents[1]
#: A street by verdict, what a scenario would change on it, and a building with its clauses.
VIEW = "#quality=medium&scenario=xiushui-west&view=existing&select=building:buildings:yx-000041"


def main() -> None:
    out = Path(sys.argv[1]).resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    workspace = ROOT / ".demo"
    if not is_current(workspace):
        build_demo(workspace, SilentProgress())
    with tempfile.TemporaryDirectory() as folder, serving(workspace, Path(folder) / "server.log") as address:
        subprocess.run(
            ["node", "scripts/screenshot.mjs", f"{address}/{VIEW}", str(out)],
            cwd=ROOT / "viewer",
            env={**os.environ, "CHROMIUM": find_chromium()},
            check=True,
        )


if __name__ == "__main__":
    main()
