"""Shapefile (.shp with its companions), plain or packed as .zip or .shz."""

from __future__ import annotations

import codecs
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cim_core.errors import UnreadableSourceError, UsageError
from converters.archive import unpack
from converters.base import FormatInfo, Produces, ReadOptions, Source
from converters.footprints.ogr import open_ogr
from converters.footprints.source import VectorSource
from converters.georeference import DeclaredCrs

INFO = FormatInfo(
    id="shapefile",
    label="Shapefile",
    suffixes=(".shp", ".zip", ".shz"),
    produces=Produces.BUILDINGS,
    media_type="application/x-shapefile",
    library="GDAL (pyogrio)",
)
_SHP_MAGIC = b"\x00\x00\x27\x0a"
_ZIP_MAGIC = b"PK\x03\x04"
_REQUIRED = (".shx", ".dbf")
_DBF_SAMPLE_BYTES = 8 << 20
_LANGUAGE_DRIVER_BYTE = 29
#: Language driver ids of the dBASE header that matter here (GBK, and its older name).
_GBK_DRIVERS = (0x4D, 0x7A)


def recognises(source: Source) -> bool:
    """The magic bytes, or a ZIP with a shapefile's suffix."""
    suffix = source.path.suffix.lower()
    return source.head.startswith(_SHP_MAGIC) or (suffix in (".zip", ".shz") and source.head.startswith(_ZIP_MAGIC))


@contextmanager
def open_source(source: Source, options: ReadOptions) -> Iterator[VectorSource]:
    """Check the companions and the text encoding, then stream through GDAL. Raises SourceError."""
    where = str(source.path)
    with tempfile.TemporaryDirectory(prefix="cim-") as folder:
        if source.head.startswith(_ZIP_MAGIC):
            files = unpack(source.path, Path(folder))
            shp = _choose(files, options.layer, where)
        else:
            files, shp = list(source.path.parent.iterdir()), source.path
        companions = _companions(shp, files, where)
        encoding, reason = dbf_encoding(companions[".dbf"], companions.get(".cpg"))
        no_crs = None if ".prj" in companions else _no_prj
        notes = (("encoding", reason),)
        with open_ogr(shp, options.batch_size, declared=no_crs, encoding=encoding, where=where, notes=notes) as vector:
            yield vector


def _choose(files: list[Path], wanted: str | None, where: str) -> Path:
    shapefiles = {file.stem: file for file in files if file.suffix.lower() == ".shp"}
    if not shapefiles:
        names = ", ".join(sorted(file.name for file in files)) or "nothing"
        raise UnreadableSourceError(
            f"holds no shapefile but: {names}",
            where=where,
            hint="pack the .shp, .shx, .dbf and .prj",
            code="no-shapefile",
        )
    names = ", ".join(sorted(shapefiles))
    if wanted is not None and wanted not in shapefiles:
        raise UsageError(f"there is no layer {wanted!r}; the layers are: {names}", where=where, code="no-such-layer")
    if wanted is None and len(shapefiles) > 1:
        raise UsageError(
            f"holds several shapefiles: {names}", where=where, hint="choose one with --layer", code="ambiguous-layer"
        )
    return shapefiles[wanted] if wanted is not None else next(iter(shapefiles.values()))


def _companions(shp: Path, files: list[Path], where: str) -> dict[str, Path]:
    """The files of one shapefile by lower-case suffix. Raises UnreadableSourceError listing what is there."""
    companions = {file.suffix.lower(): file for file in files if file.parent == shp.parent and file.stem == shp.stem}
    missing = [suffix for suffix in _REQUIRED if suffix not in companions]
    if missing:
        there = ", ".join(sorted(file.name for file in files if file.stem.lower() == shp.stem.lower()))
        raise UnreadableSourceError(
            f"the shapefile lacks its {' and '.join(missing)}; there is: {there}",
            where=where,
            hint="deliver .shp, .shx, .dbf and .prj together, all with the same name",
            code="missing-companion",
        )
    return companions


def _no_prj(_: str | None) -> DeclaredCrs:
    return DeclaredCrs(None, "the shapefile has no .prj")


def dbf_encoding(dbf: Path, cpg: Path | None) -> tuple[str, str]:
    """The text encoding of a dBASE table and why: as declared if the text agrees, else UTF-8, else GB18030."""
    with dbf.open("rb") as file:
        sample = file.read(_DBF_SAMPLE_BYTES)
    declared, said_by = _declared_encoding(sample, cpg)
    if declared is not None and _is_text(sample, declared):
        return declared, f"text is {declared}, as {said_by} says"
    is_utf8 = _is_text(sample, "utf-8")
    found = "UTF-8" if is_utf8 else "GB18030"
    if declared is not None:
        return found, f"text is {found}; {said_by} says {declared}, but the text is not"
    return (
        found,
        f"no encoding is declared; the text {'is valid' if is_utf8 else 'is not valid UTF-8 and is read as'} {found}",
    )


def _declared_encoding(sample: bytes, cpg: Path | None) -> tuple[str | None, str]:
    if cpg is not None:
        name = cpg.read_bytes()[:40].decode("ascii", "ignore").strip()
        name = {"936": "GB18030", "cp936": "GB18030", "gbk": "GB18030", "gb2312": "GB18030"}.get(name.lower(), name)
        name = {"65001": "UTF-8", "utf8": "UTF-8"}.get(name.lower(), name)
        try:
            codecs.lookup(name)
        except LookupError:
            return None, ""
        return name, "the .cpg"
    if len(sample) > _LANGUAGE_DRIVER_BYTE and sample[_LANGUAGE_DRIVER_BYTE] in _GBK_DRIVERS:
        return "GB18030", "the .dbf"
    return None, ""


def _is_text(sample: bytes, encoding: str) -> bool:
    """Whether the records decode; each field stands alone, because fixed widths cut characters in two."""
    header = int.from_bytes(sample[8:10], "little")
    width = int.from_bytes(sample[10:12], "little")
    if width == 0:
        return True
    offset, spans = 1, []
    for start in range(32, header - 1, 32):
        field = sample[start : start + 32]
        if len(field) < 32 or field[0] == 0x0D:
            break
        if field[11:12] == b"C":
            spans.append((offset, offset + field[16]))
        offset += field[16]
    decoder = codecs.lookup(encoding).incrementaldecoder
    for start in range(header, len(sample) - width + 1, width):
        record = sample[start : start + width]
        if record.isascii():
            continue
        for begin, end in spans:
            try:
                decoder().decode(record[begin:end])
            except UnicodeDecodeError:
                return False
    return True
