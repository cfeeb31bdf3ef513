"""The generator of the three IFC models: the same bytes every time, small, labelled, and valid where it matters."""

from __future__ import annotations

import re

import ifcopenshell
import pytest

from sample_models.ifc_models.build import FOLDER, MODELS, build_models
from sample_models.ifc_models.plots import SHOPHOUSE


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return build_models(tmp_path_factory.mktemp("ifc"))


def test_a_second_run_writes_the_committed_bytes(written):
    for path in written:
        assert path.read_bytes() == (FOLDER / path.name).read_bytes(), path.name


def test_all_models_together_stay_below_one_megabyte(written):
    assert sum(path.stat().st_size for path in written) < 1_000_000


def test_every_model_says_that_it_is_synthetic(written):
    for path in written:
        model = ifcopenshell.open(path)
        assert "synthetic" in model.by_type("IfcProject")[0].Description
        assert "synthetic" in " ".join(model.header.file_description.description)


def test_each_model_has_its_schema(written):
    schemas = [re.search(r"FILE_SCHEMA\(\('(\w+)'\)\)", path.read_text())[1] for path in written]
    assert schemas == ["IFC4", "IFC2X3", "IFC4X3_ADD2"]
    assert len(MODELS) == 3


def test_global_ids_are_unique(written):
    for path in written:
        ids = [root.GlobalId for root in ifcopenshell.open(path).by_type("IfcRoot")]
        assert len(set(ids)) == len(ids)


def test_every_window_and_door_of_the_houses_fills_an_opening(written):
    for path in written[:2]:
        model = ifcopenshell.open(path)
        for filling in (*model.by_type("IfcWindow"), *model.by_type("IfcDoor")):
            assert len(filling.FillsVoids) == 1


def test_the_map_conversion_is_the_plot(written):
    conversion = ifcopenshell.open(written[0]).by_type("IfcMapConversion")[0]
    assert (conversion.Eastings, conversion.Northings) == (SHOPHOUSE.easting_m, SHOPHOUSE.northing_m)
    assert conversion.TargetCRS.Name == "EPSG:4547"
    assert conversion.TargetCRS.VerticalDatum
