"""Files on the wire: tiles, terrain and the viewer by one small ASGI handler instead of a framework's.

A path is served only when every segment is plain, the suffix is on the list, and the real file lies under the root.
Strong ETags, 304, single ranges, pre-compressed siblings; versioned folders never change, so they cache for ever.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import anyio.to_thread
import orjson
from starlette.types import Receive, Scope, Send

IMMUTABLE = b"public, max-age=31536000, immutable"
REVALIDATE = b"no-cache"
READ_IN_LOOP_BYTES = 256 * 1024
CHUNK_BYTES = 1024 * 1024

MEDIA_TYPES = {
    ".json": b"application/json",
    ".glb": b"model/gltf-binary",
    ".gltf": b"model/gltf+json",
    ".pnts": b"application/octet-stream",
    ".b3dm": b"application/octet-stream",
    ".i3dm": b"application/octet-stream",
    ".cmpt": b"application/octet-stream",
    ".terrain": b"application/vnd.quantized-mesh",
    ".subtree": b"application/octet-stream",
    ".bin": b"application/octet-stream",
    ".png": b"image/png",
    ".jpg": b"image/jpeg",
    ".jpeg": b"image/jpeg",
    ".webp": b"image/webp",
    ".ktx2": b"image/ktx2",
    ".svg": b"image/svg+xml",
    ".ico": b"image/x-icon",
    ".js": b"text/javascript; charset=utf-8",
    ".mjs": b"text/javascript; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".html": b"text/html; charset=utf-8",
    ".txt": b"text/plain; charset=utf-8",
    ".xml": b"application/xml",
    ".map": b"application/json",
    ".wasm": b"application/wasm",
    ".woff2": b"font/woff2",
    ".woff": b"font/woff",
    ".webmanifest": b"application/manifest+json",
}
_COMPRESSIBLE = frozenset({".json", ".gltf", ".js", ".mjs", ".css", ".html", ".svg", ".wasm", ".map", ".txt", ".xml"})
_ENCODINGS = ((b"br", ".br"), (b"gzip", ".gz"))
_PLAIN_PATH = re.compile(r"(?:[A-Za-z0-9_@-][A-Za-z0-9._@+~-]*/)*[A-Za-z0-9_@-][A-Za-z0-9._@+~-]*")
_RANGE = re.compile(rb"bytes=(\d*)-(\d*)")
_ZERO_WEIGHT = re.compile(rb"q\s*=\s*0(?:\.0*)?")
_GZIP_MAGIC = b"\x1f\x8b"

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class StaticFolder:
    """Serves the files of one folder; the scope's path, without ``prefix``, is the path inside it.

    ``cache_control`` gives the header for a path; ``html_headers`` are added to HTML pages.
    """

    root: Path
    prefix: str
    cache_control: Callable[[str], bytes] = lambda _path: IMMUTABLE
    html_headers: Iterable[tuple[bytes, bytes]] = ()
    _real_root: str = ""
    _safe_folders: set[str] = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] not in {"GET", "HEAD"}:
            await _send_problem(send, 405, [(b"allow", b"GET, HEAD")])
            return
        path = scope["path"][len(self.prefix) :]
        opened = self.open(path, _Request(scope["headers"]))
        if opened is None:
            await _send_problem(send, 404, [])
            return
        try:
            await opened.send(send, is_head=scope["method"] == "HEAD")
        finally:
            os.close(opened.descriptor)

    def open(self, path: str, request: _Request) -> _Opened | None:
        """The file to answer with, opened; None when there is nothing to serve under that path."""
        suffix = os.path.splitext(path)[1].lower()  # noqa: PTH122 - hot path
        media_type = MEDIA_TYPES.get(suffix)
        if media_type is None or _PLAIN_PATH.fullmatch(path) is None or not self._is_inside(path):
            return None
        full = f"{self._real_root}/{path}"
        encoding = b""
        descriptor = None
        if suffix in _COMPRESSIBLE and not request.range:
            for encoding, sibling in _ENCODINGS:
                if (
                    encoding in accepted_encodings(request.accepted)
                    and (descriptor := _open_regular(full + sibling)) is not None
                ):
                    break
        if descriptor is None:
            encoding = b""
            descriptor = _open_regular(full)
        if descriptor is None:
            return None
        if suffix == ".terrain" and os.pread(descriptor, 2, 0) == _GZIP_MAGIC:
            encoding = b"gzip"
        headers: Headers = [
            (b"content-type", media_type),
            (b"cache-control", self.cache_control(path)),
            (b"x-content-type-options", b"nosniff"),
            (b"accept-ranges", b"bytes"),
        ]
        if encoding:
            headers.append((b"content-encoding", encoding))
        if suffix in _COMPRESSIBLE:
            headers.append((b"vary", b"accept-encoding"))
        if suffix == ".html":
            headers.extend(self.html_headers)
        return _Opened(descriptor, encoding, headers, request)

    def _is_inside(self, path: str) -> bool:
        """Whether the real folder of the file is under the real root; folders found good are remembered."""
        if not self._real_root:
            self._real_root = os.path.realpath(self.root)
        folder = path.rpartition("/")[0]
        if folder in self._safe_folders:
            return True
        real = os.path.realpath(f"{self._real_root}/{folder}")
        if real != self._real_root and not real.startswith(self._real_root + os.sep):
            return False
        if len(self._safe_folders) < 65_536:
            self._safe_folders.add(folder)
        return True


@dataclass(slots=True)
class _Request:
    """The request headers that matter here, read once."""

    headers: Iterable[tuple[bytes, bytes]]
    range: bytes = b""
    if_range: bytes = b""
    if_none_match: bytes = b""
    accepted: bytes = b""

    def __post_init__(self) -> None:
        for name, value in self.headers:
            if name == b"range":
                self.range = value
            elif name == b"if-range":
                self.if_range = value
            elif name == b"if-none-match":
                self.if_none_match = value
            elif name == b"accept-encoding":
                self.accepted = value


@dataclass(slots=True)
class _Opened:
    """An open file and the headers it is answered with."""

    descriptor: int
    encoding: bytes
    headers: Headers
    request: _Request

    async def send(self, send: Send, *, is_head: bool) -> None:
        status = os.fstat(self.descriptor)
        size = status.st_size
        etag = b'"%x-%x%s"' % (status.st_mtime_ns, size, b"-" + self.encoding if self.encoding else b"")
        headers = [*self.headers, (b"etag", etag)]
        if self.request.if_none_match and _matches(self.request.if_none_match, etag):
            await _send(send, 304, headers, b"")
            return
        code, start, end = 200, 0, size
        if self.request.range and self.request.if_range in {b"", etag}:
            asked = parse_range(self.request.range, size)
            if asked == (0, 0):
                headers.append((b"content-range", b"bytes */%d" % size))
                await _send_problem(
                    send, 416, [h for h in headers if h[0] not in {b"content-type", b"content-encoding"}]
                )
                return
            if asked is not None:
                code, (start, end) = 206, asked
                headers.append((b"content-range", b"bytes %d-%d/%d" % (start, end - 1, size)))
        headers.append((b"content-length", b"%d" % (end - start)))
        if is_head:
            await _send(send, code, headers, b"")
        elif end - start <= READ_IN_LOOP_BYTES:
            await _send(send, code, headers, os.pread(self.descriptor, end - start, start))
        else:
            await self._send_large(send, code, headers, start, end)

    async def _send_large(self, send: Send, code: int, headers: Headers, start: int, end: int) -> None:
        await send({"type": "http.response.start", "status": code, "headers": headers})
        while start < end:
            length = min(CHUNK_BYTES, end - start)
            chunk = await anyio.to_thread.run_sync(os.pread, self.descriptor, length, start)
            if not chunk:
                raise OSError("the file became shorter while it was sent")
            start += len(chunk)
            await send({"type": "http.response.body", "body": chunk, "more_body": start < end})


def parse_range(header: bytes, size: int) -> tuple[int, int] | None:
    """First and one past the last byte of a single range; None to send the whole file, (0, 0) when unsatisfiable.

    Several ranges or another unit are answered with the whole file, as RFC 9110, 14.2 allows.

    >>> parse_range(b"bytes=0-3", 10), parse_range(b"bytes=-2", 10), parse_range(b"bytes=10-", 10)
    ((0, 4), (8, 10), (0, 0))
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.group(0) == b"bytes=-" or len(header) > 64:
        return None
    first, last = match.groups()
    if not first:
        length = int(last)
        return (max(0, size - length), size) if length and size else (0, 0)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        return 0, 0
    return start, min(size, int(last) + 1) if last else size


