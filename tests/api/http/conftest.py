"""One small town for all tests that only read; a copy of its own for each test that writes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.http.app import create_app
from tests.api.http.builders import build_workspace


@pytest.fixture(scope="session")
def built_town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_workspace(tmp_path_factory.mktemp("http") / "town").folder


@pytest.fixture(scope="session")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("viewer")
    (folder / "assets").mkdir()
    (folder / "index.html").write_text("<!doctype html><title>viewer</title>")
    (folder / "assets" / "index-Ab3dEf9_.js").write_text("export const answer = 42;\n")
    (folder / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    return folder


@pytest.fixture(scope="session")
def client(built_town: Path, viewer: Path) -> Iterator[TestClient]:
    """For reading only."""
    with TestClient(create_app(built_town, viewer)) as made:
        yield made


@pytest.fixture
def workspace(built_town: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built_town, tmp_path / "town"))


@pytest.fixture
def own(workspace: Path, viewer: Path) -> Iterator[TestClient]:
    """For tests that change something."""
    with TestClient(create_app(workspace, viewer), raise_server_exceptions=False) as made:
        yield made
