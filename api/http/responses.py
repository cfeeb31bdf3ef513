"""JSON by orjson, and the documented responses every route shares.

Handlers return finished bytes, so a large answer is not walked again by the framework; tests hold each answer against
its model.
"""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import BaseModel
from starlette.responses import JSONResponse

GEOJSON_TYPE = "application/geo+json"


class JsonResponse(JSONResponse):
    """A JSON answer; numpy values are numbers and NaN is null."""

    def render(self, content: Any) -> bytes:  # noqa: ANN401 - whatever orjson can write
        """The body."""
        return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)


class GeoJsonResponse(JsonResponse):
    """A GeoJSON answer."""

    media_type = GEOJSON_TYPE


def documented(
    model: type[BaseModel],
    example: dict[str, Any],
    *problems: int,
    media_type: str = "application/json",
    statuses: tuple[int, ...] = (200,),
) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route: its answer with an example, and the problems it may give.

    ``statuses`` are those it answers with: 201 where it made something, whose place ``Location`` then names.
    """
    answers: dict[int | str, dict[str, Any]] = {}
    for status in statuses:
        content = {"model": model, "content": {media_type: {"example": example}}}
        answers[status] = {**content, "description": "The answer"} if status == 200 else {**content, **_CREATED}
    return answers | documented_problems(*problems)


_CREATED: dict[str, Any] = {
    "description": "It was made",
    "headers": {"Location": {"description": "Where it is", "schema": {"type": "string"}}},
}


def documented_problems(*problems: int) -> dict[int | str, dict[str, Any]]:
    """The problems a route may give, beside those every route may; ``openapi.py`` adds their shape."""
    return {status: {"description": PROBLEM_DESCRIPTIONS[status]} for status in dict.fromkeys((400, *problems, 503))}


PROBLEM_DESCRIPTIONS = {
    400: "A query parameter this route does not have",
    403: "Who submitted it cannot decide it",
    404: "Nothing has that id",
    409: "The change contradicts the present state",
    412: "Somebody else changed it first; read it again",
    422: "A parameter or the body is not usable",
    428: "The change must say which version it is made to (If-Match)",
    503: "The store is busy or cannot be used",
}

PROBLEM_EXAMPLE = {
    "type": "urn:xiushui-cim:problem:no-building",
    "title": "Not Found",
    "status": 404,
    "detail": "no building has the id 'yuxian/yx-009999'",
    "code": "no-building",
    "where": "",
    "hint": "list what there is first",
}
