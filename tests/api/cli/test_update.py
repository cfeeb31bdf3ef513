"""``cim update``: the folder is byte for byte that of a new conversion, and only what changed is made anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest

from api.pipeline import convert
from api.pipeline.convert import convert_sources
from api.pipeline.reports import SourceReport
from cim_core.crs.heights import HeightPolicy
from cim_core.progress import SilentProgress
from cim_core.terrain import HeightGrid
from converters.base import ReadOptions
from tiles.options import TileOptions
from tiles.validate import check_tileset

Features = list[dict[str, Any]]
OPTIONS = {"max_vertices": 400}
EAST, NORTH = 447_000.0, 4_217_000.0


def box(x: float, y: float, side: float = 10.0) -> dict[str, Any]:
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def town() -> Features:
    """225 boxes on a grid of 40 m; one without height, one a bow-tie, one with an id used before."""
    features = [
        {
            "type": "Feature",
            "properties": {"id": f"b{n}", "height": 5.0 + n % 7, "use": "shop" if n % 3 else "school"},
            "geometry": box(EAST + 40 * (n % 15), NORTH + 40 * (n // 15)),
        }
        for n in range(225)
    ]
    features[20]["properties"]["height"] = None
    x, y = EAST + 40 * 10, NORTH + 40 * 3
    bow_tie = [[x, y], [x + 10, y + 10], [x + 10, y], [x, y + 12], [x, y]]
    features[55]["geometry"] = {"type": "Polygon", "coordinates": [bow_tie]}
    features[90]["properties"]["id"] = "b3"
    return features


def write(path: Path, features: Features, crs: str = "EPSG::4547") -> None:
    member = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:{crs}"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": member, "features": features}), encoding="utf-8")


def taller(features: Features) -> None:
    features[100]["properties"]["height"] = 31.5


def other_use(features: Features) -> None:
    features[7]["properties"]["use"] = "factory"


def moved_far(features: Features) -> None:
    features[100]["geometry"] = box(EAST + 40 * 14 + 15, NORTH - 30)


def larger(features: Features) -> None:
    features[3]["geometry"] = box(EAST + 118, NORTH - 2, 27.0)


def three(features: Features) -> None:
    taller(features)
    moved_far(features)
    features[224]["properties"]["height"] = 1.0


def nothing(features: Features) -> None:
    del features


def inserted(features: Features) -> None:
    added = {
        "type": "Feature",
        "properties": {"id": "new", "height": 9.0, "use": "shop"},
        "geometry": box(EAST, NORTH + 15),
    }
    features.insert(50, added)


def deleted(features: Features) -> None:
    del features[50]


def reordered(features: Features) -> None:
    features[10], features[200] = features[200], features[10]


def new_id(features: Features) -> None:
    features[10]["properties"]["id"] = "renamed"


def id_of_another(features: Features) -> None:
    features[10]["properties"]["id"] = "b11"


def now_broken(features: Features) -> None:
    features[10]["geometry"] = None


def now_mended(features: Features) -> None:
    features[20]["properties"]["height"] = 12.0


def more_fields(features: Features) -> None:
    for feature in features:
        feature["properties"]["storeys"] = 2


def unusable_value(features: Features) -> None:
    features[10]["properties"]["use"] = "spaceport"


def id_that_another_repeats(features: Features) -> None:
    features[3]["properties"]["id"] = "renamed"  # building 90 is no longer "b3-2"


def without_id(features: Features) -> None:
    features[10]["properties"]["id"] = None


SMALL = (taller, other_use, moved_far, larger, three, reordered, new_id, nothing)
GREAT = (
    inserted,
    deleted,
    id_of_another,
    id_that_another_repeats,
    without_id,
    now_broken,
    now_mended,
    more_fields,
    unusable_value,
)


def run(source: Path, out: Path, *, is_update: bool = False, read: ReadOptions | None = None, **options: Any) -> None:
    given = TileOptions(**{**OPTIONS, **options}, overwrite=True, reuse_from=out if is_update else None)
    convert_sources([source], out, read or ReadOptions(), given, SilentProgress())


def contents(folder: Path) -> dict[str, bytes]:
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    report = json.loads(found.pop("report.json"))
    for part in (report, *report["sources"]):
        for name in ("output", "seconds", "tileset"):
            part.pop(name, None)
    return found | {"report.json": json.dumps(report).encode()}


@pytest.fixture
def full_conversions(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The sources that were converted as a whole."""
    seen: list[Path] = []
    original = convert.convert_source

    def spy(path: Path, *args: Any, **kwargs: Any) -> SourceReport:
        seen.append(path)
        return original(path, *args, **kwargs)

    monkeypatch.setattr(convert, "convert_source", spy)
    return seen


