"""Every real file: what comes in goes out or is rejected with a reason, or the file is refused with a hint."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.pipeline.convert import convert_source
from api.pipeline.reports import SourceReport
from cim_core.errors import SourceError
from cim_core.issues import Severity
from cim_core.progress import SilentProgress
from converters.base import ReadOptions
from tests.conftest import ROOT
from tiles.options import TileOptions

DATA = ROOT.parent / "shared" / "data"
SAMPLE = ROOT / "sample_models" / "yuxian"
FILES = [
    *sorted(path for path in DATA.rglob("*") if path.is_file() and path.suffix != ".md"),
    *sorted((SAMPLE / "ifc").glob("*.ifc")),
    SAMPLE / "buildings.geojson",
    SAMPLE / "models" / "scan.laz",
]
#: Refused on purpose: no position, no height, cut off, or a format that is not read yet.
REFUSED = {
    "Ifc4_SampleHouse.ifc": "default-location",
    "truncated_duplex_header.ifc": "truncated-ifc",
    "yuxian_boundary_epsg4490.geojson": "nothing-usable",
    "yuxian_boundary_gcj02.geojson": "nothing-usable",
}


def attempt(path: Path, out: Path) -> SourceReport | SourceError:
    try:
        return convert_source(path, out, ReadOptions(), TileOptions(), SilentProgress())
    except SourceError as error:
        return error


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_real_file_balances_or_is_refused_with_a_hint(path: Path, tmp_path: Path) -> None:
    result = attempt(path, tmp_path / "out")
    if isinstance(result, SourceError):
        assert result.code == REFUSED.get(path.name, "unknown-format")
        assert result.hint
        assert not (tmp_path / "out").exists()
        return
    assert path.name not in REFUSED
    rejected = [issue for issue in result.issues if issue["severity"] == Severity.REJECTED]
    assert result.features_in == result.features_out + len(rejected)
    assert len({issue["feature_id"] for issue in rejected}) == len(rejected)
    assert all(issue["code"] and issue["message"] for issue in result.issues)


def test_the_real_files_are_here(shared_data: Path) -> None:
    assert any(path.is_relative_to(shared_data) for path in FILES)
