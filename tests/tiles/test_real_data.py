"""Real files through converter and tiler, judged by both checkers."""

from pathlib import Path

import numpy as np
import pytest

from cim_core.features import with_gids
from cim_core.issues import IssueLog
from cim_core.progress import SilentProgress
from converters.base import PointPosition, ReadOptions, Source
from converters.builtin import REGISTRY
from tiles.build import build_tileset
from tiles.options import TileOptions
from tiles.readglb import parse_glb
from tiles.validate import check_tileset


def convert(path: Path, out: Path, options: ReadOptions):
    log = IssueLog()
    source = Source.open(path)
    stream = REGISTRY.for_source(source).read(source, options, log, SilentProgress())
    return build_tileset(with_gids(stream), out, TileOptions(), log, SilentProgress()), log


def assert_clean(folder: Path, validate_glbs) -> None:
    assert check_tileset(folder) == []
    report = validate_glbs(sorted(folder.glob("tiles/*.glb")))
    assert {(entry["errors"], entry["warnings"]) for entry in report.values()} == {(0, 0)}


@pytest.mark.parametrize(("name", "count"), [("suzhou_3076.geojson", 3076), ("nyc_10k.gpkg", 10_000)])
def test_real_footprints_all_become_buildings(shared_data, tmp_path, validate_glbs, name, count):
    summary, log = convert(shared_data / "footprints" / name, tmp_path / "out", ReadOptions())
    assert summary.features == count
    assert log.is_balanced()
    assert_clean(tmp_path / "out", validate_glbs)
    tiles = [parse_glb(path.read_bytes()) for path in (tmp_path / "out" / "tiles").glob("*.glb")]
    gids = np.concatenate([glb.property_column("gid") for glb in tiles])
    assert np.array_equal(np.sort(gids), np.arange(count)), "every gid in exactly one tile"


def test_real_house_keeps_every_element(shared_data, tmp_path, validate_glbs):
    at = PointPosition(113.41, 38.09, 1000.0)
    summary, log = convert(shared_data / "ifc" / "AC20-FZK-Haus.ifc", tmp_path / "out", ReadOptions(at=at))
    assert summary.features > 80
    assert log.is_balanced()
    west, south, east, north = summary.bounds_deg
    assert (west + east) / 2 == pytest.approx(113.41, abs=0.001)
    assert (south + north) / 2 == pytest.approx(38.09, abs=0.001)
    assert_clean(tmp_path / "out", validate_glbs)