@pytest.mark.parametrize("change", [*SMALL, *GREAT])
def test_update_is_byte_for_byte_a_new_conversion(
    change: Callable[[Features], None], tmp_path: Path, full_conversions: list[Path]
) -> None:
    source, features = tmp_path / "town.geojson", town()
    write(source, features)
    run(source, tmp_path / "out")
    change(features)
    write(source, features)
    full_conversions.clear()
    run(source, tmp_path / "out", is_update=True)
    assert bool(full_conversions) == (change in GREAT)
    run(source, tmp_path / "fresh")
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def test_only_the_tile_of_the_changed_building_is_written(tmp_path: Path) -> None:
    source, out, features = tmp_path / "town.geojson", tmp_path / "out", town()
    write(source, features)
    run(source, out)
    before = {path.name: path.stat().st_ino for path in (out / "tiles").iterdir()}
    taller(features)
    write(source, features)
    run(source, out, is_update=True)
    after = {path.name: path.stat().st_ino for path in (out / "tiles").iterdir()}
    assert len(before) > 10
    assert sum(after[name] != before[name] for name in before) == 1


def test_updates_follow_one_another(tmp_path: Path, full_conversions: list[Path]) -> None:
    source, features = tmp_path / "town.geojson", town()
    write(source, features)
    run(source, tmp_path / "out")
    full_conversions.clear()
    for change in (moved_far, taller, larger):
        change(features)
        write(source, features)
        run(source, tmp_path / "out", is_update=True)
    assert full_conversions == []
    assert check_tileset(tmp_path / "out") == []
    run(source, tmp_path / "fresh")
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def slope(top_m: float = 300.0, reach_m: float = 700.0) -> HeightGrid:
    """Ground that falls by a tenth from west to east, in cells of 10 m around the town."""
    cells = int(reach_m / 10) + 10
    elevation_m = np.tile(top_m - np.arange(cells, dtype=np.float32), (80, 1))
    return HeightGrid(elevation_m, EAST - 50, NORTH + 700, 10, 10, pyproj.CRS(4547), HeightPolicy())


def off_the_ground(features: Features) -> None:
    features[10]["geometry"] = box(EAST + 40 * 10, NORTH + 5_000)


@pytest.mark.parametrize(
    ("change", "is_whole"),
    [(taller, False), (moved_far, False), (three, False), (nothing, False), (inserted, True), (off_the_ground, True)],
)
def test_buildings_on_a_terrain_are_updated_alone_as_well(
    change: Callable[[Features], None], is_whole: bool, tmp_path: Path, full_conversions: list[Path]
) -> None:
    source, features = tmp_path / "town.geojson", town()
    write(source, features)
    run(source, tmp_path / "out", ground=slope())
    change(features)
    write(source, features)
    full_conversions.clear()
    run(source, tmp_path / "out", is_update=True, ground=slope())
    assert bool(full_conversions) == is_whole
    run(source, tmp_path / "fresh", ground=slope())
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


@pytest.mark.parametrize("ground", [slope(top_m=290.0), slope(reach_m=300.0), None])
def test_another_terrain_makes_all_of_it_anew(
    ground: HeightGrid | None, tmp_path: Path, full_conversions: list[Path]
) -> None:
    source, features = tmp_path / "town.geojson", town()
    write(source, features)
    run(source, tmp_path / "out", ground=slope())
    full_conversions.clear()
    run(source, tmp_path / "out", is_update=True, ground=ground)
    assert full_conversions == [source]
    run(source, tmp_path / "fresh", ground=ground)
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


