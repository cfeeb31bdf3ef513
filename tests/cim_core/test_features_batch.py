"""Batches carry their columns, and streams number their rows once."""

from __future__ import annotations

import pyarrow as pa
import pyproj

from cim_core.crs.heights import HeightPolicy
from cim_core.features import (
    ATTRIBUTE_BY_NAME,
    BUILDING_ATTRIBUTES,
    FeatureBatch,
    FeatureStream,
    SourceMeta,
    building_schema,
    with_gids,
)

META = SourceMeta("a", "a.geojson", "geojson", pyproj.CRS(4547), "given", HeightPolicy())


def batch(*ids: str) -> FeatureBatch:
    return FeatureBatch(pa.RecordBatch.from_pydict({"id": list(ids)}), META)


def test_gids_are_dense_over_all_batches() -> None:
    stream = with_gids(FeatureStream(META, iter([batch("a", "b"), batch(), batch("c")])), start=10)
    gids = [gid for one in stream.batches for gid in one.records.column("gid").to_pylist()]
    assert gids == [10, 11, 12]


def test_a_column_is_added_or_replaced_in_a_copy() -> None:
    one = batch("a", "b")
    two = one.with_column("name", pa.array(["x", "y"])).with_column("id", pa.array(["c", "d"]))
    assert one.records.schema.names == ["id"]
    assert two.column("name").to_pylist() == ["x", "y"]
    assert two.column("id").to_pylist() == ["c", "d"]
    assert two.column("height_m") is None
    assert len(two) == 2


def test_the_schema_says_unit_and_both_names_of_every_attribute() -> None:
    schema = building_schema()
    assert schema.field("height_m").metadata == {b"unit": b"m", b"zh": "高度".encode(), b"en": b"Height"}
    for attribute in BUILDING_ATTRIBUTES:
        assert attribute.zh
        assert attribute.en
        assert schema.field(attribute.name).type == attribute.type


def test_no_alias_and_no_spelling_means_two_things() -> None:
    aliases = [alias for attribute in BUILDING_ATTRIBUTES for alias in (attribute.name, *attribute.aliases)]
    assert len(set(aliases)) == len(aliases)
    assert all(alias == alias.lower() for alias in aliases)
    for attribute in ATTRIBUTE_BY_NAME.values():
        spellings = [
            spelling.lower()
            for code in attribute.codes
            for spelling in {code.value, code.zh, code.en.lower(), *code.aliases}
        ]
        assert len(set(spellings)) == len(spellings), attribute.name
