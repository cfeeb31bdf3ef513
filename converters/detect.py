"""What a file really is, from its first bytes, so that a refusal can name it."""

from __future__ import annotations

import re

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF8", "GIF image"),
    (b"%PDF-", "PDF document"),
    (b"\x1f\x8b", "gzip archive"),
    (b"BZh", "bzip2 archive"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (b"Rar!", "RAR archive"),
    (b"\xfd7zXZ\x00", "xz archive"),
    (b"PK\x03\x04", "ZIP archive"),
    (b"PK\x05\x06", "empty ZIP archive"),
    (b"SQLite format 3\x00", "SQLite database"),
    (b"fgb\x03", "FlatGeobuf file"),
    (b"PAR1", "Parquet file"),
    (b"\x00\x00\x27\x0a", "shapefile"),
    (b"LASF", "LAS point cloud"),
    (b"glTF", "binary glTF model"),
    (b"b3dm", "3D Tiles b3dm content"),
    (b"II*\x00", "TIFF image"),
    (b"MM\x00*", "TIFF image"),
    (b"II+\x00", "BigTIFF image"),
    (b"ISO-10303-21", "STEP file"),
    (b"ply\n", "PLY model"),
    (b"ply\r\n", "PLY model"),
    (b"AC10", "AutoCAD DWG drawing"),
    (b"\xd0\xcf\x11\xe0", "old Microsoft Office document"),
    (b"\x7fELF", "program"),
    (b"MZ", "Windows program"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
)
_TEXT: tuple[tuple[str, str], ...] = (
    (r"^\s*(?:var|let|const|window|module|export)\b", "JavaScript file"),
    (r"<!doctype html|<html|<head", "HTML page"),
    (r"<OGRVRTDataSource|<VRTDataset", "GDAL virtual dataset (VRT)"),
    (r"citygml|<(?:\w+:)?CityModel", "CityGML file"),
    (r"<kml", "KML file"),
    (r"opengis\.net/gml|<gml:", "GML file"),
    (r"<svg", "SVG image"),
    (r"<\?xml|^\s*<\w+", "XML file"),
    (r'"type"\s*:\s*"CityJSON', "CityJSON file"),
    (r'"type"\s*:\s*"Topology"', "TopoJSON file"),
    (r'"geometryType"\s*:\s*"esri|"spatialReference"', "ArcGIS JSON file"),
    (r'"geometricError"', "3D Tiles tileset"),
    (r'"type"\s*:\s*"(?:FeatureCollection|Feature)"', "GeoJSON file"),
    (r"^\s*[\[{]", "JSON file"),
)


def strip_bom(head: bytes) -> bytes:
    """The bytes without a UTF-8 byte order mark and leading white space."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


def detect_kind(head: bytes) -> str:
    """A few words for what the first bytes are, e.g. ``"HTML page"``; ``"text file"`` or ``"binary file"`` at last.

    >>> detect_kind(b"<!DOCTYPE html><html>")
    'HTML page'
    """
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if b"\x00" in head:
        return "binary file"
    text = strip_bom(head).decode("utf-8", "replace")
    for pattern, kind in _TEXT:
        if re.search(pattern, text, re.IGNORECASE):
            return kind
    return "text file"


def with_article(kind: str) -> str:
    """``"an HTML page"``, ``"a PNG image"``."""
    is_vowel_sound = kind[0] in "aeioAEIO" or kind.startswith(("HTML", "XML", "SVG", "RAR", "LAS", "xz"))
    return f"{'an' if is_vowel_sound else 'a'} {kind}"
