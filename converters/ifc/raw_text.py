"""Texts as they should be: ISO 10303-21 is ASCII with escapes, and many tools write names in raw UTF-8 or GB18030.

The parser makes empty texts of such bytes, so that all names of a Chinese model would be lost without a word.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from converters.ifc.precheck import with_schema

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_SAMPLE = 40


@dataclass(frozen=True, slots=True)
class RawText:
    """What the bytes beyond ASCII were taken as, and some of the text."""

    encoding: str
    sample: str


@contextmanager
def parseable(path: Path, content: bytes, declared: str, schema: str) -> Iterator[tuple[Path, RawText | None]]:
    """The file itself, or a temporary copy: with a schema the parser knows, and with texts escaped."""
    escaped, raw = escape_text(content)
    if schema == declared and raw is None:
        yield path, None
        return
    with tempfile.TemporaryDirectory(prefix="cim-ifc-copy-") as folder:
        copy = Path(folder) / "model.ifc"
        copy.write_bytes(escaped if schema == declared else with_schema(escaped, schema))
        yield copy, raw


def escape_text(content: bytes) -> tuple[bytes, RawText | None]:
    r"""The content with what is not ASCII written as ``\X2\…\X0\``; None where all was ASCII."""
    if content.isascii():
        return content, None
    encoding = _encoding_of(content)
    text = content.decode(encoding)
    found = _BEYOND_ASCII.findall(text)
    return _BEYOND_ASCII.sub(_escape, text).encode("ascii"), RawText(encoding, " ".join(found)[:_SAMPLE])


def _escape(found: re.Match[str]) -> str:
    plain = all(ord(c) < 0x10000 for c in found[0])
    codec, letter = ("utf-16-be", "2") if plain else ("utf-32-be", "4")
    return f"\\X{letter}\\{found[0].encode(codec).hex().upper()}\\X0\\"


def _encoding_of(content: bytes) -> str:
    """UTF-8 where it is; GB18030, whose characters are pairs of high bytes as a rule; else ISO 8859-1."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    is_high = np.frombuffer(content, np.uint8) >= 0x80
    bounds = np.flatnonzero(np.diff(is_high.astype(np.int8), prepend=0, append=0))
    lengths = bounds[1::2] - bounds[::2]
    if lengths[lengths % 2 == 0].sum() * 2 >= lengths.sum():
        try:
            content.decode("gb18030")
        except UnicodeDecodeError:
            pass
        else:
            return "gb18030"
    return "iso8859-1"
