"""The one list of formats."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cim_core.errors import UnknownFormatError
from converters.base import Source
from converters.builtin import BUILTIN, REGISTRY
from converters.detect import detect_kind, with_article
from converters.registry import Registry, id_of


def test_ids_are_unique_and_descriptions_whole() -> None:
    ids = [converter.info.id for converter in BUILTIN]
    assert len(set(ids)) == len(ids)
    for converter in BUILTIN:
        assert converter.info.label
        assert converter.info.library
        assert "/" in converter.info.media_type
        assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in converter.info.suffixes)


def test_a_format_has_the_id_it_is_deferred_under_and_stays_unimported_while_others_fit() -> None:
    assert [id_of(converter) for converter in BUILTIN] == [converter.info.id for converter in BUILTIN]
    program = (
        "import sys, converters.builtin as b; from converters.base import Source; from pathlib import Path;"
        "b.REGISTRY.for_source(Source(Path('a.fgb'), b'fgb\\x03fgb'));"
        "print([name for name in sys.modules if name.startswith(('converters.ifc', 'converters.mesh', 'rich'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_registry_grows_only_by_a_copy_and_never_by_the_same_id() -> None:
    one = Registry(BUILTIN[:1])
    two = one.with_(BUILTIN[1])
    assert (len(one), len(two)) == (1, 2)
    with pytest.raises(ValueError, match="share an id"):
        two.with_(BUILTIN[0])


def test_an_unknown_id_lists_the_known_ones() -> None:
    with pytest.raises(UnknownFormatError) as caught:
        REGISTRY.by_id("dwg")
    assert "geojson" in caught.value.hint


def test_an_empty_registry_knows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("hello")
    with pytest.raises(UnknownFormatError, match="is a text file"):
        Registry().for_source(Source.open(path))


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"ISO-10303-21;", "a STEP file"),
        (b"<?xml version='1.0'?><CityModel>", "a CityGML file"),
        (b"<?xml version='1.0'?><x/>", "an XML file"),
        (b"LASF", "an LAS point cloud"),
        (b"\x00\x01\x02", "a binary file"),
        (b"\xef\xbb\xbf  {}", "a JSON file"),
    ],
)
def test_first_bytes_have_a_name(head: bytes, kind: str) -> None:
    assert with_article(detect_kind(head)) == kind


def test_listing_the_formats_loads_no_heavy_library() -> None:
    code = (
        "import sys, converters.builtin; "
        "heavy = {'pyogrio', 'trimesh', 'laspy', 'rasterio', 'ifcopenshell', 'pyarrow.parquet'} & set(sys.modules); "
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
