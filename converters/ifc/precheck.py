"""What can be known of an IFC file from its bytes, before any parser touches it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from cim_core.errors import UnreadableSourceError, UnsupportedFeatureError
from converters.detect import detect_kind, with_article

STEP_MAGIC = b"ISO-10303-21"
SUPPORTED_SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3_ADD2")
#: Schemas the parser refuses, each with the nearest one it knows.
NEAREST_SCHEMA = {
    "IFC2X_FINAL": "IFC2X3",
    "IFC2X2_FINAL": "IFC2X3",
    "IFC2X3_TC1": "IFC2X3",
    "IFC4_ADD1": "IFC4",
    "IFC4_ADD2": "IFC4",
    "IFC4_ADD2_TC1": "IFC4",
    "IFC4X1": "IFC4",
    "IFC4X2": "IFC4X3_ADD2",
    "IFC4X3": "IFC4X3_ADD2",
    "IFC4X3_RC1": "IFC4X3_ADD2",
    "IFC4X3_RC2": "IFC4X3_ADD2",
    "IFC4X3_RC3": "IFC4X3_ADD2",
    "IFC4X3_RC4": "IFC4X3_ADD2",
    "IFC4X3_ADD1": "IFC4X3_ADD2",
    "IFC4X3_TC1": "IFC4X3_ADD2",
}

_SCHEMA = re.compile(rb"FILE_SCHEMA\s*\(\s*\(\s*'([^']*)'", re.IGNORECASE)
# Patterns begin with a rare character, which the engine looks for ten times as fast as for any other beginning.
_PLACEMENT = re.compile(rb"=\s*IFC(?:LOCAL|GRID|LINEAR)PLACEMENT\s*\(\s*(?:#(\d+)|\$)", re.IGNORECASE)
_ID_BEFORE = re.compile(rb"#(\d+)\s*$")
#: Ids of more digits are the parser's to refuse.
_ID_DIGITS = 18
_DEEP_NESTING = re.compile(rb"\(\s*(?:\(\s*){199}")


def is_step(head: bytes) -> bool:
    """Whether the first bytes open a STEP physical file (comments and white space may come first)."""
    return re.sub(rb"/\*.*?\*/", b"", head, flags=re.DOTALL).lstrip().startswith(STEP_MAGIC)


def check_ends(where: str, content: bytes) -> tuple[str, str]:
    """The declared schema and the one to parse it as, from the head and the end of the file.

    Raises:
        UnreadableSourceError: not IFC (the detected kind is named), or truncated.
        UnsupportedFeatureError: a schema with no near relative among the supported ones.
    """
    if not content.strip():
        raise UnreadableSourceError("is empty", where=where, hint="export it again", code="empty-file")
    if not is_step(content[:4096]):
        has_mark = content.startswith(b"\xef\xbb\xbf")
        kind = "text file with a byte order mark" if has_mark else detect_kind(content[:4096])
        raise UnreadableSourceError(
            f"is {with_article(kind)}, not IFC",
            where=where,
            hint="export the model as IFC (STEP physical file, .ifc), uncompressed and in ASCII or UTF-8",
            code="not-ifc",
        )
    if b"END-ISO-10303-21" not in content[-65536:]:
        raise UnreadableSourceError(
            f"is truncated: END-ISO-10303-21 is missing after {len(content):,} bytes",
            where=where,
            hint="copy or export the file again; a cut model is not converted in part",
            code="truncated-ifc",
        )
    declared = _declared_schema(content[:65536], where)
    schema = declared if declared in SUPPORTED_SCHEMAS else NEAREST_SCHEMA.get(declared)
    if schema is None:
        raise UnsupportedFeatureError(
            f"has the schema {declared}",
            where=where,
            hint=f"supported: {', '.join((*SUPPORTED_SCHEMAS, *NEAREST_SCHEMA))}",
            code="unsupported-ifc-schema",
        )
    return declared, schema


def check_body(where: str, content: bytes) -> tuple[int, ...]:
    """Refuse what a parser would misread or crash on; return STEP ids that occur more than once.

    Raises UnreadableSourceError: strings without an end, cyclic placements, absurd nesting.
    """
    line = find_open_string(content)
    if line is not None:
        raise UnreadableSourceError(
            f"has a string without an end, first in line {line}",
            where=f"{where}:{line}",
            hint="the file is damaged; export it again",
            code="open-string",
        )
    if _DEEP_NESTING.search(content):
        raise UnreadableSourceError(
            "nests more than 200 parentheses", where=where, hint="the file is damaged or hostile", code="too-deep"
        )
    cycle = find_cycle(_placements(content))
    if cycle is not None:
        raise UnreadableSourceError(
            f"cyclic placement #{cycle}",
            where=f"{where}:#{cycle}",
            hint="an object is placed relative to itself; repair it in the authoring tool",
            code="cyclic-placement",
        )
    steps = np.sort(find_step_ids(content))
    return tuple(np.unique(steps[1:][steps[1:] == steps[:-1]]).tolist())


def _placements(content: bytes) -> Iterator[tuple[int, int | None]]:
    """The id of every object placement and of what it is relative to."""
    for found in _PLACEMENT.finditer(content):
        own = _ID_BEFORE.search(content, max(found.start() - 40, 0), found.start())
        if own is not None:
            yield int(own[1]), int(found[1]) if found[1] else None


def find_step_ids(content: bytes) -> NDArray[np.int64]:
    """The ids of the statements that begin a line, in file order, but those too long."""
    text = np.frombuffer(content, np.uint8)
    at = np.concatenate([np.zeros(1, np.int64), np.flatnonzero(text == ord("\n")) + 1])
    at = _skip_blanks(text, at)
    at = at[_byte(text, at) == ord("#")] + 1
    steps = np.zeros(len(at), np.int64)
    for _ in range(_ID_DIGITS):
        digit = _byte(text, at).astype(np.int64) - ord("0")
        is_digit = (digit >= 0) & (digit <= 9)
        if not is_digit.any():
            break
        steps = np.where(is_digit, steps * 10 + digit, steps)
        at = at + is_digit
    kept: NDArray[np.int64] = steps[_byte(text, _skip_blanks(text, at)) == ord("=")]
    return kept


def _byte(text: NDArray[np.uint8], at: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The bytes at some places; 0 behind the end."""
    return np.where(at < len(text), text[np.minimum(at, len(text) - 1)], 0).astype(np.uint8)


