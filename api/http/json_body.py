"""JSON bodies as JSON is defined (RFC 8259 with unique names, I-JSON): checked before any route reads them."""

from __future__ import annotations

import json
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.errors import problem

_WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class StrictJson:
    """Refuses with 422 what parsers read in different ways: a name twice, NaN, Infinity, half a character.

    Stands within ``BodyLimit``, so a body is small. One that is no JSON at all is left to the route to refuse.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the whole body, look at it, and hand it on."""
        if scope["type"] != "http" or scope["method"] not in _WRITING or not _may_be_json(scope):
            await self.app(scope, receive, send)
            return
        messages = [await receive()]
        while messages[-1]["type"] == "http.request" and messages[-1].get("more_body"):
            messages.append(await receive())
        fault = find_fault(b"".join(message.get("body", b"") for message in messages))
        if fault is not None:
            hint = "write each name once, numbers that are numbers, and whole characters"
            await problem(422, "not-strict-json", fault, where="body#/", hint=hint)(scope, receive, send)
            return
        rest = iter(messages)

        async def replay() -> Message:
            return next(rest, None) or await receive()

        await self.app(scope, replay, send)


def find_fault(body: bytes) -> str | None:
    """What is ambiguous about a JSON text; None for a sound one, and for what is no JSON.

    >>> find_fault(b'{"id": 1, "id": 2}')
    "the name 'id' is there twice"
    """
    try:
        json.loads(body, object_pairs_hook=_once_each, parse_constant=_refuse_constant)
    except _FaultError as fault:
        return str(fault)
    except (ValueError, RecursionError):
        return None
    return None


class _FaultError(Exception):
    """Something two parsers would read in two ways."""


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    for name, value in pairs:
        for text in (name, value):
            if isinstance(text, str) and any("\ud800" <= sign <= "\udfff" for sign in text):
                raise _FaultError(f"half a character stands in or under {name!a}")
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _FaultError(f"the name {next(n for n in names if names.count(n) > 1)!r} is there twice")
    return found


def _refuse_constant(name: str) -> None:
    raise _FaultError(f"{name} is no number of JSON")


def _may_be_json(scope: Scope) -> bool:
    kind = dict(scope["headers"]).get(b"content-type", b"").split(b";")[0].strip().lower()
    return not kind or kind.endswith(b"json")
