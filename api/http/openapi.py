"""The OpenAPI document: FastAPI's, with every error as the problem shape it really has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api.http.errors import PROBLEM_TYPE
from api.http.models.common import Problem
from api.http.responses import PROBLEM_DESCRIPTIONS, PROBLEM_EXAMPLE

_UNUSED_SCHEMAS = ("HTTPValidationError", "ValidationError")


def install_openapi(app: FastAPI, routers: Sequence[tuple[str, APIRouter]]) -> None:
    """Make ``app.openapi()``, and so ``/openapi.json``, give the completed document, built once.

    ``routers`` are the routers of the app with the prefix each is mounted at.
    """

    def build() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(app, routers)
        return app.openapi_schema

    app.openapi = build  # type: ignore[method-assign] # the way FastAPI documents


def _complete(app: FastAPI, routers: Sequence[tuple[str, APIRouter]]) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, summary=app.summary, description=app.description, routes=app.routes
    )
    for operations in document["paths"].values():
        for operation in operations.values():
            _complete_operation(operation)
    for prefix, router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                _restore_example(document["paths"][prefix + route.path_format], route)
    schemas = document["components"]["schemas"]
    for name in _UNUSED_SCHEMAS:
        schemas.pop(name, None)
    schemas["Problem"] = Problem.model_json_schema()
    return document


def _restore_example(operations: dict[str, Any], route: APIRoute) -> None:
    """Put the route's examples back as they were written: FastAPI drops their null fields."""
    for method in route.methods or ():
        for status, answer in route.responses.items():
            for media_type, content in answer.get("content", {}).items():
                written = operations[method.lower()]["responses"][str(status)]["content"][media_type]
                written["example"] = content["example"]


def _complete_operation(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        if not status.startswith(("4", "5")):
            continue
        response["description"] = PROBLEM_DESCRIPTIONS[int(status)]
        example = {**PROBLEM_EXAMPLE, "status": int(status)}
        schema = {"$ref": "#/components/schemas/Problem"}
        response["content"] = {PROBLEM_TYPE: {"schema": schema, "example": example}}
