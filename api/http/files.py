"""Which paths are files: ``/tiles/``, ``/terrain/`` and the viewer; everything else goes to the API."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.headers import HTML_HEADERS
from api.http.static import IMMUTABLE, REVALIDATE, StaticFolder

_HASHED = re.compile(r"-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
_API_PATHS = ("/api/", "/health", "/openapi.json")
#: ``{dataset}/{version}/…`` and ``{version}/…``: nothing above a version folder is served.
_VERSIONED = {"/tiles/": re.compile(r"[^/]+/[^/]+/.+"), "/terrain/": re.compile(r"[^/]+/.+")}

_NO_VIEWER = """<!doctype html><html lang="zh"><meta charset="utf-8"><title>秀水 CIM</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:42rem;margin:4rem auto;padding:0 1rem;color:#2b2a27}
code{background:#efece4;padding:.1em .3em;border-radius:3px}</style>
<h1>秀水 CIM · Xiushui CIM</h1>
<p>服务已启动,但浏览器界面尚未构建。在仓库中运行 <code>make viewer</code> 后刷新本页。</p>
<p lang="en">The service is running, but the viewer is not built. Run <code>make viewer</code> in the repository, then
reload this page.</p>
<p><a href="/api/v1/town">/api/v1/town</a> · <a href="/openapi.json">/openapi.json</a> ·
<a href="/health">/health</a></p>
"""


class FileRoutes:
    """Answers file paths itself and hands the rest to the app, so that tiles never meet the framework's router."""

    def __init__(self, app: ASGIApp, tilesets: Path, terrain: Path, viewer: Path) -> None:
        self.app = app
        self._versioned = (StaticFolder(tilesets, "/tiles/"), StaticFolder(terrain, "/terrain/"))
        self._viewer = StaticFolder(viewer, "/", _viewer_cache_control, HTML_HEADERS)
        self._index = viewer / "index.html"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        for folder in self._versioned:
            if path.startswith(folder.prefix):
                is_versioned = _VERSIONED[folder.prefix].fullmatch(path[len(folder.prefix) :])
                await folder(scope if is_versioned else {**scope, "path": folder.prefix}, receive, send)
                return
        if path.startswith(_API_PATHS) or path in {"/api", "/tiles", "/terrain"}:
            await self.app(scope, receive, send)
        elif path in {"/", "/index.html"} and not self._index.is_file():
            response = HTMLResponse(_NO_VIEWER, 200, {k.decode(): v.decode() for k, v in HTML_HEADERS})
            await response(scope, receive, send)
        else:
            await self._viewer({**scope, "path": "/index.html"} if path == "/" else scope, receive, send)


def _viewer_cache_control(path: str) -> bytes:
    """Built files carry a hash in their name and never change; the others are asked for again."""
    return IMMUTABLE if _HASHED.search(path) else REVALIDATE
