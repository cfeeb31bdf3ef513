"""IFC in a ZIP: one model is read, capitals or not; several, ifcXML and Deflate64 are refused with a reason."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from cim_core.errors import UnreadableSourceError, UnsupportedFeatureError
from converters.base import Source
from converters.ifc import FORMAT
from tests.converters.ifc.conftest import read_ifc

XML = '<?xml version="1.0"?><ifcXML xmlns="http://www.buildingsmart-tech.org/ifcXML/IFC4/Add2"/>'


def pack(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("_", "."), text)
    return path


@pytest.mark.parametrize(("name", "inside"), [("a.ifczip", "model_ifc"), ("A.IFCZIP", "MODEL_IFC"), ("a.ifc", "m_ifc")])
def test_the_one_model_of_a_zip_is_read(tmp_path, make_model, name, inside):
    path = pack(tmp_path / name, **{inside: make_model().text(), "wood_jpg": "no picture"})
    assert FORMAT.recognises(Source.open(path))
    assert [row["name"] for row in read_ifc(path).rows] == ["house", "wall"]


def test_several_models_in_a_zip_are_refused_by_name(tmp_path, make_model):
    text = make_model().text()
    with pytest.raises(UnreadableSourceError, match=r"2 IFC models: east\.ifc, west\.ifc") as caught:
        read_ifc(pack(tmp_path / "a.ifczip", west_ifc=text, east_ifc=text))
    assert caught.value.code == "ifczip-models"


def test_a_zip_without_a_model_is_refused(tmp_path):
    with pytest.raises(UnreadableSourceError, match="no IFC models"):
        read_ifc(pack(tmp_path / "a.ifczip", readme_txt="nothing"))


def test_deflate64_is_named(tmp_path, make_model):
    path = pack(tmp_path / "a.ifczip", model_ifc=make_model().text())
    data = bytearray(path.read_bytes())
    data[8:10] = b"\x09\x00"  # the method in the header of the file, then in the list of files
    at = data.rindex(b"PK\x01\x02") + 10
    data[at : at + 2] = b"\x09\x00"
    path.write_bytes(bytes(data))
    with pytest.raises(UnsupportedFeatureError, match="Deflate64") as caught:
        read_ifc(path)
    assert caught.value.code == "zip-method"


@pytest.mark.parametrize("is_packed", [False, True])
def test_ifcxml_is_refused_with_a_way_out(tmp_path, is_packed):
    path = tmp_path / "a.ifcXML"
    path.write_text(XML)
    if is_packed:
        path = pack(tmp_path / "a.ifczip", model_ifcxml=XML)
    with pytest.raises(UnsupportedFeatureError, match="ifcXML") as caught:
        read_ifc(path)
    assert "IFC-SPF" in caught.value.hint
