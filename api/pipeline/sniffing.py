"""What a file is by its content. Only kinds that a record needs are taken, none that a browser or an office runs."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from cim_core.errors import ModelError

_HEAD_BYTES = 4096
_MAX_XML_BYTES = 5_000_000
_MAX_PARTS, _MAX_RATIO = 20_000, 200


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file: what it is called, served as, and which endings it may have."""

    word: str
    media_type: str
    suffixes: tuple[str, ...]


_OFFICE = "application/vnd.openxmlformats-officedocument."
PDF = FileKind("PDF", "application/pdf", (".pdf",))
JPEG = FileKind("JPEG", "image/jpeg", (".jpg", ".jpeg"))
PNG = FileKind("PNG", "image/png", (".png",))
WEBP = FileKind("WebP", "image/webp", (".webp",))
SVG = FileKind("SVG", "image/svg+xml", (".svg",))
WORD = FileKind("Word", _OFFICE + "wordprocessingml.document", (".docx",))
EXCEL = FileKind("Excel", _OFFICE + "spreadsheetml.sheet", (".xlsx",))
SLIDES = FileKind("PowerPoint", _OFFICE + "presentationml.presentation", (".pptx",))
DRAWING = FileKind("DWG", "image/vnd.dwg", (".dwg",))
TEXT = FileKind("text", "text/plain; charset=utf-8", (".txt", ".csv", ".md"))
KINDS = (PDF, JPEG, PNG, WEBP, SVG, WORD, EXCEL, SLIDES, DRAWING, TEXT)
_OFFICE_PARTS = {"word/document.xml": WORD, "xl/workbook.xml": EXCEL, "ppt/presentation.xml": SLIDES}

#: What is never taken, by its first bytes, with the word for it.
_REFUSED = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"#!", "a script"),
    (b"\xd0\xcf\x11\xe0", "an old Office file, which may hold macros"),
)
_MARKUP = re.compile(rb"^\s*(<!doctype html|<html|<script|<\?php)", re.IGNORECASE)
_RUNS = frozenset({"script", "foreignobject", "iframe", "object", "embed", "handler", "listener"})


def sniff(path: Path, name: str) -> FileKind:
    """What a file is. Raises ModelError when that is not taken, or not what its name ends in."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        raise _refusal(name, "it is empty")
    kind = _by_content(path, head, name)
    suffix = Path(name).suffix.lower()
    if suffix not in kind.suffixes:
        raise _refusal(name, f"its content is {kind.word}, its name ends in {suffix or 'nothing'}")
    return kind


def _by_content(path: Path, head: bytes, name: str) -> FileKind:
    for magic, word in _REFUSED:
        if head.startswith(magic):
            raise _refusal(name, f"it is {word}")
    if _MARKUP.match(head):
        raise _refusal(name, "it is a web page")
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if re.match(rb"AC10[0-9]{2}", head):
        return DRAWING
    if head.startswith(b"PK\x03\x04"):
        return _office(path, name)
    if b"<svg" in head and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        _check_svg(path, name)
        return SVG
    if _is_text(path):
        return TEXT
    raise _refusal(name, "what it is cannot be told")


def _office(path: Path, name: str) -> FileKind:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise _refusal(name, "it is a damaged archive") from error
    names = {part.filename for part in parts}
    packed, size = sum(part.compress_size for part in parts), sum(part.file_size for part in parts)
    if len(parts) > _MAX_PARTS or size > _MAX_RATIO * max(packed, 1):
        raise _refusal(name, "it is an archive that unpacks without end")
    if any(part.lower().endswith("vbaproject.bin") for part in names):
        raise _refusal(name, "it holds macros")
    for part, kind in _OFFICE_PARTS.items():
        if part in names:
            return kind
    raise _refusal(name, "it is an archive")


def _check_svg(path: Path, name: str) -> None:
    """Raise ModelError for a drawing that runs or fetches anything."""
    if path.stat().st_size > _MAX_XML_BYTES:
        raise _refusal(name, "it is too large for a drawing")

    def refuse(what: str) -> Callable[..., None]:
        def stop(*_: object) -> None:
            raise _refusal(name, what)

        return stop

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2].lower() in _RUNS:
            raise _refusal(name, f"it holds <{tag}>")
        for key, value in attributes.items():
            word = key.rpartition(":")[2].lower()
            if word.startswith("on") or (word == "href" and not value.strip().startswith(("#", "data:image/"))):
                raise _refusal(name, f"it holds {key}=")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = refuse("it declares entities")
    parser.ProcessingInstructionHandler = refuse("it holds an instruction to a program")
    try:
        parser.Parse(path.read_bytes(), True)
    except expat.ExpatError as error:
        raise _refusal(name, f"it is no sound XML ({error})") from error


def _is_text(path: Path) -> bool:
    def chunks() -> Iterator[bytes]:
        with path.open("rb") as file:
            yield from iter(lambda: file.read(1 << 20), b"")

    try:
        content = b"".join(chunks()).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(ord(sign) < 32 and sign not in "\t\r\n\f" for sign in content)


def _refusal(name: str, why: str) -> ModelError:
    endings = ", ".join(suffix for kind in KINDS for suffix in kind.suffixes)
    return ModelError(
        f"{name!r} is not taken: {why}", where="file", hint=f"what may be attached: {endings}", code="attachment-type"
    )