def _skip_blanks(text: NDArray[np.uint8], at: NDArray[np.int64]) -> NDArray[np.int64]:
    while (is_blank := np.isin(_byte(text, at), (ord(" "), ord("\t"), ord("\r")))).any():
        at = at + is_blank
    return at


def find_open_string(content: bytes) -> int | None:
    """The first line with an odd number of apostrophes in a file with an odd number of them, or None."""
    if content.count(b"'") % 2 == 0:
        return None
    text = re.sub(rb"/\*.*?\*/", lambda comment: b"\n" * comment[0].count(b"\n"), content, flags=re.DOTALL)
    odd = (number for number, line in enumerate(text.split(b"\n"), 1) if line.count(b"'") % 2)
    return next(odd, None) if text.count(b"'") % 2 else None


def find_cycle(parents: Iterable[tuple[int, int | None]]) -> int | None:
    """An id that leads back to itself by following parents, or None; every id is walked once."""
    parent_by_id = dict(parents)
    settled: set[int] = set()
    for start in parent_by_id:
        trail: set[int] = set()
        current: int | None = start
        while current is not None and current not in settled:
            if current in trail:
                return current
            trail.add(current)
            current = parent_by_id.get(current)
        settled |= trail
    return None


def with_schema(content: bytes, schema: str) -> bytes:
    """The same file declaring another schema."""
    return _SCHEMA.sub(b"FILE_SCHEMA(('" + schema.encode() + b"'", content, count=1)


def _declared_schema(head: bytes, where: str) -> str:
    match = _SCHEMA.search(head)
    if match is None:
        raise UnreadableSourceError(
            "has no FILE_SCHEMA in its header", where=where, hint="export it again", code="not-ifc"
        )
    return match[1].decode("ascii", "replace").upper()
