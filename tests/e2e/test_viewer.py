"""A person in the browser: real Chromium, real server, the sample town."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.instanced_model import write_instanced_model
from tests.e2e.server import serving


def find_chromium() -> str:
    for name in (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name) if name else None
        if path:
            return path
    pytest.fail("no Chromium found: install it (Debian: apt-get install chromium) or set CHROMIUM")


@pytest.mark.e2e
@pytest.mark.timeout(900)
def test_viewer_in_chromium(repository: Path, demo_workspace: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"  # people write into it: drafts, decisions, moves
    shutil.copytree(demo_workspace, workspace)
    run_browser_tests(repository, repository / "tests" / "e2e", workspace, tmp_path)


@pytest.mark.e2e
@pytest.mark.timeout(300)
def test_instances_and_pictures_in_chromium(repository: Path, tmp_path: Path) -> None:
    model, workspace = tmp_path / "balls.ifc", tmp_path / "workspace"
    write_instanced_model(model)
    import_file(model, "-w", workspace, "--dataset", "balls")
    run_browser_tests(repository, repository / "tests" / "e2e" / "models", workspace, tmp_path)


def import_file(*arguments: object) -> None:
    command = [sys.executable, "-m", "api.cli.main", "import", *map(str, arguments), "-q"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def run_browser_tests(repository: Path, folder: Path, workspace: Path, tmp_path: Path) -> None:
    """Every test file of a folder against a server of the workspace."""
    with serving(workspace, tmp_path / "server.log") as address:
        result = subprocess.run(
            ["node", "--test", "--test-reporter=spec", *map(str, sorted(folder.glob("*.test.mjs")))],
            cwd=repository / "viewer",
            env={**os.environ, "CIM_URL": address, "CHROMIUM": find_chromium(), "CIM_ARTIFACTS": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
    print(result.stdout[-20000:])
    print(result.stderr[-5000:])
    assert result.returncode == 0, "the browser tests failed; see the output above"
