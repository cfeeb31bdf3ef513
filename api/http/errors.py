"""Errors on the wire: one dict from class to status, one body shape (RFC 9457 ``application/problem+json``)."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import orjson
import sqlalchemy as sa
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from cim_core.errors import (
    CancelledError,
    CimError,
    IdentityError,
    MissingExtraError,
    ModelError,
    NotFoundError,
    ScenarioConflictError,
    SeparationOfDutiesError,
    SourceError,
    StaleVersionError,
    StoreError,
    TransitionError,
    UsageError,
)

logger = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"


class UnknownParameterError(UsageError):
    """A query parameter this route does not have; ignoring it would answer another question."""

    code = "unknown-parameter"


class PreconditionRequiredError(UsageError):
    """A change that does not say which version it is made to."""

    code = "precondition-required"


#: The status of each class of error; a subclass not named here has the status of its nearest ancestor.
STATUS_BY_ERROR: dict[type[CimError], int] = {
    CimError: 500,
    SourceError: 422,
    ModelError: 422,
    TransitionError: 409,
    SeparationOfDutiesError: 403,
    IdentityError: 409,
    StaleVersionError: 412,
    ScenarioConflictError: 409,
    StoreError: 503,
    NotFoundError: 404,
    UsageError: 422,
    UnknownParameterError: 400,
    PreconditionRequiredError: 428,
    MissingExtraError: 501,
    CancelledError: 503,
}


def status_of(error: CimError) -> int:
    """HTTP status of an error, by its class or the nearest ancestor in ``STATUS_BY_ERROR``."""
    return next(STATUS_BY_ERROR[kind] for kind in type(error).__mro__ if kind in STATUS_BY_ERROR)


def problem(
    status: int, code: str, detail: str, *, where: str = "", hint: str = "", headers: dict[str, str] | None = None
) -> Response:
    """A problem response; ``code`` is the stable word programs switch on."""
    body: dict[str, Any] = {
        "type": f"urn:xiushui-cim:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "where": where,
        "hint": hint,
    }
    return Response(orjson.dumps(body), status, headers, PROBLEM_TYPE)


def install_error_handlers(app: FastAPI) -> None:
    """Make every error of the app a problem response, without stack traces or file paths of the server."""
    app.add_exception_handler(CimError, _on_cim_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(sa.exc.TimeoutError, _on_overload)
    app.add_exception_handler(sa.exc.OperationalError, _on_database_failure)
    app.add_exception_handler(Exception, _on_unexpected)


async def _on_cim_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, CimError)  # noqa: S101 - registered for this class only
    status = status_of(error)
    if status >= 500:
        logger.error("%s: %s", error.code, error)
    where = "" if isinstance(error, StoreError) else error.where  # a store error names a path of the server
    return problem(status, error.code, error.message, where=where, hint=error.hint)


async def _on_validation_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class only
    first = error.errors()[0]
    place = [str(part) for part in first["loc"]]
    where = f"{place[0]}#/{'/'.join(place[1:])}" if place else ""
    return problem(
        422, "invalid-request", str(first["msg"]), where=where, hint="see /openapi.json for what this route takes"
    )


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    status = error.status_code
    code = {404: "no-route", 405: "method-not-allowed", 413: "body-too-large"}.get(status, "http-error")
    detail = f"nothing answers {request.method} here" if status in {404, 405} else str(error.detail)
    return problem(status, code, detail, hint="see /openapi.json", headers=dict(error.headers or {}))


async def _on_overload(_request: Request, error: Exception) -> Response:
    logger.error("the store had no free connection: %s", error)
    return problem(503, "overloaded", "the service is busy", hint="try again", headers={"Retry-After": "2"})


async def _on_database_failure(_request: Request, error: Exception) -> Response:
    logger.error("the store cannot be read: %s", error)
    return problem(503, "store", "the store cannot be read now", hint="see the log of the service")


async def _on_unexpected(_request: Request, error: Exception) -> Response:
    logger.exception("unexpected error", exc_info=error)
    return problem(500, "internal", "something went wrong in the service", hint="see the log of the service")
