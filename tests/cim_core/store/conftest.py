"""A store with the small town of the HTTP tests in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cim_core.store import Store
from tests.api.http.builders import WORK_CRS, fill


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "cim.gpkg", WORK_CRS) as made:
        yield made


@pytest.fixture
def town(store: Store) -> Store:
    fill(store)
    return store