@pytest.mark.parametrize(
    ("read", "options", "crs"),
    [
        (ReadOptions(storey_height_m=4.0), {}, "EPSG::4547"),
        (ReadOptions(), {"plain": True}, "EPSG::4547"),
        (ReadOptions(), {"max_vertices": 700}, "EPSG::4547"),
        (ReadOptions(id_field="height"), {}, "EPSG::4547"),
        (ReadOptions(), {}, "EPSG::4548"),
    ],
)
def test_what_holds_for_all_rows_makes_all_of_it_anew(
    read: ReadOptions, options: dict[str, Any], crs: str, tmp_path: Path, full_conversions: list[Path]
) -> None:
    source, features = tmp_path / "town.geojson", town()
    write(source, features)
    run(source, tmp_path / "out")
    write(source, features, crs)
    full_conversions.clear()
    run(source, tmp_path / "out", is_update=True, read=read, **options)
    assert full_conversions == [source]
    run(source, tmp_path / "fresh", read=read, **options)
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


@pytest.mark.parametrize("damage", ["rows.arrow", "report.json", "cut", "manifest"])
def test_a_folder_that_was_tampered_with_is_made_anew(
    damage: str, tmp_path: Path, full_conversions: list[Path]
) -> None:
    source, out, features = tmp_path / "town.geojson", tmp_path / "out", town()
    write(source, features)
    run(source, out)
    if damage == "cut":
        (out / "rows.arrow").write_bytes((out / "rows.arrow").read_bytes()[:900])
    elif damage == "manifest":
        (out / "manifest.json").write_text((out / "manifest.json").read_text() + " ")
    else:
        (out / damage).unlink()
    taller(features)
    write(source, features)
    full_conversions.clear()
    run(source, out, is_update=True)
    assert full_conversions == [source]
    run(source, tmp_path / "fresh")
    assert contents(out) == contents(tmp_path / "fresh")


def test_equal_rows_have_equal_digests_in_any_batch_and_every_bit_counts() -> None:
    import pyarrow as pa

    from converters.footprints.digests import digest_rows

    random = np.random.default_rng(7)
    values = [random.bytes(int(size)) for size in random.integers(0, 60, 500)]
    table = pa.record_batch({"g": pa.array(values, pa.binary()), "n": pa.array([*range(499), None], pa.int64())})
    whole = digest_rows(table)
    assert len(np.unique(whole)) == 500
    assert (np.concatenate([digest_rows(table.slice(0, 123)), digest_rows(table.slice(123))]) == whole).all()
    one = max(values, key=len)
    flipped = [bytes([*one[:at], one[at] ^ (1 << bit), *one[at + 1 :]]) for at in range(len(one)) for bit in range(8)]
    digests = digest_rows(pa.record_batch({"g": pa.array([one, one + b"\0", one[:-1], *flipped], pa.binary())}))
    assert len(np.unique(digests)) == len(digests)
    nulls = pa.record_batch({"a": pa.array([0, None, 0]), "b": pa.array(["", "", None])})
    assert len(np.unique(digest_rows(nulls))) == 3


def test_what_cannot_be_drawn_is_named_by_its_row_in_the_source(tmp_path: Path) -> None:
    """Building 20 has no height; it is the last of its batch of three, whose first has been dropped."""
    source, features = tmp_path / "town.geojson", town()
    features[18]["geometry"] = None
    write(source, features)
    run(source, tmp_path / "out", read=ReadOptions(batch_size=3, keep_without_height=True))
    issues = json.loads((tmp_path / "out" / "report.json").read_text())["sources"][0]["issues"]
    rejected = {issue["feature_id"]: issue["where"] for issue in issues if issue["severity"] == "rejected"}
    assert rejected == {"b18": "row 19", "b20": "row 21"}
