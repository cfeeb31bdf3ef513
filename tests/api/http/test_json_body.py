"""Bodies that stop before their end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from starlette.requests import ClientDisconnect
from starlette.testclient import TestClient

URL = "/api/v1/projects/prj-01/buildings/town/b2"


def send_cut_off(app: Any, body: bytes) -> list[dict[str, Any]]:
    """What the app answers to a PUT whose sender goes away after these bytes, of 1,000 it said it would send."""
    arriving: Iterator[dict[str, Any]] = iter(
        [{"type": "http.request", "body": body, "more_body": True}, {"type": "http.disconnect"}]
    )
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(arriving, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"content-length", b"1000"), (b"host", b"testserver")]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "PUT", "scheme": "http",
        "path": URL, "raw_path": URL.encode(), "root_path": "", "query_string": b"", "headers": headers,
        "server": ("testserver", 80), "client": ("testclient", 1), "state": {},
    }  # fmt: skip
    with suppress(ClientDisconnect):
        asyncio.run(app(scope, receive, send))
    return sent


@pytest.mark.parametrize("body", [b'{"included": true, "by": "Li"', b'{"included": true, "by": "Li"}', b""])
def test_a_body_that_is_cut_off_changes_nothing(own: TestClient, body: bytes) -> None:
    before = own.get("/api/v1/projects/prj-01").json()["links"]
    answers = [message["status"] for message in send_cut_off(own.app, body) if message["type"] == "http.response.start"]
    assert [status for status in answers if status < 400] == []
    assert own.get("/api/v1/projects/prj-01").json()["links"] == before
