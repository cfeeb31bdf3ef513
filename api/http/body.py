"""A limit on request bodies, checked before anything reads them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.errors import problem


class BodyLimit:
    """Refuses bodies over ``max_bytes`` with 413, by their declared length or as soon as that much has arrived.

    ``larger`` are the paths to which files are posted, with their limits.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, larger: Mapping[str, int] = MappingProxyType({})) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting what arrives."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        max_bytes = self.larger.get(scope["path"], self.max_bytes)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > max_bytes:
            answer = problem(413, "body-too-large", f"a body may have {max_bytes} bytes at most")
            await answer(scope, receive, send)
            return
        arrived = 0

        async def count() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > max_bytes:
                raise HTTPException(413, f"a body may have {max_bytes} bytes at most")
            return message

        await self.app(scope, count, send)
