"""Fixtures for tiling: a finished tileset in one call, and the Khronos validator."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cim_core.features import FeatureStream
from cim_core.issues import IssueLog
from cim_core.progress import SilentProgress
from tiles.build import build_tileset
from tiles.options import TileOptions, TilesetSummary
from tiles.readglb import Glb, parse_glb

HERE = Path(__file__).resolve().parent


@pytest.fixture
def tile(tmp_path: Path) -> Callable[..., tuple[Path, TilesetSummary, IssueLog]]:
    def build(stream: FeatureStream, name: str = "out", **options: object) -> tuple[Path, TilesetSummary, IssueLog]:
        log = IssueLog()
        summary = build_tileset(stream, tmp_path / name, TileOptions(**options), log, SilentProgress())
        return tmp_path / name, summary, log

    return build


@pytest.fixture
def glbs_of() -> Callable[[Path], list[Glb]]:
    return lambda folder: [parse_glb(path.read_bytes()) for path in sorted(folder.glob("tiles/*.glb"))]


@pytest.fixture
def validate_glbs() -> Callable[[list[Path]], dict[str, dict]]:
    """The Khronos glTF validator over files; a judge that is missing is a failure, not a pass."""
    home = Path(os.environ.get("GLTF_VALIDATOR_DIR", HERE.parents[1] / "viewer" / "node_modules"))
    node = shutil.which("node")
    if node is None or not (home / "gltf-validator").is_dir():
        pytest.fail("needs node and the npm package gltf-validator (viewer/node_modules or GLTF_VALIDATOR_DIR)")

    def run(files: list[Path]) -> dict[str, dict]:
        command = [node, str(HERE / "validate_glb.mjs"), *map(str, files)]
        environment = {**os.environ, "GLTF_VALIDATOR_DIR": str(home)}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=120)
        return json.loads(done.stdout)

    return run
