"""Real models by others, where the folder of real input files is present."""

from __future__ import annotations

import numpy as np
import pytest

from cim_core.crs.ecef import ecef_to_lonlat
from cim_core.errors import GeoreferenceError, UnreadableSourceError
from converters.base import PointPosition
from tests.converters.ifc.conftest import read_ifc, triangles_of


def middle(reading):
    batch = reading.batches[0]
    return ecef_to_lonlat(batch.mesh.placement.to_ecef(triangles_of(batch.mesh).positions, reading.meta.heights)).mean(
        axis=0
    )


def test_georeferenced_duplex_stands_in_luxembourg(shared_data):
    reading = read_ifc(shared_data / "ifc" / "Duplex_A_20110907_georeferenced.ifc")
    assert (len(reading.rows), reading.log.rejected) == (216, 0)
    assert middle(reading)[:2] == pytest.approx([6.12217, 49.62922], abs=1e-4)
    assert reading.building["storeys"] == 2
    assert reading.building["height_m"] == pytest.approx(6.61, abs=0.01)
    assert "positions-contradict" in reading.codes  # its latitude and longitude are in Chicago


def test_plain_duplex_stands_in_chicago(shared_data):
    reading = read_ifc(shared_data / "ifc" / "Ifc2x3_Duplex_Architecture.ifc")
    assert len(reading.rows) == 216
    assert middle(reading)[:2] == pytest.approx([-87.6394, 41.8744], abs=3e-4)
    assert "position-of-site" in reading.codes


def test_fzk_house_is_turned_by_true_north(shared_data):
    reading = read_ifc(shared_data / "ifc" / "AC20-FZK-Haus.ifc")
    assert (len(reading.rows), reading.log.rejected) == (84, 0)
    assert middle(reading) == pytest.approx([8.43656, 49.10050, 113.0], abs=0.1)
    assert np.degrees(reading.batches[0].mesh.placement.bearing_rad) == pytest.approx(-50.0, abs=0.01)


def test_sample_house_has_a_default_location(shared_data):
    path = shared_data / "ifc" / "Ifc4_SampleHouse.ifc"
    with pytest.raises(GeoreferenceError) as caught:
        read_ifc(path)
    assert caught.value.code == "default-location"
    placed = read_ifc(path, at=PointPosition(113.4, 38.08, 930.0))
    assert (len(placed.rows), placed.log.rejected) == (59, 0)


def test_bridge_stands_in_rotterdam_not_in_san_francisco(shared_data):
    reading = read_ifc(shared_data / "ifc" / "Van_Brienenoordbrug-IFC4X3.ifc")
    assert (len(reading.rows), reading.log.rejected) == (8, 0)
    assert middle(reading)[:2] == pytest.approx([4.543, 51.904], abs=0.002)
    assert "positions-contradict" in reading.codes


def test_alignments_alone_are_no_building(shared_data):
    reading = read_ifc(shared_data / "ifc" / "pass-lip002-imperial.ifc")
    assert reading.rows == []
    assert {"no-elements", "left-out"} <= reading.codes


def test_cut_duplex_is_refused(shared_data):
    with pytest.raises(UnreadableSourceError) as caught:
        read_ifc(shared_data / "ifc" / "truncated_duplex_header.ifc")
    assert caught.value.code == "truncated-ifc"
