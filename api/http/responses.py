"""JSON by orjson, and the documented responses every route shares.

Handlers return finished bytes, so a large answer is not walked again by the framework; tests hold each answer against
its model.
"""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import BaseModel
from starlette.responses import Response

from api.http.errors import PROBLEM_TYPE
from api.http.models.common import Problem

GEOJSON_TYPE = "application/geo+json"


class JsonResponse(Response):
    """A JSON answer; numpy values are numbers and NaN is null."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:  # noqa: ANN401 - whatever orjson can write
        """The body."""
        return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)


class GeoJsonResponse(JsonResponse):
    """A GeoJSON answer."""

    media_type = GEOJSON_TYPE


def documented(
    model: type[BaseModel], example: dict[str, Any], *problems: int, media_type: str = "application/json"
) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route: its answer with an example, and the problems it may give."""
    answers: dict[int | str, dict[str, Any]] = {
        200: {"model": model, "description": "The answer", "content": {media_type: {"example": example}}}
    }
    for status in dict.fromkeys((400, *problems, 503)):
        answers[status] = {
            "model": Problem,
            "description": PROBLEM_DESCRIPTIONS[status],
            "content": {PROBLEM_TYPE: {"example": {**PROBLEM_EXAMPLE, "status": status}}},
        }
    return answers


PROBLEM_DESCRIPTIONS = {
    400: "A query parameter this route does not have",
    404: "Nothing has that id",
    409: "The change contradicts the present state",
    422: "A parameter or the body is not usable",
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
