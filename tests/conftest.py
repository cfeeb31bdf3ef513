"""Fixtures shared by all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgis_server import PostgisServer, running_server

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def repository() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real input files that lies beside the repository; tests that need it skip without it."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the folder of real input files (../shared/data) is not here")
    return folder


@pytest.fixture(scope="session")
def demo_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample town, imported, tiled and checked once for all tests that only read it."""
    from api.pipeline.demo import build_demo
    from cim_core.progress import SilentProgress

    folder = tmp_path_factory.mktemp("demo") / "workspace"
    build_demo(folder, SilentProgress())
    return folder


@pytest.fixture(scope="session")
def server() -> Iterator[PostgisServer]:
    """A PostgreSQL with PostGIS of the tests' own; see ``CIM_SKIP_POSTGIS``."""
    with running_server() as found:
        yield found
