"""GeoJSON (RFC 7946, and the older form with a ``crs`` member)."""

from __future__ import annotations

import codecs
import json
import mmap
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyproj

from cim_core.errors import GeoreferenceError, UnreadableSourceError
from converters.base import FormatInfo, Produces, ReadOptions, Source
from converters.detect import detect_kind, strip_bom, with_article
from converters.footprints.ogr import open_ogr
from converters.footprints.source import VectorSource
from converters.georeference import DeclaredCrs, parse_crs

INFO = FormatInfo(
    id="geojson",
    label="GeoJSON",
    suffixes=(".geojson", ".json"),
    produces=Produces.BUILDINGS,
    media_type="application/geo+json",
    library="GDAL (pyogrio)",
)
_GEOJSON_TYPE = re.compile(rb'"type"\s*:\s*"(?:FeatureCollection|Feature|(?:Multi)?Polygon|GeometryCollection)"')
#: An escaped surrogate without its other half.
_HALF_CHARACTER = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_CRS_MEMBER = re.compile(rb'"crs"\s*:\s*')
_CHUNK_BYTES = 8 << 20
_MAX_CRS_MEMBER_BYTES = 64 << 10


def recognises(source: Source) -> bool:
    """A JSON object with the suffix ``.geojson``, or one whose beginning says that it is GeoJSON."""
    head = strip_bom(source.head)
    if not head.startswith(b"{"):
        return False
    kind = detect_kind(source.head)
    if kind not in ("GeoJSON file", "JSON file"):
        return False
    return source.path.suffix.lower() == ".geojson" or _GEOJSON_TYPE.search(head) is not None


@contextmanager
def open_source(source: Source, options: ReadOptions) -> Iterator[VectorSource]:
    """Check what GDAL does not, then stream through GDAL. Raises SourceError."""
    where = str(source.path)
    if not strip_bom(source.head).startswith(b"{"):
        kind = with_article(detect_kind(source.head))
        raise UnreadableSourceError(f"is {kind}, not GeoJSON", where=where, hint="download or export the file again")
    with tempfile.TemporaryDirectory(prefix="cim-") as folder:
        path, notes = _as_utf8(source.path, Path(folder))
        member = _scan(path, where)
        with open_ogr(
            path,
            options.batch_size,
            declared=lambda _: declared_crs(member, where),
            driver="GeoJSON",
            layer=options.layer,
            has_count=False,
            where=where,
            notes=notes,
        ) as vector:
            yield vector


def declared_crs(member: object, where: str) -> DeclaredCrs:
    """The CRS of a ``crs`` member (``...`` if there is none). Raises GeoreferenceError for one that cannot be known.

    GDAL ignores a member it does not understand and assumes WGS 84; that would be a guess.
    """
    if member is ...:
        return DeclaredCrs(pyproj.CRS(4326), "because GeoJSON without a crs member is WGS 84 (RFC 7946)")
    if member is None:
        return DeclaredCrs(None, "the crs member is null")
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name", properties.get("code")) if isinstance(properties, dict) else None
    if name is None:
        raise GeoreferenceError(
            f"the crs member cannot be read: {json.dumps(member)[:120]}",
            where=where,
            hint='give --crs, or write {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}',
            code="unknown-crs",
        )
    text = f"EPSG:{name}" if str(name).isdigit() else str(name)
    return DeclaredCrs(parse_crs(text, where), "declared in the crs member")


def _as_utf8(path: Path, folder: Path) -> tuple[Path, tuple[tuple[str, str], ...]]:
    """The file itself if it is UTF-8, else a working copy converted from GB18030. Raises UnreadableSourceError."""
    if _decodes(path, "utf-8"):
        return path, ()
    if not _decodes(path, "gb18030"):
        raise UnreadableSourceError(
            "is neither UTF-8 nor GB18030 text", where=str(path), hint="save it as UTF-8", code="encoding"
        )
    copy = folder / "utf8.geojson"
    with path.open(encoding="gb18030", newline="") as reader, copy.open("w", encoding="utf-8", newline="") as writer:
        while chunk := reader.read(_CHUNK_BYTES):
            writer.write(chunk)
    return copy, (("encoding", "the text is not UTF-8 and has been read as GB18030"),)


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK_BYTES):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _scan(path: Path, where: str) -> object:
    """The ``crs`` member wherever it stands (``...`` if there is none). Raises for cut-off files and NUL in text."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        if not text[-64:].rstrip().endswith(b"}"):
            raise UnreadableSourceError(
                "is cut off", where=where, hint="copy or export the file again", code="truncated"
            )
        if text.find(b"\\u0000") >= 0:
            raise UnreadableSourceError(
                "has a NUL character in a text", where=where, hint="remove it", code="nul-in-text"
            )
        if (text.find(b"\\ud") >= 0 or text.find(b"\\uD") >= 0) and _HALF_CHARACTER.search(text):
            raise UnreadableSourceError(
                "has half a character in a text (a lone surrogate)",
                where=where,
                hint="the text was cut in the middle of a character; export it again as UTF-8",
                code="half-character",
            )
        members = list(_crs_members(text))
    if any(member != members[0] for member in members):
        raise GeoreferenceError("has two crs members that differ", where=where, hint="give --crs", code="crs-conflict")
    return members[0] if members else ...


def _crs_members(text: mmap.mmap) -> Iterator[object]:
    """Values of ``"crs"`` keys that have the form of a CRS member (an attribute of that name is text or a number)."""
    decoder = json.JSONDecoder()
    features = text.find(b'"features"')
    start = text.find(b'"crs"')
    while start >= 0:
        match = _CRS_MEMBER.match(text, start)
        if match is not None:
            raw = text[match.end() : match.end() + _MAX_CRS_MEMBER_BYTES].decode("utf-8", "ignore")
            if raw.startswith("null") and start < features:
                yield None
            elif raw.startswith("{"):
                try:
                    value = decoder.raw_decode(raw)[0]
                except ValueError:
                    value = None
                if isinstance(value, dict) and "type" in value and "properties" in value:
                    yield value
        start = text.find(b'"crs"', start + 5)
