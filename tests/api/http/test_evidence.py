"""What a finding shows: degrees, and elevations lifted to the ellipsoid."""

from __future__ import annotations

import json

import orjson
import pyproj
import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from api.cli.main import main
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


def test_the_command_line_tells_every_fact_of_a_finding_that_the_api_tells(own: TestClient) -> None:
    town = own.app.state.town
    done = CliRunner().invoke(main, ["check", "-w", str(town.workspace.folder), "--json"], catch_exceptions=False)
    rows = json.loads(done.stdout)["findings"]
    printed = {(row["building_id"], row["rule_id"], row["street_id"]): row for row in rows}
    answered = own.get("/api/v1/findings", params={"limit": 1000}).json()["findings"]
    assert len(answered) == len(printed) > 0
    for told in answered:
        row = printed[told["building_id"], told["rule_id"], told["street_id"]]
        shapes = {"id", "position_deg", "evidence"}
        assert {name: row[name] for name in told if name not in shapes} == {
            name: value for name, value in told.items() if name not in shapes
        }
        assert (row["evidence"] is None) == (told["evidence"] is None)
    assert {"confidence", "original_verdict", "zone_id", "street_id", "related_rules", "limit"} <= row.keys()
