"""Files of buildings, projects and exemptions: added, listed, given back as downloads, taken off."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.http import examples_attachments as examples
from api.http.context import TownDep
from api.http.models.attachments import AttachmentAnswer, AttachmentsAnswer, WithdrawnAttachment
from api.http.responses import JsonResponse, documented, documented_problems
from api.pipeline.attachments import attach, read_attachment
from cim_core.store import Attachment, Change, SubjectKind

router = APIRouter(tags=["attachments"])

BASE = "/api/v1/attachments"
#: Nothing of a file may run or be shown in place, whatever it holds.
_GUARDS = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
_OCTETS = "application/octet-stream"
_BODY = {"requestBody": {"required": True, "content": {_OCTETS: {"schema": {"type": "string", "format": "binary"}}}}}
Kind = Annotated[SubjectKind, Query(description="What it belongs to")]
Subject = Annotated[str, Query(max_length=400, description="`dataset/building`, a project, or `rule/dataset/building`")]


@router.get("/attachments", summary="Attached files", responses=documented(AttachmentsAnswer, examples.LIST, 422))
def list_attachments(
    town: TownDep,
    kind: Annotated[SubjectKind | None, Query(description="Only of this kind of subject")] = None,
    subject: Annotated[str | None, Query(max_length=400, description="Only of this subject")] = None,
) -> JsonResponse:
    """In the order they were added, with the SHA-256 of each and where to fetch it."""
    return JsonResponse({"attachments": [_answer(one) for one in town.store.attachments(kind, subject)]})


@router.post(
    "/attachments",
    summary="Attach a file",
    status_code=201,
    openapi_extra=_BODY,
    responses=documented(AttachmentAnswer, examples.ONE, 404, 422, statuses=(201,)),
)
async def post_attachment(
    request: Request,
    town: TownDep,
    kind: Kind,
    subject: Subject,
    name: Annotated[str, Query(max_length=400, description="What the file is called")],
    by: Annotated[str, Query(max_length=200, description="Who attaches it")] = "",
    note: Annotated[str, Query(max_length=2000, description="What it shows")] = "",
    *,
    keep_location: Annotated[bool, Query(description="Keep where a photograph was made")] = False,
) -> JsonResponse:
    """The body is the file. What it is, is told by its content; a program, a web page or a macro is refused."""
    handle, path = tempfile.mkstemp(prefix="cim-attachment-")
    try:
        with os.fdopen(handle, "wb") as file:
            async for chunk in request.stream():
                file.write(chunk)

        def keep() -> Attachment:
            return attach(
                town.workspace, town.store, kind, subject, Path(path), name=name, by=by, note=note,
                keep_location=keep_location,
            )  # fmt: skip

        found = await to_thread.run_sync(keep)
    finally:
        Path(path).unlink(missing_ok=True)
    return JsonResponse(_answer(found), status_code=201, headers={"Location": f"{BASE}/{found.id}"})


@router.get(
    "/attachments/{attachment_id}", summary="One file", responses=documented(AttachmentAnswer, examples.ONE, 404)
)
def get_attachment(attachment_id: str, town: TownDep) -> JsonResponse:
    """What it is, what it belongs to, who attached it and where its content is."""
    return JsonResponse(_answer(town.store.attachment(attachment_id)))


@router.get(
    "/attachments/{attachment_id}/content",
    summary="The content of a file",
    response_class=Response,
    responses={
        200: {
            "description": "The file, as its own type",
            "content": {_OCTETS: {"schema": {"type": "string", "format": "binary"}, "example": "%PDF-1.7"}},
        },
        304: {"description": "The file has not changed"},
        **documented_problems(404),
    },
)
def get_content(attachment_id: str, request: Request, town: TownDep) -> Response:
    """A download, checked against its SHA-256; never shown in place."""
    found = town.store.attachment(attachment_id)
    etag = f'"{found.sha256}"'
    headers = {**_GUARDS, "ETag": etag, "Cache-Control": "private, no-cache"}
    headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(read_attachment(town.workspace, found), media_type=found.media_type, headers=headers)


@router.delete(
    "/attachments/{attachment_id}",
    summary="Take a file off",
    responses=documented(WithdrawnAttachment, examples.WITHDRAWN, 404),
)
def delete_attachment(
    attachment_id: str,
    town: TownDep,
    by: Annotated[str, Query(max_length=200, description="Who takes it off")] = "",
    reason: Annotated[str, Query(max_length=2000, description="Why")] = "",
) -> JsonResponse:
    """Its history and its content stay."""
    town.store.delete_attachment(attachment_id, Change(by, reason or "attachment taken off"))
    return JsonResponse({"withdrawn": attachment_id})


def _answer(found: Attachment) -> dict[str, Any]:
    plain = ("id", "subject", "name", "media_type", "sha256", "bytes", "note", "location_removed", "added_at")
    url = f"{BASE}/{found.id}/content"
    return {"kind": found.kind.value, "by": found.added_by, "url": url, **{one: getattr(found, one) for one in plain}}
