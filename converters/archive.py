"""Unpacks an uploaded ZIP without trusting it: names, sizes, ratios and links are checked first."""

from __future__ import annotations

import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath

from cim_core.errors import UnreadableSourceError, UnsupportedFeatureError

MAX_ENTRIES = 1_000
MAX_TOTAL_BYTES = 4 << 30
#: Highest unpacked-to-packed ratio of an entry; text packs to 20, a bomb to 1,000.
MAX_RATIO = 200
_SMALL_BYTES = 1 << 20
_UTF8_NAME_FLAG = 0x800
_ENCRYPTED_FLAG = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_DEFLATE64 = 9
#: Where ``unpack`` puts what lies in no folder.
TOP_FOLDER = "top"


def unpack(path: Path, folder: Path) -> list[Path]:
    """Extract the files of a ZIP into an empty folder, without subfolders in the way; hidden files are left out.

    Raises UnreadableSourceError for traversal names, links, encryption, bombs and damage, UnsupportedFeatureError for
    methods of packing that nobody but their inventor reads.
    """
    where = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check(entries, where)
            return [
                _extract(archive, entry, folder, number)
                for number, entry in enumerate(entries)
                if not _is_hidden(entry)
            ]
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise UnreadableSourceError(
            f"is a damaged ZIP archive: {error}", where=where, hint="pack it again", code="damaged-archive"
        ) from error


def _check(entries: list[zipfile.ZipInfo], where: str) -> None:
    def refuse(message: str) -> None:
        raise UnreadableSourceError(message, where=where, hint="pack only the data, plainly", code="unsafe-archive")

    if len(entries) > MAX_ENTRIES:
        refuse(f"has {len(entries)} entries; {MAX_ENTRIES} are allowed")
    if sum(entry.file_size for entry in entries) > MAX_TOTAL_BYTES:
        refuse(f"unpacks to more than {MAX_TOTAL_BYTES >> 30} GiB")
    for entry in entries:
        if entry.compress_type not in _METHODS:
            name = "Deflate64" if entry.compress_type == _DEFLATE64 else f"method {entry.compress_type}"
            raise UnsupportedFeatureError(
                f"is packed with {name}, which cannot be read",
                where=where,
                hint="unpack it and pack it again with ordinary Deflate (zip -r), or give the files themselves",
                code="zip-method",
            )
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or ":" in name or "\x00" in name or ".." in PurePosixPath(name).parts:
            refuse(f"has an entry that leaves its folder: {entry.filename[:120]!r}")
        if stat.S_ISLNK(entry.external_attr >> 16):
            refuse(f"has a link: {entry.filename[:120]!r}")
        if entry.flag_bits & _ENCRYPTED_FLAG:
            refuse("is encrypted")
        if entry.file_size > _SMALL_BYTES and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            refuse(f"unpacks to far more than it holds: {entry.filename[:120]!r}")


def _is_hidden(entry: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename).parts
    return any(part.startswith((".", "__MACOSX")) for part in parts)


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, number: int) -> Path:
    """One file under its own name; the folder part becomes one flat folder per source folder."""
    name = PurePosixPath(_decoded_name(entry).replace("\\", "/"))
    target_folder = folder / ("-".join(name.parts[:-1]) or TOP_FOLDER)
    target_folder.mkdir(exist_ok=True)
    target = target_folder / name.name
    if target.exists():
        target = target_folder / f"{number}-{name.name}"
    with archive.open(entry) as reader, target.open("xb") as writer:
        shutil.copyfileobj(reader, writer)
    return target


def _decoded_name(entry: zipfile.ZipInfo) -> str:
    """Chinese Windows packs names in GBK without saying so; Python then reads them as CP437."""
    if entry.flag_bits & _UTF8_NAME_FLAG:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return entry.filename
