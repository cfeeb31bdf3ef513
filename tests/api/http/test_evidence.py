"""What a finding shows: degrees, and elevations lifted to the ellipsoid."""

from __future__ import annotations

import orjson
import pyproj
import pytest

from api.http.geojson import encode_evidence
from cim_core.crs.heights import HeightDatum, HeightPolicy

WORK = pyproj.CRS(4547)
HEIGHTS = {"town": HeightPolicy(HeightDatum.CHINA_1985, undulation_m=-15.6)}
SEAT = "447834.79 4217077.55"


def test_a_line_of_sight_stands_above_the_ellipsoid_and_a_flat_line_has_no_height() -> None:
    texts = [f"LINESTRING Z ({SEAT} 946, 447934.79 4217077.55 960)", None, f"LINESTRING ({SEAT}, 447934.79 4217077.55)"]
    sight, nothing, flat = encode_evidence(texts, ["town", "town", "streets"], HEIGHTS, WORK)
    assert nothing is None
    first = orjson.loads(orjson.dumps(sight))["coordinates"][0]
    assert first == pytest.approx([113.4054, 38.0848, 930.4], abs=5e-5)
    assert len(orjson.loads(orjson.dumps(flat))["coordinates"][0]) == 2