@lru_cache(maxsize=256)
def accepted_encodings(header: bytes) -> frozenset[bytes]:
    """The codings an ``Accept-Encoding`` header names and does not refuse with ``q=0``.

    >>> sorted(accepted_encodings(b"br, gzip;q=0, identity;q=0.5"))
    [b'br', b'identity']
    """
    parts = (part.partition(b";") for part in header.lower().split(b","))
    return frozenset(name.strip() for name, _, weight in parts if not _ZERO_WEIGHT.fullmatch(weight.strip()))


def _matches(header: bytes, etag: bytes) -> bool:
    return header.strip() == b"*" or etag in (part.strip().removeprefix(b"W/") for part in header.split(b","))


def _open_regular(path: str) -> int | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0) | os.O_NONBLOCK)
    except (OSError, ValueError):
        return None
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    return None


async def _send(send: Send, status: int, headers: Headers, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


_PROBLEMS = {
    404: ("Not Found", "no-file", "there is no such file"),
    405: ("Method Not Allowed", "method-not-allowed", "files can only be read"),
    416: ("Range Not Satisfiable", "bad-range", "the range lies beyond the end of the file"),
}


async def _send_problem(send: Send, status: int, headers: Headers) -> None:
    title, code, detail = _PROBLEMS[status]
    body = orjson.dumps(
        {
            "type": f"urn:xiushui-cim:problem:{code}",
            "title": title,
            "status": status,
            "detail": detail,
            "code": code,
            "where": "",
            "hint": "",
        }
    )
    own = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(body)),
        (b"x-content-type-options", b"nosniff"),
    ]
    kept = [header for header in headers if header[0] not in {name for name, _ in own}]
    kept = [(b"cache-control", b"no-store") if name == b"cache-control" else (name, value) for name, value in kept]
    await _send(send, status, [*own, *kept], body)
