"""An empty store, and a copy of one with the small town of the HTTP tests in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cim_core.store import Store
from tests.api.http.builders import WORK_CRS, fill


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "cim.gpkg"
    with Store.create(path, WORK_CRS) as store:
        fill(store)
    return path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "cim.gpkg", WORK_CRS) as made:
        yield made


@pytest.fixture
def town(filled: Path, tmp_path: Path) -> Iterator[Store]:
    with Store.open(Path(shutil.copy(filled, tmp_path / "town.gpkg"))) as opened:
        yield opened
